//! What can be changed while a cluster runs.

use std::sync::Arc;

use super::cluster::LeaderFollower;
use super::node::Member;
use super::routing::ReadFrom;
use super::setup::{Costs, Ids, Settings, SetupError, Topology};
use crate::network::{Latency, Link};
use crate::trace::NodeId;

impl LeaderFollower {
    /// Makes every message from one node to another take this long.
    ///
    /// # Errors
    /// When there is no such node, or there is no such latency.
    pub fn set_latency(&mut self, from: &str, to: &str, latency: Latency) -> Result<&mut Self, SetupError> {
        let (from, to) = (self.id(from)?, self.id(to)?);
        let link = Link { latency, ..self.world.network().link(from, to).clone() };
        self.world.network().set(from, to, link)?;
        Ok(self)
    }

    /// From now on a follower waits so long for what it is sent, whoever its upstream is: its lag, drawn every second. This replaces `ship_after`, `jitter` and `spikes` of its settings. What waits already comes when it was due to.
    ///
    /// # Errors
    /// When there is no such server, or there is no such latency.
    pub fn set_ship_after(
        &mut self,
        follower: &str,
        wait: impl Into<Latency>,
    ) -> Result<&mut Self, SetupError> {
        let (follower, wait) = (self.server_id(follower)?, wait.into());
        wait.validate()?;
        for id in self.topology.servers() {
            self.world.change(id, |member| {
                if let Member::Server(server) = member {
                    server.set_wait(follower, wait.clone());
                }
            });
        }
        Ok(self)
    }

    /// Makes one link carry this many bytes a second.
    ///
    /// # Errors
    /// When there is no such node, or it is nothing.
    pub fn set_bandwidth(&mut self, from: &str, to: &str, bytes_per_s: u64) -> Result<&mut Self, SetupError> {
        let (from, to) = (self.id(from)?, self.id(to)?);
        let link = Link { bandwidth: Some(bytes_per_s), ..self.world.network().link(from, to).clone() };
        self.world.network().set(from, to, link)?;
        Ok(self)
    }

    /// Changes settings for all nodes at once, as if every configuration file were read anew.
    fn change_settings(&mut self, change: impl FnOnce(&mut Settings)) -> Result<&mut Self, SetupError> {
        let mut settings = self.settings().clone();
        change(&mut settings);
        let topology = Arc::new(Topology::new(settings)?);
        self.topology = topology.clone();
        let nodes: Vec<NodeId> = self.world.ids().collect();
        for id in nodes {
            let topology = topology.clone();
            self.world.change(id, |member| match member {
                Member::Server(server) => server.set_topology(topology),
                Member::Client(client) => client.set_topology(topology),
                Member::Observer(observer) => observer.set_topology(topology),
                Member::Store(_) => {}
            });
        }
        Ok(self)
    }

    /// From now on clients read there.
    ///
    /// # Errors
    /// When a read might wait for longer than its client.
    pub fn set_read_from(&mut self, read_from: ReadFrom) -> Result<&mut Self, SetupError> {
        self.change_settings(|settings| settings.read_from = read_from)
    }

    /// From now on ids are issued so. A server that goes on leading goes on counting where it is.
    ///
    /// # Errors
    /// None that the settings did not have before.
    pub fn set_ids(&mut self, ids: Ids) -> Result<&mut Self, SetupError> {
        self.change_settings(|settings| settings.ids = ids)
    }

    /// From now on work costs so much; what is under way costs what it did.
    ///
    /// # Errors
    /// None that the settings did not have before.
    pub fn set_costs(&mut self, costs: Costs) -> Result<&mut Self, SetupError> {
        self.change_settings(|settings| settings.costs = costs)
    }

    /// From now on clients also read from a server that stood idle at first: tell them so when it has its copy.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn serve_reads(&mut self, name: &str) -> Result<&mut Self, SetupError> {
        let id = self.server_id(name)?;
        self.change_settings(|settings| settings.servers[id.index()].idle = false)
    }

    /// Makes a server issue ids above this one: `setval` of PostgreSQL, `AUTO_INCREMENT =` of MySQL. Until its next
    /// restart or promotion: then it goes on from its rows.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn advance_ids(&mut self, name: &str, above: u64) -> Result<&mut Self, SetupError> {
        let id = self.server_id(name)?;
        self.act_on_server(id, |server, _| server.advance_ids(above));
        Ok(self)
    }

    /// Tells every client to write to whoever leads, if somebody does: a new address in each configuration.
    pub fn tell_clients(&mut self) -> &mut Self {
        if let Some(leader) = self.leader_id() {
            self.tell_clients_of(leader, self.server_of(leader).epoch());
        }
        self
    }

    pub(super) fn tell_clients_of(&mut self, leader: NodeId, epoch: u64) {
        for client in self.topology.clients().collect::<Vec<_>>() {
            self.world.act(client, |member, _| {
                if let Member::Client(client) = member {
                    client.hears_of(leader, epoch);
                }
            });
        }
    }

    /// From now on the store outside, if there is one, refuses a second row under an id, or keeps both.
    pub fn set_unique(&mut self, unique: bool) -> &mut Self {
        if let Some(store) = self.topology.store() {
            self.world.change(store, |member| {
                if let Member::Store(store) = member {
                    store.set_unique(unique);
                }
            });
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leader_follower::{CopyMethod, Load, Outcome, Told};
    use crate::time::Time;

    fn lan() -> crate::leader_follower::Builder {
        LeaderFollower::builder().followers(2).latency(Latency::Constant(Time::ms(1)))
    }

    /// The settings that change are those by which nodes act from now on, and time goes on.
    #[test]
    fn what_is_changed_holds_at_once_and_for_everybody() {
        let mut cluster = lan().read_from(ReadFrom::Leader).build().unwrap();
        let from = |cluster: &mut LeaderFollower| match cluster.read("c1", "x").unwrap() {
            Outcome::Value { from, .. } => cluster.name(from).to_owned(),
            other => panic!("{other}"),
        };
        assert_eq!(from(&mut cluster), "L");
        cluster.set_read_from(ReadFrom::Followers).unwrap();
        assert_ne!(from(&mut cluster), "L");
        assert!(cluster.insert("c1", "a").unwrap().to_string().ends_with("id 1"));
        cluster.advance_ids("L", 40).unwrap();
        assert!(cluster.insert("c1", "b").unwrap().to_string().ends_with("id 41"));
        cluster.advance_ids("L", 5).unwrap();
        assert!(cluster.insert("c1", "c").unwrap().to_string().ends_with("id 42"), "never back");
        cluster.set_ids(Ids::Random).unwrap();
        let id = match cluster.insert("c1", "d").unwrap() {
            Outcome::Written { id, .. } => id.unwrap_or_default(),
            other => panic!("{other}"),
        };
        assert_eq!(id.len(), 16, "{id}");
        let wait = Time::s(1);
        assert!(
            cluster.set_read_from(ReadFrom::Position { wait }).is_err(),
            "as long as a client's patience"
        );
    }

    #[test]
    fn a_spare_is_read_from_when_it_is_told_to_serve() {
        let mut cluster = lan().idle("F3").read_from(ReadFrom::Followers).build().unwrap();
        cluster.write("c1", "x", "1").unwrap();
        cluster.bootstrap("F3", "L", CopyMethod::Snapshot { slot: false }).unwrap().settle();
        let served = |cluster: &mut LeaderFollower| {
            let spare = cluster.id("F3").unwrap();
            let by = |outcome| matches!(outcome, Outcome::Value { from, .. } if from == spare);
            (0..30).filter(|_| by(cluster.read("c1", "x").unwrap())).count()
        };
        assert_eq!(served(&mut cluster), 0);
        cluster.serve_reads("F3").unwrap();
        assert!(served(&mut cluster) > 3);
    }

    /// A leader dies with a tail; the next one issues the tail's ids again. A unique key refuses them, and what was
    /// acknowledged is on the dead leader's disk, as long as nobody lets it follow.
    #[test]
    fn a_unique_key_refuses_a_second_row_and_a_tail_is_on_a_disk_until_it_is_cut_off() {
        for unique in [true, false] {
            let mut cluster = lan()
                .server("F1", |server| server.ship_after = Time::s(2))
                .server("F2", |server| server.ship_after = Time::s(2))
                .store(Some(false))
                .unique(unique)
                .build()
                .unwrap();
            cluster.load("c1", Load { writes: 5.0, keys: 0, until: Time::s(6), ..Load::default() }).unwrap();
            cluster.run_until(Time::s(5)).crash("L").unwrap().promote("F1").unwrap();
            cluster.run_until(Time::s(8));
            let refused = |(_, _, told): &&(Time, NodeId, Told)| matches!(told, Told::Stored(.., false));
            assert_eq!(cluster.told().iter().any(|told| refused(&told)), unique);
            let lost = cluster.measures().lost;
            assert!(!lost.is_empty() && cluster.on_no_disk().is_empty(), "{lost:?}");
            cluster.restart("L").unwrap().run_for(Time::s(1)).promote("F1").unwrap();
            cluster.run_for(Time::s(5));
            assert_eq!(cluster.on_no_disk(), lost, "rewound");
        }
    }

    /// What a user wrote is asked for; what the user saw is not remembered, so that reads can go back.
    #[test]
    fn by_position_own_writes_are_found_and_reads_may_go_back() {
        let wait = Time::ms(20);
        let run = |read_from| {
            let mut cluster = lan()
                .read_from(read_from)
                .server("F2", |server| server.ship_after = Time::s(5))
                .build()
                .unwrap();
            for nth in 1..=40 {
                cluster.write_as("c1", 1, "x", &nth.to_string()).unwrap();
                cluster.run_for(Time::ms(10));
            }
            let mut reads = |user: u32| -> Vec<u32> {
                let read = |cluster: &mut LeaderFollower| {
                    let value = cluster.read_as("c1", user, "x").unwrap();
                    value.value().map_or(0, |value| value.parse().unwrap())
                };
                (0..30).map(|_| read(&mut cluster)).collect()
            };
            (reads(1), reads(2))
        };
        let goes_back = |reads: &[u32]| reads.windows(2).any(|pair| pair[1] < pair[0]);
        let (writer, reader) = run(ReadFrom::Position { wait });
        assert_eq!(writer, [40; 30]);
        assert!(goes_back(&reader), "{reader:?}");
        let (writer, reader) = run(ReadFrom::Token { wait });
        assert_eq!(writer, [40; 30]);
        assert!(!goes_back(&reader), "{reader:?}");
    }
}

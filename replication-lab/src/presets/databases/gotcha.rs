//! Each database's surprise, as a run: with its defaults, and with the setting that changes it.

use super::Database;
use crate::comparison::ComparisonError;
use crate::leader_follower::{LeaderFollower, Outcome};
use crate::leaderless::Leaderless;
use crate::network::{Latency, Region};
use crate::presets::failover;
use crate::quorum::Level;
use crate::raft::{Acknowledge, Raft, Reads};
use crate::time::Time;
use crate::trace::NodeId;

/// A surprise: what clients saw, with the setting that surprises and with the one that doesn't.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gotcha {
    /// The setting, and what happened under it.
    pub surprising: (&'static str, Vec<String>),
    /// The other setting, and what happened under that.
    pub instead: (&'static str, Vec<String>),
}

impl Database {
    /// Runs its surprise.
    ///
    /// # Errors
    /// Never, unless the lab itself has changed: the clusters are fixed.
    pub fn run_gotcha(self) -> Result<Gotcha, ComparisonError> {
        Ok(match self {
            Self::Postgres => Gotcha {
                surprising: ("synchronous_standby_names = ''", postgres("")?),
                instead: ("synchronous_standby_names = 'ANY 1 (F1, F2)'", postgres("ANY 1 (F1, F2)")?),
            },
            Self::MySql => Gotcha {
                surprising: ("rpl_semi_sync_source_timeout = 10000", mysql(Some(Time::s(10)))?),
                instead: ("rpl_semi_sync_source_timeout: as long as it goes", mysql(None)?),
            },
            Self::MongoDb => Gotcha {
                surprising: ("w: 1", mongodb(Acknowledge::Leader)?),
                instead: ("w: majority", mongodb(Acknowledge::Majority)?),
            },
            Self::Cassandra => Gotcha {
                surprising: ("ONE", cassandra(Level::One)?),
                instead: ("QUORUM", cassandra(Level::Quorum)?),
            },
            Self::CockroachDb => Gotcha {
                surprising: ("the range's leader in Virginia", cockroachdb(0)?),
                instead: ("the range's leader in Tokyo", cockroachdb(2)?),
            },
        })
    }
}

/// Lines of a story, each with its time.
struct Story(Vec<String>);

impl Story {
    fn tell(&mut self, at: Time, what: impl Into<String>) {
        self.0.push(format!("{:>10}  {}", at.to_string(), what.into()));
    }
}

fn acknowledged(yes: bool) -> &'static str {
    if yes { "acknowledged" } else { "no answer" }
}

fn read(value: Option<&str>) -> String {
    format!("x is read: {}", value.unwrap_or("nothing"))
}

/// Standbys are 300 ms behind. The machine of the leader dies 50 ms after it took a write.
fn postgres(rule: &str) -> Result<Vec<String>, ComparisonError> {
    let mut builder = LeaderFollower::builder()
        .followers(2)
        .clients(1)
        .timeout(Time::s(2))
        .latency(Latency::Constant(Time::us(500)))
        .server("F1", |server| server.ship_after = Time::ms(300))
        .server("F2", |server| server.ship_after = Time::ms(300))
        .change_failover(failover::patroni)
        .trace(false);
    if !rule.is_empty() {
        builder = builder.acknowledge(rule);
    }
    log_story(builder.build()?, Time::s(60), false)
}

/// Both replicas are cut off; then the source's machine dies.
fn mysql(fall_back: Option<Time>) -> Result<Vec<String>, ComparisonError> {
    let builder = LeaderFollower::builder()
        .followers(2)
        .clients(1)
        .timeout(Time::s(12))
        .latency(Latency::Constant(Time::us(500)))
        .acknowledge("ANY 1 (F1, F2)")
        .fall_back(fall_back)
        .trace(false);
    log_story(builder.build()?, Time::s(5), true)
}

fn log_story(mut cluster: LeaderFollower, rest: Time, cut: bool) -> Result<Vec<String>, ComparisonError> {
    let mut story = Story(Vec::new());
    let write = |cluster: &mut LeaderFollower,
                 story: &mut Story,
                 value: &str|
     -> Result<(), ComparisonError> {
        let asked = cluster.now();
        let answered = cluster.write("c1", "x", value)?.succeeded();
        let took = cluster.now() - asked;
        story.tell(cluster.now(), format!("x={value} is written: {} after {took}", acknowledged(answered)));
        Ok(())
    };
    write(&mut cluster, &mut story, "1")?;
    cluster.run_for(Time::s(2));
    if cut {
        cluster.partition(&["L", "c1"], &["F1", "F2"])?;
        story.tell(cluster.now(), "both replicas are cut off");
    }
    write(&mut cluster, &mut story, "2")?;
    cluster.run_for(Time::ms(50)).crash("L")?;
    story.tell(cluster.now(), "the leader's machine dies");
    if cut {
        cluster.strike(crate::world::Fault::Heal)?.run_for(Time::s(1)).promote("F1")?;
    }
    cluster.run_for(rest);
    let outcome = cluster.read("c1", "x")?;
    let leader = cluster.leader().unwrap_or("nobody").to_owned();
    let seen = match &outcome {
        Outcome::Value { value, .. } => read(value.as_deref()),
        _ => "x can't be read".to_owned(),
    };
    story.tell(cluster.now(), format!("{leader} leads; {seen}"));
    Ok(story.0)
}

/// The primary is cut off together with a client, and takes a write.
fn mongodb(acknowledge: Acknowledge) -> Result<Vec<String>, ComparisonError> {
    let mut raft = Raft::builder()
        .clients(2)
        .homes([NodeId(0)])
        .latency(Latency::Constant(Time::us(500)))
        .election_timeout(Time::s(10), Time::ms(11_500))
        .heartbeat(Time::s(2))
        .acknowledge(acknowledge)
        .reads(Reads::Received)
        .pre_vote(true)
        .check_quorum(true)
        .patience(Time::s(5))
        .trace(false)
        .build()?;
    let mut story = Story(Vec::new());
    raft.run_for(Time::s(1));
    raft.put(1, "x", "1")?;
    story.tell(raft.now(), "x=1 is written: acknowledged");
    let side = |ids: &[u16]| ids.iter().copied().map(NodeId).collect::<Vec<_>>();
    raft.strike(&crate::world::Fault::Partition(side(&[0, 3]), side(&[1, 2, 4])))?;
    story.tell(raft.now(), "the primary and its client are cut off");
    let written = raft.put(1, "x", "2")?;
    story.tell(raft.now(), format!("x=2 is written at the old primary: {}", acknowledged(written)));
    raft.run_for(Time::s(30));
    raft.strike(&crate::world::Fault::Heal)?.run_for(Time::s(5));
    story.tell(raft.now(), "all links are open again");
    let rolled_back =
        raft.told().iter().any(|report| matches!(report.told, crate::raft::Told::RolledBack(_)));
    if rolled_back {
        story.tell(raft.now(), "the old primary has rolled x=2 back");
    }
    let seen = raft.get(2, "x")?.flatten();
    story.tell(raft.now(), read(seen.as_deref()));
    Ok(story.0)
}

/// Two clients set a key at the same time; then somebody reads, again and again, while a replica is slow to hear.
fn cassandra(level: Level) -> Result<Vec<String>, ComparisonError> {
    let builder =
        Leaderless::builder().replicas(3).clients(2).write_level(level).read_level(level).trace(false);
    let mut cluster = builder.versions(crate::leaderless::Scheme::Timestamp).seed(4).build()?;
    for replica in ["B", "C"] {
        cluster.set_latency("c1", replica, Latency::Constant(Time::ms(80)))?;
    }
    let mut story = Story(Vec::new());
    cluster.write("c1", "x", "1")?;
    cluster.settle();
    let answered = cluster.write("c1", "x", "2")?.succeeded();
    story.tell(cluster.now(), format!("c1 writes x=2: {}", acknowledged(answered)));
    for _ in 0..4 {
        let outcome = cluster.read("c2", "x")?;
        story.tell(cluster.now(), format!("c2: {}", read(outcome.value())));
    }
    Ok(story.0)
}

/// Somebody in Tokyo writes and reads.
fn cockroachdb(home: u16) -> Result<Vec<String>, ComparisonError> {
    let regions = [Region::Virginia, Region::Frankfurt, Region::Tokyo];
    let mut raft = Raft::builder()
        .clients(1)
        .regions(&regions, &[Region::Tokyo])
        .homes([NodeId(home)])
        .election_timeout(Time::s(6), Time::s(8))
        .heartbeat(Time::s(1))
        .reads(Reads::Lease)
        .trace(false)
        .build()?;
    let mut story = Story(Vec::new());
    raft.run_for(Time::s(3));
    let asked = raft.now();
    raft.put(1, "x", "1")?;
    story.tell(raft.now(), format!("x=1 is written from Tokyo: after {}", raft.now() - asked));
    let asked = raft.now();
    raft.get(1, "x")?;
    story.tell(raft.now(), format!("x is read from Tokyo: after {}", raft.now() - asked));
    Ok(story.0)
}

//! One planted bug for every kind of cluster: does chaos find what is known to be wrong?
//!
//! A search that finds nothing says little, unless it is known to find something. So each cluster is searched twice, with
//! the same chaos and the same seeds: as it should be, and with one setting that is wrong on purpose. The wrong one must be
//! found and told in a story that is small enough to be read; the right one must be left alone.
//!
//! # Limits
//! That one bug is found does not mean that others are. And a right cluster is right under its own kinds of trouble: a
//! lease, for example, holds only as long as clocks keep time, so its chaos leaves clocks alone.
//!
//! # Examples
//! ```
//! use replication_lab::planted::ALL;
//!
//! let bug = ALL.iter().find(|bug| bug.cluster == "siblings").expect("it is on the list");
//! let story = bug.hunt(20).story.expect("it loses writes in no time");
//! assert!(story.operations <= 2, "{}", story.text);
//! assert!(bug.hunt_in_the_right_one(20).story.is_none());
//! ```

use std::fmt::Debug;

use crate::change_capture::{self, Capture, Confirm};
use crate::detector::Timeout;
use crate::explore::{Case, Chaos, Hunt, Run, Scenario, Sweep, Trouble, hunt};
use crate::history::Verdict;
use crate::leader_follower::{self, LeaderFollower};
use crate::leaderless::{self, Leaderless, ReadRepair};
use crate::multi_leader::{self, Delivery, MultiLeader};
use crate::network::Latency;
use crate::raft::{self, Raft};
use crate::siblings::{self, Scheme, SiblingsSetup};
use crate::time::Time;
use crate::view::Table;
use crate::world::FaultReport;

/// A bug that was planted, and how it is searched for.
#[derive(Clone, Copy, Debug)]
pub struct Planted {
    /// Which kind of cluster has it.
    pub cluster: &'static str,
    /// What is wrong.
    pub bug: &'static str,
    /// What it breaks.
    pub breaks: &'static str,
    /// So many seeds, from 0 on, are searched by default.
    pub seeds: u64,
    // Whether the bug is in, and how many seeds.
    search: fn(bool, u64) -> Found,
}

/// What a search brought.
#[derive(Clone, Debug)]
pub struct Found {
    /// What came of the seeds.
    pub sweep: Sweep,
    /// The smallest story; nothing if nothing was found.
    pub story: Option<Story>,
}

/// The smallest story of a bug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// How many faults it needs.
    pub faults: usize,
    /// How many operations of clients.
    pub operations: usize,
    /// How many messages.
    pub messages: usize,
    /// All of it: verdict, faults, transcript.
    pub text: String,
}

impl Planted {
    /// Searches so many seeds for the bug.
    pub fn hunt(&self, seeds: u64) -> Found {
        (self.search)(true, seeds)
    }

    /// Searches so many seeds of the cluster as it should be.
    pub fn hunt_in_the_right_one(&self, seeds: u64) -> Found {
        (self.search)(false, seeds)
    }
}

impl Found {
    /// How many seeds had to be run until the first failure.
    pub fn seeds_until_found(&self) -> Option<u64> {
        self.sweep.violated.first().map(|(seed, _)| seed + 1)
    }
}

/// The bugs.
pub const ALL: &[Planted] = &[
    Planted {
        cluster: "leader–follower",
        bug: "no lease: a leader that was replaced is not stopped",
        breaks: "nobody writes in an epoch that is over",
        seeds: 60,
        search: leader_follower,
    },
    Planted {
        cluster: "multi-leader",
        bug: "changes are applied as they come, not after what they build on",
        breaks: "all leaders are alike in the end",
        seeds: 100,
        search: multi_leader,
    },
    Planted {
        cluster: "siblings",
        bug: "maximum + 1: a version vector without dots",
        breaks: "no value is lost that nobody had seen who wrote",
        seeds: 100,
        search: siblings,
    },
    Planted {
        cluster: "leaderless",
        bug: "no repair: neither hints, nor read repair, nor anti-entropy",
        breaks: "replicas agree in the end",
        seeds: 100,
        search: leaderless,
    },
    Planted {
        cluster: "change capture",
        bug: "the consumer confirms on receipt, before it is on its disk",
        breaks: "the consumer has every row in the end",
        seeds: 300,
        search: change_capture,
    },
    Planted {
        cluster: "Raft",
        bug: "votes are not on disk",
        breaks: "one leader in a term",
        seeds: 500,
        search: raft,
    },
];

/// Searches for all of them, each with its own number of seeds.
///
/// The table has, for each: the cluster, the bug, the seeds until it was found, what is left of the smallest story, and
/// what the same search finds in the right cluster.
pub fn table() -> Table {
    let mut table = Table::new(["cluster", "bug", "seeds until found", "smallest story", "in the right one"]);
    for bug in ALL {
        let (found, right) = (bug.hunt(bug.seeds), bug.hunt_in_the_right_one(bug.seeds));
        let seeds = found.seeds_until_found().map_or("not found".to_owned(), |seeds| seeds.to_string());
        let size = found.story.map_or(String::new(), |story| {
            format!("{} faults, {} operations, {} messages", story.faults, story.operations, story.messages)
        });
        let violated = right.sweep.violated.len();
        table = table.row([
            bug.cluster.to_owned(),
            bug.bug.to_owned(),
            seeds,
            size,
            format!("{violated} of {} seeds", bug.seeds),
        ]);
    }
    table
}

fn search<S: Scenario>(scenario: &S, chaos: Chaos, seeds: u64) -> Found
where
    S::Operation: Debug,
{
    let Hunt { sweep, smallest } = hunt(scenario, &chaos, 0..seeds);
    let story = smallest.map(|shrunk| Story {
        faults: shrunk.case.plan.0.len(),
        operations: shrunk.case.operations.len(),
        messages: shrunk.messages(),
        text: shrunk.to_string(),
    });
    Found { sweep, story }
}

/// A scenario in which no message is left out when a story is made smaller. What is demanded in the end, that all is well
/// again, can't be demanded of a cluster whose messages vanish for ever.
struct WithAllMessages<S>(S);

impl<S: Scenario> Scenario for WithAllMessages<S> {
    type Operation = S::Operation;
    type Error = S::Error;

    fn operations(&self, seed: u64) -> Vec<S::Operation> {
        self.0.operations(seed)
    }

    fn run(&self, case: &Case<S::Operation>, tracing: bool) -> Result<Run, S::Error> {
        if case.left_out.is_empty() {
            return self.0.run(case, tracing);
        }
        let (verdict, faults) = (Verdict::Holds, FaultReport::default());
        Ok(Run { verdict, demand: "", faults, trace: None })
    }
}

/// Chaos among the first nodes, at most one of which is down at a time.
fn chaos(nodes: u16, until: Time, troubles: &[Trouble]) -> Chaos {
    let chaos = Chaos::new(nodes, until).expect("there are nodes, and time");
    chaos.most_down(1).only(troubles)
}

/// What the network and the machines do to a cluster that has a time-out for it; clocks and full disks are right.
const TIMELY: [Trouble; 8] = [
    Trouble::Crash,
    Trouble::Kill,
    Trouble::Pause,
    Trouble::OneWayCut,
    Trouble::Partition,
    Trouble::Loss,
    Trouble::Delay,
    Trouble::SlowDisk,
];
/// What the network does.
const LINKS: [Trouble; 4] = [Trouble::OneWayCut, Trouble::Partition, Trouble::Loss, Trouble::Delay];

fn leader_follower(wrong: bool, seeds: u64) -> Found {
    let builder = LeaderFollower::builder().clients(2).pooled(true).timeout(Time::ms(300));
    let builder = builder.standby_timeout(Time::ms(500)).change_failover(|failover| {
        failover.observers = 3;
        failover.heartbeat = Time::ms(100);
        failover.detector = Box::new(Timeout::new(Time::ms(500)));
        failover.check = Time::ms(20);
        failover.lease = (!wrong).then_some(Time::ms(500));
    });
    let trial = leader_follower::Trial {
        builder,
        writes: 30,
        within: Time::s(3),
        rest: Time::s(4),
        demands: vec![leader_follower::Demand::Fenced],
    };
    let troubles = [Trouble::Pause, Trouble::Partition, Trouble::Crash];
    search(&trial, chaos(3, Time::s(2), &troubles), seeds)
}

fn multi_leader(wrong: bool, seeds: u64) -> Found {
    let delivery = if wrong { Delivery::AsItComes } else { Delivery::Causal };
    let builder = MultiLeader::builder().leaders(&["VA", "EU", "JP"]).delivery(delivery);
    let trial = multi_leader::Trial { builder, writes: 12, within: Time::s(2), records: 2 };
    search(&WithAllMessages(trial), chaos(3, Time::s(2), &LINKS), seeds)
}

fn siblings(wrong: bool, seeds: u64) -> Found {
    let setup = SiblingsSetup {
        servers: vec!["A".into(), "B".into()],
        scheme: if wrong { Scheme::MaxPlusOne } else { Scheme::Dotted },
        ..SiblingsSetup::default()
    };
    let trial = siblings::Trial { setup, writes: 8, within: Time::ms(200) };
    search(&WithAllMessages(trial), chaos(2, Time::ms(200), &LINKS), seeds)
}

fn leaderless(wrong: bool, seeds: u64) -> Found {
    let workload = leaderless::Workload {
        operations: 12,
        hot_keys: 1,
        rest: Time::s(1),
        ..leaderless::Workload::default()
    };
    let builder = Leaderless::builder().clients(2);
    let builder = match wrong {
        true => builder.hints(false).read_repair(ReadRepair::Off).anti_entropy(None),
        false => builder.read_repair(ReadRepair::Blocking).anti_entropy(Some(Time::ms(40))),
    };
    let trial = leaderless::Trial { builder, workload, demands: vec![leaderless::Demand::Recovers] };
    search(&WithAllMessages(trial), chaos(3, Time::ms(150), &TIMELY), seeds)
}

fn change_capture(wrong: bool, seeds: u64) -> Found {
    let confirm = if wrong { Confirm::OnReceipt } else { Confirm::WhenDurable };
    let builder = Capture::builder().confirm(confirm).sync(Latency::Constant(Time::ms(50)));
    let trial = change_capture::Trial { builder, inserts: 20, within: Time::s(2), rest: Time::s(2) };
    search(&WithAllMessages(trial), chaos(2, Time::s(2), &TIMELY), seeds)
}

fn raft(wrong: bool, seeds: u64) -> Found {
    let builder = Raft::builder().elections_only(true).durable(!wrong);
    let trial = raft::Trial { builder, patience: Time::s(5) };
    let kills = Chaos::new(3, Time::ms(400)).expect("there are nodes, and time");
    search(&trial, kills.most_down(3).at_most(6).only(&[Trouble::Kill]), seeds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tells(cluster: &str) -> String {
        let bug = ALL.iter().find(|bug| bug.cluster == cluster).unwrap();
        let right = bug.hunt_in_the_right_one(bug.seeds);
        assert!(right.story.is_none(), "{}\n{}", right.sweep, right.story.unwrap().text);
        // A run in which one of several faults came to nothing is not counted as evidence.
        let conclusive = right.sweep.runs - right.sweep.unknown.len() as u64;
        assert!(conclusive >= 10, "{}", right.sweep);
        let found = bug.hunt(bug.seeds);
        let story = found.story.expect("the default sweep finds it");
        assert!(story.faults <= 3 && story.operations <= 4, "{}", story.text);
        format!("{}\n\n{}", found.sweep, story.text)
    }

    #[test]
    fn a_leader_without_a_lease() {
        insta::assert_snapshot!(tells("leader–follower"));
    }

    #[test]
    fn changes_applied_as_they_come() {
        insta::assert_snapshot!(tells("multi-leader"));
    }

    #[test]
    fn versions_without_dots() {
        insta::assert_snapshot!(tells("siblings"));
    }

    #[test]
    fn replicas_without_repair() {
        insta::assert_snapshot!(tells("leaderless"));
    }

    #[test]
    fn a_consumer_that_confirms_too_early() {
        insta::assert_snapshot!(tells("change capture"));
    }

    #[test]
    fn votes_that_are_forgotten() {
        insta::assert_snapshot!(tells("Raft"));
    }

    #[test]
    fn every_bug_has_a_cluster_of_its_own() {
        let clusters: std::collections::BTreeSet<_> = ALL.iter().map(|bug| bug.cluster).collect();
        assert_eq!(clusters.len(), ALL.len());
    }
}

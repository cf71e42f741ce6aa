//! E8.1 — The chaos suite: four experiments and what they must show, judged by the clusters whose faults it overlooks.

use std::collections::{BTreeMap, BTreeSet};

pub use replication_lab::history::epochs::{Accepted, one_writer_per_epoch};
pub use replication_lab::time::Time;

use crate::exercise::Answer;

mod clusters;
mod digest;
mod run;
mod scenarios;

/// What the suite is to test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Test {
    /// The leader's machine dies in the middle of its work, and comes back later.
    LeaderKill,
    /// A follower's machine dies, and comes back later.
    FollowerKill,
    /// The leader is cut off from the other servers, and later no longer.
    Partition,
    /// Writes come as fast as the cluster was built for.
    Load,
}

impl Test {
    /// All of them.
    pub const ALL: [Test; 4] = [Self::LeaderKill, Self::FollowerKill, Self::Partition, Self::Load];
}

/// What a commit waits for, and so what a fault may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A write is acknowledged when the leader has it. If the leader's machine dies, what was acknowledged this long
    /// before it, or less, may be lost. A leader that is cut off from its followers goes on, and nobody replaces it:
    /// those who watch it still hear it.
    Asynchronous {
        /// The recovery point objective.
        may_lose: Time,
    },
    /// A write is acknowledged when the leader and one follower have it: none is ever lost. A leader that is cut off
    /// from its followers acknowledges nothing, and nobody replaces it.
    SemiSynchronous,
    /// A write is acknowledged when two of the three servers have it: none is ever lost. A leader that is cut off from
    /// the others acknowledges nothing; the others elect a new one, and it acknowledges.
    Majority,
}

/// What a cluster of three servers promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// What a fault may cost.
    pub mode: Mode,
    /// How long it takes, at most, until writes are acknowledged again after a fault, or until all servers that are up
    /// have caught up after a fault's end, or after the start.
    pub recovers_within: Time,
    /// Writes per second for which it was built.
    pub load: u32,
    /// How far a follower is behind under that load, at most, once it has caught up and as long as nothing fails.
    pub most_lag: Time,
}

/// A server, by what it was when the experiment began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// The one that led.
    Leader,
    /// One that followed: always the same one.
    Follower,
}

/// What to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// So many more writes are acknowledged.
    Acknowledged(u32),
    /// Somebody leads, no write is under way, and each server that is up has applied as many entries as the leader has.
    CaughtUp,
}

/// One step of an experiment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// From now on so many clients write, each so often at most: each waits for its answer, one second at most, before
    /// it writes again. An answer takes 10 to 25 ms when all is well.
    Write {
        /// How many clients, at most 50.
        writers: u32,
        /// Writes per second, of each.
        per_second: u32,
    },
    /// The clients stop writing.
    StopWriting,
    /// Waits until something is so, but no longer than this. The run goes on in either case; the record says which.
    Wait(Until, Time),
    /// Waits so long.
    Sleep(Time),
    /// A machine dies.
    Kill(Server),
    /// It comes back.
    Restart(Server),
    /// All links between this server and the other servers are cut. Clients reach all of them.
    Isolate(Server),
    /// All links are open again.
    Heal,
    /// Sends one write to each server by itself, and waits for the answers, one second at most.
    TryEveryServer,
}

/// An experiment, as a value: it does nothing until it is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Experiment {
    /// Seed of all that is random in the run.
    pub seed: u64,
    /// The steps, at most 40. A run lasts three minutes at most.
    pub steps: Vec<Step>,
}

/// A step that was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// The step.
    pub step: Step,
    /// When it began.
    pub began: Time,
    /// When it ended.
    pub ended: Time,
    /// For a wait: whether it became so in time. For a fault and for its end: whether it changed anything. For all
    /// others: yes.
    pub worked: bool,
}

/// What came of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was acknowledged at this time.
    Acknowledged(Time),
    /// It was refused: nobody has it.
    Refused,
    /// No answer came. It may be there or not.
    Unknown,
}

/// A write by one of the writing clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Write {
    /// What was written: a number that no other write has, under a key of its own.
    pub value: u32,
    /// When the client asked.
    pub began: Time,
    /// What came of it.
    pub outcome: Outcome,
}

/// A write that was sent to one server by [`Step::TryEveryServer`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Try {
    /// Which step of the experiment sent it, counted from 0.
    pub step: usize,
    /// The server.
    pub server: String,
    /// What was written.
    pub value: u32,
    /// Whether this server acknowledged it.
    pub acknowledged: bool,
}

/// How far a follower was behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lag {
    /// When, every 100 ms.
    pub at: Time,
    /// The follower. A server that is down has no lag.
    pub server: String,
    /// The age of the oldest entry that the leader has and it has not applied.
    pub lag: Time,
}

/// What was seen of a run: all of it, from the start to the end of the last step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The seed of the experiment.
    pub seed: u64,
    /// The server that [`Server::Leader`] means.
    pub leader: String,
    /// The server that [`Server::Follower`] means.
    pub follower: String,
    /// The steps, in their order.
    pub steps: Vec<Done>,
    /// The writes of the writing clients, in the order in which they began.
    pub writes: Vec<Write>,
    /// The writes that were sent to one server each.
    pub tries: Vec<Try>,
    /// Every write that a server took, in which epoch and when, acknowledged or not, in the order in which it happened.
    pub accepted: Vec<Accepted>,
    /// How far the followers were behind, in the order of time.
    pub lags: Vec<Lag>,
    /// Who leads at the end: of several, the one of the highest epoch.
    pub leads: Option<String>,
    /// By server: the values that can be read there at the end. A server that is down is not listed.
    pub readable: BTreeMap<String, BTreeSet<u32>>,
}

/// What a test says of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It keeps what it promises, as far as this run shows.
    Passed,
    /// It does not, and why.
    Failed(String),
    /// The run shows nothing: a fault changed nothing, or the load was not reached. Why.
    Inconclusive(String),
}

/// What the learner writes.
pub trait Suite {
    /// The experiment of a test for a cluster that promises this. The same seed gives the same experiment.
    fn experiment(test: Test, promise: &Promise, seed: u64) -> Experiment;

    /// What the record of that experiment says.
    fn check(test: Test, promise: &Promise, record: &Record) -> Verdict;
}

/// Wraps a learner's suite.
pub fn answer<S: Suite + 'static>() -> Answer {
    Answer::new("E8.1", scenarios::drive::<S>)
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;

//! E8.1 — The chaos suite (29 points)
//!
//! A chaos suite breaks a cluster on purpose, in staging, and looks whether it keeps its promises. Who tests the suite? Here,
//! clusters do. Five are right, and your suite must pass them. Eleven have a fault that was planted, and it must notice. And
//! once, the chaos tool itself does nothing.
//!
//! Write two functions. `experiment` returns the steps of a test as a value: who writes how fast, what fails when, what is
//! waited for and for how long at most. `check` reads the record of that run and says what it shows.
//!
//! The four tests, for three servers (one leads, two follow):
//!
//! - **Leader kill.** Clients have written for 3 s or longer when the leader's machine dies, and go on. After a while, writes
//!   are acknowledged again. Then the old leader comes back.
//! - **Follower kill.** A follower dies, writes go on for 3 s or longer, it comes back and catches up.
//! - **Partition.** The leader is cut off from the other servers for 3 s or longer; clients reach all of them. Who then
//!   acknowledges depends on the mode: asynchronous, only the old leader; semi-synchronous, nobody; majority, only a new one.
//! - **Load.** Writes come for 5 s or longer at the promised rate. Even the slowest follower stays within `most_lag`.
//!
//! Some things hold in all four. No two servers accept writes in one epoch, or acknowledge at the same time. What was
//! acknowledged is there; only an asynchronous cluster may lose something, only when its leader dies, and only what is no
//! older than `may_lose`. In the end, all three servers have the same.
//!
//! A promise holds for a cluster that has caught up. When the run begins, it may still be busy with an import. If a fault
//! changed nothing, or the load was not reached, your test has shown nothing: say `Inconclusive`.
//!
//! Check it with `cargo course check E8.1`, or with
//! `cargo test -p exercises e8_1`. Stuck? `cargo course hint E8.1`.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e8_1::{
    Done, Experiment, Mode, Outcome, Promise, Record, Server, Step, Suite, Test, Time, Until, Verdict, Write,
};

/// The suite.
pub struct Chaos;

impl Suite for Chaos {
    fn experiment(test: Test, promise: &Promise, seed: u64) -> Experiment {
        todo!("the steps of {test:?} for {promise:?}, with seed {seed}")
    }

    fn check(test: Test, promise: &Promise, record: &Record) -> Verdict {
        todo!("does {record:?} keep {promise:?}? What does {test:?} demand?")
    }
}

/// When the first step of this kind began.
pub fn when(record: &Record, kind: impl Fn(Step) -> bool) -> Option<Time> {
    record.steps.iter().find(|done| kind(done.step)).map(|done| done.began)
}

/// When a write was acknowledged.
pub fn acknowledged(write: &Write) -> Option<Time> {
    match write.outcome {
        Outcome::Acknowledged(at) => Some(at),
        Outcome::Refused | Outcome::Unknown => None,
    }
}

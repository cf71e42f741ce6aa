//! E4.2 — The canary probe: write a row on the leader, and wait until a follower has it.

pub use replication_lab::time::Time;

use crate::exercise::Answer;

mod harness;
mod scenarios;

/// How long to wait, and how often to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// So long after its beginning a probe looks no more.
    pub timeout: Time,
    /// How long it sleeps between the answer to one read and the next read.
    pub poll: Time,
}

impl Default for Settings {
    /// Five seconds; every 10 ms.
    fn default() -> Self {
        Self { timeout: Time::s(5), poll: Time::ms(10) }
    }
}

/// Why an operation did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// No answer within [`PATIENCE`]. A write may have been made all the same.
    NoAnswer,
    /// An earlier statement of the open transaction failed: nothing works in it but [`Ops::end`].
    Aborted,
}

/// How long an operation waits for its answer. Whoever hangs costs this much and no more.
pub const PATIENCE: Time = Time::ms(200);

/// What a probe can do. Reads and writes take time.
pub trait Ops {
    /// The monotonic clock: it counts from an unknown moment on, and never jumps.
    fn monotonic(&mut self) -> Time;

    /// The wall clock: it shows the date, and is set whenever somebody finds that it is wrong.
    fn wall(&mut self) -> Time;

    /// On the leader: makes the row with this key, or overwrites its sequence number. Returns after the commit. All
    /// monitors keep their rows in one table.
    ///
    /// # Errors
    /// When the leader does not answer.
    fn upsert(&mut self, key: &str, sequence: u64) -> Result<(), Failed>;

    /// On the follower: the sequence number in the row with this key; nothing where there is no row. As most drivers do,
    /// it begins a transaction if none is open, and leaves it open. A transaction sees what the follower held when it
    /// began, for ever (isolation level `REPEATABLE READ`).
    ///
    /// # Errors
    /// When the follower does not answer, or the open transaction is aborted.
    fn read(&mut self, key: &str) -> Result<Option<u64>, Failed>;

    /// On the follower: ends the transaction, if one is open. An open one keeps the follower from cleaning up, and in
    /// the end from replaying.
    fn end(&mut self);

    /// Sleeps.
    fn sleep(&mut self, span: Time);
}

/// What a probe found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// From before the canary was sent to the leader until a read that found it on the follower was answered. That is
    /// never less than the replication lag, and more by what the commit took, one poll, and one read.
    Lag(Time),
    /// The follower answered, and did not have the canary until the timeout.
    TimedOut,
    /// The follower did not answer a single time until the timeout.
    Unreachable,
    /// The leader did not confirm the canary: there is nothing to wait for.
    NotWritten,
}

/// What the learner writes: one probe. `key` is this monitor's own row; `sequence` is higher than any it has used before.
/// Another process of the same monitor may be at work on the same row, with higher numbers.
pub type Probe = fn(settings: &Settings, key: &str, sequence: u64, ops: &mut dyn Ops) -> Outcome;

/// Wraps a learner's probe.
pub fn answer(probe: Probe) -> Answer {
    Answer::new("E4.2", move |task, notes| scenarios::drive(probe, task, notes))
}

#[cfg(feature = "judge")]
pub use scenarios::invariants;

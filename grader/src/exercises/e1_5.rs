//! E1.5 — A new follower, while the leader goes on writing.

use std::collections::BTreeMap;
use std::fmt;

use crate::exercise::{Answer, Recorder, Task};

mod leader;

use leader::Simulated;

/// What a server holds: accounts and their balances.
pub type Table = BTreeMap<String, i64>;

/// An entry of the leader's log. It *adds*: applied twice it is wrong, and left out it is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its place in the log. The first is 1, and none is left out.
    pub position: u64,
    /// The account.
    pub account: String,
    /// What is added to it.
    pub amount: i64,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {:+}", self.position, self.account, self.amount)
    }
}

/// A consistent copy of the leader's table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// It shows all changes up to this one, and none after it.
    pub position: u64,
    /// The table.
    pub table: Table,
}

/// Why the leader gave no changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchError {
    /// No answer came in time. Whether the leader is slow, or gone, or the answer was lost, nobody knows.
    NoAnswer,
    /// The log from there on is not kept any more.
    Gone {
        /// The first change that is.
        first: u64,
    },
}

/// The leader, as a server sees it that wants to follow. Clients write to it all the time, also during each of these
/// calls.
pub trait Leader {
    /// Where the log ends just now.
    fn position(&mut self) -> u64;

    /// Takes a copy, without stopping anybody, and sends it. That takes a while.
    fn snapshot(&mut self) -> Snapshot;

    /// The changes from position `from` on, in order and without gaps; a few at a time. None, if there are none yet.
    ///
    /// # Errors
    /// When no answer comes, and when the log does not go back that far.
    fn fetch(&mut self, from: u64) -> Result<Vec<Change>, FetchError>;
}

/// How often the same changes are asked for before a bootstrap gives up, if no answer comes.
pub const ATTEMPTS: u32 = 3;

/// Why there is no new follower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BootstrapError {
    /// The leader did not answer [`ATTEMPTS`] times in a row.
    NoAnswer,
    /// The leader has thrown away log that the copy lacks.
    LogGone {
        /// The change that was asked for.
        wanted: u64,
        /// The first one that is kept.
        first: u64,
    },
}

impl fmt::Display for BootstrapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAnswer => write!(f, "no answer, {ATTEMPTS} times in a row: is the leader gone?"),
            Self::LogGone { wanted, first } => write!(
                f,
                "change {wanted} is needed, and the leader's log begins at {first}: take a new copy, and have the log kept \
                 for it (a replication slot)"
            ),
        }
    }
}

impl std::error::Error for BootstrapError {}

/// A change that is not the next one: others are missing before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The position of the change that should come next.
    pub expected: u64,
    /// The position of the one that came.
    pub got: u64,
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "change {} came, and {} should be next: ask for the log from there",
            self.got, self.expected
        )
    }
}

impl std::error::Error for Gap {}

/// What the learner writes.
pub trait Follower: Sized {
    /// Makes a follower: copies the leader's table, then fetches and applies what has changed since, until an answer
    /// has no changes.
    ///
    /// # Errors
    /// When the leader does not answer the same question [`ATTEMPTS`] times in a row, and when it has thrown away log
    /// that is needed.
    fn bootstrap(leader: &mut dyn Leader) -> Result<Self, BootstrapError>;

    /// Takes one more change, which the leader sends by itself from now on. After an interruption it sends some once
    /// more: what is already applied is left alone.
    ///
    /// # Errors
    /// When changes are missing before it. Then nothing is applied.
    fn receive(&mut self, change: &Change) -> Result<(), Gap>;

    /// The last change that is applied.
    fn position(&self) -> u64;

    /// What it holds.
    fn table(&self) -> Table;
}

/// Wraps a learner's follower.
pub fn answer<F: Follower + 'static>() -> Answer {
    Answer::new("E1.5", drive::<F>)
}

fn drive<F: Follower>(task: &Task, notes: &Recorder) {
    // Nothing of the log before the run's beginning is kept, but for its last two changes.
    let mut leader = Simulated::new(notes, 11, 2);
    match task.scenario.as_str() {
        "at-rest" => {
            bootstrapped::<F>(&mut leader, notes);
        }
        "busy" => {
            leader.during_the_copy(5).meanwhile(9);
            if let Some(mut follower) = bootstrapped::<F>(&mut leader, notes) {
                stream(&mut follower, &mut leader, notes, 3);
            }
        }
        "far-behind" => {
            leader.during_the_copy(24).meanwhile(2);
            bootstrapped::<F>(&mut leader, notes);
        }
        "no-answer" => {
            leader.during_the_copy(7).meanwhile(4).lose(&[2]);
            bootstrapped::<F>(&mut leader, notes);
        }
        "poor-line" => {
            leader.during_the_copy(7).meanwhile(4).lose(&[1, 3, 4]);
            bootstrapped::<F>(&mut leader, notes);
        }
        "leader-gone" => {
            leader.during_the_copy(2).lose_from(2);
            bootstrapped::<F>(&mut leader, notes);
        }
        "log-gone" => {
            leader.during_the_copy(6).throw_away_after_the_copy(4);
            bootstrapped::<F>(&mut leader, notes);
        }
        "log-just-kept" => {
            leader.during_the_copy(6).throw_away_after_the_copy(6);
            bootstrapped::<F>(&mut leader, notes);
        }
        "sent-again" => {
            let Some(mut follower) = bootstrapped::<F>(&mut leader, notes) else { return };
            let end = leader.write(3);
            for position in [end - 2, end - 1, end - 2, end - 1, end] {
                receive(&mut follower, &mut leader, notes, position);
            }
        }
        "gap" => {
            let Some(mut follower) = bootstrapped::<F>(&mut leader, notes) else { return };
            let end = leader.write(3);
            for position in [end - 2, end, end - 1, end] {
                receive(&mut follower, &mut leader, notes, position);
            }
        }
        other => panic!("E1.5 has no scenario {other:?}"),
    }
}

/// Bootstraps a follower and compares it with the leader.
fn bootstrapped<F: Follower>(leader: &mut Simulated, notes: &Recorder) -> Option<F> {
    leader.note_at_the_follower("begins: bootstrap");
    match F::bootstrap(leader) {
        Err(error) => {
            leader.note_at_the_follower(&format!("no follower: {error}"));
            notes.step("bootstrap", format!("no follower: {error}"));
            None
        }
        Ok(follower) => {
            leader.note_at_the_follower(&format!("has applied {}", follower.position()));
            notes.step("bootstrap", "a follower");
            compare(&follower, leader, notes);
            Some(follower)
        }
    }
}

/// Compares a follower with the leader.
fn compare<F: Follower>(follower: &F, leader: &Simulated, notes: &Recorder) {
    let (here, there) = (follower.table(), leader.table());
    notes.step("the follower has applied", follower.position());
    let shown = |table: &Table, account: &String| table.get(account).map_or("nothing".into(), i64::to_string);
    let mut accounts: Vec<&String> = here.keys().chain(there.keys()).collect();
    accounts.sort();
    accounts.dedup();
    let rows = accounts.into_iter().map(|account| {
        let (here, there) = (shown(&here, account), shown(there, account));
        let differs = if here == there { "" } else { " (differs)" };
        format!("{account}: {here}, on the leader {there}{differs}")
    });
    notes.step("the accounts", rows.collect::<Vec<_>>());
}

/// The leader writes on, and sends each change once.
fn stream<F: Follower>(follower: &mut F, leader: &mut Simulated, notes: &Recorder, changes: u64) {
    for _ in 0..changes {
        let position = leader.write(1);
        receive(follower, leader, notes, position);
    }
}

/// The leader sends one change.
fn receive<F: Follower>(follower: &mut F, leader: &mut Simulated, notes: &Recorder, position: u64) {
    let change = leader.change(position);
    let what = format!("the follower is sent {change}");
    leader.send(&what, &change);
    let taken = follower.receive(&change);
    let balance = follower.table().get(&change.account).copied().unwrap_or_default();
    let held = format!("has applied {}, {} has {balance}", follower.position(), change.account);
    let got = match taken {
        Ok(()) => held,
        Err(gap) => format!("refused: {gap}; {held}"),
    };
    leader.note_at_the_follower(&got);
    notes.step(what, got);
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every follower.
    pub fn invariants(_task: &Task, seen: &Observation) -> Vec<Violation> {
        let mut broken = Vec::new();
        let tables = seen.steps.iter().filter(|step| step.what == "the accounts");
        for row in tables.filter_map(|step| step.got.as_array()).flatten().filter_map(|row| row.as_str()) {
            if let Some(row) = row.strip_suffix(" (differs)") {
                broken.push(Violation::new(
                    "a-follower-equals-its-leader",
                    format!(
                        "{row}. Change n adds n to one account: the difference tells which change is missing, or was \
                         applied twice"
                    ),
                ));
            }
        }
        broken
    }
}

#[cfg(all(test, feature = "judge"))]
mod tests {
    use super::*;

    /// Keeps the changes and adds up when it is asked.
    struct Ledger {
        copy: Snapshot,
        changes: Vec<Change>,
    }

    impl Follower for Ledger {
        fn bootstrap(leader: &mut dyn Leader) -> Result<Self, BootstrapError> {
            // More questions than necessary, and the same one twice.
            leader.position();
            let mut ledger = Ledger { copy: leader.snapshot(), changes: Vec::new() };
            let (mut failed, mut level) = (0, false);
            while !level {
                let wanted = ledger.position() + 1;
                match leader.fetch(wanted) {
                    Ok(changes) => {
                        (failed, level) = (0, changes.is_empty());
                        ledger.changes.extend(changes);
                    }
                    Err(FetchError::Gone { first }) => return Err(BootstrapError::LogGone { wanted, first }),
                    Err(FetchError::NoAnswer) if failed + 1 == ATTEMPTS => {
                        return Err(BootstrapError::NoAnswer);
                    }
                    Err(FetchError::NoAnswer) => failed += 1,
                }
            }
            Ok(ledger)
        }

        fn receive(&mut self, change: &Change) -> Result<(), Gap> {
            let expected = self.position() + 1;
            match change.position {
                got if got > expected => Err(Gap { expected, got }),
                got if got < expected => Ok(()),
                _ => {
                    self.changes.push(change.clone());
                    Ok(())
                }
            }
        }

        fn position(&self) -> u64 {
            self.copy.position + self.changes.len() as u64
        }

        fn table(&self) -> Table {
            let mut table = self.copy.table.clone();
            for change in &self.changes {
                *table.entry(change.account.clone()).or_default() += change.amount;
            }
            table
        }
    }

    #[test]
    fn an_answer_that_is_written_otherwise_passes() {
        let report = crate::check(answer::<Ledger>());
        assert!(report.passed(), "{report}");
    }
}

//! Is a history linearizable? (Herlihy & Wing, *Linearizability: A Correctness Condition for Concurrent Objects*,
//! TOPLAS 1990.)
//!
//! Every operation must seem to take effect in one instant between its beginning and its end, on a single copy:
//!
//! ```text
//! c1  ├─ writes x=1 ─┤
//! c2       ├─ reads x: 1 ─┤                      fine: the write took effect before the read did
//! c3                  ├─ reads x: nothing ─┤     not after c2 has been told that x is 1
//! ```
//!
//! A history is linearizable exactly if the operations on each of its keys are (Herlihy & Wing's locality), so
//! each key is searched for itself. A register that is written, read, compared and set; a text that is written,
//! appended to and read; any mix of them. An operation without an end may take effect at any time after its
//! beginning, or never. Two operations that touch in one instant overlap.
//!
//! # The witness
//! A beginning of a linearizable history is linearizable. So there is a first answer that can't be explained any
//! more: the operation that got it is guilty, and everything up to it can be explained. The witness has both,
//! and one order of effects that explains the operations before.
//!
//! # Limits
//! The question is NP-complete (Gibbons & Korach, *Testing Shared Memories*, 1997), so the search has a budget.
//! Where written values are unique, it rarely tries anything twice. What it takes to be guilty is the *first*
//! answer that does not fit; the bug may lie in an earlier operation that was answered wrongly and fitted by
//! chance.
//!
//! # Examples
//! ```
//! use replication_lab::history::{Action, History, Op, linearizable};
//! use replication_lab::time::Time;
//!
//! let op = |client: &str, action, began, ended| {
//!     Op { client: client.into(), key: "x".into(), action, began: Time::ms(began), ended: Some(Time::ms(ended)) }
//! };
//! let history = History(vec![
//!     op("c1", Action::Write("1".into()), 0, 4),
//!     op("c2", Action::Read(vec!["1".into()]), 1, 3),
//!     op("c3", Action::Read(vec![]), 5, 6),
//! ]);
//! assert_eq!(
//!     linearizable(&history, 1_000).to_string(),
//!     "violated: “c3 reads x: nothing” began after “c1 writes x=1” was acknowledged, and does not see it"
//! );
//! ```

mod board;
mod chains;
mod explain;
mod limits;
mod memory;
mod search;
mod states;
#[cfg(test)]
mod tests;

use super::{Action, History, Op, Verdict};

pub use limits::Limits;

pub(super) use board::Board;
pub(super) use explain::{Guilty, first_unexplained, found, from_nowhere};
pub(super) use limits::Meter;
pub(super) use memory::Memory;
pub(super) use search::Outcome;

/// Whether every key of the history behaves like one copy of a register, or of a text, in which there is nothing
/// at first. `budget` is how many states may be looked at for each key; [`Verdict::Unknown`] when that is not
/// enough, or a read returned siblings: a register has one value.
pub fn linearizable(history: &History, budget: usize) -> Verdict {
    linearizable_from(history, None, Limits::states(budget))
}

/// The same for keys that hold a value at first, and with limits of the caller's choice.
pub fn linearizable_from(history: &History, initially: Option<&str>, limits: Limits<'_>) -> Verdict {
    key_by_key(history, |ops| {
        first_unexplained(ops, initially, limits, search::search, explain::in_real_time)
    })
}

/// Puts the verdicts on the keys together: the first violation, or else the first reason for not knowing.
pub(super) fn key_by_key(history: &History, judge: impl Fn(&[(usize, &Op)]) -> Verdict) -> Verdict {
    let mut by_key = std::collections::BTreeMap::<&str, Vec<(usize, &Op)>>::new();
    for (place, op) in history.0.iter().enumerate() {
        by_key.entry(&op.key).or_default().push((place, op));
    }
    let mut unknown = None;
    for ops in by_key.values() {
        let siblings =
            ops.iter().find(|(_, op)| matches!(&op.action, Action::Read(values) if values.len() > 1));
        let verdict = match siblings {
            Some((_, op)) => Verdict::Unknown(format!("{op}: siblings are no value of a register")),
            None => judge(ops),
        };
        match verdict {
            Verdict::Holds => {}
            Verdict::Unknown(why) => unknown = unknown.or(Some(why)),
            violated => return violated,
        }
    }
    unknown.map_or(Verdict::Holds, Verdict::Unknown)
}

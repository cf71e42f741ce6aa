//! Did two clients read the same version and both write the next one?
//!
//! A lost update (P4 in Berenson, Bernstein, Gray, Melton, O'Neil & O'Neil, *A Critique of ANSI SQL Isolation
//! Levels*, SIGMOD 1995): what the one computed from the version is overwritten by what the other one computed
//! from it.
//!
//! ```text
//! ann  reads x: 5 ─────── writes x=6
//! bob      reads x: 5 ─────────────── writes x=7     7 was computed from 5: ann's update is lost
//! ```
//!
//! No order of reads and writes one by one is violated by that, and a linearizable register allows it. What it
//! takes against it is a compare-and-set, a lock, or a merge.
//!
//! # Limits
//! A write counts as computed from what its client read last on that key, if that read came after the client's own
//! last write there; a compare-and-set that succeeded is computed from what it expected. Whether a client did look
//! at what it had read before it wrote, a history doesn't say. Values are unique on their key; where reads return
//! siblings, both updates may have been kept, and the verdict is [`Verdict::Unknown`].
//!
//! # Examples
//! ```
//! use replication_lab::history::{Action, History, Op, lost_updates};
//! use replication_lab::time::Time;
//!
//! let op = |client: &str, action, began| {
//!     let ended = Some(Time::ms(began + 1));
//!     Op { client: client.into(), key: "stock".into(), action, began: Time::ms(began), ended }
//! };
//! let history = History(vec![
//!     op("ann", Action::Write("5".into()), 0),
//!     op("ann", Action::Read(vec!["5".into()]), 2),
//!     op("bob", Action::Read(vec!["5".into()]), 3),
//!     op("ann", Action::Write("4".into()), 4),
//!     op("bob", Action::Write("3".into()), 5),
//! ]);
//! assert_eq!(
//!     lost_updates(&history).to_string(),
//!     "violated: “ann writes stock=4” and “bob writes stock=3” were both computed from 5: one of them is lost"
//! );
//! ```

use std::collections::BTreeMap;

use super::versions::{Versions, followed};
use super::{History, Verdict};

/// Whether no two acknowledged writes were computed from the same version of their key.
pub fn lost_updates(history: &History) -> Verdict {
    followed(history, |versions| {
        let mut on_key = BTreeMap::<(&str, &str), Vec<usize>>::new();
        let mut updates = BTreeMap::<(&str, Option<usize>), usize>::new();
        for (place, op) in history.0.iter().enumerate() {
            let own = on_key.entry((&op.client, &op.key)).or_default();
            if versions.is_acknowledged_write(place)
                && let Some(read) = basis(versions, own, place)
            {
                let version = versions.source(read);
                if let Some(other) = updates.insert((&op.key, version), place) {
                    let from = versions.found(read).flatten().unwrap_or("nothing");
                    let first = versions.op(other);
                    let why =
                        format!("“{first}” and “{op}” were both computed from {from}: one of them is lost");
                    return Verdict::violated(vec![other, place], why);
                }
            }
            own.push(place);
        }
        Verdict::Holds
    })
}

/// The operation that read the version from which a write was computed, if any: the last that the client did on
/// the key before.
fn basis(versions: &Versions<'_>, own: &[usize], write: usize) -> Option<usize> {
    if versions.found(write).is_some() {
        return Some(write);
    }
    let last = own.iter().rev().copied().find(|before| versions.history.in_session(*before, write))?;
    let reads = versions.found(last).is_some() && versions.op(last).written().is_none();
    reads.then_some(last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Action, Op};
    use super::*;
    use crate::time::Time;

    /// One key: client, and what it does: reads the version with this number, or writes the next one.
    fn history(ops: &[(usize, Option<usize>)]) -> History {
        let mut written = 0;
        let op = |(place, (client, read)): (usize, &(usize, Option<usize>))| {
            let action = match read {
                Some(0) => Action::Read(vec![]),
                Some(n) if *n <= written => Action::Read(vec![n.to_string()]),
                Some(_) => Action::Read(vec![]),
                None => {
                    written += 1;
                    Action::Write(written.to_string())
                }
            };
            let began = Time::ms(10 * place as u64);
            Op {
                client: client.to_string(),
                key: "x".into(),
                action,
                began,
                ended: Some(began + Time::ms(1)),
            }
        };
        History(ops.iter().enumerate().map(op).collect())
    }

    /// Every pair of writes, each with what stands before it in its client's list.
    fn by_definition(history: &History) -> bool {
        let ops = &history.0;
        let before = |place: usize| -> Option<&Vec<String>> {
            let last = ops[..place].iter().rev().find(|op| op.client == ops[place].client)?;
            match &last.action {
                Action::Read(values) => Some(values),
                _ => None,
            }
        };
        let writes: Vec<usize> =
            (0..ops.len()).filter(|p| matches!(ops[*p].action, Action::Write(_))).collect();
        writes
            .iter()
            .all(|a| writes.iter().all(|b| a == b || before(*a).is_none() || before(*a) != before(*b)))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn agrees_with_the_definition(
            ops in prop::collection::vec((0..3usize, prop::option::weighted(0.6, 0..4usize)), 0..9)
        ) {
            let history = history(&ops);
            prop_assert_eq!(lost_updates(&history).holds(), by_definition(&history), "{}", history);
        }
    }

    #[test]
    fn a_compare_and_set_is_computed_from_what_it_expected() {
        let cas = |client: &str, new: &str, began| Op {
            client: client.into(),
            key: "x".into(),
            action: Action::CompareAndSet { expected: None, new: new.into(), swapped: true },
            began: Time::ms(began),
            ended: Some(Time::ms(began + 1)),
        };
        assert!(lost_updates(&History(vec![cas("a", "1", 0)])).holds());
        assert_eq!(
            lost_updates(&History(vec![cas("a", "1", 0), cas("b", "2", 2)])).to_string(),
            "violated: “a sets x from nothing to 1” and “b sets x from nothing to 2” were both computed from nothing: \
             one of them is lost"
        );
    }
}

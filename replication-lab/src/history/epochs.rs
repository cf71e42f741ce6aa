//! Was there never more than one writer in an epoch, and none from an epoch that was over?
//!
//! An epoch (a term, a view, a generation, a fencing token) counts the leaders of a cluster. Whatever elects them
//! must see to it that two nodes never accept writes in the same epoch: Raft calls that Election Safety (Ongaro &
//! Ousterhout, *In Search of an Understandable Consensus Algorithm*, USENIX ATC 2014, figure 3). That two nodes
//! accept at the same *time*, in different epochs, can't be ruled out by electing alone, only by fencing the older
//! one off (Kleppmann, *How to do distributed locking*, 2016):
//!
//! ```text
//! A  epoch 1  ✔ ✔ ─────────── pause ───────────── ✔      stale: B has accepted in epoch 2 by then
//! B  epoch 2            ✔ ✔
//! C  epoch 2                   ✔                         two writers in one epoch: B and C
//! ```
//!
//! # Limits
//! The list holds what nodes *accepted*, by a clock that all share, as the simulation has one. Whether an accepted
//! write was then also acknowledged or kept is another question: see [`durable`](super::durable).
//!
//! # Examples
//! ```
//! use replication_lab::history::epochs::{Accepted, fenced, one_writer_per_epoch};
//! use replication_lab::time::Time;
//!
//! let accepted = |node: &str, epoch, ms| Accepted { node: node.into(), epoch, at: Time::ms(ms) };
//! let mut log = vec![accepted("A", 1, 0), accepted("B", 2, 10), accepted("A", 1, 30)];
//! assert!(one_writer_per_epoch(&log).holds());
//! assert_eq!(
//!     fenced(&log).to_string(),
//!     "violated: A accepted a write in epoch 1 at 30.000 ms, after B had accepted one in epoch 2 at 10.000 ms: nobody \
//!      fenced A off"
//! );
//! log.push(accepted("C", 2, 40));
//! assert_eq!(
//!     one_writer_per_epoch(&log).to_string(),
//!     "violated: B and C both accepted writes in epoch 2, at 10.000 ms and at 40.000 ms"
//! );
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Verdict;
use crate::time::Time;

/// A write that a node accepted as a leader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// Who.
    pub node: String,
    /// In which epoch it thought to be.
    pub epoch: u64,
    /// When.
    pub at: Time,
}

/// Whether all writes of an epoch were accepted by one node. The witness has places in the list.
pub fn one_writer_per_epoch(accepted: &[Accepted]) -> Verdict {
    let mut first = BTreeMap::<u64, usize>::new();
    for (place, write) in accepted.iter().enumerate() {
        let before = *first.entry(write.epoch).or_insert(place);
        let other = &accepted[before];
        if other.node != write.node {
            let why = format!(
                "{} and {} both accepted writes in epoch {}, at {} and at {}",
                other.node, write.node, write.epoch, other.at, write.at
            );
            return Verdict::violated(vec![before, place], why);
        }
    }
    Verdict::Holds
}

/// Whether no node accepted a write in an epoch after another node had accepted one in a later epoch. Writes of
/// one instant have no order. The witness has places in the list.
pub fn fenced(accepted: &[Accepted]) -> Verdict {
    let mut in_time: Vec<usize> = (0..accepted.len()).collect();
    in_time.sort_by_key(|place| accepted[*place].at);
    // The highest epoch so far, and another node's highest, for a node may itself have been in the highest.
    let mut highest: Option<usize> = None;
    let mut of_another: Option<usize> = None;
    for moment in in_time.chunk_by(|a, b| accepted[*a].at == accepted[*b].at) {
        for place in moment {
            let write = &accepted[*place];
            let others = [highest, of_another].into_iter().flatten();
            let mut newer =
                others.filter(|o| accepted[*o].node != write.node && accepted[*o].epoch > write.epoch);
            if let Some(newer) = newer.next() {
                let (node, later) = (&write.node, &accepted[newer]);
                let why = format!(
                    "{node} accepted a write in epoch {} at {}, after {} had accepted one in epoch {} at {}: nobody \
                     fenced {node} off",
                    write.epoch, write.at, later.node, later.epoch, later.at
                );
                return Verdict::violated(vec![newer, *place], why);
            }
        }
        for place in moment {
            note(accepted, *place, &mut highest, &mut of_another);
        }
    }
    Verdict::Holds
}

/// Keeps the highest epoch, and the highest of another node than that one's.
fn note(accepted: &[Accepted], place: usize, highest: &mut Option<usize>, of_another: &mut Option<usize>) {
    let epoch = |place: Option<usize>| place.map(|place| accepted[place].epoch);
    let same_node =
        |other: Option<usize>| other.is_some_and(|other| accepted[other].node == accepted[place].node);
    let write = &accepted[place];
    if epoch(*highest) < Some(write.epoch) {
        if !same_node(*highest) {
            *of_another = *highest;
        }
        *highest = Some(place);
    } else if !same_node(*highest) && epoch(*of_another) < Some(write.epoch) {
        *of_another = Some(place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(writes: &[(u8, u64, u64)]) -> Vec<Accepted> {
        let name = |node: &u8| char::from(b'A' + node).to_string();
        writes
            .iter()
            .map(|(node, epoch, at)| Accepted { node: name(node), epoch: *epoch, at: Time::ms(*at) })
            .collect()
    }

    /// Both properties as they are said: every pair of writes.
    fn by_definition(list: &[Accepted]) -> (bool, bool) {
        let pairs = || list.iter().flat_map(|a| list.iter().map(move |b| (a, b)));
        let one = pairs().all(|(a, b)| a.epoch != b.epoch || a.node == b.node);
        let fenced = pairs().all(|(a, b)| !(a.node != b.node && a.epoch > b.epoch && a.at < b.at));
        (one, fenced)
    }

    #[test]
    fn agree_with_the_definitions_on_every_small_list() {
        let all: Vec<(u8, u64, u64)> =
            (0..3).flat_map(|n| (0..3).flat_map(move |e| (0..3).map(move |at| (n, e, at)))).collect();
        for a in &all {
            for b in &all {
                for c in &all {
                    let list = list(&[*a, *b, *c]);
                    let verdicts = (one_writer_per_epoch(&list).holds(), fenced(&list).holds());
                    assert_eq!(verdicts, by_definition(&list), "{list:?}");
                }
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn agree_with_the_definitions_on_drawn_lists(
            writes in proptest::collection::vec((0..4u8, 0..5u64, 0..12u64), 0..12)
        ) {
            let list = list(&writes);
            let verdicts = (one_writer_per_epoch(&list).holds(), fenced(&list).holds());
            proptest::prop_assert_eq!(verdicts, by_definition(&list));
        }
    }
}

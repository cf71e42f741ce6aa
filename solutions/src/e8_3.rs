//! E8.3 — Tombstone store.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e8_3::{Cell, Key, Outside, Purge, Rows, Thresholds, Tombstones, Verdict};

/// The four decisions.
pub struct Decisions;

impl Tombstones for Decisions {
    fn merge(a: &Cell, b: &Cell) -> Cell {
        // BEGIN SOLUTION todo!("which of {a} and {b} remains?")
        let rank = |cell: &Cell| (cell.stamp, cell.is_tombstone(), cell.value.clone());
        if rank(a) >= rank(b) { a.clone() } else { b.clone() }
        // END SOLUTION
    }

    fn may_drop(tombstone: &Cell, purge: &Purge<'_>) -> bool {
        // BEGIN SOLUTION todo!("may compaction drop {tombstone}? It knows {purge:?}")
        let old_enough = purge.now.since(tombstone.stamp) > purge.gc_grace;
        let covers = |outside: &Outside| outside.may_hold && outside.oldest <= tombstone.stamp;
        old_enough && !purge.outside.iter().any(covers)
        // END SOLUTION
    }

    fn to_send(mine: &Rows, theirs: &Rows) -> Vec<(Key, Cell)> {
        // BEGIN SOLUTION todo!("of {mine:?}, what does a replica lack that has {theirs:?}?")
        let mut sent = Vec::new();
        for (key, cell) in mine {
            let changes = match theirs.get(key) {
                None => true,
                Some(held) => Self::merge(held, cell) != *held,
            };
            if changes {
                sent.push((key.clone(), cell.clone()));
            }
        }
        sent
        // END SOLUTION
    }

    fn verdict(tombstones: usize, thresholds: &Thresholds) -> Verdict {
        // BEGIN SOLUTION todo!("{tombstones} tombstones, of {thresholds:?}: what becomes of the scan?")
        if thresholds.fail.is_some_and(|most| tombstones > most) {
            return Verdict::Abort;
        }
        if thresholds.warn.is_some_and(|most| tombstones > most) {
            return Verdict::Warn;
        }
        Verdict::Fine
        // END SOLUTION
    }
}

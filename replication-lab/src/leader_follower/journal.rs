//! A server's log: the part that is still kept, on disk and in memory.

use std::collections::VecDeque;

use super::entry::{Entry, Table};
use crate::log::Position;
use crate::world::{Disk, Stored};

/// The log of a server, from where it still has it. What was before stands in `base`, a checkpoint: the table as
/// it was after the last entry that is no longer kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Journal {
    base: Table,
    base_at: Position,
    entries: VecDeque<Kept>,
    // Where each epoch begins: epoch and number of its first entry (PostgreSQL: the timeline's history file).
    epochs: Vec<(u64, u64)>,
}

#[derive(Clone, Debug)]
struct Kept {
    entry: Entry,
    // Its place on the disk; nothing as long as it is only in the server's memory.
    place: Option<u64>,
}

impl Journal {
    /// A log that begins after `at`, with an empty table.
    pub(super) fn starting(at: Position) -> Self {
        Self::copied(Table::default(), at, vec![(at.epoch, 1)])
    }

    /// A log that begins with a copy of a table.
    pub(super) fn copied(base: Table, base_at: Position, epochs: Vec<(u64, u64)>) -> Self {
        Self { base, base_at, entries: VecDeque::new(), epochs }
    }

    /// The position of the last entry.
    pub(super) fn end(&self) -> Position {
        self.entries.back().map_or(self.base_at, |kept| kept.entry.position)
    }

    /// The number of the first entry that is kept; one after the end, if none is.
    pub(super) fn first(&self) -> u64 {
        self.base_at.lsn + 1
    }

    /// The entry with this number, if it is kept.
    pub(super) fn get(&self, lsn: u64) -> Option<&Entry> {
        let index = lsn.checked_sub(self.first())?;
        self.entries.get(usize::try_from(index).ok()?).map(|kept| &kept.entry)
    }

    /// The position of the entry with this number, or of the checkpoint.
    pub(super) fn position(&self, lsn: u64) -> Option<Position> {
        match lsn == self.base_at.lsn {
            true => Some(self.base_at),
            false => self.get(lsn).map(|entry| entry.position),
        }
    }

    /// The entries from `first` to `last`, as far as they are kept.
    pub(super) fn range(&self, first: u64, last: u64) -> impl Iterator<Item = &Entry> {
        let skipped = first.saturating_sub(self.first()) as usize;
        self.entries.iter().skip(skipped).map(|kept| &kept.entry).take_while(move |e| e.position.lsn <= last)
    }

    /// Adds an entry behind the last one.
    pub(super) fn push(&mut self, entry: Entry, place: Option<u64>) {
        debug_assert_eq!(entry.position.lsn, self.end().lsn + 1, "a log has no gaps");
        self.begin_epoch(entry.position.epoch, entry.position.lsn);
        self.entries.push_back(Kept { entry, place });
    }

    /// From entry `first` on, entries are of this epoch.
    pub(super) fn begin_epoch(&mut self, epoch: u64, first: u64) {
        if self.epochs.last().is_none_or(|(last, _)| *last < epoch) {
            self.epochs.push((epoch, first));
        }
    }

    /// The history of epochs.
    pub(super) fn epochs(&self) -> &[(u64, u64)] {
        &self.epochs
    }

    /// The entries that are only in memory, with their numbers.
    pub(super) fn in_memory(&self) -> Vec<Entry> {
        let unwritten = self.entries.iter().rev().take_while(|kept| kept.place.is_none());
        let mut entries: Vec<_> = unwritten.map(|kept| kept.entry.clone()).collect();
        entries.reverse();
        entries
    }

    /// The entry with this number now stands at this place of the disk.
    pub(super) fn written(&mut self, lsn: u64, place: u64) {
        let index = lsn.wrapping_sub(self.first()) as usize;
        if let Some(kept) = self.entries.get_mut(index) {
            kept.place = Some(place);
        }
    }

    /// How far a log that ends at `theirs` agrees with this one: the number of the last entry that both have. By
    /// the history of epochs alone, so that it works for entries that are no longer kept.
    pub(super) fn fork(&self, theirs: Position) -> u64 {
        let mut agreed = 0;
        for (place, (epoch, _)) in self.epochs.iter().enumerate() {
            if *epoch > theirs.epoch {
                break;
            }
            let ends = self.epochs.get(place + 1).map_or(self.end().lsn, |(_, next)| next - 1);
            agreed = if *epoch == theirs.epoch { ends.min(theirs.lsn) } else { ends };
        }
        agreed.min(theirs.lsn)
    }

    /// Cuts the log back so that `lsn` is its last entry. Returns what was cut off, and the place from which the disk
    /// is to be cut; nothing if the log is no longer kept that far back.
    pub(super) fn cut_back(&mut self, lsn: u64) -> Option<(Vec<Entry>, Option<u64>)> {
        let keep = lsn.checked_sub(self.base_at.lsn)? as usize;
        let cut = self.entries.split_off(keep.min(self.entries.len()));
        self.epochs.retain(|(_, first)| *first <= lsn);
        let place = cut.front().and_then(|kept| kept.place);
        Some((cut.into_iter().map(|kept| kept.entry).collect(), place))
    }

    /// Forgets entries before number `first`: they go into the checkpoint. Returns the place before which the disk
    /// may forget too.
    pub(super) fn forget_before(&mut self, first: u64) -> Option<u64> {
        let mut place = None;
        while self.entries.front().is_some_and(|kept| kept.entry.position.lsn < first && kept.place.is_some())
        {
            let Some(Kept { entry, place: at }) = self.entries.pop_front() else { break };
            self.base.apply(&entry);
            self.base_at = entry.position;
            place = at.map(|at| at + 1);
        }
        place
    }

    /// What is left after a crash: the checkpoint and what the disk holds. Returns the place of a torn record, from
    /// which the disk is to be cut.
    pub(super) fn recover(&mut self, disk: &Disk<Entry>) -> Option<u64> {
        self.entries.clear();
        let mut torn = None;
        for (place, stored) in (disk.first()..disk.end()).zip(disk.from(disk.first())) {
            match stored {
                Stored::Whole(entry) if entry.position.lsn == self.end().lsn + 1 => {
                    self.entries.push_back(Kept { entry: entry.clone(), place: Some(place) });
                }
                Stored::Whole(_) => {}
                Stored::Torn => {
                    torn = Some(place);
                    break;
                }
            }
        }
        let end = self.end();
        self.epochs.retain(|(epoch, first)| *epoch <= end.epoch || *first <= end.lsn);
        torn
    }

    /// The table after the entry with this number.
    pub(super) fn table(&self, lsn: u64) -> Table {
        let mut table = self.base.clone();
        self.range(self.first(), lsn).for_each(|entry| table.apply(entry));
        table
    }

    /// Bytes of the entries that are kept.
    pub(super) fn bytes(&self) -> u64 {
        self.entries.iter().map(|kept| kept.entry.bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::Change;
    use super::*;
    use crate::time::Time;

    fn log(epochs: &[(u64, u64)], end: u64) -> Journal {
        let mut journal = Journal::starting(Position::new(epochs[0].0, 0));
        for lsn in 1..=end {
            let epoch = epochs.iter().rev().find(|(_, first)| *first <= lsn).map_or(0, |(epoch, _)| *epoch);
            let change = Change::Put { key: "x".into(), value: format!("{lsn}@{epoch}") };
            let position = Position::new(epoch, lsn);
            let entry = Entry { position, change, op: None, bytes: 10, written: Time::ZERO };
            journal.push(entry, Some(lsn - 1));
        }
        journal
    }

    #[test]
    fn two_logs_agree_up_to_where_the_newer_one_branched_off() {
        let new = log(&[(1, 1), (2, 4_991)], 5_010);
        assert_eq!(new.fork(Position::new(1, 5_000)), 4_990, "the old leader has ten entries of its own");
        assert_eq!(new.fork(Position::new(1, 4_970)), 4_970, "a slow follower is merely behind");
        assert_eq!(new.fork(Position::new(2, 5_003)), 5_003);
        assert_eq!(new.fork(Position::new(2, 6_000)), 5_010, "nobody has more of an epoch than its leader");
        let third = log(&[(1, 1), (3, 4_995)], 5_000);
        assert_eq!(third.fork(Position::new(2, 4_999)), 4_994, "an epoch that it has never seen");
    }

    #[test]
    fn what_is_forgotten_stands_in_the_checkpoint() {
        let mut journal = log(&[(1, 1)], 9);
        let whole = journal.table(9);
        assert_eq!(journal.forget_before(6), Some(5));
        assert_eq!((journal.first(), journal.end().lsn, journal.bytes()), (6, 9, 40));
        assert_eq!(journal.table(9), whole);
        assert_eq!(journal.get(5), None);
        assert!(journal.cut_back(4).is_none(), "too far back");
        let (cut, place) = journal.cut_back(7).unwrap();
        assert_eq!((cut.len(), place), (2, Some(7)));
    }
}

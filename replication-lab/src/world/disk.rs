//! A node's disk: one log of records, and what a crash leaves of it.
//!
//! What is appended lies in the operating system's cache at once, where the node itself reads it. It is on the disk
//! when a sync that was asked for later is done. If the *process* dies, the cache survives it. If the *machine*
//! dies, what was synced survives; of the rest, a beginning of random length, and the record where it breaks off may
//! be torn: there, and not readable.
//!
//! # Limits
//! Records are kept in order: a later one never survives without the earlier ones (as in one file that is written
//! in order; file systems promise less). What was synced never rots.
//!
//! # Examples
//! ```
//! use replication_lab::world::{Disk, Stored};
//! let mut disk = Disk::new(Some(100));
//! disk.append("a", 60)?;
//! assert!(disk.append("b", 60).is_err(), "it is full");
//! assert_eq!((disk.end(), disk.synced()), (1, 0));
//! assert_eq!(disk.get(0), Some(&Stored::Whole("a")));
//! # Ok::<(), replication_lab::world::DiskFull>(())
//! ```

use std::fmt;

use crate::rng::Rng;

/// One log of records on a disk. A record's place is its number since the log began; places are never used again
/// for other records unless the log is cut back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Disk<R> {
    // The records as the node sees them, with their sizes; the first has the place `first`.
    records: Vec<(Stored<R>, u64)>,
    first: u64,
    // Places below this one survive a crash of the machine.
    synced: u64,
    used: u64,
    capacity: Option<u64>,
    full: bool,
    // What was synced and then cut off or replaced, until the next sync makes that last: the first place and the
    // records from there.
    old: Option<Old<R>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Old<R> {
    from: u64,
    records: Vec<(Stored<R>, u64)>,
}

/// A record as a node finds it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Stored<R> {
    /// The record.
    Whole(R),
    /// Its checksum is wrong: the crash came while it was written.
    Torn,
}

impl<R> Stored<R> {
    /// The record, if it is whole.
    pub fn whole(&self) -> Option<&R> {
        match self {
            Stored::Whole(record) => Some(record),
            Stored::Torn => None,
        }
    }
}

/// What is left of what a disk had not synced when its machine died.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Remainder {
    /// Whether a truncation that was not synced has been undone; then nothing that was appended since is left.
    pub undone: bool,
    /// Unsynced records that survive, the oldest ones.
    pub survive: u64,
    /// Whether the next one is there too, but torn.
    pub torn: bool,
}

impl Remainder {
    /// Nothing is left.
    pub const NOTHING: Remainder = Remainder { undone: false, survive: 0, torn: false };
}

impl fmt::Display for Remainder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.undone, self.survive) {
            (true, _) => return f.write_str("what had been cut off the log is back"),
            (_, 1) => f.write_str("1 unsynced record survives")?,
            (_, survive) => write!(f, "{survive} unsynced records survive")?,
        }
        f.write_str(if self.torn { ", the next one is torn" } else { "" })
    }
}

/// There is no room on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskFull {
    /// Bytes that the record needs.
    pub needed: u64,
    /// Bytes that are free.
    pub free: u64,
}

impl fmt::Display for DiskFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { needed, free } = self;
        write!(f, "the disk is full: {needed} bytes needed, {free} free; drop old records first")
    }
}

impl std::error::Error for DiskFull {}

impl<R: Clone> Disk<R> {
    /// An empty disk of so many bytes; without limit, if nothing.
    pub fn new(capacity: Option<u64>) -> Self {
        Self { records: Vec::new(), first: 0, synced: 0, used: 0, capacity, full: false, old: None }
    }

    /// Adds a record of so many bytes. Returns its place.
    ///
    /// # Errors
    /// When there is no room; the log is as it was.
    pub fn append(&mut self, record: R, bytes: u64) -> Result<u64, DiskFull> {
        let free = self.free();
        if bytes > free {
            return Err(DiskFull { needed: bytes, free });
        }
        self.used += bytes;
        self.records.push((Stored::Whole(record), bytes));
        Ok(self.end() - 1)
    }

    /// The record at a place; nothing if the log does not reach there, or no longer.
    pub fn get(&self, place: u64) -> Option<&Stored<R>> {
        let index = place.checked_sub(self.first)?;
        self.records.get(usize::try_from(index).ok()?).map(|(record, _)| record)
    }

    /// The records from a place on, the oldest first.
    pub fn from(&self, place: u64) -> impl Iterator<Item = &Stored<R>> {
        let skipped = usize::try_from(place.saturating_sub(self.first)).unwrap_or(usize::MAX);
        self.records.iter().skip(skipped).map(|(record, _)| record)
    }

    /// The whole records from the first up to the first torn one: what a node may trust after a crash.
    pub fn trusted(&self) -> impl Iterator<Item = &R> {
        self.records.iter().map_while(|(record, _)| record.whole())
    }

    /// The place of the first record that is kept.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// The place that the next record gets.
    pub fn end(&self) -> u64 {
        self.first + self.records.len() as u64
    }

    /// Every place below this one survives a crash of the machine.
    pub fn synced(&self) -> u64 {
        self.synced
    }

    /// Bytes that the records take.
    pub fn used(&self) -> u64 {
        self.used
    }

    /// Bytes that are free: more than anybody needs, if the disk has no limit.
    pub fn free(&self) -> u64 {
        match (self.full, self.capacity) {
            (true, _) => 0,
            (false, Some(capacity)) => capacity.saturating_sub(self.used),
            (false, None) => u64::MAX,
        }
    }

    /// Cuts the log back to `end`: later records are gone. A crash of the machine before the next sync may bring
    /// them back.
    pub fn truncate(&mut self, end: u64) {
        let keep = usize::try_from(end.saturating_sub(self.first)).unwrap_or(usize::MAX);
        if keep >= self.records.len() {
            return;
        }
        if end < self.synced && self.old.is_none() {
            let synced = (self.synced - self.first) as usize;
            let records = self.records[keep..synced].to_vec();
            self.old = Some(Old { from: self.first + keep as u64, records });
        }
        self.records.truncate(keep);
        self.synced = self.synced.min(self.end());
        self.count();
    }

    /// Drops the records before `place`, as when old segments of a log are deleted. It lasts at once.
    pub fn drop_before(&mut self, place: u64) {
        let dropped = place.min(self.synced).saturating_sub(self.first);
        self.records.drain(..dropped as usize);
        self.first += dropped;
        self.count();
    }

    fn count(&mut self) {
        self.used = self.records.iter().map(|(_, bytes)| bytes).sum();
    }

    /// A sync is done: what stood below `end` when it was asked for is on the disk.
    pub(crate) fn finish_sync(&mut self, end: u64) {
        self.synced = self.synced.max(end.min(self.end()));
        self.old = None;
    }

    /// Draws what is left when the machine dies now.
    pub(crate) fn draw_remainder(&self, tearing: f64, rng: &mut Rng) -> Remainder {
        if self.old.is_some() && rng.chance(0.5) {
            return Remainder { undone: true, ..Remainder::NOTHING };
        }
        let unsynced = self.end() - self.synced;
        if unsynced == 0 {
            return Remainder::NOTHING;
        }
        let survive = rng.below(unsynced + 1);
        Remainder { undone: false, survive, torn: rng.chance(tearing) && survive < unsynced }
    }

    /// All that can be left when the machine dies now.
    pub(crate) fn remainders(&self) -> impl Iterator<Item = Remainder> + use<R> {
        let unsynced = self.end() - self.synced;
        let whole = (0..=unsynced).map(|survive| Remainder { survive, ..Remainder::NOTHING });
        let torn = (0..unsynced).map(|survive| Remainder { survive, torn: true, undone: false });
        let undone = self.old.iter().map(|_| Remainder { undone: true, ..Remainder::NOTHING });
        whole.chain(torn).chain(undone).collect::<Vec<_>>().into_iter()
    }

    /// The machine dies, and this is left.
    pub(crate) fn crash_to(&mut self, remainder: Remainder) {
        match self.old.take() {
            Some(old) if remainder.undone => {
                self.records.truncate(old.from.saturating_sub(self.first) as usize);
                self.records.extend(old.records);
            }
            _ => {
                let keep = (self.synced - self.first + remainder.survive) as usize;
                let next = self.records.get(keep).map(|(_, bytes)| *bytes);
                self.records.truncate(keep);
                if let Some(bytes) = next.filter(|_| remainder.torn) {
                    self.records.push((Stored::Torn, bytes));
                }
            }
        }
        self.synced = self.end();
        self.count();
    }

    /// The same disk with other records in the same places.
    pub(crate) fn map(&self, change: impl Fn(&R) -> R) -> Self {
        let changed = |records: &[(Stored<R>, u64)]| {
            let one = |(record, bytes): &(Stored<R>, u64)| match record {
                Stored::Whole(record) => (Stored::Whole(change(record)), *bytes),
                Stored::Torn => (Stored::Torn, *bytes),
            };
            records.iter().map(one).collect()
        };
        let old = self.old.as_ref().map(|old| Old { from: old.from, records: changed(&old.records) });
        Self { records: changed(&self.records), old, ..*self }
    }

    /// From now on nothing more fits, or again what the capacity allows.
    pub(crate) fn set_full(&mut self, full: bool) {
        self.full = full;
    }

    /// If it is empty, its first record gets this place.
    pub(crate) fn begin_at(&mut self, first: u64) {
        if self.records.is_empty() {
            (self.first, self.synced) = (first, first);
        }
    }

    /// Changes how much fits on it.
    pub(crate) fn set_capacity(&mut self, capacity: Option<u64>) {
        self.capacity = capacity;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;

    fn disk(synced: &[u32], unsynced: &[u32]) -> Disk<u32> {
        let mut disk = Disk::new(None);
        for record in synced {
            disk.append(*record, 10).unwrap();
        }
        disk.finish_sync(disk.end());
        for record in unsynced {
            disk.append(*record, 10).unwrap();
        }
        disk
    }

    fn after_crash(disk: &Disk<u32>, tearing: f64) -> Vec<Vec<Stored<u32>>> {
        let one = |seed| {
            let mut disk = disk.clone();
            let remainder = disk.draw_remainder(tearing, &mut Rng::new(seed, Stream::Disk(0)));
            disk.crash_to(remainder);
            disk.from(0).cloned().collect::<Vec<_>>()
        };
        let mut all: Vec<_> = (0..200).map(one).collect();
        all.sort_by_key(|records| (records.len(), format!("{records:?}")));
        all.dedup();
        all
    }

    fn possible(disk: &Disk<u32>) -> Vec<Vec<Stored<u32>>> {
        let one = |remainder| {
            let mut disk = disk.clone();
            disk.crash_to(remainder);
            disk.from(0).cloned().collect::<Vec<_>>()
        };
        let mut all: Vec<_> = disk.remainders().map(one).collect();
        all.sort_by_key(|records| (records.len(), format!("{records:?}")));
        all
    }

    fn whole(records: &[u32]) -> Vec<Stored<u32>> {
        records.iter().copied().map(Stored::Whole).collect()
    }

    #[test]
    fn what_was_synced_survives_and_of_the_rest_a_beginning() {
        let all = after_crash(&disk(&[1, 2], &[3, 4]), 0.0);
        assert_eq!(all, [whole(&[1, 2]), whole(&[1, 2, 3]), whole(&[1, 2, 3, 4])]);
    }

    #[test]
    fn where_it_breaks_off_a_record_may_be_torn() {
        let torn = |records: &[u32]| [whole(records), vec![Stored::Torn]].concat();
        let all = after_crash(&disk(&[1], &[2]), 0.5);
        assert_eq!(all, [whole(&[1]), torn(&[1]), whole(&[1, 2])]);
        let mut disk = disk(&[1], &[2]);
        disk.crash_to(Remainder { torn: true, ..Remainder::NOTHING });
        assert_eq!(disk.trusted().copied().collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn a_crash_may_undo_a_truncation_that_was_not_synced() {
        let mut cut = disk(&[1, 2, 3], &[]);
        cut.truncate(1);
        cut.append(9, 10).unwrap();
        assert_eq!(after_crash(&cut, 0.0), [whole(&[1]), whole(&[1, 9]), whole(&[1, 2, 3])]);
        assert_eq!(possible(&cut), after_crash(&cut, 0.5), "a search tries what a crash can draw");
        cut.finish_sync(cut.end());
        assert_eq!(after_crash(&cut, 0.0), [whole(&[1, 9])]);
    }

    #[test]
    fn places_stay_when_the_beginning_is_dropped() {
        let mut disk = disk(&[1, 2, 3], &[4]);
        disk.drop_before(2);
        assert_eq!((disk.first(), disk.end(), disk.used()), (2, 4, 20));
        assert_eq!((disk.get(1), disk.get(2)), (None, Some(&Stored::Whole(3))));
        disk.drop_before(4);
        assert_eq!(disk.first(), 3, "what is not synced stays");
    }

    #[test]
    fn a_full_disk_refuses_and_says_how_much_is_missing() {
        let mut disk = Disk::new(Some(25));
        disk.append(1, 20).unwrap();
        let why = disk.append(2, 10).unwrap_err().to_string();
        assert_eq!(why, "the disk is full: 10 bytes needed, 5 free; drop old records first");
        disk.set_full(true);
        assert!(disk.append(3, 1).is_err());
        disk.set_full(false);
        assert!(disk.append(3, 1).is_ok());
    }
}

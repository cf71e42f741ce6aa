//! The memory of a search: configurations that were seen.

/// A set of configurations: a state, a place on the way, and a row of bits whose length depends only on the place.
///
/// A hash table of its own, because it is most of the search's work: the configurations lie one behind the other
/// in one vector, and the table holds their places. Nothing iterates over it.
#[derive(Default)]
pub(in super::super) struct Memory {
    words: Vec<u64>,
    starts: Vec<usize>,
    // Places in `starts`, plus one; zero is free. Its length is a power of two.
    table: Vec<u32>,
}

impl Memory {
    /// Notes a configuration. False if it was there already.
    pub(in super::super) fn insert(
        &mut self,
        state: u32,
        at: usize,
        bits: impl Iterator<Item = bool>,
    ) -> bool {
        if (self.starts.len() + 1) * 2 > self.table.len() {
            self.grow();
        }
        let start = self.words.len();
        self.words.push(((at as u64) << 32) | u64::from(state));
        for (place, bit) in bits.enumerate() {
            if place % 64 == 0 {
                self.words.push(0);
            }
            if let (true, Some(word)) = (bit, self.words.last_mut()) {
                *word |= 1 << (place % 64);
            }
        }
        let Some(free) = self.free_slot(start, self.words.len()) else {
            self.words.truncate(start);
            return false;
        };
        self.starts.push(start);
        self.table[free] = self.starts.len() as u32;
        true
    }

    /// The free slot for the words from `start` to `end`; nothing if they are there already.
    fn free_slot(&self, start: usize, end: usize) -> Option<usize> {
        let words = &self.words[start..end];
        let mask = self.table.len() - 1;
        let mut slot = hash(words) as usize & mask;
        while let Some(other) = (self.table[slot] as usize).checked_sub(1) {
            let from = self.starts[other];
            // The first word says how long the row of bits is, so that equal first words mean equal lengths.
            if self.words[from] == words[0] && self.words[from..from + words.len()] == *words {
                return None;
            }
            slot = (slot + 1) & mask;
        }
        Some(slot)
    }

    fn grow(&mut self) {
        self.table = vec![0; (self.table.len() * 2).max(64)];
        for place in 0..self.starts.len() {
            let end = self.starts.get(place + 1).copied().unwrap_or(self.words.len());
            if let Some(free) = self.free_slot(self.starts[place], end) {
                self.table[free] = place as u32 + 1;
            }
        }
    }
}

/// Multiply and fold: words of a few set bits must not meet in the low bits.
fn hash(words: &[u64]) -> u64 {
    words.iter().fold(0, |hash: u64, word| {
        let product = u128::from(hash.rotate_left(23) ^ word ^ 0x9E37_79B9_7F4A_7C15) * 0xD6E8_FEB8_6659_FD93;
        (product >> 64) as u64 ^ product as u64
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rng::{Rng, Stream};

    #[test]
    fn it_remembers_what_a_set_remembers() {
        let (mut memory, mut set) = (Memory::default(), BTreeSet::new());
        let mut rng = Rng::new(1, Stream::Workload);
        for _ in 0..20_000 {
            let (state, at) = (rng.below(3) as u32, rng.below(20) as usize);
            // The length depends on the place: none at 0, more than one word at 19.
            let bits: Vec<bool> = (0..at * 4).map(|bit| bit % 9 == 0 && rng.chance(0.5)).collect();
            let new = memory.insert(state, at, bits.iter().copied());
            assert_eq!(new, set.insert((state, at, bits)));
        }
    }
}

//! Events in the order of their time; at the same time, in the order in which they were planned.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::time::Time;

/// A priority queue of events. Ties are broken by the order of insertion, so that a run is the same every time.
#[derive(Clone, Debug)]
pub(super) struct Queue<E> {
    // The heap moves small keys about; the events stay where they are. A key is the time in the upper half, then
    // the number of the event (40 bits), then its slot (24 bits): one comparison decides.
    order: BinaryHeap<Reverse<u128>>,
    // The first key has been popped and is still there: what is planned next takes its place, which costs one way
    // down the heap instead of two. Most events plan another one.
    hole: bool,
    slots: Vec<Option<E>>,
    free: Vec<u32>,
    planned: u64,
}

const SLOT_BITS: u32 = 24;

/// Most events that wait at one time.
const MOST: usize = 1 << SLOT_BITS;

impl<E> Queue<E> {
    pub(super) fn new() -> Self {
        Self { order: BinaryHeap::new(), hole: false, slots: Vec::new(), free: Vec::new(), planned: 0 }
    }

    /// Plans an event. When more than sixteen million wait, the world has run away, and it is dropped: says so.
    pub(super) fn plan(&mut self, at: Time, event: E) -> bool {
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = Some(event);
                slot
            }
            None if self.slots.len() >= MOST => return false,
            None => {
                self.slots.push(Some(event));
                (self.slots.len() - 1) as u32
            }
        };
        let key = u128::from(at.as_us()) << 64 | u128::from(self.planned) << SLOT_BITS | u128::from(slot);
        if !std::mem::take(&mut self.hole) {
            self.order.push(Reverse(key));
        } else if let Some(mut first) = self.order.peek_mut() {
            *first = Reverse(key);
        }
        self.planned += 1;
        true
    }

    pub(super) fn next_at(&mut self) -> Option<Time> {
        self.fill();
        self.order.peek().map(|Reverse(key)| Time::us((key >> 64) as u64))
    }

    fn fill(&mut self) {
        if std::mem::take(&mut self.hole) {
            self.order.pop();
        }
    }

    pub(super) fn pop(&mut self) -> Option<(Time, E)> {
        self.fill();
        let Reverse(key) = *self.order.peek()?;
        self.hole = true;
        let slot = key as u32 & (MOST as u32 - 1);
        let event = self.slots[slot as usize].take()?;
        self.free.push(slot);
        Some((Time::us((key >> 64) as u64), event))
    }

    /// The events that wait, in the order in which they would be popped.
    pub(super) fn in_order(&self) -> Vec<&E> {
        let mut keys: Vec<u128> = self.order.iter().map(|Reverse(key)| *key).collect();
        keys.sort_unstable();
        // The slot of an event that has been popped is empty.
        keys.into_iter()
            .filter_map(|key| self.slots[(key as u32 & (MOST as u32 - 1)) as usize].as_ref())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn earlier_first_and_ties_as_planned() {
        let mut queue = Queue::new();
        for (at, event) in [(2, 'c'), (1, 'a'), (2, 'd'), (1, 'b')] {
            queue.plan(Time::ms(at), event);
        }
        let popped: String = std::iter::from_fn(|| queue.pop()).map(|(_, event)| event).collect();
        assert_eq!(popped, "abcd");
    }

    #[test]
    fn the_end_of_time_comes_last() {
        let mut queue = Queue::new();
        queue.plan(Time::NEVER, 'z');
        queue.plan(Time::us(u64::MAX - 1), 'y');
        assert_eq!(queue.pop(), Some((Time::us(u64::MAX - 1), 'y')));
        assert_eq!(queue.pop(), Some((Time::NEVER, 'z')));
    }
}

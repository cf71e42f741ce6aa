//! Vector clocks: every event's clock from its process and its causes.

use std::collections::BTreeMap;

/// A vector clock: how many events of each process are known, by the process's place. Processes that are not in it are
/// at zero.
pub(crate) type Clock = BTreeMap<usize, u64>;

/// An event as a clock sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// Its process.
    pub(crate) process: usize,
    /// The events whose messages it receives, as places in the list of events.
    pub(crate) receives: Vec<usize>,
}

/// The vector clocks of events (Fidge 1988, Mattern 1989): each event takes in the clocks of the messages that it
/// receives, and then counts itself. `order` lists the events so that every cause comes before its effect, and the
/// events of a process in their order.
pub(crate) fn clocks(steps: &[Step], order: impl Iterator<Item = usize>) -> Vec<Clock> {
    let mut clocks = vec![Clock::new(); steps.len()];
    let mut processes: BTreeMap<usize, Clock> = BTreeMap::new();
    for place in order {
        let Step { process, receives } = &steps[place];
        let clock = processes.entry(*process).or_default();
        for (known, count) in receives.iter().flat_map(|sent| &clocks[*sent]) {
            let mine = clock.entry(*known).or_default();
            *mine = (*mine).max(*count);
        }
        *clock.entry(*process).or_default() += 1;
        clocks[place] = clock.clone();
    }
    clocks
}

/// Whether the event with the first clock, of process `of`, happened before the one with the second, or is it.
pub(crate) fn knows(later: &Clock, of: usize, earlier: &Clock) -> bool {
    let count = earlier.get(&of).copied().unwrap_or(0);
    later.get(&of).is_some_and(|known| *known >= count)
}

//! E5.1 — The G-Counter: a counter that several replicas increment at once, and that loses nothing.

// BEGIN SOLUTION
use std::collections::BTreeMap;

// END SOLUTION
use grader::exercises::e5_1::{Counter, Overflow};

/// One replica's copy of the counter.
#[derive(Clone, Debug)]
pub struct GCounter {
    // Choose what to keep here.
    // BEGIN SOLUTION
    /// The slot of this life of this replica.
    mine: (String, u32),
    slots: BTreeMap<(String, u32), u64>,
    // END SOLUTION
}

impl Counter for GCounter {
    fn start(replica: &str, life: u32, saved: Option<&Self>) -> Self {
        // BEGIN SOLUTION let _ = saved;\ntodo!("where does {replica} count in its life {life}, and what does it know already?")
        let slots = saved.map(|saved| saved.slots.clone()).unwrap_or_default();
        let mine = (replica.to_owned(), life);
        Self { mine, slots }
        // END SOLUTION
    }

    fn increment(&mut self, by: u64) -> Result<(), Overflow> {
        // BEGIN SOLUTION let _ = Overflow;\ntodo!("count {by} more here, if they fit")
        let slot = self.slots.entry(self.mine.clone()).or_default();
        *slot = slot.checked_add(by).ok_or(Overflow)?;
        Ok(())
        // END SOLUTION
    }

    fn value(&self) -> u128 {
        // BEGIN SOLUTION todo!("how much was counted, as far as it is known here?")
        self.slots.values().map(|count| u128::from(*count)).sum()
        // END SOLUTION
    }

    fn merge(&mut self, other: &Self) {
        // BEGIN SOLUTION let _ = other;\ntodo!("what is known here, once this state has arrived?")
        for (whose, count) in &other.slots {
            let known = self.slots.entry(whose.clone()).or_default();
            *known = (*known).max(*count);
        }
        // END SOLUTION
    }
}

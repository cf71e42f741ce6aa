//! E5.1 — The G-Counter (18 points)
//!
//! Two leaders count likes at once, one in Virginia, one in Europe, and ship each other their states. A single number won't
//! do: of 5 and 3, which is right? Write a counter that only grows, and whose copies agree on 8, whatever the network does:
//! states may be late, double, lost for a while, or come by way of a third replica.
//!
//! Three laws make that work. Merging is *commutative* (either way round), *associative* (in whatever groups) and
//! *idempotent* (once or twice is the same). It is the merge that must keep them. That addition commutes is not enough:
//! merging by addition counts everything again with each message.
//!
//! A counter must also outlive crashes. A replica comes back with an empty disk, or with one that misses what it counted
//! last. It must neither lose what others have heard of it, nor count under a number that they know already. Nobody can be
//! counted down here: that takes two of these counters, which is E5.5.
//!
//! Check it with `cargo course check E5.1`, or with
//! `cargo test -p exercises e5_1`. Stuck? `cargo course hint E5.1`.

use grader::exercises::e5_1::{Counter, Overflow};

/// One replica's copy of the counter.
#[derive(Clone, Debug)]
pub struct GCounter {
    // Choose what to keep here.
}

impl Counter for GCounter {
    fn start(replica: &str, life: u32, saved: Option<&Self>) -> Self {
        let _ = saved;
        todo!("where does {replica} count in its life {life}, and what does it know already?")
    }

    fn increment(&mut self, by: u64) -> Result<(), Overflow> {
        let _ = Overflow;
        todo!("count {by} more here, if they fit")
    }

    fn value(&self) -> u128 {
        todo!("how much was counted, as far as it is known here?")
    }

    fn merge(&mut self, other: &Self) {
        let _ = other;
        todo!("what is known here, once this state has arrived?")
    }
}

//! E7.5 — An auditor of last write wins (17 points)
//!
//! With last write wins, every node ends with the same value, and no error is ever reported. Which writes are gone? Write the
//! auditor that tells. It knows what no node knows: the true time of each write, and what each writer had seen.
//!
//! A write that isn't kept may still be in order: somebody saw it, and wrote something else. It is *lost* when nobody did. Three
//! things make a loss worse, and may come together: the write was made later than the one that is kept; its writer knew the one
//! that is kept, and meant to replace it; stamps were equal, and a rule decided that has nothing to do with time.
//!
//! Simplified here: clocks are wrong by the same amount all day, and each node has received all writes in the end. A real audit
//! has no true time: it compares what clients were told with what is there (chapter 8).
//!
//! Check it with `cargo course check E7.5`, or with
//! `cargo test -p exercises e7_5`. Stuck? `cargo course hint E7.5`.

use grader::exercises::e7_5::{Audit, Write};

/// What became of the writes of each key.
pub fn audit(writes: &[Write]) -> Vec<Audit> {
    let _: Option<Audit> = None;
    todo!("one audit for each key of {} writes", writes.len())
}

//! E1.1 — A lag report that doesn't lie (19 points)
//!
//! How far behind are the followers? PostgreSQL answers with positions in its log, such as `0/16B3A40`: bytes since the
//! log began, 64 bits, as two hexadecimal halves of 32 bits.
//!
//! First the position, `Lsn`: read it, write it, compare it, subtract it. What is no position is an error that says
//! why: not two halves, a character that is no hexadecimal digit, or a half with no digit or more than eight.
//!
//! Then `lag_report(current, rows)`: one row for each connected standby, in their order, and how far it is from the
//! leader's **current** position. Whatever the view doesn't know (`NULL`) the report must not pretend to know.
//!
//! Check it with `cargo course check E1.1`, or with
//! `cargo test -p exercises e1_1`. Stuck? `cargo course hint E1.1`.

use std::fmt;

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e1_1::{Distance, Lag, LogPosition, LsnError, StandbyRow};

/// A position in the log. The derived order compares the fields one after the other, as they stand here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lsn {
    // Choose what to keep here.
}

impl LogPosition for Lsn {
    fn parse(text: &str) -> Result<Self, LsnError> {
        todo!("read {text}: two halves, hexadecimal, one slash between")
    }

    fn checked_sub(self, earlier: Self) -> Option<u64> {
        todo!("how many bytes from {earlier:?} to {self:?}, if that is not the wrong way round?")
    }
}

impl fmt::Display for Lsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _ = f;
        todo!("write the two halves, as PostgreSQL does")
    }
}

/// How far each standby is from the leader's `current` position: one [`Lag`] for each row, in their order.
pub fn lag_report(current: Lsn, rows: &[StandbyRow<Lsn>]) -> Vec<Lag> {
    todo!("compare what each of the {} standbys has replayed with {current:?}", rows.len())
}

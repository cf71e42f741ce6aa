//! E1.1 — Positions in the log, and a lag report that does not lie.

use std::fmt;

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e1_1::{Distance, Lag, LogPosition, LsnError, StandbyRow};

/// A position in the log. The derived order compares the fields one after the other, as they stand here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lsn {
    // Choose what to keep here.
    // BEGIN SOLUTION
    bytes: u64,
    // END SOLUTION
}

impl LogPosition for Lsn {
    fn parse(text: &str) -> Result<Self, LsnError> {
        // BEGIN SOLUTION todo!("read {text}: two halves, hexadecimal, one slash between")
        let halves: Vec<&str> = text.split('/').collect();
        let [high, low] = halves[..] else {
            return Err(LsnError::Halves(text.to_owned()));
        };
        Ok(Self { bytes: half(text, high)? << 32 | half(text, low)? })
        // END SOLUTION
    }

    fn checked_sub(self, earlier: Self) -> Option<u64> {
        // BEGIN SOLUTION todo!("how many bytes from {earlier:?} to {self:?}, if that is not the wrong way round?")
        self.bytes.checked_sub(earlier.bytes)
        // END SOLUTION
    }
}

impl fmt::Display for Lsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // BEGIN SOLUTION let _ = f;\ntodo!("write the two halves, as PostgreSQL does")
        write!(f, "{:X}/{:X}", self.bytes >> 32, self.bytes & 0xFFFF_FFFF)
        // END SOLUTION
    }
}

/// How far each standby is from the leader's `current` position: one [`Lag`] for each row, in their order.
pub fn lag_report(current: Lsn, rows: &[StandbyRow<Lsn>]) -> Vec<Lag> {
    // BEGIN SOLUTION todo!("compare what each of the {} standbys has replayed with {current:?}", rows.len())
    let mut report = Vec::new();
    for row in rows {
        let distance = match row.replay_lsn {
            None => Distance::Unknown,
            Some(replayed) => match current.checked_sub(replayed) {
                Some(bytes) => Distance::Behind(bytes),
                None => Distance::Ahead(replayed.bytes - current.bytes),
            },
        };
        let application_name = row.application_name.clone();
        let seconds = row.replay_lag;
        report.push(Lag { application_name, distance, seconds });
    }
    report
    // END SOLUTION
}
// BEGIN SOLUTION

/// A half of the position `text`.
fn half(text: &str, half: &str) -> Result<u64, LsnError> {
    for digit in half.chars() {
        if !digit.is_ascii_hexdigit() {
            return Err(LsnError::Digit(text.to_owned(), digit));
        }
    }
    if half.is_empty() || half.len() > 8 {
        return Err(LsnError::Length(text.to_owned(), half.to_owned()));
    }
    u64::from_str_radix(half, 16).map_err(|_| LsnError::Length(text.to_owned(), half.to_owned()))
}
// END SOLUTION

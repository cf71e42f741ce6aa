//! PostgreSQL's log sequence number.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A position in PostgreSQL's write-ahead log: bytes since the log began, 64 bits, written as two hexadecimal halves
/// (the type `pg_lsn`; PostgreSQL's manual, section 8.20).
///
/// # Examples
/// ```
/// use replication_lab::log::Lsn;
/// let (current, replayed): (Lsn, Lsn) = ("0/16B3A40".parse()?, "0/16B2F20".parse()?);
/// assert_eq!((current.bytes(), replayed.bytes()), (23_804_480, 23_801_632));
/// assert_eq!(current.checked_sub(replayed), Some(2_848), "bytes");
/// assert_eq!(replayed.checked_sub(current), None, "nobody is behind by less than nothing");
/// let (next, last): (Lsn, Lsn) = ("1/0".parse()?, "0/FFFFFFFF".parse()?);
/// assert_eq!(next.checked_sub(last), Some(1), "the halves are one number");
/// assert_eq!(next.to_string(), "1/0");
/// # Ok::<(), replication_lab::log::LsnError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lsn(u64);

/// A text that is no position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LsnError {
    /// There are not exactly two halves.
    Halves(String),
    /// A half that is empty or longer than eight digits: the text, and which half.
    Length(String, String),
    /// A half with something else than hexadecimal digits: the text, and the first wrong character.
    Digit(String, char),
}

impl fmt::Display for LsnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Halves(text) => {
                write!(
                    f,
                    "“{text}” is no LSN: write two hexadecimal halves with one slash between, like 0/16B3A40"
                )
            }
            Self::Length(text, half) => write!(
                f,
                "“{text}” is no LSN: the half “{half}” has {} digits; write one to eight",
                half.chars().count()
            ),
            Self::Digit(text, digit) => {
                write!(f, "“{text}” is no LSN: “{digit}” is no hexadecimal digit; use 0 to 9 and A to F")
            }
        }
    }
}

impl std::error::Error for LsnError {}

impl Lsn {
    /// The position after so many bytes.
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    /// Bytes since the log began.
    pub const fn bytes(self) -> u64 {
        self.0
    }

    /// Bytes from `earlier` to this position; nothing if this one is the earlier.
    pub const fn checked_sub(self, earlier: Lsn) -> Option<u64> {
        self.0.checked_sub(earlier.0)
    }
}

impl FromStr for Lsn {
    type Err = LsnError;

    fn from_str(text: &str) -> Result<Self, LsnError> {
        let Some((high, low)) = text.split_once('/').filter(|(_, low)| !low.contains('/')) else {
            return Err(LsnError::Halves(text.to_owned()));
        };
        let half = |half: &str| -> Result<u64, LsnError> {
            if let Some(wrong) = half.chars().find(|c| !c.is_ascii_hexdigit()) {
                return Err(LsnError::Digit(text.to_owned(), wrong));
            }
            match u32::from_str_radix(half, 16) {
                Ok(value) if half.len() <= 8 => Ok(u64::from(value)),
                _ => Err(LsnError::Length(text.to_owned(), half.to_owned())),
            }
        };
        Ok(Self(half(high)? << 32 | half(low)?))
    }
}

impl fmt::Display for Lsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}/{:X}", self.0 >> 32, self.0 & 0xFFFF_FFFF)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_position_says_what_would_be_one() {
        let why = |text: &str| text.parse::<Lsn>().unwrap_err().to_string();
        insta::assert_snapshot!(
            ["", "16B3A40", "0/1/2", "/16B3A40", "0/", "0/123456789", "0/16G3A40", "-1/0", "0/ 1", "+1/0"]
                .map(why)
                .join("\n")
        );
    }

    proptest! {
        #[test]
        fn text_and_number_are_the_same(bytes: u64) {
            prop_assert_eq!(Lsn::new(bytes).to_string().parse(), Ok(Lsn::new(bytes)));
        }

        #[test]
        fn order_is_the_order_of_bytes(a: u64, b: u64) {
            prop_assert_eq!(Lsn::new(a) < Lsn::new(b), a < b);
            prop_assert_eq!(Lsn::new(a).checked_sub(Lsn::new(b)), a.checked_sub(b));
        }
    }
}

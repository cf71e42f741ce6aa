//! What a column holds.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::time::Time;

/// What kind of values a column has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Type {
    /// A whole number of 64 bits; the column's own sequence numbers its rows where an `INSERT` leaves it out.
    Serial,
    /// A whole number of 64 bits.
    Int,
    /// Text.
    Text,
    /// A moment, in UTC.
    Timestamp,
    /// 128 bits that name something.
    Uuid,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Serial => "SERIAL",
            Self::Int => "INT",
            Self::Text => "TEXT",
            Self::Timestamp => "TIMESTAMP",
            Self::Uuid => "UUID",
        })
    }
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// Nothing.
    Null,
    /// A whole number.
    Int(i64),
    /// Text.
    Text(String),
    /// A moment.
    Timestamp(Timestamp),
    /// A name of 128 bits.
    Uuid(u128),
}

impl Value {
    /// This value as a column of this type takes it; nothing if the column can't. Text that reads as a moment becomes
    /// one, as in PostgreSQL.
    pub fn fit(self, kind: Type) -> Option<Value> {
        match (self, kind) {
            (Self::Null, _) => Some(Self::Null),
            (Self::Int(number), Type::Int | Type::Serial) => Some(Self::Int(number)),
            (Self::Text(text), Type::Text) => Some(Self::Text(text)),
            (Self::Text(text), Type::Timestamp) => text.parse().ok().map(Self::Timestamp),
            (Self::Text(text), Type::Uuid) => uuid_of(&text).map(Self::Uuid),
            (Self::Timestamp(at), Type::Timestamp) => Some(Self::Timestamp(at)),
            (Self::Uuid(bits), Type::Uuid) => Some(Self::Uuid(bits)),
            _ => None,
        }
    }

    /// The value without SQL's quotes.
    pub fn plain(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Timestamp(at) => at.to_string(),
            Self::Uuid(bits) => uuid(*bits),
            Self::Null | Self::Int(_) => self.to_string(),
        }
    }
}

/// As SQL writes it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("NULL"),
            Self::Int(number) => number.fmt(f),
            Self::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
            Self::Timestamp(at) => write!(f, "'{at}'"),
            Self::Uuid(bits) => write!(f, "'{}'", uuid(*bits)),
        }
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Timestamp> for Value {
    fn from(at: Timestamp) -> Self {
        Self::Timestamp(at)
    }
}

/// A moment: µs since 1970 began, in UTC, without leap seconds.
///
/// # Examples
/// ```
/// use replication_lab::table_engine::Timestamp;
/// use replication_lab::time::Time;
/// let at: Timestamp = "2024-01-15 09:30:01".parse()?;
/// assert_eq!((at + Time::s(2)).to_string(), "2024-01-15 09:30:03");
/// assert_eq!((at + Time::ms(250)).to_string(), "2024-01-15 09:30:01.250000");
/// # Ok::<(), replication_lab::table_engine::TimestampError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(u64);

/// A text that is no moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimestampError(String);

impl fmt::Display for TimestampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "“{}” is no moment: write it like 2024-01-15 09:30:00", self.0)
    }
}

impl std::error::Error for TimestampError {}

impl Timestamp {
    /// 2024-01-15 09:30:00, when all runs of the lab begin.
    pub const START: Timestamp = Timestamp(1_705_311_000_000_000);

    /// So many µs after 1970 began.
    pub const fn from_us(us: u64) -> Self {
        Self(us)
    }

    /// µs since 1970 began.
    pub const fn as_us(self) -> u64 {
        self.0
    }
}

impl std::ops::Add<Time> for Timestamp {
    type Output = Timestamp;

    fn add(self, span: Time) -> Timestamp {
        Timestamp(self.0.saturating_add(span.as_us()))
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let wrong = || TimestampError(text.to_owned());
        let at = humantime::parse_rfc3339_weak(text).map_err(|_| wrong())?;
        let since = at.duration_since(UNIX_EPOCH).map_err(|_| wrong())?;
        u64::try_from(since.as_micros()).map(Self).map_err(|_| wrong())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // humantime ends with the year 9999.
        let at = SystemTime::UNIX_EPOCH + Duration::from_micros(self.0.min(253_402_300_799_999_999));
        let text = match self.0.is_multiple_of(1_000_000) {
            true => humantime::format_rfc3339_seconds(at).to_string(),
            false => humantime::format_rfc3339_micros(at).to_string(),
        };
        f.pad(text.replace('T', " ").trim_end_matches('Z'))
    }
}

fn uuid(bits: u128) -> String {
    let hex = format!("{bits:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

fn uuid_of(text: &str) -> Option<u128> {
    let digits: String = text.split('-').collect();
    let whole = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    whole.then(|| u128::from_str_radix(&digits, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_fits_where_it_reads_as_the_column_s_type() {
        let text = |text: &str| Value::from(text);
        assert_eq!(text("2024-01-15 09:30:00").fit(Type::Timestamp), Some(Timestamp::START.into()));
        assert_eq!(text("yesterday").fit(Type::Timestamp), None);
        assert_eq!(text("7").fit(Type::Int), None, "no silent conversions of numbers");
        let name = Value::Uuid(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
        assert_eq!(name.plain(), "01234567-89ab-cdef-0123-456789abcdef");
        assert_eq!(text(&name.plain()).fit(Type::Uuid), Some(name));
    }

    #[test]
    fn quotes_are_doubled() {
        assert_eq!(Value::from("it's").to_string(), "'it''s'");
    }
}

//! A moment, with its offset.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment; in a marks file a date with a time and an offset: `2026-11-20T23:59:00+01:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub DateTime<Utc>);

impl Moment {
    /// Reads RFC 3339.
    ///
    /// # Errors
    /// When it is none, or has no offset: which moment it is nobody could tell.
    pub fn read(text: &str) -> Result<Self, String> {
        let told =
            |e| format!("{text:?} is no moment such as 2026-11-20T23:59:00+01:00, with its offset: {e}");
        DateTime::parse_from_rfc3339(text.trim()).map(|at| Self(at.to_utc())).map_err(told)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// TOML has dates of its own, JSON has not.
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Text(String),
            Toml(toml::value::Datetime),
        }
        let text = match Form::deserialize(deserializer)? {
            Form::Text(text) => text,
            Form::Toml(date) => date.to_string(),
        };
        Self::read(&text).map_err(serde::de::Error::custom)
    }
}

//! Histories as files: what Jepsen logs, what key–value testers write, and the lab's own JSON.
//!
//! [`read`] tells the three formats apart by what the file begins with:
//!
//! | format | a line, or the file | keys | at first |
//! |---|---|---|---|
//! | [`Format::Jepsen`] | `INFO  jepsen.util - 3⇥:invoke⇥:cas⇥[1 2]` | one register | nothing |
//! | [`Format::Edn`] | `{:process 3, :type :ok, :f :append, :key "0", :value "x 3 0 y"}` | many texts | the empty text |
//! | [`Format::Json`] | `{"initially": null, "operations": […]}`, or just the operations | any | as said, else nothing |
//!
//! In the first two, a line is an event: an operation begins (`:invoke`) or ends. Time is the line's number, in
//! microseconds. How it ended:
//!
//! | event | read | write, put, append | compare-and-set |
//! |---|---|---|---|
//! | `:ok` | returned this value | took effect | found what it expected, and took effect |
//! | `:fail` | discarded: it says nothing | discarded: it did not take effect | found something else than it expected |
//! | `:info`, or no event | discarded | may take effect at any later time, or never | may take effect at any later time, or never |
//!
//! A compare-and-set that fails with a reason in the place of its values (`:fail :cas :not-found`) is discarded
//! like a write: it did not take effect, and nobody says that it ever compared.
//!
//! # Why there is no EDN crate here
//! The lab is compiled into every kernel, and these lines are flat maps of six kinds of scalars: the scanner
//! for them is shorter than the code that would turn a general EDN value into an operation.

mod edn;
mod error;
mod events;
mod jepsen;
mod json;
mod scan;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use super::History;

pub use error::{ExportError, FormatError, Problem};

/// A history and what its keys held at first: what a file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// The operations.
    pub history: History,
    /// What every key holds at first; nothing for keys that were never written.
    pub initially: Option<String>,
}

/// How a history is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Lines of Jepsen's log: one compare-and-set register.
    Jepsen,
    /// Lines of EDN maps: texts that are put, appended to and got.
    Edn,
    /// The lab's own, for every history.
    Json,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 3] = [Format::Jepsen, Format::Edn, Format::Json];

    /// The format that a file seems to have.
    ///
    /// # Errors
    /// [`Problem::Empty`] if there is nothing but blank lines, [`Problem::Unrecognised`] if it looks like none.
    pub fn of(text: &str) -> Result<Format, FormatError> {
        let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
        let first = lines.find(|(_, line)| !line.is_empty() && !line.starts_with(';'));
        let Some((number, first)) = first else { return Err(FormatError::of_file(Problem::Empty)) };
        let inside = first.strip_prefix('{').map(|rest| rest.trim_start_matches([' ', ',', '\t']));
        match (first.chars().next(), inside.and_then(|inside| inside.chars().next())) {
            (Some('['), _) | (_, Some('"')) => Ok(Format::Json),
            // A brace and then nothing: only JSON is spread over several lines.
            (Some('{'), None) if first == "{" => Ok(Format::Json),
            (Some('{'), _) => Ok(Format::Edn),
            _ if text.contains(jepsen::MARK) => Ok(Format::Jepsen),
            _ => Err(FormatError::at(number, Problem::Unrecognised)),
        }
    }

    /// Writes a history down.
    ///
    /// # Errors
    /// When the format has no words for something in it: [`Format::Json`] has for everything.
    ///
    /// # Examples
    /// ```
    /// use replication_lab::history::formats::{Format, read};
    /// let text = "{:process 0, :type :invoke, :f :put, :key \"k\", :value \"v\"}\n\
    ///             {:process 0, :type :ok, :f :put, :key \"k\", :value \"v\"}\n";
    /// let recorded = read("k.edn", text.as_bytes())?;
    /// assert_eq!(Format::Edn.write(&recorded)?, text);
    /// assert_eq!(
    ///     Format::Jepsen.write(&recorded).unwrap_err().to_string(),
    ///     "Jepsen's log is about a register that starts with nothing, and this history starts with a text: export it \
    ///      as edn or json"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write(self, recorded: &Recorded) -> Result<String, ExportError> {
        match self {
            Format::Jepsen => jepsen::write(recorded),
            Format::Edn => edn::write(recorded),
            Format::Json => Ok(json::write(recorded)),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Jepsen => "jepsen",
            Format::Edn => "edn",
            Format::Json => "json",
        })
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|format| format.to_string() == name);
        known.ok_or_else(|| format!("no format is called {name}: write jepsen, edn or json"))
    }
}

/// Reads a file's bytes in whichever format they are. `name` is for the messages.
///
/// # Errors
/// What is wrong, with the file's name and the line.
pub fn read(name: &str, bytes: &[u8]) -> Result<Recorded, FormatError> {
    let read = || {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
            FormatError::at(line, Problem::NotUtf8)
        })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let recorded = match Format::of(text)? {
            Format::Jepsen => jepsen::read(text)?,
            Format::Edn => edn::read(text)?,
            Format::Json => json::read(text)?,
        };
        match recorded.history.0.is_empty() {
            true => Err(FormatError::of_file(Problem::Empty)),
            false => Ok(recorded),
        }
    };
    read().map_err(|error| error.of(name))
}

//! What is read from standard input or a file: text of a limited length.

use std::io::Read;

use super::Problem;

/// Why what was read is no text that could be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// It could not be read.
    Unreadable(String),
    /// It has more bytes than this.
    TooLong(usize),
    /// It is no UTF-8, from this byte on, counted from 1.
    NotUtf8(usize),
    /// It holds nothing but white space.
    Empty,
}

/// Reads to the end, and no more than `limit` bytes and one.
///
/// # Errors
/// When it can't be read, is longer, is no UTF-8, or is blank.
pub fn read(from: impl Read, limit: usize) -> Result<String, Unusable> {
    let mut bytes = Vec::new();
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    from.take(bound).read_to_end(&mut bytes).map_err(|error| Unusable::Unreadable(error.to_string()))?;
    if bytes.len() > limit {
        return Err(Unusable::TooLong(limit));
    }
    let text =
        String::from_utf8(bytes).map_err(|error| Unusable::NotUtf8(error.utf8_error().valid_up_to() + 1))?;
    if text.trim().is_empty() { Err(Unusable::Empty) } else { Ok(text) }
}

impl Unusable {
    /// The problem, for what was to be read (`the answer`) from a place (`standard input`).
    pub fn problem(&self, what: &str, place: &str, next: &str) -> Problem {
        let (said, next) = match self {
            Self::Unreadable(error) => (format!("cannot read {what} from {place}: {error}"), next),
            Self::TooLong(limit) => {
                (format!("{what} on {place} has more than {limit} bytes"), "shorten it, and try again")
            }
            Self::NotUtf8(byte) => (
                format!("{what} on {place} is not UTF-8, from byte {byte} on"),
                "save it as UTF-8 text, and try again",
            ),
            Self::Empty => (format!("{what} on {place} is empty"), next),
        };
        Problem::new(said, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_to_its_end_and_nothing_else() {
        assert_eq!(read("two\nlines\n".as_bytes(), 64), Ok("two\nlines\n".into()));
        assert_eq!(read("exactly".as_bytes(), 7), Ok("exactly".into()));
        assert_eq!(read("too long".as_bytes(), 7), Err(Unusable::TooLong(7)));
        assert_eq!(read(&b"caf\xe9 and more"[..], 64), Err(Unusable::NotUtf8(4)));
        assert_eq!(read(" \n\t\n".as_bytes(), 64), Err(Unusable::Empty));
        assert_eq!(read(std::io::repeat(b'x'), 1 << 16), Err(Unusable::TooLong(1 << 16)), "it ends");
    }
}

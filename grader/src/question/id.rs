//! How a part of a question is addressed: `Q6.4b`, and `Q6.7#3` for the third drawing of a generated one.

use std::fmt;

/// The drawing that is meant when an address names none.
pub const FIRST_DRAWING: u64 = 1;

/// An address, as far as its form goes: it says nothing about whether there is such a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The question's id: `Q6.4`.
    pub question: String,
    /// The part's place.
    pub part: Option<usize>,
    /// The drawing, for generated questions.
    pub seed: Option<u64>,
}

impl Address {
    /// Reads `Q6.4`, `q6.4b`, `6.4 b`, `Q6.7#3`.
    pub fn read(text: &str) -> Option<Self> {
        let text: String = text.trim().to_lowercase().split_whitespace().collect();
        let (rest, seed) = match text.split_once('#') {
            Some((rest, seed)) => (rest, Some(seed.parse().ok()?)),
            None => (text.as_str(), None),
        };
        let rest = rest.strip_prefix('q').unwrap_or(rest);
        let (rest, part) = match rest.chars().last() {
            Some(letter @ 'a'..='z') => (&rest[..rest.len() - 1], Some(usize::from(letter as u8 - b'a'))),
            _ => (rest, None),
        };
        let (chapter, number) = rest.split_once('.')?;
        let chapter: u32 = chapter.parse().ok()?;
        let number: u32 = number.parse().ok()?;
        Some(Self { question: format!("Q{chapter}.{number}"), part, seed })
    }
}

/// A question that is not in any bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownQuestion {
    /// What was asked for.
    pub id: String,
    /// Addresses that are spelled alike.
    pub close: Vec<String>,
}

impl fmt::Display for UnknownQuestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no question `{}`", self.id)?;
        if self.close.is_empty() { Ok(()) } else { write!(f, "; did you mean {}?", self.close.join(", ")) }
    }
}

impl std::error::Error for UnknownQuestion {}

/// Up to three of `known` that are spelled most like `wanted`: at most two letters off, and none nearer.
pub fn close(wanted: &str, known: &[String]) -> Vec<String> {
    let wanted = wanted.trim().to_lowercase();
    let mut ranked: Vec<(usize, &String)> = known
        .iter()
        .map(|id| (super::rubric::distance(&wanted, &id.to_lowercase()), id))
        .filter(|(far, _)| *far <= 2)
        .collect();
    let nearest = ranked.iter().map(|(far, _)| *far).min();
    ranked.retain(|(far, _)| Some(*far) == nearest);
    ranked.into_iter().take(3).map(|(_, id)| id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        let address = |question: &str, part, seed| Some(Address { question: question.into(), part, seed });
        assert_eq!(Address::read("Q6.4"), address("Q6.4", None, None));
        assert_eq!(Address::read(" q6.4B "), address("Q6.4", Some(1), None));
        assert_eq!(Address::read("6.4 a"), address("Q6.4", Some(0), None));
        assert_eq!(Address::read("Q6.7#3"), address("Q6.7", None, Some(3)));
        for text in ["", "Q", "Q6", "quorum", "Q6.", "Q6.7#x", "Q.4", "é", "Q6.4é"] {
            assert_eq!(Address::read(text), None, "{text}");
        }
    }

    #[test]
    fn only_the_closest_ids_are_named() {
        let known: Vec<String> = ["Q6.1", "Q6.2", "Q7.1", "Q10.1"].map(String::from).into();
        assert_eq!(close("q61", &known), ["Q6.1"]);
        assert_eq!(close("Q6.3", &known), ["Q6.1", "Q6.2"]);
        assert!(close("nonsense", &known).is_empty());
    }
}

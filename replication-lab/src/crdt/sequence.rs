//! A text that several people type.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{CrdtError, next_dot, register::pairs};
use crate::causality::{Dot, VersionVector};

/// On which side of its parent a character was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Side {
    Left,
    Right,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Typed {
    ch: char,
    /// The character beside which it was typed; nothing for the text's beginning.
    parent: Option<Dot>,
    side: Side,
}

/// A text as a tree of characters, *Fugue* (Weidner & Kleppmann, *The art of the Fugue: minimizing interleaving in
/// collaborative text editing*, 2023). A character hangs on the right of the one before it; if something hangs there
/// already, on the left of the one behind it. The text is the tree read from left to right. Characters that hang in one
/// place are ordered by the dots of their insertion: by replica, then by number.
///
/// Chosen because merging is the union of two trees, and because runs that several people type at one place stay in one
/// piece, whether they type forwards or backwards. With RGA (Roh, Jeon, Kim & Lee, 2011) that fails for runs that are
/// typed backwards.
///
/// Places are counted in characters (Unicode scalar values), from 0.
///
/// # Limits
/// - A deleted character stays as a tombstone for ever, since others may hang on it.
/// - A run can still be broken up if its typists had seen different things on its right: see the test
///   `a_run_may_be_broken_up_when_its_right_end_was_not_seen_by_all`. The paper's *FugueMax* repairs that.
/// - Each change walks the whole text: for pages, not for books.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    #[serde(with = "pairs")]
    typed: BTreeMap<Dot, Typed>,
    deleted: BTreeSet<Dot>,
    seen: VersionVector,
}

impl Sequence {
    /// Inserts a character at a replica, so that it stands at `index`.
    ///
    /// # Errors
    /// When `index` is beyond the end of the text.
    pub fn insert(&mut self, replica: &str, index: usize, ch: char) -> Result<(), CrdtError> {
        let order = self.order();
        let visible: Vec<usize> = self.visible(&order);
        if index > visible.len() {
            return Err(CrdtError::Beyond { index, length: visible.len(), last: Some(visible.len()) });
        }
        let left = index.checked_sub(1).map(|before| visible[before]);
        let parent = left.map(|place| order[place].clone());
        let taken = self.typed.values().any(|other| other.side == Side::Right && other.parent == parent);
        let behind = order.get(left.map_or(0, |place| place + 1)).map(|dot| (*dot).clone());
        // Something hangs on the right only if something is behind.
        let (parent, side) = if taken { (behind, Side::Left) } else { (parent, Side::Right) };
        let dot = next_dot(&mut self.seen, replica);
        self.typed.insert(dot, Typed { ch, parent, side });
        Ok(())
    }

    /// Inserts a run, character by character, so that it begins at `index`.
    ///
    /// # Errors
    /// When `index` is beyond the end of the text.
    pub fn insert_text(&mut self, replica: &str, index: usize, text: &str) -> Result<(), CrdtError> {
        text.chars().zip(index..).try_for_each(|(ch, at)| self.insert(replica, at, ch))
    }

    /// Deletes the character at `index`.
    ///
    /// # Errors
    /// When there is none.
    pub fn delete(&mut self, index: usize) -> Result<(), CrdtError> {
        let order = self.order();
        let visible = self.visible(&order);
        let Some(place) = visible.get(index) else {
            let length = visible.len();
            return Err(CrdtError::Beyond { index, length, last: length.checked_sub(1) });
        };
        let dot = order[*place].clone();
        self.deleted.insert(dot);
        Ok(())
    }

    /// The text.
    pub fn text(&self) -> String {
        let order = self.order();
        order.into_iter().filter(|dot| !self.deleted.contains(dot)).map(|dot| self.typed[dot].ch).collect()
    }

    /// The text's length, in characters.
    pub fn len(&self) -> usize {
        self.typed.len() - self.deleted.len()
    }

    /// Whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many deleted characters are kept.
    pub fn tombstones(&self) -> usize {
        self.deleted.len()
    }

    /// Takes over what was typed and deleted elsewhere.
    pub fn merge(&mut self, other: &Sequence) {
        for (dot, typed) in &other.typed {
            self.typed.entry(dot.clone()).or_insert_with(|| typed.clone());
        }
        self.deleted.extend(other.deleted.iter().cloned());
        self.seen.merge(&other.seen);
    }

    /// All characters in their order, deleted ones included.
    fn order(&self) -> Vec<&Dot> {
        let mut hanging: BTreeMap<(Option<&Dot>, Side), Vec<&Dot>> = BTreeMap::new();
        for (dot, typed) in &self.typed {
            hanging.entry((typed.parent.as_ref(), typed.side)).or_default().push(dot);
        }
        let mut order = Vec::with_capacity(self.typed.len());
        // What is still to be read, the next one last; whether its left side is still to be read, too. A stack, since
        // a run that was typed forwards is a branch as long as the run.
        let mut todo: Vec<(&Dot, bool)> = Vec::new();
        let push = |todo: &mut Vec<_>, parent, side| {
            let there = hanging.get(&(parent, side)).into_iter().flatten();
            todo.extend(there.rev().map(|dot| (*dot, true)));
        };
        push(&mut todo, None, Side::Right);
        while let Some((dot, left_too)) = todo.pop() {
            if left_too {
                todo.push((dot, false));
                push(&mut todo, Some(dot), Side::Left);
            } else {
                order.push(dot);
                push(&mut todo, Some(dot), Side::Right);
            }
        }
        order
    }

    /// The places in the order of those that are not deleted.
    fn visible(&self, order: &[&Dot]) -> Vec<usize> {
        (0..order.len()).filter(|place| !self.deleted.contains(order[*place])).collect()
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "“{}”", self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A text that a replica has typed.
    fn text(replica: &str, text: &str) -> Sequence {
        let mut sequence = Sequence::default();
        sequence.insert_text(replica, 0, text).unwrap();
        sequence
    }

    #[test]
    fn places_are_characters_and_end_with_the_text() {
        let mut sequence = text("va", "naïve 🦀");
        assert_eq!(sequence.len(), 7);
        sequence.delete(6).unwrap();
        sequence.insert("va", 2, 'ï').unwrap();
        assert_eq!(sequence.text(), "naïïve ");
        assert_eq!(
            sequence.insert("va", 8, '!').unwrap_err().to_string(),
            "place 8 is beyond a text of 7 characters; take one from 0 to 7"
        );
        assert_eq!(
            sequence.delete(7).unwrap_err().to_string(),
            "place 7 is beyond a text of 7 characters; take one from 0 to 6"
        );
        let nothing = Sequence::default().delete(0).unwrap_err();
        assert_eq!(
            nothing.to_string(),
            "place 0 is beyond an empty text: there is nothing to delete; insert first"
        );
    }

    #[test]
    fn an_insert_meets_a_delete() {
        let (mut a, mut b) = (text("a", "HELLO"), Sequence::default());
        b.merge(&a);
        a.insert("a", 1, 'X').unwrap();
        b.delete(4).unwrap();
        a.merge(&b);
        b.merge(&a);
        assert_eq!((a.text().as_str(), b.text().as_str()), ("HXELL", "HXELL"));
    }

    #[test]
    fn what_hangs_on_a_deleted_character_stays() {
        let (mut a, mut b) = (text("a", "abc"), Sequence::default());
        b.merge(&a);
        b.insert_text("b", 2, "xy").unwrap();
        (0..3).for_each(|_| a.delete(0).unwrap());
        a.merge(&b);
        assert_eq!(a.text(), "xy");
    }

    #[test]
    fn a_long_text_is_no_deep_recursion() {
        let mut sequence = Sequence::default();
        for (n, ch) in ('a'..='z').cycle().take(20_000).enumerate() {
            let dot = Dot { server: "va".into(), counter: n as u64 + 1 };
            let parent = (n > 0).then(|| Dot { server: "va".into(), counter: n as u64 });
            sequence.typed.insert(dot, Typed { ch, parent, side: Side::Right });
        }
        assert_eq!(sequence.text().len(), 20_000);
    }

    /// Whether a word stands in a text in one piece.
    fn in_one_piece(text: &str, words: &[String]) -> bool {
        words.iter().all(|word| text.contains(word.as_str()))
    }

    proptest! {
        /// Each replica types a word of its own at one place, each letter before or behind the word so far.
        #[test]
        fn runs_that_are_typed_at_one_place_do_not_interleave(
            common in "[0-9]{0,4}",
            place in 0..5usize,
            sides in prop::collection::vec(prop::collection::vec(any::<bool>(), 1..5), 2..4),
            deletes in any::<bool>(),
        ) {
            let mut base = text("base", &common);
            let place = place.min(base.len());
            if deletes && base.len() > place {
                base.delete(place).unwrap();
            }
            let mut words = Vec::new();
            let mut states = Vec::new();
            for (n, sides) in sides.iter().enumerate() {
                let mut state = base.clone();
                let mut word = String::new();
                for (letter, behind) in sides.iter().enumerate() {
                    let ch = char::from(b'a' + (n * 8 + letter) as u8);
                    let at = if *behind { word.len() } else { 0 };
                    state.insert(&format!("r{n}"), place + at, ch).unwrap();
                    word.insert(at, ch);
                }
                words.push(word);
                states.push(state);
            }
            let merged = states.iter().fold(base, |mut all, state| { all.merge(state); all });
            prop_assert!(in_one_piece(&merged.text(), &words), "{} has not {words:?}", merged.text());
        }

        #[test]
        fn alone_it_is_a_text(edits in prop::collection::vec((any::<bool>(), 0..12usize, any::<char>()), 0..40)) {
            let mut sequence = Sequence::default();
            let mut chars: Vec<char> = Vec::new();
            for (inserts, at, ch) in edits {
                if inserts && at <= chars.len() {
                    sequence.insert("a", at, ch).unwrap();
                    chars.insert(at, ch);
                } else if inserts {
                    prop_assert!(sequence.insert("a", at, ch).is_err());
                } else if at < chars.len() {
                    sequence.delete(at).unwrap();
                    chars.remove(at);
                } else {
                    prop_assert!(sequence.delete(at).is_err());
                }
                prop_assert_eq!(sequence.text(), chars.iter().collect::<String>());
                prop_assert_eq!(sequence.len(), chars.len());
            }
        }
    }

    /// Somebody types “q” before “c”, backwards. Somebody else, who has not seen “c”, types “p” at the same place, and
    /// it comes between the two.
    #[test]
    fn a_run_may_be_broken_up_when_its_right_end_was_not_seen_by_all() {
        let base = text("base", "z");
        let (mut before, mut c) = (base.clone(), base);
        before.insert("a", 0, 'a').unwrap();
        c.insert("c", 0, 'c').unwrap();
        let mut later = before.clone();
        c.merge(&before);
        assert_eq!(c.text(), "acz");
        c.insert("c", 1, 'q').unwrap();
        later.insert("p", 1, 'p').unwrap();
        c.merge(&later);
        assert_eq!(c.text(), "aqpcz");
    }
}

//! Changes of a text, and their rewriting.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A change of a text. Places are counted in characters (Unicode scalar values), from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Op {
    /// Inserts a character, so that it stands at `at`.
    Insert {
        /// The place: at most the text's length.
        at: usize,
        /// The character.
        ch: char,
        /// Who inserts: of two inserts at one place, the smaller site's comes first.
        site: u32,
    },
    /// Deletes the character at `at`.
    Delete {
        /// The place: less than the text's length.
        at: usize,
    },
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Insert { at, ch, .. } => write!(f, "insert {ch} at {at}"),
            Self::Delete { at } => write!(f, "delete {at}"),
        }
    }
}

/// What cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OtError {
    /// A place beyond the text's end.
    Beyond {
        /// The change.
        op: Op,
        /// The text's length, in characters.
        length: usize,
    },
    /// A message that does not follow on what came before.
    OutOfOrder {
        /// The revision that would follow.
        expected: u64,
        /// The message's.
        got: u64,
    },
    /// A message that builds on a revision which the server has not reached.
    Future {
        /// The revision that it builds on.
        base: u64,
        /// The server's.
        revision: u64,
    },
}

impl fmt::Display for OtError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Beyond { op, length } => write!(
                f,
                "“{op}” is beyond a text of {length} characters: it was made for another text; rewrite it against the \
                 changes since"
            ),
            Self::OutOfOrder { expected, got } => write!(
                f,
                "revision {got} has come where {expected} would follow: a client needs every revision once and in \
                 order; take a new copy of the text"
            ),
            Self::Future { base, revision } => write!(
                f,
                "the changes build on revision {base}, and the server is at {revision}: send what was made on a \
                 revision that this server gave out"
            ),
        }
    }
}

impl std::error::Error for OtError {}

/// Applies a change to a text.
///
/// # Errors
/// When its place is beyond the text's end.
pub fn apply(text: &str, op: &Op) -> Result<String, OtError> {
    let mut chars: Vec<char> = text.chars().collect();
    let length = chars.len();
    match *op {
        Op::Insert { at, ch, .. } if at <= length => chars.insert(at, ch),
        Op::Delete { at } if at < length => {
            chars.remove(at);
        }
        _ => return Err(OtError::Beyond { op: *op, length }),
    }
    Ok(chars.into_iter().collect())
}

/// Applies changes one after the other.
///
/// # Errors
/// When a place is beyond the text's end.
pub fn apply_all(text: &str, ops: &[Op]) -> Result<String, OtError> {
    ops.iter().try_fold(text.to_owned(), |text, op| apply(&text, op))
}

/// Rewrites a change so that it does, after `against`, what its author meant who had not seen `against`. Both were made
/// on the same text. Nothing if there is nothing left to do: both delete the same character.
///
/// Two inserts at one place are ordered by site, and of one site's, which are never concurrent, by character.
pub fn transform(op: Op, against: Op) -> Option<Op> {
    Some(match (op, against) {
        (Op::Insert { at, ch, site }, Op::Insert { at: other, ch: other_ch, site: other_site }) => {
            let after = (other, other_site, other_ch) < (at, site, ch);
            Op::Insert { at: at + usize::from(after), ch, site }
        }
        (Op::Insert { at, ch, site }, Op::Delete { at: gone }) => {
            Op::Insert { at: at - usize::from(gone < at), ch, site }
        }
        (Op::Delete { at }, Op::Insert { at: new, .. }) => Op::Delete { at: at + usize::from(new <= at) },
        (Op::Delete { at }, Op::Delete { at: gone }) if at == gone => return None,
        (Op::Delete { at }, Op::Delete { at: gone }) => Op::Delete { at: at - usize::from(gone < at) },
    })
}

/// Rewrites two lists of changes against each other, both made on the same text. Returns what to apply after the second
/// list to get the first one's effect, and the other way round.
pub fn transform_lists(first: &[Op], second: &[Op]) -> (Vec<Op>, Vec<Op>) {
    let mut second = second.to_vec();
    let mut first_rewritten = Vec::new();
    for op in first {
        // Carries one change of the first list through the whole second list, and rewrites that on the way.
        let mut carried = Some(*op);
        let mut passed = Vec::new();
        for other in second {
            match carried {
                Some(mine) => {
                    passed.extend(transform(other, mine));
                    carried = transform(mine, other);
                }
                None => passed.push(other),
            }
        }
        second = passed;
        first_rewritten.extend(carried);
    }
    (first_rewritten, second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn insert(at: usize, ch: char, site: u32) -> Op {
        Op::Insert { at, ch, site }
    }

    /// The text when `first` came first, and when `second` did.
    fn both_ways(text: &str, first: &[Op], second: &[Op]) -> [String; 2] {
        let (first_rewritten, second_rewritten) = transform_lists(first, second);
        [(first, second_rewritten), (second, first_rewritten)]
            .map(|(own, other)| apply_all(&apply_all(text, own).unwrap(), &other).unwrap())
    }

    #[test]
    fn hello_ends_alike_on_both_sides() {
        let (a, b) = (insert(1, 'X', 1), Op::Delete { at: 4 });
        assert_eq!(apply("HELLO", &a).unwrap(), "HXELLO");
        assert_eq!(apply("HELLO", &b).unwrap(), "HELL");
        assert_eq!(apply_all("HELLO", &[a, b]).unwrap(), "HXELO", "not rewritten, it hits an L");
        assert_eq!(both_ways("HELLO", &[a], &[b]), ["HXELL", "HXELL"]);
    }

    #[test]
    fn two_letters_into_rust_and_one_out() {
        let inserts = [insert(2, 'A', 1), insert(3, 'B', 1)];
        let delete = [Op::Delete { at: 2 }];
        assert_eq!(apply_all("rust", &inserts).unwrap(), "ruABst");
        assert_eq!(transform_lists(&delete, &inserts).0, [Op::Delete { at: 4 }]);
        assert_eq!(transform_lists(&inserts, &delete).0, inserts);
        assert_eq!(both_ways("rust", &inserts, &delete), ["ruABt", "ruABt"]);
    }

    #[test]
    fn places_are_characters() {
        assert_eq!(apply("né🦀", &Op::Delete { at: 2 }).unwrap(), "né");
        let beyond = apply("né🦀", &insert(4, 'x', 1)).unwrap_err();
        insta::assert_snapshot!(beyond, @"“insert x at 4” is beyond a text of 3 characters: it was made for another text; rewrite it against the changes since");
        assert!(apply("", &Op::Delete { at: 0 }).is_err());
    }

    /// All texts of a length over two letters.
    fn texts(length: usize) -> Vec<String> {
        (0..1usize << length)
            .map(|bits| (0..length).map(|n| if bits >> n & 1 == 0 { 'a' } else { 'b' }).collect())
            .collect()
    }

    /// All changes of a text by one site.
    fn changes(length: usize, site: u32) -> Vec<Op> {
        let inserts = (0..=length).flat_map(|at| ['a', 'b', 'é'].map(|ch| insert(at, ch, site)));
        inserts.chain((0..length).map(|at| Op::Delete { at })).collect()
    }

    #[test]
    fn tp1_holds_for_every_pair_on_every_short_text() {
        let mut pairs = 0;
        for length in 0..=4 {
            for text in texts(length) {
                for (a_site, b_site) in [(1, 2), (2, 1), (1, 1)] {
                    for a in changes(length, a_site) {
                        for b in changes(length, b_site) {
                            let [first, second] = both_ways(&text, &[a], &[b]);
                            assert_eq!(first, second, "{text}: {a:?} and {b:?}");
                            pairs += 1;
                        }
                    }
                }
            }
        }
        assert_eq!(pairs, 3 * (3 * 3 + 2 * 7 * 7 + 4 * 11 * 11 + 8 * 15 * 15 + 16 * 19 * 19));
    }

    /// Three sites change “abc” at once. Who applies the delete first learns too late that x was typed behind b, and y
    /// before it.
    #[test]
    fn without_a_server_three_sites_may_part() {
        let (x, gone, y) = (insert(2, 'x', 1), Op::Delete { at: 1 }, insert(1, 'y', 2));
        let after = |first: Op, second: Op| {
            let second = transform(second, first).unwrap();
            let third = transform(transform(x, first).unwrap(), second).unwrap();
            apply_all("abc", &[first, second, third]).unwrap()
        };
        assert_eq!(after(y, gone), "ayxc");
        assert_eq!(after(gone, y), "axyc", "TP2 would demand the same");
    }

    /// Changes that fit a text of some length, whatever numbers they are made of.
    fn fitting(mut length: usize, raw: &[(bool, usize, char)], site: u32) -> Vec<Op> {
        let mut ops = Vec::new();
        for (inserts, at, ch) in raw {
            if *inserts || length == 0 {
                ops.push(insert(at % (length + 1), *ch, site));
                length += 1;
            } else {
                ops.push(Op::Delete { at: at % length });
                length -= 1;
            }
        }
        ops
    }

    proptest! {
        #[test]
        fn lists_end_alike_on_both_sides(
            text in "[a-cé🦀]{0,6}",
            first in prop::collection::vec((any::<bool>(), 0..20usize, any::<char>()), 0..8),
            second in prop::collection::vec((any::<bool>(), 0..20usize, any::<char>()), 0..8),
        ) {
            let length = text.chars().count();
            let (first, second) = (fitting(length, &first, 1), fitting(length, &second, 2));
            let [one, other] = both_ways(&text, &first, &second);
            prop_assert_eq!(one, other);
        }

        #[test]
        fn a_list_is_rewritten_piece_by_piece(
            first in prop::collection::vec((any::<bool>(), 0..20usize, prop::char::range('a', 'd')), 0..6),
            second in prop::collection::vec((any::<bool>(), 0..20usize, prop::char::range('a', 'd')), 0..6),
            cut in any::<prop::sample::Index>(),
        ) {
            let (first, second) = (fitting(5, &first, 1), fitting(5, &second, 2));
            let whole = transform_lists(&first, &second);
            let (head, tail) = first.split_at(cut.index(first.len() + 1));
            let (mut rewritten, passed) = transform_lists(head, &second);
            let (rest, passed) = transform_lists(tail, &passed);
            rewritten.extend(rest);
            prop_assert_eq!(whole, (rewritten, passed));
        }
    }
}

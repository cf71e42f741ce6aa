//! Which appends made an observed text: where values are unique, a text says so itself.
//!
//! Call a key's values *readable* if no two operations write or append the same value, and no value is the
//! beginning of another one. Then a text can be cut into values in one way only (a prefix code is uniquely
//! decodable). So every append whose value is in an observed text found exactly the text in front of it there: it
//! is a compare-and-set in disguise. Every other append leaves a text that is never observed, whatever it finds.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::super::{Action, Op};

/// For values that are found in observed texts: the text before the value was appended, and after.
pub(super) type Chains<'a> = BTreeMap<&'a str, (Option<&'a str>, &'a str)>;

/// Cuts the observed texts into values; nothing if they can't be cut without doubt.
pub(super) fn chains<'a>(
    ops: impl Iterator<Item = &'a Op>,
    initially: Option<&'a str>,
    texts: &[Option<&'a str>],
) -> Option<Chains<'a>> {
    if initially.is_some_and(|text| !text.is_empty()) {
        return None;
    }
    let appends = readable_values(ops)?;
    let mut chains = Chains::new();
    let mut texts: Vec<&str> = texts.iter().copied().flatten().collect();
    texts.sort_unstable();
    // In order, a text mostly begins with the one before it: where its values end is known up to there.
    let (mut last, mut cuts): (&str, Vec<usize>) = ("", Vec::new());
    for text in texts {
        let common = last.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count();
        cuts.retain(|cut| *cut <= common);
        let mut from = cuts.last().copied().unwrap_or(0);
        while let Some((value, is_append)) = value_at(&appends, &text[from..]) {
            let to = from + value.len();
            if is_append {
                let before = if from == 0 { initially } else { Some(&text[..from]) };
                // One that stands behind two different texts would have to take effect twice: the second text is
                // then left without a source, and rightly so.
                chains.entry(value).or_insert((before, &text[..to]));
            }
            cuts.push(to);
            from = to;
        }
        last = text;
    }
    Some(chains)
}

/// The values, and whether they are appended or written; nothing if they are not readable.
fn readable_values<'a>(ops: impl Iterator<Item = &'a Op>) -> Option<BTreeMap<&'a str, bool>> {
    let mut values = BTreeMap::new();
    for op in ops {
        let (value, is_append) = match &op.action {
            Action::Append(value) => (value, true),
            Action::Write(value) => (value, false),
            Action::Read(_) => continue,
            Action::CompareAndSet { .. } => return None,
        };
        if value.is_empty() || values.insert(value.as_str(), is_append).is_some() {
            return None;
        }
    }
    // If a value begins any other, it begins the next one in order.
    let neighbours = values.keys().zip(values.keys().skip(1));
    neighbours.into_iter().all(|(value, next)| !next.starts_with(value)).then_some(values)
}

/// The value that a text begins with: the last one in order that is not greater than the text, if any.
fn value_at<'a>(values: &BTreeMap<&'a str, bool>, text: &str) -> Option<(&'a str, bool)> {
    let (value, is_append) = values.range::<str, _>((Bound::Unbounded, Bound::Included(text))).next_back()?;
    text.starts_with(value).then_some((*value, *is_append))
}

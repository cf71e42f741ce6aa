//! Parts of a TOML text, found by its parser and cut out: the rest stays as it was, byte for byte.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Parts of a text, and what stands there instead.
pub type Cuts = Vec<(Range<usize>, &'static str)>;

/// The top table of a text.
///
/// # Errors
/// When it is not TOML.
pub fn parsed(text: &str) -> Result<DeTable<'_>, String> {
    Ok(DeTable::parse(text).map_err(|e| e.to_string())?.into_inner())
}

/// The text with these parts cut out.
pub fn cut(text: &str, mut cuts: Cuts) -> String {
    cuts.sort_by_key(|(part, _)| std::cmp::Reverse(part.start));
    cuts.into_iter().fold(text.to_owned(), |mut text, (part, instead)| {
        text.replace_range(part, instead);
        text
    })
}

/// What stands in a table under `key`: where the key stands, and the value.
pub fn entry<'a, 'i>(table: &'a DeTable<'i>, key: &str) -> Option<(Range<usize>, &'a Spanned<DeValue<'i>>)> {
    table.iter().find(|(name, _)| *name.get_ref() == key).map(|(name, value)| (name.span(), value))
}

/// A table in a table.
pub fn table<'a, 'i>(outer: &'a DeTable<'i>, key: &str) -> Option<&'a DeTable<'i>> {
    entry(outer, key)?.1.get_ref().as_table()
}

/// The lines of an entry: `key = value`, or `[header]` and what belongs to it.
pub fn lines(text: &str, key: Range<usize>, value: &Spanned<DeValue<'_>>) -> Range<usize> {
    let start = text[..key.start].rfind('\n').map_or(0, |at| at + 1);
    let end = match text[start..].starts_with('[') {
        true => last(value.get_ref()).max(key.end),
        false => value.span().end,
    };
    start..text[end..].find('\n').map_or(text.len(), |at| end + at + 1)
}

/// Where the last value in a table ends.
fn last(value: &DeValue<'_>) -> usize {
    let ends = |value: &Spanned<DeValue<'_>>| match value.get_ref() {
        DeValue::Table(_) => last(value.get_ref()),
        _ => value.span().end,
    };
    value.as_table().into_iter().flat_map(|table| table.values()).map(ends).max().unwrap_or_default()
}

/// An element of a list, with the comma that parts it from the others.
pub fn element(text: &str, span: Range<usize>) -> Range<usize> {
    let behind = text[span.end..].trim_start();
    match behind.strip_prefix(',') {
        Some(next) => span.start..text.len() - next.trim_start().len(),
        None => text[..span.start].trim_end().trim_end_matches(',').len()..span.end,
    }
}

//! A chapter's Markdown as the pieces of a notebook.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A piece of a chapter, and where it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Line of the source, from 1.
    pub line: usize,
    /// What it is.
    pub kind: Kind,
}

/// What a piece is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Prose for one Markdown cell.
    Prose(String),
    /// A code cell.
    Code {
        /// Its source, without the line end at its end.
        source: String,
        /// What stands behind `rust` on the fence.
        flags: Vec<String>,
    },
    /// A comment `<!-- key: value value -->`.
    Directive {
        /// Its key.
        key: String,
        /// Its values.
        values: Vec<String>,
    },
}

enum Block {
    Break,
    Heading,
    Prose,
    Special(Kind),
    Comment,
}

/// The pieces of a chapter. Fences that say `rust` are code; a thematic break ends a cell and a heading begins one;
/// a comment of the form `key: values` is a directive, any other comment is the author's own and left out.
pub fn pieces(text: &str) -> Vec<Piece> {
    let line_of = |at: usize| text[..at].matches('\n').count() + 1;
    let mut pieces = Vec::new();
    let mut prose: Option<usize> = None;
    let flush = |prose: &mut Option<usize>, until: usize, pieces: &mut Vec<Piece>| {
        if let Some(start) = prose.take() {
            let kind = Kind::Prose(text[start..until].trim().to_owned());
            pieces.push(Piece { line: line_of(start), kind });
        }
    };
    for (range, block) in blocks(text) {
        if !matches!(block, Block::Prose) {
            flush(&mut prose, range.start, &mut pieces);
        }
        match block {
            Block::Prose => _ = prose.get_or_insert(range.start),
            Block::Heading => prose = Some(range.start),
            Block::Special(kind) => pieces.push(Piece { line: line_of(range.start), kind }),
            Block::Break | Block::Comment => {}
        }
    }
    flush(&mut prose, text.len(), &mut pieces);
    pieces
}

/// The top-level blocks, each with its place.
fn blocks(text: &str) -> Vec<(Range<usize>, Block)> {
    let mut blocks = Vec::new();
    let mut depth = 0;
    let mut code = String::new();
    for (event, range) in Parser::new_ext(text, options()).into_offset_iter() {
        match event {
            Event::Start(tag) => {
                depth += 1;
                if depth == 1 {
                    code.clear();
                    blocks.push((range.clone(), block(&tag, text[range].trim())));
                }
            }
            Event::End(_) => {
                depth -= 1;
                if let (0, Some((_, Block::Special(Kind::Code { source, .. })))) = (depth, blocks.last_mut())
                {
                    *source = code.trim_end_matches('\n').to_owned();
                }
            }
            Event::Rule if depth == 0 => blocks.push((range, Block::Break)),
            Event::Text(part) => code.push_str(&part),
            _ => {}
        }
    }
    blocks
}

/// The text with every amount of dollars marked up, because notebooks take what stands between two `$` for a formula,
/// and a backslash doesn't keep JupyterLab from it. Formulas stand between `$$`.
pub fn with_dollars(text: &str) -> String {
    let mut marked = String::new();
    let (mut done, mut in_code) = (0, false);
    for (event, range) in Parser::new_ext(text, options() - Options::ENABLE_MATH).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Text(_) if !in_code => {
                for (at, _) in text[range.clone()].match_indices('$') {
                    let (before, after) = text.split_at(range.start + at);
                    if !before.ends_with('$') && after[1..].starts_with(|c: char| c.is_ascii_digit()) {
                        marked.push_str(&text[done..before.len()]);
                        marked.push_str("<span>&#36;</span>");
                        done = before.len() + 1;
                    }
                }
            }
            _ => {}
        }
    }
    marked.push_str(&text[done..]);
    marked
}

fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_MATH | Options::ENABLE_FOOTNOTES
}

fn block(tag: &Tag<'_>, text: &str) -> Block {
    match tag {
        Tag::Heading { .. } => Block::Heading,
        Tag::CodeBlock(CodeBlockKind::Fenced(info)) => {
            let mut words = info.split([' ', ',']).filter(|word| !word.is_empty()).map(str::to_owned);
            match words.next().as_deref() {
                Some("rust") => Block::Special(Kind::Code { source: String::new(), flags: words.collect() }),
                _ => Block::Prose,
            }
        }
        Tag::HtmlBlock => match text.strip_prefix("<!--").and_then(|rest| rest.strip_suffix("-->")) {
            Some(comment) => directive(comment).map_or(Block::Comment, Block::Special),
            None => Block::Prose,
        },
        _ => Block::Prose,
    }
}

fn directive(comment: &str) -> Option<Kind> {
    let (key, values) = comment.trim().split_once(':')?;
    let a_word = !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    a_word.then(|| Kind::Directive {
        key: key.to_owned(),
        values: values.split_whitespace().map(str::to_owned).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_dollars_are_no_formulas() {
        let text = "\
A node costs $0.50 an hour, `$1` and a month $365.

```sh
echo $1 $2
```

| a | b |
|---|---|
| $3 | **$4** |

$$W + R > N$$

$$2 > 1$$
";
        let marked = with_dollars(text);
        assert_eq!(
            marked.replace("<span>&#36;</span>", "USD "),
            text.replace("$0", "USD 0")
                .replace("$365", "USD 365")
                .replace("$3 ", "USD 3 ")
                .replace("$4", "USD 4")
        );
    }

    #[test]
    fn a_chapter_falls_into_its_pieces() {
        let text = "\
# Title

One paragraph.

- a list
  with two lines

<!-- ids: C6.1 W6.1 -->
```rust
let a = 1;

a
```
<!-- note to myself -->

```text
not code to run
```

---

After a break, a [link].

[link]: https://example.org

## Next

```rust compile-error
let b: u8 = \"\";
```
<!-- exercise: E6.1 -->
";
        insta::assert_debug_snapshot!(pieces(text));
    }
}

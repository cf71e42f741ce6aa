//! A Rust text as tokens that say what it does, and not how it is written.

use std::collections::BTreeSet;

use ra_ap_rustc_lexer::{FrontmatterAllowed, TokenKind, tokenize};
use xxhash_rust::xxh3::xxh3_64;

/// A token, without what a copyist changes: the names that the file declares, the values of literals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// The same for tokens that are taken for the same.
    pub code: u64,
    /// The line where it begins, from 1 on.
    pub line: usize,
}

/// A token as it is written.
struct Written<'a> {
    kind: TokenKind,
    text: &'a str,
    line: usize,
}

/// What stands for every name that may be changed.
const NAME: &str = "name";
/// What stands for every literal.
const LITERAL: &str = "0";
/// What stands for every lifetime.
const LIFETIME: &str = "'a";

/// Rust's keywords.
pub(crate) const KEYWORDS: &[&str] = &[
    "Self", "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern",
    "false", "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "type", "unsafe", "use", "where",
    "while",
];

/// The tokens of a Rust text; comments and white space are none. A name stays as it is where a copyist can't change it: behind
/// a dot, beside `::` or before `!`, if the text does not declare it. All others are the same name, and all literals the same
/// literal. Any text has tokens; it need not compile.
pub fn tokens(text: &str) -> Vec<Token> {
    let written = written(text);
    let declared = declared(&written);
    let code = |at: usize| xxh3_64(code(&written, at, &declared).as_bytes());
    written.iter().enumerate().map(|(at, token)| Token { code: code(at), line: token.line }).collect()
}

/// What is taken for the token at a place.
fn code<'a>(written: &[Written<'a>], at: usize, declared: &BTreeSet<&str>) -> &'a str {
    let is = |at: Option<usize>, wanted: &str| {
        at.and_then(|at| written.get(at)).is_some_and(|token| token.text == wanted)
    };
    let text = written[at].text;
    match written[at].kind {
        TokenKind::Literal { .. } => LITERAL,
        TokenKind::Lifetime { .. } | TokenKind::RawLifetime | TokenKind::UnknownPrefixLifetime => LIFETIME,
        TokenKind::Ident if KEYWORDS.contains(&text) => text,
        TokenKind::Ident => {
            let before = |back| at.checked_sub(back);
            let path =
                is(before(1), ":") && is(before(2), ":") || is(Some(at + 1), ":") && is(Some(at + 2), ":");
            let fixed = path || is(before(1), ".") || is(Some(at + 1), "!");
            if fixed && !declared.contains(text) { text } else { NAME }
        }
        TokenKind::RawIdent | TokenKind::InvalidIdent | TokenKind::UnknownPrefix => NAME,
        _ => text,
    }
}

fn written(text: &str) -> Vec<Written<'_>> {
    let (mut rest, mut line, mut all) = (text, 1, Vec::new());
    for token in tokenize(text, FrontmatterAllowed::No) {
        let (text, behind) = rest.split_at(token.len as usize);
        let nothing = matches!(
            token.kind,
            TokenKind::Whitespace | TokenKind::LineComment { .. } | TokenKind::BlockComment { .. }
        );
        if !nothing {
            all.push(Written { kind: token.kind, text, line });
        }
        line += text.bytes().filter(|byte| *byte == b'\n').count();
        rest = behind;
    }
    all
}

/// The names that a text declares: behind `fn`, `struct` and their like, and before a colon.
fn declared<'a>(written: &[Written<'a>]) -> BTreeSet<&'a str> {
    const DECLARING: &[&str] =
        &["as", "const", "enum", "fn", "let", "mod", "mut", "ref", "static", "struct", "trait", "type"];
    let mut names = BTreeSet::new();
    for (at, token) in written.iter().enumerate().filter(|(_, token)| token.kind == TokenKind::Ident) {
        let before = at.checked_sub(1).map(|before| written[before].text).unwrap_or_default();
        let text = |at: usize| written.get(at).map(|token| token.text).unwrap_or_default();
        let typed = text(at + 1) == ":" && text(at + 2) != ":" && before != ":";
        if DECLARING.contains(&before) || typed {
            names.insert(token.text);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<u64> {
        tokens(text).iter().map(|token| token.code).collect()
    }

    #[test]
    fn what_a_copyist_changes_makes_no_difference() {
        let one = "fn add(xs: &[u32]) -> u32 {\n    // adds\n    xs.iter().map(|x| x + 1).sum()\n}";
        let other =
            "/// Totals.\nfn total(values: &[u64]) -> u64 { values.iter().map(|value| value + 20).sum() }";
        assert_eq!(codes(one), codes(other));
        assert_ne!(codes(one), codes(&one.replace("map", "filter")), "another method is another thing");
    }

    #[test]
    fn a_name_of_ones_own_is_any_name() {
        assert_eq!(codes("fn a() {} fn b(x: T) { x.a() }"), codes("fn c() {} fn d(y: U) { y.c() }"));
        assert_eq!(codes("struct R { nodes: T } r.nodes.len()"), codes("struct S { all: U } s.all.len()"));
        assert_ne!(codes("x.len()"), codes("x.count()"));
        assert_ne!(codes("E::A"), codes("E::B"));
    }

    #[test]
    fn lines_are_where_tokens_begin() {
        let lines: Vec<usize> = tokens("a /* \n */ b\n\"x\ny\"\nc").iter().map(|token| token.line).collect();
        assert_eq!(lines, [1, 2, 3, 5]);
    }

    #[test]
    fn any_text_has_tokens() {
        for text in [
            "",
            "\u{202e}é\u{0}",
            "\"open",
            "r#\"open",
            "/* open",
            "'",
            "#!",
            "---\n",
            "0x",
            "b'",
            "é".repeat(9).as_str(),
        ] {
            let _ = tokens(text);
        }
    }
}

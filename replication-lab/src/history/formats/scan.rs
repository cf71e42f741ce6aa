//! The scalars of EDN, vectors of them, and flat maps: what one line of a history holds.

use std::fmt::Write;

/// A value of EDN that can stand in a line of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Nil,
    Text(String),
    /// A keyword, its colon included.
    Keyword(String),
    Number(i64),
    Vector(Vec<Value>),
    /// Something else between blanks: a symbol, a number with a fraction.
    Other(String),
}

/// Reads values from a line, one after the other.
pub(super) struct Scanner<'a> {
    rest: &'a str,
}

/// How deep vectors may lie in each other.
const DEEPEST: u32 = 16;

impl<'a> Scanner<'a> {
    pub(super) fn new(line: &'a str) -> Self {
        Self { rest: line }
    }

    /// Whether only blanks, commas or a comment are left.
    pub(super) fn is_at_end(&mut self) -> bool {
        self.skip_blanks();
        self.rest.is_empty()
    }

    /// The next value; what was expected if there is none.
    pub(super) fn value(&mut self) -> Result<Value, String> {
        self.nested(0)
    }

    /// The entries of a flat map whose keys are keywords.
    pub(super) fn map(&mut self) -> Result<Vec<(String, Value)>, String> {
        if !self.skips('{') {
            return Err("“{”".into());
        }
        let mut entries: Vec<(String, Value)> = Vec::new();
        while !self.skips('}') {
            let key = match self.value() {
                Ok(Value::Keyword(key)) => key,
                _ => return Err("a keyword such as :process, or “}”".into()),
            };
            if entries.iter().any(|(other, _)| *other == key) {
                return Err(format!("{key} only once"));
            }
            let value = self.value().map_err(|expected| format!("{expected} behind {key}"))?;
            entries.push((key, value));
        }
        Ok(entries)
    }

    fn nested(&mut self, depth: u32) -> Result<Value, String> {
        self.skip_blanks();
        if self.skips('"') {
            return self.text();
        }
        if depth < DEEPEST && self.skips('[') {
            let mut values = Vec::new();
            while !self.skips(']') {
                values.push(self.nested(depth + 1)?);
            }
            return Ok(Value::Vector(values));
        }
        let end = self.rest.find(|c: char| c.is_whitespace() || ",\"[]{}()".contains(c));
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        if word.is_empty() || word == ":" {
            return Err(if depth == 0 { "a value" } else { "a value or “]”" }.into());
        }
        self.rest = rest;
        Ok(match word {
            "nil" => Value::Nil,
            _ if word.starts_with(':') => Value::Keyword(word.to_owned()),
            _ => word.parse().map_or_else(|_| Value::Other(word.to_owned()), Value::Number),
        })
    }

    /// A text after its opening quotation mark.
    fn text(&mut self) -> Result<Value, String> {
        let mut text = String::new();
        let mut chars = self.rest.chars();
        loop {
            match chars.next() {
                Some('"') => break,
                Some('\\') => text.push(match chars.next() {
                    Some('n') => '\n',
                    Some('t') => '\t',
                    Some('r') => '\r',
                    Some('b') => '\u{8}',
                    Some('f') => '\u{c}',
                    Some(same @ ('"' | '\\' | '/')) => same,
                    Some('u') => {
                        let digits: String = chars.by_ref().take(4).collect();
                        let code = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 4);
                        code.and_then(char::from_u32).ok_or("four digits of a character after \\u")?
                    }
                    _ => return Err("one of \\n \\t \\r \\b \\f \\\" \\\\ \\u".into()),
                }),
                Some(other) => text.push(other),
                None => return Err("a closing quotation mark".into()),
            }
        }
        self.rest = chars.as_str();
        Ok(Value::Text(text))
    }

    fn skips(&mut self, expected: char) -> bool {
        self.skip_blanks();
        match self.rest.strip_prefix(expected) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        if self.rest.starts_with(';') {
            self.rest = "";
        }
    }
}

impl Value {
    /// A scalar as the text that a history holds: 7 is “7”.
    pub(super) fn scalar(&self) -> Option<String> {
        match self {
            Value::Text(text) | Value::Other(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Keyword(_) | Value::Nil | Value::Vector(_) => None,
        }
    }

    /// A text as EDN, quoted and escaped.
    pub(super) fn quoted(text: &str) -> String {
        let mut out = String::from("\"");
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\t' => out.push_str("\\t"),
                '\r' => out.push_str("\\r"),
                // Writing to a string cannot fail.
                c if c.is_control() => drop(write!(out, "\\u{:04x}", u32::from(c))),
                c => out.push(c),
            }
        }
        out.push('"');
        out
    }

    /// A value of a register: a number where it reads like one, else a text.
    pub(super) fn number_or_quoted(text: &str) -> String {
        match text.parse::<i64>() {
            Ok(number) if number.to_string() == text => text.to_owned(),
            _ => Self::quoted(text),
        }
    }
}

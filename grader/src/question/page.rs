//! Headings, paragraphs and lists in both forms at once.

use html_escape::encode_text as encode;
use replication_lab::view::Figure;

/// A page that is being written.
pub(super) struct Page {
    html: Vec<String>,
    text: Vec<String>,
}

/// How wide a line of the text form may be, in characters.
const WIDTH: usize = 96;

impl Page {
    pub fn new() -> Self {
        Self { html: Vec::new(), text: Vec::new() }
    }

    pub fn heading(&mut self, text: &str) {
        self.html.push(format!("<p><strong>{}</strong></p>", marked_up(text)));
        self.text.push(text.to_string());
    }

    /// Paragraphs parted by blank lines. Indented lines stay as they are.
    pub fn paragraphs(&mut self, text: &str) {
        for paragraph in text.trim_matches('\n').split("\n\n") {
            if paragraph.lines().all(|line| line.starts_with("    ")) {
                let lines: Vec<&str> = paragraph.lines().map(|line| &line[4..]).collect();
                self.html.push(format!("<pre>{}</pre>", encode(&lines.join("\n"))));
                self.text.push(paragraph.to_string());
            } else {
                self.html.push(format!("<p>{}</p>", marked_up(paragraph)));
                self.text.push(wrapped(paragraph, ""));
            }
        }
    }

    pub fn labelled(&mut self, label: &str, text: &str) {
        self.html.push(format!("<p><em>{label}:</em> {}</p>", marked_up(text.trim())));
        self.text.push(wrapped(&format!("{label}: {}", text.trim()), ""));
    }

    /// A list whose entries have a sign or a letter in front.
    pub fn list(&mut self, entries: &[(&str, String)]) {
        if entries.is_empty() {
            return;
        }
        let rows: String = entries
            .iter()
            .map(|(sign, text)| format!("<li>{} {}</li>", encode(sign), marked_up(text)))
            .collect();
        self.html.push(format!("<ul style=\"list-style: none; padding-left: 1em\">{rows}</ul>"));
        let lines: Vec<String> = entries
            .iter()
            .map(|(sign, text)| {
                let indent = " ".repeat(sign.chars().count() + 3);
                format!("  {sign} {}", wrapped(text, &indent).trim_start())
            })
            .collect();
        self.text.push(lines.join("\n"));
    }

    pub fn figure(self) -> Figure {
        Figure::new(self.html.join("\n"), self.text.join("\n\n"))
    }
}

/// Escaped, with what stands between backticks as code.
fn marked_up(text: &str) -> String {
    let parts: Vec<String> = encode(text)
        .split('`')
        .enumerate()
        .map(|(at, part)| if at % 2 == 1 { format!("<code>{part}</code>") } else { part.to_string() })
        .collect();
    parts.concat()
}

/// Lines of at most [`WIDTH`] characters, all after the first behind `indent`.
fn wrapped(text: &str, indent: &str) -> String {
    let mut lines = vec![indent.to_string()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is one");
        let blank = line.len() == indent.len();
        if !blank && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(format!("{indent}{word}"));
        } else {
            if !blank {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_escaped_and_code_marked() {
        let mut page = Page::new();
        page.paragraphs("`a < b` & <script>");
        page.list(&[("a", "x > y".into())]);
        let figure = page.figure();
        assert!(figure.as_html().contains("<code>a &lt; b</code> &amp; &lt;script&gt;"));
        assert!(figure.as_html().contains("<li>a x &gt; y</li>"));
        assert_eq!(figure.as_text(), "`a < b` & <script>\n\n  a x > y");
    }

    #[test]
    fn long_lines_are_wrapped_behind_their_sign() {
        let mut page = Page::new();
        page.list(&[("✗", "word ".repeat(40))]);
        assert!(page.figure().as_text().lines().all(|line| line.chars().count() <= WIDTH + 4));
    }
}

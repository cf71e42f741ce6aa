//! Headings, paragraphs and lists in both forms at once.

use html_escape::encode_text as encode;
use replication_lab::view::Figure;

/// A page that is being written.
pub(crate) struct Page {
    html: Vec<String>,
    text: Vec<String>,
}

/// How wide a line of the text form may be, in characters.
const WIDTH: usize = 96;

/// What is right, in green: Okabe and Ito's bluish green, 3:1 on white and more on JupyterLab's dark pages. The sign says the
/// same without it.
fn coloured(sign: &str) -> String {
    match sign {
        "✔" => "<strong style=\"color: #009e73\">✔</strong>".into(),
        sign => encode(sign).into_owned(),
    }
}

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
                self.html.push(format!("<pre><code>{}</code></pre>", encode(&lines.join("\n"))));
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
            .map(|(sign, text)| format!("<li>{} {}</li>", coloured(sign), marked_up(text)))
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

    /// Text with the marks of Markdown that the course's data files use: paragraphs, lists with `-` or `1.`, code
    /// between backticks, `*emphasis*` and `**strong**`. Only for texts of the course: in a learner's, an asterisk
    /// is an asterisk. The text form keeps the marks.
    pub fn markdown(&mut self, text: &str) {
        for block in text.trim_matches('\n').split("\n\n").filter(|block| !block.trim().is_empty()) {
            let items = Items::of(block);
            let list = items.is_some();
            let html = match items {
                Some(Items { tag, before, items }) => {
                    let items: String =
                        items.iter().map(|item| format!("<li>{}</li>", marked_up(item))).collect();
                    let before = match before.is_empty() {
                        true => String::new(),
                        false => format!("<p>{}</p>", marked_up(&before)),
                    };
                    format!("{before}<{tag}>{items}</{tag}>")
                }
                None => format!("<p>{}</p>", marked_up(block)),
            };
            self.html.push(html);
            self.text.push(if list { block.to_string() } else { wrapped(block, "") });
        }
    }

    /// Blocks next to each other, each under its title.
    pub fn columns(&mut self, columns: &[(&str, &[String])]) {
        let (mut heads, mut bodies) = (String::new(), String::new());
        for (title, lines) in columns {
            heads.push_str(&format!("<th><div align=\"left\">{}</div></th>", encode(title)));
            let lines = encode(&lines.join("\n")).into_owned();
            bodies.push_str(&format!("<td><div align=\"left\"><pre><code>{lines}</code></pre></div></td>"));
        }
        self.html.push(format!(
            "<table cellpadding=\"6\"><thead><tr>{heads}</tr></thead><tbody><tr valign=\"top\">{bodies}</tr></tbody></table>"
        ));
        let width = columns.iter().map(|(title, _)| title.chars().count()).max().unwrap_or(0);
        let rows = columns.iter().flat_map(|(title, lines)| {
            let titles = std::iter::once(*title).chain(std::iter::repeat(""));
            titles.zip(lines.iter()).map(move |(title, line)| format!("  {title:<width$}  {line}"))
        });
        self.text.push(rows.collect::<Vec<_>>().join("\n"));
    }

    /// Another figure, which a reader may fold away.
    pub fn folding(&mut self, title: &str, figure: &Figure) {
        self.html.push(format!(
            "<details open><summary>{}</summary>\n{}\n</details>",
            marked_up(title),
            figure.as_html()
        ));
        self.text.push(format!("{title}:\n{}", figure.as_text().trim_end()));
    }

    pub fn figure(self) -> Figure {
        Figure::new(self.html.join("\n"), self.text.join("\n\n"))
    }
}

/// A list of Markdown, and what stands before it in its block.
struct Items {
    tag: &'static str,
    before: String,
    items: Vec<String>,
}

impl Items {
    fn of(block: &str) -> Option<Self> {
        let mut found = Self { tag: "ul", before: String::new(), items: Vec::new() };
        for line in block.lines() {
            let numbered =
                line.split_once(". ").filter(|(n, _)| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit()));
            if let Some((_, item)) = numbered {
                found.tag = "ol";
                found.items.push(item.to_string());
            } else if let Some(item) = line.strip_prefix("- ") {
                found.items.push(item.to_string());
            } else {
                let last = found.items.last_mut().unwrap_or(&mut found.before);
                if !last.is_empty() {
                    last.push(' ');
                }
                last.push_str(line.trim());
            }
        }
        (!found.items.is_empty()).then_some(found)
    }
}

/// Escaped, with Markdown's marks of code and of emphasis as HTML's.
fn marked_up(text: &str) -> String {
    let light = |part: &str| between(part, "*", str::to_string, |part| format!("<em>{part}</em>"));
    let strong = |part: &str| between(part, "**", light, |part| format!("<strong>{part}</strong>"));
    in_turn(&encode(text).split('`').collect::<Vec<_>>(), strong, |part| format!("<code>{part}</code>"))
}

/// Applies `inner` to what stands between two marks that hug it, and `outer` to the rest.
fn between(text: &str, mark: &str, outer: impl Fn(&str) -> String, inner: impl Fn(&str) -> String) -> String {
    let parts: Vec<&str> = text.split(mark).collect();
    let hugged = |part: &&str| !part.is_empty() && part.trim() == *part;
    match parts.len() % 2 == 1 && parts.iter().skip(1).step_by(2).all(hugged) {
        true => in_turn(&parts, outer, inner),
        false => text.to_string(),
    }
}

fn in_turn(parts: &[&str], even: impl Fn(&str) -> String, odd: impl Fn(&str) -> String) -> String {
    parts.iter().enumerate().map(|(at, part)| if at % 2 == 0 { even(part) } else { odd(part) }).collect()
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
    fn what_is_right_turns_green_and_says_so_without_colour() {
        let mut page = Page::new();
        page.list(&[("✔", "quorums meet".into()), ("✘", "nothing is lost".into())]);
        let figure = page.figure();
        let green =
            "<li><strong style=\"color: #009e73\">✔</strong> quorums meet</li><li>✘ nothing is lost</li>";
        assert!(figure.as_html().contains(green), "{}", figure.as_html());
        assert_eq!(figure.as_text(), "  ✔ quorums meet\n  ✘ nothing is lost");
    }

    #[test]
    fn markdown_of_hints_becomes_lists() {
        let mut page = Page::new();
        page.markdown("To **all**, *soon*:\n1. one `a**b`\n   and more;\n2. < two.\n\n- x\n- 2 * w * n\n");
        let figure = page.figure();
        insta::assert_snapshot!(figure.as_html(), @"
        <p>To <strong>all</strong>, <em>soon</em>:</p><ol><li>one <code>a**b</code> and more;</li><li>&lt; two.</li></ol>
        <ul><li>x</li><li>2 * w * n</li></ul>
        ");
        assert!(figure.as_text().ends_with("2. < two.\n\n- x\n- 2 * w * n"));
    }

    #[test]
    fn long_lines_are_wrapped_behind_their_sign() {
        let mut page = Page::new();
        page.list(&[("✗", "word ".repeat(40))]);
        assert!(page.figure().as_text().lines().all(|line| line.chars().count() <= WIDTH + 4));
    }
}

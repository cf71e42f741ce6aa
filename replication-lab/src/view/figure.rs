//! One output of a cell, in its two forms.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::live;

/// One output in two forms that say the same: HTML and plain text.
///
/// # Examples
/// ```
/// use replication_lab::view::Figure;
/// let figure = Figure::text("W + R > N").beside(Figure::text("4 > 3"));
/// assert_eq!(figure.as_text(), "W + R > N\n\n4 > 3");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    html: String,
    text: String,
}

impl Figure {
    /// A figure from both its forms. The HTML must be complete and escaped.
    pub fn new(html: impl Into<String>, text: impl Into<String>) -> Self {
        Self { html: html.into(), text: text.into() }
    }

    /// Plain text, preformatted in HTML.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { html: format!("<pre><code>{}</code></pre>", html_escape::encode_text(&text)), text }
    }

    /// Sentences, each line a paragraph in HTML, which the page breaks where it is full.
    pub fn prose(text: impl Into<String>) -> Self {
        let text = text.into();
        let paragraphs: Vec<String> =
            text.lines().map(|line| format!("<p>{}</p>", html_escape::encode_text(line))).collect();
        Self { html: paragraphs.join("\n"), text }
    }

    /// A picture: an SVG document inside an `<img>`, with `alt` as its short name and `text` as its text form.
    pub fn svg(document: &str, alt: &str, text: impl Into<String>) -> Self {
        let data = STANDARD.encode(document);
        let alt = html_escape::encode_double_quoted_attribute(alt);
        Self {
            html: format!("<img alt=\"{alt}\" src=\"data:image/svg+xml;base64,{data}\">"),
            text: text.into(),
        }
    }

    /// A picture as [`svg`](Self::svg) makes it, with the script that plays its steps where scripts run.
    pub(crate) fn player(document: &str, alt: &str, text: impl Into<String>) -> Self {
        Self::svg(document, alt, text).live(&live::PLAYER)
    }

    /// A picture as [`svg`](Self::svg) makes it, with the script that turns its knobs where scripts run.
    pub(crate) fn sliders(document: &str, alt: &str, text: impl Into<String>) -> Self {
        Self::svg(document, alt, text).live(&live::SLIDERS)
    }

    fn live(self, live::Script { class, text: script }: &live::Script) -> Self {
        let marked = self.html.replacen(" src=", &format!(" class=\"{class}\" src="), 1);
        Self { html: format!("{marked}<script>{script}</script>"), text: self.text }
    }

    /// This figure, and `other` below it.
    pub fn beside(self, other: Figure) -> Self {
        Self {
            html: format!("{}\n{}", self.html, other.html),
            text: format!("{}\n\n{}", self.text.trim_end(), other.text),
        }
    }

    /// The HTML form.
    pub fn as_html(&self) -> &str {
        &self.html
    }

    /// The text form.
    pub fn as_text(&self) -> &str {
        &self.text
    }

    /// Shows the figure itself as a cell's output (called by the kernel).
    pub fn evcxr_display(&self) {
        self.print();
    }

    /// Prints both forms in the kernel's display protocol, as one block.
    pub fn print(&self) {
        let mut out = std::io::stdout().lock();
        // A notebook takes what stands between two dollar signs for a formula, unless it is told not to.
        let (open, close) = match self.html.contains('$') {
            true => ("<div class=\"mathjax_ignore\">\n", "\n</div>"),
            false => ("", ""),
        };
        let html = &self.html;
        // The kernel reads our standard output; if it is gone there is nobody left to tell.
        let _ = write!(
            out,
            "EVCXR_BEGIN_CONTENT text/html\n{open}{html}{close}\nEVCXR_END_CONTENT\n\
             EVCXR_BEGIN_CONTENT text/plain\n{}\nEVCXR_END_CONTENT\n",
            self.text
        );
    }
}

impl std::fmt::Display for Figure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

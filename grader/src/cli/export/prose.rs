//! A Markdown cell as HTML.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

use super::formula::mathml;

/// What is made of the Markdown cells of a chapter. Headings of one page must not have the same anchor, so one writer
/// makes them all.
#[derive(Debug, Default)]
pub struct Writer {
    /// The headings so far, in their order.
    pub headings: Vec<Heading>,
    /// How many cells there were: footnotes of two cells may have the same name.
    cells: usize,
}

/// A heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// 1 for the chapter's title.
    pub level: u8,
    /// Its text, without any marks.
    pub text: String,
    /// Its anchor.
    pub anchor: String,
}

impl Writer {
    /// The HTML of a cell. `page_of` says which page a link to a notebook leads to; a link into the clone that leads to no
    /// page is left as text.
    ///
    /// # Errors
    /// Which formula is not understood.
    pub fn html(
        &mut self,
        markdown: &str,
        page_of: &dyn Fn(&str) -> Option<String>,
    ) -> Result<String, String> {
        let mut events: Vec<Event<'_>> = Vec::new();
        let mut heading: Option<usize> = None;
        let mut dead_links = 0;
        self.cells += 1;
        let cell = self.cells;
        let note = |name: CowStr<'_>| CowStr::from(format!("note-{cell}-{name}"));
        for event in Parser::new_ext(markdown, options()) {
            let event = match event {
                Event::InlineMath(latex) => Event::InlineHtml(mathml(&latex, false)?.into()),
                Event::DisplayMath(latex) => Event::InlineHtml(mathml(&latex, true)?.into()),
                Event::FootnoteReference(name) => Event::FootnoteReference(note(name)),
                Event::Start(Tag::FootnoteDefinition(name)) => {
                    Event::Start(Tag::FootnoteDefinition(note(name)))
                }
                Event::Start(Tag::Heading { .. }) => {
                    heading = Some(events.len());
                    event
                }
                Event::End(TagEnd::Heading(level)) => {
                    let begun = heading.take().unwrap_or_default();
                    let anchor = self.anchor(level as u8, &plain(&events[begun..]));
                    if let Event::Start(Tag::Heading { id, .. }) = &mut events[begun] {
                        *id = Some(anchor.into());
                    }
                    event
                }
                Event::Start(Tag::Table(_)) => {
                    events.push(Event::Html("<div class=\"scroll\">".into()));
                    event
                }
                Event::End(TagEnd::Table) => {
                    events.push(event);
                    Event::Html("</div>\n".into())
                }
                Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                    match target(&dest_url, page_of) {
                        Some(dest_url) => {
                            Event::Start(Tag::Link { link_type, dest_url: dest_url.into(), title, id })
                        }
                        None => {
                            dead_links += 1;
                            continue;
                        }
                    }
                }
                // Links hold no links: the end that comes next is the dead one's.
                Event::End(TagEnd::Link) if dead_links > 0 => {
                    dead_links -= 1;
                    continue;
                }
                other => other,
            };
            events.push(event);
        }
        let mut out = String::new();
        html::push_html(&mut out, events.into_iter());
        Ok(out)
    }

    /// Keeps a heading, and gives it an anchor that no other has.
    fn anchor(&mut self, level: u8, text: &str) -> String {
        let slug = slug(text);
        let taken = |anchor: &str| self.headings.iter().any(|heading| heading.anchor == anchor);
        let numbered = std::iter::once(slug.clone()).chain((2..).map(|number| format!("{slug}-{number}")));
        let anchor = numbered.into_iter().find(|anchor| !taken(anchor)).unwrap_or(slug);
        self.headings.push(Heading { level, text: text.to_owned(), anchor: anchor.clone() });
        anchor
    }
}

/// What a chapter says of itself in its first cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// Its title, as the page's heading has it.
    pub title: String,
    /// What one can do after it, each as HTML.
    pub outcomes: Vec<String>,
}

/// What the first cell says: its first heading, and its first list.
pub fn opening(markdown: &str) -> Opening {
    let events: Vec<Event<'_>> = Parser::new_ext(markdown, options()).collect();
    let between = |from: &dyn Fn(&Event<'_>) -> bool, to: &dyn Fn(&Event<'_>) -> bool| {
        let begin = events.iter().position(from)?;
        let end = begin + events[begin..].iter().position(to)?;
        Some(&events[begin + 1..end])
    };
    let title = between(&|e| matches!(e, Event::Start(Tag::Heading { .. })), &|e| {
        matches!(e, Event::End(TagEnd::Heading(_)))
    });
    let list =
        between(&|e| matches!(e, Event::Start(Tag::List(_))), &|e| matches!(e, Event::End(TagEnd::List(_))));
    let item = |events: &[Event<'_>]| {
        let inner = events.iter().filter(|e| !matches!(e, Event::End(TagEnd::Item)));
        let mut out = String::new();
        html::push_html(&mut out, inner.cloned());
        out.trim().to_owned()
    };
    let items = list.into_iter().flat_map(|events| events.split(|e| matches!(e, Event::Start(Tag::Item))));
    Opening {
        title: title.map(plain).unwrap_or_default(),
        outcomes: items.map(item).filter(|item| !item.is_empty()).collect(),
    }
}

fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_MATH | Options::ENABLE_FOOTNOTES
}

/// Where a link leads on the site.
fn target(link: &str, page_of: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let outside = ["https://", "http://", "mailto:"].iter().any(|begin| link.starts_with(begin));
    match (outside, path.strip_suffix(".ipynb")) {
        (true, _) => Some(link.to_owned()),
        (false, Some(stem)) => {
            let page = page_of(stem.trim_start_matches("./"))?;
            // JupyterLab's anchors are the heading with hyphens for blanks.
            Some(anchor.map_or(page.clone(), |anchor| format!("{page}#{}", slug(anchor))))
        }
        (false, None) if path.is_empty() => Some(format!("#{}", slug(anchor?))),
        (false, None) => None,
    }
}

fn plain(events: &[Event<'_>]) -> String {
    let mut out = String::new();
    for event in events {
        match event {
            Event::Text(text) | Event::Code(text) => out.push_str(text),
            Event::SoftBreak | Event::HardBreak => out.push(' '),
            _ => {}
        }
    }
    out
}

/// An anchor: letters and digits, and a hyphen for all between them.
fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let slug = words.map(str::to_lowercase).collect::<Vec<_>>().join("-");
    if slug.is_empty() { "section".to_owned() } else { slug }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html_of(markdown: &str) -> String {
        let page_of = |stem: &str| (stem == "06-leaderless").then(|| "06-leaderless.html".to_owned());
        Writer::default().html(markdown, &page_of).unwrap()
    }

    #[test]
    fn markdown_as_the_chapters_use_it() {
        insta::assert_snapshot!(html_of(
            "## Who *numbers* `R`?\n\nA node costs <span>&#36;</span>0.50 an hour.[^1] Then $x^2$ and\n\n$$W + R > N$$\n\n\
             | a | b |\n|---|--:|\n| 1 | `<2>` |\n\n> **Note.** So.\n\n[^1]: Or more.\n"
        ));
    }

    #[test]
    fn links_lead_to_pages_or_are_text() {
        assert_eq!(
            html_of(
                "[six](06-leaderless.ipynb#Who-numbers-the-writes?), [*lost* one](99-no.ipynb), [out](https://e.org), [up](#A-B)"
            ),
            "<p><a href=\"06-leaderless.html#who-numbers-the-writes\">six</a>, <em>lost</em> one, \
             <a href=\"https://e.org\">out</a>, <a href=\"#a-b\">up</a></p>\n"
        );
    }

    #[test]
    fn no_two_headings_have_the_same_anchor() {
        let mut writer = Writer::default();
        for markdown in ["# A b", "## A, b!\n\n## ?\n"] {
            writer.html(markdown, &|_| None).unwrap();
        }
        let anchors: Vec<_> = writer.headings.iter().map(|heading| heading.anchor.as_str()).collect();
        assert_eq!(anchors, ["a-b", "a-b-2", "section"]);
    }

    #[test]
    fn a_chapter_says_its_title_and_what_one_can_do_after_it() {
        let opening =
            opening("# 6 · Of `W`\n\nAfter it you can\n\n- say *how*;\n- and W &gt; R.\n\nText.\n\n- no\n");
        assert_eq!(opening.title, "6 · Of W");
        assert_eq!(opening.outcomes, ["say <em>how</em>;", "and W &gt; R."]);
    }
}

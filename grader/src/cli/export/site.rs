//! The pages of the site.

use minijinja::{Environment, Value, context};

use super::chapter::Chapter;
use super::prose::Heading;

/// A file of the site: its name, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// `index.html`, `06-leaderless.html`, `style.css`.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// What marks a page as one of ours.
pub const GENERATOR: &str = "<meta name=\"generator\" content=\"cargo course export\">";

/// The style of all pages.
pub const STYLE: &str = include_str!("templates/style.css");

/// All files of the site, its first page first. The same chapters give the same bytes.
///
/// # Errors
/// Which formula of which chapter is not understood.
pub fn pages(chapters: &[Chapter]) -> Result<Vec<Page>, String> {
    let mut templates = Environment::new();
    for (name, text) in [
        ("base.html", include_str!("templates/base.html")),
        ("index.html", include_str!("templates/index.html")),
        ("chapter.html", include_str!("templates/chapter.html")),
    ] {
        templates.add_template(name, text).expect("the templates are tested");
    }
    let page = |template: &str, path: String, values: Value| {
        let template = templates.get_template(template).expect("it is there");
        Page { path, text: template.render(values).expect("the templates are tested") + "\n" }
    };
    let page_of = |stem: &str| chapters.iter().find(|chapter| chapter.stem == stem).map(Chapter::page);
    let list: Vec<Value> = chapters.iter().map(link).collect();
    let mut pages = vec![page("index.html", "index.html".to_owned(), context! { chapters => &list })];
    for (at, chapter) in chapters.iter().enumerate() {
        let (cells, headings) =
            chapter.body(&page_of).map_err(|why| format!("notebooks/{}.ipynb: {why}", chapter.stem))?;
        let neighbour = |at: Option<usize>| at.and_then(|at| list.get(at));
        let values = context! {
            title => chapter.opening.title.as_str(),
            previous => neighbour(at.checked_sub(1)),
            next => neighbour(Some(at + 1)),
            contents => contents(&headings),
            cells,
        };
        pages.push(page("chapter.html", chapter.page(), values));
    }
    pages.push(Page { path: "style.css".to_owned(), text: STYLE.to_owned() });
    Ok(pages)
}

fn link(chapter: &Chapter) -> Value {
    context! {
        page => chapter.page(),
        title => chapter.opening.title.as_str(),
        outcomes => chapter.opening.outcomes.iter().map(|html| Value::from_safe_string(html.clone())).collect::<Vec<_>>(),
    }
}

/// The headings below the title: the sections, each with what is in it.
fn contents(headings: &[Heading]) -> Vec<Value> {
    let mut sections: Vec<(&Heading, Vec<Value>)> = Vec::new();
    for heading in headings {
        match (heading.level, sections.last_mut()) {
            (1, _) => {}
            (2, _) | (_, None) => sections.push((heading, Vec::new())),
            (_, Some((_, below))) => below.push(entry(heading, Vec::new())),
        }
    }
    sections.into_iter().map(|(heading, below)| entry(heading, below)).collect()
}

fn entry(heading: &Heading, below: Vec<Value>) -> Value {
    context! { text => heading.text.as_str(), anchor => heading.anchor.as_str(), below }
}

//! The site, read back as a browser reads it.

use std::collections::BTreeSet;
use std::path::Path;

use scraper::{ElementRef, Html, Selector};
use serde_json::json;

use super::*;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn all() -> Vec<Page> {
    let course = Course::around(Path::new(ROOT)).unwrap();
    site::pages(&chapters(&course, None).unwrap()).unwrap()
}

fn html_pages(pages: &[Page]) -> impl Iterator<Item = (&str, Html)> {
    let html = pages.iter().filter(|page| page.path.ends_with(".html"));
    html.map(|page| (page.path.as_str(), Html::parse_document(&page.text)))
}

fn select<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

fn small() -> Chapter {
    let cells = json!([
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source":
            "# 6 · Quorums\n\nAfter this chapter you can\n\n- say what `W` is;\n- and R.\n\n**The question:** who decides?"},
        {"cell_type": "markdown", "id": "b", "metadata": {}, "source": "## No leader\n\n$$W + R > N$$\n\n| N | <span>&#36;</span> |\n|---|---|\n| 3 | 1 |"},
        {"cell_type": "code", "id": "c", "metadata": {}, "execution_count": 1, "source": "let n = 3; // nodes\nn < 4",
            "outputs": [{"output_type": "stream", "name": "stdout", "text": "a < b\n"},
                {"output_type": "execute_result", "execution_count": 1, "metadata": {},
                    "data": {"text/html": "<img alt=\"a run\" src=\"data:image/svg+xml;base64,AA==\">\n<script>1 < 2</script>", "text/plain": "a run"}}]},
        {"cell_type": "markdown", "id": "d", "metadata": {}, "source": "### E6.1 Facts (8 points)\n\nWrite it."},
        {"cell_type": "code", "id": "e", "metadata": {"course": {"exercise": "E6.1", "stub": "0"}}, "execution_count": null,
            "source": "mod e6_1 {\n    todo!()\n}", "outputs": []},
        {"cell_type": "code", "id": "f", "metadata": {"course": {"check": "E6.1"}}, "execution_count": 2,
            "source": "grader::check(…)", "outputs": []},
        {"cell_type": "code", "id": "g", "metadata": {"course": {"answer": "Q6.4a", "stub": "0"}}, "execution_count": null,
            "source": "// answer(\"Q6.4a\", \"NUMBER\")", "outputs": []},
        {"cell_type": "code", "id": "h", "metadata": {"course": {"progress": 6}}, "execution_count": null,
            "source": "grader::progress(6)", "outputs": []}
    ]);
    let notebook = json!({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5});
    Chapter::of("06-quorums", &read_with_outputs(&notebook.to_string()).unwrap()).unwrap()
}

#[test]
fn a_small_notebook_becomes_a_page() {
    let pages = site::pages(&[small()]).unwrap();
    assert_eq!(
        pages.iter().map(|page| page.path.as_str()).collect::<Vec<_>>(),
        ["index.html", "06-quorums.html", "style.css"]
    );
    insta::assert_snapshot!(format!("{}\n=====\n{}", pages[0].text, pages[1].text));
}

#[test]
fn a_notebook_without_a_title_and_a_broken_formula_are_named() {
    let untitled = json!({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).to_string();
    assert!(Chapter::of("x", &read_with_outputs(&untitled).unwrap()).unwrap_err().contains("no heading"));
    let mut broken = small();
    broken.cells.push(chapter::Shown::Prose("$$\\frac{1}$$".into()));
    let told = site::pages(&[broken]).unwrap_err();
    assert!(told.starts_with("notebooks/06-quorums.ipynb: the formula"), "{told}");
}

#[test]
fn every_chapter_has_its_page_and_the_same_bytes_every_time() {
    let pages = all();
    assert_eq!(pages.len(), 13, "eleven chapters, the first page, the style");
    assert!(pages == all());
}

#[test]
fn every_link_inside_the_site_resolves() {
    let pages = all();
    let names: BTreeSet<&str> = pages.iter().map(|page| page.path.as_str()).collect();
    let mut followed = 0;
    for (path, page) in html_pages(&pages) {
        for link in select(&page, "a[href], link[href]") {
            let href = link.value().attr("href").unwrap();
            if href.starts_with("https://") {
                continue;
            }
            let (file, anchor) =
                href.split_once('#').map_or((href, None), |(file, anchor)| (file, Some(anchor)));
            let file = if file.is_empty() { path } else { file };
            assert!(names.contains(file), "{path}: {href}");
            if let Some(anchor) = anchor {
                let target = pages.iter().find(|page| page.path == file).unwrap();
                assert!(target.text.contains(&format!("id=\"{anchor}\"")), "{path}: {href}");
            }
            followed += 1;
        }
    }
    assert!(followed > 400, "{followed} links");
}

#[test]
fn nothing_is_loaded_from_elsewhere() {
    let pages = all();
    for (path, page) in html_pages(&pages) {
        for element in page.root_element().descendants().filter_map(ElementRef::wrap) {
            let value = element.value();
            for (name, at) in value.attrs() {
                let leads_outside = value.name() == "a" && name == "href";
                let loads = ["src", "href", "srcset", "poster", "data", "action", "style"].contains(&name);
                assert!(
                    leads_outside || !loads || !at.contains("//"),
                    "{path}: <{} {name}={at:.60}>",
                    value.name()
                );
            }
        }
    }
    assert!(!site::STYLE.contains("url(") && !site::STYLE.contains("@import"));
}

#[test]
fn every_formula_is_drawn_and_every_amount_is_one() {
    let pages = all();
    let mut drawn = 0;
    for (path, page) in html_pages(&pages) {
        assert!(select(&page, "merror").is_empty(), "{path}");
        drawn += select(&page, "math").len();
        let prose = select(
            &page,
            "main > p, main > ul, main > ol, main > .scroll, main > blockquote, main > h2, main > h3",
        );
        for one in prose {
            let text: String = one.text().collect();
            let behind = text.match_indices('$').map(|(at, _)| &text[at + 1..]);
            let no_amounts = behind.filter(|behind| !behind.starts_with(|c: char| c.is_ascii_digit()));
            assert!(no_amounts.count() < 2, "{path}: what stands between these could be a formula: {text}");
        }
    }
    let sources = std::fs::read_dir(Path::new(ROOT).join("notebooks/src")).unwrap();
    let written: usize = sources
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap().matches("$$").count() / 2)
        .sum();
    assert_eq!(drawn, written);
    let connections = &pages.iter().find(|page| page.path == "10-connections.html").unwrap().text;
    assert!(connections.contains("<span>$</span>0.50 an hour"));
}

#[test]
fn pages_are_valid_and_their_headings_are_in_order() {
    let pages = all();
    for (path, page) in html_pages(&pages) {
        assert!(page.errors.is_empty(), "{path}: {:?}", page.errors);
        let levels: Vec<u8> = select(&page, "h1, h2, h3, h4, h5, h6")
            .iter()
            .map(|h| h.value().name().as_bytes()[1] - b'0')
            .collect();
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1, "{path}");
        assert!(levels[0] == 1 && levels.windows(2).all(|two| two[1] <= two[0] + 1), "{path}: {levels:?}");
        let ids: Vec<&str> = select(&page, "[id]").iter().filter_map(|e| e.value().attr("id")).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{path}: an id twice");
        assert!(select(&page, "img:not([alt])").is_empty(), "{path}");
        assert_eq!(select(&page, "html[lang=en] main#content, a.skip[href='#content']").len(), 2, "{path}");
    }
}

#[test]
fn what_is_to_be_written_says_so() {
    let pages = all();
    let yours: usize = html_pages(&pages).map(|(_, page)| select(&page, ".yours > .note code").len()).sum();
    assert!(yours > 47 + 47 + 98, "{yours}");
}

/// The contrast of two colours as the Web Content Accessibility Guidelines define it.
fn contrast(one: &str, other: &str) -> f64 {
    let luminance = |colour: &str| {
        let channel = |at: usize| {
            let c = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn every_colour_of_text_can_be_read_by_day_and_by_night() {
    let schemes: Vec<&str> =
        site::STYLE.split(":root {").skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
    let [day, night, _print] = schemes[..] else { panic!("{} schemes", schemes.len()) };
    for scheme in [day, night] {
        let colour = |name: &str| {
            let at =
                scheme.split(&format!("--{name}: #")).nth(1).unwrap_or_else(|| panic!("no colour {name}"));
            &at[..6]
        };
        let inks =
            ["ink", "soft", "link", "comment", "keyword", "string", "number", "type", "macro", "error"];
        for ink in inks {
            for paper in ["paper", "pale", "note"] {
                let found = contrast(colour(ink), colour(paper));
                assert!(found >= 4.5, "{ink} on {paper}: {found:.2}");
            }
        }
    }
}

#[test]
fn an_export_replaces_an_earlier_one_and_nothing_else() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("site");
    let page = |path: &str| Page { path: path.to_owned(), text: format!("<html>{GENERATOR}</html>") };
    write(&folder, &[page("index.html"), page("05-old.html")]).unwrap();
    std::fs::write(folder.join("CNAME"), "example.org").unwrap();
    std::fs::write(folder.join("mine.html"), "mine").unwrap();
    write(&folder, &[page("index.html"), page("06-new.html")]).unwrap();
    let mut there: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    there.sort();
    assert_eq!(there, ["06-new.html", "CNAME", "index.html", "mine.html"]);

    let other = scratch.path().join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("index.html"), "somebody's page").unwrap();
    let refused = write(&other, &[page("index.html")]).unwrap_err().to_string();
    assert!(refused.contains("holds no earlier export of the course"), "{refused}");
    assert_eq!(std::fs::read_to_string(other.join("index.html")).unwrap(), "somebody's page");
}

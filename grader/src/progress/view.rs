//! Progress as a reader sees it, in a cell and in a terminal.

use replication_lab::view::{Figure, Table};

use super::{Chapter, Count, Item, Kind, Place, Progress, State, attempts_in};
use crate::judge::{Audience, Exercise};
use crate::page::Page;
use crate::question::banks;

/// What is done of a chapter and of the course, and what comes next, for a notebook's cell.
pub fn progress(chapter: u32) -> Figure {
    let place = Place::here();
    let attempts = match &place {
        Place::File(file) => attempts_in(file).map_err(|error| error.to_string()),
        Place::Nowhere | Place::Unknown => Ok(Vec::new()),
    };
    let mut page = Page::new();
    match (&place, &attempts) {
        (Place::Unknown, _) => page.paragraphs(
            "What you do here is not counted: this notebook lies in no clone of the course. Open the one in the clone's \
             folder `notebooks`.",
        ),
        (_, Err(why)) => page.paragraphs(&format!(
            "What you have done can't be read ({why}). `cargo course doctor` says what to do."
        )),
        _ => {}
    }
    let progress = Progress::of(&Exercise::all(), banks(), &attempts.unwrap_or_default());
    progress.put_chapter(&mut page, chapter, Audience::Notebook);
    page.figure()
}

impl Progress {
    /// A chapter, and the course around it.
    pub fn of_chapter(&self, chapter: u32, audience: Audience) -> Figure {
        let mut page = Page::new();
        self.put_chapter(&mut page, chapter, audience);
        page.figure()
    }

    /// The course, chapter by chapter, and what was begun.
    pub fn of_course(&self, audience: Audience) -> Figure {
        let mut page = Page::new();
        page.folding("The course", &self.table());
        let begun = self.items().filter(|item| item.state == State::Tried).map(entry);
        let begun: Vec<_> = begun.collect();
        if !begun.is_empty() {
            page.heading("Begun");
            page.list(&begun);
        }
        let sum = |of: fn(&Item) -> u32| self.items().map(of).sum::<u32>();
        page.paragraphs(&format!("{} of {} points so far.", sum(|i| i.points), sum(|i| i.max_points)));
        self.put_next(&mut page, 0, audience);
        page.figure()
    }

    fn put_chapter(&self, page: &mut Page, number: u32, audience: Audience) {
        let Some(chapter) = self.chapters.iter().find(|chapter| chapter.number == number) else {
            let known: Vec<String> = self.chapters.iter().map(|chapter| chapter.number.to_string()).collect();
            return page
                .paragraphs(&format!("There is no chapter {number}; there are {}.", known.join(", ")));
        };
        let Chapter { title, exercises, questions, .. } = chapter;
        page.heading(&format!("Chapter {number} · {title}"));
        let counted: Vec<String> = [("exercises", exercises), ("questions", questions)]
            .iter()
            .filter(|(_, count)| count.of > 0)
            .map(|(what, count)| format!("{} {what}", said(count)))
            .collect();
        page.paragraphs(&format!("Done: {}.", counted.join(" and ")));
        page.list(&self.items().filter(|item| item.chapter == number).map(entry).collect::<Vec<_>>());
        let named_after_it = format!("E{number}.");
        let elsewhere: Vec<_> = self
            .exercises
            .iter()
            .filter(|item| item.chapter != number && item.id.starts_with(&named_after_it))
            .map(|item| (sign(item.state), format!("{}, in chapter {}", words(item), item.chapter)))
            .collect();
        if !elsewhere.is_empty() {
            page.paragraphs("Beside these, in other chapters:");
            page.list(&elsewhere);
        }
        page.folding("The course", &self.table());
        self.put_next(page, number, audience);
    }

    fn table(&self) -> Figure {
        let head = Table::new(["", "chapter", "exercises", "questions"]);
        let rows = self.chapters.iter().fold(head, |table, chapter| {
            let Chapter { number, title, exercises, questions } = chapter;
            table.row([number.to_string(), title.clone(), said(exercises), said(questions)])
        });
        let all = |items: &[Item]| said(&Count::of(items.iter()));
        rows.row(["", "all", &all(&self.exercises), &all(&self.questions)]).figure()
    }

    fn put_next(&self, page: &mut Page, chapter: u32, audience: Audience) {
        let Some(next) = self.next_from(chapter) else {
            return page
                .paragraphs("Everything is done: all exercises pass, and all questions are answered.");
        };
        let Item { id, title, chapter: its, .. } = next;
        let how = match (next.kind, audience) {
            (Kind::Exercise, Audience::Notebook) => format!(" A nudge: `grader::hint({id:?}, 1)`"),
            (Kind::Exercise, Audience::Terminal) => format!(" A nudge: `cargo course hint {id}`"),
            (Kind::Question, Audience::Notebook) => String::new(),
            (Kind::Question, Audience::Terminal) => format!(" `cargo course quiz {its}` shows it."),
        };
        page.paragraphs(&format!("Next: {id} {title}, in chapter {its}.{how}"));
    }
}

fn said(count: &Count) -> String {
    match count.of {
        0 => "—".to_owned(),
        of => format!("{} of {of}", count.done),
    }
}

fn sign(state: State) -> &'static str {
    match state {
        State::Done => "✔",
        State::Tried => "…",
        State::Open => "○",
    }
}

fn entry(item: &Item) -> (&'static str, String) {
    (sign(item.state), words(item))
}

fn words(item: &Item) -> String {
    let Item { id, kind, title, state, points, max_points, left, .. } = item;
    match (kind, state) {
        (Kind::Exercise, State::Open) => format!("{id} {title}: {max_points} points"),
        (Kind::Exercise, _) => format!("{id} {title}: {points} of {max_points} points"),
        (Kind::Question, _) if left.is_empty() => format!("{id} {title}"),
        (Kind::Question, _) => format!("{id} {title}: still {}", left.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::attempts;
    use super::*;

    const SOME: &str = r#"{"id":"E6.1","points":8,"max_points":8}
{"id":"E6.2","points":2,"max_points":9}
{"id":"E9.1","points":1,"max_points":20}
{"id":"Q6.1","points":1,"max_points":1}
{"id":"Q6.2","points":0,"max_points":1}
{"id":"Q6.4a","points":1,"max_points":1}
{"id":"Q3.1","points":1,"max_points":1}"#;

    fn after(noted: &str) -> Progress {
        Progress::of(&Exercise::all(), banks(), &attempts(noted))
    }

    #[test]
    fn a_chapter_half_way() {
        insta::assert_snapshot!(after(SOME).of_chapter(6, Audience::Notebook).as_text());
    }

    #[test]
    fn the_interview_names_its_drills_where_they_are() {
        let figure = after(SOME).of_chapter(9, Audience::Terminal);
        let drills = figure.as_text().split("in other chapters:").nth(1).unwrap();
        insta::assert_snapshot!(drills.split("The course").next().unwrap());
    }

    #[test]
    fn the_course_in_a_terminal() {
        insta::assert_snapshot!(after(SOME).of_course(Audience::Terminal).as_text());
    }

    #[test]
    fn the_html_says_the_same() {
        let figure = after(SOME).of_chapter(6, Audience::Notebook);
        let page = scraper::Html::parse_fragment(figure.as_html());
        let entries = scraper::Selector::parse("li").unwrap();
        let entries: Vec<String> = page.select(&entries).map(|one| one.text().collect::<String>()).collect();
        let text = figure.as_text();
        assert!(
            entries.len() > 9 && entries.iter().all(|entry| text.contains(entry.as_str())),
            "{entries:?}"
        );
    }

    #[test]
    fn a_chapter_that_is_not_there_is_told_those_that_are() {
        let figure = after("").of_chapter(42, Audience::Notebook);
        assert!(figure.as_text().starts_with("There is no chapter 42; there are 0, 1, 2"));
    }

    #[test]
    fn all_done_and_nothing_left() {
        let everything = after("");
        let mut noted = String::new();
        for item in everything.items() {
            let question = banks().iter().flat_map(|b| &b.questions).find(|q| q.id == item.id);
            let parts = question
                .map_or(vec![item.id.clone()], |q| (0..q.parts.len()).map(|at| q.address(at)).collect());
            parts
                .iter()
                .for_each(|id| noted.push_str(&format!("{{\"id\":{id:?},\"points\":1,\"max_points\":1}}\n")));
        }
        let text = after(&noted).of_chapter(10, Audience::Terminal).as_text().to_owned();
        assert!(
            text.ends_with("Everything is done: all exercises pass, and all questions are answered."),
            "{text}"
        );
    }
}

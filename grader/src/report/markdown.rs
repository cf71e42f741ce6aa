//! Markdown: one learner's feedback, and the class for the instructor.
//!
//! What comes from a learner stands in code, inline or in a block, whose fence is longer than any run of backticks in
//! it: there neither a link, nor an image, nor HTML, nor `@somebody` means anything. The judge's own sentences stand as
//! text with every mark escaped.

use super::Statistics;
use super::item::{Came, Item, item_of_question, items_of_exercise};
use super::words;
use crate::grading::{Graded, Learner, Results, Standing};
use crate::pipeline::sanitise;

/// Most lines of a block: nobody reads on.
const LONGEST: usize = 20_000;

/// The feedback for one learner.
pub fn learner(results: &Results, learner: &Learner) -> String {
    let mut out = vec![
        format!("# Feedback for {}", code(&words::called(learner))),
        format!("**{}**, {}.", escaped(&words::points_of(learner)), escaped(&words::percent_of(learner))),
    ];
    out.extend(words::standing(learner).map(|standing| format!("**{}**", escaped(&standing))));
    if let Some(late) = learner.attempt.as_ref().and_then(|attempt| attempt.late.as_ref()) {
        out.push(escaped(&words::late(late)));
    }
    out.extend(list(learner.notes.iter().map(|note| code(note))));
    for graded in &learner.exercises {
        exercise(&mut out, results, graded);
    }
    for answered in &learner.questions {
        let item = item_of_question(answered);
        let marks = format!("{} of {}", answered.points, answered.max_points);
        out.push(format!("## {} {} — {marks}", escaped(&item.of), escaped(&item.name)));
        if !answered.text.is_empty() {
            out.push(block(&answered.text));
        }
        out.push(format!("{}.", escaped(words::outcome_of(answered))));
        out.extend(list(words::about_answer(answered).iter().map(|note| code(note))));
    }
    out.push(escaped(&words::in_force(results)));
    finished(out)
}

fn exercise(out: &mut Vec<String>, results: &Results, graded: &Graded) {
    let id = words::line(&graded.exercise);
    let points = graded.points.map_or("?".to_owned(), |points| points.to_string());
    let title = escaped(&words::line(&graded.title));
    out.push(format!("## {} {title} — {points} of {} points", escaped(&id), graded.max_points));
    out.push(format!("{}.", escaped(graded.outcome.shown())));
    out.extend(list(words::about_exercise(graded).iter().map(|note| code(note))));
    let lines = items_of_exercise(&results.marking, graded);
    let entries = lines.iter().map(|item| {
        let name = escaped(&item.name);
        let points = item.points.map_or("?".to_owned(), |points| points.to_string());
        format!(
            "{} {name} — {}, {points} of {}",
            sign(item.came),
            escaped(item.came.shown()),
            item.max_points
        )
    });
    out.extend(list(entries));
    let tells = |item: &&Item| !item.told.is_empty() && !item.told_above && item.came != Came::NotHandedIn;
    for item in lines.iter().filter(tells) {
        out.push(format!("### {}", escaped(&item.name)));
        out.push(block(&item.told));
        out.extend(again(item));
    }
    for (name, text) in words::printed(graded) {
        out.push(format!("What the code wrote to {name}:"));
        out.push(block(&text));
    }
}

fn again(item: &Item) -> Option<String> {
    item.seed.map(|seed| format!("Again, with seed {seed}: {}", code(&words::command(&item.of))))
}

fn sign(came: Came) -> &'static str {
    match came {
        Came::Passed => "✔",
        Came::NotHandedIn | Came::GraderFault => "…",
        Came::Partial | Came::Wrong(_) | Came::Broken(_) => "✘",
    }
}

/// The class, for the instructor.
pub fn class(results: &Results) -> String {
    let statistics = Statistics::of(results);
    let mut out = vec!["# The class".to_owned()];
    out.extend(list(results.notes.iter().map(|note| code(note))));
    let look = results.learners.iter().filter_map(|learner| {
        Some(format!("{}: {}", code(&words::called(learner)), code(&words::standing(learner)?)))
    });
    let look: Vec<String> = list(look).into_iter().collect();
    if !look.is_empty() {
        out.push("## Not graded, or not all".to_owned());
        out.extend(look);
    }
    if let Some(percent) = statistics.percent {
        out.push("## Distribution".to_owned());
        out.push(escaped(&format!(
            "{} of {} learners: mean {:.1} %, median {:.1} %, quartiles {:.1} % and {:.1} %.",
            statistics.counted,
            statistics.learners,
            percent.mean,
            percent.median,
            percent.lower_quartile,
            percent.upper_quartile
        )));
        let steps = statistics.histogram.iter().enumerate();
        let rows = steps.map(|(at, count)| vec![step(at), count.to_string(), "█".repeat(*count.min(&60))]);
        out.push(table(&["percent", "learners", ""], rows));
    }
    if !statistics.exercises.is_empty() {
        out.push("## Exercises and scenarios".to_owned());
        let rows = statistics.exercises.iter().flat_map(|exercise| {
            let whole = &exercise.whole;
            let scenarios = exercise.scenarios.iter().map(|s| row_of(String::new(), s));
            std::iter::once(row_of(escaped(&whole.id), whole)).chain(scenarios).collect::<Vec<_>>()
        });
        out.push(table(&["exercise", "what", "right"], rows));
    }
    if !statistics.questions.is_empty() {
        out.push("## Questions".to_owned());
        let rows = statistics.questions.iter().map(|question| row_of(escaped(&question.id), question));
        out.push(table(&["question", "what", "right"], rows));
    }
    if !statistics.misconceptions.is_empty() {
        out.push("## What learners believe".to_owned());
        let one = |common: &super::statistics::Common| {
            format!("{} in {}: {}", learners(common.learners), escaped(&common.of), escaped(&common.text))
        };
        out.extend(list(statistics.misconceptions.iter().map(one)));
    }
    out.push("## Learners".to_owned());
    let rows = results.learners.iter().map(|learner| {
        let late = learner.attempt.as_ref().and_then(|attempt| attempt.late.as_ref()).map(words::late);
        let points = match learner.standing {
            Standing::NothingHandedIn => "nothing handed in".to_owned(),
            Standing::Unreadable => "unreadable".to_owned(),
            Standing::Graded => escaped(&words::points_of(learner)),
        };
        let late = escaped(&late.unwrap_or_default());
        vec![code(&words::called(learner)), points, escaped(&words::percent_of(learner)), late]
    });
    out.push(table(&["learner", "points", "percent", "late"], rows));
    out.push(escaped(&words::in_force(results)));
    finished(out)
}

/// `40 to 50`; the last step holds 100 too.
pub(super) fn step(at: usize) -> String {
    format!("{} to {}", at * 10, at * 10 + 10)
}

pub(super) fn learners(number: usize) -> String {
    if number == 1 { "1 learner".to_owned() } else { format!("{number} learners") }
}

fn row_of(first: String, success: &super::statistics::Success) -> Vec<String> {
    let percent = success.percent().map_or(String::new(), |percent| format!(" ({percent} %)"));
    vec![first, escaped(&success.title), format!("{} of {}{percent}", success.right, success.of)]
}

fn finished(blocks: Vec<String>) -> String {
    format!("{}\n", blocks.join("\n\n"))
}

/// A list; nothing of nothing.
fn list(entries: impl Iterator<Item = String>) -> Option<String> {
    let entries: Vec<String> = entries.map(|entry| format!("- {entry}")).collect();
    (!entries.is_empty()).then(|| entries.join("\n"))
}

fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let head_line = line(head.iter().map(|cell| (*cell).to_owned()).collect());
    let rule = line(head.iter().map(|_| "---".to_owned()).collect());
    [head_line, rule].into_iter().chain(rows.map(line)).collect::<Vec<_>>().join("\n")
}

/// Text as text: every mark of Markdown and of HTML escaped, on one line.
pub(super) fn escaped(text: &str) -> String {
    let text = words::paragraph(text);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = rest.next() {
        let at_end = rest.peek().is_none_or(|next| *next == ' ');
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A person is called whichever way it is escaped.
            '@' => out.push('＠'),
            // It makes an address, or a face out of a word.
            ':' if !at_end => out.push_str("&#58;"),
            ' ' | ',' | ';' | '%' | '\'' | '/' | '?' | '"' | ':' => out.push(c),
            // It makes an address, or the number of a list's entry.
            '.' if !(matches!(before, 'w' | 'W') || before.is_ascii_digit() && at_end) => out.push(c),
            c if c.is_ascii_punctuation() => out.extend(['\\', c]),
            c => out.push(c),
        }
        before = c;
    }
    out
}

/// A stranger's text inside a line, as code.
fn code(text: &str) -> String {
    // A bar would end a table's cell, also in code; this one only looks like it.
    let text = words::line(text).replace('|', "∣");
    let text = text.trim();
    if text.is_empty() {
        return "(nothing)".to_owned();
    }
    let fence = "`".repeat(longest_run(text) + 1);
    format!("{fence} {text} {fence}")
}

/// A stranger's text as a block of code.
fn block(text: &str) -> String {
    let text = words::cut(&sanitise(text), LONGEST);
    let fence = "`".repeat((longest_run(&text) + 1).max(3));
    format!("{fence}text\n{}\n{fence}", text.trim_end())
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::super::{hostile, sample};
    use super::*;

    /// No reader of Markdown, with all extensions, finds anything in it but what this module makes.
    fn is_harmless(text: &str) {
        for event in Parser::new_ext(text, Options::all()) {
            match &event {
                Event::Html(_)
                | Event::InlineHtml(_)
                | Event::FootnoteReference(_)
                | Event::InlineMath(_)
                | Event::DisplayMath(_)
                | Event::TaskListMarker(_) => panic!("{event:?}"),
                Event::Start(
                    Tag::Link { .. }
                    | Tag::Image { .. }
                    | Tag::HtmlBlock
                    | Tag::FootnoteDefinition(_)
                    | Tag::MetadataBlock(_)
                    | Tag::BlockQuote(_)
                    | Tag::Emphasis
                    | Tag::Strikethrough,
                ) => {
                    panic!("{event:?}")
                }
                _ => {}
            }
        }
        // GitHub makes links of addresses and calls people, outside of code.
        let mut in_code = false;
        for (event, place) in Parser::new_ext(text, Options::all()).into_offset_iter() {
            match event {
                Event::Start(Tag::CodeBlock(_)) => in_code = true,
                Event::End(pulldown_cmark::TagEnd::CodeBlock) => in_code = false,
                Event::Text(told) if !in_code => {
                    let written = &text[place];
                    assert!(!told.contains('@'), "{told}");
                    assert!(!written.contains("://") && !written.contains("www."), "{written}");
                }
                _ => {}
            }
        }
        assert!(!text.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
    }

    fn headings(text: &str) -> usize {
        Parser::new_ext(text, Options::all())
            .filter(|event| matches!(event, Event::Start(Tag::Heading { .. })))
            .count()
    }

    #[test]
    fn a_learners_feedback() {
        let class = sample::class();
        let told = ["partial", "questions"].map(|key| learner(&class, sample::learner(&class, key)));
        insta::assert_snapshot!(told.join("\n\n=====\n\n"));
    }

    #[test]
    fn the_class_for_its_instructor() {
        let text = class(&sample::class());
        is_harmless(&text);
        insta::assert_snapshot!(text);
    }

    #[test]
    fn hostile_texts_stay_text() {
        let results = hostile::class();
        is_harmless(&class(&results));
        for (one, benign) in results.learners.iter().zip(&sample::class().learners) {
            let text = learner(&results, one);
            is_harmless(&text);
            let ours = learner(&results, benign);
            // A text of several lines tells the same things in as many headings.
            assert_eq!(headings(&text), headings(&ours), "{text}");
        }
    }

    #[test]
    fn fences_are_longer_than_what_they_hold() {
        for evil in ["``` \n<b>", "````\n[x](y)\n`````", "a ` b `` c", "`", "~~~\n"] {
            is_harmless(&format!("{}\n\n{}\n\n{}", block(evil), code(evil), escaped(evil)));
        }
        assert_eq!(code("a `` b"), "``` a `` b ```");
    }
}

//! Pages for a browser: one of the class, one of each learner. They print, read aloud, run no program, and load nothing.
//!
//! Every text is escaped by the templates; the judge's figures alone come in as HTML, which escapes its own texts.

use minijinja::{Environment, Value, context};

use super::item::{Came, Item, items_of_exercise};
use super::statistics::{Common, OfExercise, Spread, Success};
use super::{Statistics, markdown, words};
use crate::grading::{Answered, Graded, Learner, Outcome, Results};
use crate::intake::{Handed, sha256};
use crate::judge::{Audience, ScenarioReport, Verdict};
use crate::pipeline::sanitise;
use crate::question;

/// A page: its path below the report's folder, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// `index.html`, or `learners/….html`.
    pub path: String,
    /// HTML.
    pub text: String,
}

/// What marks a page as one of ours.
pub const GENERATOR: &str = "<meta name=\"generator\" content=\"cargo course report\">";

/// All pages, the class's first.
pub fn pages(results: &Results) -> Vec<Page> {
    let mut templates = Environment::new();
    for (name, text) in [
        ("base.html", include_str!("html/base.html")),
        ("class.html", include_str!("html/class.html")),
        ("learner.html", include_str!("html/learner.html")),
    ] {
        templates.add_template(name, text).expect("the templates are tested");
    }
    let page = |template: &str, path: String, values: Value| {
        let template = templates.get_template(template).expect("it is there");
        let about = context! {
            protection => results.protection.to_string(),
            hidden => words::hidden(results),
            grader => words::line(&results.grader),
        };
        let text = template.render(context! { ..values, ..about }).expect("the templates are tested");
        Page { path, text }
    };
    let class = page("class.html", "index.html".to_owned(), class(results));
    let learners = results.learners.iter().map(|one| page("learner.html", path(one), learner(results, one)));
    std::iter::once(class).chain(learners).collect()
}

/// The page of a learner: a name that is safe on every file system, and no other learner's.
pub fn path(learner: &Learner) -> String {
    let mut slug = String::new();
    for c in learner.learner.chars().take(60) {
        match c.is_ascii_alphanumeric() {
            true => slug.push(c.to_ascii_lowercase()),
            false if slug.ends_with('-') || slug.is_empty() => {}
            false => slug.push('-'),
        }
    }
    let slug = slug.trim_matches('-');
    let slug = if slug.is_empty() { "learner" } else { slug };
    format!("learners/{slug}-{}.html", &sha256(&learner.learner)[..12])
}

fn class(results: &Results) -> Value {
    let statistics = Statistics::of(results);
    let link = |learner: &Learner, why: String| {
        context! { name => words::called(learner), page => path(learner), why }
    };
    let look = results.learners.iter().filter_map(|one| Some(link(one, words::standing(one)?)));
    let late = results
        .learners
        .iter()
        .filter_map(|one| Some(link(one, words::late(one.attempt.as_ref()?.late.as_ref()?))));
    let learners = results.learners.iter().map(|one| {
        context! {
            name => words::line(one.name()),
            key => words::line(&one.learner),
            page => path(one),
            points => words::points_of(one),
            percent => words::percent_of(one),
            note => words::standing(one).into_iter().chain(unsure(one)).collect::<Vec<_>>().join("; "),
        }
    });
    let misconceptions = statistics.misconceptions.iter().map(|Common { of, text, learners }| {
        // Markdown, as the course's authors wrote it; the page escapes what is no Markdown.
        let mut told = crate::page::Page::new();
        told.markdown(text);
        let text = Value::from_safe_string(told.figure().as_html().to_owned());
        context! { of => of.as_str(), text => text, learners => *learners }
    });
    let highest = statistics.histogram.iter().copied().max().unwrap_or(0).max(1);
    let histogram = statistics.histogram.iter().enumerate().map(|(at, number)| {
        context! { name => markdown::step(at), learners => *number, width => number * 100 / highest }
    });
    context! {
        shard => results.shard.map(|shard| shard.to_string()),
        notes => results.notes.iter().map(|note| words::line(note)).collect::<Vec<_>>(),
        look => look.collect::<Vec<_>>(),
        late => late.collect::<Vec<_>>(),
        learners => learners.collect::<Vec<_>>(),
        histogram => histogram.collect::<Vec<_>>(),
        spread => statistics.percent.as_ref().map(spread),
        exercises => statistics.exercises.iter().map(of_exercise).collect::<Vec<_>>(),
        questions => statistics.questions.iter().map(success).collect::<Vec<_>>(),
        misconceptions => misconceptions.collect::<Vec<_>>(),
        statistics => context! {
            learners => statistics.learners,
            counted => statistics.counted,
            nothing_handed_in => statistics.nothing_handed_in,
            unreadable => statistics.unreadable,
            not_all_graded => statistics.not_all_graded,
        },
    }
}

/// Whether a person should look at an answer.
fn unsure(learner: &Learner) -> Option<String> {
    let is_unsure = |answered: &&Answered| {
        answered.review.is_none() && matches!(answered.confidence, Some(question::Confidence::Low { .. }))
    };
    let parts: Vec<String> =
        learner.questions.iter().filter(is_unsure).map(|one| words::line(&one.question)).collect();
    (!parts.is_empty()).then(|| format!("a person should look at {}", parts.join(", ")))
}

fn spread(spread: &Spread) -> Value {
    let one = |number: f64| format!("{number:.1}");
    context! {
        mean => one(spread.mean), median => one(spread.median), least => one(spread.least), most => one(spread.most),
        lower => one(spread.lower_quartile), upper => one(spread.upper_quartile),
    }
}

fn success(success: &Success) -> Value {
    let Success { id, title, right, of } = success;
    context! { id => id.as_str(), title => title.as_str(), right => *right, of => *of, percent => success.percent() }
}

fn of_exercise(exercise: &OfExercise) -> Value {
    context! {
        whole => success(&exercise.whole),
        scenarios => exercise.scenarios.iter().map(success).collect::<Vec<_>>(),
    }
}

fn learner(results: &Results, learner: &Learner) -> Value {
    let attempt = learner.attempt.as_ref().map(|attempt| {
        context! {
            from => words::line(&attempt.from),
            at => attempt.at.as_deref().map(words::line),
            number => attempt.number,
            of => attempt.of,
        }
    });
    let late = learner.attempt.as_ref().and_then(|attempt| attempt.late.as_ref()).map(words::late);
    context! {
        name => words::line(learner.name()),
        key => words::line(&learner.learner),
        mail => learner.identity.mail.as_deref().map(words::line),
        points => words::points_of(learner),
        percent => words::percent_of(learner),
        attempt,
        late,
        standing => words::standing(learner),
        notes => learner.notes.iter().map(|note| words::line(note)).collect::<Vec<_>>(),
        exercises => learner.exercises.iter().map(|graded| exercise(results, graded)).collect::<Vec<_>>(),
        questions => learner.questions.iter().map(question_of).collect::<Vec<_>>(),
    }
}

fn exercise(results: &Results, graded: &Graded) -> Value {
    let ran = graded.assessment.as_ref().filter(|seen| seen.fault.is_none());
    // Of a stub every scenario would say the same.
    let told = graded.outcome != Outcome::Stub;
    let failed = |scenario: &&ScenarioReport| told && scenario.verdict != Verdict::Passed;
    let failures = ran.iter().flat_map(|seen| &seen.report.scenarios).filter(failed).map(|scenario| {
        let figure = scenario.figure(Audience::Terminal);
        context! {
            name => words::line(&scenario.title),
            figure => Value::from_safe_string(fit(figure.as_html())),
        }
    });
    let class = match graded.outcome {
        Outcome::Passed => "good",
        Outcome::Failed | Outcome::NotCompiled | Outcome::Refused => "bad",
        Outcome::Stub | Outcome::NotHandedIn | Outcome::NotGraded => "warn",
    };
    let items = items_of_exercise(&results.marking, graded);
    let again = !matches!(graded.outcome, Outcome::Passed | Outcome::NotHandedIn | Outcome::NotGraded);
    let from = match &graded.handed {
        Some(Handed::Answer { from, .. } | Handed::Refused { from, .. }) => Some(words::line(from)),
        None => None,
    };
    let printed = words::printed(graded).into_iter().map(|(name, text)| context! { name, text });
    context! {
        id => words::line(&graded.exercise),
        title => words::line(&graded.title),
        points => graded.points.map_or("?".to_owned(), |points| points.to_string()),
        max => graded.max_points.to_string(),
        outcome => graded.outcome.shown(),
        class,
        from,
        notes => words::about_exercise(graded),
        items => items.iter().map(item).collect::<Vec<_>>(),
        obstacle => words::obstacle(graded).filter(|_| graded.outcome != Outcome::NotHandedIn),
        failures => failures.collect::<Vec<_>>(),
        command => again.then(|| words::command(&graded.exercise)),
        printed => printed.collect::<Vec<_>>(),
    }
}

/// A figure's HTML escapes every mark; what it leaves are characters that an eye takes for others.
fn fit(html: &str) -> String {
    sanitise(html)
}

fn item(item: &Item) -> Value {
    let (sign, class) = match item.came {
        Came::Passed => ("✔", "good"),
        Came::NotHandedIn | Came::GraderFault => ("…", "warn"),
        Came::Partial | Came::Wrong(_) | Came::Broken(_) => ("✘", "bad"),
    };
    context! {
        sign, class,
        came => item.came.shown(),
        name => item.name.as_str(),
        seed => item.seed.map_or(String::new(), |seed| seed.to_string()),
        points => item.points.map_or("?".to_owned(), |points| points.to_string()),
        max => item.max_points.to_string(),
    }
}

fn question_of(answered: &Answered) -> Value {
    let class = match answered.verdict {
        Some(question::Outcome::Pass) => "good",
        Some(question::Outcome::Partial) | None => "warn",
        Some(question::Outcome::Fail) => "bad",
    };
    context! {
        id => words::line(&answered.question),
        title => words::line(&answered.title),
        points => answered.points.to_string(),
        max => answered.max_points.to_string(),
        outcome => words::outcome_of(answered),
        class,
        text => sanitise(&answered.text),
        notes => words::about_answer(answered),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use scraper::{Html, Selector};

    use super::super::{hostile, sample};
    use super::*;

    /// What may stand in a page: the templates' elements and those of the judge's figures.
    const ELEMENTS: &[&str] = &[
        "html", "head", "meta", "title", "style", "body", "header", "nav", "footer", "section", "h1", "h2",
        "h3", "p", "ul", "ol", "li", "table", "caption", "thead", "tbody", "tr", "th", "td", "div", "span",
        "pre", "code", "strong", "em", "details", "summary", "dl", "dt", "dd", "a", "b", "i", "small", "br",
        "sub", "sup", "img",
    ];
    const ATTRIBUTES: &[&str] = &[
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "class",
        "id",
        "scope",
        "href",
        "style",
        "open",
        "aria-label",
        "aria-labelledby",
        "aria-hidden",
        "align",
        "valign",
        "cellpadding",
        "bgcolor",
        "colspan",
        "width",
        "title",
        "role",
        "src",
        "alt",
    ];

    fn is_ours(page: &Page, pages: &BTreeSet<String>) {
        let html = Html::parse_document(&page.text);
        for element in html.select(&Selector::parse("*").unwrap()) {
            let element = element.value();
            assert!(ELEMENTS.contains(&element.name()), "{}: <{}>", page.path, element.name());
            for (name, value) in element.attrs() {
                assert!(ATTRIBUTES.contains(&name), "{}: <{} {name}=…>", page.path, element.name());
                match name {
                    "href" => {
                        let target = value.trim_start_matches("../").to_owned();
                        assert!(pages.contains(&target), "{}: {value}", page.path);
                    }
                    "src" => {
                        assert!(value.starts_with("data:image/svg+xml;base64,"), "{}: {value}", page.path)
                    }
                    "style" => assert!(!value.contains(['<', '(', '"', '\'']), "{}: {value}", page.path),
                    "id" | "class" | "scope" | "open" => {
                        assert!(
                            value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == ' '),
                            "{value}"
                        );
                    }
                    _ => {}
                }
            }
        }
        assert!(!page.text.contains('\u{202E}') && !page.text.contains('\u{1b}'));
    }

    fn count(text: &str, selector: &str) -> usize {
        Html::parse_document(text).select(&Selector::parse(selector).unwrap()).count()
    }

    #[test]
    fn no_element_and_no_attribute_comes_from_a_submission() {
        let (evil, benign) = (pages(&hostile::class()), pages(&sample::class()));
        for pages in [&evil, &benign] {
            let paths: BTreeSet<String> = pages.iter().map(|page| page.path.clone()).collect();
            assert_eq!(paths.len(), pages.len(), "no page is written over another");
            pages.iter().for_each(|page| is_ours(page, &paths));
        }
        for (evil, benign) in evil.iter().zip(&benign).skip(1) {
            for one in ["h1", "h2", "h3", "style", "title", "meta", "script", "img", "a", "caption"] {
                assert_eq!(count(&evil.text, one), count(&benign.text, one), "{}: {one}", evil.path);
            }
        }
    }

    #[test]
    fn texts_are_read_back_as_they_were() {
        let class = hostile::class();
        for (page, learner) in pages(&class)[1..].iter().zip(&class.learners) {
            let html = Html::parse_document(&page.text);
            let title = html.select(&Selector::parse("h1").unwrap()).next().unwrap();
            assert_eq!(title.text().collect::<String>(), words::line(learner.name()));
            let notes: Vec<String> = html
                .select(&Selector::parse(".notice li").unwrap())
                .map(|note| note.text().collect())
                .collect();
            let wanted: Vec<String> = learner.notes.iter().map(|note| words::line(note)).collect();
            assert_eq!(notes, wanted);
        }
    }

    #[test]
    fn pages_need_no_program_and_load_nothing() {
        for page in pages(&sample::class()) {
            assert!(
                page.text.contains("default-src 'none'; style-src 'unsafe-inline'; img-src data:\""),
                "{}",
                page.path
            );
            assert!(page.text.contains(GENERATOR));
            for never in ["<script", "<link", "@import", "url(", "http://", "https://", "javascript:"] {
                assert!(!page.text.contains(never), "{}: {never}", page.path);
            }
            assert_eq!(count(&page.text, "h1"), 1);
            assert_eq!(
                count(&page.text, "table"),
                count(&page.text, "caption") + count(&page.text, ".failure table")
            );
        }
    }

    #[test]
    fn a_learners_page_tells_what_to_do() {
        let class = sample::class();
        let all = pages(&class);
        let of = |key: &str| {
            let path = path(sample::learner(&class, key));
            all.iter().find(|page| page.path == path).unwrap().text.clone()
        };
        let partial = of("partial");
        for told in [
            "The first step that differs",
            "expected",
            "cargo course check E6.1",
            "seed 1",
            "Rule <code>enough-replicas</code>",
            "<details open><summary>The part of the run to look at",
        ] {
            assert!(partial.contains(told), "{told}");
        }
        assert!(of("fault").contains("that is no zero"));
        assert!(of("absent").contains("nothing was handed in"));
        assert!(of("broken").contains("mismatched types"));
        assert!(of("late").contains("10 % less"));
        assert!(of("reviewed").contains("a person decided: 7 of 8 points"));
        insta::assert_snapshot!(all[0].text.split("</style>").nth(1).unwrap());
    }

    #[test]
    fn no_key_is_a_path() {
        let mut learner = sample::class().learners.remove(0);
        for key in ["../../etc/passwd", "CON", "", "a/b\\c", "Ä漢", &"x".repeat(500), ".hidden"] {
            learner.learner = key.to_owned();
            let path = path(&learner);
            let name = path.strip_prefix("learners/").unwrap();
            assert!(
                name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c)),
                "{name}"
            );
            assert!(!name.contains("..") && !name.starts_with(['.', '-']) && name.len() < 100, "{name}");
        }
    }
}

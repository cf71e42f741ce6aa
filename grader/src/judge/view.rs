//! A report as a reader sees it.

use replication_lab::view::{Figure, space_time};

use super::{Report, ScenarioReport, Verdict, moment, value};
use crate::page::Page;

replication_lab::shown_in_notebooks!(Report, ForNbgrader);

/// Most broken rules that are told; those of one kind read alike.
const MOST_VIOLATIONS: usize = 3;

/// Where a report is read: what to do next differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Below a notebook cell.
    Notebook,
    /// In a terminal, from the command line or a test.
    Terminal,
}

impl Report {
    /// The report for a notebook: all scenarios, and the first that did not pass in detail.
    pub fn figure(&self) -> Figure {
        self.page(Audience::Notebook).figure()
    }

    /// The report as text for a notebook.
    pub fn text(&self) -> String {
        self.text_for(Audience::Notebook)
    }

    /// The report as text.
    pub fn text_for(&self, audience: Audience) -> String {
        format!("{}\n", self.page(audience).figure().as_text().trim_end())
    }

    fn page(&self, audience: Audience) -> Page {
        let mut page = Page::new();
        let Report { exercise, title, points, max_points, .. } = self;
        page.heading(&format!("{exercise} {title} — {points} of {max_points} points"));
        let signs: Vec<String> = self.scenarios.iter().map(|s| s.verdict.mark().to_string()).collect();
        let entries: Vec<(&str, String)> =
            signs.iter().zip(&self.scenarios).map(|(sign, s)| (sign.as_str(), s.title.clone())).collect();
        page.list(&entries);
        match self.first_failure() {
            None => page.paragraphs("All scenarios pass."),
            Some(_) if self.untouched() => {
                let again = match audience {
                    Audience::Notebook => "run this cell again",
                    Audience::Terminal => "check it again",
                };
                page.paragraphs(&format!(
                    "Still the stub: replace the `todo!()` with your code and {again}."
                ));
            }
            Some(scenario) => {
                scenario.put_on(&mut page, audience);
                page.paragraphs(&match audience {
                    Audience::Notebook => format!("A nudge: `hint(\"{exercise}\", 1)`"),
                    Audience::Terminal => format!("A nudge: `cargo course hint {exercise} 1`"),
                });
            }
        }
        page
    }
}

/// A report of which the text form is the number of points and nothing else: nbgrader takes a cell's points from there.
#[derive(Clone, Debug, PartialEq)]
pub struct ForNbgrader(Report);

impl Report {
    /// The report for a cell that nbgrader grades.
    pub fn for_nbgrader(self) -> ForNbgrader {
        ForNbgrader(self)
    }
}

impl ForNbgrader {
    /// The report's HTML; as text the points alone.
    pub fn figure(&self) -> Figure {
        Figure::new(self.0.figure().as_html(), self.0.points.to_string())
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text())
    }
}

impl Verdict {
    /// One character, and for a screen reader it reads as what it is.
    pub fn mark(&self) -> char {
        match self {
            Verdict::Passed => '✔',
            Verdict::Unfinished { .. } | Verdict::NotRun => '…',
            Verdict::Failed | Verdict::Panicked { .. } | Verdict::TimedOut { .. } => '✘',
        }
    }
}

impl ScenarioReport {
    /// What went wrong, in the order of what helps most.
    pub fn details(&self, audience: Audience) -> String {
        format!("{}\n", self.figure(audience).as_text())
    }

    /// [`details`](Self::details) in both forms, with the diagram of the run.
    pub fn figure(&self, audience: Audience) -> Figure {
        let mut page = Page::new();
        self.put_on(&mut page, audience);
        page.figure()
    }

    fn put_on(&self, page: &mut Page, audience: Audience) {
        page.heading(&format!("{} {}", self.verdict.mark(), self.title));
        if let Some(misconception) = &self.misconception {
            page.markdown(&misconception.text);
        }
        if let Some(ending) = self.ending(audience) {
            page.paragraphs(&ending);
        }
        let mut broken: Vec<(&str, String)> = self
            .violations
            .iter()
            .take(MOST_VIOLATIONS)
            .map(|violation| ("•", format!("Rule `{}`: {}", violation.rule, violation.why)))
            .collect();
        if self.violations.len() > MOST_VIOLATIONS {
            broken.push(("•", format!("… and {} more", self.violations.len() - MOST_VIOLATIONS)));
        }
        page.list(&broken);
        if let Some(difference) = &self.difference {
            page.paragraphs(&format!("The first step that differs: `{}`", difference.what));
            let (expected, got) = value::compared(difference.expected.as_ref(), difference.got.as_ref());
            page.columns(&[("expected", &expected), ("got", &got)]);
        }
        if let Some(run) = &self.run {
            let during = self.difference.as_ref().and_then(|difference| difference.during);
            let part = moment::part(run, during);
            let title = match part.len() == run.len() {
                true => "The run".to_owned(),
                false => format!("The part of the run to look at, {} of {} events", part.len(), run.len()),
            };
            page.folding(&title, &space_time(&part));
        }
        if self.hidden.iter().any(|run| run.verdict != Verdict::Passed) {
            // The rule that it broke says how to replay that run; the seed below is of one that passed.
            return;
        }
        let again = match audience {
            Audience::Notebook => "run the cell again and you get the same run",
            Audience::Terminal => "check it again and you get the same run",
        };
        page.paragraphs(&format!("Scenario `{}`, seed {}: {again}.", self.id, self.seed));
    }

    /// How it ended, where it did not come to its end.
    fn ending(&self, audience: Audience) -> Option<String> {
        Some(match &self.verdict {
            Verdict::Panicked { message, at } => {
                let at = at.as_ref().map(|at| format!(" at {at}")).unwrap_or_default();
                match message.contains('\n') {
                    false => format!("Your code panicked{at}: {message}"),
                    true => {
                        let lines = message.lines().filter(|line| !line.trim().is_empty());
                        let lines: Vec<_> = lines.map(|line| format!("    {line}")).collect();
                        format!("Your code panicked{at}:\n\n{}", lines.join("\n"))
                    }
                }
            }
            Verdict::TimedOut { after_ms } => {
                let still = match audience {
                    Audience::Notebook => " It still runs: restart the kernel to stop it.",
                    Audience::Terminal => "",
                };
                format!(
                    "Your code did not come back within {after_ms} ms. Is there a loop that waits for something which \
                     never comes?{still}"
                )
            }
            Verdict::Unfinished { message } if message.is_empty() => {
                "Your code reached a `todo!()`.".to_owned()
            }
            Verdict::Unfinished { message } => format!("Your code reached a `todo!()`: {message}"),
            Verdict::NotRun => "It was not seen to run to its end: did the program end early?".to_owned(),
            Verdict::Passed | Verdict::Failed => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use replication_lab::leaderless::Leaderless;
    use serde_json::json;

    use super::*;
    use crate::exercise::{Ending, Observation, Step, Task};
    use crate::judge::{Exercise, Misconception, judge};

    /// The reference's own observations of an exercise, spoiled.
    fn spoiled(exercise: &str, spoil: impl Fn(&str, &mut Observation)) -> Report {
        let exercise = Exercise::find(exercise).unwrap();
        let seen: Vec<(Task, Observation)> = exercise
            .tasks()
            .into_iter()
            .map(|task| {
                let mut seen = exercise.reference[&task.scenario].clone();
                spoil(&task.scenario, &mut seen);
                (task, seen)
            })
            .collect();
        judge(&exercise, &seen)
    }

    fn ended(exercise: &str, in_scenario: &str, ending: Ending) -> Report {
        spoiled(exercise, |scenario, seen| {
            if scenario == in_scenario {
                seen.steps.truncate(1);
                seen.ending = ending.clone();
            }
        })
    }

    #[test]
    fn a_wrong_value_is_put_next_to_the_right_one() {
        let mut report = spoiled("E6.1", |scenario, seen| {
            if scenario == "misses" {
                seen.steps[1].got["Ok"]["stale_probability"] = json!(0.36);
            }
        });
        let mutant = &Exercise::find("E6.1").unwrap().spec.mutants[2];
        report.scenarios[1].misconception =
            Some(Misconception { mutant: mutant.name.clone(), text: mutant.misconception.trim().to_owned() });
        insta::assert_snapshot!(report.text());
    }

    /// A run with two operations, of which the first goes wrong.
    fn with_a_run() -> Report {
        let mut cluster = Leaderless::builder().replicas(3).clients(1).build().unwrap();
        for value in ["one", "two"] {
            cluster.note("c1", format!("begins: c1 writes x={value}")).unwrap();
            cluster.write("c1", "x", value).unwrap();
        }
        let run = cluster.trace().cloned();
        spoiled("E9.1", |scenario, seen| {
            if scenario == "late-replies" {
                let step =
                    |value: &str, got: &str| Step { what: format!("c1 writes x={value}"), got: json!(got) };
                seen.steps = vec![step("one", "written, 3 acks"), step("two", "written, 2 acks")];
                seen.run = run.clone();
            }
        })
    }

    #[test]
    fn of_a_run_the_part_up_to_the_wrong_step_is_shown() {
        let report = with_a_run();
        let text = report.text();
        assert!(text.contains("put x=one") && !text.contains("put x=two"), "{text}");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_step_of_an_earlier_run_is_not_shown_in_a_later_one() {
        let report = with_a_run();
        let run = report.first_failure().unwrap().run.clone();
        let report = spoiled("E9.1", |scenario, seen| {
            if scenario == "late-replies" {
                let step = Step { what: "c1 writes x=zero".into(), got: json!("failed") };
                let last = Step { what: "c1 writes x=two".into(), got: json!("written, 2 acks") };
                (seen.steps, seen.run) = (vec![step, last], run.clone());
            }
        });
        assert_eq!(report.first_failure().unwrap().run, None);
    }

    #[test]
    fn every_ending_says_what_to_do() {
        let panicked = |message: &str| Ending::Panicked {
            message: message.into(),
            at: Some("exercises/src/e6_2.rs:12".into()),
        };
        let exercise = Exercise::find("E6.2").unwrap();
        let reports = [
            ended("E6.2", "clockwise", Ending::Unfinished { message: "walk the ring".into() }),
            ended("E6.2", "removal", Ending::Unfinished { message: String::new() }),
            ended("E6.2", "wrap", panicked("index out of bounds: the len is 5 but the index is 5")),
            ended("E6.2", "wrap", panicked("assertion failed\n  left: `1`\n\n right: **2**")),
            ended("E6.2", "few-nodes", Ending::TimedOut { after_ms: 10_000 }),
            judge(&exercise, &[]),
        ];
        let all: Vec<String> = reports.iter().map(|report| report.text()).collect();
        insta::assert_snapshot!(all.join("\n──────\n\n"));
        insta::assert_snapshot!(reports[4].text_for(Audience::Terminal));
        assert!(spoiled("E6.2", |_, _| {}).text().ends_with("All scenarios pass.\n"));
    }

    #[test]
    fn a_stub_gets_a_word_of_welcome_and_no_failure() {
        let report = spoiled("E6.2", |_, seen| {
            seen.steps.clear();
            seen.ending = Ending::Unfinished { message: "walk the ring".into() };
        });
        insta::assert_snapshot!(report.text());
    }

    #[test]
    fn html_is_escaped_and_holds_nothing_that_viewers_strip() {
        let evil = "<script>alert(1)</script>".to_owned();
        let report = ended("E6.2", "wrap", Ending::Panicked { message: evil.clone(), at: Some(evil) });
        for html in [report.figure(), with_a_run().figure()].map(|figure| figure.as_html().to_owned()) {
            assert!(
                !html.contains("<script") && !html.contains("<svg") && !html.contains("<style"),
                "{html}"
            );
        }
        assert!(with_a_run().figure().as_html().contains("<details open><summary>"));
    }
}

//! A report as a reader sees it.

use std::fmt::Write;

use replication_lab::view::Figure;

use super::{Report, ScenarioReport, Verdict};

replication_lab::shown_in_notebooks!(Report);

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
        Figure::text(self.text())
    }

    /// The report as text for a notebook.
    pub fn text(&self) -> String {
        self.text_for(Audience::Notebook)
    }

    /// The report as text.
    pub fn text_for(&self, audience: Audience) -> String {
        let mut out = String::new();
        let _ =
            writeln!(out, "{} {} — {} of {} points", self.exercise, self.title, self.points, self.max_points);
        for scenario in &self.scenarios {
            let _ = writeln!(out, "  {} {}", scenario.verdict.mark(), scenario.title);
        }
        match self.first_failure() {
            None => out.push_str("\nAll scenarios pass.\n"),
            Some(_) if self.untouched() => {
                let again = match audience {
                    Audience::Notebook => "run this cell again",
                    Audience::Terminal => "check it again",
                };
                let _ = writeln!(out, "\nStill the stub: replace the `todo!()` with your code and {again}.");
            }
            Some(scenario) => {
                out.push('\n');
                out.push_str(&scenario.details(audience));
                let _ = match audience {
                    Audience::Notebook => writeln!(out, "A nudge: hint(\"{}\", 1)", self.exercise),
                    Audience::Terminal => writeln!(out, "A nudge: cargo course hint {} 1", self.exercise),
                };
            }
        }
        out
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
        let mut out = String::new();
        let _ = writeln!(out, "✘ {} (scenario {}, seed {})", self.title, self.id, self.seed);
        match &self.verdict {
            Verdict::Panicked { message, at } => {
                let at = at.as_ref().map(|at| format!(" at {at}")).unwrap_or_default();
                let _ = writeln!(out, "  Your code panicked{at}: {message}");
            }
            Verdict::TimedOut { after_ms } => {
                let _ = writeln!(
                    out,
                    "  Your code did not come back within {after_ms} ms. Is there a loop that waits for something \
                     which never comes?"
                );
                if audience == Audience::Notebook {
                    out.push_str("  It still runs: restart the kernel to stop it.\n");
                }
            }
            Verdict::Unfinished { message } => {
                let _ = writeln!(out, "  Your code reached a todo!(): {message}");
            }
            Verdict::NotRun => {
                let _ = writeln!(out, "  It was not seen to run to its end: did the program end early?");
            }
            Verdict::Passed | Verdict::Failed => {}
        }
        if let Some(misconception) = &self.misconception {
            let _ = writeln!(out, "  {}", misconception.text.replace('\n', "\n  "));
        }
        for violation in &self.violations {
            let _ = writeln!(out, "  {}: {}", violation.rule, violation.why);
        }
        if let Some(difference) = &self.difference {
            let shown = |value: &Option<serde_json::Value>| match value {
                Some(value) => value.to_string(),
                None => "nothing: the run is over".to_owned(),
            };
            let _ = writeln!(out, "  at        {}", difference.what);
            let _ = writeln!(out, "  expected  {}", shown(&difference.expected));
            let _ = writeln!(out, "  got       {}", shown(&difference.got));
        }
        if let Some(run) = &self.run {
            let _ = writeln!(out, "  the run:\n{}", run.transcript());
        }
        out
    }
}

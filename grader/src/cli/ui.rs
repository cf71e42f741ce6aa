//! Progress on a terminal: what is going on, how far it is, how long it took.

use std::fmt;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressState, ProgressStyle};

/// A step with a bar. Where standard error is no terminal, it prints one line when it begins and one at its end.
pub struct Step {
    what: String,
    bar: Option<ProgressBar>,
    started: Instant,
    lasting: bool,
}

impl Step {
    /// Begins a step of `total` parts; 0 when nobody knows, which shows a spinner.
    pub fn begin(what: impl Into<String>, total: u64) -> Self {
        let what = what.into();
        let bar = std::io::stderr().is_terminal().then(|| bar(&what, total, BAR));
        if bar.is_none() {
            eprintln!("… {what}");
        }
        Self { what, bar, started: Instant::now(), lasting: true }
    }

    /// As [`begin`](Self::begin), for work whose result speaks for itself: it leaves no line behind, and where standard
    /// error is no terminal it prints nothing.
    pub fn passing(what: impl Into<String>, total: u64) -> Self {
        let what = what.into();
        let bar = std::io::stderr().is_terminal().then(|| bar(&what, total, COUNTED));
        Self { what, bar, started: Instant::now(), lasting: false }
    }

    /// Says how many parts are done, and what is going on.
    pub fn at(&self, done: u64, note: impl Into<String>) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
            bar.set_message(note.into());
        }
    }

    /// One more part is done.
    pub fn advance(&self, note: impl Into<String>) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
            bar.set_message(note.into());
        }
    }

    /// Since when the step runs.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Ends the step well and says how long it took.
    pub fn done(self) {
        self.end('✔');
    }

    /// Ends the step that failed; the reason is for the caller to tell.
    pub fn failed(self) {
        self.end('✘');
    }

    fn end(self, mark: char) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if self.lasting {
            eprintln!("{mark} {} ({})", self.what, short(self.started.elapsed()));
        }
    }
}

/// The line while nobody knows how much there is.
const SPINNER: &str = "{spinner} {prefix} · {elapsed} · {wide_msg}";

/// The line with a bar. On a terminal of 80 columns it must leave room for the note.
const BAR: &str = "{spinner} {prefix} [{bar:14}] {pos}/{len} · {elapsed} · {wide_msg}";

/// The line for many parts that are alike: how many a second, and how long it will take.
const COUNTED: &str = "{spinner} {prefix} [{bar:14}] {pos}/{len} · {rate} · {left}";

fn bar(what: &str, total: u64, template: &str) -> ProgressBar {
    let (bar, template) =
        if total == 0 { (ProgressBar::new_spinner(), SPINNER) } else { (ProgressBar::new(total), template) };
    // A template that doesn't parse is a mistake that the test below finds; the default style still works.
    if let Ok(style) = ProgressStyle::with_template(template) {
        let rate =
            |state: &ProgressState, out: &mut dyn fmt::Write| _ = write!(out, "{:.1}/s", state.per_sec());
        let left = |state: &ProgressState, out: &mut dyn fmt::Write| _ = out.write_str(&left(state.eta()));
        bar.set_style(style.progress_chars("█▓░").with_key("rate", rate).with_key("left", left));
    }
    bar.set_prefix(what.to_string());
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// A duration as a person says it.
pub fn short(duration: Duration) -> String {
    if duration < Duration::from_secs(10) {
        return format!("{:.1} s", duration.as_secs_f64());
    }
    if duration < Duration::from_secs(100) {
        return format!("{} s", duration.as_secs());
    }
    format!("{} min {} s", duration.as_secs() / 60, duration.as_secs() % 60)
}

/// What is left, in coarse words: an estimate must not look like a promise.
pub fn left(duration: Duration) -> String {
    if duration < Duration::from_secs(10) {
        return "a few seconds left".into();
    }
    format!("about {} left", HumanDuration(duration))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_said_as_a_person_says_them() {
        let said = [0.04, 3.21, 42.0, 283.0].map(|seconds| short(Duration::from_secs_f64(seconds)));
        assert_eq!(said, ["0.0 s", "3.2 s", "42 s", "4 min 43 s"]);
    }

    #[test]
    fn the_templates_parse() {
        for template in [SPINNER, BAR, COUNTED] {
            assert!(ProgressStyle::with_template(template).is_ok());
        }
    }
}

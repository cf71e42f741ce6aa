//! A plan as text: printed and read again.

use std::fmt;

use super::{Fault, Plan, Planned};
use crate::time::Time;
use crate::trace::NodeId;

/// A line that can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanTextError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong, and what could stand there.
    pub why: String,
}

impl fmt::Display for PlanTextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

impl std::error::Error for PlanTextError {}

/// What a line can say, for error messages.
const FORMS: &str = "\
A crashes
A is killed
A crashes after 3 more sends
A restarts
A pauses
A goes on
A takes 2 ms for each event
link A → B is cut
link A → B loses 0.1 of its messages
link A → B takes 5 ms more
partition: A B | C
all links are open
clock of A is off by +10 ms
clock of A jumps by -10 ms
clock of A drifts by +200 ppm
disk of A takes 5 ms more
disk of A is full
disk of A has room again";

/// A node's name, or its number if it has none.
pub(super) fn name_of<S: AsRef<str>>(names: &[S], id: NodeId) -> String {
    names.get(id.index()).map_or_else(|| format!("#{}", id.0), |name| name.as_ref().to_owned())
}

impl Plan {
    /// The plan as text, one fault a line, with the nodes' names; a node without a name is `#` and its number.
    pub fn text(&self, names: &[impl AsRef<str>]) -> String {
        let line = |planned: &Planned| {
            format!("{:>12}  {}\n", planned.at, planned.fault.describe(|id| name_of(names, id)))
        };
        self.0.iter().map(line).collect()
    }

    /// Reads a plan. A line is a time (`20 ms`, `1.5 s`, `300 us`) and a fault, in the words in which plans are
    /// printed; `#` after a blank begins a comment, `->` may stand for `→`. The plan is not
    /// [validated](Plan::validate).
    ///
    /// # Errors
    /// Names the first line that can't be read, and says what it could say.
    pub fn parse(text: &str, names: &[impl AsRef<str>]) -> Result<Self, PlanTextError> {
        let mut plan = Plan::none();
        for (i, line) in text.lines().enumerate() {
            let words: Vec<_> = line.split_whitespace().take_while(|word| *word != "#").collect();
            if !words.is_empty() {
                plan.0.push(planned(&words, names).map_err(|why| PlanTextError { line: i + 1, why })?);
            }
        }
        Ok(plan)
    }
}

fn planned<S: AsRef<str>>(words: &[&str], names: &[S]) -> Result<Planned, String> {
    let [number, unit, rest @ ..] = words else {
        return Err(format!(
            "{:?} is no fault: begin with a time, such as `20 ms  A crashes`",
            words.join(" ")
        ));
    };
    let at = span(number, unit)?;
    Ok(Planned { at, fault: fault(rest, names)? })
}

fn fault<S: AsRef<str>>(words: &[&str], names: &[S]) -> Result<Fault, String> {
    let node = |word: &str| node(word, names);
    let group = |words: &[&str]| words.iter().map(|word| node(word)).collect::<Result<Vec<_>, _>>();
    Ok(match words {
        [a, "crashes"] => Fault::Crash(node(a)?),
        [a, "is", "killed"] => Fault::Kill(node(a)?),
        [a, "crashes", "after", n, "more", "sends"] => Fault::CrashAfterSends(node(a)?, number(n)?),
        [a, "restarts"] => Fault::Restart(node(a)?),
        [a, "pauses"] => Fault::Pause(node(a)?),
        [a, "goes", "on"] => Fault::Resume(node(a)?),
        [a, "takes", n, unit, "for", "each", "event"] => Fault::Slow(node(a)?, span(n, unit)?),
        ["link", a, "→" | "->", b, "is", "cut"] => Fault::Cut(node(a)?, node(b)?),
        ["link", a, "→" | "->", b, "loses", p, "of", "its", "messages"] => {
            Fault::Lossy(node(a)?, node(b)?, number(p)?)
        }
        ["link", a, "→" | "->", b, "takes", n, unit, "more"] => {
            Fault::Delay(node(a)?, node(b)?, span(n, unit)?)
        }
        ["partition:", sides @ ..] => {
            let bar = sides
                .iter()
                .position(|word| *word == "|")
                .ok_or("a partition needs a `|` between its sides")?;
            Fault::Partition(group(&sides[..bar])?, group(&sides[bar + 1..])?)
        }
        ["all", "links", "are", "open"] => Fault::Heal,
        ["clock", "of", a, "is", "off", "by", n, unit] => Fault::Clock(node(a)?, signed(n, unit)?),
        ["clock", "of", a, "jumps", "by", n, unit] => Fault::Jump(node(a)?, signed(n, unit)?),
        ["clock", "of", a, "drifts", "by", n, "ppm"] => Fault::Drift(node(a)?, number(n)?),
        ["disk", "of", a, "takes", n, unit, "more"] => Fault::SlowDisk(node(a)?, span(n, unit)?),
        ["disk", "of", a, "is", "full"] => Fault::FullDisk(node(a)?),
        ["disk", "of", a, "has", "room", "again"] => Fault::RoomyDisk(node(a)?),
        _ => return Err(format!("{:?} is none of the faults:\n{FORMS}", words.join(" "))),
    })
}

fn node<S: AsRef<str>>(word: &str, names: &[S]) -> Result<NodeId, String> {
    if let Some(place) = names.iter().position(|name| name.as_ref() == word) {
        return Ok(NodeId(place as u16));
    }
    let numbered = word.strip_prefix('#').and_then(|number| number.parse().ok());
    numbered.map(NodeId).ok_or_else(|| {
        let known: Vec<_> = names.iter().map(AsRef::as_ref).collect();
        format!("no node is called {word:?}: there are {}", known.join(", "))
    })
}

fn number<T: std::str::FromStr>(word: &str) -> Result<T, String> {
    word.parse().map_err(|_| format!("{word:?} is not a number that can stand here"))
}

/// Microseconds in a number with a unit, read digit by digit: what was printed comes back exactly.
fn signed(word: &str, unit: &str) -> Result<i64, String> {
    let digits = match unit {
        "us" | "µs" => 0,
        "ms" => 3,
        "s" => 6,
        _ => return Err(format!("{unit:?} is no unit of time: choose us, ms or s")),
    };
    let bad = || format!("{word:?} is no time in {unit}: write a number with at most {digits} decimals");
    let (sign, unsigned) = match word.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, word.strip_prefix('+').unwrap_or(word)),
    };
    let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || decimals.len() > digits || !all_digits(whole) || !all_digits(decimals) {
        return Err(bad());
    }
    let us: i64 = format!("{whole}{decimals:0<digits$}").parse().map_err(|_| bad())?;
    Ok(sign * us)
}

fn span(word: &str, unit: &str) -> Result<Time, String> {
    let us = signed(word, unit)?;
    u64::try_from(us)
        .map(Time::us)
        .map_err(|_| format!("{word} {unit} is no time: choose one that is not below 0"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAMES: [&str; 3] = ["A", "B", "c1"];

    #[test]
    fn every_form_that_is_offered_can_be_read() {
        for form in FORMS.lines() {
            assert!(Plan::parse(&format!("20 ms  {form}"), &["A", "B", "C"]).is_ok(), "{form}");
        }
    }

    #[test]
    fn lines_that_cannot_be_read_say_what_could_stand_there() {
        let lines = [
            "A crashes",
            "20 m  A crashes",
            "-5 ms  A crashes",
            "1e3 ms  A crashes",
            "20.0001 ms  A crashes",
            "99999999999999999999 s  A crashes",
            "20 ms  D crashes",
            "20 ms  partition: A B",
            "20 ms  link A → B loses some of its messages",
            "20 ms  A sleeps",
        ];
        let why =
            lines.map(|line| Plan::parse(&format!("# a plan\n{line}"), &NAMES).unwrap_err().to_string());
        insta::assert_snapshot!(why.join("\n"));
    }

    fn any_fault() -> impl Strategy<Value = Fault> {
        let node = || (0..5u16).prop_map(NodeId);
        let time = || (0..u64::from(u32::MAX)).prop_map(Time::us);
        let nodes = || proptest::collection::vec((0..5u16).prop_map(NodeId), 1..3);
        prop_oneof![
            node().prop_map(Fault::Crash),
            node().prop_map(Fault::Kill),
            (node(), any::<u32>()).prop_map(|(a, n)| Fault::CrashAfterSends(a, n)),
            node().prop_map(Fault::Restart),
            node().prop_map(Fault::Pause),
            node().prop_map(Fault::Resume),
            (node(), time()).prop_map(|(a, t)| Fault::Slow(a, t)),
            (node(), node()).prop_map(|(a, b)| Fault::Cut(a, b)),
            (node(), node(), 0.0..=1.0).prop_map(|(a, b, p)| Fault::Lossy(a, b, p)),
            (node(), node(), time()).prop_map(|(a, b, t)| Fault::Delay(a, b, t)),
            (nodes(), nodes()).prop_map(|(l, r)| Fault::Partition(l, r)),
            Just(Fault::Heal),
            (node(), any::<i32>()).prop_map(|(a, us)| Fault::Clock(a, us.into())),
            (node(), any::<i32>()).prop_map(|(a, us)| Fault::Jump(a, us.into())),
            (node(), any::<i32>()).prop_map(|(a, ppm)| Fault::Drift(a, ppm.into())),
            (node(), time()).prop_map(|(a, t)| Fault::SlowDisk(a, t)),
            node().prop_map(Fault::FullDisk),
            node().prop_map(Fault::RoomyDisk),
        ]
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_again(faults in proptest::collection::vec((any::<u32>(), any_fault()), 0..6)) {
            let plan = Plan(faults.into_iter().map(|(us, fault)| Planned { at: Time::us(us.into()), fault }).collect());
            prop_assert_eq!(Plan::parse(&plan.text(&NAMES), &NAMES), Ok(plan));
        }
    }
}

//! A read that returns an old value although W + R > N: the schedule runs on N = 3, W = 2, R = 2.
//!
//! That the run shows it is for the lab's checkers to say. Why it does is found by running the schedule again
//! without its restored replicas and its wrong clocks: what is needed for the old value is its reason. Where neither
//! is, one read has met a write that the next one missed, and the state of that write is the reason.

use replication_lab::history::{Action, History, Op, Verdict};
use replication_lab::leaderless::{Schedule, Story};
use replication_lab::trace::Event;

use super::{Holding, Refused, Ruling};

const N: u32 = 3;
const W: u32 = 2;
const R: u32 = 2;

/// Most lines of a schedule.
const MOST_LINES: usize = 40;

/// Rules on a schedule.
pub(super) fn stale_despite_overlap(text: &str) -> Ruling {
    let not_understood = |line, why, expected| Ruling::from(Refused { line, why, expected });
    if text.lines().count() > MOST_LINES {
        let expected = format!("the end: a schedule has {MOST_LINES} lines at the most");
        return not_understood(MOST_LINES + 1, String::new(), expected);
    }
    let schedule = match Schedule::parse(text) {
        Ok(schedule) => schedule,
        Err(error) => return not_understood(error.line, sentence(&error.why), error.expected),
    };
    let story = match schedule.run(N, W, R) {
        Ok(story) => story,
        Err(error) => return not_understood(error.line, sentence(&error.why), error.expected),
    };
    let (holds, explanation) = match shown(&story) {
        Some(what) => (Holding::Holds, format!("{what} {}", reason(&schedule, &story))),
        None => (Holding::DoesNotHold, why_not(&story)),
    };
    Ruling { holds, explanation, figure: Some(story.figure()) }
}

/// A clause as a sentence of its own. A name such as c1 stays as it is.
fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let Some(first) = letters.next() else { return String::new() };
    match letters.as_str().starts_with(|next: char| next.is_ascii_digit()) {
        true => format!("{clause}."),
        false => format!("{}{}.", first.to_uppercase(), letters.as_str()),
    }
}

/// What the run shows, if it shows something old.
fn shown(story: &Story) -> Option<String> {
    let history = story.cluster.history();
    if let Some(read) = story.stale.first().and_then(|place| history.0.get(*place)) {
        return Some(format!(
            "“{read}” is stale: a newer write had been acknowledged by {W} replicas before it began."
        ));
    }
    match &story.linearizable {
        Verdict::Violated(witness) if !witness.operations.is_empty() => Some(format!("{}.", witness.why)),
        _ => None,
    }
}

/// The row of “ways W + R > N still fails” that the schedule used.
fn reason(schedule: &Schedule, story: &Story) -> String {
    let mended = |schedule: &Schedule| schedule.run(N, W, R).is_ok_and(|story| shown(&story).is_none());
    let (restored, skewed) = (mended(&schedule.without_restores()), mended(&schedule.without_skew()));
    let both = !restored && !skewed && mended(&schedule.without_restores().without_skew());
    let mut reasons = Vec::new();
    if restored || both {
        reasons.push(format!(
            "The way you took: a lost replica restored from an old copy. {} forgot what had been acknowledged, so \
             fewer than W = {W} replicas held it, and a read set can miss it.",
            listed(&story.restored)
        ));
    }
    if skewed || both {
        let way = if restored || both { "And another, which would do alone" } else { "The way you took" };
        reasons.push(format!(
            "{way}: clock skew. Versions are time stamps, and the clock of {} is wrong: the later write \
             got the lower version and lost, as with concurrent writes, where no order is the right one either.",
            listed(&story.skewed)
        ));
    }
    match reasons.is_empty() {
        true => reason_of_inversion(story),
        false => reasons.join(" "),
    }
}

fn listed(names: &[String]) -> String {
    let mut names = names.to_vec();
    names.sort_unstable();
    names.dedup();
    names.join(" and ")
}

/// With right clocks and faithful disks, a write that was acknowledged is found by every later read. What is left
/// is a read that meets a write before it is acknowledged, and a later read that misses it.
fn reason_of_inversion(story: &Story) -> String {
    let history = story.cluster.history();
    let Some((newer, older)) = inversion(history) else {
        return String::new();
    };
    let (Action::Write(value), Action::Write(old)) = (&newer.action, &older.action) else {
        return String::new();
    };
    let concurrent = older.ended.is_none_or(|ended| ended >= newer.began);
    if concurrent {
        format!(
            "The way you took: concurrent writes. {old} and {value} were written at the same time and had reached \
             different replicas: which one is the latest depends on who is asked."
        )
    } else if newer.ended.is_none() && cannot_finish(story, newer) {
        format!(
            "The way you took: a partially failed write. The write of {value} reached some replicas and \
             will never be acknowledged; nobody rolls it back, so a read may or may not see it."
        )
    } else {
        format!(
            "The way you took: a write concurrent with the reads. {value} was still on its way to the replicas: a \
             read that met it returned it, and a later one that asked others did not."
        )
    }
}

/// The first two reads, one after the other, that return a write and then an earlier one: both writes.
fn inversion(history: &History) -> Option<(&Op, &Op)> {
    let reads = || {
        history.0.iter().filter_map(|op| match (&op.action, op.ended) {
            (Action::Read(values), Some(ended)) => {
                values.first().and_then(|value| writer(history, value)).map(|write| (op.began, ended, write))
            }
            _ => None,
        })
    };
    reads().find_map(|(began, _, older)| {
        let before = reads().filter(|(_, ended, _)| *ended < began);
        before.map(|(_, _, write)| write).find(|newer| newer.began > older.began).map(|newer| (newer, older))
    })
}

fn writer<'h>(history: &'h History, value: &str) -> Option<&'h Op> {
    history.0.iter().find(|op| matches!(&op.action, Action::Write(written) if written == value))
}

/// Whether the writer has crashed, or none of the write's messages is on its way any more.
fn cannot_finish(story: &Story, write: &Op) -> bool {
    let (Ok(writer), Some(trace)) = (story.cluster.id(&write.client), story.cluster.trace()) else {
        return false;
    };
    let since = || trace.entries.iter().filter(|entry| entry.at >= write.began);
    let crashed = since().any(|entry| matches!(entry.event, Event::Crash { node, .. } if node == writer));
    let sent = since().filter(|entry| entry.at == write.began).filter_map(|entry| match &entry.event {
        Event::Send { message, from, .. } if *from == writer => Some(*message),
        _ => None,
    });
    let arrived = |number: u64| {
        since().any(|entry| match &entry.event {
            Event::Deliver { message, .. } | Event::Drop { message, .. } => *message == number,
            _ => false,
        })
    };
    crashed || sent.into_iter().all(arrived)
}

/// What the reads returned, and why none of it is old.
fn why_not(story: &Story) -> String {
    let history = story.cluster.history();
    let reads: Vec<&Op> = history.0.iter().filter(|op| matches!(op.action, Action::Read(_))).collect();
    if reads.is_empty() {
        return format!(
            "Nothing is read in this schedule, so nothing can be stale. Let a client read, and let its read reach {R} \
             replicas."
        );
    }
    if reads.iter().all(|read| read.ended.is_none()) {
        return format!(
            "No read came to its end: each waits for R = {R} answers. Let a read reach {R} replicas that are up, as \
             in `c2 reaches A`."
        );
    }
    let mut told: Vec<String> = reads.iter().map(|read| fresh(history, read)).collect();
    if let Verdict::Unknown(why) = &story.linearizable {
        told.push(format!("Whether one copy could have behaved like this is unknown: {why}."));
    }
    told.join(" ")
}

/// Why a read that is not stale isn't.
fn fresh(history: &History, read: &Op) -> String {
    let value = match &read.action {
        Action::Read(values) if read.ended.is_some() => values.first(),
        _ => return format!("“{read}”: it did not get its {R} answers and says nothing."),
    };
    let Some((value, write)) = value.and_then(|value| Some((value, writer(history, value)?))) else {
        return format!("“{read}”.");
    };
    let newer = history.0.iter().find_map(|op| match &op.action {
        Action::Write(newer) if op.began > write.began && op.began < read.began => Some((newer, op)),
        _ => None,
    });
    match newer {
        Some((newer, op)) if write.ended.is_none_or(|ended| ended >= op.began) => format!(
            "“{read}” is not stale: {value} and {newer} were written at the same time, and either may count as the \
             later."
        ),
        Some((newer, _)) => format!(
            "“{read}” is not stale: {newer} had not been acknowledged when the read began, and no earlier read had \
             returned it, so {value} was still a right answer."
        ),
        None if write.ended.is_none_or(|ended| ended >= read.began) => format!(
            "“{read}” is not stale: it met {value}, the newest value, before its write was even acknowledged."
        ),
        None => format!(
            "“{read}” is not stale: {value} is the newest value, and one of the two replicas that it asked had it."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ruled(lines: &[&str]) -> String {
        let ruling = stale_despite_overlap(&lines.join("\n"));
        assert_eq!(ruling.figure.is_none(), matches!(ruling.holds, Holding::NotUnderstood { .. }));
        format!("{}\n⇒ {:?}\n{}", lines.join("; "), ruling.holds, ruling.explanation)
    }

    const WRITTEN: [&str; 3] = ["c1 writes v2", "c1 reaches A", "c1 reaches B"];
    const BACKWARDS: [&str; 6] =
        ["c2 reads", "c2 reaches A", "c2 reaches B", "c3 reads", "c3 reaches B", "c3 reaches C"];

    fn after(first: &[&str], then: &[&str]) -> String {
        ruled(&[first, then].concat())
    }

    #[test]
    fn every_way_is_recognised() {
        let read = ["c2 reads", "c2 reaches A", "c2 reaches C"];
        let lost = ["c2's clock is 15 ms slow", "c1 writes v2", "c1 reaches A", "c1 reaches B"];
        let loses =
            ["c2 writes v3", "c2 reaches A", "c2 reaches B", "c3 reads", "c3 reaches A", "c3 reaches B"];
        let crossing = ["c1 writes v2", "c4 writes v3", "c1 reaches B", "c1 reaches A", "c4 reaches A"];
        let all = [
            after(&["c1 writes v2", "c1 reaches A"], &BACKWARDS),
            after(&["c1 writes v2", "c1 reaches A"], &[&BACKWARDS[..], &["c1 reaches B"]].concat()),
            after(&["c1 writes v2", "c1 reaches A", "c1 crashes"], &BACKWARDS),
            after(
                &[
                    "B crashes",
                    "C crashes",
                    "c1 writes v2",
                    "c1 reaches A",
                    "c1 reaches B",
                    "c1 reaches C",
                    "B restarts",
                    "C restarts",
                ],
                &BACKWARDS,
            ),
            after(&crossing, &BACKWARDS),
            after(&[&WRITTEN[..], &["A is restored"]].concat(), &read),
            after(&lost, &loses),
            // Either alone would do.
            after(
                &[&lost[..], &loses[..3], &["A is restored", "B is restored"]].concat(),
                &["c3 reads", "c3 reaches A", "c3 reaches C"],
            ),
        ];
        insta::assert_snapshot!(all.join("\n\n"));
    }

    #[test]
    fn what_is_not_stale_says_why() {
        let all = [
            after(&WRITTEN, &["c2 reads", "c2 reaches B", "c2 reaches C"]),
            after(&["c1 writes v2", "c1 reaches A"], &["c2 reads", "c2 reaches B", "c2 reaches C"]),
            after(&["c1 writes v2", "c1 reaches A"], &["c2 reads", "c2 reaches A", "c2 reaches C"]),
            after(
                &["c1 writes v2", "c3 writes v3", "c3's clock is 9 ms slow"],
                &[
                    "c1 reaches A",
                    "c1 reaches B",
                    "c3 reaches B",
                    "c3 reaches C",
                    "c2 reads",
                    "c2 reaches A",
                    "c2 reaches B",
                ],
            ),
            after(&["c1 writes v2", "c4 writes v3", "c1 reaches B", "c4 reaches A"], &BACKWARDS),
            after(&WRITTEN, &["c2 reads", "c2 reaches C"]),
            after(&WRITTEN, &["c2 reads", "c2 reaches C", "c3 reads", "c3 reaches A", "c3 reaches C"]),
            // The clock is off, and does no harm.
            after(
                &["c2's clock is 9 ms fast"],
                &[&WRITTEN[..], &["c2 reads", "c2 reaches A", "c2 reaches C"]].concat(),
            ),
            ruled(&WRITTEN),
            ruled(&["# nothing"]),
        ];
        insta::assert_snapshot!(all.join("\n\n"));
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let all = [
            ruled(&["c1 writes v2", "c1 dances"]),
            ruled(&["c1 writes v2", "c1 reaches Z"]),
            ruled(&["c1 writes v1"]),
            ruled(&["c1 reads", "c1 reaches A", "c1 reaches A"]),
            ruled(&["c12 reads"]),
            ruled(&["# "; MOST_LINES + 1])
                .split_once('⇒')
                .map(|(_, ruling)| ruling.to_owned())
                .unwrap_or_default(),
        ];
        insta::assert_snapshot!(all.join("\n\n"));
    }

    fn step() -> impl proptest::strategy::Strategy<Value = String> {
        (0..7usize, 1..4u32, 0..3usize, 1..30u32).prop_map(|(kind, client, replica, ms)| {
            let replica = ["A", "B", "C"][replica];
            match kind {
                0 => format!("c{client} writes w{ms}"),
                1 => format!("c{client} reads"),
                2..=4 => format!("c{client} reaches {replica}"),
                5 => format!("{replica} crashes\n{replica} restarts"),
                _ => format!("c{client} crashes\nc{client} restarts"),
            }
        })
    }

    use proptest::strategy::Strategy;

    proptest::proptest! {
        /// Right clocks and faithful disks: whatever else happens, overlap keeps acknowledged writes, and a way
        /// is named for all that is shown. Lines that can't be carried out are left out one by one.
        #[test]
        fn overlap_keeps_its_promise_and_a_reason_is_always_found(
            steps in proptest::collection::vec(step(), 1..18)
        ) {
            let mut lines: Vec<&str> = steps.iter().flat_map(|step| step.lines()).collect();
            let ruling = loop {
                let ruling = stale_despite_overlap(&lines.join("\n"));
                match ruling.holds {
                    Holding::NotUnderstood { line, .. } => { lines.remove(line - 1); }
                    _ => break ruling,
                }
            };
            proptest::prop_assert!(!ruling.explanation.contains("is stale"), "{}", ruling.explanation);
            let named = ruling.explanation.contains("The way you took");
            proptest::prop_assert_eq!(named, ruling.holds == Holding::Holds, "{}", ruling.explanation);
        }

        #[test]
        fn no_schedule_panics(text in "(c[0-9]|A|B|Z|reads|writes v2|reaches|is restored|'s clock is 99999999999 ms slow|crashes|[ \n])*") {
            stale_despite_overlap(&text);
        }
    }
}

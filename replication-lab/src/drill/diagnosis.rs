//! Whether a named cause is the cause, and what in the metrics tells.

use std::fmt;

use super::measure::Facts;
use super::situation::{Cause, Situation};
use crate::view::Figure;

/// What became of a learner's diagnosis. Every number in it was read off the run at the alarm.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosis {
    /// What was named.
    pub cause: Cause,
    /// Whether it is the cause.
    pub right: bool,
    /// What the metrics tell: for it, if it is right; against it, if it is wrong.
    pub tells: String,
    /// If it is wrong: what the reader probably thought.
    pub thought: String,
    /// If it is wrong: where to look again.
    pub look_at: String,
}

impl Diagnosis {
    pub(super) fn of(cause: Cause, situation: Situation, facts: &Facts) -> Self {
        let right = cause == situation.cause();
        Self {
            cause,
            right,
            tells: if right { evidence(situation, facts) } else { contradiction(cause, facts) },
            thought: if right { String::new() } else { thought(cause).to_owned() },
            look_at: if right { String::new() } else { panel(situation).to_owned() },
        }
    }

    /// The diagnosis in sentences.
    pub fn figure(&self) -> Figure {
        Figure::prose(self.to_string())
    }
}

crate::shown_in_notebooks!(Diagnosis);

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cause, right, tells, thought, look_at } = self;
        match right {
            true => write!(f, "Right: {cause}.\nWhat tells: {tells}"),
            false => write!(
                f,
                "Not so: “{cause}”.\nProbably you thought: {thought}\nWhat speaks against it: {tells}\nLook again at: {look_at}"
            ),
        }
    }
}

fn s(seconds: f64) -> String {
    match seconds < 1.0 {
        true => format!("{:.0} ms", seconds * 1_000.0),
        false => format!("{seconds:.1} s"),
    }
}

/// A time that was measured, or that none was.
fn ping(facts: &Facts) -> String {
    facts.ping().map_or("no time that could be measured".to_owned(), |ping| s(ping.as_ms() / 1_000.0))
}

/// What shows the cause.
fn evidence(situation: Situation, facts: &Facts) -> String {
    let Facts { slowest, end, received, applied, medians: (before, after), .. } = facts;
    match situation {
        Situation::GrowingLag => format!(
            "the lag of {slowest} was {} in one stretch of ten seconds (the median) and {} in the next. {slowest} has received \
             the log up to {received} of {end}, and has applied {applied}: what waits, waits at the follower, and each \
             second there is more of it. It began when more was written.",
            s(*before),
            s(*after)
        ),
        Situation::ConstantLag => format!(
            "the lag of {slowest} rose once, by a step, and stays: {} in one stretch of ten seconds (the median), {} in \
             the next. A small read there and back takes {}, about twice as long. {received} of {end} entries have arrived \
             and {applied} are applied: next to nothing waits at the follower.",
            s(*before),
            s(*after),
            ping(facts)
        ),
        Situation::StaleReads => format!(
            "{} of {} reads missed what the same user had written, and {} went back behind what the user had seen. The \
             lag comes in spells and goes; every stale read came from a follower, and was of a row that the reader had \
             written a moment before.",
            facts.own, facts.reads, facts.back
        ),
        Situation::ComesAndGoes => format!(
            "{} of {} reads were older than an earlier read of the same user, and {} missed the user's own write. In the \
             trace, the newer answer came from one follower and the older from the other: {slowest} is {} behind.",
            facts.back,
            facts.reads,
            facts.own,
            s(facts.lag)
        ),
        Situation::DuplicateIds => format!(
            "{} ids were issued for a second row, each first by the old leader and then by the new one. The old leader \
             took {} acknowledged writes along that had not been replicated, and the new one counts on from its own \
             rows. Only {} accepts writes.",
            facts.twice,
            facts.lost,
            facts.accepting.join(" and ")
        ),
        Situation::TwoWriters => format!(
            "{} both accept writes, and after the change of leader neither stopped. {} acknowledged writes are on the \
             old leader alone.",
            facts.accepting.join(" and "),
            facts.lost
        ),
    }
}

/// What somebody who names it wrongly probably thought.
fn thought(cause: Cause) -> &'static str {
    match cause {
        Cause::ReplayTooSlow => "“A follower is behind, so it is too slow.”",
        Cause::Distance => "“The followers are behind, so it is the network.”",
        Cause::ReadsIgnoreOwnWrites => {
            "“Somebody read something old, so it was their own write that was missing.”"
        }
        Cause::ReadsChangeFollower => "“Followers differ, so users see them differ.”",
        Cause::IdsIssuedAgain => "“There was a failover, so ids collide.”",
        Cause::NotFenced => "“There was a failover, so there are two leaders.”",
        Cause::DataLost => "“It was there and is not there now: it is gone.”",
        Cause::Cache => "“The value is old: somebody has kept it.”",
        Cause::DiskFull => "“Something stands still: the disk is full again.”",
    }
}

/// What in this run speaks against a cause.
fn contradiction(cause: Cause, facts: &Facts) -> String {
    let Facts { slowest, end, received, applied, medians: (before, after), .. } = facts;
    let reads = facts.reads;
    match cause {
        Cause::ReplayTooSlow if facts.epoch > 1 => format!(
            "then rows would be late. That gives no row another one's id, and makes no second server accept writes. \
             {slowest} has received the log up to {received} and applied it up to {applied}."
        ),
        Cause::ReplayTooSlow => format!(
            "then entries would pile up at the followers, received and not applied. {slowest} has received the log up to \
             {received} and applied it up to {applied}, and its lag was {} in one stretch of ten seconds (the median) and {} \
             in the next.",
            s(*before),
            s(*after)
        ),
        Cause::Distance => match facts.epoch > 1 {
            true => format!(
                "a long way makes rows late. It gives no row another one's id, and makes no second server accept writes. A \
                 small read of {slowest} takes {}.",
                ping(facts)
            ),
            false => format!(
                "a long way holds up every entry for the same time, about half of what a read there and back takes, and \
                 that takes {}. The lag of {slowest} was {} in one stretch of ten seconds (the median), {} in the next, and \
                 is {} now.",
                ping(facts),
                s(*before),
                s(*after),
                s(facts.lag)
            ),
        },
        Cause::ReadsIgnoreOwnWrites => match facts.own {
            0 => format!("not one of {reads} reads missed the reader's own write."),
            own => format!(
                "{own} of {reads} reads missed the reader's own write, that is true. It is what users \
                 notice. Routing can spare them that; what raised the alarm would stay."
            ),
        },
        Cause::ReadsChangeFollower => match facts.back {
            0 => format!("not one of {reads} reads was older than an earlier one of the same user."),
            back => format!(
                "{back} of {reads} reads were older than an earlier one of the same user, that is true; {} missed the \
                 reader's own write, and neither explains the alarm.",
                facts.own
            ),
        },
        Cause::IdsIssuedAgain => match facts.twice {
            0 if facts.epoch == 1 => {
                "no leader has been replaced, and no id has been issued twice.".to_owned()
            }
            0 => "no id has been issued twice.".to_owned(),
            twice => {
                format!("{twice} ids were issued twice; that came with the trouble, and did not make it.")
            }
        },
        Cause::NotFenced => match facts.accepting.as_slice() {
            _ if facts.epoch == 1 => "no leader has been replaced: there is nobody to fence.".to_owned(),
            [one] => format!(
                "then two servers would accept writes at the same time. Only {one} does. To fence is right all the same \
                 whenever a leader is replaced; here it would not have prevented the alarm."
            ),
            several => format!("it would need two that accept writes: {} does.", several.join(", ")),
        },
        Cause::DataLost => match facts.lost {
            0 => format!(
                "every acknowledged write is on the leader. What was not found had not arrived where it was looked for: \
                 {slowest} is at entry {applied} of {end} now."
            ),
            lost => format!(
                "{lost} acknowledged writes are not on the leader, that is true, and {} of them are still on another \
                 server's disk. It is what the trouble does, not what makes it.",
                lost.saturating_sub(facts.gone)
            ),
        },
        Cause::Cache => format!(
            "in the trace every answer names the server that gave it, and agrees with how far that server is: there is \
             nothing between. {reads} reads were answered by servers."
        ),
        Cause::DiskFull => format!(
            "a server whose disk is full stops for good. {slowest} has received the log up to {received} of {end}, and \
             the servers go on applying and accepting to the end of the curves."
        ),
    }
}

/// Where the cause shows.
fn panel(situation: Situation) -> &'static str {
    match situation {
        Situation::GrowingLag | Situation::ConstantLag => {
            "the shape of the lag's curve since it left the ground; the columns “received”, “applied” and “small read”"
        }
        Situation::StaleReads | Situation::ComesAndGoes => {
            "the trace of one user: whose row it is, what the user did before, and which server answered"
        }
        Situation::DuplicateIds => "the stream of ids: who issued each, and what the index said",
        Situation::TwoWriters => "who accepts writes: how many curves are above zero at the same time",
    }
}

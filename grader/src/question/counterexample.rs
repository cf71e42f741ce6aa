//! Answers that the lab runs: the hook between a question and the run that decides it.
//!
//! A question names a verifier; the verifier reads the learner's schedule, runs it on the lab's cluster, and
//! rules. What is not understood is said with its line, so that the learner can mend it.

mod commits;
mod fencing;
mod overtaking;
mod plan;
mod priority;
mod siblings;
mod stale;
mod sticky;
mod unavailable;
mod watch;

use replication_lab::view::Figure;

/// What a verifier found.
#[derive(Clone, Debug)]
pub struct Ruling {
    /// Whether the schedule shows what the question asks for.
    pub holds: Holding,
    /// What happened in the run, and why that is, or isn't, what was asked for.
    pub explanation: String,
    /// The run; none when the schedule was not understood.
    pub figure: Option<Figure>,
}

/// Whether a schedule shows what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holding {
    /// The run shows it.
    Holds,
    /// The schedule ran, and the run does not show it.
    DoesNotHold,
    /// The schedule was not run.
    NotUnderstood {
        /// The line, counted from 1.
        line: usize,
        /// What should stand there.
        expected: String,
    },
}

impl Ruling {
    /// The schedule was understood, and the lab refuses to run it. The banks' settings rule that out; if it happens
    /// all the same, it is said and not hidden.
    fn refused(why: &str) -> Self {
        let explanation = format!("The lab could not run this: {why}.");
        Self { holds: Holding::DoesNotHold, explanation, figure: None }
    }
}

/// Why an answer is not run.
#[derive(Clone, Debug)]
struct Refused {
    /// The line, counted from 1.
    line: usize,
    /// What is wrong with it.
    why: String,
    /// What should stand there.
    expected: String,
}

fn refused<T>(line: usize, why: impl Into<String>, expected: impl Into<String>) -> Result<T, Refused> {
    Err(Refused { line, why: why.into(), expected: expected.into() })
}

impl From<Refused> for Ruling {
    fn from(Refused { line, why, expected }: Refused) -> Self {
        Self { holds: Holding::NotUnderstood { line, expected }, explanation: why, figure: None }
    }
}

/// A verifier: from the schedule as the learner wrote it to a ruling. Deterministic, and it never panics.
pub type Verifier = fn(&str) -> Ruling;

/// The verifiers by the names that banks use.
const VERIFIERS: &[(&str, Verifier)] = &[
    ("writes-fail-though-a-copy-is-up", unavailable::writes_fail_though_a_copy_is_up),
    ("first-waits-where-any-goes-on", priority::first_waits_where_any_goes_on),
    ("statements-in-the-order-of-commits", commits::statements_in_the_order_of_commits),
    ("two-leaders-without-fencing", fencing::two_leaders_without_fencing),
    ("sticky-misses-an-own-write", sticky::sticky_misses_an_own_write),
    ("update-overtakes-its-insert", overtaking::update_overtakes_its_insert),
    ("stale-despite-overlap", stale::stale_despite_overlap),
    ("merged-vector-keeps-too-much", siblings::merged_vector_keeps_too_much),
];

/// The verifier of this name.
pub fn verifier(name: &str) -> Option<Verifier> {
    VERIFIERS.iter().find(|(known, _)| *known == name).map(|(_, verifier)| *verifier)
}

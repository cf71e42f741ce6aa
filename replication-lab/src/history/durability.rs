//! Are acknowledged writes still there, up to what was declared that a failure may cost?
//!
//! A *recovery point objective* (RPO) says how much a failure may lose: with one minute, what was acknowledged in
//! the last minute before the failure may be gone, and nothing older. Zero means nothing that was acknowledged. It
//! is an objective, not a measurement: what a failure did lose is the *exposure* that it met.
//!
//! ```text
//! c1  writes a ✔   writes b ✔   writes c ✔
//!          │            │            │     ✝ the leader's machine dies
//!          │            └────────────┴──── RPO: b and c may be lost
//!          └─────────────────────────────── a must be there
//! ```
//!
//! # Limits
//! What is left is for the caller to collect from all copies that are up after recovery. A lost write is one whose
//! value is on none of them, and that nothing later has replaced ([`lost_writes`] says how that is told); values
//! are unique on their key. Appended texts are not followed.
//!
//! # Examples
//! ```
//! use replication_lab::history::{Action, History, Objective, Op, durable};
//! use replication_lab::time::Time;
//!
//! let write = |key: &str, began: u64| {
//!     let ended = Some(Time::s(began + 1));
//!     Op { client: "c1".into(), key: key.into(), action: Action::Write("1".into()), began: Time::s(began), ended }
//! };
//! let history = History(vec![write("a", 0), write("b", 10), write("c", 20)]);
//! let left = [("a".to_owned(), "1".to_owned())];
//! let minute = Objective { failures: vec![Time::s(30)], may_lose: Time::s(60) };
//! assert!(durable(&history, &left, &minute).holds());
//! assert_eq!(minute.exposure(&history, &left).to_string(), "2 of 3 acknowledged writes lost, 2 of them within the RPO");
//!
//! let nothing = Objective { may_lose: Time::ZERO, ..minute };
//! assert_eq!(
//!     durable(&history, &left, &nothing).to_string(),
//!     "violated: “c1 writes b=1” was acknowledged 19000.000 ms before the failure and is gone; 2 of 3 acknowledged \
//!      writes lost, 0 of them within the RPO"
//! );
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{History, Verdict, lost_writes};
use crate::time::Time;

/// How much which failures may cost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objective {
    /// When something failed.
    pub failures: Vec<Time>,
    /// The recovery point objective: what was acknowledged this long before a failure, or less, may be lost. Zero
    /// allows no loss at all.
    pub may_lose: Time,
}

/// What was lost of a history's acknowledged writes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposure {
    /// How many writes were acknowledged.
    pub acknowledged: usize,
    /// Places of those that are gone.
    pub lost: Vec<usize>,
    /// Places of those among them that the objective does not allow to be lost.
    pub beyond: Vec<usize>,
}

impl Objective {
    /// What was lost. `remaining` is what the copies hold, as key and value.
    pub fn exposure(&self, history: &History, remaining: &[(String, String)]) -> Exposure {
        let acknowledged = history.0.iter().filter(|op| op.ended.is_some() && op.written().is_some()).count();
        let lost = lost_writes(history, remaining);
        let may_be_lost = |place: &usize| {
            let ended = history.0[*place].ended.unwrap_or(Time::NEVER);
            let within = |failure: &Time| ended <= *failure && failure.since(ended) <= self.may_lose;
            self.may_lose > Time::ZERO && self.failures.iter().any(within)
        };
        let beyond = lost.iter().copied().filter(|place| !may_be_lost(place)).collect();
        Exposure { acknowledged, lost, beyond }
    }
}

/// Whether no acknowledged write is gone that the objective doesn't allow to be lost. `remaining` is what the
/// copies hold after recovery, as key and value.
pub fn durable(history: &History, remaining: &[(String, String)], objective: &Objective) -> Verdict {
    let exposure = objective.exposure(history, remaining);
    let Some(first) = exposure.beyond.first().map(|place| &history.0[*place]) else { return Verdict::Holds };
    let ended = first.ended.unwrap_or(Time::NEVER);
    let next = objective.failures.iter().filter(|failure| **failure >= ended).min();
    let when = match next {
        Some(failure) => format!("{} before the failure", failure.since(ended)),
        None => format!("at {ended}, with no failure after it,"),
    };
    let why = format!("“{first}” was acknowledged {when} and is gone; {exposure}");
    Verdict::violated(exposure.beyond, why)
}

impl fmt::Display for Exposure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (lost, within) = (self.lost.len(), self.lost.len() - self.beyond.len());
        write!(f, "{lost} of {} acknowledged writes lost, {within} of them within the RPO", self.acknowledged)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Action, Op};
    use super::*;

    fn history(ends: &[u64]) -> History {
        let op = |(place, ended): (usize, &u64)| Op {
            client: "c".into(),
            key: format!("k{place}"),
            action: Action::Write("v".into()),
            began: Time::ZERO,
            ended: Some(Time::ms(*ended)),
        };
        History(ends.iter().enumerate().map(op).collect())
    }

    #[test]
    fn the_window_ends_with_the_failure_and_includes_its_edges() {
        let history = history(&[10, 20, 30, 31]);
        let objective = Objective { failures: vec![Time::ms(30)], may_lose: Time::ms(10) };
        let exposure = objective.exposure(&history, &[]);
        assert_eq!((exposure.acknowledged, exposure.lost.len(), exposure.beyond), (4, 4, vec![0, 3]));
        let Verdict::Violated(witness) = durable(&history, &[], &objective) else { panic!() };
        assert_eq!(
            witness.why,
            "“c writes k0=v” was acknowledged 20.000 ms before the failure and is gone; 4 of 4 acknowledged writes \
             lost, 2 of them within the RPO"
        );
    }

    #[test]
    fn nothing_may_be_lost_where_nothing_failed() {
        let kept =
            |keys: &[&str]| keys.iter().map(|key| ((*key).to_owned(), "v".to_owned())).collect::<Vec<_>>();
        let objective = Objective { failures: vec![], may_lose: Time::s(60) };
        assert!(durable(&history(&[1, 2]), &kept(&["k0", "k1"]), &objective).holds());
        assert_eq!(
            durable(&history(&[1, 2]), &kept(&["k0"]), &objective).to_string(),
            "violated: “c writes k1=v” was acknowledged at 2.000 ms, with no failure after it, and is gone; 1 of 2 \
             acknowledged writes lost, 0 of them within the RPO"
        );
    }

    #[test]
    fn zero_means_zero_even_in_the_instant_of_the_failure() {
        let objective = Objective { failures: vec![Time::ms(5)], may_lose: Time::ZERO };
        assert!(!durable(&history(&[5]), &[], &objective).holds());
    }

    proptest::proptest! {
        /// Written out: a loss is allowed if some failure came at most so long after the acknowledgement.
        #[test]
        fn agrees_with_the_definition(
            ends in proptest::collection::vec(0..20u64, 0..6),
            failures in proptest::collection::vec(0..20u64, 0..3),
            rpo in 0..8u64,
        ) {
            let objective =
                Objective { failures: failures.iter().map(|at| Time::ms(*at)).collect(), may_lose: Time::ms(rpo) };
            let allowed = |ended: u64| {
                rpo > 0 && failures.iter().any(|failure| (ended..=ended + rpo).contains(failure))
            };
            let expected = ends.iter().all(|ended| allowed(*ended));
            proptest::prop_assert_eq!(durable(&history(&ends), &[], &objective).holds(), expected);
        }
    }
}

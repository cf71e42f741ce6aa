//! What an action brought about: the same run from the alarm on, with it and without.

use std::fmt;

use super::action::Action;
use super::measure::{Harm, Measured};
use super::situation::Situation;
use super::view;
use crate::leader_follower::LeaderFollower;
use crate::time::Time;
use crate::view::Figure;

/// Two runs with other answers have other pauses: so much more of what is counted is chance.
fn tolerated(waiting: u32) -> u32 {
    waiting + waiting / 4 + 10
}

/// So many times the least that is a harm is a new one.
const NEW: f64 = 3.0;

/// What the measurements say of an action, against those of waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing of what went wrong goes on, nothing was destroyed, and writes did not fail. The price stands in the table.
    Cured,
    /// Something got better, and something goes on.
    OnlySymptom,
    /// Everything goes on as if nobody had done anything.
    NothingChanged,
    /// It destroyed something, made writes fail, or began a harm that was not there, and eased none.
    Worse,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Cured => "cured",
            Self::OnlySymptom => "only the symptom",
            Self::NothingChanged => "nothing changed",
            Self::Worse => "worse",
        })
    }
}

impl Verdict {
    /// Compares what was measured with an action with what was measured of waiting. A harm has stopped when at most a
    /// twentieth of it is left, and is eased when less than half is.
    pub fn of(waiting: &Measured, acting: &Measured) -> Self {
        let harms: Vec<Harm> = Harm::ALL.into_iter().filter(|harm| waiting.suffers(*harm)).collect();
        let share = |harm: &Harm, of: f64| acting.level(*harm) <= waiting.level(*harm) * of;
        let stopped = |harm: &Harm| !acting.suffers(*harm) && share(harm, 0.05);
        let begins = |harm: &Harm| !waiting.suffers(*harm) && acting.level(*harm) >= NEW * harm.threshold();
        let new = Harm::ALL.iter().any(begins);
        let destroyed = acting.gone > waiting.gone || acting.mixed_up > waiting.mixed_up;
        let diverged = acting.to_reconcile > tolerated(waiting.to_reconcile);
        let failed = acting.not_acknowledged > tolerated(waiting.not_acknowledged);
        match () {
            () if destroyed || diverged || failed => Self::Worse,
            () if !new && !harms.is_empty() && harms.iter().all(stopped) => Self::Cured,
            () if harms.iter().any(|harm| share(harm, 0.5)) => Self::OnlySymptom,
            () if new => Self::Worse,
            () => Self::NothingChanged,
        }
    }
}

/// What an action brought about.
#[derive(Clone, Debug)]
pub struct Effect {
    /// The action.
    pub action: Action,
    /// What the measurements say.
    pub verdict: Verdict,
    /// What is measured if one waits.
    pub waiting: Measured,
    /// What is measured with the action.
    pub acting: Measured,
    pub(super) situation: Situation,
    pub(super) alarm: Time,
    pub(super) cluster: LeaderFollower,
}

impl Effect {
    /// The same panels as at the alarm, a minute later.
    pub fn metrics(&self) -> Figure {
        view::metrics(&self.cluster, "A minute after the alarm.")
    }

    /// What must come later. Empty unless the harm has stopped: as long as it has not, there is no later.
    pub fn later(&self) -> Vec<String> {
        if self.verdict != Verdict::Cured {
            return Vec::new();
        }
        let Measured { to_reconcile, mixed_up, .. } = self.acting;
        let mut later = Vec::new();
        if to_reconcile > 0 {
            later.push(format!(
                "Reconcile: {to_reconcile} acknowledged writes are on the old leader's disk alone. Read them there, and \
                 decide row by row; do not let the server come back before."
            ));
        }
        if mixed_up > 0 {
            later.push(format!("Give new ids to the rows of {mixed_up} ids that have two."));
        }
        later.extend(habits(self.situation, self.action).iter().map(|text| (*text).to_owned()));
        later
    }

    /// The verdict, what was measured, and what must come later.
    pub fn figure(&self) -> Figure {
        view::effect(self)
    }
}

crate::shown_in_notebooks!(Effect);

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.action, self.verdict)
    }
}

/// What a cure leaves open.
fn habits(situation: Situation, action: Action) -> &'static [&'static str] {
    match (situation, action) {
        (Situation::GrowingLag, _) => &[
            "Write less at a time: batches, fewer indexes. When writes grow again, so does the lag.",
            "Alert on the lag's growth, not on its height alone.",
        ],
        (Situation::StaleReads | Situation::ConstantLag, Action::LeaderAfterWrite(_)) => &[
            "It holds while the lag is below the window, and the reads come to the leader when writes do: a position \
             instead of a clock.",
        ],
        (Situation::StaleReads, _) => {
            &["Find what makes the spells of lag: an import, a migration, a vacuum."]
        }
        (Situation::ComesAndGoes, Action::StickySessions) => &[
            "It holds until that follower dies: then a highest-seen token is needed.",
            "Let the balancer's health check take a follower out that is far behind.",
        ],
        (Situation::ComesAndGoes, _) => &[
            "Let the balancer's health check take a follower out that is far behind, and find out why it is.",
        ],
        (Situation::DuplicateIds, _) => &[
            "Look through everything that keeps rows by id, caches and search indexes too, for ids issued twice.",
            "Fence before promoting, in the failover itself. UUIDs for new tables.",
        ],
        (Situation::TwoWriters, _) => {
            &["A failover that fences first (STONITH), or a system that agrees by majority (Raft)."]
        }
        (Situation::ConstantLag, _) => {
            &["The lag is still there: set its limit above the distance, and alert on its growth."]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(harms: [f64; 5]) -> Measured {
        Measured { harms, ..Measured::default() }
    }

    #[test]
    fn what_has_stopped_is_cured_and_what_is_left_is_not() {
        let waiting = measured([0.3, 100.0, 0.0, 0.0, 0.0]);
        let judge = |harms| Verdict::of(&waiting, &measured(harms));
        assert_eq!(judge([0.0, 0.0, 0.0, 0.0, 0.0]), Verdict::Cured);
        assert_eq!(judge([0.3, 0.0, 0.0, 0.0, 0.0]), Verdict::OnlySymptom);
        assert_eq!(judge([0.3, 60.0, 0.0, 0.0, 0.0]), Verdict::NothingChanged);
        assert_eq!(judge([0.3, 100.0, 0.0, 20.0, 0.0]), Verdict::Worse, "a new harm");
        assert_eq!(judge([0.0, 0.0, 20.0, 0.0, 0.0]), Verdict::OnlySymptom, "another one instead");
        let well = measured([0.0; 5]);
        assert_eq!(Verdict::of(&well, &well), Verdict::NothingChanged, "nothing to cure");
        assert_eq!(Verdict::of(&waiting, &waiting), Verdict::NothingChanged);
    }

    #[test]
    fn what_destroys_is_worse_whatever_it_stops() {
        let waiting = measured([0.0, 0.0, 0.0, 50.0, 50.0]);
        let stopped = measured([0.0; 5]);
        assert_eq!(Verdict::of(&waiting, &stopped), Verdict::Cured);
        for damage in [
            Measured { gone: 1, ..stopped.clone() },
            Measured { mixed_up: 1, ..stopped.clone() },
            Measured { to_reconcile: 40, ..stopped.clone() },
            Measured { not_acknowledged: 40, ..stopped },
        ] {
            assert_eq!(Verdict::of(&waiting, &damage), Verdict::Worse, "{damage:?}");
        }
    }
}

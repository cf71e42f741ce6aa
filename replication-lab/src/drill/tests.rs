//! Drills end to end.

use super::*;
use crate::explore::in_parallel;
use crate::time::Time;

/// The actions that cure a situation, and the traps in it. The lab knows neither: both are measured.
fn expected(situation: Situation) -> (Vec<Action>, Vec<Action>) {
    use Action::*;
    match situation {
        Situation::GrowingLag => {
            (vec![ParallelApply], vec![Wait, AddFollower, RestartLeader, StickySessions, HighestSeenToken])
        }
        Situation::StaleReads => (
            vec![ReadByPosition, HighestSeenToken, LeaderAfterWrite(Time::s(5))],
            vec![Wait, StickySessions, LeaderAfterWrite(Time::s(1)), ParallelApply, AddFollower],
        ),
        Situation::ComesAndGoes => (
            vec![StickySessions, HighestSeenToken],
            vec![Wait, ReadByPosition, AddFollower, RestartLeader, StopOneNow],
        ),
        Situation::DuplicateIds => (
            vec![FenceAndAdvanceSequence],
            vec![Wait, DropUniqueConstraint, Uuids, LetThemSync, RestartLeader],
        ),
        Situation::TwoWriters => (
            vec![StopOneNow, FenceAndAdvanceSequence],
            vec![Wait, LetThemSync, Uuids, RestartLeader, HighestSeenToken],
        ),
        Situation::ConstantLag => (
            vec![ReadByPosition, HighestSeenToken],
            vec![Wait, ParallelApply, AddFollower, StickySessions, RestartLeader],
        ),
    }
}

/// Whatever the seed draws, the cause's cure is measured as a cure, and no trap is.
#[test]
fn cures_cure_and_traps_do_not() {
    let drills: Vec<(Situation, u64)> =
        Situation::ALL.iter().flat_map(|situation| (100..108).map(|seed| (*situation, seed))).collect();
    let wrong = in_parallel(&drills, |(situation, seed)| {
        let drill = Drill::of(*situation, *seed).unwrap();
        let (cures, traps) = expected(*situation);
        let judged = cures.iter().map(|cure| (cure, true)).chain(traps.iter().map(|trap| (trap, false)));
        let mut wrong = Vec::new();
        for (action, cures) in judged {
            let effect = drill.act(*action).unwrap();
            if (effect.verdict == Verdict::Cured) != cures {
                wrong.push(format!("{situation}, seed {seed}: {effect}\n{}", effect.figure()));
            }
        }
        wrong
    });
    let wrong: Vec<String> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn every_action_in_every_situation() {
    insta::assert_snapshot!(view::matrix(&[1, 2]).unwrap());
}

/// What the verdicts of the matrix were computed from.
#[test]
fn what_is_measured() {
    for situation in Situation::ALL {
        let text = view::measures(situation, 1).unwrap().to_string();
        insta::assert_snapshot!(format!("measured_{}", format!("{situation:?}").to_lowercase()), text);
    }
}

#[test]
fn what_a_learner_sees() {
    for situation in Situation::ALL {
        let text = Drill::of(situation, 1).unwrap().metrics().to_string();
        insta::assert_snapshot!(format!("metrics_{}", format!("{situation:?}").to_lowercase()), text);
    }
}

/// All diagnoses: exactly one is right.
#[test]
fn what_a_diagnosis_says() {
    for situation in Situation::ALL {
        let drill = Drill::of(situation, 1).unwrap();
        let diagnoses = Cause::ALL.map(|cause| drill.diagnose(cause));
        assert_eq!(diagnoses.iter().filter(|diagnosis| diagnosis.right).count(), 1, "{situation}");
        let text = diagnoses.map(|diagnosis| diagnosis.to_string()).join("\n\n");
        insta::assert_snapshot!(format!("diagnoses_{}", format!("{situation:?}").to_lowercase()), text);
    }
}

/// What cures ends with what is still to be done.
#[test]
fn a_cure_is_not_the_end() {
    let told = Situation::ALL.map(|situation| {
        let drill = Drill::of(situation, 1).unwrap();
        let cure = expected(situation).0[0];
        drill.act(cure).unwrap().figure().to_string()
    });
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn nothing_that_is_shown_names_the_situation_or_a_cause() {
    for situation in Situation::ALL {
        let drill = Drill::of(situation, 2).unwrap();
        let shown = drill.metrics();
        let texts = [shown.as_text().to_lowercase(), shown.as_html().to_lowercase()];
        let names = Situation::ALL.map(|named| [named.to_string(), format!("{named:?}")]);
        let causes = Cause::ALL.map(|cause| [cause.to_string(), format!("{cause:?}")]);
        for name in names.iter().chain(&causes).flatten() {
            assert!(texts.iter().all(|text| !text.contains(&name.to_lowercase())), "{situation}: {name}");
        }
        // Every drill has the same panels.
        let panels = |figure: &Figure| figure.as_text().matches("\n\n").count();
        assert_eq!(
            panels(&shown),
            panels(&Drill::of(Situation::GrowingLag, 2).unwrap().metrics()),
            "{situation}"
        );
    }
}

#[test]
fn a_wrong_diagnosis_does_not_give_the_right_one_away() {
    for situation in Situation::ALL {
        let drill = Drill::of(situation, 3).unwrap();
        for cause in Cause::ALL.into_iter().filter(|cause| *cause != situation.cause()) {
            let text = drill.diagnose(cause).to_string();
            assert!(!text.contains(&situation.cause().to_string()), "{text}");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let run = |seed: u64| {
        let drill = Drill::new(seed).unwrap();
        let effects =
            [Action::HighestSeenToken, Action::LetThemSync].map(|action| drill.act(action).unwrap());
        let effects = effects.map(|effect| effect.figure().beside(effect.metrics()));
        let [first, second] = effects;
        drill.metrics().beside(first).beside(second).to_string()
    };
    let seeds: Vec<u64> = (0..6).collect();
    assert_eq!(in_parallel(&seeds, |seed| run(*seed)), in_parallel(&seeds, |seed| run(*seed)));
}

/// Looking, explaining and acting change nothing: an action tried second is the action tried first.
#[test]
fn a_drill_stays_as_it_is() {
    let fresh = Drill::of(Situation::TwoWriters, 5).unwrap();
    let used = fresh.clone();
    used.metrics();
    used.diagnose(Cause::Cache);
    used.act(Action::LetThemSync).unwrap();
    let told = |drill: &Drill| drill.act(Action::StopOneNow).unwrap().figure().to_string();
    assert_eq!(told(&used), told(&fresh));
}

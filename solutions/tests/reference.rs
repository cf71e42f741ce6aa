//! The reference solutions pass, and do what their snapshots say: the snapshots are what answers are compared with.

use std::collections::BTreeMap;
use std::time::Duration;

use grader::judge::{Exercise, reference_text};

#[test]
fn references_do_what_their_snapshots_say() {
    for answer in solutions::answers() {
        let exercise = Exercise::find(answer.exercise()).unwrap();
        let seen: BTreeMap<_, _> = exercise
            .tasks()
            .into_iter()
            .map(|task| (task.scenario.clone(), answer.observe(&task, Duration::from_secs(60))))
            .collect();
        let mut settings = insta::Settings::new();
        settings.set_snapshot_path("../../grader/snapshots");
        settings.set_prepend_module_to_snapshot(false);
        settings.bind(|| insta::assert_snapshot!(answer.exercise(), reference_text(&seen)));
    }
}

#[test]
fn references_pass_in_this_process_too() {
    for answer in solutions::answers() {
        let report = grader::check(answer);
        assert!(report.passed(), "{report}");
    }
}

#[test]
fn every_exercise_has_a_solution() {
    let solved: Vec<_> = solutions::answers().iter().map(|answer| answer.exercise().to_owned()).collect();
    let all: Vec<_> = Exercise::all().into_iter().map(|exercise| exercise.spec.id).collect();
    assert_eq!(solved, all);
}

//! What must hold of every exercise.

use std::collections::BTreeSet;

use serde::Serialize;

use super::snapshots::{record, seen};
use super::{Course, Problem, attack, build};
use crate::judge::{Exercise, Verdict, judge};
use crate::pipeline::Toolbox;

/// Fewer mutants than this don't show that the scenarios tell right from wrong.
const FEWEST_MUTANTS: usize = 5;

/// An exercise and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gated {
    /// Its id.
    pub exercise: String,
    /// How many mutants it has.
    pub mutants: usize,
    /// What is wrong, as sentences; nothing when every gate holds.
    pub wrong: Vec<String>,
}

/// Proves all gates of an exercise.
pub fn prove(course: &Course, toolbox: &Toolbox, exercise: &Exercise) -> Gated {
    let mut wrong = data(exercise);
    match stub(course, toolbox, exercise) {
        Ok(more) => wrong.extend(more),
        Err(problem) => wrong.push(problem.what),
    }
    match recordings(course, toolbox, exercise) {
        Ok(more) => wrong.extend(more),
        Err(problem) => wrong.push(problem.what),
    }
    match attack::wrong(course, toolbox, exercise) {
        Ok(more) => wrong.extend(more),
        Err(problem) => wrong.push(problem.what),
    }
    Gated { exercise: exercise.spec.id.clone(), mutants: exercise.spec.mutants.len(), wrong }
}

/// What its data file says.
fn data(exercise: &Exercise) -> Vec<String> {
    let spec = &exercise.spec;
    let mut wrong = Vec::new();
    if spec.mutants.len() < FEWEST_MUTANTS {
        wrong.push(format!("it has {} mutants; at least {FEWEST_MUTANTS} are needed", spec.mutants.len()));
    }
    for (level, hint) in spec.hints.iter().enumerate() {
        if hint.trim().is_empty() {
            wrong.push(format!("hint {} is empty", level + 1));
        }
    }
    let scenarios: BTreeSet<&str> = spec.scenarios.iter().map(|s| s.id.as_str()).collect();
    if scenarios.len() != spec.scenarios.len() {
        wrong.push("two scenarios have the same id".into());
    }
    let names: BTreeSet<&str> = spec.mutants.iter().map(|m| m.name.as_str()).collect();
    if names.len() != spec.mutants.len() {
        wrong.push("two mutants have the same name".into());
    }
    for scenario in spec.scenarios.iter().filter(|s| s.points == 0) {
        wrong.push(format!("scenario {} has no points", scenario.id));
    }
    for mutant in spec.mutants.iter().filter(|m| !scenarios.contains(m.fails.as_str())) {
        wrong.push(format!(
            "mutant {} names the scenario {:?}, which is not there",
            mutant.name, mutant.fails
        ));
    }
    wrong
}

/// The stub: fresh, compiles without warnings, and earns nothing.
fn stub(course: &Course, toolbox: &Toolbox, exercise: &Exercise) -> Result<Vec<String>, Problem> {
    let mut wrong = Vec::new();
    let generated = build::stubs(course, std::slice::from_ref(exercise))?;
    for file in &generated {
        if !build::stale(course, std::slice::from_ref(file)).is_empty() {
            wrong.push(format!("{} is not what its solution says: cargo course build", file.path));
        }
        match seen(toolbox, exercise, &file.path, file.text.clone())? {
            Err(fault) => wrong.push(format!("the stub: {fault}")),
            Ok(seen) => {
                wrong
                    .extend(seen.warnings.iter().map(|w| format!("the stub has a warning:\n{}", w.rendered)));
                let points = judge(exercise, &seen.observations).points;
                if points > 0 {
                    wrong.push(format!("the stub earns {points} points; it must earn none"));
                }
            }
        }
    }
    Ok(wrong)
}

/// Solution, mutants and snapshots.
fn recordings(course: &Course, toolbox: &Toolbox, exercise: &Exercise) -> Result<Vec<String>, Problem> {
    let mut wrong = Vec::new();
    let recorded = record(course, toolbox, exercise)?;
    wrong.extend(recorded.warnings.iter().map(|w| format!("the solution has a warning:\n{}", w.rendered)));
    for (path, text) in recorded.files(&exercise.spec.id) {
        let file = build::Generated { path, text };
        if !build::stale(course, std::slice::from_ref(&file)).is_empty() {
            wrong.push(format!("{} is not what was seen now: cargo course build", file.path));
        }
    }
    let reference: Vec<_> = exercise
        .tasks()
        .into_iter()
        .filter_map(|task| Some((task.clone(), recorded.reference.get(&task.scenario)?.clone())))
        .collect();
    let report = judge(exercise, &reference);
    if !report.passed() {
        wrong.push(format!("the solution does not pass:\n{report}"));
    }
    for (mutant, (name, observations)) in exercise.spec.mutants.iter().zip(&recorded.mutants) {
        let report = judge(exercise, observations);
        let Some(named) = report.scenarios.iter().find(|s| s.id == mutant.fails) else { continue };
        let recognised = named.misconception.as_ref().map(|m| m.mutant.as_str());
        if named.verdict == Verdict::Passed {
            let failing: Vec<_> = report
                .scenarios
                .iter()
                .filter(|s| s.verdict != Verdict::Passed)
                .map(|s| s.id.as_str())
                .collect();
            wrong.push(format!(
                "mutant {name} must fail in {}; it fails in [{}]",
                mutant.fails,
                failing.join(", ")
            ));
        } else if recognised != Some(name.as_str()) {
            wrong.push(format!(
                "mutant {name} is taken for {} in {}",
                recognised.unwrap_or("nothing that is known"),
                mutant.fails
            ));
        }
    }
    Ok(wrong)
}

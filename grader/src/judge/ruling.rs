//! From observations to a report.

use std::collections::BTreeMap;

use super::moment;
use super::report::Misconception;
use super::{Difference, Exercise, Report, Scenario, ScenarioReport, Verdict};
use crate::exercise::{Ending, Observation, Task};

/// Judges what was seen of an answer. A scenario of the exercise that is not among `seen` counts as not run.
///
/// A task's expected observation is the recorded one of the reference; a task with another seed than the data
/// file's is judged by the invariants alone.
pub fn judge(exercise: &Exercise, seen: &[(Task, Observation)]) -> Report {
    let by_id: BTreeMap<&str, &Observation> =
        seen.iter().map(|(task, observation)| (task.scenario.as_str(), observation)).collect();
    let scenarios: Vec<_> = exercise
        .spec
        .scenarios
        .iter()
        .map(|scenario| match seen.iter().find(|(task, _)| task.scenario == scenario.id) {
            Some((task, observation)) => rule(exercise, scenario, task, observation, &by_id),
            None => blank(scenario, Verdict::NotRun),
        })
        .collect();
    let passed = scenarios.iter().filter(|s| s.verdict == Verdict::Passed);
    Report {
        exercise: exercise.spec.id.clone(),
        title: exercise.spec.title.clone(),
        points: passed.map(|s| s.max_points).sum(),
        max_points: exercise.spec.points(),
        scenarios,
    }
}

fn blank(scenario: &Scenario, verdict: Verdict) -> ScenarioReport {
    ScenarioReport {
        id: scenario.id.clone(),
        title: scenario.title.clone(),
        verdict,
        max_points: scenario.points,
        seed: scenario.seed,
        violations: Vec::new(),
        difference: None,
        misconception: None,
        run: None,
        hidden: Vec::new(),
    }
}

fn rule(
    exercise: &Exercise,
    scenario: &Scenario,
    task: &Task,
    seen: &Observation,
    all: &BTreeMap<&str, &Observation>,
) -> ScenarioReport {
    let expected = (task.seed == scenario.seed).then(|| exercise.reference.get(&scenario.id)).flatten();
    let mut violations = exercise.violations(task, seen);
    if task.seed == scenario.seed && expected.is_none() {
        // Otherwise whatever ends would pass while an exercise is being written.
        let why = format!("nothing was recorded for the scenario {}: cargo course build", scenario.id);
        violations.push(super::Violation::new("recorded", why));
    }
    let difference = expected.and_then(|reference| first_difference(reference, seen));
    let verdict = match &seen.ending {
        Ending::Complete if violations.is_empty() && difference.is_none() => Verdict::Passed,
        Ending::Complete => Verdict::Failed,
        Ending::Unfinished { message } => Verdict::Unfinished { message: message.clone() },
        Ending::Panicked { message, at } => Verdict::Panicked { message: message.clone(), at: at.clone() },
        Ending::TimedOut { after_ms } => Verdict::TimedOut { after_ms: *after_ms },
    };
    let mut report = blank(scenario, verdict);
    report.seed = task.seed;
    if matches!(report.verdict, Verdict::Passed | Verdict::Unfinished { .. }) {
        return report;
    }
    report.misconception = misconception(exercise, scenario, all);
    report.violations = violations;
    let place = difference.as_ref().map(|(place, _)| *place);
    report.difference =
        difference.filter(|_| seen.ending == Ending::Complete).map(|(_, difference)| difference);
    report.run =
        seen.run.clone().filter(|_| place.is_none_or(|place| !moment::is_before_the_run(seen, place)));
    report
}

fn first_difference(reference: &Observation, seen: &Observation) -> Option<(usize, Difference)> {
    let longest = reference.steps.len().max(seen.steps.len());
    let place = (0..longest).find(|i| reference.steps.get(*i) != seen.steps.get(*i))?;
    let (expected, got) = (reference.steps.get(place), seen.steps.get(place));
    let difference = Difference {
        what: expected.or(got).map(|step| step.what.clone()).unwrap_or_default(),
        expected: expected.map(|step| step.got.clone()),
        got: got.map(|step| step.got.clone()),
        during: moment::of_step(seen, place),
    };
    Some((place, difference))
}

/// The mutant that behaves as was seen here. One that is made to fail in this very scenario goes before others.
fn misconception(
    exercise: &Exercise,
    scenario: &Scenario,
    all: &BTreeMap<&str, &Observation>,
) -> Option<Misconception> {
    let alike = exercise.mutants.like(&scenario.id, all);
    let known = alike.iter().filter_map(|name| exercise.spec.mutants.iter().find(|m| m.name == *name));
    let best = known.clone().find(|m| m.fails == scenario.id).or_else(|| known.clone().next())?;
    Some(Misconception { mutant: best.name.clone(), text: best.misconception.trim().to_owned() })
}

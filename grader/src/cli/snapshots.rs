//! What references and mutants do, recorded.

use std::collections::BTreeMap;

use super::build::Generated;
use super::{Course, Problem, bench};
use crate::exercise::{Observation, Task};
use crate::judge::{Exercise, Fingerprints, mutants_text, reference_text};
use crate::pipeline::{Diagnostic, Fault, Limits, NoSandbox, Seen, Source, Toolbox, drive};
use crate::store::notebook::mark_of;

/// What was seen of an exercise's reference and mutants.
pub struct Recorded {
    /// The reference's observations by scenario.
    pub reference: BTreeMap<String, Observation>,
    /// The mutants' observations, in the data file's order.
    pub mutants: Vec<(String, Vec<(Task, Observation)>)>,
    /// What the compiler warned of in the solution.
    pub warnings: Vec<Diagnostic>,
}

/// Runs the reference and all mutants of an exercise.
pub fn record(course: &Course, toolbox: &Toolbox, exercise: &Exercise) -> Result<Recorded, Problem> {
    let file = bench::solution_file(exercise);
    let solution = bench::read(course, &file)?;
    let id = &exercise.spec.id;
    let Seen { observations: reference, warnings, .. } = seen(toolbox, exercise, &file, solution.clone())?
        .map_err(|fault| Problem::new(format!("the solution of {id}: {fault}"), format!("mend {file}")))?;
    for scenario in &exercise.spec.scenarios {
        let ending =
            reference.iter().find(|(task, _)| task.scenario == scenario.id).map(|(_, seen)| &seen.ending);
        if ending != Some(&crate::exercise::Ending::Complete) {
            return Err(Problem::new(
                format!(
                    "the solution of {id} does not come to the end of scenario {}: {ending:?}",
                    scenario.id
                ),
                format!(
                    "mend {file}, or the scenario in grader/src/exercises/{}.rs",
                    exercise.spec.file_stem()
                ),
            ));
        }
    }
    let mut mutants = Vec::new();
    for mutant in &exercise.spec.mutants {
        let data = format!("grader/exercises/{id}.toml");
        let source = mutant
            .source(&solution)
            .map_err(|why| Problem::new(format!("{id}: {why}"), format!("mend {data}")))?;
        let observations = seen(toolbox, exercise, &file, source)?.map_err(|fault| {
            Problem::new(
                format!("mutant {} of {id}: {fault}", mutant.name),
                format!("mend its edits in {data}"),
            )
        })?;
        mutants.push((mutant.name.clone(), observations.observations));
    }
    let reference = reference.into_iter().map(|(task, seen)| (task.scenario, seen)).collect();
    Ok(Recorded { reference, mutants, warnings })
}

/// The snapshot files of an exercise. They are taken from the last time where nothing that they depend on has changed
/// since: solution, data file, lab, exercise, compiler. Also says where the
/// reference does other things than before.
pub fn snapshot_files(
    course: &Course,
    toolbox: &Toolbox,
    exercise: &Exercise,
) -> Result<(Vec<Generated>, Vec<String>), Problem> {
    let solution = bench::read(course, &bench::solution_file(exercise))?;
    let spec = serde_json::to_string(&exercise.spec).expect("plain data serialises");
    let key = mark_of(&format!("{}\n{spec}\n{solution}", toolbox.mark()));
    let note = course.private(&format!("recorded/{}.json", exercise.spec.id));
    let known: Option<(String, Vec<Generated>)> =
        std::fs::read(&note).ok().and_then(|text| serde_json::from_slice(&text).ok());
    if let Some((_, files)) = known.filter(|(known, _)| *known == key) {
        return Ok((files, Vec::new()));
    }
    let recorded = record(course, toolbox, exercise)?;
    let files = recorded.files(&exercise.spec.id).map(|(path, text)| Generated { path, text }).to_vec();
    bench::write(&note, &serde_json::to_string_pretty(&(key, &files)).expect("plain data serialises"))?;
    Ok((files, recorded.changes(&exercise.reference)))
}

type Observations = Vec<(Task, Observation)>;

/// What a text was seen to do in the place of the solution.
pub fn seen(
    toolbox: &Toolbox,
    exercise: &Exercise,
    file: &str,
    text: String,
) -> Result<Result<Seen, Fault>, Problem> {
    let source = Source { shown_as: file.to_owned(), text };
    let seen = drive(toolbox, &NoSandbox, exercise, &source, &exercise.tasks(), &Limits::default());
    seen.map_err(|e| bench::machine(&e))
}

impl Recorded {
    /// The snapshot files: path below the top folder, and text.
    pub fn files(&self, id: &str) -> [(String, String); 2] {
        let fingerprints = |seen: &Observations| {
            seen.iter().map(|(task, seen)| (task.scenario.clone(), Fingerprints::written(seen))).collect()
        };
        let mutants = self.mutants.iter().map(|(name, seen)| (name.clone(), fingerprints(seen))).collect();
        [
            (
                format!("grader/snapshots/{id}.snap"),
                snapshot("solutions/tests/reference.rs", "seen", &reference_text(&self.reference)),
            ),
            (
                format!("grader/snapshots/{id}.mutants.snap"),
                snapshot("grader/src/cli/snapshots.rs", "mutants", &mutants_text(&Fingerprints(mutants))),
            ),
        ]
    }

    /// Where the reference does other things than `before`, one line a scenario.
    pub fn changes(&self, before: &BTreeMap<String, Observation>) -> Vec<String> {
        let mut lines = Vec::new();
        for (scenario, now) in &self.reference {
            let Some(then) = before.get(scenario) else {
                lines.push(format!("{scenario}: new"));
                continue;
            };
            if !now.same_as(then) {
                let place = (0..).find(|i| now.steps.get(*i) != then.steps.get(*i)).unwrap_or_default();
                let shown = |seen: &Observation| {
                    seen.steps
                        .get(place)
                        .map_or("nothing".to_owned(), |step| format!("{} = {}", step.what, step.got))
                };
                lines.push(format!("{scenario}, step {}: was {}, is {}", place + 1, shown(then), shown(now)));
            }
        }
        lines.extend(
            before.keys().filter(|id| !self.reference.contains_key(*id)).map(|id| format!("{id}: gone")),
        );
        lines
    }
}

/// A snapshot in insta's file format.
pub fn snapshot(source: &str, expression: &str, text: &str) -> String {
    format!("---\nsource: {source}\nexpression: {expression}\n---\n{text}\n")
}

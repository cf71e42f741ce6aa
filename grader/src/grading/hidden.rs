//! Further runs of an official grading, with seeds that nobody knows before the answer is handed in.
//!
//! A seed follows from the instructor's [`Secret`], the scenario, and the answer's text. So a copied answer gets the same
//! seeds, another answer gets others, and a second grading repeats the first. A run is judged as the visible one is: by the
//! exercise's rules, and by comparison with what the reference solution does with the same seed.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::OnceLock;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::Ledger;
use crate::cli::Problem;
use crate::exercise::{Ending, Observation, Task};
use crate::intake::sha256;
use crate::judge::{Exercise, HiddenRun, Report, ScenarioReport, Verdict, Violation, judge};
use crate::pipeline::{COMPILE_LIMIT, Compiled, Limits, NoSandbox, Seen, Source, Toolbox, run};

/// Fewer bytes can be guessed.
const SHORTEST_SECRET: usize = 16;
/// The rule that an answer breaks which passes the visible run and not a hidden one.
const RULE: &str = "hidden-run";

/// What only the instructor knows. It is never printed and never leaves this process.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// The secret in a file. White space at its end, as editors put it there, is no part of it.
    ///
    /// # Errors
    /// When the file can't be read, or the secret is shorter than 16 bytes.
    pub fn read(file: &Path) -> Result<Self, Problem> {
        let make = "make one: `head -c 32 /dev/urandom | base64 > FILE`, and keep it from the learners";
        let bytes = fs::read(file).map_err(|e| Problem::file("read", file, &e, make))?;
        Self::new(bytes.trim_ascii_end())
            .map_err(|why| Problem::new(format!("{}: {why}", file.display()), make))
    }

    /// # Errors
    /// When it is too short.
    fn new(bytes: &[u8]) -> Result<Self, String> {
        match bytes.len() {
            short if short < SHORTEST_SECRET => Err(format!(
                "a secret of {short} bytes can be guessed; at least {SHORTEST_SECRET} are needed"
            )),
            _ => Ok(Self(bytes.to_vec())),
        }
    }

    /// The seed of a scenario's hidden run: of 32 bits, since some scenarios count seeds up from it.
    fn seed(&self, exercise: &str, scenario: &str, text_hash: &str, number: u32) -> u64 {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key of any length will do");
        // No part has a line break in it, so different parts make different messages.
        mac.update(format!("{exercise}\n{scenario}\n{text_hash}\n{number}").as_bytes());
        let bytes = mac.finalize().into_bytes();
        bytes.iter().take(4).fold(0, |seed, byte| seed << 8 | u64::from(*byte))
    }
}

/// What hidden runs are drawn from and compared with.
pub struct Hidden<'a> {
    secret: Secret,
    /// Of each scenario.
    runs: u32,
    toolbox: &'a Toolbox,
    ledger: &'a Ledger,
    references: BTreeMap<String, Reference>,
}

/// The reference solution of an exercise.
struct Reference {
    source: Source,
    seeded: OnceLock<Result<Vec<String>, String>>,
    compiled: OnceLock<Result<Compiled, String>>,
}

/// The hidden runs of one answer.
pub struct Planned<'a> {
    hidden: &'a Hidden<'a>,
    exercise: &'a Exercise,
    reference: &'a Reference,
    /// By the runs' numbers, from 1 on.
    rounds: Vec<Vec<Task>>,
}

impl<'a> Hidden<'a> {
    /// `runs` hidden runs for each scenario of `exercises` that depends on its seed. The solutions lie in the clone at
    /// `root`; what they were seen to do is noted in `ledger`.
    ///
    /// # Errors
    /// When a solution is not there.
    pub fn new(
        secret: Secret,
        runs: u32,
        toolbox: &'a Toolbox,
        root: &Path,
        exercises: &[Exercise],
        ledger: &'a Ledger,
    ) -> Result<Self, Problem> {
        let references = exercises.iter().map(|exercise| {
            let shown_as = format!("solutions/src/{}.rs", exercise.spec.file_stem());
            let file = root.join(&shown_as);
            let text = fs::read_to_string(&file).map_err(|e| {
                let next = "hidden runs are compared with the solutions: grade in the full clone, or without `--secret`";
                Problem::file("read", &file, &e, next)
            })?;
            let source = Source { shown_as, text };
            Ok((exercise.spec.id.clone(), Reference::new(source)))
        });
        Ok(Self { secret, runs, toolbox, ledger, references: references.collect::<Result<_, _>>()? })
    }

    /// How many hidden runs each scenario has that depends on its seed.
    pub fn runs(&self) -> u32 {
        self.runs
    }

    /// The hidden runs of an answer with this text; nothing where no scenario of the exercise depends on its seed.
    ///
    /// # Errors
    /// Why this machine could not find that out.
    pub fn of(&'a self, exercise: &'a Exercise, text: &str) -> Result<Option<Planned<'a>>, String> {
        let id = &exercise.spec.id;
        let reference = self.references.get(id).ok_or_else(|| format!("{id} has no solution here"))?;
        let seeded = reference.seeded.get_or_init(|| self.measure(exercise, reference)).as_ref()?;
        if seeded.is_empty() {
            return Ok(None);
        }
        let text = sha256(text);
        let round = |number: u32| {
            let task = |scenario: &String| Task {
                scenario: scenario.clone(),
                seed: self.secret.seed(id, scenario, &text, number),
            };
            seeded.iter().map(task).collect()
        };
        let rounds = (1..=self.runs).map(round).collect();
        Ok(Some(Planned { hidden: self, exercise, reference, rounds }))
    }

    /// The scenarios in which the reference does something else with another seed, be it only on the wire, and those whose data
    /// file calls them drawn. Those that it keeps to one seed are left out.
    fn measure(&self, exercise: &Exercise, reference: &Reference) -> Result<Vec<String>, String> {
        let key = ("seeded", &exercise.spec.id, &exercise.spec.scenarios, &reference.source.text);
        if let Some(known) = self.ledger.recall(&key) {
            return Ok(known);
        }
        let mut seeded = Vec::new();
        let visible = exercise.tasks();
        let others = (1..=3_u64).map(|other| {
            let task = |task: &Task| Task {
                scenario: task.scenario.clone(),
                seed: task.seed ^ (other * 0x9e37_79b9),
            };
            visible.iter().map(task).collect::<Vec<_>>()
        });
        let seen = std::iter::once(visible.clone())
            .chain(others)
            .map(|tasks| reference.drive(self.toolbox, exercise, &tasks))
            .collect::<Result<Vec<_>, _>>()?;
        for (place, scenario) in exercise.spec.scenarios.iter().enumerate() {
            let first = &seen[0][place].1;
            let differs = || seen.iter().any(|other| other[place].1 != *first);
            if (scenario.drawn || differs()) && scenario.only_this_seed.is_none() {
                seeded.push(scenario.id.clone());
            }
        }
        let _ = self.ledger.note(&key, &seeded);
        Ok(seeded)
    }

    /// What the reference was seen to do in `tasks`, without the runs.
    fn expected(
        &self,
        exercise: &Exercise,
        reference: &Reference,
        tasks: &[Task],
    ) -> Result<Vec<(Task, Observation)>, String> {
        let key = ("expected", &exercise.spec.id, tasks, &reference.source.text);
        if let Some(known) = self.ledger.recall(&key) {
            return Ok(known);
        }
        let mut seen = reference.drive(self.toolbox, exercise, tasks)?;
        seen.iter_mut().for_each(|(_, observation)| observation.run = None);
        let itself = judge(&exercise.at_seeds(&seen), &seen);
        if let Some(wrong) = itself.first_failure() {
            return Err(format!(
                "the solution of {} does not pass scenario {} with seed {}: no answer can be judged by it",
                itself.exercise, wrong.id, wrong.seed
            ));
        }
        let _ = self.ledger.note(&key, &seen);
        Ok(seen)
    }
}

impl Reference {
    fn new(source: Source) -> Self {
        Self { source, seeded: OnceLock::new(), compiled: OnceLock::new() }
    }

    /// Runs the solution, which is the course's own and needs no sandbox.
    ///
    /// # Errors
    /// When it did not come to the end of every task.
    fn drive(
        &self,
        toolbox: &Toolbox,
        exercise: &Exercise,
        tasks: &[Task],
    ) -> Result<Vec<(Task, Observation)>, String> {
        let id = &exercise.spec.id;
        let compile = || match toolbox.compile(&NoSandbox, &exercise.spec, &self.source, COMPILE_LIMIT) {
            Ok(Ok(compiled)) => Ok(compiled),
            Ok(Err(fault)) => Err(format!("the solution of {id}: {fault}")),
            Err(error) => Err(format!("the solution of {id}: {error}")),
        };
        let compiled = self.compiled.get_or_init(compile).as_ref()?;
        let seen = run(&NoSandbox, compiled, tasks, &Limits::default());
        let seen = seen.map_err(|error| format!("the solution of {id}: {error}"))?.observations;
        let ended = |task: &Task| seen.iter().any(|(of, seen)| of == task && seen.ending == Ending::Complete);
        match tasks.iter().find(|task| !ended(task)) {
            None => Ok(seen),
            Some(task) => Err(format!(
                "the solution of {id} does not come to the end of scenario {} with seed {}",
                task.scenario, task.seed
            )),
        }
    }
}

impl Planned<'_> {
    /// Names the runs, and what they are compared with.
    pub fn mark(&self) -> String {
        let key = (&self.rounds, &self.reference.source.text);
        sha256(serde_json::to_vec(&key).expect("plain data serialises"))
    }

    /// Takes an answer through its hidden runs and adds to the report what came of them. A scenario that did not pass has
    /// none, and after one that did not pass there is no further one: the points are gone already.
    ///
    /// # Errors
    /// When this machine fails, or the reference.
    pub fn add(&self, report: &mut Report, run: &dyn Fn(&[Task]) -> io::Result<Seen>) -> io::Result<()> {
        for (round, number) in self.rounds.iter().zip(1..) {
            let passed = |task: &&Task| {
                report.scenarios.iter().any(|s| s.id == task.scenario && s.verdict == Verdict::Passed)
            };
            let tasks: Vec<Task> = round.iter().filter(passed).cloned().collect();
            if tasks.is_empty() {
                break;
            }
            // Of the whole round, so that it is the same for every answer with these seeds.
            let expected =
                self.hidden.expected(self.exercise, self.reference, round).map_err(io::Error::other)?;
            let judged = judge(&self.exercise.at_seeds(&expected), &run(&tasks)?.observations);
            for hidden in judged.scenarios.into_iter().filter(|s| tasks.iter().any(|t| t.scenario == s.id)) {
                let visible = report.scenarios.iter_mut().find(|scenario| scenario.id == hidden.id);
                visible.into_iter().for_each(|visible| fold(&report.exercise, visible, &hidden, number));
            }
        }
        let passed = report.scenarios.iter().filter(|scenario| scenario.verdict == Verdict::Passed);
        report.points = passed.map(|scenario| scenario.max_points).sum();
        Ok(())
    }
}

/// Adds a hidden run to the report of its scenario. What a learner is shown of it says how it ended and which rules it
/// broke, and nothing that was asked or expected.
fn fold(exercise: &str, visible: &mut ScenarioReport, hidden: &ScenarioReport, number: u32) {
    visible.hidden.push(HiddenRun {
        number,
        seed: hidden.seed,
        verdict: hidden.verdict.clone(),
        violations: hidden.violations.clone(),
        difference: hidden.difference.clone(),
    });
    let (id, seed) = (&hidden.id, hidden.seed);
    let rules: Vec<String> = hidden.violations.iter().map(|broken| format!("`{}`", broken.rule)).collect();
    let how = match &hidden.verdict {
        Verdict::Passed => return,
        Verdict::Failed if rules.is_empty() => "it does not do what a right answer does".to_owned(),
        Verdict::Failed => format!("it breaks {}", rules.join(", ")),
        Verdict::Unfinished { .. } => "it reaches a `todo!()`".to_owned(),
        Verdict::Panicked { .. } => "it panics".to_owned(),
        Verdict::TimedOut { .. } => "it does not come back in time".to_owned(),
        Verdict::NotRun => "it does not come to its end".to_owned(),
    };
    // A panic's message may say what was asked.
    visible.verdict = match &hidden.verdict {
        Verdict::TimedOut { after_ms } => Verdict::TimedOut { after_ms: *after_ms },
        Verdict::NotRun => Verdict::NotRun,
        _ => Verdict::Failed,
    };
    let why = format!(
        "your code passes the run that you see, and in hidden run {number} of scenario `{id}`, seed {seed}, {how}. Does it \
         count on what happens in the visible run? `cargo course check {exercise} --scenario {id} --seed {seed}` repeats \
         this one."
    );
    visible.violations.push(Violation::new(RULE, why));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_seed_follows_from_everything_and_repeats() {
        let one = secret("0123456789abcdef");
        let seed = one.seed("E6.2", "late", "a", 1);
        assert_eq!(seed, one.seed("E6.2", "late", "a", 1));
        assert!(seed < 1 << 32);
        let others = [
            one.seed("E6.3", "late", "a", 1),
            one.seed("E6.2", "later", "a", 1),
            one.seed("E6.2", "late", "b", 1),
            one.seed("E6.2", "late", "a", 2),
            secret("0123456789abcdeg").seed("E6.2", "late", "a", 1),
        ];
        assert!(others.iter().all(|other| *other != seed), "{seed} and {others:?}");
    }

    #[test]
    fn a_secret_is_long_and_never_shown() {
        assert!(Secret::new(b"0123456789abcde").unwrap_err().contains("15 bytes"));
        assert_eq!(format!("{:?}", secret("0123456789abcdef")), "Secret(…)");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        fs::write(&file, "short-one       \n\n").unwrap();
        let problem = Secret::read(&file).unwrap_err().to_string();
        assert!(problem.contains("9 bytes") && !problem.contains("short-one"), "{problem}");
        fs::write(&file, "0123456789abcdef\n").unwrap();
        assert_eq!(Secret::read(&file).unwrap().0, b"0123456789abcdef");
    }

    #[test]
    fn a_learner_sees_that_and_not_what() {
        let exercise = Exercise::find("E6.1").unwrap();
        let seen: Vec<_> = exercise
            .tasks()
            .into_iter()
            .map(|t| (t.clone(), exercise.reference[&t.scenario].clone()))
            .collect();
        let mut report = judge(&exercise, &seen);
        assert!(report.passed());
        let mut hidden = report.scenarios[0].clone();
        hidden.seed = 77;
        fold("E6.1", &mut report.scenarios[0], &hidden, 1);
        assert!(report.passed(), "a hidden run that passed changes nothing");
        let message = "asked for the-hidden-key".to_owned();
        hidden.verdict = Verdict::Panicked { message, at: None };
        hidden.violations = vec![Violation::new("a-rule", "the-hidden-key has the-hidden-value")];
        fold("E6.1", &mut report.scenarios[0], &hidden, 2);
        assert_eq!(report.scenarios[0].verdict, Verdict::Failed);
        assert_eq!(report.scenarios[0].hidden.len(), 2);
        let told = format!("{}{}", report.text(), serde_json::to_string(&report.for_learner()).unwrap());
        assert!(told.contains("hidden run 2 of scenario `table`, seed 77, it panics"), "{told}");
        assert!(!told.contains("the-hidden"), "{told}");
        assert!(
            serde_json::to_string(&report).unwrap().contains("the-hidden-value"),
            "the instructor sees it"
        );
    }
}

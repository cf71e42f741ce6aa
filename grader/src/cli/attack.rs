//! `course attack`.

use std::fmt::Write;
use std::io;

use super::build::{self, Generated};
use super::snapshots::snapshot;
use super::{Course, Problem, Verdict, bench};
use crate::attack::{self, Attack, Outcome, Player, Settings, attacked_by};
use crate::exercise::{Observation, Task};
use crate::judge::{Audience, Exercise, Mutant};
use crate::pipeline::{COMPILE_LIMIT, Compiled, Fault, Limits, NoSandbox, Source, Toolbox, run as driven};

/// The arguments of `course attack`.
#[derive(clap::Args)]
pub struct Args {
    /// The exercises, such as E9.3; all that can be attacked, without it.
    exercises: Vec<String>,
    /// How many random situations at most.
    #[arg(long, default_value_t = Settings::default().situations)]
    situations: u64,
    /// The seed of the first.
    #[arg(long, default_value_t = Settings::default().seed)]
    seed: u64,
    /// Print the results as JSON.
    #[arg(long, conflicts_with = "mutants")]
    json: bool,
    /// Authors: attack the solution and its mutants instead, and write down what is found.
    #[arg(long, conflicts_with_all = ["situations", "seed"])]
    mutants: bool,
}

/// Runs the command.
///
/// # Errors
/// When the environment lacks something, or there is no attack on an exercise.
pub fn run(args: Args, course: &Course) -> Result<Verdict, Problem> {
    let exercises = match args.exercises.as_slice() {
        [] => attack::DRILLS.iter().filter_map(|(id, _)| Exercise::find(id).ok()).collect(),
        named => bench::exercises(named)?,
    };
    if let Some(other) = exercises.iter().find(|exercise| !can_be_attacked(exercise)) {
        let known: Vec<_> = attack::DRILLS.iter().map(|(id, _)| *id).collect();
        return Err(Problem::new(
            format!("there is no attack on {}", other.spec.id),
            format!("name one of these: {}", known.join(", ")),
        ));
    }
    let toolbox = bench::toolbox(course)?;
    if args.mutants {
        let tables =
            bench::in_parallel("attacking mutants", &exercises, |exercise| table(course, &toolbox, exercise));
        let tables: Vec<_> = tables.into_iter().collect::<Result<_, _>>()?;
        for (file, wrong) in &tables {
            bench::write(&course.path(&file.path), &file.text)?;
            say!("{}\n{}", file.path, file.text);
            wrong.iter().for_each(|wrong| say!("✘ {wrong}"));
        }
        let good = tables.iter().all(|(_, wrong)| wrong.is_empty());
        return Ok(if good { Verdict::Good } else { Verdict::Wrong });
    }
    let settings = Settings { situations: args.situations, seed: args.seed };
    let sources: Vec<_> = exercises
        .iter()
        .map(|exercise| Ok((exercise, bench::answer_source(course, exercise)?)))
        .collect::<Result<_, Problem>>()?;
    let results = bench::in_parallel("attacking", &sources, |(exercise, source)| {
        attacked(&toolbox, exercise, source, &settings)
    });
    let mut results_in_full = Vec::new();
    let mut good = true;
    for result in results {
        match result? {
            Ok(attack) => {
                good &= attack.survived();
                if !args.json {
                    say!("{}", attack.text_for(Audience::Terminal));
                }
                results_in_full.push(attack);
            }
            Err(fault) => {
                good = false;
                eprintln!("{fault}\n");
            }
        }
    }
    if args.json {
        say!("{}", serde_json::to_string_pretty(&results_in_full).expect("plain data serialises"));
    }
    Ok(if good { Verdict::Good } else { Verdict::Wrong })
}

/// Whether there is an attack on an exercise.
pub fn can_be_attacked(exercise: &Exercise) -> bool {
    attack::DRILLS.iter().any(|(id, _)| *id == exercise.spec.id)
}

/// A compiled answer: its situations are played in a process of their own.
struct Driven {
    compiled: Compiled,
}

impl Player for Driven {
    fn play(&mut self, tasks: &[Task]) -> io::Result<Vec<Observation>> {
        let limits = Limits { stop_at_timeout: true, ..Limits::default() };
        let seen = driven(&NoSandbox, &self.compiled, tasks, &limits)?;
        let in_order = seen.observations.into_iter().zip(tasks).take_while(|((seen, _), task)| seen == *task);
        Ok(in_order.map(|((_, observation), _)| observation).collect())
    }
}

/// Compiles a file and attacks it. The outer error is this machine's, the inner one the file's.
fn attacked(
    toolbox: &Toolbox,
    exercise: &Exercise,
    source: &Source,
    settings: &Settings,
) -> Result<Result<Attack, Fault>, Problem> {
    let machine = |e: io::Error| bench::machine(&e);
    let compiled =
        match toolbox.compile(&NoSandbox, &exercise.spec, source, COMPILE_LIMIT).map_err(machine)? {
            Ok(compiled) => compiled,
            Err(fault) => return Ok(Err(fault)),
        };
    let attack = attacked_by(&exercise.spec.id, &mut Driven { compiled }, settings)
        .map_err(|unknown| Problem::new(unknown.to_string(), "name one of these"))?;
    Ok(Ok(attack.map_err(machine)?))
}

/// What the attack finds of the solution and of each mutant, as a snapshot file, and what is wrong with that: a solution
/// that does not survive, a mutant that is not found and does not say why, or one that says why and is found.
pub fn table(
    course: &Course,
    toolbox: &Toolbox,
    exercise: &Exercise,
) -> Result<(Generated, Vec<String>), Problem> {
    let (id, file) = (&exercise.spec.id, bench::solution_file(exercise));
    let solution = bench::read(course, &file)?;
    let settings = Settings::default();
    let attack = |who: &str, text: String| {
        let source = Source { shown_as: file.clone(), text };
        attacked(toolbox, exercise, &source, &settings)?.map_err(|fault| {
            Problem::new(format!("{who} of {id}: {fault}"), format!("mend {file}, or the mutant's edits"))
        })
    };
    let reference = attack("the solution", solution.clone())?;
    let mut wrong = Vec::new();
    let mut text = format!("{} random situations, from seed {}\n\n", settings.situations, settings.seed);
    if let Some(story) = reference.story() {
        wrong.push(format!("the solution of {id} breaks {}: {}", story.rule.name, story.happened));
    }
    for idle in reference.rules.iter().filter(|tested| tested.times == 0) {
        wrong.push(format!("the attack on {id} never puts {} to the test", idle.rule.name));
    }
    let (mut found, mut missed) = (String::new(), String::new());
    let width = exercise.spec.mutants.iter().map(|mutant| mutant.name.len()).max().unwrap_or(0);
    let mut count = 0;
    for mutant in &exercise.spec.mutants {
        let Mutant { name, unseen_by_attack: reason, .. } = mutant;
        let source = mutant.source(&solution).map_err(|why| {
            Problem::new(format!("{id}: {why}"), format!("mend grader/exercises/{id}.toml"))
        })?;
        let attack = attack(&format!("mutant {name}"), source)?;
        match (&attack.outcome, reason) {
            (Outcome::Broken(story), reason) => {
                count += 1;
                let [events, _] = story.events;
                let _ = writeln!(
                    found,
                    "{name:width$}  {:43}  after {:3}, events in the smallest story: {events}",
                    story.rule.name, story.after
                );
                if reason.is_some() {
                    wrong.push(format!("mutant {name} is found now: take its `unseen_by_attack` away"));
                }
            }
            (_, Some(reason)) => {
                let _ = writeln!(missed, "{name:width$}  {reason}");
            }
            (outcome, None) => {
                let _ = writeln!(missed, "{name:width$}  {outcome:?}");
                wrong.push(format!(
                    "mutant {name} is not found: draw situations that reach it, or say in `unseen_by_attack` why none can"
                ));
            }
        }
    }
    let _ = write!(text, "Found: {count} of {}\n\n{found}", exercise.spec.mutants.len());
    if !missed.is_empty() {
        let _ = write!(text, "\nNot found:\n\n{missed}");
    }
    let path = format!("grader/snapshots/{id}.attack.snap");
    let text = snapshot("grader/src/cli/attack.rs", "attack", text.trim_end());
    Ok((Generated { path, text }, wrong))
}

/// What is wrong with the attack on an exercise, if there is one; also a snapshot that is not what is found now.
pub fn wrong(course: &Course, toolbox: &Toolbox, exercise: &Exercise) -> Result<Vec<String>, Problem> {
    if !can_be_attacked(exercise) {
        return Ok(Vec::new());
    }
    let (file, mut wrong) = table(course, toolbox, exercise)?;
    if !build::stale(course, std::slice::from_ref(&file)).is_empty() {
        let id = &exercise.spec.id;
        wrong.push(format!("{} is not what is found now: cargo course attack {id} --mutants", file.path));
    }
    Ok(wrong)
}

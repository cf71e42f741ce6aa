//! `course check`.

use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use notify::{RecursiveMode, Watcher};

use super::{Course, Problem, Verdict, bench};
use crate::exercise::Task;
use crate::judge::{Audience, Exercise, judge};
use crate::pipeline::{Assessment, Limits, NoSandbox, Printed, Shelter, Source, Toolbox, assess, drive};
use crate::progress::{Attempt, note_in};

/// The arguments of `course check`.
#[derive(clap::Args)]
pub struct Args {
    /// The exercises, such as E6.1; all without it.
    exercises: Vec<String>,
    /// Run this scenario of the exercise alone.
    #[arg(long, value_name = "SCENARIO", conflicts_with = "watch")]
    scenario: Option<String>,
    /// Run the scenario with this seed, as an official grading did.
    #[arg(long, value_name = "N", requires = "scenario")]
    seed: Option<u64>,
    /// Stay, and check an exercise again whenever its file is saved.
    #[arg(long)]
    watch: bool,
    /// Print the results as JSON.
    #[arg(long, conflicts_with = "watch")]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// When the environment lacks something, or there is no such exercise.
pub fn run(args: Args, course: &Course) -> Result<Verdict, Problem> {
    let exercises = bench::exercises(&args.exercises)?;
    let toolbox = bench::toolbox(course)?;
    let results = match &args.scenario {
        None => check(course, &toolbox, &exercises)?,
        Some(scenario) => vec![again(course, &toolbox, &exercises, scenario, args.seed)?],
    };
    if args.json {
        say!("{}", serde_json::to_string_pretty(&results).expect("plain data serialises"));
    } else {
        // One failure in full is enough at a time, unless the reader named what she wants to see.
        say!("{}", overview(&results, !args.exercises.is_empty()).trim_end());
    }
    if args.watch {
        return watch(course, &toolbox, &exercises);
    }
    Ok(if results.iter().all(Assessment::passed) { Verdict::Good } else { Verdict::Wrong })
}

/// One scenario alone, with any seed. It is practice, and no attempt.
fn again(
    course: &Course,
    toolbox: &Toolbox,
    exercises: &[Exercise],
    scenario: &str,
    seed: Option<u64>,
) -> Result<Assessment, Problem> {
    let [exercise] = exercises else {
        let next = "name its exercise: `cargo course check E6.2 --scenario SCENARIO --seed N`";
        return Err(Problem::new("a scenario belongs to one exercise", next));
    };
    let mut exercise = exercise.clone();
    let known: Vec<String> = exercise.spec.scenarios.iter().map(|known| known.id.clone()).collect();
    exercise.spec.scenarios.retain(|known| known.id == scenario);
    let Some(seed) = exercise.spec.scenarios.first().map(|known| seed.unwrap_or(known.seed)) else {
        let what = format!("{} has no scenario {scenario:?}", exercise.spec.id);
        return Err(Problem::new(what, format!("name one of these: {}", known.join(", "))));
    };
    let tasks = [Task { scenario: scenario.to_owned(), seed }];
    let run = |source: &Source| {
        drive(toolbox, &NoSandbox, &exercise, source, &tasks, &Limits::default())
            .map_err(|e| bench::machine(&e))
    };
    let started = std::time::Instant::now();
    let seen = run(&bench::answer_source(course, &exercise)?)?;
    let shown_as = bench::solution_file(&exercise);
    let judged_by = match std::fs::read_to_string(course.path(&shown_as)) {
        _ if exercise.tasks() == tasks => exercise.clone(),
        Ok(text) => match run(&Source { shown_as, text })? {
            Ok(reference) => exercise.at_seeds(&reference.observations),
            Err(fault) => return Err(Problem::new(format!("the solution: {fault}"), "mend it")),
        },
        // Without the solutions, as learners have the course, the rules alone judge another seed.
        Err(_) => {
            eprintln!(
                "Judged by the exercise's rules alone: what a right answer does with seed {seed} is not known here."
            );
            exercise.clone()
        }
    };
    let (report, fault, printed) = match seen {
        Ok(seen) => (judge(&judged_by, &seen.observations), None, seen.printed),
        Err(fault) => (judge(&judged_by, &[]), Some(fault), Printed::default()),
    };
    let took_ms = started.elapsed().as_millis() as u64;
    Ok(Assessment { report, fault, printed, protection: NoSandbox.protection(), took_ms })
}

fn check(course: &Course, toolbox: &Toolbox, exercises: &[Exercise]) -> Result<Vec<Assessment>, Problem> {
    let sources: Vec<_> = exercises
        .iter()
        .map(|e| Ok((e, bench::answer_source(course, e)?)))
        .collect::<Result<_, Problem>>()?;
    let limits = Limits { stop_at_timeout: true, ..Limits::default() };
    let results = bench::in_parallel("checking", &sources, |(exercise, source)| {
        assess(toolbox, &NoSandbox, exercise, source, &limits)
    });
    let results: Vec<_> = results.into_iter().collect::<Result<_, _>>().map_err(|e| bench::machine(&e))?;
    for result in &results {
        // A file that doesn't compile is no attempt yet.
        if let (None, Some(attempt)) = (&result.fault, Attempt::of(&result.report)) {
            note_in(&course.private("progress.jsonl"), &attempt);
        }
    }
    Ok(results)
}

/// The results as text: in full, or one line each and the first that went wrong in full.
fn overview(results: &[Assessment], in_full: bool) -> String {
    let mut out = String::new();
    let mut shown = false;
    for result in results {
        let report = &result.report;
        let wrong = result.fault.is_some() || !(report.passed() || report.untouched());
        if in_full || wrong && !shown {
            out.push_str(&in_detail(result));
            out.push('\n');
            shown |= wrong;
        } else {
            let (mark, more) = match (&result.fault, report) {
                (Some(_), _) => ('✘', " — does not compile"),
                (None, report) if report.passed() => ('✔', ""),
                (None, report) if report.untouched() => ('…', " — still the stub"),
                (None, _) => ('✘', ""),
            };
            let points = format!("{} of {} points", report.points, report.max_points);
            out.push_str(&format!("{mark} {} {} — {points}{more}\n", report.exercise, report.title));
        }
    }
    if let [.., _] = results
        && !in_full
    {
        let passed = results.iter().filter(|result| result.passed()).count();
        out.push_str(&format!("\n{passed} of {} exercises pass.\n", results.len()));
    }
    out
}

/// One result in full.
pub fn in_detail(result: &Assessment) -> String {
    let report = &result.report;
    let mut out = match &result.fault {
        None => report.text_for(Audience::Terminal),
        Some(fault) => {
            let id = &report.exercise;
            let head = format!("{id} {} — 0 of {} points", report.title, report.max_points);
            let at = fault.first_error().and_then(|error| error.at.as_ref());
            let next = match at.filter(|at| !at.starts_with(crate::pipeline::DRIVER)) {
                Some(at) => format!("Next: look at {at}, then `cargo course check {id}`."),
                None => format!("Next: change that, then `cargo course check {id}`."),
            };
            format!("{head}\n\n{fault}\n\n{next}\n")
        }
    };
    for (name, text) in
        [("standard output", &result.printed.stdout), ("standard error", &result.printed.stderr)]
    {
        if !text.is_empty() {
            let cut = if result.printed.cut { " (cut)" } else { "" };
            out.push_str(&format!("What your code wrote to {name}{cut}:\n{}\n", text.trim_end()));
        }
    }
    out
}

/// Checks what is saved, until the reader interrupts.
fn watch(course: &Course, toolbox: &Toolbox, exercises: &[Exercise]) -> Result<Verdict, Problem> {
    let folder = course.path("exercises/src");
    let (_watcher, saved) = watcher(&folder).map_err(|e| {
        Problem::new(
            format!("cannot watch {}: {e}", folder.display()),
            "run `cargo course check` without --watch",
        )
    })?;
    say!("Watching {}: save a file and it is checked. Ctrl-C ends this.", folder.display());
    while let Ok(stems) = next_batch(&saved) {
        let changed: Vec<_> =
            exercises.iter().filter(|e| stems.contains(&e.spec.file_stem())).cloned().collect();
        if changed.is_empty() {
            continue;
        }
        match check(course, toolbox, &changed) {
            Ok(results) => say!("\n{}", overview(&results, true).trim_end()),
            // An editor that saves by renaming leaves no file for a moment; the next event has it.
            Err(problem) => eprintln!("{problem}"),
        }
    }
    Ok(Verdict::Good)
}

fn watcher(folder: &Path) -> notify::Result<(notify::RecommendedWatcher, Receiver<String>)> {
    let (changed, saved) = channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        if event.kind.is_access() {
            return;
        }
        for stem in event.paths.iter().filter_map(|path| path.file_stem()) {
            let _ = changed.send(stem.to_string_lossy().into_owned());
        }
    })?;
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    Ok((watcher, saved))
}

/// The files that changed, once they have been quiet for a moment: editors save in several steps.
fn next_batch(saved: &Receiver<String>) -> Result<Vec<String>, std::sync::mpsc::RecvError> {
    const QUIET: Duration = Duration::from_millis(150);
    let mut stems = vec![saved.recv()?];
    while let Ok(stem) = saved.recv_timeout(QUIET) {
        stems.push(stem);
    }
    Ok(stems)
}

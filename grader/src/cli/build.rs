//! `course build`.

use std::collections::BTreeSet;

use super::snapshots::snapshot_files;
use super::{Course, Problem, Verdict, bench, chapters};
use crate::authoring;
use crate::judge::{Exercise, Spec};
use crate::store;

/// The arguments of `course build`.
#[derive(clap::Args)]
pub struct Args {
    /// The chapters, such as 6; all without it.
    chapters: Vec<u8>,
    /// Write nothing; say what is not what its sources say.
    #[arg(long)]
    check: bool,
    /// Only what follows from texts: notebooks, stubs. No solution is run, which takes seconds instead of minutes.
    #[arg(long)]
    text: bool,
}

/// A generated file: its path below the top folder, and its text.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Generated {
    /// Below the top folder.
    pub path: String,
    /// What it must hold.
    pub text: String,
}

/// Runs the command.
///
/// # Errors
/// When a source is broken, or the environment lacks something.
pub fn run(args: Args, course: &Course) -> Result<Verdict, Problem> {
    let all = Exercise::all();
    let chosen: Vec<_> = all.iter().filter(|e| of_chapters(&e.spec, &args.chapters)).cloned().collect();
    let sources = chapters::sources(course)?;
    known(&args.chapters, &all, &sources)?;
    let mut files = stubs(course, &chosen)?;
    files.extend(crates(&all));
    let mut lost = Vec::new();
    for chapter in sources.iter().filter(|c| args.chapters.is_empty() || args.chapters.contains(&c.number)) {
        let built = chapters::built(course, chapter, &all)?;
        lost.extend(built.lost.iter().map(|cell| format!("{}: {cell}", built.file.path)));
        files.push(built.file);
    }
    if !args.text {
        files.extend(recorded(course, &chosen)?);
    }
    let verdict = finish(course, &files, args.check)?;
    if !lost.is_empty() && !args.check {
        say!("These cells have no outputs now:\n  {}\nNext: cargo course run", lost.join("\n  "));
    }
    Ok(verdict)
}

/// Runs solutions and mutants: what they did, as the files that keep it.
fn recorded(course: &Course, chosen: &[Exercise]) -> Result<Vec<Generated>, Problem> {
    let toolbox = bench::toolbox(course)?;
    let recorded = bench::in_parallel("running solutions and mutants", chosen, |exercise| {
        snapshot_files(course, &toolbox, exercise)
    });
    let mut files = Vec::new();
    for (exercise, recorded) in chosen.iter().zip(recorded) {
        let (snapshots, changes) = recorded?;
        for change in changes {
            say!("{}: the reference's observations differ: {change}", exercise.spec.id);
        }
        files.extend(snapshots);
    }
    Ok(files)
}

/// Refuses chapters that have neither a source nor an exercise.
fn known(wanted: &[u8], all: &[Exercise], sources: &[chapters::Chapter]) -> Result<(), Problem> {
    let with_exercises = all.iter().filter_map(|e| e.spec.chapter());
    let known: BTreeSet<u8> = sources.iter().map(|chapter| chapter.number).chain(with_exercises).collect();
    match wanted.iter().find(|chapter| !known.contains(chapter)) {
        None => Ok(()),
        Some(unknown) => {
            let known: Vec<_> = known.iter().map(u8::to_string).collect();
            Err(Problem::new(
                format!("there is nothing to build of chapter {unknown}"),
                format!("name one of these: {}", known.join(", ")),
            ))
        }
    }
}

/// Whether an exercise belongs to one of `chapters`, or those are not named.
fn of_chapters(spec: &Spec, chapters: &[u8]) -> bool {
    chapters.is_empty() || spec.chapter().is_some_and(|chapter| chapters.contains(&chapter))
}

/// The stubs of `exercises`, as they must be.
pub fn stubs(course: &Course, exercises: &[Exercise]) -> Result<Vec<Generated>, Problem> {
    let stub = |exercise: &Exercise| {
        let file = bench::solution_file(exercise);
        let text = authoring::stub(&exercise.spec, &bench::read(course, &file)?)
            .map_err(|e| Problem::new(format!("{file}, {e}"), format!("mend {file}")))?;
        Ok(Generated { path: exercise.spec.answer_path(), text })
    };
    exercises.iter().map(stub).collect()
}

/// The generated files of the crates around stubs and solutions.
pub fn crates(all: &[Exercise]) -> Vec<Generated> {
    let specs: Vec<&Spec> = all.iter().map(|exercise| &exercise.spec).collect();
    let file = |path: &str, text| Generated { path: path.to_owned(), text };
    vec![
        file("exercises/src/lib.rs", authoring::exercises_lib(&specs)),
        file("exercises/tests/check.rs", authoring::check_tests(&specs)),
        file("solutions/src/lib.rs", authoring::solutions_lib(&specs)),
    ]
}

/// The files that are not what they must be.
pub fn stale<'a>(course: &Course, files: &'a [Generated]) -> Vec<&'a Generated> {
    let fresh = |file: &Generated| {
        std::fs::read_to_string(course.path(&file.path)).is_ok_and(|text| text == file.text)
    };
    files.iter().filter(|file| !fresh(file)).collect()
}

/// Whether a file holds what a learner may have written.
fn holds_answers(course: &Course, path: &str) -> bool {
    if !path.ends_with(".ipynb") {
        return path.starts_with("exercises/src/e");
    }
    let text = std::fs::read_to_string(course.path(path));
    // What can't be read could hold anything.
    text.is_ok_and(|text| match store::notebook::read_notebook(&text) {
        Ok(notebook) => store::notebook::all_answers(&notebook).iter().any(|answer| !answer.untouched()),
        Err(_) => true,
    })
}

fn finish(course: &Course, files: &[Generated], check: bool) -> Result<Verdict, Problem> {
    let stale = stale(course, files);
    if check {
        for file in &stale {
            say!("stale: {}", file.path);
        }
        return Ok(match stale.is_empty() {
            true => {
                say!("{} generated files are fresh.", files.len());
                Verdict::Good
            }
            false => {
                say!("Next: cargo course build");
                Verdict::Wrong
            }
        });
    }
    for file in &stale {
        let path = course.path(&file.path);
        if holds_answers(course, &file.path)
            && let Some(kept) = store::keep(course, &file.path)?
        {
            say!("kept what was in {} as {}", file.path, kept.display());
        }
        bench::write(&path, &file.text)?;
        say!("wrote {}", file.path);
    }
    say!("{} of {} generated files were fresh already.", files.len() - stale.len(), files.len());
    Ok(Verdict::Good)
}

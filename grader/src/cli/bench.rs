//! What several commands need to assess answers: the toolbox, the cores, the files.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::ui::Step;
use super::{Course, Problem};
use crate::judge::Exercise;
use crate::pipeline::{Source, Toolbox};

/// The toolbox of this clone; where it has to be built, a line says so meanwhile.
pub fn toolbox(course: &Course) -> Result<Toolbox, Problem> {
    let step = Step::passing("preparing the libraries that answers are checked with (once)", 0);
    let toolbox = Toolbox::prepare(course.root(), &course.private("toolbox"), &|made| step.advance(made));
    step.done();
    toolbox
}

/// Does `work` for every item, on all cores, and returns the results in the items' order. A bar that says `what` shows
/// how far it is.
pub fn in_parallel<T: Sync, R: Send>(what: &str, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let step = Step::passing(what, items.len() as u64);
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<Option<R>>> = Mutex::new(items.iter().map(|_| None).collect());
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    std::thread::scope(|scope| {
        for _ in 0..cores.min(items.len()) {
            scope.spawn(|| {
                while let Some((index, item)) =
                    Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|i| Some((i, items.get(i)?)))
                {
                    let result = work(item);
                    step.advance("");
                    done.lock().expect("no thread panics while it holds this")[index] = Some(result);
                }
            });
        }
    });
    step.done();
    let done = done.into_inner().expect("no thread panics while it holds this");
    done.into_iter().map(|result| result.expect("every item was worked on")).collect()
}

/// The exercises that a command line names; all without names.
pub fn exercises(ids: &[String]) -> Result<Vec<Exercise>, Problem> {
    if ids.is_empty() {
        return Ok(Exercise::all());
    }
    ids.iter()
        .map(|id| {
            Exercise::find(id).map_err(|unknown| Problem::new(unknown.to_string(), "name one of these"))
        })
        .collect()
}

/// Where its solution lies.
pub fn solution_file(exercise: &Exercise) -> String {
    format!("solutions/src/{}.rs", exercise.spec.file_stem())
}

/// The text of a file of the course.
pub fn read(course: &Course, below: &str) -> Result<String, Problem> {
    let path = course.path(below);
    std::fs::read_to_string(&path).map_err(|e| {
        Problem::file("read", &path, &e, &format!("`git checkout -- {below}` brings back the committed one"))
    })
}

/// The learner's file of an exercise, ready for the pipeline.
pub fn answer_source(course: &Course, exercise: &Exercise) -> Result<Source, Problem> {
    let shown_as = exercise.spec.answer_path();
    Ok(Source { text: read(course, &shown_as)?, shown_as })
}

/// For an operation of this machine that failed while an answer was assessed.
pub fn machine(error: &std::io::Error) -> Problem {
    Problem::new(
        format!("this machine could not compile or run an answer: {error}"),
        "is there room in the temporary folder? `cargo course doctor` tells what is missing",
    )
}

/// Writes a file, with its folder.
pub fn write(path: &Path, text: &str) -> Result<(), Problem> {
    let written =
        path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(path, text));
    written.map_err(|e| Problem::file("write", path, &e, "is the disk full or the folder read-only?"))
}

//! `course bundle nbgrader`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::bundle::nbgrader::{assignment, config};
use crate::cli::chapters::Chapter;
use crate::cli::{Course, Problem, Verdict, bench, chapters, clone};
use crate::judge::{Exercise, Spec};
use crate::store::notebook::read_notebook;

/// The arguments of `course bundle nbgrader`.
#[derive(clap::Args)]
pub struct Args {
    /// nbgrader's course folder. What is there is not overwritten.
    folder: PathBuf,
    /// The chapters, such as 6; all without it. One without exercises is no assignment.
    chapters: Vec<u8>,
}

/// Runs the command: writes `nbgrader_config.py`, and the source of an assignment for each chapter.
///
/// # Errors
/// When this is no full clone, or a file can't be read or written.
pub fn run(args: Args, course: &Course) -> Result<Verdict, Problem> {
    clone::has_solutions(course)?;
    let all = Exercise::all();
    let mut solved = BTreeMap::new();
    for exercise in &all {
        let solution = bench::read(course, &bench::solution_file(exercise))?;
        solved.insert(exercise.spec.id.as_str(), (&exercise.spec, solution));
    }
    let sources = chapters::sources(course)?;
    let known: Vec<String> = sources.iter().map(|one| one.number.to_string()).collect();
    if let Some(unknown) = args.chapters.iter().find(|n| !known.contains(&n.to_string())) {
        let what = format!("there is no chapter {unknown}");
        return Err(Problem::new(what, format!("name some of {}", known.join(", "))));
    }
    let root = course.root().canonicalize();
    let root = root.map_err(|e| Problem::file("find", course.root(), &e, "is this clone still there?"))?;
    let mut files = vec![(PathBuf::from("nbgrader_config.py"), config(&root))];
    let mut assignments = Vec::new();
    for chapter in &sources {
        let wanted = args.chapters.is_empty() || args.chapters.contains(&chapter.number);
        let made = if wanted { source(course, chapter, &all, &solved)? } else { None };
        if let Some(text) = made {
            let notebook = format!("{}.ipynb", chapter.stem);
            files.push((["source", &chapter.stem, &notebook].iter().collect(), text));
            assignments.push(chapter.stem.as_str());
        }
    }
    let paths = files.iter().map(|(below, _)| args.folder.join(below));
    if let Some(there) = paths.into_iter().find(|path| path.exists()) {
        let what = format!("{} is there already, and may be changed by you", there.display());
        return Err(Problem::new(what, "name another folder, or move it away"));
    }
    let [first, ..] = assignments[..] else {
        return Err(Problem::new("there are no exercises in these chapters", "name others, or none for all"));
    };
    for (below, text) in &files {
        bench::write(&args.folder.join(below), text)?;
    }
    say!(
        "{} assignments in {}, with solutions.\nNext, in that folder: nbgrader generate_assignment {first} --create",
        assignments.len(),
        args.folder.display(),
    );
    Ok(Verdict::Good)
}

/// A chapter as an assignment's source; nothing if it has no exercises.
fn source(
    course: &Course,
    chapter: &Chapter,
    all: &[Exercise],
    solved: &BTreeMap<&str, (&Spec, String)>,
) -> Result<Option<String>, Problem> {
    let built = chapters::built(course, chapter, all)?.file;
    let notebook = read_notebook(&built.text)
        .map_err(|why| Problem::new(format!("{}: {why}", built.path), "run `cargo course build`"))?;
    let Some(made) = assignment(&notebook, solved) else { return Ok(None) };
    let text = nbformat::serialize_notebook(&nbformat::Notebook::V4(made)).map_err(|why| {
        let what = format!("{} can't be written: {why}", built.path);
        Problem::new(what, "report this: it is a mistake of the course")
    })?;
    Ok(Some(text))
}

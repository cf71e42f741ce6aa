//! `course grade`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Course, Problem, Verdict, bench, build};
use crate::grading::{Bench, Class, Hidden, Kept, Marking, Results, Rules, Secret, Shard, grade, moved};
use crate::intake::Roster;
use crate::judge::Exercise;
use crate::pipeline::{Bubblewrap, Limits, NoSandbox, Shelter, Unavailable, sanitise, sanitise_line};
use crate::report::terminal;

/// The arguments of `course grade`.
#[derive(clap::Args)]
pub struct Args {
    /// The folder: each entry is a learner's, a folder, a notebook, or an archive (.zip, .tar, .tar.gz).
    folder: PathBuf,
    /// Grade this exercise only; may be given several times.
    #[arg(long = "exercise", value_name = "EXERCISE")]
    exercises: Vec<String>,
    /// Time for one scenario, in seconds; all scenarios of an exercise together may take six times that.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// What counts how much, in TOML; `grader/src/grading/marks.toml` shows all that can be said, and what holds without it.
    #[arg(long, value_name = "FILE")]
    marks: Option<PathBuf>,
    /// The learners who should have handed in, in CSV: columns `id`, `name`, `mail` and others, as learning platforms
    /// export them.
    #[arg(long, value_name = "FILE")]
    roster: Option<PathBuf>,
    /// Grade this part of the class only, as `2/8`; `course merge` puts the parts together.
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Where results are kept from one grading to the next (default: `.course/grading` in this clone).
    #[arg(long, value_name = "FOLDER")]
    results: Option<PathBuf>,
    /// Run every scenario that depends on its seed some more times, with seeds from this file's secret and the answer: at
    /// least 16 bytes that no learner knows.
    #[arg(long, value_name = "FILE")]
    secret: Option<PathBuf>,
    /// How many such runs each of these scenarios gets.
    #[arg(long, value_name = "K", default_value_t = 3, requires = "secret", value_parser = clap::value_parser!(u32).range(1..=20))]
    hidden: u32,
    /// Grade although nothing keeps the submissions' code from this machine.
    #[arg(long)]
    unsandboxed: bool,
    /// Print the results as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// When the folder can't be graded at all, or the environment lacks something.
pub fn run(args: Args, course: &Course) -> Result<Verdict, Problem> {
    let (marking, exercises) = marking(args.marks.as_deref(), &args.exercises)?;
    let roster = args.roster.as_deref().map(roster).transpose()?;
    let stubs = stubs(course, &exercises);
    let class = Class::read(&args.folder, roster.as_ref(), args.shard, &exercises, &stubs)?;
    let shelter = shelter(args.unsandboxed)?;
    let toolbox = bench::toolbox(course)?;
    let kept = kept(args.results, course);
    let ledger = kept.ledger(&judge(&toolbox)?);
    let reviews = kept.reviews()?;
    let scenario = Duration::from_secs(args.seconds);
    let limits = Limits { scenario, whole: scenario * 6, ..Limits::default() };
    let secret = args.secret.as_deref().map(Secret::read).transpose()?;
    let hidden = secret
        .map(|secret| Hidden::new(secret, args.hidden, &toolbox, course.root(), &exercises, &ledger))
        .transpose()?;
    let bench =
        Bench { toolbox: &toolbox, shelter: &*shelter, limits, ledger: &ledger, hidden: hidden.as_ref() };
    let rules = Rules { marking: &marking, reviews: &reviews, shard: args.shard };
    let results = grade(&bench, &class, &exercises, &rules, |jobs, one| {
        bench::in_parallel("grading", jobs, |job| one(job))
    });
    for (learner, exercise) in reviews.outdated(&results.learners) {
        let told = format!(
            "{learner} handed in another answer to {exercise}: what a person decided of it holds no more"
        );
        eprintln!("{}", sanitise_line(&told));
    }
    let before = kept.results(&args.folder, args.shard);
    let json = kept.keep_results(&args.folder, &results).unwrap_or_else(|(json, why)| {
        eprintln!("these results could not be kept for the next time: {why}");
        json
    });
    if args.json {
        say!("{json}");
    } else {
        say!("{}", terminal::class(&results).trim_end());
    }
    if let Some(before) = before {
        tell_moves("Since the last grading of this folder", &before, &results);
    }
    Ok(Verdict::Good)
}

/// The marks file, and the exercises that it or the command line wants; the command line goes before the file.
pub(super) fn marking(file: Option<&Path>, named: &[String]) -> Result<(Marking, Vec<Exercise>), Problem> {
    let mut marking = Marking::default();
    if let Some(file) = file {
        let text = fs::read_to_string(file)
            .map_err(|e| Problem::file("read", file, &e, "name a marks file, in TOML and UTF-8"))?;
        marking = Marking::read(&text).map_err(|why| {
            let next = "correct it; `grader/src/grading/marks.toml` shows all that can be said";
            Problem::new(format!("{}: {}", file.display(), sanitise(why.trim())), next)
        })?;
    }
    let mut exercises = bench::exercises(named)?;
    if !named.is_empty() {
        marking.exercises = Some(exercises.iter().map(|exercise| exercise.spec.id.clone()).collect());
    }
    exercises.retain(|exercise| marking.counts(&exercise.spec));
    Ok((marking, exercises))
}

/// The stubs as files, by exercise. Without its solution an exercise has no stub to compare with; that costs no mark.
pub(super) fn stubs(course: &Course, exercises: &[Exercise]) -> BTreeMap<String, String> {
    let stub = |e: &Exercise| {
        Some((e.spec.id.clone(), build::stubs(course, std::slice::from_ref(e)).ok()?.pop()?.text))
    };
    exercises.iter().filter_map(stub).collect()
}

pub(super) fn roster(file: &Path) -> Result<Roster, Problem> {
    let bytes = fs::read(file).map_err(|e| Problem::file("read", file, &e, "name a roster, in CSV"))?;
    Roster::read(&bytes).map_err(|why| {
        Problem::new(format!("{}: {why}", file.display()), "export the roster again, or mend it")
    })
}

/// Names what judges: the libraries that answers are linked to, and this program.
fn judge(toolbox: &crate::pipeline::Toolbox) -> Result<String, Problem> {
    let this = std::env::current_exe().and_then(fs::read).map_err(|e| {
        Problem::new(format!("this program can't read itself: {e}"), "start it by `cargo course`")
    })?;
    Ok(format!("{}-{:016x}", toolbox.mark(), xxhash_rust::xxh3::xxh3_64(&this)))
}

/// What is kept from one grading to the next: where the command line says, else in this clone.
pub(super) fn kept(folder: Option<PathBuf>, course: &Course) -> Kept {
    Kept::at(folder.unwrap_or_else(|| course.private("grading")))
}

/// Says on standard error who got other points than before, and why.
pub(super) fn tell_moves(since: &str, before: &Results, now: &Results) {
    let moves = moved(before, now);
    if !moves.is_empty() {
        let lines: Vec<String> = moves.iter().map(|one| format!("  {one}")).collect();
        eprintln!("{since}:\n{}", sanitise(&lines.join("\n")));
    }
}

/// The sandbox; none only where the instructor insists.
fn shelter(unsandboxed: bool) -> Result<Box<dyn Shelter>, Problem> {
    if unsandboxed {
        return Ok(Box::new(NoSandbox));
    }
    let course = std::env::current_exe().map_err(|e| {
        Problem::new(format!("this program can't find itself: {e}"), "start it by `cargo course`")
    })?;
    match Bubblewrap::find(&course) {
        Ok(found) => Ok(Box::new(found)),
        Err(why @ Unavailable::NoRoom(_)) => {
            let next = "make room there, or name another temporary folder by TMPDIR";
            Err(Problem::new(format!("there is no sandbox: {why}"), next))
        }
        Err(why) => Err(Problem::new(
            format!("nothing would keep the submissions' code from this machine: {why}"),
            "install bubblewrap (Debian, Ubuntu: `apt install bubblewrap`; Fedora: `dnf install bubblewrap`); or, if you \
             trust every one of them, say `--unsandboxed`",
        )),
    }
}

//! `course grade`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{ContentArrangement, Table};
use serde::Serialize;

use super::check::in_detail;
use super::{Course, Problem, Verdict, bench, build};
use crate::intake::{Budget, Handed, Submission, answers, open};
use crate::judge::Exercise;
use crate::pipeline::{
    Assessment, Bubblewrap, Limits, NoSandbox, Protection, Shelter, Source, assess, sanitise, sanitise_json,
    sanitise_line,
};

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
    /// Grade although nothing keeps the submissions' code from this machine.
    #[arg(long)]
    unsandboxed: bool,
    /// Print the results as JSON.
    #[arg(long)]
    json: bool,
}

/// All results.
#[derive(Serialize)]
struct Results {
    /// What kept the submissions from the rest of the machine.
    protection: Protection,
    learners: Vec<Learner>,
}

/// The results of one learner.
#[derive(Serialize)]
struct Learner {
    learner: String,
    /// Nothing where nothing could be graded.
    points: Option<u32>,
    max_points: u32,
    /// Why nothing could be graded.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    /// What the instructor should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    exercises: Vec<Graded>,
}

/// One exercise of one learner.
#[derive(Serialize)]
struct Graded {
    exercise: String,
    points: u32,
    max_points: u32,
    outcome: Outcome,
    /// Where the answer was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    handed: Option<Handed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assessment: Option<Assessment>,
}

/// How an exercise came out.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    Passed,
    Failed,
    Stub,
    NotCompiled,
    Refused,
    NotHandedIn,
}

impl Outcome {
    fn shown(self) -> &'static str {
        match self {
            Outcome::Passed => "passed",
            Outcome::Failed => "failed",
            Outcome::Stub => "still the stub",
            Outcome::NotCompiled => "does not compile",
            Outcome::Refused => "refused",
            Outcome::NotHandedIn => "not handed in",
        }
    }
}

/// Runs the command.
///
/// # Errors
/// When the folder can't be graded at all, or the environment lacks something.
pub fn run(args: Args, course: &Course) -> Result<Verdict, Problem> {
    let exercises = bench::exercises(&args.exercises)?;
    let entries = entries(&args.folder)?;
    // Without its solution an exercise has no stub to compare with; that costs no mark.
    let stubs: BTreeMap<_, _> = exercises
        .iter()
        .filter_map(|e| {
            Some((e.spec.id.clone(), build::stubs(course, std::slice::from_ref(e)).ok()?.pop()?.text))
        })
        .collect();
    let read: Vec<_> = entries.iter().map(|entry| read(entry, &exercises, &stubs)).collect();
    let shelter = shelter(args.unsandboxed)?;
    let toolbox = bench::toolbox(course)?;
    let jobs: Vec<(&Exercise, &Handed)> =
        read.iter().flatten().flat_map(|submission| wanted(&exercises, submission)).collect();
    let scenario = Duration::from_secs(args.seconds);
    let limits = Limits { scenario, whole: scenario * 6, ..Limits::default() };
    let graded = bench::in_parallel("grading", &jobs, |(exercise, handed)| {
        grade(&toolbox, &*shelter, exercise, handed, &limits)
    });
    let mut graded = graded.into_iter();
    let mut learners = Vec::new();
    for (entry, read) in entries.iter().zip(&read) {
        learners.push(match read {
            Err(why) => unusable(entry, why, &exercises),
            Ok(submission) => {
                let count = wanted(&exercises, submission).count();
                let graded: Vec<_> = graded.by_ref().take(count).collect::<Result<_, _>>()?;
                learner(submission, graded, &exercises)
            }
        });
    }
    let results = Results { protection: shelter.protection(), learners };
    if args.json {
        let json = serde_json::to_string_pretty(&results).expect("plain data serialises");
        say!("{}", sanitise_json(&json));
    } else {
        say!("{}", sanitise(&shown(&results)).trim_end());
    }
    Ok(Verdict::Good)
}

fn read(
    entry: &Path,
    exercises: &[Exercise],
    stubs: &BTreeMap<String, String>,
) -> Result<Submission, String> {
    answers(&name(entry), open(entry, Budget::default())?, exercises, stubs)
}

/// Whose an entry is: its name, without what says that it is a notebook or an archive.
fn name(entry: &Path) -> String {
    let name = entry.file_name().unwrap_or_default().to_string_lossy();
    let ends = [".ipynb", ".zip", ".tar", ".tar.gz", ".tgz"];
    let without = ends.iter().find_map(|end| name.strip_suffix(end)).filter(|_| entry.is_file());
    without.unwrap_or(&name).to_owned()
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
        Err(why) => Err(Problem::new(
            format!("nothing would keep the submissions' code from this machine: {why}"),
            "install bubblewrap (Debian, Ubuntu: `apt install bubblewrap`; Fedora: `dnf install bubblewrap`); or, if you \
             trust every one of them, say `--unsandboxed`",
        )),
    }
}

/// The entries of the folder, by name. Hidden ones, such as `.git`, are nobody's.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let next = "name a folder in which each entry is one learner's folder, notebook or archive";
    let listed = fs::read_dir(folder).map_err(|e| Problem::file("read the folder", folder, &e, next))?;
    let mut entries: Vec<_> = listed.flatten().map(|entry| entry.path()).collect();
    entries.retain(|path| !path.file_name().unwrap_or_default().as_encoded_bytes().starts_with(b"."));
    entries.sort();
    if entries.is_empty() {
        return Err(Problem::new(format!("{} is empty", folder.display()), next));
    }
    let answer = |path: &PathBuf| path.is_file() && path.extension().is_some_and(|e| e == "rs");
    if entries.iter().any(answer) {
        return Err(Problem::new(
            format!("{} holds answers itself: it looks like one learner's folder", folder.display()),
            "name the folder above it",
        ));
    }
    Ok(entries)
}

fn wanted<'a>(
    exercises: &'a [Exercise],
    submission: &'a Submission,
) -> impl Iterator<Item = (&'a Exercise, &'a Handed)> {
    exercises.iter().filter_map(|exercise| Some((exercise, submission.answers.get(&exercise.spec.id)?)))
}

fn grade(
    toolbox: &crate::pipeline::Toolbox,
    shelter: &dyn Shelter,
    exercise: &Exercise,
    handed: &Handed,
    limits: &Limits,
) -> Result<Graded, Problem> {
    let mut graded = blank(exercise, Outcome::Refused);
    graded.handed = Some(handed.clone());
    let Handed::Answer { text, .. } = handed else { return Ok(graded) };
    let source = Source { shown_as: bench::answer_file(exercise), text: text.clone() };
    let assessment = assess(toolbox, shelter, exercise, &source, limits).map_err(|e| bench::machine(&e))?;
    graded.points = assessment.report.points;
    graded.outcome = match &assessment {
        Assessment { fault: Some(_), .. } => Outcome::NotCompiled,
        passed if passed.passed() => Outcome::Passed,
        other if other.report.untouched() => Outcome::Stub,
        _ => Outcome::Failed,
    };
    graded.assessment = Some(assessment);
    Ok(graded)
}

fn blank(exercise: &Exercise, outcome: Outcome) -> Graded {
    let (id, max_points) = (exercise.spec.id.clone(), exercise.spec.points());
    Graded { exercise: id, points: 0, max_points, outcome, handed: None, assessment: None }
}

fn learner(submission: &Submission, mut graded: Vec<Graded>, exercises: &[Exercise]) -> Learner {
    for (place, exercise) in exercises.iter().enumerate() {
        if !graded.iter().any(|g| g.exercise == exercise.spec.id) {
            graded.insert(place, blank(exercise, Outcome::NotHandedIn));
        }
    }
    Learner {
        learner: submission.learner.clone(),
        points: Some(graded.iter().map(|g| g.points).sum()),
        max_points: graded.iter().map(|g| g.max_points).sum(),
        problem: None,
        notes: submission.notes.clone(),
        exercises: graded,
    }
}

fn unusable(entry: &Path, why: &str, exercises: &[Exercise]) -> Learner {
    Learner {
        learner: sanitise_line(&name(entry)),
        points: None,
        max_points: exercises.iter().map(|e| e.spec.points()).sum(),
        problem: Some(why.to_owned()),
        notes: Vec::new(),
        exercises: Vec::new(),
    }
}

/// Of the table, in columns, on any terminal and in a file.
const WIDTH: u16 = 100;

fn shown(results: &Results) -> String {
    let mut table = Table::new();
    table
        .load_style(UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH);
    table.set_header(["learner", "points", "result"]);
    for learner in &results.learners {
        let points = match learner.points {
            Some(points) => format!("{points} of {}", learner.max_points),
            None => format!("— of {}", learner.max_points),
        };
        let result = match &learner.problem {
            Some(problem) => format!("nothing to grade: {problem}"),
            None => {
                let one = |g: &Graded| {
                    format!("{} {} ({}/{})", g.exercise, g.outcome.shown(), g.points, g.max_points)
                };
                learner.exercises.iter().map(one).collect::<Vec<_>>().join("\n")
            }
        };
        table.add_row([&learner.learner, &points, &result]);
    }
    let mut out = format!("{table}\nProtection: {}.\n", results.protection);
    for learner in &results.learners {
        out.push_str(&details(learner));
    }
    out
}

/// What a learner should be told, and what the instructor should know of her submission.
fn details(learner: &Learner) -> String {
    let mut out = String::new();
    for note in &learner.notes {
        out.push_str(&format!("note: {note}\n"));
    }
    for graded in &learner.exercises {
        match (&graded.handed, &graded.assessment) {
            (Some(Handed::Refused { from, why }), _) => {
                out.push_str(&format!("{} refused: {from}: {why}\n", graded.exercise));
            }
            (_, Some(assessment)) if matches!(graded.outcome, Outcome::Failed | Outcome::NotCompiled) => {
                out.push_str(&in_detail(assessment));
            }
            _ => {}
        }
    }
    if out.is_empty() { out } else { format!("\n── {} ──\n{out}", learner.learner) }
}

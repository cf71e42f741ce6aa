//! `course report`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Course, Problem, Verdict};
use crate::grading::{Graded, Learner, Results, SCHEMA, write_whole};
use crate::pipeline::sanitise_line;
use crate::report::{
    classroom50, exercism, github, gradescope, html, junit, markdown, nbgrader, spreadsheet, terminal,
};

/// The arguments of `course report`.
#[derive(clap::Args)]
pub struct Args {
    /// The results, as `cargo course grade … --json` writes them.
    results: PathBuf,
    /// The form to write.
    #[arg(long, value_enum)]
    format: Format,
    /// The learner, by key, id, mail or name. Forms of one learner need it where the results have several.
    #[arg(long, value_name = "KEY")]
    learner: Option<String>,
    /// The exercise (exercism).
    #[arg(long, value_name = "EXERCISE")]
    exercise: Option<String>,
    /// The assignment's name (nbgrader-csv).
    #[arg(long, value_name = "NAME", default_value = "replication-course")]
    assignment: String,
    /// What the classroom knows, in TOML or JSON: classroom, assignment, submission, commit, release, review; and if need
    /// be assignment_type, owner, datetime, graded_at, submitted_by (classroom50).
    #[arg(long, value_name = "FILE")]
    context: Option<PathBuf>,
    /// The file to write, or to append to (github: what $GITHUB_OUTPUT names), or the folder (html).
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
}

/// Forms of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A table for a terminal; of the class, or of one learner.
    Table,
    /// Pages for a browser: the class, and one for each learner.
    Html,
    /// Markdown; of the class, or of one learner.
    Markdown,
    /// A row a learner, for a spreadsheet.
    Csv,
    /// A row a learner, as nbgrader exports marks.
    NbgraderCsv,
    /// JUnit XML of the class.
    Junit,
    /// One learner's results.json for Gradescope.
    Gradescope,
    /// One learner's result.json for Classroom 50.
    Classroom50,
    /// One learner's outputs and notice for GitHub Classroom.
    Github,
    /// One learner's results.json of one exercise for Exercism.
    Exercism,
}

/// Runs the command.
///
/// # Errors
/// When there are no results, no such learner, or no place to write to.
pub fn run(args: Args, _course: &Course) -> Result<Verdict, Problem> {
    let results = read(&args.results)?;
    let text = match args.format {
        Format::Table => match &args.learner {
            Some(_) => terminal::learner(&results, learner(&results, &args)?),
            None => terminal::class(&results),
        },
        Format::Html => {
            let out = args.out.as_deref().ok_or_else(|| {
                Problem::new(
                    "html is a folder of pages",
                    "name one by `--out FOLDER`; it is made if it is not there",
                )
            })?;
            return write_pages(out, &html::pages(&results));
        }
        Format::Markdown => match &args.learner {
            Some(_) => markdown::learner(&results, learner(&results, &args)?),
            None => markdown::class(&results),
        },
        Format::Csv => spreadsheet::write(&results),
        Format::NbgraderCsv => nbgrader::write(&results, &args.assignment),
        Format::Junit => junit::write(&results)
            .map_err(|why| Problem::new(why, "write another form, and tell the course's authors"))?,
        Format::Gradescope => json(&gradescope::write(&results, learner(&results, &args)?)),
        Format::Classroom50 => {
            let file = args.context.as_deref().ok_or_else(|| {
                let next = "name a file with classroom, assignment, submission, commit, release and review";
                Problem::new("Classroom 50 wants more than the results know: there is no --context", next)
            })?;
            let wrong = |why| {
                Problem::new(
                    format!("{}: {why}", file.display()),
                    "correct it; `--help` names what it may hold",
                )
            };
            let context = fs::read_to_string(file)
                .map_err(|e| Problem::file("read", file, &e, "name a file in TOML or JSON, in UTF-8"))?;
            let context = classroom50::Context::read(&context).map_err(wrong)?;
            json(&classroom50::write(&results, learner(&results, &args)?, &context).map_err(wrong)?)
        }
        Format::Github => {
            let step = github::write(&results, learner(&results, &args)?);
            if let Some(out) = &args.out {
                append(out, &step.outputs)?;
            }
            return put(&step.log, None);
        }
        Format::Exercism => {
            let learner = learner(&results, &args)?;
            json(&exercism::write(&results.marking, exercise(learner, args.exercise.as_deref())?))
        }
    };
    put(&text, args.out.as_deref())
}

/// Results as `course grade --json` or `course merge` wrote them.
///
/// # Errors
/// When the file holds none, or none of this form.
pub(super) fn read(file: &Path) -> Result<Results, Problem> {
    let next = "name a file that `cargo course grade … --json` wrote";
    let text = fs::read(file).map_err(|e| Problem::file("read", file, &e, next))?;
    let results: Results = serde_json::from_slice(&text)
        .map_err(|why| Problem::new(format!("{} holds no results: {why}", file.display()), next))?;
    match results.schema == SCHEMA {
        true => Ok(results),
        false => Err(Problem::new(
            format!("{} has the form {}, not {SCHEMA}", file.display(), sanitise_line(&results.schema)),
            "grade again with this version of the course",
        )),
    }
}

/// The learner that is meant; without a name the only one.
fn learner<'a>(results: &'a Results, args: &Args) -> Result<&'a Learner, Problem> {
    let Some(name) = &args.learner else {
        return match &results.learners[..] {
            [only] => Ok(only),
            several => Err(Problem::new(
                format!("this form is of one learner, and the results have {}", several.len()),
                format!("say which by `--learner`: {}", keys(several)),
            )),
        };
    };
    let lower = name.to_lowercase();
    let is = |text: &Option<String>| text.as_ref().is_some_and(|text| text.to_lowercase() == lower);
    let exact = results.learners.iter().filter(|learner| learner.learner == *name);
    let by_identity = results
        .learners
        .iter()
        .filter(|Learner { identity, .. }| is(&identity.id) || is(&identity.mail) || is(&identity.name));
    let found: Vec<&Learner> = match exact.collect::<Vec<_>>() {
        exact if exact.is_empty() => by_identity.collect(),
        exact => exact,
    };
    match found[..] {
        [one] => Ok(one),
        [] => Err(Problem::new(
            format!("there is no learner {:?} in the results", sanitise_line(name)),
            format!("name one of {}", keys(&results.learners)),
        )),
        [..] => Err(Problem::new(
            format!("{} learners are called {:?}", found.len(), sanitise_line(name)),
            "name the one you mean by the key",
        )),
    }
}

/// Some of the keys.
fn keys(learners: &[Learner]) -> String {
    const MOST: usize = 20;
    let some: Vec<String> = learners.iter().take(MOST).map(|one| sanitise_line(&one.learner)).collect();
    let more = if learners.len() > MOST { ", …" } else { "" };
    format!("{}{more}", some.join(", "))
}

fn exercise<'a>(learner: &'a Learner, id: Option<&str>) -> Result<&'a Graded, Problem> {
    let plain = |id: &str| id.to_uppercase().replace('_', ".").trim_start_matches('E').to_owned();
    let mut found = learner.exercises.iter().filter(|g| id.is_none_or(|id| plain(&g.exercise) == plain(id)));
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (None, _) if learner.exercises.is_empty() => Err(Problem::new(
            "nothing of this learner was graded",
            "look at `--format table`, which says why",
        )),
        _ => {
            let ids: Vec<String> =
                learner.exercises.iter().map(|graded| sanitise_line(&graded.exercise)).collect();
            Err(Problem::new(
                "this form is of one exercise",
                format!("say which by `--exercise`: {}", ids.join(", ")),
            ))
        }
    }
}

fn json(value: &serde_json::Value) -> String {
    format!("{}\n", serde_json::to_string_pretty(value).expect("plain data serialises"))
}

fn put(text: &str, out: Option<&Path>) -> Result<Verdict, Problem> {
    match out {
        // A reader who left must not end the command in the middle.
        None => {
            let _ = std::io::stdout().write_all(text.as_bytes());
        }
        Some(out) => write_whole(out, text.as_bytes())
            .map_err(|e| Problem::file("write", out, &e, "name a file that can be written by `--out`"))?,
    }
    Ok(Verdict::Good)
}

/// Other steps have written there already.
fn append(out: &Path, text: &str) -> Result<(), Problem> {
    let opened = fs::OpenOptions::new().create(true).append(true).open(out);
    opened
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|e| Problem::file("write", out, &e, "name the file that $GITHUB_OUTPUT names by `--out`"))
}

/// Writes pages into a folder of their own. Those of an earlier report make place: a learner who is gone has no page.
fn write_pages(out: &Path, pages: &[html::Page]) -> Result<Verdict, Problem> {
    let next = "name another folder by `--out`, or make room";
    let problem = |path: &Path, e: &std::io::Error| Problem::file("write", path, e, next);
    let learners = out.join("learners");
    let is_new = fs::read_dir(out).map_or(true, |mut entries| entries.next().is_none());
    let is_report =
        || fs::read_to_string(out.join("index.html")).is_ok_and(|text| text.contains(html::GENERATOR));
    if !is_new && !is_report() {
        return Err(Problem::new(
            format!("{} is there and holds no report", out.display()),
            "name a new folder, or an empty one, by `--out`",
        ));
    }
    for old in fs::read_dir(&learners).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if old.extension().is_some_and(|end| end == "html") {
            fs::remove_file(&old).map_err(|e| problem(&old, &e))?;
        }
    }
    fs::create_dir_all(&learners).map_err(|e| problem(&learners, &e))?;
    for page in pages {
        let path = out.join(&page.path);
        write_whole(&path, page.text.as_bytes()).map_err(|e| problem(&path, &e))?;
    }
    say!("{}", out.join("index.html").display());
    Ok(Verdict::Good)
}

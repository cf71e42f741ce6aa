//! `course similar`.

use std::path::PathBuf;

use super::grade::{kept, roster, stubs};
use super::report::read;
use super::{Course, Problem, Verdict, bench};
use crate::grading::{Class, write_whole};
use crate::pipeline::sanitise_json;
use crate::similarity::{Sieve, evidence};

/// The arguments of `course similar`.
#[derive(clap::Args)]
pub struct Args {
    /// The folder of submissions, as for `course grade`.
    folder: PathBuf,
    /// Compare this exercise only; may be given several times.
    #[arg(long = "exercise", value_name = "EXERCISE")]
    exercises: Vec<String>,
    /// The learners, in CSV, as for `course grade`.
    #[arg(long, value_name = "FILE")]
    roster: Option<PathBuf>,
    /// Where results are kept, as for `course grade`: behaviour is compared by the last ones.
    #[arg(long, value_name = "FOLDER")]
    results: Option<PathBuf>,
    /// Compare behaviour by these results instead, as `course grade --json` or `course merge` wrote them.
    #[arg(long, value_name = "FILE", conflicts_with = "results")]
    results_json: Option<PathBuf>,
    /// Tell of pairs from this share of the smaller answer on, in percent.
    #[arg(long, value_name = "PERCENT", default_value_t = Sieve::default().at_least, value_parser = clap::value_parser!(u32).range(1..=100))]
    at_least: u32,
    /// Leave out what more than this share of the class has, in percent; up to four may share it in any class.
    #[arg(long, value_name = "PERCENT", default_value_t = Sieve::default().common, value_parser = clap::value_parser!(u32).range(0..=100))]
    common: u32,
    /// Show at most so many pairs.
    #[arg(long, value_name = "N", default_value_t = 50)]
    most: usize,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Write `similar.html` and `similar.json` into this folder.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// When the folder is no class's, or a file can't be read or written.
pub fn run(args: Args, course: &Course) -> Result<Verdict, Problem> {
    let exercises = bench::exercises(&args.exercises)?;
    let roster = args.roster.as_deref().map(roster).transpose()?;
    let stubs = stubs(course, &exercises);
    let class = Class::read(&args.folder, roster.as_ref(), None, &exercises, &stubs)?;
    let results = match &args.results_json {
        Some(file) => Some(read(file)?),
        None => kept(args.results, course).results(&args.folder, None),
    };
    let sieve = Sieve { at_least: args.at_least, common: args.common, ..Sieve::default() };
    let evidence = evidence(&class, &exercises, &stubs, results.as_ref(), &sieve, args.most);
    let json = sanitise_json(&serde_json::to_string_pretty(&evidence).expect("plain data serialises"));
    if let Some(folder) = &args.out {
        for (name, text) in [("similar.html", &evidence.page()), ("similar.json", &format!("{json}\n"))] {
            let file = folder.join(name);
            write_whole(&file, text.as_bytes()).map_err(|e| {
                Problem::file("write", &file, &e, "is the disk full or the folder read-only?")
            })?;
        }
    }
    if args.json {
        say!("{json}");
    } else {
        say!("{}", evidence.text().trim_end());
    }
    Ok(Verdict::Good)
}

//! `course merge`.

use std::fs;
use std::path::PathBuf;

use super::grade::{kept, tell_moves};
use super::{Course, Problem, Verdict};
use crate::grading::{Part, Results, merge, write_whole};
use crate::pipeline::{sanitise_json, sanitise_line};

/// The arguments of `course merge`.
#[derive(clap::Args)]
pub struct Args {
    /// The results of the parts, each written by `course grade FOLDER --shard I/N --json`.
    #[arg(required = true)]
    parts: Vec<PathBuf>,
    /// Write the results into this file, not to standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Put together what is there, although parts are missing; the results say which.
    #[arg(long)]
    partial: bool,
    /// Keep it as the last results of this folder of submissions, as `course review` and the next grading want them.
    #[arg(long, value_name = "FOLDER")]
    submissions: Option<PathBuf>,
    /// Where results are kept, as for `course grade`.
    #[arg(long, value_name = "FOLDER", requires = "submissions")]
    results: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// When a file can't be read or written, or the parts don't belong together.
pub fn run(args: Args, course: &Course) -> Result<Verdict, Problem> {
    let parts = args.parts.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let results = merge(parts, args.partial)?;
    for note in &results.notes {
        eprintln!("note: {}", sanitise_line(note));
    }
    let json = sanitise_json(&serde_json::to_string_pretty(&results).expect("plain data serialises"));
    match &args.out {
        Some(file) => write_whole(file, format!("{json}\n").as_bytes())
            .map_err(|e| Problem::file("write", file, &e, "is the disk full or the folder read-only?"))?,
        None => say!("{json}"),
    }
    if let Some(folder) = &args.submissions {
        let kept = kept(args.results, course);
        let before = kept.results(folder, None);
        kept.keep_results(folder, &results).map_err(|(_, why)| {
            Problem::file("write", &kept.results_file(folder, None), &why, "name a folder by `--results`")
        })?;
        if let Some(before) = before {
            tell_moves("Since the last grading of this folder", &before, &results);
        }
    }
    Ok(Verdict::Good)
}

fn read(file: &PathBuf) -> Result<Part, Problem> {
    let next = "name files that `cargo course grade FOLDER --shard I/N --json` wrote";
    let bytes = fs::read(file).map_err(|e| Problem::file("read", file, &e, next))?;
    let shown = sanitise_line(&file.display().to_string());
    // What is no whole file is most often of a part that was stopped.
    let results: Results = serde_json::from_slice(&bytes).map_err(|why| {
        Problem::new(
            format!("{shown} holds no results: {why}"),
            "was its part stopped? grade that part again; what it had done is not done twice",
        )
    })?;
    Ok(Part { file: shown, results })
}

//! `course run`: executes notebooks and writes or compares their outputs.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;

use super::lab::kernel::{self, Kernel};
use super::ui::Step;
use super::{Course, Problem, Verdict};
use crate::progress::PROGRESS_FILE;

/// The arguments of `course run`.
#[derive(clap::Args)]
pub struct Args {
    /// The chapters, by number; all when none is given.
    chapters: Vec<String>,
    /// Compare with the outputs in the notebooks; write nothing.
    #[arg(long)]
    check: bool,
}

/// Runs the command.
///
/// # Errors
/// When there is no such chapter, a notebook is broken, or the kernel cannot be built.
pub fn run(args: Args, course: &Course) -> Result<Verdict, Problem> {
    let chosen = choose(&args.chapters, &notebooks(&course.path("notebooks")))?;
    let kernel = Kernel::ready(course)?;
    execute(&kernel, course.root(), &chosen, args.check)
}

/// The chapters' notebooks in a folder, in order: `NN-title.ipynb`.
pub fn notebooks(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| chapter_number(path).is_some()).collect();
    found.sort();
    found
}

/// The number of the chapter whose notebook has this path.
pub fn chapter_number(path: &Path) -> Option<u32> {
    let name = path.file_name()?.to_str()?.strip_suffix(".ipynb")?;
    let (digits, _title) = name.split_once('-')?;
    (digits.len() == 2).then(|| digits.parse().ok())?
}

/// The notebooks of the chapters asked for, in the order of the chapters.
fn choose(asked: &[String], there: &[PathBuf]) -> Result<Vec<PathBuf>, Problem> {
    if there.is_empty() {
        return Err(Problem::new(
            "there are no notebooks in `notebooks/`",
            "run `cargo course build` to make them from `notebooks/src`",
        ));
    }
    let named = |path: &Path| chapter_number(path).unwrap_or_default();
    if let Some(unknown) = asked.iter().find(|name| {
        let number = name.parse::<u32>().ok();
        !there.iter().any(|path| Some(named(path)) == number)
    }) {
        let list: Vec<String> = there.iter().map(|path| named(path).to_string()).collect();
        return Err(Problem::new(
            format!("there is no notebook of chapter {unknown}"),
            format!("give one of: {}", list.join(", ")),
        ));
    }
    let wanted = |path: &&PathBuf| {
        asked.is_empty() || asked.iter().any(|name| name.parse::<u32>().ok() == Some(named(path)))
    };
    Ok(there.iter().filter(wanted).cloned().collect())
}

/// Has the kernel's runner execute the notebooks, and shows its progress.
fn execute(kernel: &Kernel, root: &Path, notebooks: &[PathBuf], check: bool) -> Result<Verdict, Problem> {
    let mut command = kernel.command();
    command.arg("execute").arg("--progress-json").current_dir(root);
    // What the cells answer is the author's, and must be the same on every machine: nothing is noted, nothing was done.
    command.env(PROGRESS_FILE, "");
    if check {
        command.arg("--check");
    }
    for notebook in notebooks {
        command.arg(notebook.strip_prefix(root).unwrap_or(notebook));
    }
    let mut runner = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| kernel::cannot_run(&kernel.program, &e))?;
    let stderr = runner.stderr.take();
    let told = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stderr.map(|mut stderr| stderr.read_to_end(&mut bytes));
        bytes
    });
    if let Some(stdout) = runner.stdout.take() {
        show(BufReader::new(stdout).lines().map_while(Result::ok));
    }
    let status = runner.wait().map_err(|e| kernel::cannot_run(&kernel.program, &e))?;
    match status.code() {
        Some(0) => Ok(Verdict::Good),
        Some(1) => Ok(Verdict::Wrong),
        _ => Err(kernel::relayed(&told.join().unwrap_or_default())),
    }
}

/// Shows the runner's progress: one step a notebook, its report below.
fn show(lines: impl Iterator<Item = String>) {
    let mut step: Option<Step> = None;
    let mut total = 0;
    for event in lines.filter_map(|line| serde_json::from_str::<Value>(&line).ok()) {
        match event["event"].as_str() {
            Some("begin") => {
                total = event["cells"].as_u64().unwrap_or(0);
                step = Some(Step::begin(event["notebook"].as_str().unwrap_or_default(), total));
            }
            Some("cell") => {
                let number = event["number"].as_u64().unwrap_or(0);
                if let Some(step) = &step {
                    step.at(number, format!("cell {number} of {total}"));
                }
            }
            Some("end") => {
                match (step.take(), event["good"] == true) {
                    (Some(step), true) => step.done(),
                    (Some(step), false) => step.failed(),
                    (None, _) => {}
                }
                println!("{}", event["report"].as_str().unwrap_or_default());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there() -> Vec<PathBuf> {
        ["/c/00-the-problem.ipynb", "/c/06-leaderless.ipynb", "/c/10-connections.ipynb"]
            .map(PathBuf::from)
            .to_vec()
    }

    fn asked(names: &[&str]) -> Result<Vec<PathBuf>, Problem> {
        choose(&names.iter().map(ToString::to_string).collect::<Vec<_>>(), &there())
    }

    #[test]
    fn chapters_are_chosen_by_number_in_the_courses_order() {
        assert_eq!(asked(&["10", "06"]).unwrap(), there()[1..]);
        assert_eq!(asked(&[]).unwrap(), there());
    }

    #[test]
    fn an_unknown_chapter_is_told_which_exist() {
        let problem = asked(&["6", "11"]).unwrap_err();
        assert_eq!(problem, Problem::new("there is no notebook of chapter 11", "give one of: 0, 6, 10"));
        assert!(asked(&["six"]).unwrap_err().what.ends_with("chapter six"));
    }

    #[test]
    fn only_chapters_count_as_notebooks() {
        let scratch = tempfile::tempdir().unwrap();
        for name in ["06-a.ipynb", "notes.ipynb", "6-b.ipynb", "07-c.md"] {
            std::fs::write(scratch.path().join(name), "").unwrap();
        }
        assert_eq!(notebooks(scratch.path()), [scratch.path().join("06-a.ipynb")]);
    }
}

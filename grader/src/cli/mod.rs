//! The command line: one module a subcommand, each `run(args, course) -> Result<Verdict, Problem>`.

/// Prints to standard output. A reader who left, as in `course grade … | head`, must not end a command in the middle
/// of its work, as `println!` would.
macro_rules! say {
    ($($text:tt)*) => {{
        let _ = std::io::Write::write_fmt(&mut std::io::stdout(), format_args!("{}\n", format_args!($($text)*)));
    }};
}

mod accuracy;
mod answer;
mod attack;
mod batch;
mod bench;
mod build;
mod bundle;
mod chapters;
mod check;
mod clone;
mod collect;
mod course;
mod doctor;
mod export;
mod gates;
mod given;
mod grade;
mod hint;
mod interview;
mod lab;
mod merge;
mod problem;
mod progress;
mod quiz;
mod register;
mod release;
mod report;
mod review;
mod run;
mod similar;
mod snapshots;
mod ui;
mod update;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub(crate) use check::in_detail;
pub use course::Course;
pub use problem::Problem;

/// How a command that did its work ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All is well: exit code 0.
    Good,
    /// The answer, or the thing checked, is wrong: exit code 1.
    Wrong,
}

#[derive(Parser)]
#[command(
    name = "course",
    bin_name = "cargo course",
    about = "The replication course: learn, check, grade, write."
)]
struct Line {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Set up what is missing and open the notebooks in JupyterLab.
    Lab(lab::Args),
    /// Say what this machine has and lacks.
    Doctor(doctor::Args),
    /// Check your exercises.
    Check(check::Args),
    /// Attack your answer with random situations, until one breaks an invariant.
    Attack(attack::Args),
    /// Show a hint for an exercise.
    Hint(hint::Args),
    /// Show what you have done and what comes next.
    Progress(progress::Args),
    /// Make a website of the chapters, to read without Jupyter.
    Export(export::Args),
    /// Copy the answers in your notebooks into `exercises/`.
    Collect(collect::Args),
    /// Get a newer course and keep your answers.
    Update(update::Args),
    /// Show the questions of a chapter, or hold a mock interview.
    Quiz(quiz::Args),
    /// Answer a question.
    Answer(answer::Args),
    /// Grade a folder of submissions.
    Grade(grade::Args),
    /// Put the results of a class's parts together.
    Merge(merge::Args),
    /// Show answers that are alike, side by side.
    Similar(similar::Args),
    /// Decide about answers that the judge is not sure of, and about any other.
    Review(review::Args),
    /// Write results for another program, or as pages to read.
    Report(report::Args),
    /// Make the course for a platform that grades by itself: an autograder for Gradescope, assignments for nbgrader.
    Bundle(bundle::Args),
    /// Make what learners get: the course without solutions and model answers.
    Release(release::Args),
    /// Authors: make notebooks and stubs from their sources.
    Build(build::Args),
    /// Authors: execute notebooks and write or compare their outputs.
    Run(run::Args),
    /// Authors: say how well the rubrics judge free text.
    Accuracy(accuracy::Args),
    /// Authors: prove that nothing drifted.
    Verify(verify::Args),
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    if let Some(code) = crate::pipeline::inside(std::env::args_os().skip(1)) {
        return ExitCode::from(code);
    }
    let line = Line::parse();
    match dispatch(line.command) {
        Ok(Verdict::Good) => ExitCode::SUCCESS,
        Ok(Verdict::Wrong) => ExitCode::from(1),
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
    }
}

fn dispatch(command: Command) -> Result<Verdict, Problem> {
    let here = std::env::current_dir().map_err(|e| {
        Problem::new(format!("cannot tell the current folder: {e}"), "change into an existing folder")
    })?;
    let course = Course::around(&here)?;
    match command {
        Command::Lab(args) => lab::run(args, &course),
        Command::Doctor(args) => doctor::run(args, &course),
        Command::Check(args) => check::run(args, &course),
        Command::Attack(args) => attack::run(args, &course),
        Command::Hint(args) => hint::run(args, &course),
        Command::Progress(args) => progress::run(args, &course),
        Command::Export(args) => export::run(args, &course),
        Command::Collect(args) => collect::run(args, &course),
        Command::Update(args) => update::run(args, &course),
        Command::Quiz(args) => quiz::run(args, &course),
        Command::Answer(args) => answer::run(args, &course),
        Command::Grade(args) => grade::run(args, &course),
        Command::Merge(args) => merge::run(args, &course),
        Command::Similar(args) => similar::run(args, &course),
        Command::Review(args) => review::run(args, &course),
        Command::Report(args) => report::run(args, &course),
        Command::Bundle(args) => bundle::run(args, &course),
        Command::Release(args) => release::run(args, &course),
        Command::Build(args) => build::run(args, &course),
        Command::Run(args) => run::run(args, &course),
        Command::Accuracy(args) => accuracy::run(args, &course),
        Command::Verify(args) => verify::run(args, &course),
    }
}

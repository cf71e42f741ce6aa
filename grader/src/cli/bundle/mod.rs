//! `course bundle`.

mod gradescope;
mod nbgrader;

use super::{Course, Problem, Verdict};

/// The arguments of `course bundle`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    platform: Platform,
}

#[derive(clap::Subcommand)]
enum Platform {
    /// Gradescope: an autograder to upload.
    Gradescope(gradescope::Args),
    /// nbgrader: a course folder with an assignment for each chapter.
    Nbgrader(nbgrader::Args),
}

/// Runs the command.
///
/// # Errors
/// When this is no full clone of the course, or something can't be read or written.
pub fn run(args: Args, course: &Course) -> Result<Verdict, Problem> {
    match args.platform {
        Platform::Gradescope(args) => gradescope::run(args, course),
        Platform::Nbgrader(args) => nbgrader::run(args, course),
    }
}

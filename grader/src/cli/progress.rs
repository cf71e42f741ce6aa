//! `course progress`.

use super::{Course, Problem, Verdict};

/// The arguments of `course progress`.
#[derive(clap::Args)]
pub struct Args {}

/// Runs the command.
///
/// # Errors
/// When the environment lacks something.
pub fn run(_args: Args, _course: &Course) -> Result<Verdict, Problem> {
    Err(Problem::new("`course progress` is not there yet", "wait for it"))
}

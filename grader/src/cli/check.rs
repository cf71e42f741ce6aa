//! `course check`.

use super::{Course, Problem, Verdict};

/// The arguments of `course check`.
#[derive(clap::Args)]
pub struct Args {}

/// Runs the command.
///
/// # Errors
/// When the environment lacks something.
pub fn run(_args: Args, _course: &Course) -> Result<Verdict, Problem> {
    Err(Problem::new("`course check` is not there yet", "wait for it"))
}

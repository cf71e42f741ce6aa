//! `course hint`.

use super::{Course, Problem, Verdict, bench};
use crate::judge::HINT_LEVELS;

/// The arguments of `course hint`.
#[derive(clap::Args)]
pub struct Args {
    /// The exercise, such as E6.1.
    exercise: String,
    /// From 1 (a nudge) to 4 (an outline).
    #[arg(default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=4))]
    level: u8,
}

/// Runs the command.
///
/// # Errors
/// When there is no such exercise.
pub fn run(args: Args, _course: &Course) -> Result<Verdict, Problem> {
    let exercise = bench::exercises(&[args.exercise])?.remove(0);
    let level = usize::from(args.level);
    say!("{}", exercise.hint(level));
    if level < HINT_LEVELS.len() {
        say!("\nMore: cargo course hint {} {} ({})", exercise.spec.id, level + 1, HINT_LEVELS[level]);
    }
    Ok(Verdict::Good)
}

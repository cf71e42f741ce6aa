//! A stranger's file on its way to a verdict, as plain values: *source* → *compiled* → *seen* → *report*.
//!
//! 1. [`Toolbox::prepare`]: the libraries that a driven program is linked to, built once; they hold no expected
//!    observation, no hint, no mutant.
//! 2. [`Toolbox::compile`]: the learner's file by the toolchain's own `rustc`, without cargo, and an audit of what
//!    the compiler read.
//! 3. [`run`](fn@run): the program in a process of its own; tasks go in on one pipe, observations come out on another.
//! 4. [`judge`](fn@crate::judge::judge): the verdict, in this process, from the observations alone. No exit code and nothing
//!    that the program prints takes part in it.
//!
//! [`Shelter`] is the seam for a sandbox around steps 2 and 3.

mod blame;
mod compile;
mod diagnostic;
mod facade;
mod fault;
mod limited;
mod run;
mod sanitise;
mod shelter;
mod toolbox;

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

pub use compile::{Compiled, Source};
pub(crate) use compile::{DRIVER, LARGEST_SOURCE};
pub use diagnostic::Diagnostic;
pub use fault::Fault;
pub use run::{Limits, Printed, Seen, run};
pub use sanitise::{sanitise, sanitise_json, sanitise_line};
pub use shelter::{Bubblewrap, NoSandbox, Protection, Shelter, Unavailable, inside};
pub use toolbox::Toolbox;

use crate::exercise::Task;
use crate::judge::{Exercise, Report, judge};

/// A file assessed: the judge's report, and how it came about.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Assessment {
    /// The judge's report. Without a program to run, no scenario of it has run.
    pub report: Report,
    /// Why there was no program to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// What the program printed; never part of the verdict.
    #[serde(default, skip_serializing_if = "Printed::is_empty")]
    pub printed: Printed,
    /// What kept the program from the rest of the machine.
    pub protection: Protection,
    /// Time it took in all, in milliseconds.
    pub took_ms: u64,
}

impl Assessment {
    /// Whether the answer is right.
    pub fn passed(&self) -> bool {
        self.fault.is_none() && self.report.passed()
    }
}

/// Takes an answer through all steps.
///
/// # Errors
/// When this machine fails, not the answer: no compiler, no room for a temporary folder.
pub fn assess(
    toolbox: &Toolbox,
    shelter: &dyn Shelter,
    exercise: &Exercise,
    source: &Source,
    limits: &Limits,
) -> std::io::Result<Assessment> {
    assess_also(toolbox, shelter, exercise, source, limits, |_, _| Ok(()))
}

/// [`assess`], and then `also`, with the report so far and the program, which it may run through further tasks. What the
/// program prints in those is kept from everybody.
///
/// # Errors
/// When this machine fails, not the answer.
pub fn assess_also(
    toolbox: &Toolbox,
    shelter: &dyn Shelter,
    exercise: &Exercise,
    source: &Source,
    limits: &Limits,
    also: impl FnOnce(&mut Report, &dyn Fn(&[Task]) -> std::io::Result<Seen>) -> std::io::Result<()>,
) -> std::io::Result<Assessment> {
    let started = Instant::now();
    let (report, fault, printed) = match toolbox.compile(shelter, &exercise.spec, source, COMPILE_LIMIT)? {
        Ok(compiled) => {
            let through = |tasks: &[Task]| run(shelter, &compiled, tasks, limits);
            let seen = through(&exercise.tasks())?;
            let mut report = judge(exercise, &seen.observations);
            also(&mut report, &through)?;
            (report, None, seen.printed)
        }
        Err(fault) => (judge(exercise, &[]), Some(fault), Printed::default()),
    };
    let took_ms = started.elapsed().as_millis() as u64;
    Ok(Assessment { report, fault, printed, protection: shelter.protection(), took_ms })
}

/// Compiles and runs, without a judge: what an answer was seen to do in `tasks`.
///
/// # Errors
/// The outer error is this machine's, the inner one the answer's.
pub fn drive(
    toolbox: &Toolbox,
    shelter: &dyn Shelter,
    exercise: &Exercise,
    source: &Source,
    tasks: &[Task],
    limits: &Limits,
) -> std::io::Result<Result<Seen, Fault>> {
    match toolbox.compile(shelter, &exercise.spec, source, COMPILE_LIMIT)? {
        Ok(compiled) => Ok(Ok(run(shelter, &compiled, tasks, limits)?)),
        Err(fault) => Ok(Err(fault)),
    }
}

/// How long the compiler may take for one file: some fifty times what a usual answer needs.
pub const COMPILE_LIMIT: Duration = Duration::from_secs(30);

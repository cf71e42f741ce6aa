//! A driven program in its own process.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::limited::{Captured, Drain, run_limited};
use super::shelter::{Job, Work};
use super::{Compiled, Diagnostic, Shelter, sanitise, sanitise_line};
use crate::driver::{READY, Report, Request};
use crate::exercise::{Ending, Observation, Task};

/// What a driven program may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time for one scenario.
    pub scenario: Duration,
    /// Time for all scenarios together.
    pub whole: Duration,
    /// Whether the scenarios behind one that never ends are left out: its reader waits.
    pub stop_at_timeout: bool,
    /// Bytes that are kept of each of its standard streams.
    pub output: usize,
    /// Bytes that are read of its reports.
    pub reports: usize,
}

impl Default for Limits {
    /// A right answer needs milliseconds; these are for one that never ends.
    fn default() -> Self {
        Self {
            scenario: Duration::from_secs(5),
            whole: Duration::from_secs(30),
            stop_at_timeout: false,
            output: 16 * 1024,
            reports: 16 * 1024 * 1024,
        }
    }
}

/// What was seen of a program.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The observation of each task that was seen to run, in the tasks' order.
    pub observations: Vec<(Task, Observation)>,
    /// What it printed: for the reader's eyes only.
    pub printed: Printed,
    /// What the compiler warned of when it was made.
    pub warnings: Vec<Diagnostic>,
}

/// What a program printed, made fit to print again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Printed {
    /// The start of its standard output.
    pub stdout: String,
    /// The start of its standard error.
    pub stderr: String,
    /// Whether there was more.
    pub cut: bool,
}

impl Printed {
    /// Whether it printed nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn add(&mut self, stdout: &Captured, stderr: &Captured, cap: usize) {
        for (all, new) in [(&mut self.stdout, stdout), (&mut self.stderr, stderr)] {
            for c in sanitise(&new.text()).chars() {
                if all.len() + c.len_utf8() > cap {
                    self.cut = true;
                    break;
                }
                all.push(c);
            }
            self.cut |= new.cut;
        }
    }
}

/// Drives a program through `tasks`. Where it ends before it has reported a task, that task counts as not run, and
/// a new process takes the rest: a program that ends in one scenario loses that one.
///
/// # Errors
/// When a process can't be started.
pub fn run(shelter: &dyn Shelter, compiled: &Compiled, tasks: &[Task], limits: &Limits) -> io::Result<Seen> {
    let deadline = Instant::now() + limits.whole;
    let mut seen =
        Seen { observations: Vec::new(), printed: Printed::default(), warnings: compiled.warnings.clone() };
    let mut left: VecDeque<Task> = tasks.iter().cloned().collect();
    while !left.is_empty() {
        let time = deadline.saturating_duration_since(Instant::now());
        if time.is_zero() {
            break;
        }
        let reports =
            one_process(shelter, compiled, left.make_contiguous(), limits, time, &mut seen.printed)?;
        let mut stopped_by_driver = false;
        for report in reports {
            // In order and without gaps: everything else is not the driver's.
            if left.front() == Some(&report.task) {
                left.pop_front();
                stopped_by_driver = matches!(report.observation.ending, Ending::TimedOut { .. });
                seen.observations.push((report.task, report.observation));
            }
        }
        if stopped_by_driver && limits.stop_at_timeout {
            break;
        }
        if !stopped_by_driver {
            // The process ended in the middle of this one.
            left.pop_front();
        }
    }
    Ok(seen)
}

/// The reports of one process with the right nonce.
fn one_process(
    shelter: &dyn Shelter,
    compiled: &Compiled,
    tasks: &[Task],
    limits: &Limits,
    time: Duration,
    printed: &mut Printed,
) -> io::Result<Vec<Report>> {
    let job = Job {
        program: &compiled.program(),
        folder: compiled.folder(),
        readable: &[],
        work: Work::Run,
        // Time on the clock is the limit; this one is for what escapes it.
        computing: time * 2,
    };
    let (ours, theirs) = UnixStream::pair()?;
    let sheltered = shelter.command(&job)?;
    let nonce = nonce()?;
    let limit_ms = limits.scenario.as_millis() as u64;
    let mut line = serde_json::to_vec(&Request { nonce: nonce.clone(), tasks: tasks.to_vec(), limit_ms })?;
    line.push(b'\n');
    let mut request = ours.try_clone()?;
    let (ended, drain) =
        run_limited(sheltered, OwnedFd::from(theirs).into(), time, limits.output, move || {
            let drain = Drain::start(ours, limits.reports);
            // A program that ended before it read its request is seen by its missing reports.
            let _ = request.write_all(&line).and_then(|()| request.shutdown(Shutdown::Write));
            drain
        })?;
    let lines = drain.finish().bytes;
    let mut lines = lines.split(|byte| *byte == b'\n');
    if lines.next() != Some(format!("{READY}{nonce}").as_bytes()) && ended.status.is_some() {
        // The driver speaks before a stranger's code does: the machine failed, not the answer.
        let said = sanitise_line(ended.stderr.text().trim());
        return Err(io::Error::other(format!("the program did not start: {said}")));
    }
    printed.add(&ended.stdout, &ended.stderr, limits.output);
    let reports = lines.filter_map(|line| serde_json::from_slice(line).ok());
    Ok(reports.filter(|report: &Report| report.nonce == nonce).collect())
}

/// 128 bits that nobody can guess, in hexadecimal.
fn nonce() -> io::Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_le_bytes(bytes)))
}

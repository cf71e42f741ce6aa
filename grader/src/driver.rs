//! The other side of the judge's pipes: the `main` of a program that holds a learner's code.
//!
//! The judge holds the other end of the socket that is the program's standard input. It writes one [`Request`] and reads
//! lines: [`READY`] with the nonce, then a [`Report`] for each scenario. The nonce is read before the learner's code
//! runs for the first time and comes back with every line, so that a line which the learner's code writes by itself is
//! worth nothing. A program that ends early, by whatever exit code, has left out scenarios, and those count as not
//! passed.

use std::io::{BufRead, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::exercise::{Answer, Ending, Observation, Task};

/// Begins the driver's first line; the nonce follows. Without it no program ran.
pub const READY: &str = "ready ";

/// What the judge asks of a driven program.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Request {
    /// Comes back with every report.
    pub nonce: String,
    /// The scenarios, in order.
    pub tasks: Vec<Task>,
    /// Time limit of one scenario, in milliseconds.
    pub limit_ms: u64,
}

/// What a driven program says of one scenario.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// The request's nonce.
    pub nonce: String,
    /// The scenario.
    pub task: Task,
    /// What was seen.
    pub observation: Observation,
}

/// Serves the one request of the judge. The whole `main` of a driven program.
pub fn main(answer: &Answer) -> ExitCode {
    match serve(answer) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("this program is started by `cargo course`, with a socket as standard input: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(answer: &Answer) -> std::io::Result<()> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let mut reports = UnixStream::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    let request: Request = serde_json::from_str(&line)?;
    drop(line);
    writeln!(reports, "{READY}{}", request.nonce)?;
    for task in request.tasks {
        let observation = answer.observe(&task, Duration::from_millis(request.limit_ms));
        let left_behind = matches!(observation.ending, Ending::TimedOut { .. });
        let report = Report { nonce: request.nonce.clone(), task, observation };
        let mut line = serde_json::to_vec(&report)?;
        line.push(b'\n');
        reports.write_all(&line)?;
        if left_behind {
            // Its thread still spins and would slow the rest down: the judge starts a new program for that.
            break;
        }
    }
    Ok(())
}

//! A child process within limits of time and output.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use command_fds::CommandFdExt;
use rustix::process::{Pid, Signal, kill_process_group};
use wait_timeout::ChildExt;

use super::shelter::Sheltered;

/// How a limited process ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit status; nothing when its time was up.
    pub status: Option<ExitStatus>,
    /// The start of its standard output.
    pub stdout: Captured,
    /// The start of its standard error.
    pub stderr: Captured,
}

/// The start of what a process wrote.
#[derive(Clone, Debug, Default)]
pub struct Captured {
    /// The bytes, up to the cap.
    pub bytes: Vec<u8>,
    /// Whether there was more.
    pub cut: bool,
}

impl Captured {
    /// As text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// A pipe's end that is read by a thread, so that the writer never blocks; what is beyond the cap is thrown away.
#[derive(Debug)]
pub struct Drain(Receiver<Captured>);

impl Drain {
    /// Starts to read.
    pub fn start(mut from: impl Read + Send + 'static, cap: usize) -> Self {
        let (done, captured) = channel();
        std::thread::spawn(move || {
            let mut kept = Captured::default();
            let mut chunk = vec![0; 16 * 1024];
            loop {
                match from.read(&mut chunk) {
                    Ok(0) => break,
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    Err(_) => break,
                    Ok(got) => {
                        let room = cap - kept.bytes.len();
                        kept.bytes.extend_from_slice(&chunk[..got.min(room)]);
                        kept.cut |= got > room;
                    }
                }
            }
            let _ = done.send(kept);
        });
        Self(captured)
    }

    /// What was read. The writers must have ended: a process that left its group and holds the pipe open is
    /// waited for a moment only, and then what it wrote is lost.
    pub fn finish(self) -> Captured {
        const A_MOMENT: Duration = Duration::from_secs(1);
        self.0.recv_timeout(A_MOMENT).unwrap_or(Captured { bytes: Vec::new(), cut: true })
    }
}

/// Runs a command in a process group of its own and ends the group when its first process has ended or the time is
/// up. `started` is called once it runs, to serve its standard input.
///
/// # Errors
/// When it can't be started.
pub fn run_limited<T>(
    sheltered: Sheltered,
    input: Stdio,
    limit: Duration,
    output_cap: usize,
    started: impl FnOnce() -> T,
) -> std::io::Result<(Ended, T)> {
    let deadline = Instant::now() + limit;
    let Sheltered { mut command, descriptors } = sheltered;
    command.fd_mappings(descriptors).map_err(std::io::Error::other)?;
    command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = command.spawn()?;
    // The command holds this process's copies of the child's ends of pipes and sockets; they must close for a reader to see the end.
    drop(command);
    let stdout = Drain::start(child.stdout.take().expect("piped"), output_cap);
    let stderr = Drain::start(child.stderr.take().expect("piped"), output_cap);
    let served = started();
    let status = child.wait_timeout(deadline.saturating_duration_since(Instant::now()))?;
    if let Some(group) = Pid::from_raw(child.id() as i32) {
        // Nobody may be left in it: then there is nothing to end.
        let _ = kill_process_group(group, Signal::KILL);
    }
    if status.is_none() {
        child.wait()?;
    }
    Ok((Ended { status, stdout: stdout.finish(), stderr: stderr.finish() }, served))
}

//! What stands between a stranger's code and the machine.

#[cfg(target_os = "linux")]
mod bubblewrap;
#[cfg(target_os = "linux")]
mod confine;
#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod seccomp;

use std::fmt;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use command_fds::FdMapping;
use serde::{Deserialize, Serialize};

#[cfg(target_os = "linux")]
pub use bubblewrap::Bubblewrap;
#[cfg(target_os = "linux")]
pub use confine::inside;
#[cfg(not(target_os = "linux"))]
pub use elsewhere::{Bubblewrap, inside};

/// Makes the commands in which a stranger's file is compiled and run.
pub trait Shelter: Sync {
    /// What protects the machine: it stands in every result.
    fn protection(&self) -> Protection;

    /// A command for a job, with an empty environment. It carries the job's limits.
    ///
    /// # Errors
    /// When this machine fails: no descriptor is left, say.
    fn command(&self, job: &Job<'_>) -> io::Result<Sheltered>;
}

/// What is to be run, and what it needs.
#[derive(Clone, Debug)]
pub struct Job<'a> {
    /// The program, by its absolute path.
    pub program: &'a Path,
    /// Where it starts.
    pub folder: &'a Path,
    /// What it reads besides: files and folders.
    pub readable: &'a [&'a Path],
    /// What it is.
    pub work: Work,
    /// How long it may compute, all its threads together.
    pub computing: Duration,
}

/// The two kinds of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// The compiler or the linker: reads the toolchain, starts other programs, writes in its folder.
    Compile,
    /// A stranger's program: reads itself, starts nothing, writes nothing.
    Run,
}

/// A command, and the descriptors that it must inherit besides the caller's own.
#[derive(Debug)]
pub struct Sheltered {
    /// The command; its arguments are the program's.
    pub command: Command,
    /// Descriptors for [`command_fds`], at numbers from [`FIRST_FD`] on.
    pub descriptors: Vec<FdMapping>,
}

/// Descriptors below are the caller's.
pub const FIRST_FD: i32 = 5;

/// What was in force between a stranger's code and the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "sandbox")]
pub enum Protection {
    /// Nothing but a process of its own.
    None,
    /// Namespaces by bubblewrap, with a filter of system calls and limits.
    Bubblewrap {
        /// Its version, as it says it.
        version: String,
        /// Whether Landlock forbids writing, inside, once more.
        landlock: bool,
        /// Whether programs run as a user who owns nothing on this machine. Their number is limited only then.
        other_user: bool,
    },
}

impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("separate process, no sandbox"),
            Self::Bubblewrap { version, landlock, other_user } => {
                write!(f, "{version}: no network, no files of this machine, filtered system calls, limits")?;
                f.write_str(if *landlock { ", Landlock" } else { ", no Landlock (the kernel has none)" })?;
                f.write_str(if *other_user { "" } else { ", the number of threads not limited" })
            }
        }
    }
}

/// Why there is no sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unavailable {
    /// No program `bwrap`.
    Missing,
    /// It is there and does not do what it should.
    Fails(String),
    /// This machine has no room for what is needed in it.
    NoRoom(String),
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("bubblewrap is not installed"),
            Self::Fails(why) => write!(f, "bubblewrap does not work here: {why}"),
            Self::NoRoom(why) => {
                write!(f, "what sets its limits can't be put into the temporary folder: {why}")
            }
        }
    }
}

impl std::error::Error for Unavailable {}

/// How a process ends that could not be confined.
pub(super) const NOT_CONFINED: u8 = 125;

/// A temporary folder that another user may enter.
pub(super) fn readable_by_all(folder: io::Result<tempfile::TempDir>) -> io::Result<tempfile::TempDir> {
    let folder = folder?;
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755))?;
    Ok(folder)
}

/// A process of its own with an empty environment, and nothing more. Code in it can still read what its user can read
/// (the recorded observations too, and its own memory with the nonce in it, through `/proc/self/mem`), use the
/// network, and outlive its time limit by leaving its process group.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSandbox;

impl Shelter for NoSandbox {
    fn protection(&self) -> Protection {
        Protection::None
    }

    fn command(&self, job: &Job<'_>) -> io::Result<Sheltered> {
        let mut command = Command::new(job.program);
        command.env_clear().current_dir(job.folder);
        if job.work == Work::Compile {
            // The linker is looked up on the path.
            command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        }
        Ok(Sheltered { command, descriptors: Vec::new() })
    }
}

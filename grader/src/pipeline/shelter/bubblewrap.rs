//! A sandbox by bubblewrap.

use std::fs::{self, File, Permissions};
use std::io::{self, Seek, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use command_fds::FdMapping;
use rustix::fs::{MemfdFlags, memfd_create};

use super::confine::{Bounds, CONFINE, Findings, PROBE};
use super::seccomp::filters;
use super::{FIRST_FD, Job, Protection, Shelter, Sheltered, Unavailable, Work, readable_by_all};
use crate::pipeline::sanitise_line;

/// Runs jobs in namespaces of their own: no network, no processes but theirs, and of the files of this machine those
/// that they need, read-only. A filter of system calls, limits, and Landlock come on top.
#[derive(Debug)]
pub struct Bubblewrap {
    program: PathBuf,
    version: String,
    /// The program `course`, where everybody may read it.
    confiner: PathBuf,
    /// Removed with this value.
    _kit: tempfile::TempDir,
    compile: Vec<Vec<u8>>,
    run: Vec<Vec<u8>>,
    landlock: bool,
    other_user: bool,
}

/// Nobody, on every Linux system.
const NOBODY: u32 = 65_534;

const GIB: u64 = 1 << 30;
const MIB: u64 = 1 << 20;

impl Bubblewrap {
    /// Finds bubblewrap, and tries whether a program in it is kept from what it must not do. `course` is the program
    /// `course`, which sets the limits inside.
    ///
    /// # Errors
    /// When it is missing, or something gets through.
    pub fn find(course: &Path) -> Result<Self, Unavailable> {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let program =
            std::env::split_paths(&folders).map(|folder| folder.join("bwrap")).find(|file| file.is_file());
        let program = program.ok_or(Unavailable::Missing)?;
        let version = match Command::new(&program).arg("--version").output() {
            Ok(output) if output.status.success() => {
                String::from_utf8_lossy(&output.stdout).trim().to_owned()
            }
            Ok(output) => {
                return Err(Unavailable::Fails(String::from_utf8_lossy(&output.stderr).trim().into()));
            }
            Err(why) => return Err(Unavailable::Fails(why.to_string())),
        };
        let no_room = |e: io::Error| Unavailable::NoRoom(e.to_string());
        let kit = readable_by_all(tempfile::Builder::new().prefix("course-").tempdir()).map_err(no_room)?;
        let confiner = kit.path().join("course");
        fs::copy(course, &confiner).map_err(no_room)?;
        fs::set_permissions(&confiner, Permissions::from_mode(0o755)).map_err(no_room)?;
        let fails = |e: io::Error| Unavailable::Fails(e.to_string());
        let (compile, run) = (filters(Work::Compile).map_err(fails)?, filters(Work::Run).map_err(fails)?);
        let other_user = rustix::process::geteuid().is_root();
        let mut found =
            Self { program, version, confiner, _kit: kit, compile, run, landlock: false, other_user };
        let findings = match found.probe() {
            Err(_) if found.other_user => {
                // Nobody may be kept from making namespaces where root is not.
                found.other_user = false;
                found.probe()
            }
            probed => probed,
        };
        let findings = findings?;
        if !findings.got_through.is_empty() {
            let what = findings.got_through.join(", ");
            return Err(Unavailable::Fails(format!("a program in it could {what}")));
        }
        found.landlock = findings.landlock;
        Ok(found)
    }

    fn probe(&self) -> Result<Findings, Unavailable> {
        let job = Job {
            program: &self.confiner,
            folder: self.confiner.parent().unwrap_or(Path::new("/")),
            readable: &[],
            work: Work::Run,
            computing: Duration::from_secs(10),
        };
        let fails = |e: io::Error| Unavailable::Fails(e.to_string());
        let Sheltered { mut command, descriptors } = self.command(&job).map_err(fails)?;
        command.arg(PROBE);
        command_fds::CommandFdExt::fd_mappings(&mut command, descriptors)
            .map_err(|e| Unavailable::Fails(e.to_string()))?;
        let output = command.output().map_err(fails)?;
        serde_json::from_slice(&output.stdout)
            .map_err(|_| Unavailable::Fails(sanitise_line(String::from_utf8_lossy(&output.stderr).trim())))
    }
}

/// Where things lie inside.
const CONFINER: &str = "/confine";
const PROGRAM: &str = "/program";

impl Shelter for Bubblewrap {
    fn protection(&self) -> Protection {
        Protection::Bubblewrap {
            version: self.version.clone(),
            landlock: self.landlock,
            other_user: self.other_user,
        }
    }

    fn command(&self, job: &Job<'_>) -> io::Result<Sheltered> {
        let mut command = Command::new(&self.program);
        command.env_clear().env("PATH", "/usr/bin:/bin");
        command.args([
            "--unshare-all",
            "--die-with-parent",
            "--new-session",
            "--clearenv",
            "--cap-drop",
            "ALL",
        ]);
        command.args(["--uid", "65534", "--gid", "65534", "--hostname", "course"]);
        let filters = match job.work {
            Work::Compile => {
                self.compile_mounts(&mut command, job);
                &self.compile
            }
            Work::Run => {
                self.run_mounts(&mut command, job);
                &self.run
            }
        };
        let mut descriptors = Vec::new();
        for (number, filter) in (FIRST_FD..).zip(filters) {
            command.args(["--add-seccomp-fd", &number.to_string()]);
            let mut file = File::from(memfd_create("filter", MemfdFlags::CLOEXEC)?);
            file.write_all(filter)?;
            file.rewind()?;
            descriptors.push(FdMapping { parent_fd: file.into(), child_fd: number });
        }
        let bounds = serde_json::to_string(&self.bounds(job))?;
        command.args(["--", CONFINER, CONFINE, &bounds]);
        match job.work {
            Work::Compile => command.arg(job.program),
            Work::Run => command.arg(PROGRAM),
        };
        Ok(Sheltered { command, descriptors })
    }
}

impl Bubblewrap {
    /// The system's programs and libraries, the toolchain; the job's folder to write in.
    fn compile_mounts(&self, command: &mut Command, job: &Job<'_>) {
        command.args(["--setenv", "PATH", "/usr/bin:/bin"]);
        command.args(["--ro-bind", "/usr", "/usr"]);
        for place in ["/bin", "/lib", "/lib64", "/etc/alternatives", "/etc/ld.so.cache"] {
            command.args(["--ro-bind-try", place, place]);
        }
        command.args(["--proc", "/proc", "--dev-bind", "/dev/null", "/dev/null"]);
        for place in job.readable {
            command.arg("--ro-bind").args([place, place]);
        }
        command.arg("--bind").args([job.folder, job.folder]);
        command.arg("--ro-bind").arg(&self.confiner).arg(CONFINER);
        command.args(["--remount-ro", "/", "--chdir"]).arg(job.folder);
    }

    /// The program and what links it at its start. Neither `/proc` nor `/dev`: a program's own memory can be read
    /// there, and in it what marks a report as the driver's.
    fn run_mounts(&self, command: &mut Command, job: &Job<'_>) {
        for place in ["/usr/lib", "/usr/lib64", "/lib", "/lib64"] {
            command.args(["--ro-bind-try", place, place]);
        }
        command.arg("--ro-bind").arg(&self.confiner).arg(CONFINER);
        command.arg("--ro-bind").arg(job.program).arg(PROGRAM);
        command.args(["--remount-ro", "/", "--chdir", "/"]);
        if self.other_user {
            command.uid(NOBODY).gid(NOBODY);
        }
    }

    fn bounds(&self, job: &Job<'_>) -> Bounds {
        let computing = job.computing.as_secs().max(1);
        match job.work {
            Work::Compile => Bounds {
                address_space: 4 * GIB,
                computing,
                file_size: 256 * MIB,
                descriptors: 1024,
                threads: None,
                writable: vec![job.folder.to_path_buf(), "/dev/null".into()],
            },
            Work::Run => Bounds {
                address_space: 2 * GIB,
                computing,
                file_size: 0,
                descriptors: 64,
                // The kernel does not hold root to it, and another user has threads of his own, which count as well.
                threads: self.other_user.then_some(256),
                writable: Vec::new(),
            },
        }
    }
}

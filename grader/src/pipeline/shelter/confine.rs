//! The last step inside a sandbox, before a stranger's program takes over: limits, and Landlock.
//!
//! It is the program `course` itself, started with [`CONFINE`] as its first argument: limits can be set without
//! unsafe code only by the process that they are for.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, RestrictionStatus, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetStatus, Scope, path_beneath_rules,
};
use rustix::process::{Resource, Rlimit, setrlimit};
use serde::{Deserialize, Serialize};

use super::NOT_CONFINED;

/// The first argument that makes the program `course` confine itself and become another one. Then follow the bounds as
/// JSON, the program, and its arguments.
pub(super) const CONFINE: &str = "confine-and-become";

/// What a confined process may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Bounds {
    /// Bytes of memory that it may map.
    pub address_space: u64,
    /// Seconds that all its threads may compute.
    pub computing: u64,
    /// Bytes of the longest file that it may write.
    pub file_size: u64,
    /// Descriptors that it may have open.
    pub descriptors: u64,
    /// Threads and processes of its user; only where this user has no others.
    pub threads: Option<u64>,
    /// Where it may write.
    pub writable: Vec<PathBuf>,
}

/// Does what the first argument asks for if it is one of the two that are for the inside of a sandbox. It returns, with
/// an exit code, only if it could not become the program that the arguments name; or if it was the probe.
pub fn inside(mut arguments: impl Iterator<Item = OsString>) -> Option<u8> {
    let first = arguments.next()?;
    if first == CONFINE {
        Some(confine(arguments))
    } else if first == PROBE {
        Some(probe())
    } else {
        None
    }
}

fn confine(mut arguments: impl Iterator<Item = OsString>) -> u8 {
    let bounds = arguments.next().and_then(|text| serde_json::from_slice(text.as_encoded_bytes()).ok());
    let (Some::<Bounds>(bounds), Some(program)) = (bounds, arguments.next()) else {
        eprintln!("`{CONFINE}` is for the grader's own use: it needs bounds, and a program");
        return NOT_CONFINED;
    };
    if let Err(why) = limit(&bounds) {
        eprintln!("limits can't be set: {why}");
        return NOT_CONFINED;
    }
    if let Err(why) = landlock(&bounds.writable) {
        eprintln!("Landlock refuses: {why}");
        return NOT_CONFINED;
    }
    let failed = Command::new(&program).args(arguments).exec();
    eprintln!("{} can't be started: {failed}", program.display());
    NOT_CONFINED
}

/// The argument behind which `course` tries what a stranger's program must not be able to do.
pub(super) const PROBE: &str = "probe-the-sandbox";

/// What the probe found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Findings {
    /// Whether Landlock holds.
    pub landlock: bool,
    /// What was possible and must not be.
    pub got_through: Vec<String>,
}

/// Tries to get out, and prints what it found as JSON.
fn probe() -> u8 {
    let mut got_through = Vec::new();
    let mut must_fail = |what: &str, possible: bool| {
        if possible {
            got_through.push(what.to_owned());
        }
    };
    must_fail("open a socket", std::net::UdpSocket::bind("127.0.0.1:0").is_ok());
    must_fail(
        "write a file",
        ["/x", "/tmp/x", "/dev/shm/x"].iter().any(|file| std::fs::write(file, "x").is_ok()),
    );
    must_fail("read the users of this machine", std::fs::read("/etc/passwd").is_ok());
    must_fail("look into processes", std::fs::read_dir("/proc").is_ok());
    must_fail("start a program", Command::new("/confine").spawn().is_ok());
    let findings = Findings { landlock: landlock(&[]).unwrap_or(false), got_through };
    println!("{}", serde_json::to_string(&findings).expect("plain data serialises"));
    0
}

fn limit(bounds: &Bounds) -> rustix::io::Result<()> {
    let limits = [
        (Resource::As, Some(bounds.address_space)),
        (Resource::Cpu, Some(bounds.computing)),
        (Resource::Fsize, Some(bounds.file_size)),
        (Resource::Nofile, Some(bounds.descriptors)),
        (Resource::Nproc, bounds.threads),
        (Resource::Core, Some(0)),
    ];
    for (resource, most) in limits {
        if most.is_some() {
            setrlimit(resource, Rlimit { current: most, maximum: most })?;
        }
    }
    Ok(())
}

/// Whether the kernel has Landlock, and it holds.
fn landlock(writable: &[PathBuf]) -> Result<bool, landlock::RulesetError> {
    let newest = ABI::V6;
    let reading = path_beneath_rules(["/"], AccessFs::from_read(newest));
    let writing = path_beneath_rules(writable, AccessFs::from_all(newest));
    let RestrictionStatus { ruleset, .. } = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(newest))?
        .handle_access(AccessNet::from_all(newest))?
        .scope(Scope::from_all(newest))?
        .create()?
        .add_rules(reading)?
        .add_rules(writing)?
        .restrict_self()?;
    Ok(ruleset != RulesetStatus::NotEnforced)
}

//! What this machine has and lacks.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Serialize;

use crate::cli::Course;
use crate::pipeline::{Bubblewrap, Shelter};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It is there.
    Good,
    /// The course works without it, but worse.
    Advice,
    /// The course does not work without it.
    Missing,
}

/// One thing that the course needs or profits from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked for.
    pub name: &'static str,
    /// Whether it is there.
    pub state: State,
    /// What was found.
    pub found: String,
    /// What to do when it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Finding {
    fn good(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, state: State::Good, found: found.into(), next: None }
    }

    fn bad(name: &'static str, state: State, found: impl Into<String>, next: impl Into<String>) -> Self {
        Self { name, state, found: found.into(), next: Some(next.into()) }
    }
}

/// Which packages a system calls by which names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// Debian, Ubuntu and what descends from them.
    Debian,
    /// Fedora, RHEL and what descends from them.
    Fedora,
    /// macOS.
    MacOs,
    /// Anything else.
    Other,
}

impl System {
    /// The system that this program runs on.
    pub fn here() -> Self {
        if cfg!(target_os = "macos") {
            return Self::MacOs;
        }
        Self::from_os_release(&std::fs::read_to_string("/etc/os-release").unwrap_or_default())
    }

    /// From the text of `/etc/os-release`.
    fn from_os_release(text: &str) -> Self {
        let names: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")))
            .flat_map(|value| value.trim_matches('"').split_whitespace())
            .collect();
        if names.iter().any(|name| ["debian", "ubuntu"].contains(name)) {
            Self::Debian
        } else if names.iter().any(|name| ["fedora", "rhel", "centos"].contains(name)) {
            Self::Fedora
        } else {
            Self::Other
        }
    }

    /// How to install a thing here, given what each system calls it.
    fn install(self, debian: &str, fedora: &str, macos: &str, other: &str) -> String {
        match self {
            Self::Debian => format!("run `sudo apt install {debian}`"),
            Self::Fedora => format!("run `sudo dnf install {fedora}`"),
            Self::MacOs => format!("run `{macos}`"),
            Self::Other => other.into(),
        }
    }
}

/// Disk space for a first set-up: compiled crates, Python packages, the kernels' folders; bytes.
const DISK: u64 = 4 << 30;

/// Memory below which compiling rust-analyzer beside a browser begins to swap; bytes.
const MEMORY: u64 = 3 << 30;

/// What the course needs, and how far its set-up is.
pub fn survey(course: &Course) -> Vec<Finding> {
    let system = System::here();
    vec![
        rust(),
        library_sources(system),
        linker(system),
        python(system).map_or_else(|finding| finding, |python| Finding::good(PYTHON, python.to_string())),
        disk(course.root()),
        memory(),
        set_up(course),
    ]
}

/// How far the set-up of this clone is.
fn set_up(course: &Course) -> Finding {
    let parts = [
        ("JupyterLab", "python.stamp"),
        ("the kernel", "kernel/program.stamp"),
        ("the lab compiled for the notebooks", "kernel/template/template.json"),
    ];
    let (there, lacking): (Vec<_>, Vec<_>) =
        parts.into_iter().partition(|(_, file)| course.private(file).exists());
    let list = |parts: &[(&str, &str)]| parts.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    if lacking.is_empty() {
        return Finding::good("Set-up of this clone", format!("{}: there", list(&there)));
    }
    Finding::bad(
        "Set-up of this clone",
        State::Advice,
        format!("not there yet: {}", list(&lacking)),
        "run `cargo course lab`; the first time takes some minutes",
    )
}

/// How a finding about Python is called.
pub const PYTHON: &str = "Python with venv and pip";

/// A Python that can make environments.
#[derive(Clone, Debug)]
pub struct Python {
    /// The program.
    pub program: PathBuf,
    version: String,
}

impl std::fmt::Display for Python {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Python {} ({})", self.version, self.program.display())
    }
}

/// Oldest Python that the pinned JupyterLab runs on.
const OLDEST_PYTHON: (u32, u32) = (3, 10);

/// The first Python on the path that is new enough and can make environments.
///
/// # Errors
/// When there is none: what is missing, and how to install it.
pub fn python(system: System) -> Result<Python, Finding> {
    let newest_first = (OLDEST_PYTHON.1..=14).rev().map(|minor| format!("python3.{minor}"));
    let names = ["python3".to_string(), "python".into()].into_iter().chain(newest_first);
    let mut nearest = None;
    for name in names {
        match try_python(&name) {
            Some((python, true)) => return Ok(python),
            Some((python, false)) => nearest = nearest.or(Some(python)),
            None => {}
        }
    }
    let next = system.install(
        "python3-venv python3-pip",
        "python3 python3-pip",
        "brew install python",
        "install Python 3.10 or newer with its modules venv and ensurepip",
    );
    Err(match nearest {
        Some(python) => Finding::bad(
            PYTHON,
            State::Missing,
            format!("{python} cannot make environments (venv, pip)"),
            next,
        ),
        None => Finding::bad(PYTHON, State::Missing, "no Python 3.10 or newer on the path", next),
    })
}

/// The Python of that name, if it is new enough, and whether it can make environments.
fn try_python(name: &str) -> Option<(Python, bool)> {
    let code = "import sys, importlib.util as u\n\
                print(sys.version_info[0], sys.version_info[1])\n\
                print(all(u.find_spec(m) for m in ('venv', 'ensurepip')))\n\
                print(sys.executable)";
    let output = Command::new(name).args(["-c", code]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let mut lines = text.lines();
    let (major, minor) = lines.next()?.split_once(' ')?;
    let version = (major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?);
    let able = lines.next()? == "True";
    let program = PathBuf::from(lines.next()?);
    (version >= OLDEST_PYTHON).then_some((Python { program, version: format!("{major}.{minor}") }, able))
}

fn first_line(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then(|| text.lines().next().unwrap_or_default().trim().to_string())
}

fn rust() -> Finding {
    match (first_line("cargo", &["--version"]), first_line("rustc", &["--version"])) {
        (Some(_), Some(version)) => Finding::good("Rust", version),
        _ => Finding::bad(
            "Rust",
            State::Missing,
            "cargo or rustc is not on the path",
            "install Rust from https://rustup.rs and open a new terminal",
        ),
    }
}

/// Where the sources of Rust's standard library lie or would lie.
pub fn library_folder() -> Option<PathBuf> {
    let root = first_line("rustc", &["--print", "sysroot"])?;
    Some(PathBuf::from(root).join("lib/rustlib/src/rust/library"))
}

fn library_sources(system: System) -> Finding {
    let name = "Sources of Rust's library";
    if library_folder().is_some_and(|folder| folder.join("core").is_dir()) {
        return Finding::good(name, "rust-src is installed");
    }
    let next = if first_line("rustup", &["--version"]).is_some() {
        "run `rustup component add rust-src`".into()
    } else {
        let other = "install your distribution's package of Rust's sources, or Rust from https://rustup.rs";
        system.install("rust-src", "rust-src", "brew install rustup && rustup component add rust-src", other)
    };
    Finding::bad(
        name,
        State::Missing,
        "rust-src is missing: the kernel could not tell the type of `let v = vec![1]`",
        next,
    )
}

fn linker(system: System) -> Finding {
    match first_line("cc", &["--version"]) {
        Some(version) => Finding::good("C compiler and linker", version),
        None => Finding::bad(
            "C compiler and linker",
            State::Missing,
            "`cc` is not on the path; Rust links with it",
            system.install(
                "build-essential",
                "gcc",
                "xcode-select --install",
                "install a C compiler that answers to `cc`",
            ),
        ),
    }
}

/// Free space where the course lies, in bytes.
fn free(folder: &Path) -> Option<u64> {
    let disks = sysinfo::Disks::new_with_refreshed_list().ok()?;
    let folder = folder.canonicalize().ok()?;
    disks
        .iter()
        .filter(|disk| folder.starts_with(disk.mount_point()))
        .max_by_key(|disk| disk.mount_point().as_os_str().len())
        .map(sysinfo::Disk::available_space)
}

fn gigabytes(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))
}

fn disk(root: &Path) -> Finding {
    let name = "Disk space";
    match free(root) {
        None => Finding::good(name, "unknown"),
        Some(free) if free >= DISK || root.join(".course/kernel/template").exists() => {
            Finding::good(name, format!("{} free", gigabytes(free)))
        }
        Some(free) => Finding::bad(
            name,
            State::Missing,
            format!("{} free at {}", gigabytes(free), root.display()),
            format!("free {} there, or clone the course onto another disk", gigabytes(DISK)),
        ),
    }
}

fn memory() -> Finding {
    let Ok(mut system) = sysinfo::System::new() else { return Finding::good("Memory", "unknown") };
    system.refresh_memory();
    let total = system.total_memory();
    let found = format!("{} in all, {} free", gigabytes(total), gigabytes(system.available_memory()));
    if total >= MEMORY {
        return Finding::good("Memory", found);
    }
    Finding::bad(
        "Memory",
        State::Advice,
        found,
        "close other programs during the first set-up, and set CARGO_BUILD_JOBS=1",
    )
}

/// What the course works without, but worse: what would disturb the kernel, what would make it faster, what grading
/// others needs.
pub fn advice() -> Vec<Finding> {
    let system = System::here();
    let mut findings = vec![fast_linker(system)];
    findings.extend(cfg!(target_os = "linux").then(|| sandbox(system)));
    findings.extend(cargo_configuration());
    findings
}

fn fast_linker(system: System) -> Finding {
    let name = "Faster linker";
    if cfg!(target_os = "macos") {
        return Finding::good(name, "the system's linker is fast");
    }
    for linker in ["mold", "ld.lld"] {
        if let Some(version) = first_line(linker, &["--version"]) {
            return Finding::good(name, version);
        }
    }
    let next = system.install("mold", "mold", "", "install mold");
    Finding::bad(name, State::Advice, "neither mold nor lld; the gain is small for cells", next)
}

/// What strangers' code is graded in.
fn sandbox(system: System) -> Finding {
    let name = "Sandbox (for grading others)";
    let next = || system.install("bubblewrap", "bubblewrap", "", "install bubblewrap");
    let course = std::env::current_exe().map_err(|e| e.to_string());
    match course.and_then(|course| Bubblewrap::find(&course).map_err(|why| why.to_string())) {
        Ok(found) => Finding::good(name, found.protection().to_string()),
        Err(why) => Finding::bad(name, State::Advice, why, next()),
    }
}

/// Settings of the user's own cargo that reach into the notebooks' builds.
fn cargo_configuration() -> Vec<Finding> {
    let name = "Cargo's configuration";
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")));
    let file = home.map(|home| home.join("config.toml")).filter(|file| file.exists());
    let Some(file) = file else { return vec![Finding::good(name, "nothing in it touches the course")] };
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    let disturbing = disturbing(&text);
    if disturbing.is_empty() {
        return vec![Finding::good(name, "nothing in it touches the course")];
    }
    let found = format!("{} sets {}", file.display(), disturbing.join(", "));
    let next = "if cells fail to compile, take these lines out and try again";
    vec![Finding::bad(name, State::Advice, found, next)]
}

/// The settings in a cargo configuration that change where or for what the cells are compiled.
fn disturbing(text: &str) -> Vec<String> {
    let Ok(table) = text.parse::<toml::Table>() else { return vec!["something that is not TOML".into()] };
    let build = table.get("build").and_then(toml::Value::as_table);
    let watched = ["target", "target-dir", "build-dir", "rustc", "rustc-wrapper", "rustflags"];
    let mut found: Vec<String> = watched
        .into_iter()
        .filter(|key| build.is_some_and(|build| build.contains_key(*key)))
        .map(|key| format!("build.{key}"))
        .collect();
    if table.get("profile").and_then(|profile| profile.get("dev")).is_some() {
        found.push("profile.dev".into());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_known_by_its_release_file() {
        let ubuntu = "NAME=\"Linux Mint\"\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n";
        assert_eq!(System::from_os_release(ubuntu), System::Debian);
        assert_eq!(System::from_os_release("ID=fedora\n"), System::Fedora);
        assert_eq!(System::from_os_release("ID=arch\n"), System::Other);
    }

    #[test]
    fn settings_that_reach_into_the_cells_are_named() {
        let text =
            "[build]\ntarget = \"x86_64-unknown-linux-musl\"\njobs = 2\n[profile.dev]\nopt-level = 1\n";
        assert_eq!(disturbing(text), ["build.target", "profile.dev"]);
        assert_eq!(disturbing("[net]\noffline = false\n"), Vec::<String>::new());
        assert_eq!(disturbing("[build"), ["something that is not TOML"]);
    }

    #[test]
    fn installing_is_said_in_the_systems_own_words() {
        assert_eq!(System::Fedora.install("a", "b", "c", "d"), "run `sudo dnf install b`");
        assert_eq!(System::Other.install("a", "b", "c", "d"), "d");
    }
}

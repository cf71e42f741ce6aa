//! The libraries that a driven program is linked to, and the compiler that links them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};
use walkdir::WalkDir;
use xxhash_rust::xxh3::Xxh3;

use super::facade;
use crate::cli::Problem;
use crate::judge::Exercise;

/// The compiler and the libraries for driven programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toolbox {
    /// The toolchain's own compiler, no shim that a file beside a submission could redirect.
    pub(super) rustc: PathBuf,
    /// The folder with the libraries.
    pub(super) libraries: PathBuf,
    /// The library `grader`, without what decides.
    pub(super) grader: PathBuf,
}

/// What the libraries are made of, below the course's top folder.
const SOURCES: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "grader/Cargo.toml",
    "grader/src/attack",
    "grader/src/driver.rs",
    "grader/src/exercise",
    "grader/src/exercises",
    "grader/src/lib.rs",
    "replication-lab/Cargo.toml",
    "replication-lab/src",
];

/// Names the description of a finished toolbox, in its folder.
const DESCRIPTION: &str = "toolbox.json";

/// Begins the name of a folder that is not finished yet.
const GROWING: &str = "growing-";

impl Toolbox {
    /// The toolbox of the course at `root`, kept below `home` (two folders: cargo's build folder, and the finished
    /// libraries under the fingerprint of what they are made of). Built if it is not there; `progress` is told
    /// what is being built.
    ///
    /// # Errors
    /// When there is no toolchain, or the libraries don't build.
    pub fn prepare(root: &Path, home: &Path, progress: &dyn Fn(&str)) -> Result<Self, Problem> {
        let rustc = toolchain_rustc(root)?;
        let fingerprint = fingerprint(root, &rustc).map_err(|e| {
            Problem::new(
                format!("cannot read the sources of the course: {e}"),
                "is this a whole clone of it?",
            )
        })?;
        let finished = home.join(&fingerprint);
        if let Some(toolbox) = described(&finished) {
            return Ok(toolbox);
        }
        let artefacts = build(root, home, &rustc, progress)?;
        publish(&artefacts, rustc, home, &finished).map_err(|e| {
            Problem::file("keep the built libraries in", &finished, &e, "is the disk full or read-only?")
        })
    }
}

/// What stands in the description of a finished toolbox. No path of the folder itself: it may be reached by others.
#[derive(Serialize, Deserialize)]
struct Description {
    rustc: PathBuf,
    grader: PathBuf,
}

impl Toolbox {
    /// Whether the libraries are still there. Another command may have built those of a newer course, and removed these.
    ///
    /// # Errors
    /// When they are not: then what the compiler says of an answer is not the answer's fault.
    pub(super) fn still_there(&self) -> io::Result<()> {
        match self.libraries.join(DESCRIPTION).is_file() && self.rustc.is_file() {
            true => Ok(()),
            false => Err(io::Error::other(
                "the libraries that answers are linked to are gone: the course has been built anew meanwhile",
            )),
        }
    }

    /// Names what the libraries are made of: toolboxes with the same mark behave alike.
    pub fn mark(&self) -> String {
        self.libraries.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

fn described(folder: &Path) -> Option<Toolbox> {
    let text = fs::read(folder.join(DESCRIPTION)).ok()?;
    let Description { rustc, grader } = serde_json::from_slice(&text).ok()?;
    let folder = folder.canonicalize().ok()?;
    let toolbox = Toolbox { rustc, grader: folder.join(grader), libraries: folder };
    (toolbox.rustc.exists() && toolbox.grader.exists()).then_some(toolbox)
}

/// The compiler in the toolchain that the course itself is built with.
fn toolchain_rustc(root: &Path) -> Result<PathBuf, Problem> {
    let asked = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let missing = |why: String| {
        Problem::new(
            format!("there is no Rust compiler: {why}"),
            "install Rust from https://rustup.rs, then try again",
        )
    };
    let answer = Command::new(&asked)
        .args(["--print", "sysroot"])
        .current_dir(root)
        .output()
        .map_err(|e| missing(format!("cannot run {}: {e}", asked.display())))?;
    let sysroot = String::from_utf8_lossy(&answer.stdout);
    let rustc = Path::new(sysroot.trim()).join("bin/rustc");
    if answer.status.success() && rustc.is_file() {
        Ok(rustc)
    } else {
        Err(missing(String::from_utf8_lossy(&answer.stderr).trim().to_owned()))
    }
}

fn fingerprint(root: &Path, rustc: &Path) -> io::Result<String> {
    let mut hash = Xxh3::new();
    let version = Command::new(rustc).arg("-vV").output()?;
    hash.update(&version.stdout);
    hash.update(facade::FORM.as_bytes());
    hash.update(rustc.as_os_str().as_encoded_bytes());
    for source in SOURCES {
        for entry in WalkDir::new(root.join(source)).sort_by_file_name() {
            let entry = entry?;
            if entry.file_type().is_file() {
                let below = entry.path().strip_prefix(root).unwrap_or(entry.path());
                let text = fs::read(entry.path())?;
                for part in [below.as_os_str().as_encoded_bytes(), &text] {
                    hash.update(&(part.len() as u64).to_le_bytes());
                    hash.update(part);
                }
            }
        }
    }
    Ok(format!("{:016x}", hash.digest()))
}

/// The files that cargo made.
#[derive(Default)]
struct Artefacts {
    all: Vec<PathBuf>,
    grader: Option<PathBuf>,
}

/// One line of `cargo build --message-format=json`.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    filenames: Vec<PathBuf>,
    target: Option<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

fn build(root: &Path, home: &Path, rustc: &Path, progress: &dyn Fn(&str)) -> Result<Artefacts, Problem> {
    let cargo = rustc.with_file_name("cargo");
    let cargo = if cargo.is_file() { cargo } else { PathBuf::from("cargo") };
    // Everything is on the disk already where the command itself was built: the network is the second choice.
    let (built, _) = run_cargo(&cargo, root, home, &["--offline"], progress)?;
    if let Some(artefacts) = built {
        return Ok(artefacts);
    }
    match run_cargo(&cargo, root, home, &[], progress)? {
        (Some(artefacts), _) => Ok(artefacts),
        (None, why) => Err(Problem::new(
            format!("the libraries for checking answers do not build:\n{why}"),
            "run `cargo build -p grader --no-default-features` to see more; `git status` shows what was changed",
        )),
    }
}

fn run_cargo(
    cargo: &Path,
    root: &Path,
    home: &Path,
    more: &[&str],
    progress: &dyn Fn(&str),
) -> Result<(Option<Artefacts>, String), Problem> {
    let output = Command::new(cargo)
        .args(["build", "--locked", "-p", "grader", "--lib", "--no-default-features"])
        .args(["--message-format=json-render-diagnostics", "--target-dir"])
        .arg(home.join("build"))
        .args(more)
        .current_dir(root)
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        // Nobody edits between two builds, and the lab takes half as long without.
        .env("CARGO_INCREMENTAL", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = output.map_err(|e| {
        Problem::new(
            format!("cannot run cargo ({}): {e}", cargo.display()),
            "install Rust from https://rustup.rs",
        )
    })?;
    let stderr = super::limited::Drain::start(child.stderr.take().expect("piped"), 64 * 1024);
    let mut artefacts = Artefacts::default();
    for line in
        io::BufRead::lines(io::BufReader::new(child.stdout.take().expect("piped"))).map_while(Result::ok)
    {
        let Ok(message) = serde_json::from_str::<Message>(&line) else { continue };
        let (Some(target), "compiler-artifact") = (message.target, message.reason.as_str()) else { continue };
        progress(&target.name);
        if target.name == "grader" {
            artefacts.grader =
                message.filenames.iter().find(|f| f.extension().is_some_and(|e| e == "rlib")).cloned();
        }
        if !target.kind.iter().any(|kind| kind == "custom-build") {
            artefacts.all.extend(message.filenames);
        }
    }
    let status = child.wait().map_err(|e| Problem::new(format!("cargo was lost: {e}"), "try again"))?;
    let why = stderr.finish().text();
    Ok((status.success().then_some(artefacts).filter(|a| a.grader.is_some()), why))
}

/// Copies the libraries into a folder of their own. It appears whole or not at all, so that two commands at once
/// don't disturb each other.
fn publish(artefacts: &Artefacts, rustc: PathBuf, home: &Path, finished: &Path) -> io::Result<Toolbox> {
    let growing = tempfile::Builder::new().prefix(GROWING).tempdir_in(home)?;
    for file in artefacts.all.iter().filter(|file| is_library(file)) {
        if let Some(name) = file.file_name() {
            fs::copy(file, growing.path().join(name))?;
        }
    }
    let name = artefacts.grader.as_ref().and_then(|file| file.file_name()).unwrap_or_default();
    for exercise in Exercise::all() {
        facade::make(&rustc, growing.path(), &growing.path().join(name), &exercise.spec)?;
    }
    let description = Description { rustc, grader: name.into() };
    fs::write(growing.path().join(DESCRIPTION), serde_json::to_vec_pretty(&description)?)?;
    remove_others(home, finished);
    if described(finished).is_none() {
        // One that was damaged since: a whole one appears at once, so nobody is at work on it.
        let _ = fs::remove_dir_all(finished);
    }
    let growing = growing.keep();
    let renamed = fs::rename(&growing, finished);
    if renamed.is_err() {
        // Another command was faster: its folder is as good.
        let _ = fs::remove_dir_all(&growing);
    }
    described(finished)
        .ok_or_else(|| renamed.err().unwrap_or_else(|| io::Error::other("the libraries are gone")))
}

fn is_library(file: &Path) -> bool {
    file.extension().is_some_and(|e| ["rlib", "so", "dylib", "dll"].iter().any(|known| e == *known))
}

/// Removes the libraries of earlier versions of the sources. A command that uses them at this moment fails and says so: the
/// description goes first, by which it sees that they are not whole any more.
fn remove_others(home: &Path, keep: &Path) {
    let Ok(folders) = fs::read_dir(home) else { return };
    for folder in folders.flatten().map(|entry| entry.path()) {
        let name = folder.file_name().unwrap_or_default();
        let is_growing = name.as_encoded_bytes().starts_with(GROWING.as_bytes());
        if folder.join(DESCRIPTION).is_file() && !is_growing && Some(name) != keep.file_name() {
            let _ = fs::remove_file(folder.join(DESCRIPTION));
            let _ = fs::remove_dir_all(folder);
        }
    }
}

//! Building the kernel, and warming its build folder.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::estimate::Estimate;
use super::stamp::{Inputs, Stamp};
use crate::cli::ui::{self, Step};
use crate::cli::{Course, Problem};

/// The package of the kernel, and the name of its program.
const PACKAGE: &str = "course-kernel";

/// The kernel of this clone: its program and its home folder.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// The program.
    pub program: PathBuf,
    home: PathBuf,
    course: PathBuf,
}

impl Kernel {
    /// The kernel, built and warmed; nothing is done for what is fresh.
    ///
    /// # Errors
    /// When cargo fails, or the lab doesn't compile.
    pub fn ready(course: &Course) -> Result<Self, Problem> {
        let home = course.private("kernel");
        let kernel = Self { program: home.join(PACKAGE), home, course: course.root().to_path_buf() };
        let stamp = kernel.stamp()?;
        if !(stamp.is_fresh() && kernel.program.exists()) {
            stamp.clear();
            let built = build(course.root())?;
            kernel.install(&built)?;
            stamp.set()?;
        }
        kernel.warm()?;
        Ok(kernel)
    }

    fn stamp(&self) -> Result<Stamp, Problem> {
        let inputs = Inputs::default()
            .output(Path::new("rustc"), &["-vV"])?
            .files(&self.course, "Cargo.toml")?
            .files(&self.course, "Cargo.lock")?
            .files(&self.course, "notebooks/kernel/Cargo.toml")?
            .files(&self.course, "notebooks/kernel/src")?;
        Ok(Stamp::new(self.home.join("program.stamp"), &inputs))
    }

    /// Puts a copy of the program into the kernel's home: `cargo clean` doesn't break open notebooks.
    fn install(&self, built: &Path) -> Result<(), Problem> {
        let draft = self.home.join("program.draft");
        std::fs::create_dir_all(&self.home)
            .and_then(|()| std::fs::copy(built, &draft))
            .and_then(|_| std::fs::rename(&draft, &self.program))
            .map_err(|e| {
                Problem::file("install the kernel as", &self.program, &e, "check that the disk is not full")
            })
    }

    /// The kernel's program with its home.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--home").arg(&self.home);
        command
    }

    fn warm(&self) -> Result<(), Problem> {
        if self.is_warm() {
            return Ok(());
        }
        let step = Step::begin("compiling the lab", 0);
        let output = self.command().arg("warm").arg("--course").arg(&self.course).output();
        let output = output.map_err(|e| cannot_run(&self.program, &e))?;
        if output.status.success() {
            step.done();
            return Ok(());
        }
        step.failed();
        Err(relayed(&output.stderr))
    }

    fn is_warm(&self) -> bool {
        let output = self.command().arg("warm").arg("--ask").arg("--course").arg(&self.course).output();
        output.is_ok_and(|output| output.status.success())
    }

    /// The kernel's description for Jupyter.
    ///
    /// # Errors
    /// When the kernel doesn't run.
    pub fn describe(&self) -> Result<String, Problem> {
        let output = self.command().arg("describe").output().map_err(|e| cannot_run(&self.program, &e))?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// The kernel's program could not be started.
pub fn cannot_run(program: &Path, error: &std::io::Error) -> Problem {
    Problem::new(
        format!("cannot run {}: {error}", program.display()),
        "remove the folder `.course/kernel` and run `cargo course lab` again",
    )
}

/// A problem that the kernel's program told on its standard error, in the same two parts.
pub fn relayed(stderr: &[u8]) -> Problem {
    let text = String::from_utf8_lossy(stderr);
    let text = text.trim();
    match text.rsplit_once("\n next: ") {
        Some((what, next)) => Problem::new(what.trim_start_matches("error: "), next),
        None => Problem::new(
            format!("the kernel failed without a word it should have said:\n{text}"),
            "run `cargo course doctor`, and try again",
        ),
    }
}

/// What comes from cargo while it works.
enum Event {
    /// A message, one JSON object.
    Message(Value),
    /// A line on standard error.
    Line(String),
}

/// Compiles the kernel and returns where its program is.
fn build(root: &Path) -> Result<PathBuf, Problem> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut estimate = Estimate::from_metadata(&metadata(root)?, PACKAGE, cores);
    let step = Step::begin("compiling the kernel", estimate.crates() as u64);
    let mut cargo = Command::new("cargo")
        .args(["build", "--locked", "--package", PACKAGE, "--message-format=json-render-diagnostics"])
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| cargo_problem(&e.to_string()))?;
    let (program, told, status) = follow(&mut cargo, &mut estimate, &step)?;
    match program {
        Some(program) if status.success() => {
            step.done();
            Ok(program)
        }
        _ => {
            step.failed();
            Err(cargo_problem(&told))
        }
    }
}

fn cargo_problem(told: &str) -> Problem {
    Problem::new(
        format!("cannot compile the kernel:\n{told}"),
        "if a download failed, connect to the network; if a linker or compiler is missing, `cargo course doctor` \
         says what to install. Then run the command again: it goes on from where it was",
    )
}

/// Shows cargo's progress until it ends: the program, what cargo told a person, and how it ended.
fn follow(
    cargo: &mut Child,
    estimate: &mut Estimate,
    step: &Step,
) -> Result<(Option<PathBuf>, String, ExitStatus), Problem> {
    let (sender, receiver) = mpsc::channel();
    let of_message = |line: String| serde_json::from_str(&line).ok().map(Event::Message);
    forward(cargo.stdout.take(), sender.clone(), of_message);
    forward(cargo.stderr.take(), sender, |line| Some(Event::Line(line)));
    let (mut program, mut told, mut note) = (None, Vec::new(), String::new());
    let mut last = Instant::now();
    loop {
        match receiver.recv_timeout(Duration::from_secs(1)) {
            Ok(Event::Message(message)) => {
                program = program.or(executable(&message));
                if is_library(&message)
                    && let Some(id) = message["package_id"].as_str()
                {
                    estimate.finish(id, message["fresh"] == true);
                    last = Instant::now();
                }
            }
            Ok(Event::Line(line)) => match line.trim().strip_prefix("Compiling ") {
                Some(name) => note = name.split(' ').next().unwrap_or_default().to_string(),
                None => told.push(line),
            },
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        let left = ui::left(estimate.left(step.elapsed(), last.elapsed()));
        step.at(estimate.done() as u64, format!("{left} · {note}"));
    }
    let status = cargo.wait().map_err(|e| cargo_problem(&e.to_string()))?;
    Ok((program, told.join("\n"), status))
}

fn forward<R: std::io::Read + Send + 'static>(
    source: Option<R>,
    sender: Sender<Event>,
    event: impl Fn(String) -> Option<Event> + Send + 'static,
) {
    let Some(source) = source else { return };
    std::thread::spawn(move || {
        for event in BufReader::new(source).lines().map_while(Result::ok).filter_map(event) {
            if sender.send(event).is_err() {
                return;
            }
        }
    });
}

/// Whether the message says that a package's library is done. Its build script, or a program, isn't the package.
fn is_library(message: &Value) -> bool {
    let kinds = message["target"]["kind"].as_array();
    message["reason"] == "compiler-artifact"
        && kinds.is_some_and(|kinds| kinds.iter().all(|kind| kind != "custom-build"))
}

fn executable(message: &Value) -> Option<PathBuf> {
    let ours = message["target"]["name"] == PACKAGE;
    message["executable"].as_str().filter(|_| ours).map(PathBuf::from)
}

/// The resolved graph for this machine.
fn metadata(root: &Path) -> Result<Value, Problem> {
    let version = Command::new("rustc").arg("-vV").output().map_err(|e| cargo_problem(&e.to_string()))?;
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
    let output = Command::new("cargo")
        .args(["metadata", "--format-version=1", "--locked", "--filter-platform", host])
        .current_dir(root)
        .output()
        .map_err(|e| cargo_problem(&e.to_string()))?;
    serde_json::from_slice(&output.stdout)
        .map_err(|_| cargo_problem(&String::from_utf8_lossy(&output.stderr)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_kernel_tells_keeps_its_two_parts() {
        let problem = relayed(b"error: the lab does not compile:\n  x\n next: do y\n");
        assert_eq!(problem, Problem::new("the lab does not compile:\n  x", "do y"));
        assert!(relayed(b"Killed").what.ends_with("Killed"));
    }

    #[test]
    fn only_libraries_and_the_program_count() {
        let artifact =
            |kind: &str| json!({"reason": "compiler-artifact", "target": {"name": "x", "kind": [kind]}});
        assert!(is_library(&artifact("lib")) && is_library(&artifact("proc-macro")));
        assert!(!is_library(&artifact("custom-build")));
        assert!(!is_library(&json!({"reason": "build-script-executed"})));
        let program = json!({"target": {"name": "course-kernel"}, "executable": "/t/course-kernel"});
        assert_eq!(executable(&program), Some(PathBuf::from("/t/course-kernel")));
    }
}

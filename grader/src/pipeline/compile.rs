//! A learner's file made into a program, without cargo.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use super::limited::{Ended, run_limited};
use super::shelter::{Job, NOT_CONFINED, Sheltered, Work, readable_by_all};
use super::{Diagnostic, Fault, Shelter, Toolbox, blame, diagnostic, facade};
use crate::judge::Spec;

/// A learner's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The name under which messages speak of it, a relative path such as `exercises/src/e6_1.rs`. Only names
    /// that the course itself chose: never one from a submission.
    pub shown_as: String,
    /// Its text.
    pub text: String,
}

/// A program that holds a learner's code, in a folder that goes when this value does.
#[derive(Debug)]
pub struct Compiled {
    folder: tempfile::TempDir,
    /// The compiler's warnings.
    pub warnings: Vec<Diagnostic>,
}

/// The longest file that is taken for an answer.
pub(crate) const LARGEST_SOURCE: u64 = 256 * 1024;
/// Most that the compiler may say.
const MESSAGES_CAP: usize = 4 * 1024 * 1024;

/// Always the same, so that an answer behaves alike at home and when it is graded. No `--cap-lints`: it would turn
/// what is forbidden into warnings.
const FLAGS: &[&str] = &[
    "--edition=2024",
    "--error-format=json",
    "-Cdebuginfo=0",
    "-Cdebug-assertions=on",
    "-Cpanic=unwind",
    "-Wmissing_docs",
    "-Funsafe_code",
    "-Flong_running_const_eval",
    "-Ftext_direction_codepoint_in_literal",
    "-Ftext_direction_codepoint_in_comment",
];

impl Compiled {
    /// The program.
    pub fn program(&self) -> PathBuf {
        self.folder.path().join(PROGRAM)
    }

    /// The folder in which it runs: empty but for the program.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

const PROGRAM: &str = "program";

/// The driver's file, which is ours: a message about it is no place in the learner's file.
pub(crate) const DRIVER: &str = "driver.rs";

impl Toolbox {
    /// Compiles a learner's file as a crate of its own, and links it to the driver of its exercise.
    ///
    /// # Errors
    /// The outer error is this machine's, the inner one the file's.
    pub fn compile(
        &self,
        shelter: &dyn Shelter,
        spec: &Spec,
        source: &Source,
        limit: Duration,
    ) -> io::Result<Result<Compiled, Fault>> {
        let bytes = source.text.len() as u64;
        if bytes > LARGEST_SOURCE {
            return Ok(Err(Fault::TooLarge { bytes, limit: LARGEST_SOURCE }));
        }
        let workshop = tempfile::Builder::new().prefix("course-").tempdir()?;
        let file = workshop.path().join(&source.shown_as);
        fs::create_dir_all(file.parent().unwrap_or(workshop.path()))?;
        fs::write(&file, &source.text)?;

        let answer = self.answer_command(shelter, workshop.path(), spec, &source.shown_as, limit)?;
        let (ended, ()) = run_limited(answer, Stdio::null(), limit, MESSAGES_CAP, || ())?;
        let warnings = match messages(&ended, limit)? {
            Err(timed_out) => return Ok(Err(timed_out)),
            Ok((true, diagnostics)) => diagnostics,
            Ok((false, diagnostics)) => {
                blame::of_the_file(self, workshop.path(), &diagnostics)?;
                return Ok(Err(Fault::DoesNotCompile { diagnostics }));
            }
        };
        let read = fs::read_to_string(workshop.path().join("answer.d"))?;
        let other = read_besides(&read, &source.shown_as);
        if !other.is_empty() {
            return Ok(Err(Fault::ReadsOther { what: other }));
        }
        fs::write(workshop.path().join(DRIVER), driver(spec))?;
        let linked = self.driver_command(shelter, workshop.path(), spec, limit)?;
        let (ended, ()) = run_limited(linked, Stdio::null(), limit, MESSAGES_CAP, || ())?;
        match messages(&ended, limit)? {
            Err(timed_out) => return Ok(Err(timed_out)),
            Ok((true, _)) => {}
            Ok((false, diagnostics)) => {
                blame::of_the_file(self, workshop.path(), &diagnostics)?;
                return Ok(Err(Fault::DoesNotFit { wanted: wanted(spec), diagnostics }));
            }
        }
        // The program runs where no source is.
        let folder = readable_by_all(tempfile::Builder::new().prefix("course-").tempdir())?;
        fs::rename(workshop.path().join(PROGRAM), folder.path().join(PROGRAM))?;
        Ok(Ok(Compiled { folder, warnings }))
    }

    /// `grader` is the only crate that a learner's file can name, and of it the module of its exercise; what `grader` is made
    /// of is found, but not named.
    fn answer_command(
        &self,
        shelter: &dyn Shelter,
        workshop: &Path,
        spec: &Spec,
        file: &str,
        limit: Duration,
    ) -> io::Result<Sheltered> {
        let mut sheltered = self.compiler(shelter, workshop, limit)?;
        let command = &mut sheltered.command;
        command.args(FLAGS).args(["--crate-name=answer", "--crate-type=lib", "--emit=link,dep-info"]);
        command.arg("--extern").arg(named("grader", &facade::library(&self.libraries, spec)));
        command.arg("-L").arg(dependency(&self.libraries)).arg("--out-dir=.").arg(file);
        Ok(sheltered)
    }

    fn driver_command(
        &self,
        shelter: &dyn Shelter,
        workshop: &Path,
        spec: &Spec,
        limit: Duration,
    ) -> io::Result<Sheltered> {
        let mut sheltered = self.compiler(shelter, workshop, limit)?;
        let command = &mut sheltered.command;
        command.args(FLAGS).args(["--crate-name=driver", "--crate-type=bin", "-Cstrip=debuginfo"]);
        command.arg("--extern").arg(named("grader", &self.grader));
        command.arg("--extern").arg(named("answer", &workshop.join("libanswer.rlib")));
        command.arg("-L").arg(dependency(&self.libraries));
        command.arg("-L").arg(dependency(&facade::folder(&self.libraries, spec)));
        command.args(["-o", PROGRAM, DRIVER]);
        Ok(sheltered)
    }

    fn compiler(&self, shelter: &dyn Shelter, workshop: &Path, limit: Duration) -> io::Result<Sheltered> {
        let toolchain = self.rustc.parent().and_then(Path::parent).unwrap_or(&self.rustc);
        shelter.command(&Job {
            program: &self.rustc,
            folder: workshop,
            readable: &[&self.libraries, toolchain],
            work: Work::Compile,
            computing: limit * 2,
        })
    }
}

fn named(name: &str, file: &Path) -> std::ffi::OsString {
    let mut text = std::ffi::OsString::from(format!("{name}="));
    text.push(file);
    text
}

fn dependency(folder: &Path) -> std::ffi::OsString {
    named("dependency", folder)
}

/// The `main` that drives the answer.
fn driver(spec: &Spec) -> String {
    format!(
        "//! Drives an answer.\nfn main() -> std::process::ExitCode {{\n    grader::driver::main(&{})\n}}\n",
        spec.plug_at("answer::")
    )
}

/// The names that the exercise uses, without the plug's own.
fn wanted(spec: &Spec) -> String {
    let names: Vec<String> = spec
        .plug
        .split('$')
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
        .map(|name: String| format!("`{name}`"))
        .collect();
    names.join(", ")
}

/// Whether the compiler succeeded, and what it said.
///
/// # Errors
/// The outer error is this machine's: the sandbox did not start the compiler.
fn messages(ended: &Ended, limit: Duration) -> io::Result<Result<(bool, Vec<Diagnostic>), Fault>> {
    let Some(status) = ended.status else {
        return Ok(Err(Fault::CompileTimedOut { after_s: limit.as_secs() }));
    };
    let stderr = ended.stderr.text();
    // The compiler speaks JSON, and nothing of the learner's runs here.
    if stderr.starts_with("bwrap: ") || status.code() == Some(NOT_CONFINED.into()) {
        return Err(io::Error::other(format!(
            "the compiler did not start: {}",
            super::sanitise_line(&stderr)
        )));
    }
    let mut diagnostics = diagnostic::parse(&stderr);
    if !status.success() && !diagnostics.iter().any(Diagnostic::is_error) {
        let message = format!("the compiler ended with {status}");
        let rendered = format!("error: {message}\n{}", super::sanitise(stderr.trim()));
        diagnostics.insert(0, Diagnostic { level: "error".into(), code: None, message, at: None, rendered });
    }
    Ok(Ok((status.success(), diagnostics)))
}

/// What was read into `file` when it was compiled, from the compiler's own list: other files, and the environment.
fn read_besides(dep_info: &str, file: &str) -> Vec<String> {
    let mut other = Vec::new();
    for line in dep_info.lines() {
        if let Some(name) = line.strip_prefix("# env-dep:") {
            let name = name.split('=').next().unwrap_or(name);
            other.push(format!("the environment variable {}", super::sanitise_line(name)));
        } else if let Some((_, read)) = line.split_once(": ").filter(|_| !line.starts_with('#')) {
            // A blank in a name is written with a backslash before it.
            let names = read.replace("\\ ", "\0");
            let names =
                names.split_whitespace().map(|name| name.replace('\0', " ")).filter(|name| name != file);
            other.extend(names.map(|name| super::sanitise_line(&name)));
        }
    }
    other.sort();
    other.dedup();
    other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_file_itself_may_be_read() {
        let own = "answer.d: e.rs\n\nlibanswer.rlib: e.rs\n\ne.rs:\n";
        assert_eq!(read_besides(own, "e.rs"), Vec::<String>::new());
        let more =
            "answer.d: e.rs /etc/my\\ file\n\n/etc/my\\ file:\n\n# env-dep:HOME=/root\n# env-dep:NONE\n";
        assert_eq!(
            read_besides(more, "e.rs"),
            ["/etc/my file", "the environment variable HOME", "the environment variable NONE"]
        );
    }
}

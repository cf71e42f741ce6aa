//! `course lab`: sets up what is missing and opens JupyterLab.
//!
//! Every step remembers what it was made from ([`stamp`]) and is skipped while that hasn't changed, so a second
//! start needs seconds and no network, and one after a failure goes on from where it was.

mod estimate;
pub mod jupyter;
pub mod kernel;
pub mod machine;
mod own;
pub mod python;
mod stamp;

use std::path::PathBuf;
use std::process::Command;

use super::ui::Step;
use super::{Course, Problem, Verdict};
use jupyter::Opening;
use kernel::Kernel;
use machine::{Finding, State, System};
use python::Environment;

/// The arguments of `course lab`.
#[derive(clap::Args)]
pub struct Args {
    /// Do not open a browser; print the address.
    #[arg(long)]
    no_browser: bool,
    /// The port of the server (default: the first free one from 8888).
    #[arg(long, value_name = "N")]
    port: Option<u16>,
    /// Set everything up, and do not start the server.
    #[arg(long)]
    only_set_up: bool,
    /// Make the kernel, and make it known to your own Jupyter and to VS Code; JupyterLab is neither installed nor started.
    #[arg(long, conflicts_with_all = ["no_browser", "port", "only_set_up"])]
    register: bool,
    /// Make it known below PREFIX/share/jupyter instead, as for a whole machine or an environment.
    #[arg(long, value_name = "PREFIX", requires = "register")]
    prefix: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// When the environment lacks something.
pub fn run(args: Args, course: &Course) -> Result<Verdict, Problem> {
    if args.register {
        check_machine(course, &[machine::PYTHON])?;
        return own::register(&Kernel::ready(course)?, args.prefix.as_deref());
    }
    check_machine(course, &[])?;
    let python = machine::python(System::here()).map_err(|finding| lacking(&[finding]))?;
    // JupyterLab first: it is downloaded in seconds, and a machine without network learns it before it compiles.
    let environment = Environment::ready(course, &python)?;
    let kernel = Kernel::ready(course)?;
    jupyter::register(course, &environment, &kernel)?;
    if args.only_set_up {
        return Ok(Verdict::Good);
    }
    Err(jupyter::open(course, &environment, Opening { browser: !args.no_browser, port: args.port }))
}

/// Refuses a machine that lacks something that the course needs, but for what is `unneeded` now.
fn check_machine(course: &Course, unneeded: &[&str]) -> Result<(), Problem> {
    add_library_sources();
    let is_missing = |finding: &Finding| finding.state == State::Missing && !unneeded.contains(&finding.name);
    let missing: Vec<Finding> = machine::survey(course).into_iter().filter(is_missing).collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(lacking(&missing)),
    }
}

fn lacking(missing: &[Finding]) -> Problem {
    let what: Vec<String> =
        missing.iter().map(|finding| format!("{}: {}", finding.name, finding.found)).collect();
    let next: Vec<&str> = missing.iter().filter_map(|finding| finding.next.as_deref()).collect();
    let list = what.join("\n       ");
    Problem::new(
        format!("this machine lacks something that the course needs\n       {list}"),
        format!("{}\n       then run `cargo course lab` again", next.join("\n       ")),
    )
}

/// Has rustup add the sources of Rust's library, a few megabytes, without which the kernel cannot tell types.
fn add_library_sources() {
    if machine::library_folder().is_none_or(|folder| folder.join("core").is_dir()) {
        return;
    }
    let step = Step::begin("adding the sources of Rust's library (rust-src) to your toolchain", 0);
    match Command::new("rustup").args(["component", "add", "rust-src"]).output() {
        Ok(output) if output.status.success() => step.done(),
        // What to do about it is said with everything else that is missing.
        _ => step.failed(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_missing_is_said_at_once() {
        let finding = |name, found: &str, next: &str| Finding {
            name,
            state: State::Missing,
            found: found.into(),
            next: Some(next.into()),
        };
        let problem = lacking(&[
            finding(
                "C compiler and linker",
                "`cc` is not on the path",
                "run `sudo apt install build-essential`",
            ),
            finding("Python", "no Python 3.10", "run `sudo apt install python3-venv`"),
        ]);
        insta::assert_snapshot!(problem);
    }
}

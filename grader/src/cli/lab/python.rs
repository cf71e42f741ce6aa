//! The private Python environment with the pinned JupyterLab.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::machine::Python;
use super::stamp::{Inputs, Stamp};
use crate::cli::ui::Step;
use crate::cli::{Course, Problem};

/// Where the pinned packages are listed, below the clone.
const REQUIREMENTS: &str = "notebooks/requirements.txt";

/// The environment.
#[derive(Clone, Debug)]
pub struct Environment {
    folder: PathBuf,
}

impl Environment {
    /// The environment of this clone, made if it is missing or its packages have changed.
    ///
    /// # Errors
    /// When it cannot be made, or a package cannot be downloaded.
    pub fn ready(course: &Course, python: &Python) -> Result<Self, Problem> {
        let environment = Self { folder: course.private("python") };
        // The version is asked of the program, not of its path: a system's upgrade breaks the environment.
        let inputs =
            Inputs::default().output(&python.program, &["-VV"])?.files(course.root(), REQUIREMENTS)?;
        let stamp =
            Stamp::new(course.private("python.stamp"), &inputs.text(&course.root().to_string_lossy()));
        if stamp.is_fresh() && environment.program("jupyter-lab").exists() {
            return Ok(environment);
        }
        stamp.clear();
        environment.make(python)?;
        environment.install(&course.path(REQUIREMENTS))?;
        stamp.set()?;
        Ok(environment)
    }

    /// The environment's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A program of the environment.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    fn make(&self, python: &Python) -> Result<(), Problem> {
        let step = Step::begin("making a Python environment", 0);
        // `--clear` keeps nothing of an older Python, or of one that was interrupted half-way.
        let output = Command::new(&python.program)
            .args(["-m", "venv", "--clear"])
            .arg(&self.folder)
            .output()
            .map_err(|e| Problem::new(format!("cannot run {python}: {e}"), "run `cargo course doctor`"))?;
        if output.status.success() {
            step.done();
            return Ok(());
        }
        step.failed();
        let told =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        Err(Problem::new(
            format!("{python} cannot make an environment in {}:\n{}", self.folder.display(), told.trim()),
            "run `cargo course doctor`; on Debian and Ubuntu the package python3-venv is often missing",
        ))
    }

    fn install(&self, requirements: &Path) -> Result<(), Problem> {
        let packages = std::fs::read_to_string(requirements)
            .map_err(|e| Problem::file("read", requirements, &e, "get a complete clone of the course"))?;
        let total = packages.lines().filter(|line| line.contains("==")).count() as u64;
        let step = Step::begin("installing JupyterLab", total);
        // The list is complete: without resolving, pip installs exactly what it names.
        let mut pip = Command::new(self.program("python"))
            .args(["-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--no-deps"])
            .args(["--prefer-binary", "--progress-bar", "off", "-r"])
            .arg(requirements)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| Problem::new(format!("cannot run pip: {e}"), "run `cargo course doctor`"))?;
        let stderr = pip.stderr.take();
        let told = std::thread::spawn(move || {
            let mut text = String::new();
            stderr.map(|mut stderr| stderr.read_to_string(&mut text));
            text
        });
        for line in
            pip.stdout.take().into_iter().flat_map(|out| BufReader::new(out).lines()).map_while(Result::ok)
        {
            if let Some(package) = line.strip_prefix("Collecting ") {
                step.advance(package.split(' ').next().unwrap_or_default());
            } else if line.starts_with("Installing") {
                step.at(total, "unpacking");
            }
        }
        let good = pip.wait().is_ok_and(|status| status.success());
        if good {
            step.done();
            return Ok(());
        }
        step.failed();
        Err(Problem::new(
            format!("cannot install JupyterLab:\n{}", told.join().unwrap_or_default().trim()),
            "connect to the network (or set pip's proxy) and run the command again",
        ))
    }
}

//! The crate `grader` as an answer sees it: the module of its own exercise, and nothing else.
//!
//! The module of another exercise may hand out just what this one asks for, such as a type of the lab with the very method;
//! and an answer has no business with what drives it. Each facade is a library of its own, a few kilobytes, that passes the
//! module on; the types in it are the same.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::judge::Spec;

/// The folder with the facades, in the one with the libraries.
const FOLDER: &str = "facades";

/// Changes with the form of the facades: libraries of an earlier one are made anew.
pub(super) const FORM: &str = "facades 1";

/// The folder of an exercise's facade, in the folder `libraries`.
pub(super) fn folder(libraries: &Path, spec: &Spec) -> PathBuf {
    libraries.join(FOLDER).join(spec.file_stem())
}

/// The facade itself.
pub(super) fn library(libraries: &Path, spec: &Spec) -> PathBuf {
    folder(libraries, spec).join("libgrader.rlib")
}

/// Makes the facade of an exercise from the library `grader`.
///
/// # Errors
/// When this machine fails, or the compiler: the text is what it said.
pub(super) fn make(rustc: &Path, libraries: &Path, grader: &Path, spec: &Spec) -> io::Result<()> {
    let folder = folder(libraries, spec);
    fs::create_dir_all(&folder)?;
    let source = folder.join("grader.rs");
    fs::write(
        &source,
        format!("pub mod exercises {{\n    pub use course::exercises::{};\n}}\n", spec.file_stem()),
    )?;
    let with = |before: &str, path: &Path| {
        let mut text = OsString::from(before);
        text.push(path);
        text
    };
    let output = Command::new(rustc)
        .args(["--edition=2024", "--crate-name=grader", "--crate-type=lib", "-Cmetadata=facade"])
        .arg("--extern")
        .arg(with("course=", grader))
        .arg("-L")
        .arg(with("dependency=", libraries))
        .arg("-o")
        .arg(library(libraries, spec))
        .arg(&source)
        .stdin(Stdio::null())
        .output()?;
    match output.status.success() {
        true => Ok(()),
        false => Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned())),
    }
}

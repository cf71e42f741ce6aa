//! What was made from what: a step whose inputs have not changed is skipped.

use std::path::{Path, PathBuf};
use std::process::Command;

use walkdir::WalkDir;
use xxhash_rust::xxh3::Xxh3;

use crate::cli::Problem;

/// The fingerprint of a step's inputs, and the file that remembers it.
pub struct Stamp {
    file: PathBuf,
    key: String,
}

impl Stamp {
    /// The stamp kept in `file` for a step with these inputs.
    pub fn new(file: PathBuf, inputs: &Inputs) -> Self {
        Self { file, key: format!("{:032x}", inputs.0.digest128()) }
    }

    /// Whether the step was done with the same inputs.
    pub fn is_fresh(&self) -> bool {
        std::fs::read_to_string(&self.file).is_ok_and(|text| text == self.key)
    }

    /// Forgets the step: it begins, and may fail.
    pub fn clear(&self) {
        // What isn't there need not be removed, and what cannot be removed fails when it is written.
        let _ = std::fs::remove_file(&self.file);
    }

    /// Remembers that the step is done.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn set(&self) -> Result<(), Problem> {
        write(&self.file, &self.key)
    }
}

/// A step's inputs, hashed.
#[derive(Default)]
pub struct Inputs(Xxh3);

impl Inputs {
    /// Adds a text.
    pub fn text(mut self, text: &str) -> Self {
        self.0.update(&(text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
        self
    }

    /// Adds the output of a program, such as `rustc -vV`.
    ///
    /// # Errors
    /// When it doesn't run.
    pub fn output(self, program: &Path, arguments: &[&str]) -> Result<Self, Problem> {
        let output = Command::new(program).args(arguments).output().map_err(|e| {
            Problem::new(
                format!("cannot run {}: {e}", program.display()),
                "run `cargo course doctor`; it says what is missing",
            )
        })?;
        Ok(self.text(&String::from_utf8_lossy(&output.stdout)))
    }

    /// Adds a file, or all files below a folder in order, with their names.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn files(mut self, root: &Path, below: &str) -> Result<Self, Problem> {
        for entry in WalkDir::new(root.join(below)).sort_by_file_name() {
            let entry =
                entry.map_err(|e| Problem::new(e.to_string(), "get a complete clone of the course"))?;
            if !entry.file_type().is_file() {
                continue;
            }
            let bytes = std::fs::read(entry.path())
                .map_err(|e| Problem::file("read", entry.path(), &e, "get a complete clone of the course"))?;
            let name = entry.path().strip_prefix(root).unwrap_or(entry.path());
            self = self.text(&name.to_string_lossy());
            self.0.update(&(bytes.len() as u64).to_le_bytes());
            self.0.update(&bytes);
        }
        Ok(self)
    }
}

/// Writes a file, with the folders above it.
///
/// # Errors
/// When that fails.
pub fn write(file: &Path, text: &str) -> Result<(), Problem> {
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(file, text)).map_err(|e| {
        Problem::file("write", file, &e, "check that the folder is yours to write and the disk is not full")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_fresh_until_an_input_changes() {
        let scratch = tempfile::tempdir().unwrap();
        let root = scratch.path();
        write(&root.join("in/a"), "1").unwrap();
        let stamp = || Stamp::new(root.join("stamp"), &Inputs::default().files(root, "in").unwrap());
        assert!(!stamp().is_fresh());
        stamp().set().unwrap();
        assert!(stamp().is_fresh());
        write(&root.join("in/a"), "2").unwrap();
        assert!(!stamp().is_fresh());
        write(&root.join("in/a"), "1").unwrap();
        assert!(stamp().is_fresh());
        stamp().clear();
        assert!(!stamp().is_fresh());
    }

    #[test]
    fn a_renamed_file_is_a_change() {
        let scratch = tempfile::tempdir().unwrap();
        let root = scratch.path();
        write(&root.join("in/a"), "1").unwrap();
        let before = Inputs::default().files(root, "in").unwrap().0.digest128();
        std::fs::rename(root.join("in/a"), root.join("in/b")).unwrap();
        assert_ne!(Inputs::default().files(root, "in").unwrap().0.digest128(), before);
    }
}

//! Gradescope's autograder: a zip archive with the course, how to build it, and how to grade one submission.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};

use zip::result::ZipResult;
use zip::write::{SimpleFileOptions, ZipWriter};

/// What Gradescope runs while it builds the image.
const SETUP: &str = include_str!("../../deploy/gradescope/setup.sh");
/// What it runs for each submission.
const RUN: &str = include_str!("../../deploy/gradescope/run_autograder");

/// What an instructor decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The toolchain, as rustup names it: the one that the instructor's course was built with.
    pub toolchain: String,
    /// The marks file.
    pub marks: Option<String>,
    /// The secret from which seeds of hidden runs follow.
    pub secret: Option<Vec<u8>>,
    /// Whether it grades although nothing keeps a submission's code from the container.
    pub unsandboxed: bool,
}

/// The archive, with the files of a whole clone in its folder `course`. The same files and options give the same bytes.
///
/// # Errors
/// When the archive gets too big for its format.
pub fn archive(course: &BTreeMap<String, Vec<u8>>, options: &Options) -> ZipResult<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    // The format's earliest day: the time of writing would make each archive another.
    let plain =
        SimpleFileOptions::default().unix_permissions(0o644).last_modified_time(zip::DateTime::default());
    let mut put = |name: &str, bytes: &[u8], permissions: u32| {
        archive.start_file(name, plain.unix_permissions(permissions))?;
        archive.write_all(bytes).map_err(zip::result::ZipError::Io)
    };
    put("run_autograder", RUN.as_bytes(), 0o755)?;
    put("setup.sh", SETUP.as_bytes(), 0o755)?;
    put("rust-version", options.toolchain.as_bytes(), 0o644)?;
    if let Some(marks) = &options.marks {
        put("marks.toml", marks.as_bytes(), 0o644)?;
    }
    if let Some(secret) = &options.secret {
        put("secret", secret, 0o600)?;
    }
    if options.unsandboxed {
        put(
            "unsandboxed",
            b"Grade although nothing keeps a submission's code from this container.\n",
            0o644,
        )?;
    }
    for (path, bytes) in course {
        put(&format!("course/{path}"), bytes, 0o644)?;
    }
    Ok(archive.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use zip::ZipArchive;

    use super::*;

    #[test]
    fn what_an_instructor_decided_is_in_it_and_nothing_else() {
        let course = BTreeMap::from([("Cargo.toml".to_owned(), b"[workspace]".to_vec())]);
        let names = |options: &Options| {
            let bytes = archive(&course, options).unwrap();
            assert_eq!(bytes, archive(&course, options).unwrap(), "the same gives the same");
            let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
            let mut entries = Vec::new();
            for index in 0..archive.len() {
                let entry = archive.by_index(index).unwrap();
                entries.push(format!("{:o} {}", entry.unix_mode().unwrap() & 0o777, entry.name().unwrap()));
            }
            entries.join("\n")
        };
        insta::assert_snapshot!(names(&Options::default()), @r"
        755 run_autograder
        755 setup.sh
        644 rust-version
        644 course/Cargo.toml
        ");
        let all = Options {
            toolchain: "1.95.0".into(),
            marks: Some(String::new()),
            secret: Some(vec![1; 16]),
            unsandboxed: true,
        };
        insta::assert_snapshot!(names(&all), @r"
        755 run_autograder
        755 setup.sh
        644 rust-version
        644 marks.toml
        600 secret
        644 unsandboxed
        644 course/Cargo.toml
        ");
    }
}

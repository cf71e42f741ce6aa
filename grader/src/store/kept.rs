//! Copies of what was overwritten.

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::cli::{Course, Problem};

/// Copies a file of the course to `.course/kept/`, under its own path with a number behind it, and says where. A
/// text that was kept before is not kept twice. Nothing is there to keep where there is no such file.
///
/// # Errors
/// When it can't be copied: then whoever asked must not overwrite it.
pub fn keep(course: &Course, below: &str) -> Result<Option<PathBuf>, Problem> {
    let path = course.path(below);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(Problem::file("read", &path, &error, "make it readable, so that it can be kept"));
        }
    };
    keep_text(course, below, &text).map(Some)
}

/// Keeps a text as [`keep`] does, under a path of its own.
///
/// # Errors
/// When it can't be written.
pub fn keep_text(course: &Course, below: &str, text: &[u8]) -> Result<PathBuf, Problem> {
    let home = course.private("kept");
    for number in 1.. {
        let copy = home.join(format!("{below}.{number}"));
        match fs::read(&copy) {
            Ok(kept) if kept == text => return Ok(copy),
            Ok(_) => {}
            Err(_) => {
                let written = fs::create_dir_all(copy.parent().unwrap_or(&home))
                    .and_then(|()| fs::File::create_new(&copy))
                    .and_then(|mut file| io::Write::write_all(&mut file, text));
                return match written {
                    Ok(()) => Ok(copy),
                    Err(e) => {
                        Err(Problem::file("keep a copy in", &copy, &e, "is the disk full or read-only?"))
                    }
                };
            }
        }
    }
    unreachable!("there are more numbers than copies")
}

//! Rust's own sources, as rust-analyzer shall see them.
//!
//! To infer the type of a variable, rust-analyzer reads and expands the sources of `std`. Two thirds of them are intrinsics
//! of processors and portable SIMD, of which no cell of the course uses any; they cost each kernel seconds and a quarter
//! of its memory. And evcxr has rust-analyzer load everything twice, the first time before a dependency is known, for a
//! cell that says `42`.
//!
//! So a kernel's rust-analyzer is shown ([`VARIABLE`]) a link, which leads first to a library with nothing in it, and once evcxr has
//! started to the whole one without SIMD: links to the real folders, and empty files in place of what is left out.
//! The compiler sees nothing of this. A variable of a SIMD type needs its type written out; that is all.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::home::Home;

/// The variable from which rust-analyzer takes where the sources are.
pub const VARIABLE: &str = "RUST_SRC_PATH";

/// What is left out, and the file in its place.
const LEFT_OUT: [(&str, &str); 3] = [
    ("stdarch/crates/core_arch/src/mod.rs", "pub mod arch {}\n"),
    ("portable-simd/crates/core_simd/src/mod.rs", "pub mod simd {}\n"),
    ("portable-simd/crates/std_float/src/lib.rs", "\n"),
];

/// Where cargo finds the packages below `std`.
const CARGO_CONFIG: &str =
    "[source.crates-io]\nreplace-with = \"std\"\n\n[source.std]\ndirectory = \"../vendor\"\n";

/// Where both libraries lie.
fn folder(home: &Home) -> PathBuf {
    home.folder().join("std")
}

/// Lays both out in the home. Without Rust's sources, or without the packages below them, there is nothing to lay out, and
/// rust-analyzer does what it can.
///
/// # Errors
/// When a file cannot be written.
pub fn lay_out(home: &Home) -> std::io::Result<()> {
    let folder = folder(home);
    let _ = std::fs::remove_dir_all(&folder);
    let Some(library) = library() else { return Ok(()) };
    write(&folder.join("nothing/core/src/lib.rs"), "")?;
    let whole = folder.join("whole");
    std::fs::create_dir_all(&whole)?;
    for entry in std::fs::read_dir(&library)? {
        let entry = entry?;
        let name = entry.file_name();
        if !LEFT_OUT.iter().any(|(file, _)| Path::new(file).starts_with(&name)) {
            symlink(entry.path(), whole.join(name))?;
        }
    }
    for (file, text) in LEFT_OUT {
        write(&whole.join(file), text)?;
    }
    // What `std` is built on is not among the packages of the course.
    write(&whole.join(".cargo/config.toml"), CARGO_CONFIG)?;
    if !vendor(&library, &folder.join("vendor")) {
        // Without it, rust-analyzer would not know how Rust's crates depend on each other.
        std::fs::remove_dir_all(&folder)?;
    }
    Ok(())
}

/// Has cargo copy the packages below `std` into a folder of ours, so that rust-analyzer finds them without a network;
/// whether it could.
fn vendor(library: &Path, into: &Path) -> bool {
    [&["--offline"][..], &[]].iter().any(|network| {
        let output = Command::new("cargo")
            .args(["vendor", "--locked", "--versioned-dirs"])
            .args(*network)
            .arg(into)
            // As rust-analyzer does: the manifest uses what only a nightly cargo allows.
            .env("__CARGO_TEST_CHANNEL_OVERRIDE_DO_NOT_USE_THIS", "nightly")
            .current_dir(library)
            .output();
        output.is_ok_and(|output| output.status.success())
    })
}

fn write(file: &Path, text: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(file.parent().unwrap_or(Path::new("/")))?;
    std::fs::write(file, text)
}

/// The sources that belong to the compiler, if they are installed.
fn library() -> Option<PathBuf> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output().ok()?;
    let sysroot = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    Some(sysroot.join("lib/rustlib/src/rust/library")).filter(|library| library.join("core").exists())
}

/// Puts a link into `below` that leads to nothing yet, to be given in [`VARIABLE`]; `None` without sources.
///
/// # Errors
/// When the link cannot be made.
pub fn hide(home: &Home, below: &Path) -> std::io::Result<Option<PathBuf>> {
    let nothing = folder(home).join("nothing");
    if !nothing.exists() {
        return Ok(None);
    }
    let link = below.join("std");
    let _ = std::fs::remove_file(&link);
    symlink(nothing, &link)?;
    Ok(Some(link))
}

/// Has the link that was given to this process lead to the whole library from now on.
///
/// # Errors
/// When the link cannot be made anew.
pub fn reveal() -> std::io::Result<()> {
    let Some(link) = std::env::var_os(VARIABLE).map(PathBuf::from) else { return Ok(()) };
    let Ok(nothing) = std::fs::read_link(&link) else { return Ok(()) };
    if !nothing.ends_with("std/nothing") {
        return Ok(());
    }
    std::fs::remove_file(&link)?;
    symlink(nothing.with_file_name("whole"), link)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_library_is_the_compilers_own_without_simd() {
        let scratch = tempfile::tempdir().unwrap();
        let home = Home::at(scratch.path()).unwrap();
        lay_out(&home).unwrap();
        let whole = folder(&home).join("whole");
        // Without Rust's sources, or without what they are built on, there is none.
        let Some(library) = library().filter(|_| whole.exists()) else { return };
        let text = |folder: &Path, file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
        for file in ["core/src/lib.rs", "std/src/lib.rs", "alloc/src/vec/mod.rs", "Cargo.toml"] {
            assert_eq!(text(&whole, file), text(&library, file));
        }
        for (file, instead) in LEFT_OUT {
            assert!(!text(&library, file).is_empty(), "{file} is where it is expected");
            assert_eq!(text(&whole, file), instead);
        }
        let kernel = tempfile::tempdir().unwrap();
        let link = hide(&home, kernel.path()).unwrap().unwrap();
        assert_eq!(text(&link, "core/src/lib.rs"), "");
    }
}

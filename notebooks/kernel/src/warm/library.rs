//! One shared library for all cells.
//!
//! evcxr compiles each cell to a shared library of its own. Linked in the usual way, each would hold the part of the lab
//! and of the grader that it uses, and linking that part would be most of a cell's time. So both, and all below them, are
//! put into one shared library first, with Rust's own library beside it; a cell that names it in a `use` links
//! against that one. Cargo has no word for it, rustc does: a crate that exists as a `dylib` only makes whoever uses it take
//! from there what it contains.

use std::path::{Path, PathBuf};

use crate::home::Home;

/// The name of the crate.
pub const NAME: &str = "course-cells";

/// How the compiled library's file name begins.
pub const FILE: &str = "libcourse_cells";

/// What the crate says.
pub const SOURCE: &str =
    "//! The lab and the grader, as one shared library.\npub use {grader, replication_lab};\n";

/// Where the crate lies.
pub fn folder(home: &Home) -> PathBuf {
    home.folder().join("cells")
}

/// Writes the crate.
///
/// # Errors
/// When a file cannot be written.
pub fn write(home: &Home, course: &Path) -> std::io::Result<()> {
    let folder = folder(home);
    let path = |name: &str| format!("{name} = {{ path = {:?} }}", course.join(name).display().to_string());
    let manifest = format!(
        "[package]\nname = \"{NAME}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[lib]\ncrate-type = [\"dylib\"]\n\n\
         [dependencies]\n{}\n{}\n\n# It is a member of no other.\n[workspace]\n",
        path("replication-lab"),
        path("grader")
    );
    std::fs::create_dir_all(folder.join("src"))?;
    for (file, text) in [("Cargo.toml", manifest.as_str()), ("src/lib.rs", SOURCE)] {
        let file = folder.join(file);
        // An equal file keeps its time, from which cargo sees that nothing needs compiling.
        if std::fs::read_to_string(&file).ok().as_deref() != Some(text) {
            std::fs::write(file, text)?;
        }
    }
    Ok(())
}

//! The sources of what the lab and the grader are built on.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::Trouble;
use crate::home::Home;

/// Has cargo copy what evcxr's cargo will ask for into the home's `vendor`: the pinned versions, for every platform,
/// because evcxr asks with `cargo metadata`, which wants them all.
///
/// # Errors
/// When cargo cannot get them.
pub fn vendor(home: &Home, draft: &Path, course: &Path) -> Result<(), Trouble> {
    let asked = draft.join("vendor");
    let path =
        |folder: &str| format!("{folder} = {{ path = {:?} }}", course.join(folder).display().to_string());
    let write = || {
        std::fs::create_dir_all(&asked)?;
        std::fs::copy(draft.join("pinned.lock"), asked.join("Cargo.lock"))?;
        std::fs::write(asked.join("lib.rs"), "")?;
        let manifest = format!(
            "[package]\nname = \"vendor\"\nedition = \"2024\"\n\n[lib]\npath = \"lib.rs\"\n\n[dependencies]\n{}\n{}\n",
            path("replication-lab"),
            path("grader")
        );
        std::fs::write(asked.join("Cargo.toml"), manifest)
    };
    write().map_err(|e| Trouble::file("write", &asked, e))?;
    // The first try costs a moment and no network.
    let mut message = String::new();
    for network in [&["--offline"][..], &[]] {
        let output = Command::new("cargo")
            .args(["vendor", "--versioned-dirs"])
            .args(network)
            .arg(home.vendor())
            .current_dir(&asked)
            .stdin(Stdio::null())
            .output()
            .map_err(|e| Trouble::file("run cargo in", &asked, e))?;
        if output.status.success() {
            return Ok(());
        }
        message = String::from_utf8_lossy(&output.stderr).into_owned();
    }
    Err(Trouble::new(
        format!("cannot download what the lab is built on:\n{message}"),
        "connect to the network for this first time and try again",
    ))
}

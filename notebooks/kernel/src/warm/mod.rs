//! Making the template: a build folder in which evcxr has compiled the lab and the grader.
//!
//! [`settings`] says how cells are compiled, [`library`] what they link against, [`vendor`] gets the packages below it,
//! [`std_sources`] prepares what rust-analyzer reads, and [`fingerprint`] tells when all this must be done anew.

mod fingerprint;
pub mod library;
pub mod settings;
pub mod std_sources;
mod vendor;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use walkdir::WalkDir;

use crate::copy::copy_build_folder;
use crate::home::{Home, Origin, TEMPLATE_LOCK, WARM_LOCK};
use crate::{Trouble, evaluate};
use settings::PRELUDE_VARIABLE;

/// Whether there was something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warmth {
    /// The template was made, or made anew.
    Made,
    /// The template was fresh.
    Fresh,
}

/// Makes the template of the clone at `course` in `home`, unless it is fresh.
///
/// # Errors
/// When the clone is incomplete or the lab doesn't compile.
pub fn warm(home: &Home, course: &Path) -> Result<Warmth, Trouble> {
    let _alone = home.lock(WARM_LOCK)?;
    let origin = origin(course)?;
    if home.origin().as_ref() == Some(&origin) {
        return Ok(Warmth::Fresh);
    }
    let draft = home.folder().join("template.draft");
    prepare(home, &draft, &origin.course).map_err(|e| Trouble::file("prepare", &draft, e))?;
    vendor::vendor(home, &draft, &origin.course)?;
    compile(home, &draft)?;
    let text = serde_json::to_string_pretty(&origin)
        .map_err(|e| Trouble::new(format!("cannot write down the template's origin: {e}"), "report this"))?;
    publish(home, &draft, &text).map_err(|e| Trouble::file("put into place", &home.template(), e))?;
    Ok(Warmth::Made)
}

/// Whether the template of the clone at `course` is finished and fresh.
///
/// # Errors
/// When the clone is incomplete.
pub fn is_warm(home: &Home, course: &Path) -> Result<bool, Trouble> {
    Ok(home.origin() == Some(origin(course)?))
}

/// What a template of the clone at `course` is made from now.
fn origin(course: &Path) -> Result<Origin, Trouble> {
    let course = course.canonicalize().map_err(|e| Trouble::file("find the course in", course, e))?;
    Ok(Origin { fingerprint: fingerprint::fingerprint(&course)?, course })
}

/// The draft goes on from a copy of the last template, or from a draft that was interrupted: what is compiled stays.
/// The template stays too, for the kernels that start meanwhile, until [`publish`] replaces it.
fn prepare(home: &Home, draft: &Path, course: &Path) -> std::io::Result<()> {
    settings::write_cargo_config(home)?;
    library::write(home, course)?;
    std_sources::lay_out(home)?;
    let build = draft.join("build");
    let last = home.template().join("build");
    if last.exists() && !draft.exists() {
        copy_build_folder(&last, &build)?;
    }
    std::fs::create_dir_all(&build)?;
    std::fs::copy(course.join("Cargo.lock"), draft.join("pinned.lock"))?;
    settings::write_config(home, &draft.join("config"), &draft.join("pinned.lock"), &build, course)
}

/// Has a process of its own evaluate the prelude and one cell in the draft.
fn compile(home: &Home, draft: &Path) -> Result<(), Trouble> {
    let program = std::env::current_exe()
        .map_err(|e| Trouble::new(format!("cannot find this program: {e}"), "report this"))?;
    let sources = std_sources::hide(home, draft).map_err(|e| Trouble::file("make a link in", draft, e))?;
    let output = Command::new(program)
        .envs(sources.map(|link| (std_sources::VARIABLE, link)))
        .arg("compile-template")
        .env("EVCXR_TMPDIR", draft.join("build"))
        .env("EVCXR_CONFIG_DIR", draft.join("config"))
        .current_dir(draft)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .output()
        .map_err(|e| Trouble::file("compile in", draft, e))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Trouble::new(
        format!("the lab does not compile for the notebooks:\n{}", String::from_utf8_lossy(&output.stderr)),
        "run `cargo build -p replication-lab -p grader`; when that succeeds, remove the folder `.course/kernel` \
         and try again",
    ))
}

/// The body of the process that [`compile`] starts.
pub fn compile_template() -> ExitCode {
    let run = || -> Result<(), evcxr::Error> {
        let (mut context, outputs) = evaluate::open()?;
        std::thread::spawn(move || outputs.stdout.iter().for_each(drop));
        context.execute(":load_config --quiet")?;
        // The template counts as finished when a cell has run in it.
        context.execute(PRELUDE_VARIABLE)?;
        Ok(())
    };
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn publish(home: &Home, draft: &Path, origin: &str) -> std::io::Result<()> {
    // What belongs to the draft's own cells must not be copied into every kernel.
    for leftover in leftovers(&draft.join("build")) {
        std::fs::remove_file(leftover)?;
    }
    std::fs::write(draft.join("template.json"), origin)?;
    let _nobody_copies = home.lock(TEMPLATE_LOCK).map_err(std::io::Error::other)?;
    let _ = std::fs::remove_dir_all(home.template());
    std::fs::rename(draft, home.template())
}

/// The compiled cells of a build folder.
fn leftovers(build: &Path) -> Vec<PathBuf> {
    WalkDir::new(build)
        .into_iter()
        .flatten()
        .filter(|entry| {
            let name = entry.file_name().to_string_lossy();
            entry.file_type().is_file() && (name.starts_with("libcode_") || name.starts_with("libctx"))
        })
        .map(walkdir::DirEntry::into_path)
        .collect()
}

//! Making the template: a build folder in which evcxr has compiled the lab and the grader.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use walkdir::WalkDir;
use xxhash_rust::xxh3::Xxh3;

use crate::Trouble;
use crate::home::{Home, Origin};

/// How cargo compiles what the cells depend on. evcxr writes the manifest of the cells' own crate, without
/// optimisation; this goes into a folder above it, where cargo reads it too.
///
/// Incremental compilation is off: it costs a cell more than it saves, and makes the copies bigger.
///
/// Packages come from [`vendor`]'s folder and from nowhere else. A cell's own `:dep` makes evcxr ask cargo about that
/// one dependency, for which cargo forgets the pinned versions of all others; it then takes the newest that it can find.
/// On a machine where some other project has downloaded a newer one, the first cell of each notebook would compile the
/// grader again.
const CARGO_CONFIG: &str = r#"[build]
incremental = false

[source.crates-io]
replace-with = "course"

[source.course]
directory = "vendor"

[profile.dev.package."*"]
opt-level = 2

[profile.dev.package.replication-lab]
opt-level = 3

# What only runs while compiling.
[profile.dev.package.proc-macro2]
opt-level = 0
[profile.dev.package.quote]
opt-level = 0
[profile.dev.package.serde_derive]
opt-level = 0
[profile.dev.package.syn]
opt-level = 0
"#;

/// evcxr's settings: cells are compiled without optimisation (the lab's loops are in the lab) and without network.
const EVCXR_TOML: &str = "[evcxr]\nopt_level = \"0\"\noffline_mode = true\n";

/// Executed when a kernel starts: rust-analyzer's first inference takes seconds, and is spent here, while the
/// reader still reads.
const PRELUDE: &str = "let course_kernel = replication_lab::view::Figure::text(\"The kernel of the replication course is ready.\");\n";

/// What every cell of the template's last test runs, before the template counts as finished.
const PROOF: &str = "course_kernel";

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
    let _alone = home.lock("warm.lock")?;
    let origin = origin(course)?;
    if home.origin().as_ref() == Some(&origin) {
        return Ok(Warmth::Fresh);
    }
    let draft = home.folder().join("template.draft");
    prepare(home, &draft, &origin.course).map_err(|e| Trouble::file("prepare", &draft, e))?;
    vendor(home, &draft, &origin.course)?;
    compile(&draft)?;
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
    Ok(Origin { fingerprint: fingerprint(&course)?, course })
}

/// The draft goes on from the last template, or from a draft that was interrupted: what is compiled stays.
fn prepare(home: &Home, draft: &Path, course: &Path) -> std::io::Result<()> {
    let cargo = home.folder().join(".cargo");
    std::fs::create_dir_all(&cargo)?;
    std::fs::write(cargo.join("config.toml"), CARGO_CONFIG)?;
    let _moment = home.lock("lock").map_err(std::io::Error::other)?;
    if home.template().exists() && !draft.exists() {
        std::fs::rename(home.template(), draft)?;
    }
    let build = draft.join("build");
    std::fs::create_dir_all(&build)?;
    let _ = std::fs::remove_file(draft.join("template.json"));
    std::fs::copy(course.join("Cargo.lock"), draft.join("pinned.lock"))?;
    write_config(&draft.join("config"), &draft.join("pinned.lock"), &build, course)
}

/// Writes evcxr's configuration for the build folder `build` into `config`.
///
/// evcxr begins with a manifest without dependencies, for which cargo forgets every pinned version. So the pinned
/// versions are put back after the dependencies are named and before they are resolved for compiling.
///
/// # Errors
/// When a file cannot be written.
pub fn write_config(config: &Path, pinned: &Path, build: &Path, course: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(config)?;
    let path = |folder: &str| format!("{{ path = {:?} }}", course.join(folder).display().to_string());
    let init = format!(
        ":dep replication-lab = {}\n:dep grader = {}\n!cp {} {}\n",
        path("replication-lab"),
        path("grader"),
        shell_word(pinned),
        shell_word(&build.join("Cargo.lock")),
    );
    std::fs::write(config.join("init.evcxr"), init)?;
    std::fs::write(config.join("evcxr.toml"), EVCXR_TOML)?;
    std::fs::write(config.join("prelude.rs"), PRELUDE)
}

/// Has cargo copy what evcxr's cargo will ask for into the home's `vendor`: the pinned versions, for every platform,
/// because evcxr asks with `cargo metadata`, which wants them all.
fn vendor(home: &Home, draft: &Path, course: &Path) -> Result<(), Trouble> {
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

/// A path as one word for the shell.
fn shell_word(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

/// Has a process of its own evaluate the prelude and one cell in the draft.
fn compile(draft: &Path) -> Result<(), Trouble> {
    let program = std::env::current_exe()
        .map_err(|e| Trouble::new(format!("cannot find this program: {e}"), "report this"))?;
    let output = Command::new(program)
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
        let (mut context, outputs) = evcxr::CommandContext::new()?;
        std::thread::spawn(move || outputs.stdout.iter().for_each(drop));
        context.execute(":load_config --quiet")?;
        context.execute(PROOF)?;
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
    let _moment = home.lock("lock").map_err(std::io::Error::other)?;
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

/// Changes whenever the template must be made anew: with the compiler, this program, the pinned versions, the
/// sources of the lab and of the light grader, and the settings above.
///
/// # Errors
/// When the clone cannot be read.
pub fn fingerprint(course: &Path) -> Result<String, Trouble> {
    let mut hash = Xxh3::new();
    let rustc = Command::new("rustc").arg("-vV").output().map_err(|e| {
        Trouble::new(format!("cannot run rustc: {e}"), "install Rust from https://rustup.rs and try again")
    })?;
    hash.update(&rustc.stdout);
    for text in [CARGO_CONFIG, EVCXR_TOML, PRELUDE, PROOF] {
        hash.update(text.as_bytes());
    }
    let program = std::env::current_exe().map_err(|e| Trouble::file("find", Path::new("this program"), e))?;
    let tops = ["Cargo.toml", "Cargo.lock"].map(|file| course.join(file));
    let sources = ["replication-lab", "grader"].map(|part| sources(&course.join(part)));
    for file in std::iter::once(program).chain(tops).chain(sources.into_iter().flatten()) {
        let bytes = std::fs::read(&file).map_err(|e| Trouble::file("read", &file, e))?;
        if let Ok(below) = file.strip_prefix(course) {
            hash.update(below.to_string_lossy().as_bytes());
        }
        hash.update(&(bytes.len() as u64).to_le_bytes());
        hash.update(&bytes);
    }
    Ok(format!("{:032x}", hash.digest128()))
}

/// The files of a crate that reach the notebooks, in order. The command line doesn't, nor do tests.
fn sources(crate_folder: &Path) -> Vec<PathBuf> {
    let outside = ["src/cli", "src/bin", "tests", "target"].map(|folder| crate_folder.join(folder));
    WalkDir::new(crate_folder)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| {
            !outside.iter().any(|folder| entry.path() == folder) && entry.file_name() != "snapshots"
        })
        .flatten()
        .filter(|entry| entry.file_type().is_file())
        .map(walkdir::DirEntry::into_path)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(folder: &Path) {
        for (file, text) in [
            ("Cargo.toml", ""),
            ("Cargo.lock", ""),
            ("replication-lab/src/lib.rs", "a"),
            ("grader/src/lib.rs", "b"),
            ("grader/src/cli/mod.rs", "c"),
        ] {
            let path = folder.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }

    #[test]
    fn the_fingerprint_changes_with_what_reaches_the_notebooks_and_with_nothing_else() {
        let scratch = tempfile::tempdir().unwrap();
        course(scratch.path());
        let before = fingerprint(scratch.path()).unwrap();
        std::fs::write(scratch.path().join("grader/src/cli/mod.rs"), "changed").unwrap();
        assert_eq!(fingerprint(scratch.path()).unwrap(), before);
        std::fs::write(scratch.path().join("grader/src/lib.rs"), "changed").unwrap();
        assert_ne!(fingerprint(scratch.path()).unwrap(), before);
    }

    #[test]
    fn a_path_with_a_quote_and_a_space_stays_one_word() {
        assert_eq!(shell_word(Path::new("/home/o'hara/my course")), r"'/home/o'\''hara/my course'");
    }
}

//! How cells are compiled, and what a kernel does before the first of them.

use std::path::Path;

use super::library;
use crate::home::Home;

/// How cargo compiles what the cells depend on. evcxr writes the manifest of the cells' own crate, without
/// optimisation; this goes into a folder above it, where cargo reads it too.
///
/// Incremental compilation is off: it costs a cell more than it saves, and makes the copies bigger.
///
/// One codegen unit: a cell is too small for two threads to share.
///
/// Packages come from the folder of [`vendor`](super::vendor) and from nowhere else. A cell's own `:dep` makes evcxr ask cargo about that
/// one dependency, for which cargo forgets the pinned versions of all others; it then takes the newest that it can find.
/// On a machine where some other project has downloaded a newer one, the first cell of each notebook would compile the
/// grader again.
const CARGO_CONFIG: &str = r#"[build]
incremental = false

[source.crates-io]
replace-with = "course"

[source.course]
directory = "vendor"

[profile.dev]
codegen-units = 1

[profile.dev.package."*"]
opt-level = 2
codegen-units = 16

[profile.dev.package.replication-lab]
opt-level = 3
codegen-units = 16

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

/// Executed when a kernel starts. It names the shared library, for all cells to come. And it spends, while the reader
/// still reads, what the first of its kind costs: rust-analyzer's first inference takes seconds, and evcxr learns from a
/// `?` that does not compile that cells may have one.
const PRELUDE: &str = "use course_cells as _;\n\
    let course_kernel = replication_lab::view::Figure::text(\"The kernel of the replication course is ready.\");\n\
    Ok::<(), String>(())?;\n";

/// The variable that it binds.
pub const PRELUDE_VARIABLE: &str = "course_kernel";

/// All that a template depends on beside files.
pub const SETTINGS: [&str; 4] = [CARGO_CONFIG, EVCXR_TOML, PRELUDE, library::SOURCE];

/// Writes how cargo compiles into the home.
///
/// # Errors
/// When a file cannot be written.
pub fn write_cargo_config(home: &Home) -> std::io::Result<()> {
    let cargo = home.folder().join(".cargo");
    std::fs::create_dir_all(&cargo)?;
    std::fs::write(cargo.join("config.toml"), CARGO_CONFIG)
}

/// Writes evcxr's configuration for the build folder `build` into `config`.
///
/// evcxr begins with a manifest without dependencies, for which cargo forgets every pinned version. So the pinned
/// versions are put back after the dependencies are named and before they are resolved for compiling.
///
/// # Errors
/// When a file cannot be written.
pub fn write_config(
    home: &Home,
    config: &Path,
    pinned: &Path,
    build: &Path,
    course: &Path,
) -> std::io::Result<()> {
    std::fs::create_dir_all(config)?;
    let path = |folder: &Path| format!("{{ path = {:?} }}", folder.display().to_string());
    let init = format!(
        ":dep replication-lab = {}\n:dep grader = {}\n:dep {} = {}\n!cp {} {}\n",
        path(&course.join("replication-lab")),
        path(&course.join("grader")),
        library::NAME,
        path(&library::folder(home)),
        shell_word(pinned),
        shell_word(&build.join("Cargo.lock")),
    );
    std::fs::write(config.join("init.evcxr"), init)?;
    std::fs::write(config.join("evcxr.toml"), EVCXR_TOML)?;
    std::fs::write(config.join("prelude.rs"), PRELUDE)
}

/// A path as one word for the shell.
fn shell_word(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_a_quote_and_a_space_stays_one_word() {
        assert_eq!(shell_word(Path::new("/home/o'hara/my course")), r"'/home/o'\''hara/my course'");
    }
}

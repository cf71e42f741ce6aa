//! Making the kernel known to programs that `course lab` does not start: the reader's own Jupyter, VS Code, a hub.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::jupyter::KERNEL_NAME;
use super::kernel::Kernel;
use super::stamp;
use crate::cli::{Problem, Verdict};

/// What a kernel needs of its environment: these programs may be started without a terminal's.
const VARIABLES: [&str; 3] = ["PATH", "CARGO_HOME", "RUSTUP_HOME"];

/// Writes the kernel's description where Jupyter looks for kernels: below `prefix`, or in the reader's own folder.
///
/// # Errors
/// When nobody knows that folder, or it can't be written.
pub fn register(kernel: &Kernel, prefix: Option<&Path>) -> Result<Verdict, Problem> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let data = data_folder(prefix, &variable, cfg!(target_os = "macos")).ok_or_else(|| {
        Problem::new("nobody knows your home folder: HOME is not set", "name a folder by `--prefix`")
    })?;
    let folder = data.join("kernels").join(KERNEL_NAME);
    let file = folder.join("kernel.json");
    let before = std::fs::read_to_string(&file).ok();
    let now = described(&kernel.describe()?, &variable)?;
    stamp::write(&file, &now)?;
    if let Some(other) =
        before.and_then(|text| program(&text)).filter(|other| program(&now).as_ref() != Some(other))
    {
        say!("Until now this was the kernel of another clone: {other}");
    }
    say!(
        "✔ Jupyter and VS Code find the kernel \"Replication course (Rust)\": {}\n\
         Next, in VS Code: open a notebook, then Select Kernel > Jupyter Kernel > Replication course (Rust).\n\
         To take it away again: remove the folder {}",
        file.display(),
        folder.display()
    );
    Ok(Verdict::Good)
}

/// Jupyter's folder for data: below a prefix, or the reader's own.
fn data_folder(
    prefix: Option<&Path>,
    variable: &dyn Fn(&str) -> Option<OsString>,
    macos: bool,
) -> Option<PathBuf> {
    if let Some(prefix) = prefix {
        return Some(prefix.join("share/jupyter"));
    }
    if let Some(own) = variable("JUPYTER_DATA_DIR") {
        return Some(own.into());
    }
    let home = || variable("HOME").map(PathBuf::from);
    match macos {
        true => Some(home()?.join("Library/Jupyter")),
        false => variable("XDG_DATA_HOME")
            .map(PathBuf::from)
            .or_else(|| Some(home()?.join(".local/share")))
            .map(|data| data.join("jupyter")),
    }
}

/// The kernel's description, with the [`VARIABLES`] as they are now.
fn described(kernel: &str, variable: &dyn Fn(&str) -> Option<OsString>) -> Result<String, Problem> {
    let mut spec: Value = serde_json::from_str(kernel).map_err(|why| {
        Problem::new(format!("the kernel's description is broken: {why}"), "run `cargo course doctor`")
    })?;
    let set = VARIABLES.into_iter().filter_map(|name| Some((name, variable(name)?.into_string().ok()?)));
    // Jupyter fills in what looks like a variable.
    spec["env"] = json!(
        set.map(|(name, value)| (name, value.replace('$', "$$")))
            .collect::<std::collections::BTreeMap<_, _>>()
    );
    Ok(format!("{spec:#}\n"))
}

/// The program that a description starts.
fn program(spec: &str) -> Option<String> {
    let spec: Value = serde_json::from_str(spec).ok()?;
    Some(spec["argv"][0].as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_lie_where_jupyter_looks_for_them() {
        let folder = |prefix: Option<&str>, set: &[(&str, &str)], macos| {
            let variable =
                |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
            data_folder(prefix.map(Path::new), &variable, macos).map(|folder| folder.display().to_string())
        };
        let home = ("HOME", "/home/me");
        let is = |path: &str| Some(path.to_owned());
        assert_eq!(folder(None, &[home], false), is("/home/me/.local/share/jupyter"));
        assert_eq!(folder(None, &[home, ("XDG_DATA_HOME", "/data")], false), is("/data/jupyter"));
        assert_eq!(folder(None, &[home], true), is("/home/me/Library/Jupyter"));
        assert_eq!(folder(None, &[home, ("JUPYTER_DATA_DIR", "/j")], true), is("/j"));
        assert_eq!(folder(Some("/opt/env"), &[home], false), is("/opt/env/share/jupyter"));
        assert_eq!(folder(None, &[], false), None);
    }

    #[test]
    fn a_program_without_a_terminal_still_finds_cargo() {
        let variable = |name: &str| (name == "PATH").then(|| "/home/me/.cargo/bin:/odd$HOME/bin".into());
        let described = described("{\"argv\": [\"/c/.course/kernel/course-kernel\"]}", &variable).unwrap();
        insta::assert_snapshot!(described, @r#"
        {
          "argv": [
            "/c/.course/kernel/course-kernel"
          ],
          "env": {
            "PATH": "/home/me/.cargo/bin:/odd$$HOME/bin"
          }
        }
        "#);
        assert_eq!(program(&described).unwrap(), "/c/.course/kernel/course-kernel");
    }
}

//! Registering the kernel and opening JupyterLab, with every folder of Jupyter's inside the clone.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::kernel::Kernel;
use super::python::Environment;
use super::stamp;
use crate::cli::{Course, Problem};
use crate::progress::PROGRESS_FILE;

/// The name under which Jupyter knows the kernel; the notebooks name it.
pub const KERNEL_NAME: &str = "replication-course";

/// Settings of the server. No request leaves the machine, and only the course's kernel is offered.
fn settings() -> String {
    let settings = serde_json::json!({
        "LabApp": {
            "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
            "news_url": null,
            "extension_manager": "readonly",
        },
        "KernelSpecManager": {"allowed_kernelspecs": [KERNEL_NAME], "ensure_native_kernel": false},
        "MultiKernelManager": {"default_kernel_name": KERNEL_NAME},
        // In a container the learner is root. The server listens on this machine alone and asks for its token.
        "ServerApp": {"answer_yes": true, "allow_root": true},
    });
    format!("{settings:#}\n")
}

/// Writes the kernel's description into the environment, and the server's settings.
///
/// # Errors
/// When a file cannot be written.
pub fn register(course: &Course, environment: &Environment, kernel: &Kernel) -> Result<(), Problem> {
    let spec = environment.folder().join("share/jupyter/kernels").join(KERNEL_NAME).join("kernel.json");
    stamp::write(&spec, &kernel.describe()?)?;
    let overrides = environment.folder().join("share/jupyter/lab/settings/overrides.json");
    stamp::write(&overrides, &page_settings())?;
    stamp::write(&course.private("jupyter/config/jupyter_server_config.json"), &settings())
}

/// Settings of the page: no question about news over the first chapter.
fn page_settings() -> String {
    let settings = serde_json::json!({
        "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false},
    });
    format!("{settings:#}\n")
}

/// How to open the server.
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    /// Whether a browser is opened.
    pub browser: bool,
    /// The port asked for.
    pub port: Option<u16>,
}

/// Becomes JupyterLab; returns only when that fails: the port is taken, or JupyterLab isn't there.
pub fn open(course: &Course, environment: &Environment, opening: Opening) -> Problem {
    if let Some(port) = opening.port
        && let Err(error) = TcpListener::bind(("127.0.0.1", port))
    {
        return Problem::new(
            format!("port {port} cannot be used: {error}"),
            "give another one with `--port`, or none",
        );
    }
    let mut command = command(course, environment, opening);
    eprintln!("✔ the course is ready; JupyterLab starts. Stop it with Ctrl-C.");
    // Becoming the server leaves nobody between the terminal and it: Ctrl-C reaches it alone.
    let error = command.exec();
    Problem::new(
        format!("cannot start JupyterLab: {error}"),
        "remove the folder `.course/python` and run the command again",
    )
}

fn command(course: &Course, environment: &Environment, opening: Opening) -> Command {
    let notebooks = course.path("notebooks");
    let mut command = Command::new(environment.program("jupyter-lab"));
    command.arg("--ServerApp.root_dir").arg(&notebooks).current_dir(&notebooks);
    if let Some(first) = first_notebook(&notebooks) {
        command.arg(format!("--LabApp.default_url=/lab/tree/{first}"));
    }
    if !opening.browser {
        command.arg("--no-browser");
    }
    if let Some(port) = opening.port {
        command.arg(format!("--ServerApp.port={port}")).arg("--ServerApp.port_retries=0");
    }
    for (variable, below) in [
        ("JUPYTER_CONFIG_DIR", "jupyter/config"),
        ("JUPYTER_DATA_DIR", "jupyter/data"),
        ("JUPYTER_RUNTIME_DIR", "jupyter/runtime"),
        ("JUPYTERLAB_SETTINGS_DIR", "jupyter/lab/settings"),
        ("JUPYTERLAB_WORKSPACES_DIR", "jupyter/lab/workspaces"),
        ("IPYTHONDIR", "jupyter/ipython"),
    ] {
        command.env(variable, course.private(below));
    }
    for elsewhere in ["JUPYTER_PATH", "JUPYTER_CONFIG_PATH"] {
        command.env_remove(elsewhere);
    }
    command.env("JUPYTER_PREFER_ENV_PATH", "1");
    // What is answered and checked in a cell is noted where the commands note it; kernels inherit this.
    command.env(PROGRESS_FILE, course.private("progress.jsonl"));
    command
}

/// The file name of the first chapter's notebook that is there.
fn first_notebook(notebooks: &Path) -> Option<String> {
    crate::cli::run::notebooks(notebooks)
        .first()
        .map(PathBuf::as_path)
        .and_then(Path::file_name)
        .map(|name| name.to_string_lossy().into_owned())
}

//! Under Jupyter: `course-kernel --control_file FILE`.
//!
//! The process makes its private folder and then *becomes* the kernel in it: it executes the program again with the
//! environment that evcxr reads. So Jupyter knows the kernel's own process id, signals need no passing on, and no
//! memory is spent on a watching parent.
//!
//! [`server`] speaks Jupyter's protocol, [`worker`] evaluates, [`reply`] has the words. evcxr has a server of its own,
//! `evcxr_jupyter`, on which the notebooks run too. This one answers before evcxr is ready, tells a panic and an error
//! behind a `?` as errors, shows one compiler's message and not all, cuts floods, and makes again what an interrupt
//! cost.

mod queue;
mod reply;
mod server;
mod worker;

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::Trouble;
use crate::home::Home;
use crate::private::{self, Private};

/// Takes a private folder and becomes the kernel in it; returns only when that fails.
///
/// # Errors
/// When there is no template, or the program cannot be started again.
pub fn serve(home: &Home, control_file: &Path) -> Result<ExitCode, Trouble> {
    let private = Private::take(home)?;
    let error = private.command()?.arg("--control_file").arg(control_file).exec();
    let trouble = Trouble::file("start the kernel in", private.folder(), error);
    private.remove();
    Err(trouble)
}

/// The private folder that this process was started in by [`serve`].
pub fn folder() -> Option<PathBuf> {
    std::env::var_os(private::FOLDER_VARIABLE).map(PathBuf::from)
}

/// The kernel itself, in the private folder `folder`, which is removed at the end.
pub fn run(folder: &Path, control_file: &Path) -> ExitCode {
    let result = server::serve(control_file);
    private::remove(folder);
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("{trouble}");
            ExitCode::from(2)
        }
    }
}

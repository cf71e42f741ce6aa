//! The notebook kernel of the course, and the runner that executes notebooks without Jupyter.
//!
//! Both evaluate cells with `evcxr` in a *private build folder*: a copy of a template in which the lab and the
//! grader are compiled already. [`home`] says where these folders lie, [`warm`] makes the template, [`private`]
//! takes a [`copy`] of it and clears away what dead kernels left. [`evaluate`] runs a cell there and says how it went;
//! [`serve`] does so for Jupyter, [`execute`] without it.

pub mod command;
pub mod copy;
pub mod evaluate;
pub mod execute;
pub mod home;
pub mod notebook;
pub mod private;
pub mod serve;
pub mod trouble;
pub mod warm;

pub use trouble::Trouble;

/// The program.
pub fn main() -> std::process::ExitCode {
    // evcxr starts this program again as the process that runs the cells: then the hook never returns.
    if std::env::var_os("EVCXR_IS_RUNTIME").is_some() {
        die_with_the_kernel();
    }
    evcxr::runtime_hook();
    command::main()
}

/// A cell without end must not outlive its kernel. By itself, this process would look for its kernel only between cells.
fn die_with_the_kernel() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
}

/// The name under which Jupyter knows this kernel, in a notebook's `metadata.kernelspec.name`.
pub const KERNEL_NAME: &str = "replication-course";

/// The kernel's name in Jupyter's menus.
pub const DISPLAY_NAME: &str = "Replication course (Rust)";

/// The language in a notebook's `metadata.kernelspec.language`.
pub const LANGUAGE: &str = "rust";

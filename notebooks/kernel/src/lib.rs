//! The notebook kernel of the course, and the runner that executes notebooks without Jupyter.
//!
//! Both evaluate cells with `evcxr` in a *private build folder*: a copy of a template in which the lab and the
//! grader are compiled already. [`home`] says where these folders lie, [`warm`] makes the template, [`private`]
//! takes copies of it and clears away what dead kernels left, [`serve`] runs under Jupyter, [`execute`] without.

pub mod command;
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
    evcxr::runtime_hook();
    command::main()
}

/// The name under which Jupyter knows this kernel, in a notebook's `metadata.kernelspec.name`.
pub const KERNEL_NAME: &str = "replication-course";

/// The kernel's name in Jupyter's menus.
pub const DISPLAY_NAME: &str = "Replication course (Rust)";

/// The language in a notebook's `metadata.kernelspec.language`.
pub const LANGUAGE: &str = "rust";

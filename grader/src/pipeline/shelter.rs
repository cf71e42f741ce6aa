//! What stands between a stranger's code and the machine.

use std::path::Path;
use std::process::Command;

/// Makes the commands in which a stranger's file is compiled and run. A sandbox implements this.
pub trait Shelter: Sync {
    /// What protects the machine, in a few words: it stands in every result.
    fn protection(&self) -> &'static str;

    /// A command for `program` that starts in `folder`, with an empty environment. It needs to write in `folder`
    /// only, and to read, besides `folder` and the toolchain, only `readable`.
    fn command(&self, program: &Path, folder: &Path, readable: &[&Path]) -> Command;
}

/// A process of its own with an empty environment, and nothing more. Code in it can still read what its user can read
/// (the recorded observations too, and its own memory with the nonce in it, through `/proc/self/mem`), use the
/// network, and outlive its time limit by leaving its process group.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSandbox;

impl Shelter for NoSandbox {
    fn protection(&self) -> &'static str {
        "separate process, no sandbox"
    }

    fn command(&self, program: &Path, folder: &Path, _readable: &[&Path]) -> Command {
        let mut command = Command::new(program);
        command.env_clear().current_dir(folder);
        command
    }
}

//! Whose fault it is that a file was not compiled: the file's, or this machine's. Who is blamed for a full disk gets a zero.

use std::io;
use std::path::Path;

use super::{Diagnostic, Toolbox};

/// Room that compiling an answer may need, in bytes: the longest file that the compiler may write.
const ROOM: u64 = 256 << 20;

/// Makes sure that the failure is the file's own, after it was compiled in `workshop` and the compiler said this.
///
/// # Errors
/// When it may be this machine's: the libraries are gone, or the compiler speaks of no place in any file and the disk is
/// full or broken. A file can't bring that about by what it says: its own `compile_error!` has a place.
pub(super) fn of_the_file(toolbox: &Toolbox, workshop: &Path, diagnostics: &[Diagnostic]) -> io::Result<()> {
    toolbox.still_there()?;
    let Some(placeless) = diagnostics.iter().find(|one| one.is_error() && one.at.is_none()) else {
        return Ok(());
    };
    let room = rustix::fs::statvfs(workshop)?;
    let bytes = room.f_bavail.saturating_mul(room.f_frsize);
    // A linker may end in many ways where there is no room: by a signal, by another error that follows.
    match bytes < ROOM || says_so(placeless) {
        false => Ok(()),
        true => Err(io::Error::other(format!(
            "{} MB are left in the temporary folder, and the compiler says: {}",
            bytes >> 20,
            placeless.message
        ))),
    }
}

/// What is said of a disk that is full, also by a quota, or that fails.
fn says_so(diagnostic: &Diagnostic) -> bool {
    const SAID: [&str; 3] = ["No space left on device", "Disk quota exceeded", "Input/output error"];
    SAID.iter().any(|said| diagnostic.rendered.contains(said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_told_by_the_compiler_alone() {
        let error = |message: &str| Diagnostic {
            level: "error".into(),
            code: None,
            message: message.into(),
            at: None,
            rendered: format!("error: {message}\n"),
        };
        assert!(says_so(&error("failed to write lib.rmeta: Disk quota exceeded (os error 122)")));
        assert!(!says_so(&error("failed to write lib.rmeta: File too large (os error 27)")), "its own limit");
    }
}

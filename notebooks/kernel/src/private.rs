//! A kernel's private copy of the template, and clearing away what dead kernels left.
//!
//! Two kernels must not share a build folder: evcxr rewrites its manifest and its source for every cell.
//!
//! A folder lives as long as its `lock` file is locked. The kernel's process inherits the locked file as its
//! standard input (which it doesn't read), so the operating system unlocks it however the process ends, and the
//! next start removes the folder. Process ids would not do: they are used again.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Trouble;
use crate::copy::{copy_build_folder, link_or_copy};
use crate::home::{FOLDERS_LOCK, Home, Origin, TEMPLATE_LOCK};
use crate::warm::{settings, std_sources};

/// The environment variable that tells the program that it runs inside the private folder it names.
pub const FOLDER_VARIABLE: &str = "COURSE_KERNEL_FOLDER";

/// A private folder, locked.
#[derive(Debug)]
pub struct Private {
    folder: PathBuf,
    lock: File,
    /// Where rust-analyzer finds Rust's own sources.
    sources: Option<PathBuf>,
}

impl Private {
    /// Removes what dead kernels left and makes a private copy of the template.
    ///
    /// # Errors
    /// When there is no template, or a file cannot be copied.
    pub fn take(home: &Home) -> Result<Self, Trouble> {
        let _it_stays = home.share(TEMPLATE_LOCK)?;
        let origin = home.origin().ok_or_else(|| {
            Trouble::new(
                format!("there is no warmed build folder in {}", home.template().display()),
                "run `cargo course lab` once; it makes one",
            )
        })?;
        let mut private = Self::empty(home)?;
        let template = home.template();
        copy_build_folder(&template.join("build"), &private.build())
            .map_err(|e| Trouble::file("copy the template to", &private.folder, e))?;
        private.settle(home, &template, &origin)?;
        Ok(private)
    }

    /// A locked folder with nothing in it; removes what dead kernels left.
    fn empty(home: &Home) -> Result<Self, Trouble> {
        // Between the birth of a folder and its lock nobody may take it for a dead kernel's.
        let _moment = home.lock(FOLDERS_LOCK)?;
        sweep(home);
        let make = || {
            let folder = tempfile::Builder::new().prefix("kernel-").tempdir_in(home.running())?.keep();
            let lock = File::create(folder.join("lock"))?;
            lock.lock()?;
            Ok::<_, std::io::Error>(Self { folder, lock, sources: None })
        };
        make().map_err(|e| Trouble::file("make a folder in", &home.running(), e))
    }

    /// Writes evcxr's configuration, and links this program into the folder.
    fn settle(&mut self, home: &Home, template: &Path, origin: &Origin) -> Result<(), Trouble> {
        let mut settle = || {
            let pinned = template.join("pinned.lock");
            settings::write_config(home, &self.config(), &pinned, &self.build(), &origin.course)?;
            self.sources = std_sources::hide(home, &self.folder)?;
            // A new course may replace the program while this kernel lives, and evcxr starts it again after
            // every interrupt.
            let program = std::env::current_exe()?;
            link_or_copy(&program, &self.program())
        };
        settle().map_err(|e| Trouble::file("set up", &self.folder, e))
    }

    /// The folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn build(&self) -> PathBuf {
        self.folder.join("build")
    }

    fn config(&self) -> PathBuf {
        self.folder.join("config")
    }

    fn program(&self) -> PathBuf {
        self.folder.join("course-kernel")
    }

    /// This program, to be started inside the folder.
    ///
    /// # Errors
    /// When the lock cannot be handed on.
    pub fn command(&self) -> Result<Command, Trouble> {
        let lock = self.lock.try_clone().map_err(|e| Trouble::file("keep locked", &self.folder, e))?;
        let mut command = Command::new(self.program());
        command
            .stdin(Stdio::from(lock))
            .env(FOLDER_VARIABLE, &self.folder)
            .env("EVCXR_TMPDIR", self.build())
            .env("EVCXR_CONFIG_DIR", self.config())
            .envs(self.sources.as_ref().map(|link| (std_sources::VARIABLE, link)));
        Ok(command)
    }

    /// Removes the folder.
    pub fn remove(self) {
        remove(&self.folder);
    }
}

/// Removes a private folder. What resists is left for the next start.
pub fn remove(folder: &Path) {
    let _ = std::fs::remove_dir_all(folder);
}

/// Removes the folders of dead kernels. The caller holds the home's lock.
fn sweep(home: &Home) {
    let Ok(entries) = std::fs::read_dir(home.running()) else { return };
    for folder in entries.flatten().map(|entry| entry.path()).filter(|path| is_dead(path)) {
        remove(&folder);
    }
}

fn is_dead(folder: &Path) -> bool {
    match File::open(folder.join("lock")) {
        Ok(lock) => !matches!(lock.try_lock(), Err(TryLockError::WouldBlock)),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A home with a template in which nothing is compiled.
    fn home(folder: &Path) -> Home {
        let home = Home::at(folder).unwrap();
        let build = home.template().join("build/target/debug/deps");
        std::fs::create_dir_all(&build).unwrap();
        std::fs::write(build.join("libx.rlib"), "library").unwrap();
        std::fs::write(build.join("x.d"), "dependencies").unwrap();
        std::fs::write(home.template().join("pinned.lock"), "version = 4\n").unwrap();
        let origin = Origin { course: folder.to_path_buf(), fingerprint: "1".into() };
        let text = serde_json::to_string(&origin).unwrap();
        std::fs::write(home.template().join("template.json"), text).unwrap();
        home
    }

    fn folders(home: &Home) -> usize {
        std::fs::read_dir(home.running()).unwrap().count()
    }

    #[test]
    fn two_kernels_have_their_own_folders_and_each_removes_its_own() {
        let scratch = tempfile::tempdir().unwrap();
        let home = home(scratch.path());
        let one = Private::take(&home).unwrap();
        let two = Private::take(&home).unwrap();
        assert_ne!(one.folder(), two.folder());
        std::fs::write(one.build().join("target/debug/deps/x.d"), "changed").unwrap();
        let other = std::fs::read_to_string(two.build().join("target/debug/deps/x.d")).unwrap();
        assert_eq!(other, "dependencies");
        one.remove();
        assert_eq!(folders(&home), 1);
        assert!(two.folder().exists());
    }

    #[test]
    fn the_next_start_removes_a_dead_kernels_folder_and_spares_a_living_one() {
        let scratch = tempfile::tempdir().unwrap();
        let home = home(scratch.path());
        let living = Private::take(&home).unwrap();
        let dead = Private::take(&home).unwrap();
        let Private { folder, lock, .. } = dead;
        drop(lock);
        let next = Private::take(&home).unwrap();
        assert!(!folder.exists());
        assert!(living.folder().exists() && next.folder().exists());
    }

    #[test]
    fn a_started_program_keeps_the_folder_alive_after_its_parent_is_gone() {
        let scratch = tempfile::tempdir().unwrap();
        let home = home(scratch.path());
        let Private { folder, lock, .. } = Private::take(&home).unwrap();
        let mut child =
            Command::new("sleep").arg("60").stdin(Stdio::from(lock.try_clone().unwrap())).spawn().unwrap();
        drop(lock);
        assert!(!is_dead(&folder), "the child still holds the lock");
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(is_dead(&folder));
    }

    #[test]
    fn without_a_template_the_message_names_the_command_that_makes_one() {
        let scratch = tempfile::tempdir().unwrap();
        let trouble = Private::take(&Home::at(scratch.path()).unwrap()).unwrap_err();
        assert!(trouble.next.contains("cargo course lab"));
    }
}

//! Where the kernel keeps what belongs to this clone of the course.
//!
//! ```text
//! HOME/.cargo/config.toml      how cells' dependencies are compiled: cargo finds it above every build folder
//! HOME/vendor/                 the sources of what the lab and the grader are built on, in their pinned versions
//! HOME/cells/                  the crate that puts both into one shared library for all cells
//! HOME/std/                    Rust's own sources, as rust-analyzer shall see them
//! HOME/lock                    held for the moment in which a kernel's folder comes or goes
//! HOME/warm.lock               held while the template is made
//! HOME/template.lock           shared by those who copy the template, held by whoever replaces it
//! HOME/template/               template.json and build/, the folder that private ones are copied from
//! HOME/running/<name>/         one kernel: lock (held while it lives), build/, config/
//! ```

use std::fs::File;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::Trouble;

/// Held for the moment in which a kernel's folder comes or goes.
pub const FOLDERS_LOCK: &str = "lock";

/// Held while the template is made.
pub const WARM_LOCK: &str = "warm.lock";

/// Shared by those who copy the template, held by whoever replaces it.
pub const TEMPLATE_LOCK: &str = "template.lock";

/// The kernel's home folder.
#[derive(Clone, Debug)]
pub struct Home {
    folder: PathBuf,
}

/// What the template was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The clone whose lab and grader are compiled in it.
    pub course: PathBuf,
    /// Changes whenever the template must be made anew.
    pub fingerprint: String,
}

impl Home {
    /// The home at `folder`, which is made if it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn at(folder: &Path) -> Result<Self, Trouble> {
        let make = || {
            std::fs::create_dir_all(folder.join("running"))?;
            folder.canonicalize()
        };
        Ok(Self { folder: make().map_err(|e| Trouble::file("make the folder", folder, e))? })
    }

    /// The home folder itself.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The template's folder.
    pub fn template(&self) -> PathBuf {
        self.folder.join("template")
    }

    /// The folder of the pinned packages.
    pub fn vendor(&self) -> PathBuf {
        self.folder.join("vendor")
    }

    /// The folder of the kernels' private folders.
    pub fn running(&self) -> PathBuf {
        self.folder.join("running")
    }

    /// What the template was made from; `None` when there is no finished one.
    pub fn origin(&self) -> Option<Origin> {
        let text = std::fs::read_to_string(self.template().join("template.json")).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Waits for the lock of that name and holds it until the file is dropped.
    ///
    /// # Errors
    /// When the lock file cannot be made.
    pub fn lock(&self, name: &str) -> Result<File, Trouble> {
        self.locked(name, File::lock)
    }

    /// Waits for the lock of that name and holds it together with others who share it, until the file is dropped.
    ///
    /// # Errors
    /// When the lock file cannot be made.
    pub fn share(&self, name: &str) -> Result<File, Trouble> {
        self.locked(name, File::lock_shared)
    }

    fn locked(&self, name: &str, lock: fn(&File) -> std::io::Result<()>) -> Result<File, Trouble> {
        let path = self.folder.join(name);
        let take = || {
            let file = File::create(&path)?;
            lock(&file)?;
            Ok::<_, std::io::Error>(file)
        };
        take().map_err(|e| Trouble::file("lock", &path, e))
    }
}

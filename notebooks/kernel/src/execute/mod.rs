//! Executing notebooks without Jupyter.
//!
//! Each notebook is executed by a process of its own, in a private folder and in the notebook's folder as the
//! current one, so that relative paths mean what they mean in Jupyter. That process ([`run::run`]) answers with
//! plain data, the [`Record`]; this module compares it with the notebook or writes it there.

pub mod cell;
pub mod compare;
pub mod message;
pub mod run;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::{Deserialize, Serialize};

use crate::home::Home;
use crate::notebook::Document;
use crate::private::Private;
use crate::{KERNEL_NAME, Trouble};
pub use cell::{Fault, Ran};

/// What the caller wants.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Compare with the outputs in the notebooks and write nothing.
    pub check: bool,
    /// Report progress as one JSON object a line on standard output.
    pub progress_json: bool,
    /// A cell that runs longer is stopped; seconds.
    pub limit: u64,
}

/// What executing one notebook gave: one entry a code cell, up to the one after which nothing could go on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The cells, in order.
    pub cells: Vec<Ran>,
}

/// A line of progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Progress {
    /// A notebook begins.
    Begin {
        /// Its file.
        notebook: PathBuf,
        /// How many code cells it has.
        cells: usize,
    },
    /// A cell was executed.
    Cell {
        /// Its number, from 1.
        number: usize,
    },
    /// A notebook is done.
    End {
        /// Whether all is well.
        good: bool,
        /// What a person should read.
        report: String,
    },
}

/// Executes the notebooks in order; true when all is well.
///
/// # Errors
/// When a notebook cannot be read or written, or the kernel cannot be started.
pub fn execute(home: &Home, notebooks: &[PathBuf], wish: &Wish) -> Result<bool, Trouble> {
    // All are read first: a typing error in the last path must not cost the minutes that the first take.
    let documents = notebooks.iter().map(|path| Document::read(path)).collect::<Result<Vec<_>, _>>()?;
    let mut all_good = true;
    for document in &documents {
        let cells = document.code().len();
        tell(wish, &Progress::Begin { notebook: document.path.clone(), cells });
        let record = run_apart(home, document, wish)?;
        let (good, report) = conclude(document, &record, wish)?;
        tell(wish, &Progress::End { good, report: report.clone() });
        if !wish.progress_json {
            println!("{report}");
        }
        all_good &= good;
    }
    Ok(all_good)
}

fn tell(wish: &Wish, progress: &Progress) {
    if !wish.progress_json {
        return;
    }
    if let Ok(line) = serde_json::to_string(progress) {
        // Nobody listens any more: then there is nobody to tell.
        let _ = writeln!(std::io::stdout(), "{line}");
    }
}

/// Has a process of its own execute the notebook, and passes its progress on.
fn run_apart(home: &Home, document: &Document, wish: &Wish) -> Result<Record, Trouble> {
    let path = document.path.canonicalize().map_err(|e| Trouble::file("find", &document.path, e))?;
    let private = Private::take(home)?;
    let answer = private.folder().join("record.json");
    let mut child = private
        .command()?
        .arg("run-notebook")
        .arg(&path)
        .arg(&answer)
        .arg(wish.limit.to_string())
        .current_dir(path.parent().unwrap_or(Path::new("/")))
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| Trouble::file("start the kernel in", private.folder(), e))?;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Ok(progress) = serde_json::from_str(&line) {
                tell(wish, &progress);
            }
        }
    }
    let status = child.wait().map_err(|e| Trouble::file("wait for the kernel in", private.folder(), e))?;
    let record = std::fs::read(&answer).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    private.remove();
    record.ok_or_else(|| {
        Trouble::new(
            format!("the kernel ended early while it executed {} ({status})", document.path.display()),
            format!("open the notebook with the kernel {KERNEL_NAME} and run its cells one by one"),
        )
    })
}

/// Writes or compares, and says what came out.
fn conclude(document: &Document, record: &Record, wish: &Wish) -> Result<(bool, String), Trouble> {
    let faults = message::faults(document, record);
    if !faults.is_empty() {
        return Ok((false, faults));
    }
    let outputs: Vec<_> = record.cells.iter().map(|ran| ran.outputs.clone()).collect();
    let new = document.with_outputs(&outputs)?;
    let name = document.path.display();
    let cells = message::cells(record.cells.len());
    if wish.check {
        let difference = compare::difference(document, &new);
        return Ok(match difference {
            Some(difference) => (false, difference),
            None => (true, format!("{name}: {cells}, outputs as committed")),
        });
    }
    if new.text == document.text {
        return Ok((true, format!("{name}: {cells}, nothing changed")));
    }
    new.write()?;
    Ok((true, format!("{name}: {cells}, outputs written")))
}

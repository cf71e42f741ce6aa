//! What was assessed once, kept by what decides it.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::intake::sha256;
use crate::judge::{ScenarioReport, Verdict};
use crate::pipeline::{Assessment, Fault, Limits, Protection, Source};

/// A folder with one file for each assessment, named by the hash of everything that it depends on: the answer's text, the
/// exercise, what judged it (grader, lab, toolchain), the limits, the protection. A file appears whole or not at all. One
/// that can't be read is as good as none. What ran out of time is not kept: another day the machine may be faster.
#[derive(Clone, Debug)]
pub struct Ledger {
    folder: PathBuf,
    /// Names the judge, the lab and the compiler.
    grader: String,
}

/// What an assessment depends on.
#[derive(Serialize)]
struct Key<'a> {
    form: u32,
    grader: &'a str,
    exercise: &'a str,
    text: &'a str,
    limits: [u64; 4],
    protection: &'a Protection,
    /// Further runs, and what they are compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    hidden: Option<&'a str>,
}

impl Ledger {
    /// The ledger in `folder`, which need not exist, for results of `grader`.
    pub fn at(folder: &Path, grader: &str) -> Self {
        Self { folder: folder.to_path_buf(), grader: grader.to_owned() }
    }

    /// Names what judges.
    pub fn grader(&self) -> &str {
        &self.grader
    }

    fn file(
        &self,
        exercise: &str,
        source: &Source,
        limits: &Limits,
        protection: &Protection,
        hidden: Option<&str>,
    ) -> PathBuf {
        let key = Key {
            form: 1,
            grader: &self.grader,
            exercise,
            text: &source.text,
            limits: [
                limits.scenario.as_millis() as u64,
                limits.whole.as_millis() as u64,
                limits.output as u64,
                limits.reports as u64,
            ],
            protection,
            hidden,
        };
        self.named(&serde_json::to_vec(&key).expect("plain data serialises"))
    }

    fn named(&self, key: &[u8]) -> PathBuf {
        let name = sha256(key);
        self.folder.join(&name[..2]).join(format!("{}.json", &name[2..]))
    }

    /// What was noted under `key` by the same grader, if it is there.
    pub fn recall<T: DeserializeOwned>(&self, key: &impl Serialize) -> Option<T> {
        serde_json::from_slice(&fs::read(self.noted(key)).ok()?).ok()
    }

    /// Notes something that is no assessment.
    ///
    /// # Errors
    /// When the disk is full or read-only.
    pub fn note(&self, key: &impl Serialize, value: &impl Serialize) -> io::Result<()> {
        write_whole(&self.noted(key), &serde_json::to_vec(value)?)
    }

    fn noted(&self, key: &impl Serialize) -> PathBuf {
        self.named(&serde_json::to_vec(&("note", &self.grader, key)).expect("plain data serialises"))
    }

    /// The assessment that was kept, if there is one. `hidden` names the further runs and what they are compared with.
    pub fn find(
        &self,
        exercise: &str,
        source: &Source,
        limits: &Limits,
        protection: &Protection,
        hidden: Option<&str>,
    ) -> Option<Assessment> {
        let text = fs::read(self.file(exercise, source, limits, protection, hidden)).ok()?;
        serde_json::from_slice(&text).ok().filter(|kept: &Assessment| kept.report.exercise == exercise)
    }

    /// Keeps an assessment.
    ///
    /// # Errors
    /// When the disk is full or read-only.
    pub fn keep(
        &self,
        exercise: &str,
        source: &Source,
        limits: &Limits,
        hidden: Option<&str>,
        assessment: &Assessment,
    ) -> io::Result<()> {
        if out_of_time(assessment) {
            return Ok(());
        }
        let file = self.file(exercise, source, limits, &assessment.protection, hidden);
        write_whole(&file, &serde_json::to_vec(assessment)?)
    }
}

fn out_of_time(assessment: &Assessment) -> bool {
    let late = |scenario: &ScenarioReport| matches!(scenario.verdict, Verdict::TimedOut { .. });
    matches!(assessment.fault, Some(Fault::CompileTimedOut { .. }))
        || assessment.report.scenarios.iter().any(late)
}

/// Writes a file that appears whole or not at all, with its folder.
///
/// # Errors
/// When the disk is full or read-only.
pub fn write_whole(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    // Readable as any other file is: temporary ones are their owner's alone.
    let usual = fs::Permissions::from_mode(0o666);
    let mut growing = tempfile::Builder::new().prefix(".growing-").permissions(usual).tempfile_in(folder)?;
    growing.write_all(bytes)?;
    growing.as_file().sync_all()?;
    growing.persist(file).map_err(|e| e.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Exercise, judge};

    fn assessment() -> Assessment {
        let report = judge(&Exercise::find("E6.1").expect("it is there"), &[]);
        Assessment {
            report,
            fault: None,
            printed: Default::default(),
            protection: Protection::None,
            took_ms: 1,
        }
    }

    fn source(text: &str) -> Source {
        Source { shown_as: "exercises/src/e6_1.rs".into(), text: text.into() }
    }

    #[test]
    fn what_was_kept_is_found_by_all_that_decides_it() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::at(folder.path(), "g1");
        let (limits, none) = (Limits::default(), Protection::None);
        ledger.keep("E6.1", &source("a"), &limits, None, &assessment()).unwrap();
        let points = |ledger: &Ledger, exercise, text, limits: &Limits| {
            ledger.find(exercise, &source(text), limits, &none, None).map(|kept| kept.report.points)
        };
        assert_eq!(points(&ledger, "E6.1", "a", &limits), Some(0));
        assert_eq!(points(&ledger, "E6.1", "b", &limits), None, "another text");
        assert_eq!(points(&ledger, "E6.2", "a", &limits), None, "another exercise");
        assert_eq!(points(&Ledger::at(folder.path(), "g2"), "E6.1", "a", &limits), None, "another grader");
        let shorter = Limits { scenario: std::time::Duration::from_secs(1), ..limits };
        assert_eq!(points(&ledger, "E6.1", "a", &shorter), None, "other limits");
        assert!(ledger.find("E6.1", &source("a"), &limits, &none, Some("b")).is_none(), "other hidden runs");
    }

    #[test]
    fn what_can_not_be_read_is_as_good_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::at(folder.path(), "g");
        let (limits, none) = (Limits::default(), Protection::None);
        let file = ledger.file("E6.1", &source("a"), &limits, &none, None);
        for broken in ["", "{", "null", "{\"report\": 1}"] {
            write_whole(&file, broken.as_bytes()).unwrap();
            assert!(ledger.find("E6.1", &source("a"), &limits, &none, None).is_none(), "{broken:?}");
        }
        ledger.keep("E6.1", &source("a"), &limits, None, &assessment()).unwrap();
        assert!(ledger.find("E6.1", &source("a"), &limits, &none, None).is_some());
    }
}

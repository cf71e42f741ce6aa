//! Files in memory, under paths that no trick is left in.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use unicode_normalization::UnicodeNormalization;

use crate::pipeline::{LARGEST_SOURCE, sanitise_line};

/// What is read of a submission at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Entries of folders and archives that are looked at.
    pub entries: usize,
    /// Bytes that are kept, and that archives may expand to.
    pub bytes: u64,
    /// Folders in each other.
    pub depth: usize,
}

impl Default for Budget {
    /// A clone of the course has some hundred files; its notebooks with pictures have some megabytes.
    fn default() -> Self {
        Self { entries: 20_000, bytes: 256 << 20, depth: 12 }
    }
}

/// The longest notebook that is read: pictures in its outputs make it long.
const LARGEST_NOTEBOOK: u64 = 32 << 20;

/// Files that could hold answers, by their paths below the submission; and what the instructor should know of the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    found: BTreeMap<String, File>,
    /// Files that were looked at and hold no answers.
    pub others: usize,
    /// What was refused or passed over, and why; fit to print.
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct File {
    /// The path as it was written.
    written: String,
    text: Result<String, String>,
}

/// What kind of answers a file may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One exercise's.
    Source,
    /// Several exercises'.
    Notebook,
    /// Answers to questions: `answers.json`.
    Answers,
    /// More files.
    Archive(super::archive::Format),
}

/// What a file of this name may hold, and its longest length; nothing if it is of no interest.
pub(super) fn kind(name: &str) -> Option<(Kind, u64)> {
    use super::archive::Format;
    let name = name.to_lowercase();
    match name.rsplit_once('.').map(|(stem, end)| (stem.rsplit('/').next().unwrap_or(stem), end)) {
        Some((stem, "rs")) if stem.starts_with('e') && stem.contains('_') => {
            Some((Kind::Source, LARGEST_SOURCE))
        }
        Some(("answers", "json")) => Some((Kind::Answers, LARGEST_SOURCE * 4)),
        Some((_, "ipynb")) => Some((Kind::Notebook, LARGEST_NOTEBOOK)),
        Some((_, "zip")) => Some((Kind::Archive(Format::Zip), Budget::default().bytes)),
        Some((_, "tar")) => Some((Kind::Archive(Format::Tar), Budget::default().bytes)),
        Some((_, "tgz")) => Some((Kind::Archive(Format::TarGz), Budget::default().bytes)),
        Some((stem, "gz")) if stem.ends_with(".tar") => {
            Some((Kind::Archive(Format::TarGz), Budget::default().bytes))
        }
        _ => None,
    }
}

/// Folders that hold no answers: what tools leave behind, and the course's own.
const PASSED_OVER: &[&str] =
    &["target", "node_modules", "__macosx", "solutions", "replication-lab", "grader", "tests", ".course"];

/// A path in one spelling, without what only moves in it: `./a//b`. Nothing for one that leads out, begins at the root,
/// or has in it what separates elsewhere.
pub(super) fn normalised(path: &str) -> Option<String> {
    let composed: String = path.nfc().collect();
    if composed.starts_with('/') || composed.contains(['\\', '\0']) || composed.get(1..2) == Some(":") {
        return None;
    }
    let parts: Vec<&str> = composed.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    (!parts.is_empty() && !parts.contains(&"..")).then(|| parts.join("/"))
}

/// Whether a folder is looked into.
pub(super) fn is_looked_into(path: &str) -> bool {
    path.split('/').all(|part| !part.starts_with('.') && !PASSED_OVER.contains(&part.to_lowercase().as_str()))
}

impl Files {
    /// Takes a file in, unless another has the same path but for upper and lower case or the spelling of its accents:
    /// which of two was meant nobody could tell, so both are refused.
    pub(super) fn take(&mut self, path: &str, text: Result<String, String>) {
        let Some(path) = normalised(path) else {
            self.notes.push(format!("{} is refused: its path leads elsewhere", sanitise_line(path)));
            return;
        };
        let file = File { written: path.clone(), text };
        match self.found.entry(path.to_lowercase()) {
            Entry::Vacant(vacant) => _ = vacant.insert(file),
            Entry::Occupied(mut other) => {
                let why = "there is another file of the same name".to_owned();
                let (first, second) = (sanitise_line(&other.get().written), sanitise_line(&path));
                self.notes.push(format!("{first} and {second} are refused: they have the same name"));
                other.get_mut().text = Err(why);
            }
        }
    }

    /// The files of one kind: where each was found, fit to print, and its text or why it was refused. Those that lie
    /// where the course has them come first.
    pub(super) fn of(&self, wanted: Kind) -> Vec<(String, Result<&str, &str>)> {
        let mut found: Vec<_> = self
            .found
            .values()
            .filter(|file| kind(&file.written).is_some_and(|(kind, _)| kind == wanted))
            .map(|file| {
                let text = file.text.as_deref().map_err(String::as_str);
                (rank(&file.written), sanitise_line(&file.written), text)
            })
            .collect();
        found.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        found.into_iter().map(|(_, path, text)| (path, text)).collect()
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}

/// `exercises/src/e6_1.rs` before `e6_1.rs`, and less deep before deeper.
fn rank(path: &str) -> (usize, usize) {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_lowercase();
    let places = ["exercises/src", "exercises", "src", "notebooks"];
    let place = places.iter().position(|place| folder == *place || folder.ends_with(&format!("/{place}")));
    (place.unwrap_or(places.len()), path.matches('/').count())
}

/// The text of at most `cap` bytes.
pub(super) fn text(bytes: Vec<u8>, cap: u64) -> Result<String, String> {
    if bytes.len() as u64 > cap {
        return Err(format!("it is longer than {cap} bytes"));
    }
    String::from_utf8(bytes).map_err(|_| "it is not a text in UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_one_spelling_or_none() {
        for (path, is) in [
            ("a/./b//c.rs", Some("a/b/c.rs")),
            ("e\u{301}.rs", Some("é.rs")),
            ("../x", None),
            ("a/../../x", None),
            ("/etc/passwd", None),
            ("C:/x", None),
            ("a\\..\\b", None),
            ("a\0b", None),
            (".", None),
            ("", None),
        ] {
            assert_eq!(normalised(path).as_deref(), is, "{path:?}");
        }
    }

    #[test]
    fn two_files_of_one_name_are_both_refused() {
        let mut files = Files::default();
        for path in ["src/e6_1.rs", "SRC/e6_1.rs", "e0_1.rs"] {
            files.take(path, Ok("x".into()));
        }
        let found = files.of(Kind::Source);
        assert_eq!(found[0].1, Err("there is another file of the same name"));
        assert_eq!(found[1], ("e0_1.rs".to_owned(), Ok("x")));
        assert_eq!(files.notes, ["src/e6_1.rs and SRC/e6_1.rs are refused: they have the same name"]);
    }

    #[test]
    fn the_courses_own_places_come_first() {
        let mut files = Files::default();
        for path in ["e6_1.rs", "old/e6_1.rs", "course/exercises/src/e6_1.rs"] {
            files.take(path, Ok(path.into()));
        }
        let order: Vec<String> = files.of(Kind::Source).into_iter().map(|(path, _)| path).collect();
        assert_eq!(order, ["course/exercises/src/e6_1.rs", "e6_1.rs", "old/e6_1.rs"]);
    }
}

//! What the names of entries say, as learning platforms make them.
//!
//! A learner chooses the name of a file, and sometimes her own full name. What the platform adds is therefore looked for
//! from the side that it controls: from the left where a file's name follows, from the right at a folder.

use chrono::{DateTime, NaiveDateTime};

use super::Who;
use crate::intake::Moment;

/// What the name of an entry says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    pub who: Who,
    /// The entry's name.
    pub entry: String,
    /// The file's or folder's own name.
    pub file: String,
    /// Whether the platform calls it late.
    pub late: bool,
    /// Whether the entry is a whole attempt, and no other belongs to it.
    pub alone: bool,
    /// How often the platform renamed a file of this name.
    pub again: u32,
    /// Sorts the attempts of one learner.
    pub order: String,
}

/// Reads a name; one that no platform made is the learner's own.
pub(super) fn read(entry: &str, is_folder: bool) -> Named {
    let named = match is_folder {
        true => moodle_folder(entry),
        false => moodle_file(entry).or_else(|| blackboard(entry)).or_else(|| canvas(entry)),
    };
    Named { entry: entry.to_owned(), ..named.unwrap_or_else(|| plain(entry, is_folder)) }
}

/// Whether a file is an answer by its name, such as `e6_1.rs`, be it to an exercise that there is or not.
pub(in crate::intake) fn is_answer(name: &str) -> bool {
    let name = name.to_lowercase();
    let stem = name.strip_suffix(".rs").unwrap_or_default();
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    stem.strip_prefix('e').and_then(|id| id.split_once('_')).is_some_and(|(a, b)| number(a) && number(b))
}

/// `ann`, `ann.zip`, `ann_attempt-2.tar.gz`.
fn plain(entry: &str, is_folder: bool) -> Named {
    let ends = [".ipynb", ".zip", ".tar", ".tar.gz", ".tgz"];
    let without = ends.iter().find_map(|end| entry.strip_suffix(end)).filter(|_| !is_folder);
    let stem = without.unwrap_or(entry);
    let lower = stem.to_ascii_lowercase();
    let (key, order) = match lower.rfind("attempt").and_then(|at| Some((at, attempt(&stem[at..])?))) {
        Some((at, number)) if !stem[..at].trim_end_matches(['_', '-', ' ']).is_empty() => {
            (stem[..at].trim_end_matches(['_', '-', ' ']), format!("{number:09}"))
        }
        _ => (stem, String::new()),
    };
    Named {
        who: Who { key: key.to_owned(), ..Who::default() },
        file: entry.to_owned(),
        order,
        alone: true,
        ..Named::default()
    }
}

/// The number in `attempt-2`, `Attempt 2`, `attempt_2`.
pub(super) fn attempt(name: &str) -> Option<u32> {
    let name = name.to_ascii_lowercase();
    name.strip_prefix("attempt")?.trim_start_matches(['_', '-', ' ']).parse().ok()
}

const MOODLE: &str = "_assignsubmission_";

fn moodle(learner: &str) -> Option<Who> {
    let (name, number) = learner.rsplit_once('_')?;
    is_number(number).then(|| Who {
        key: format!("{name} ({number})"),
        name: Some(name.to_owned()),
        ..Who::default()
    })
}

/// `Ann Lee_1234_assignsubmission_file_`, also without the last `_`.
fn moodle_folder(entry: &str) -> Option<Named> {
    let (learner, kind) = entry.rsplit_once(MOODLE)?;
    matches!(kind.trim_end_matches('_'), "file" | "onlinetext")
        .then(|| Some(Named { who: moodle(learner)?, file: entry.to_owned(), ..Named::default() }))?
}

/// `Ann Lee_1234_assignsubmission_file_e6_1.rs`: downloaded without folders.
fn moodle_file(entry: &str) -> Option<Named> {
    let (learner, rest) = entry.split_once(MOODLE)?;
    let file = rest.strip_prefix("file_").or_else(|| rest.strip_prefix("onlinetext_"))?;
    Some(Named { who: moodle(learner)?, file: file.to_owned(), ..Named::default() })
}

/// `leeann_LATE_98_123_e6_1-1.rs`: the name without its blanks, the learner's number, the file's number, the file. A file
/// handed in again has `-1`.
fn canvas(entry: &str) -> Option<Named> {
    let (name, rest) = entry.split_once('_')?;
    let (late, rest) = match rest.strip_prefix("LATE_") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let (learner, rest) = rest.split_once('_')?;
    let (number, file) = rest.split_once('_')?;
    if !(is_number(learner) && is_number(number)) || file.is_empty() {
        return None;
    }
    let (file, again) = renamed(file);
    let who = Who {
        key: format!("{name} ({learner})"),
        name: Some(name.to_owned()),
        id: Some(learner.to_owned()),
        mail: None,
    };
    Some(Named { who, file, late, again, ..Named::default() })
}

/// `e6_1-1.rs` was `e6_1.rs`. Of other files nobody knows: `chapter-6.ipynb` may well be the learner's own name for it.
fn renamed(file: &str) -> (String, u32) {
    let (stem, end) = match file.split_once('.') {
        Some((stem, end)) => (stem, format!(".{end}")),
        None => (file, String::new()),
    };
    match stem.rsplit_once('-').and_then(|(stem, again)| Some((stem, again.parse().ok()?))) {
        Some((stem, again)) if is_answer(&format!("{stem}{end}")) => (format!("{stem}{end}"), again),
        _ => (file.to_owned(), 0),
    }
}

/// `Week 6_alee_attempt_2026-11-20-10-00-00_e6_1.rs`: the platform's local time, which sorts and says no more.
fn blackboard(entry: &str) -> Option<Named> {
    const DATE: usize = "2026-11-20-10-00-00".len();
    for (at, mark) in entry.match_indices("_attempt_") {
        let rest = &entry[at + mark.len()..];
        let Some((date, file)) = rest.split_at_checked(DATE) else { continue };
        if NaiveDateTime::parse_from_str(date, "%Y-%m-%d-%H-%M-%S").is_err() {
            continue;
        }
        let learner = entry[..at].rsplit_once('_')?.1.to_owned();
        let who = Who { key: learner.clone(), id: Some(learner), ..Who::default() };
        let file = file.strip_prefix('_').unwrap_or(file);
        return Some(Named { who, file: file.to_owned(), order: date.to_owned(), ..Named::default() });
    }
    None
}

/// nbgrader's `timestamp.txt`: `2026-11-20 10:00:00.123456 UTC`, or with an offset.
pub(super) fn nbgrader_time(text: &str) -> Result<Moment, String> {
    let utc = text.strip_suffix("UTC").map(|text| format!("{text}+0000"));
    let text = utc.as_deref().unwrap_or(text);
    let forms = ["%Y-%m-%d %H:%M:%S%.f %z", "%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f%z"];
    let read = forms.iter().find_map(|form| DateTime::parse_from_str(text, form).ok());
    read.map(|at| Moment(at.to_utc())).ok_or_else(|| {
        "timestamp.txt has no moment with an offset or UTC: when this was handed in is not known".to_owned()
    })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

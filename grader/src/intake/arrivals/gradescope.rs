//! Gradescope's export: folders `submission_123`, and `submission_metadata.yml` that says whose they are.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::{Arrival, Who, names};
use crate::cli::Problem;
use crate::pipeline::sanitise_line;

/// The file's name.
pub(super) const METADATA: &str = "submission_metadata.yml";

#[derive(Deserialize)]
struct Submission {
    #[serde(rename = ":submitters", default)]
    submitters: Vec<Submitter>,
    #[serde(rename = ":created_at", default)]
    created_at: Option<String>,
}

#[derive(Deserialize)]
struct Submitter {
    #[serde(rename = ":name", default)]
    name: Option<String>,
    #[serde(rename = ":sid", default)]
    sid: Option<String>,
    #[serde(rename = ":email", default)]
    email: Option<String>,
}

/// Whose the folders are, by their names; nothing without the file.
///
/// # Errors
/// When the file is there and can't be read: without it nobody knows whose the folders are.
pub(super) fn submitters(folder: &Path) -> Result<BTreeMap<String, Arrival>, Problem> {
    let file = folder.join(METADATA);
    let Some(text) = crate::intake::folder::read_text(&file) else { return Ok(BTreeMap::new()) };
    let read: BTreeMap<String, Submission> = serde_saphyr::from_str(&text).map_err(|why| {
        Problem::new(
            format!(
                "{} is no list of Gradescope's submissions: {}",
                file.display(),
                sanitise_line(&why.to_string())
            ),
            "export the submissions again, or take the file away and name the folders after the learners",
        )
    })?;
    Ok(read.into_iter().map(|(entry, submission)| (entry.clone(), arrival(entry, submission))).collect())
}

fn arrival(entry: String, submission: Submission) -> Arrival {
    let mut notes = Vec::new();
    let mut submitters = submission.submitters.into_iter();
    let first = submitters.next();
    let others: Vec<String> = submitters.filter_map(|other| other.name.or(other.email)).collect();
    if !others.is_empty() {
        notes.push(format!("handed in together with {}", sanitise_line(&others.join(", "))));
    }
    let who = first.map_or_else(
        || Who { key: entry.clone(), ..Who::default() },
        |first| Who {
            key: first
                .email
                .clone()
                .or(first.sid.clone())
                .or(first.name.clone())
                .unwrap_or_else(|| entry.clone()),
            name: first.name,
            id: first.sid.filter(|sid| !sid.is_empty()),
            mail: first.email,
        },
    );
    let at = submission.created_at.and_then(|at| names::nbgrader_time(at.trim()).ok());
    if at.is_none() {
        notes.push("when this was handed in is not known".into());
    }
    let from = sanitise_line(&entry);
    Arrival { who, from, at, called_late: false, parts: Vec::new(), notes, order: entry }
}

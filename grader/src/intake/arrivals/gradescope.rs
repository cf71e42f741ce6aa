//! Gradescope's export: folders `submission_123`, and `submission_metadata.yml` that says whose they are. And the folder in which
//! it runs an autograder: one submission, and `submission_metadata.json`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::{Arrival, Part, Who, names};
use crate::cli::Problem;
use crate::intake::Moment;
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

/// The file beside a submission that an autograder is to grade.
const OF_ONE: &str = "submission_metadata.json";
/// The folder with it.
const ONE: &str = "submission";

/// What Gradescope tells an autograder; it tells more.
#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    users: Vec<User>,
    created_at: Option<String>,
}

#[derive(Deserialize)]
struct User {
    name: Option<String>,
    email: Option<String>,
}

/// The submission that an autograder is to grade, where `folder` is what Gradescope made for it; what else lies there is
/// the autograder's own.
///
/// # Errors
/// When whose it is can't be read.
pub(super) fn to_grade(folder: &Path) -> Result<Option<Arrival>, Problem> {
    let (file, path) = (folder.join(OF_ONE), folder.join(ONE));
    let Some(text) = crate::intake::folder::read_text(&file).filter(|_| path.is_dir()) else {
        return Ok(None);
    };
    let told: Told = serde_json::from_str(&text).map_err(|why| {
        let what =
            format!("{} is not what Gradescope writes: {}", file.display(), sanitise_line(&why.to_string()));
        Problem::new(what, "let Gradescope run the autograder again")
    })?;
    let submitters = told.users.into_iter();
    let submitters =
        submitters.map(|user| Submitter { name: user.name, sid: None, email: user.email }).collect();
    let at = told.created_at.and_then(|at| Moment::read(&at).ok());
    let parts = vec![Part { path, name: ONE.to_owned() }];
    Ok(Some(Arrival { parts, ..of(ONE.to_owned(), submitters, at) }))
}

fn arrival(entry: String, submission: Submission) -> Arrival {
    let at = submission.created_at.and_then(|at| names::nbgrader_time(at.trim()).ok());
    of(entry, submission.submitters, at)
}

/// What one person handed in, maybe with others.
fn of(entry: String, submitters: Vec<Submitter>, at: Option<Moment>) -> Arrival {
    let mut notes = Vec::new();
    let mut submitters = submitters.into_iter();
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
    if at.is_none() {
        notes.push("when this was handed in is not known".into());
    }
    let from = sanitise_line(&entry);
    Arrival { who, from, at, called_late: false, parts: Vec::new(), notes, order: entry }
}

//! Who handed in what, and when: the entries of a class's folder, put together by learner and attempt.
//!
//! Who a learner is comes from the names that an instructor or a learning platform gave to the entries, and never from
//! what was handed in.

mod gradescope;
mod names;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use self::names::Named;
pub(super) use self::names::is_answer;
use super::Moment;
use crate::cli::Problem;
use crate::pipeline::sanitise_line;

/// A learner, as the folder knows her.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Who {
    /// The entry's name without what says how it is packed, or the platform's own name and number.
    pub key: String,
    /// The full name.
    pub name: Option<String>,
    /// The platform's number, or the school's.
    pub id: Option<String>,
    /// The mail address.
    pub mail: Option<String>,
}

/// One time that somebody handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Who.
    pub who: Who,
    /// The entry's name, fit to print.
    pub from: String,
    /// When; nothing where the folder does not say it.
    pub at: Option<Moment>,
    /// Whether the platform calls it late.
    pub called_late: bool,
    /// The files and folders that belong to it.
    pub parts: Vec<Part>,
    /// What the instructor should know.
    pub notes: Vec<String>,
    /// The platform's number of the attempt, or a date that sorts.
    order: String,
}

/// A file, a folder or an archive on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where it lies.
    pub path: PathBuf,
    /// Its name as the learner gave it, without what the platform put around it.
    pub name: String,
}

/// The arrivals in `folder`, each learner's in their order. Hidden entries, such as `.git`, are nobody's.
///
/// # Errors
/// When the folder can't be read, is empty, or is one learner's.
pub fn arrivals(folder: &Path) -> Result<Vec<Arrival>, Problem> {
    if let Some(one) = gradescope::to_grade(folder)? {
        return Ok(vec![one]);
    }
    let entries = entries(folder)?;
    let platform = gradescope::submitters(folder)?;
    let mut arrivals: BTreeMap<(Who, String), Arrival> = BTreeMap::new();
    for path in entries {
        let entry = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if entry == gradescope::METADATA {
            continue;
        }
        if let Some(arrival) = platform.get(&entry) {
            let part = Part { path, name: entry.clone() };
            let arrival = Arrival { parts: vec![part], ..arrival.clone() };
            arrivals.insert((arrival.who.clone(), arrival.order.clone()), arrival);
            continue;
        }
        for (named, path) in named(&entry, &path) {
            add(&mut arrivals, named, path);
        }
    }
    Ok(arrivals.into_values().collect())
}

fn add(arrivals: &mut BTreeMap<(Who, String), Arrival>, named: Named, path: PathBuf) {
    let mut named = named;
    let mut notes = Vec::new();
    // Two entries of one name may be two people's: they are kept apart.
    let name = named.who.key.clone();
    for number in 2.. {
        if !named.alone || !arrivals.contains_key(&(named.who.clone(), named.order.clone())) {
            break;
        }
        named.who.key = format!("{name} ({number})");
        notes = vec![format!("there is more than one entry of the name {}", sanitise_line(&name))];
    }
    let key = (named.who.clone(), named.order.clone());
    let arrival = arrivals.entry(key).or_insert_with(|| Arrival {
        who: named.who,
        from: sanitise_line(&named.entry),
        at: None,
        called_late: false,
        parts: Vec::new(),
        notes,
        order: named.order,
    });
    arrival.called_late |= named.late;
    match timestamp(&path) {
        Some(Ok(at)) => arrival.at = Some(at),
        Some(Err(why)) => arrival.notes.push(why),
        None => {}
    }
    // Of two files that a platform renamed because they had one name, the later counts.
    match arrival.parts.iter_mut().find(|part| named.again > 0 && part.name == named.file) {
        Some(earlier) => {
            let note = format!("of two files {} the later was taken", sanitise_line(&named.file));
            arrival.notes.push(note);
            earlier.path = path;
        }
        None => arrival.parts.push(Part { path, name: named.file }),
    }
}

/// The attempts in one entry: several, where a learner's folder has folders `attempt-1`, `attempt-2` and no other.
fn named(entry: &str, path: &Path) -> Vec<(Named, PathBuf)> {
    let is_folder = path.is_dir() && !path.is_symlink();
    let one = names::read(entry, is_folder);
    let inside = if is_folder { folders(path) } else { Vec::new() };
    let numbers: Option<Vec<u32>> = inside.iter().map(|(name, _)| names::attempt(name)).collect();
    match numbers {
        Some(numbers) if !numbers.is_empty() => inside
            .into_iter()
            .zip(numbers)
            .map(|((name, path), number)| {
                let (order, entry) = (format!("{number:09}"), format!("{entry}/{name}"));
                (Named { order, entry, ..one.clone() }, path)
            })
            .collect(),
        _ => vec![(one, path.to_path_buf())],
    }
}

fn folders(path: &Path) -> Vec<(String, PathBuf)> {
    let listed = fs::read_dir(path).into_iter().flatten().flatten();
    let named = listed.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()));
    let mut folders: Vec<_> =
        named.filter(|(name, path)| !name.starts_with('.') && path.is_dir() && !path.is_symlink()).collect();
    folders.sort();
    folders
}

/// When something was handed in, by the file that nbgrader writes beside it, in the folder or in its only folder.
fn timestamp(path: &Path) -> Option<Result<Moment, String>> {
    let inside = folders(path);
    let places = std::iter::once(path).chain(inside.iter().map(|(_, path)| path.as_path()).take(1));
    let text = places.filter_map(|place| super::folder::read_text(&place.join("timestamp.txt"))).next()?;
    Some(names::nbgrader_time(text.trim()))
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let next = "name a folder in which each entry is one learner's folder, notebook or archive";
    let listed = fs::read_dir(folder).map_err(|e| Problem::file("read the folder", folder, &e, next))?;
    let mut paths: Vec<_> = listed.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| !path.file_name().unwrap_or_default().as_encoded_bytes().starts_with(b"."));
    paths.sort();
    if paths.is_empty() {
        return Err(Problem::new(format!("{} is empty", folder.display()), next));
    }
    let answer = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        path.is_file() && names::is_answer(&name)
    };
    if paths.iter().any(answer) {
        return Err(Problem::new(
            format!("{} holds answers itself: it looks like one learner's folder", folder.display()),
            "name the folder above it",
        ));
    }
    Ok(paths)
}

impl Arrival {
    /// The order in which a learner's attempts were made: by time where all have one, else as the platform numbers them.
    pub fn in_order(&self, other: &Self) -> std::cmp::Ordering {
        match (self.at, other.at) {
            (Some(a), Some(b)) if a != b => a.cmp(&b),
            _ => (&self.order, &self.from).cmp(&(&other.order, &other.from)),
        }
    }
}

#[cfg(test)]
mod tests;

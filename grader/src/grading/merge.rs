//! The parts of a class, graded apart, put together.

use std::collections::{BTreeMap, BTreeSet};

use super::notes::{Known, class_notes};
use super::{Learner, Results, SCHEMA, Shard};
use crate::cli::Problem;

/// The results of a part of a class.
#[derive(Clone, Debug)]
pub struct Part {
    /// The file that they were read from, fit to print.
    pub file: String,
    /// The results.
    pub results: Results,
}

/// Puts the parts of a class together: what comes out is what one grading of the whole class gives. With `partial`, parts
/// may be missing; then a note says which.
///
/// # Errors
/// When the parts don't belong together, or not all are there. The text names the files.
pub fn merge(parts: Vec<Part>, partial: bool) -> Result<Results, Problem> {
    let Some(first) = parts.first() else {
        return Err(Problem::new("there are no results to put together", "name the files of all parts"));
    };
    for part in &parts {
        alike(first, part)?;
    }
    let of = places(&parts)?;
    let missing = missing(&parts, of);
    if let Some(missing) = missing.as_ref().filter(|_| !partial) {
        return Err(Problem::new(
            missing,
            "grade what is missing, and name its files too; or say `--partial`",
        ));
    }
    each_once(&parts)?;
    let head = first.results.clone();
    let mut learners: Vec<Learner> = parts.into_iter().flat_map(|part| part.results.learners).collect();
    learners.sort_by(|a, b| a.learner.cmp(&b.learner));
    let mut notes = class_notes(learners.iter().map(Known::from));
    if let Some(missing) = missing {
        notes.insert(0, format!("not the whole class: {missing}"));
    }
    Ok(Results { shard: None, notes, learners, ..head })
}

/// In the same form, graded by the same grader under the same protection, marked by the same marking.
fn alike(first: &Part, other: &Part) -> Result<(), Problem> {
    let (a, b) = (&first.results, &other.results);
    if let Some(strange) = [first, other].into_iter().find(|part| part.results.schema != SCHEMA) {
        return Err(Problem::new(
            format!(
                "{} is in the form {:?}, and this course reads {SCHEMA:?}",
                strange.file, strange.results.schema
            ),
            "grade it again with this version of the course",
        ));
    }
    let differs = |what: &str, next: &str| {
        let (a, b) = (&first.file, &other.file);
        Err(Problem::new(format!("{a} and {b} were graded {what}: they can't be compared"), next))
    };
    if a.grader != b.grader {
        return differs(
            "by different graders",
            "grade all parts with one build of one version of the course, by one compiler",
        );
    }
    if a.protection != b.protection {
        return differs(
            &format!("under different protection, {} and {}", a.protection, b.protection),
            "grade all parts on machines of one kind, with the same options",
        );
    }
    if a.hidden != b.hidden {
        return differs(
            "with different numbers of hidden runs",
            "grade all parts with the same `--secret` and `--hidden`",
        );
    }
    if a.marking != b.marking {
        return differs(
            "by different marks",
            "grade all parts with the same `--marks` file and the same exercises",
        );
    }
    Ok(())
}

/// The shard of a part.
fn shard(part: &Part) -> Result<Shard, Problem> {
    part.results.shard.ok_or_else(|| {
        Problem::new(
            format!("{} is no part of a class: it was graded without `--shard`", part.file),
            "leave it out",
        )
    })
}

/// Of how many parts each of these is one; no part is there twice.
fn places(parts: &[Part]) -> Result<u32, Problem> {
    let mut files: BTreeMap<u32, &str> = BTreeMap::new();
    let (first, of) = (&parts[0].file, shard(&parts[0])?.of);
    for part in parts {
        let shard = shard(part)?;
        if shard.of != of {
            return Err(Problem::new(
                format!("{first} is one part of {of}, and {} is {shard}", part.file),
                "name parts of one and the same grading",
            ));
        }
        if !(1..=of).contains(&shard.number) {
            return Err(Problem::new(
                format!("{} says that it is part {shard}", part.file),
                "grade that part again",
            ));
        }
        if let Some(other) = files.insert(shard.number, &part.file) {
            return Err(Problem::new(
                format!("{other} and {} are both part {shard}", part.file),
                "leave the older one out",
            ));
        }
    }
    Ok(of)
}

/// At most so many missing parts are named.
const NAMED: usize = 20;

/// Which parts are not there, in words; nothing where all are.
fn missing(parts: &[Part], of: u32) -> Option<String> {
    let there: BTreeSet<u32> = parts.iter().filter_map(|part| Some(part.results.shard?.number)).collect();
    let number = of as usize - there.len();
    let mut named: Vec<String> = (1..=of)
        .filter(|number| !there.contains(number))
        .take(NAMED)
        .map(|number| number.to_string())
        .collect();
    if number > NAMED {
        named.push(format!("{} more", number - NAMED));
    }
    match named.as_slice() {
        [] => None,
        [one] => Some(format!("part {one} of {of} is missing")),
        many => Some(format!("parts {} of {of} are missing", many.join(", "))),
    }
}

/// Every learner is there once, in the part that her key belongs to.
fn each_once(parts: &[Part]) -> Result<(), Problem> {
    let mut files: BTreeMap<&str, &str> = BTreeMap::new();
    for part in parts {
        let shard = shard(part)?;
        for Learner { learner, .. } in &part.results.learners {
            if let Some(other) = files.insert(learner, &part.file) {
                return Err(Problem::new(
                    format!("{learner} is in {other}, and once more in {}", part.file),
                    "grade these parts again",
                ));
            }
            if !shard.has(learner) {
                return Err(Problem::new(
                    format!("{learner} is in {}, and does not belong to part {shard}", part.file),
                    "grade that part again",
                ));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;

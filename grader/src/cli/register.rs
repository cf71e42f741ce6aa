//! The course's register of ids, and who claims them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::chapters::Chapter;
use super::{Course, Problem, bench};
use crate::authoring;

const FILE: &str = "grader/register.toml";

/// How the register and the chapters' sources agree.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Agreement {
    /// Who claims an id: by id.
    pub claims: BTreeMap<String, Place>,
    /// By chapter, in their order.
    pub chapters: Vec<ChapterIds>,
    /// What is wrong, besides ids that are missing: ids that are not in the register or claimed twice.
    pub mistakes: Vec<String>,
}

/// A place that claims an id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// `ids` for a cell, `exercise` or `question`.
    pub by: String,
    /// `file:line`.
    pub at: String,
}

/// The ids of a chapter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChapterIds {
    /// The chapter's number.
    pub chapter: u8,
    /// Whether it has a source: then nothing may be missing.
    pub written: bool,
    /// How many ids it has.
    pub all: usize,
    /// Ids that nobody claims, in the register's order.
    pub missing: Vec<Missing>,
}

/// An id that nobody claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The id.
    pub id: String,
    /// What it stands for.
    pub subject: String,
}

impl Agreement {
    /// Whether nothing is missing in the chapters that are written, and nothing is wrong.
    pub fn holds(&self) -> bool {
        self.mistakes.is_empty() && self.chapters.iter().all(|c| !c.written || c.missing.is_empty())
    }
}

/// Compares the register with the chapters' sources.
pub fn agreement(course: &Course, sources: &[Chapter]) -> Result<Agreement, Problem> {
    let register = parse(&bench::read(course, FILE)?)
        .map_err(|why| Problem::new(format!("{FILE}: {why}"), format!("mend {FILE}")))?;
    let texts: Vec<(String, String)> = sources
        .iter()
        .map(|chapter| Ok((chapter.source(), bench::read(course, &chapter.source())?)))
        .collect::<Result<_, Problem>>()?;
    let written: Vec<u8> = sources.iter().map(|chapter| chapter.number).collect();
    Ok(compare(&register, &texts, &written))
}

/// By chapter: the ids and their subjects.
type Register = BTreeMap<u8, Vec<(String, String)>>;

fn parse(text: &str) -> Result<Register, String> {
    let tables: BTreeMap<String, toml::Table> = toml::from_str(text).map_err(|e| e.to_string())?;
    let mut register = Register::new();
    for (name, ids) in tables {
        let number = name.strip_prefix("chapter-").and_then(|number| number.parse().ok());
        let number = number.ok_or_else(|| format!("[{name}] is no chapter: name it like [chapter-6]"))?;
        let mut entries: Vec<(String, String)> = ids
            .into_iter()
            .map(|(id, subject)| (id, subject.as_str().unwrap_or_default().to_owned()))
            .collect();
        entries.sort_by_key(|(id, _)| sort_key(id));
        register.insert(number, entries);
    }
    Ok(register)
}

/// Concepts before tables and so on, each by number.
fn sort_key(id: &str) -> (Option<usize>, u32) {
    let number = id.split_once('.').and_then(|(_, number)| number.parse().ok()).unwrap_or(u32::MAX);
    ("CTWSEQIN".find(id.get(..1).unwrap_or_default()), number)
}

fn compare(register: &Register, texts: &[(String, String)], written: &[u8]) -> Agreement {
    let mut agreement = Agreement::default();
    let known = |id: &str| register.values().flatten().any(|(known, _)| known == id);
    for (file, text) in texts {
        for claim in authoring::claims(text) {
            let at = format!("{file}:{}", claim.line);
            if !known(&claim.id) {
                agreement.mistakes.push(format!("{at} claims {}, which is not in the register", claim.id));
            } else if let Some(first) = agreement.claims.get(&claim.id) {
                agreement.mistakes.push(format!("{at} claims {} again, after {}", claim.id, first.at));
            } else {
                agreement.claims.insert(claim.id, Place { by: claim.by, at });
            }
        }
    }
    for (chapter, ids) in register {
        let unclaimed = ids.iter().filter(|(id, _)| !agreement.claims.contains_key(id));
        let missing =
            unclaimed.map(|(id, subject)| Missing { id: id.clone(), subject: subject.clone() }).collect();
        agreement.chapters.push(ChapterIds {
            chapter: *chapter,
            written: written.contains(chapter),
            all: ids.len(),
            missing,
        });
    }
    agreement
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_claimed_once_or_named() {
        let register = parse("[chapter-6]\n\"C6.2\" = \"two\"\n\"C6.10\" = \"ten\"\n\"Q6.1\" = \"q\"\n[chapter-7]\n\"C7.1\" = \"seven\"\n").unwrap();
        let text = "<!-- ids: C6.2 C6.99 -->\na\n\n<!-- question: Q6.1 -->\n<!-- ids: C6.2 -->\nb\n";
        let agreement = compare(&register, &[("06.md".into(), text.into())], &[6]);
        insta::assert_json_snapshot!(agreement);
        assert!(!agreement.holds());
    }

    #[test]
    fn the_register_is_whole() {
        let register = parse(include_str!("../../register.toml")).unwrap();
        let count = |kind: &str| register.values().flatten().filter(|(id, _)| id.starts_with(kind)).count();
        let counts = ["C", "T", "W", "S", "E", "Q", "I", "N"].map(count);
        assert_eq!(counts, [120, 34, 45, 12, 47, 98, 44, 104]);
        for (chapter, ids) in &register {
            for (id, subject) in ids {
                assert!(id[1..].starts_with(&format!("{chapter}.")), "{id} stands in chapter {chapter}");
                assert!(!subject.is_empty(), "{id} has no subject");
            }
        }
    }
}

//! The chapters' sources and their notebooks.

use std::collections::BTreeMap;
use std::fs;

use super::build::Generated;
use super::{Course, Problem, bench};
use crate::authoring::{self, Named};
use crate::judge::Exercise;
use crate::store::notebook::read_with_outputs;

/// A chapter that has a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chapter {
    /// Its number.
    pub number: u8,
    /// The name of its files without their endings: `06-leaderless`.
    pub stem: String,
}

impl Chapter {
    /// Its Markdown, below the top folder.
    pub fn source(&self) -> String {
        format!("notebooks/src/{}.md", self.stem)
    }

    /// Its notebook, below the top folder.
    pub fn notebook(&self) -> String {
        format!("notebooks/{}.ipynb", self.stem)
    }
}

/// The chapters that have a source, in their order.
pub fn sources(course: &Course) -> Result<Vec<Chapter>, Problem> {
    let folder = course.path("notebooks/src");
    let mut chapters = Vec::new();
    let Ok(entries) = fs::read_dir(&folder) else { return Ok(chapters) };
    for name in entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()) {
        let Some(stem) = name.strip_suffix(".md") else { continue };
        match stem.split_once('-').and_then(|(number, _)| number.parse().ok()) {
            Some(number) => chapters.push(Chapter { number, stem: stem.to_owned() }),
            None => {
                return Err(Problem::new(
                    format!(
                        "notebooks/src/{name} is no chapter: its name does not begin with a number and a hyphen"
                    ),
                    "name it like 06-leaderless.md, or move it out of notebooks/src",
                ));
            }
        }
    }
    chapters.sort_by(|a, b| a.stem.cmp(&b.stem));
    if let Some([one, other]) = chapters
        .windows(2)
        .find_map(|w| <&[Chapter; 2]>::try_from(w).ok().filter(|[a, b]| a.number == b.number))
    {
        return Err(Problem::new(
            format!("chapter {} has two sources: {} and {}", one.number, one.source(), other.source()),
            "remove one",
        ));
    }
    Ok(chapters)
}

/// A notebook as its source says it must be.
pub struct Built {
    /// The file. Cells whose source did not change have their outputs.
    pub file: Generated,
    /// First lines of the code cells that have no outputs.
    pub lost: Vec<String>,
}

/// The notebook of a chapter, with the outputs of the one that is there.
pub fn built(course: &Course, chapter: &Chapter, all: &[Exercise]) -> Result<Built, Problem> {
    let source = chapter.source();
    let mut exercises = BTreeMap::new();
    for exercise in all {
        let file = bench::solution_file(exercise);
        let stub = authoring::stub_for_cell(&exercise.spec.file_stem(), &bench::read(course, &file)?)
            .map_err(|e| Problem::new(format!("{file}, {e}"), format!("mend {file}")))?;
        exercises.insert(exercise.spec.id.as_str(), (&exercise.spec, stub));
    }
    let mut notebook =
        authoring::notebook(&bench::read(course, &source)?, &Named { chapter: chapter.number, exercises })
            .map_err(|e| Problem::new(format!("{source}, {e}"), format!("mend {source}")))?;
    let path = chapter.notebook();
    let before = fs::read_to_string(course.path(&path)).ok().and_then(|text| read_with_outputs(&text).ok());
    let lost = before.map(|before| authoring::keep_outputs(&before, &mut notebook)).unwrap_or_default();
    let text = nbformat::serialize_notebook(&nbformat::Notebook::V4(notebook)).map_err(|e| {
        Problem::new(format!("cannot write {path}: {e}"), "report this: it is a mistake of the course")
    })?;
    Ok(Built { file: Generated { path, text }, lost })
}

//! A chapter's notebook, from its Markdown.

use std::collections::BTreeMap;
use std::fmt;

use nbformat::v4::{Cell, CellId, CellMetadata, Notebook, Output};
use serde_json::{Value, json};

use super::markdown::{Kind, Piece, pieces, with_dollars};
use crate::judge::Spec;
use crate::store::notebook::{KERNEL, lines, mark_of};

/// What a chapter may name: the exercises with their stubs for cells.
#[derive(Clone, Debug, Default)]
pub struct Named<'a> {
    /// The chapter's own number.
    pub chapter: u8,
    /// By id: the exercise, and its stub as a cell.
    pub exercises: BTreeMap<&'a str, (&'a Spec, String)>,
}

/// What stands above the cell that shows the progress.
const PROGRESS: &str = "\
### How far you are

Run this cell again whenever you like. It counts what passed, here or at the terminal, and says what comes next.";

/// What is wrong in a chapter's source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenChapter {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
}

impl fmt::Display for BrokenChapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for BrokenChapter {}

/// A register's id that a chapter claims, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The id.
    pub id: String,
    /// What claims it: `ids` for a cell, `exercise` or `question`.
    pub by: String,
    /// Line of the chapter's source.
    pub line: usize,
}

/// The ids that a chapter claims: those of its `ids` comments, its exercises and its questions.
pub fn claims(text: &str) -> Vec<Claim> {
    let claim = |piece: Piece| match piece.kind {
        Kind::Directive { key, values } => {
            let claim = |id| Claim { id, by: key.clone(), line: piece.line };
            values.into_iter().map(claim).collect::<Vec<_>>()
        }
        _ => Vec::new(),
    };
    pieces(text).into_iter().flat_map(claim).collect()
}

/// The notebook of a chapter, without outputs. One with exercises or questions shows the learner near its end what she has
/// done: before the section behind the last of them.
///
/// # Errors
/// When the source names what isn't there, or misuses a comment or a fence's flags.
pub fn notebook(text: &str, named: &Named<'_>) -> Result<Notebook, BrokenChapter> {
    let mut maker = Maker::default();
    let pieces = pieces(text);
    let (end, progress_at) = (pieces.len(), place_of_progress(&pieces));
    for (at, Piece { line, kind }) in pieces.into_iter().enumerate() {
        if progress_at == Some(at) {
            maker.progress(named.chapter);
        }
        let broken = |what: String| BrokenChapter { line, what };
        match kind {
            Kind::Prose(text) => maker.markdown(&text, Value::Null),
            Kind::Code { source, flags } => {
                let expect = match flags.as_slice() {
                    [] => Value::Null,
                    [flag] if flag == "compile-error" => json!({ "expect": flag }),
                    other => {
                        return Err(broken(format!(
                            "a fence may say `rust` or `rust compile-error`, not {other:?}"
                        )));
                    }
                };
                maker.code(&source, expect, None);
            }
            Kind::Directive { key, values } => {
                maker.directive(&key, values, named).map_err(broken)?;
            }
        }
    }
    if progress_at == Some(end) {
        maker.progress(named.chapter);
    }
    match maker.ids.first() {
        Some(id) => Err(BrokenChapter {
            line: text.lines().count(),
            what: format!(
                "the ids {id} … stand before no cell: move the comment before the cell that claims them"
            ),
        }),
        None => Ok(whole(maker.cells)),
    }
}

/// Before which piece the chapter's progress is shown: the first section behind the last exercise or question, with the
/// comment that claims ids for it, or the end. Nothing where there is nothing to do.
fn place_of_progress(pieces: &[Piece]) -> Option<usize> {
    let is = |piece: &Piece, keys: &[&str]| matches!(&piece.kind, Kind::Directive { key, .. } if keys.contains(&key.as_str()));
    let last = pieces.iter().rposition(|piece| is(piece, &["exercise", "question"]))?;
    let section = |piece: &Piece| matches!(&piece.kind, Kind::Prose(text) if text.starts_with("## "));
    let Some(section) = (last..pieces.len()).find(|at| section(&pieces[*at])) else {
        return Some(pieces.len());
    };
    let ids = pieces[..section].iter().rev().take_while(|piece| is(piece, &["ids"])).count();
    Some(section - ids)
}

/// The call that judges an answer; its arguments below each other where a screen would cut it off.
fn check_call(plug: &str) -> String {
    let line = format!("grader::check({plug})");
    let arguments = plug.strip_suffix(')').and_then(|call| call.split_once('('));
    match arguments {
        Some((_, "")) if line.len() > 100 => format!("grader::check(\n    {plug},\n)"),
        Some((call, arguments)) if line.len() > 100 => {
            format!("grader::check({call}(\n    {},\n))", arguments.replace(", ", ",\n    "))
        }
        _ => line,
    }
}

fn whole(cells: Vec<Cell>) -> Notebook {
    let metadata = json!({
        "kernelspec": {"display_name": "Replication course (Rust)", "language": "rust", "name": KERNEL},
        "language_info": {
            "file_extension": ".rs", "mimetype": "text/rust", "name": "rust", "pygments_lexer": "rust"
        },
    });
    let metadata = serde_json::from_value(metadata).expect("these are a notebook's metadata");
    Notebook { metadata, nbformat: 4, nbformat_minor: 5, cells }
}

/// Makes the cells, one after another.
#[derive(Default)]
struct Maker {
    cells: Vec<Cell>,
    /// Ids that the next cell claims.
    ids: Vec<String>,
    /// How often an id of a cell was wanted.
    taken: BTreeMap<String, usize>,
}

impl Maker {
    fn directive(&mut self, key: &str, values: Vec<String>, named: &Named<'_>) -> Result<(), String> {
        match (key, values.as_slice()) {
            ("ids", [_, ..]) => self.ids.extend(values),
            ("exercise", [id]) => {
                let (spec, stub) = named.exercises.get(id.as_str()).ok_or_else(|| {
                    let known: Vec<_> = named.exercises.keys().copied().collect();
                    format!("there is no exercise {id:?}; there are {}", known.join(", "))
                })?;
                if spec.taught_in() != Some(named.chapter) {
                    return Err(format!(
                        "{id} counts in chapter {}: write `in_chapter = {}` into grader/exercises/{id}.toml",
                        spec.taught_in().unwrap_or_default(),
                        named.chapter
                    ));
                }
                self.exercise(spec, stub);
            }
            ("question", [id]) => {
                crate::question::find(id).map_err(|unknown| unknown.to_string())?;
                let slug = id.replace('.', "-");
                self.code(&format!("ask({id:?})"), json!({ "question": id }), Some(slug));
                for (part, cell) in crate::question::ask(id).answer_cells() {
                    let slug = format!("{}-answer", part.replace('.', "-"));
                    self.code(&cell, json!({ "answer": part, "stub": mark_of(&cell) }), Some(slug));
                }
            }
            ("exercise" | "question", _) => {
                return Err(format!("`{key}` takes one id, and has {}", values.len()));
            }
            ("ids", []) => return Err("`ids` names no id".to_owned()),
            _ => {
                return Err(format!(
                    "a comment may say `ids: …`, `exercise: E…` or `question: Q…`; {key:?} is none of them. A note of \
                     your own must not begin with a word and a colon"
                ));
            }
        }
        Ok(())
    }

    fn exercise(&mut self, spec: &Spec, stub: &str) {
        let slug = spec.id.replace('.', "-");
        let head =
            format!("### {} {} ({} points)\n\n{}", spec.id, spec.title, spec.points(), spec.brief.trim());
        self.markdown(&head, Value::Null);
        let course = json!({ "exercise": spec.id, "stub": mark_of(stub) });
        self.code(stub, course, Some(format!("{slug}-answer")));
        let check = check_call(&spec.plug_at(&format!("{}::", spec.file_stem())));
        self.code(&check, json!({ "check": spec.id }), Some(format!("{slug}-check")));
    }

    fn progress(&mut self, chapter: u8) {
        self.markdown(PROGRESS, Value::Null);
        self.code(
            &format!("grader::progress({chapter})"),
            json!({ "progress": chapter }),
            Some("progress".into()),
        );
    }

    fn markdown(&mut self, text: &str, course: Value) {
        let (id, metadata) = (self.id(None, text), self.metadata(course));
        let source = lines(&with_dollars(text));
        self.cells.push(Cell::Markdown { id, metadata, source, attachments: None });
    }

    fn code(&mut self, source: &str, course: Value, wanted: Option<String>) {
        let (id, metadata) = (self.id(wanted, source), self.metadata(course));
        let source = lines(source);
        self.cells.push(Cell::Code { id, metadata, execution_count: None, source, outputs: Vec::new() });
    }

    fn metadata(&mut self, course: Value) -> CellMetadata {
        let mut of_course = match course {
            Value::Object(map) => map,
            _ => serde_json::Map::new(),
        };
        if !self.ids.is_empty() {
            of_course.insert("ids".into(), json!(std::mem::take(&mut self.ids)));
        }
        let mut metadata = CellMetadata::default();
        if !of_course.is_empty() {
            metadata.additional.insert("course".into(), Value::Object(of_course));
        }
        metadata
    }

    /// Ids depend on a cell's own text alone, so that a new cell changes no other's.
    fn id(&mut self, wanted: Option<String>, text: &str) -> CellId {
        let id = wanted.unwrap_or_else(|| mark_of(text));
        let before = self.taken.entry(id.clone()).or_default();
        *before += 1;
        let id = if *before == 1 { id } else { format!("{id}-{before}") };
        CellId::new(&id).expect("made of letters, digits and hyphens")
    }
}

/// What a code cell has from its last run.
type Ran = (Option<i32>, Vec<Output>);

/// Takes the outputs of `before` over into `now`, for code cells whose source did not change. Returns the first lines
/// of those that have none now.
pub fn keep_outputs(before: &Notebook, now: &mut Notebook) -> Vec<String> {
    let mut known: BTreeMap<String, Vec<Ran>> = BTreeMap::new();
    for cell in before.cells.iter().rev() {
        if let Cell::Code { source, outputs, execution_count, .. } = cell {
            known.entry(source.concat()).or_default().push((*execution_count, outputs.clone()));
        }
    }
    let mut lost = Vec::new();
    for cell in &mut now.cells {
        let Cell::Code { source, outputs, execution_count, .. } = cell else { continue };
        match known.get_mut(&source.concat()).and_then(Vec::pop) {
            Some(kept) => (*execution_count, *outputs) = kept,
            None => lost.push(source.first().map(|line| line.trim().to_owned()).unwrap_or_default()),
        }
    }
    lost
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authoring::stub_for_cell;
    use crate::judge::Exercise;

    const CHAPTER: &str = "\
# Quorums

<!-- ids: C6.1 N6.1 -->
A write waits for W.

```rust
1 + 1
```
```rust
1 + 1
```

<!-- exercise: E6.1 -->
<!-- question: Q6.1 -->
";

    fn built(text: &str) -> Result<Notebook, BrokenChapter> {
        built_as(6, text)
    }

    fn built_as(chapter: u8, text: &str) -> Result<Notebook, BrokenChapter> {
        let spec = Exercise::find("E6.1").unwrap().spec;
        let solution = "fn f() {\n    // BEGIN SOLUTION todo!()\n    1\n    // END SOLUTION\n}\n";
        let stub = stub_for_cell("e6_1", solution).unwrap();
        notebook(text, &Named { chapter, exercises: BTreeMap::from([("E6.1", (&spec, stub))]) })
    }

    #[test]
    fn a_chapter_becomes_a_notebook() {
        let text = nbformat::serialize_notebook(&nbformat::Notebook::V4(built(CHAPTER).unwrap())).unwrap();
        insta::assert_snapshot!(text);
    }

    #[test]
    fn mistakes_are_named_by_their_line() {
        let broken = |text: &str| built(text).unwrap_err().to_string();
        insta::assert_snapshot!(
            [
                broken("<!-- exercise: E6.99 -->\n"),
                broken("text\n\n<!-- excercise: E6.1 -->\n"),
                broken("```rust ignore\n1\n```\n"),
                broken("<!-- question: Q6.1 Q6.2 -->\n"),
                broken("text\n\n<!-- question: Q6.99 -->\n"),
                broken("text\n\n<!-- ids: C6.1 -->\n"),
                built_as(7, "<!-- exercise: E6.1 -->\n").unwrap_err().to_string(),
            ]
            .join("\n")
        );
    }

    #[test]
    fn progress_is_shown_before_the_section_behind_the_last_thing_to_do() {
        let firsts = |text: &str| {
            let first =
                |cell: &Cell| cell.source().first().map_or_else(String::new, |line| line.trim().to_owned());
            built(text).unwrap().cells.iter().map(first).collect::<Vec<_>>()
        };
        let ends = "<!-- question: Q6.1 -->\n### More\n\n<!-- ids: C6.1 -->\n## To read\n";
        let tail = ["### More", "### How far you are", "grader::progress(6)", "## To read"];
        assert_eq!(firsts(ends)[2..], tail);
        assert_eq!(firsts("<!-- exercise: E6.1 -->\n")[3..], ["### How far you are", "grader::progress(6)"]);
        assert_eq!(firsts("## Only text\n"), ["## Only text"]);
    }

    #[test]
    fn outputs_stay_with_their_source() {
        let mut before = built(CHAPTER).unwrap();
        for (number, cell) in before.cells.iter_mut().enumerate() {
            if let Cell::Code { execution_count, .. } = cell {
                *execution_count = Some(number as i32);
            }
        }
        let mut now = built(&CHAPTER.replace("# Quorums", "```rust\nlet new = 1;\n```")).unwrap();
        assert_eq!(keep_outputs(&before, &mut now), ["let new = 1;"]);
        let counts = now.cells.iter().filter_map(|cell| match cell {
            Cell::Code { execution_count, .. } => Some(*execution_count),
            _ => None,
        });
        assert_eq!(
            counts.collect::<Vec<_>>(),
            [None, Some(2), Some(3), Some(5), Some(6), Some(7), Some(8), Some(10)]
        );
    }

    #[test]
    fn every_id_is_claimed_where_it_stands() {
        let ids: Vec<_> =
            claims(CHAPTER).into_iter().map(|claim| format!("{}:{}", claim.line, claim.id)).collect();
        assert_eq!(ids, ["3:C6.1", "3:N6.1", "13:E6.1", "14:Q6.1"]);
    }
}

//! `course collect`.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::{Course, Problem, Verdict, bench, build};
use crate::authoring;
use crate::intake::{Said, Submission, take_cell};
use crate::judge::Exercise;
use crate::store::notebook::{Asked, all_answers, mark_of, read_notebook};
use crate::store::{keep, keep_text};

/// The arguments of `course collect`.
#[derive(clap::Args)]
pub struct Args {
    /// Replace also what was changed in `exercises/` since; copies are kept.
    #[arg(long)]
    force: bool,
}

/// What the notebooks hold.
struct Found<'a> {
    /// Answers to exercises, one each.
    answers: Vec<(&'a Exercise, Answer)>,
    /// Answers to questions, and what could not be read of them.
    said: Submission,
    /// The notebooks that can't be read, and why.
    unreadable: Vec<String>,
}

/// An answer of a notebook.
struct Answer {
    notebook: String,
    source: String,
}

/// A file to hand in.
struct File {
    path: String,
    text: String,
    /// What is there before anybody has written to it.
    stub: String,
    /// What it holds, in words.
    says: String,
}

/// The answers to questions, as `course answer --batch` reads them and `course grade` takes them.
const ANSWERS: &str = "exercises/answers.json";

/// What becomes of an answer's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// It holds the answer already.
    Nothing,
    /// It holds nothing of the learner's own but an earlier copy from a notebook.
    Write,
    /// It holds work that is in no notebook.
    LeaveAlone,
}

/// Runs the command.
///
/// # Errors
/// When a notebook can't be read (the others are collected all the same), or a file not written.
pub fn run(args: Args, course: &Course) -> Result<Verdict, Problem> {
    let exercises = Exercise::all();
    let Found { answers, said, unreadable } = find(course, &exercises)?;
    let mut collected = Collected::load(course);
    let mut left_alone = 0;
    for file in files(course, &answers, &said)? {
        let File { path, text, stub, says } = file;
        let there = fs::read_to_string(course.path(&path)).unwrap_or_default();
        let step = step(&there, &text, &stub, collected.0.get(&path));
        match step {
            Step::Nothing => say!("{path} has {says} already"),
            Step::LeaveAlone if !args.force => {
                left_alone += 1;
                say!(
                    "left alone: {path} has work that is not {says}; `cargo course collect --force` replaces it and keeps a copy"
                );
            }
            Step::Write | Step::LeaveAlone => {
                let copy = if there.is_empty() || there == stub { None } else { keep(course, &path)? };
                bench::write(&course.path(&path), &text)?;
                say!("{path}: {says}");
                if let Some(copy) = copy {
                    say!("  what was there before is kept as {}", copy.display());
                }
            }
        }
        if step != Step::LeaveAlone || args.force {
            collected.0.insert(path, mark_of(&text));
        }
    }
    for note in &said.notes {
        say!("{note}");
    }
    collected.save(course)?;
    if answers.is_empty() && said.questions.is_empty() && unreadable.is_empty() {
        say!("The notebooks hold no answers yet: every exercise is still its stub.");
    }
    match unreadable.as_slice() {
        [] if left_alone == 0 => Ok(Verdict::Good),
        [] => Ok(Verdict::Wrong),
        broken => Err(Problem::new(
            broken.join("\n       "),
            "mend or move these; the answers of all other notebooks were collected",
        )),
    }
}

fn step(there: &str, text: &str, stub: &str, collected: Option<&String>) -> Step {
    if there == text {
        Step::Nothing
    } else if there.is_empty() || there == stub || collected == Some(&mark_of(there)) {
        Step::Write
    } else {
        Step::LeaveAlone
    }
}

fn files(course: &Course, answers: &[(&Exercise, Answer)], said: &Submission) -> Result<Vec<File>, Problem> {
    let mut files = Vec::new();
    for (exercise, answer) in answers {
        files.push(File {
            path: exercise.spec.answer_path(),
            text: authoring::answer_file(&exercise.spec, &answer.source),
            stub: build::stubs(course, std::slice::from_ref(exercise))?.remove(0).text,
            says: format!("the answer to {} in {}", exercise.spec.id, answer.notebook),
        });
    }
    if !said.questions.is_empty() {
        let entry = |(part, said): (&String, &Said)| {
            let drawing = said.drawing.map(|number| format!("#{number}")).unwrap_or_default();
            serde_json::json!({ "question": format!("{part}{drawing}"), "text": said.text })
        };
        let entries: Vec<_> = said.questions.iter().map(entry).collect();
        let says = match entries.len() {
            1 => "the answer to a question in the notebooks".to_owned(),
            many => format!("the answers to {many} parts of questions in the notebooks"),
        };
        let text = serde_json::to_string_pretty(&entries).expect("plain data serialises") + "\n";
        files.push(File { path: ANSWERS.into(), text, stub: String::new(), says });
    }
    Ok(files)
}

/// The answers in all notebooks, one an exercise, and the notebooks that can't be read.
fn find<'a>(course: &Course, exercises: &'a [Exercise]) -> Result<Found<'a>, Problem> {
    let mut by_id: BTreeMap<usize, Answer> = BTreeMap::new();
    let mut said = Submission::default();
    let mut unreadable = Vec::new();
    for path in notebooks(course)? {
        let name = format!("notebooks/{}", path.file_name().unwrap_or_default().to_string_lossy());
        let read = fs::read_to_string(&path).map_err(|e| e.to_string());
        let notebook = match read.and_then(|text| read_notebook(&text).map_err(|e| e.to_string())) {
            Ok(notebook) => notebook,
            Err(why) => {
                unreadable.push(format!("{name}: {why}"));
                continue;
            }
        };
        for answer in all_answers(&notebook).into_iter().filter(|answer| !answer.untouched()) {
            if answer.asked == Asked::Question {
                take_cell(&name, &answer, &mut said);
                continue;
            }
            let Some(place) = exercises.iter().position(|e| e.spec.is_called(&answer.id)) else {
                say!("{name} has an answer to {}, which this course does not have", answer.id);
                continue;
            };
            let found = Answer { notebook: name.clone(), source: answer.source };
            if let Some(first) =
                by_id.insert(place, found).filter(|first| first.source != by_id[&place].source)
            {
                let id = &exercises[place].spec.id;
                let kept = keep_text(course, &format!("answers/{id}.rs"), first.source.as_bytes())?;
                say!("{id} is answered twice; the one in {} is kept as {}", first.notebook, kept.display());
            }
        }
    }
    let answers = by_id.into_iter().map(|(place, answer)| (&exercises[place], answer)).collect();
    Ok(Found { answers, said, unreadable })
}

fn notebooks(course: &Course) -> Result<Vec<PathBuf>, Problem> {
    let folder = course.path("notebooks");
    let entries = fs::read_dir(&folder)
        .map_err(|e| Problem::file("read", &folder, &e, "`git checkout -- notebooks` brings it back"))?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == "ipynb"));
    paths.sort();
    Ok(paths)
}

/// What earlier collects wrote: a file's path, and the mark of its text.
#[derive(Default)]
struct Collected(BTreeMap<String, String>);

impl Collected {
    /// A note that is lost or damaged makes this command more careful, not less.
    fn load(course: &Course) -> Self {
        let text = fs::read(course.private("collected.json")).unwrap_or_default();
        Self(serde_json::from_slice(&text).unwrap_or_default())
    }

    fn save(&self, course: &Course) -> Result<(), Problem> {
        let text = serde_json::to_string_pretty(&self.0).expect("plain data serialises");
        bench::write(&course.private("collected.json"), &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_work_is_left_alone() {
        let mark = |text: &str| Some(mark_of(text));
        assert_eq!(step("stub", "answer", "stub", None), Step::Write);
        assert_eq!(step("", "answer", "stub", None), Step::Write);
        assert_eq!(step("answer", "answer", "stub", None), Step::Nothing);
        assert_eq!(step("older answer", "answer", "stub", mark("older answer").as_ref()), Step::Write);
        assert_eq!(step("my own", "answer", "stub", mark("older answer").as_ref()), Step::LeaveAlone);
        assert_eq!(step("my own", "answer", "stub", None), Step::LeaveAlone);
    }
}

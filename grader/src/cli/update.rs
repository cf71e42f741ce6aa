//! `course update`.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use super::{Course, Problem, Verdict, bench};
use crate::store::{carry_file, carry_notebook, keep, keep_text};

/// The arguments of `course update`.
#[derive(clap::Args)]
pub struct Args {}

/// A file with a learner's work in it.
struct Mine {
    /// Below the top folder.
    path: String,
    text: Vec<u8>,
}

/// Runs the command: keeps what the learner wrote, gets the newer course, puts it back.
///
/// # Errors
/// When there is no newer course to be had, or something went wrong. What the learner wrote is then where it was, or
/// the message says where the copies are.
pub fn run(_args: Args, course: &Course) -> Result<Verdict, Problem> {
    let mine = changed(course)?;
    let mut copies = Vec::new();
    for file in &mine {
        copies.extend(keep(course, &file.path)?);
    }
    let before = git(course, &["rev-parse", "HEAD"])?;
    let result = pull(course, &mine);
    let after = git(course, &["rev-parse", "HEAD"])?;
    if let Err(problem) = result {
        restore(course, &mine)?;
        return Err(problem);
    }
    if before == after {
        restore(course, &mine)?;
        say!("The course is the newest there is. Your work is as it was.");
        return Ok(Verdict::Good);
    }
    put_back(course, &mine, &before, &after).map_err(|problem| {
        let copies: Vec<_> = copies.iter().map(|copy| copy.display().to_string()).collect();
        Problem::new(
            format!(
                "{}\n       the course is new; copies of all your work are {}",
                problem.what,
                copies.join(", ")
            ),
            problem.next,
        )
    })?;
    say!("The course is new: {} → {}.", short(&before), short(&after));
    Ok(Verdict::Good)
}

fn short(commit: &str) -> &str {
    commit.get(..8).unwrap_or(commit)
}

/// Runs git in the course; its output without the line end.
fn git(course: &Course, args: &[&str]) -> Result<String, Problem> {
    let output = Command::new("git").arg("-C").arg(course.root()).args(args).env("LC_ALL", "C").output();
    let output = output.map_err(|e| Problem::new(format!("cannot run git: {e}"), "install git"))?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "\n       ");
        return Err(Problem::new(
            format!("`git {}` failed: {why}", args.join(" ")),
            "your work is as it was; `git status` shows more",
        ));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned())
}

/// The files of the course in which the learner has written. Other changes must not be there: they would be lost.
fn changed(course: &Course) -> Result<Vec<Mine>, Problem> {
    let status = git(course, &["diff", "--name-only", "-z", "HEAD"])?;
    let (answers, other): (Vec<_>, Vec<_>) =
        status.split('\0').filter(|path| !path.is_empty()).partition(|path| holds_answers(path));
    if !other.is_empty() {
        return Err(Problem::new(
            format!("these files of the course are changed, and hold no answers: {}", other.join(", ")),
            "undo the changes (`git checkout -- FILE`), or put them aside (`git stash`), and try again",
        ));
    }
    let mut mine = Vec::new();
    for path in answers {
        let file = course.path(path);
        match fs::read(&file) {
            Ok(text) => mine.push(Mine { path: path.to_owned(), text }),
            // A file that was removed comes back with the new course.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(Problem::file("read", &file, &error, "make it readable, so that it can be kept"));
            }
        }
    }
    Ok(mine)
}

fn holds_answers(path: &str) -> bool {
    let notebook = path.starts_with("notebooks/") && path.ends_with(".ipynb");
    notebook || path.starts_with("exercises/src/e") && path.ends_with(".rs")
}

fn pull(course: &Course, mine: &[Mine]) -> Result<(), Problem> {
    if !mine.is_empty() {
        let paths = mine.iter().map(|file| file.path.as_str());
        let args: Vec<&str> = ["checkout", "--quiet", "HEAD", "--"].into_iter().chain(paths).collect();
        git(course, &args)?;
    }
    git(course, &["pull", "--quiet", "--ff-only"])?;
    Ok(())
}

fn restore(course: &Course, mine: &[Mine]) -> Result<(), Problem> {
    for file in mine {
        let path = course.path(&file.path);
        fs::write(&path, &file.text).map_err(|e| {
            let next = format!("a copy is below {}", course.private("kept").display());
            Problem::file("put your work back into", &path, &e, &next)
        })?;
    }
    Ok(())
}

/// Puts the learner's work into the files of the new course.
fn put_back(course: &Course, mine: &[Mine], before: &str, after: &str) -> Result<(), Problem> {
    let renamed = Renamed::load(course);
    for file in mine {
        let touched = git(course, &["diff", "--name-only", before, after, "--", &file.path])?;
        let result = if touched.is_empty() {
            restore(course, std::slice::from_ref(file))?;
            say!("{}: your work is as it was", file.path);
            continue;
        } else if file.path.ends_with(".ipynb") {
            notebook(course, file, &renamed)
        } else {
            exercise(course, file, before, &renamed)
        };
        if let Err(why) = result? {
            let kept = keep_text(course, &file.path, &file.text)?;
            say!("{}: {why}; your work is kept as {}", file.path, kept.display());
        }
    }
    Ok(())
}

/// The inner error says why the work has no place in the new course.
type Placed = Result<Result<(), String>, Problem>;

fn exercise(course: &Course, file: &Mine, before: &str, renamed: &Renamed) -> Placed {
    let stem = file.path.trim_start_matches("exercises/src/").trim_end_matches(".rs");
    let id = stem.replacen('e', "E", 1).replace('_', ".");
    let now = renamed.now(&id);
    let path = format!("exercises/src/{}.rs", now.to_lowercase().replace('.', "_"));
    let Ok(stub) = fs::read_to_string(course.path(&path)) else {
        return Ok(Err(format!("the new course has no exercise {now}")));
    };
    let Ok(text) = std::str::from_utf8(&file.text) else {
        return Ok(Err("it is no text in UTF-8".into()));
    };
    bench::write(&course.path(&path), &carry_file(text, &stub))?;
    let old_stub = git(course, &["show", &format!("{before}:{}", file.path)])?;
    let changed =
        crate::authoring::answer_body(&old_stub).trim() != crate::authoring::answer_body(&stub).trim();
    say!("{path}: your answer to {now} is put back{}", if changed { ", and its stub changed" } else { "" });
    if changed {
        let kept = keep_text(course, &format!("stubs/{now}.rs"), stub.as_bytes())?;
        say!("  compare it with the new stub: {}", kept.display());
    }
    Ok(Ok(()))
}

fn notebook(course: &Course, file: &Mine, renamed: &Renamed) -> Placed {
    let Ok(new) = fs::read_to_string(course.path(&file.path)) else {
        return Ok(Err("the new course has no such notebook".into()));
    };
    let carried = match carry_notebook(&String::from_utf8_lossy(&file.text), &new, |id| renamed.now(id)) {
        Ok(carried) => carried,
        Err(why) => return Ok(Err(why)),
    };
    bench::write(&course.path(&file.path), &carried.text)?;
    let kept = keep_text(course, &file.path, &file.text)?;
    say!("{}: it is new, with your answers to [{}]", file.path, carried.put.join(", "));
    say!("  the notebook as you left it, with all that you noted in other cells, is {}", kept.display());
    for id in &carried.changed {
        say!("  the stub of {id} changed: `git show HEAD:{}` has the new one", file.path);
    }
    for answer in &carried.left {
        let id = &answer.id;
        let kept = keep_text(course, &format!("answers/{id}.rs"), answer.source.as_bytes())?;
        say!("  it asks for no {id} any more: your answer is kept as {}", kept.display());
    }
    Ok(Ok(()))
}

/// What exercises were called in earlier releases. Read from the new course's data files: this program is still the
/// old one.
struct Renamed(BTreeMap<String, String>);

#[derive(serde::Deserialize)]
struct Names {
    id: String,
    #[serde(default)]
    formerly: Vec<String>,
}

impl Renamed {
    /// A data file that can't be read renames nothing.
    fn load(course: &Course) -> Self {
        let files = fs::read_dir(course.path("grader/exercises")).into_iter().flatten().flatten();
        let names = files
            .filter_map(|file| fs::read_to_string(file.path()).ok())
            .filter_map(|text| toml::from_str::<Names>(&text).ok());
        Self(names.flat_map(|n| n.formerly.into_iter().map(move |old| (old, n.id.clone()))).collect())
    }

    fn now(&self, id: &str) -> String {
        self.0.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }
}

//! `course export`: the chapters as pages of a website that needs nothing but a browser.
//!
//! [`prose`] makes HTML of Markdown, [`formula`] of formulas, [`rust`] of code, [`chapter`] of a notebook; [`site`] puts
//! the pages together. All of them map text to text; reading and writing is done here.

mod chapter;
mod formula;
mod prose;
mod rust;
mod site;

use std::fs;
use std::path::{Path, PathBuf};

use super::{Course, Problem, Verdict, bench, quiz, run};
use crate::grading::write_whole;
use crate::store::notebook::read_with_outputs;
use chapter::Chapter;
use site::{GENERATOR, Page};

/// The arguments of `course export`.
#[derive(clap::Args)]
pub struct Args {
    /// Where to: a folder that is empty, not there yet, or an earlier export (default: .course/site).
    folder: Option<PathBuf>,
    /// The chapters, such as 0-4,6; all without it.
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    chapters: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// When there are no such chapters, a notebook can't be read, or the folder holds something else.
pub fn run(args: Args, course: &Course) -> Result<Verdict, Problem> {
    let wanted = args.chapters.as_deref().map(quiz::numbers).transpose()?;
    let chapters = chapters(course, wanted.as_deref())?;
    let folder = args.folder.unwrap_or_else(|| course.private("site"));
    let pages = site::pages(&chapters)
        .map_err(|why| Problem::new(why, "write the formula in the notebook otherwise"))?;
    write(&folder, &pages)?;
    say!("{}", folder.join("index.html").display());
    Ok(Verdict::Good)
}

/// The chapters of which there is a notebook, in their order.
fn chapters(course: &Course, wanted: Option<&[u32]>) -> Result<Vec<Chapter>, Problem> {
    let mut chapters = Vec::new();
    for path in run::notebooks(&course.path("notebooks")) {
        let number = run::chapter_number(&path).unwrap_or_default();
        if wanted.is_some_and(|wanted| !wanted.contains(&number)) {
            continue;
        }
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let file = format!("notebooks/{stem}.ipynb");
        let broken =
            |why: String| Problem::new(format!("{file}: {why}"), format!("mend {file}, or get it anew"));
        let notebook =
            read_with_outputs(&bench::read(course, &file)?).map_err(|why| broken(why.to_string()))?;
        chapters.push(Chapter::of(&stem, &notebook).map_err(broken)?);
    }
    match chapters.is_empty() {
        true => Err(Problem::new("there are no notebooks of these chapters", "run `cargo course build`")),
        false => Ok(chapters),
    }
}

/// Writes pages into a folder of their own. What an earlier export made and this one does not is removed.
fn write(folder: &Path, pages: &[Page]) -> Result<(), Problem> {
    let problem = |doing: &str, path: &Path, e: &std::io::Error| {
        Problem::file(doing, path, e, "name another folder, or make room")
    };
    let ours = |path: &Path| fs::read_to_string(path).is_ok_and(|text| text.contains(GENERATOR));
    let there: Vec<PathBuf> = match fs::read_dir(folder) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(e) => return Err(problem("read", folder, &e)),
    };
    if !there.is_empty() && !ours(&folder.join("index.html")) {
        let what = format!("{} is there and holds no earlier export of the course", folder.display());
        return Err(Problem::new(what, "name a new folder, or an empty one; nothing there was changed"));
    }
    let pages_there = there.iter().filter(|path| path.extension().is_some_and(|end| end == "html"));
    for old in pages_there.filter(|path| ours(path)) {
        fs::remove_file(old).map_err(|e| problem("remove", old, &e))?;
    }
    fs::create_dir_all(folder).map_err(|e| problem("make", folder, &e))?;
    for page in pages {
        let path = folder.join(&page.path);
        write_whole(&path, page.text.as_bytes()).map_err(|e| problem("write", &path, &e))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;

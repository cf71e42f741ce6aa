//! `course progress`.

use super::{Course, Problem, Verdict};
use crate::judge::{Audience, Exercise};
use crate::progress::{Progress, attempts_in};
use crate::question::banks;

/// The arguments of `course progress`.
#[derive(clap::Args)]
pub struct Args {
    /// A chapter, such as 6, with its exercises and questions; the whole course without it.
    chapter: Option<u32>,
    /// Print everything as JSON.
    #[arg(long, conflicts_with = "chapter")]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// When the file with the progress can't be read, or there is no such chapter.
pub fn run(args: Args, course: &Course) -> Result<Verdict, Problem> {
    let file = course.private("progress.jsonl");
    let attempts =
        attempts_in(&file).map_err(|error| Problem::file("read", &file, &error, "make it readable"))?;
    let progress = Progress::of(&Exercise::all(), banks(), &attempts);
    if args.json {
        say!("{}", serde_json::to_string_pretty(&progress).expect("plain data serialises"));
        return Ok(Verdict::Good);
    }
    let known: Vec<String> = progress.chapters.iter().map(|chapter| chapter.number.to_string()).collect();
    let figure = match args.chapter {
        None => progress.of_course(Audience::Terminal),
        Some(chapter) if known.contains(&chapter.to_string()) => {
            progress.of_chapter(chapter, Audience::Terminal)
        }
        Some(unknown) => {
            let next = format!("name one of {}", known.join(", "));
            return Err(Problem::new(format!("there is no chapter {unknown}"), next));
        }
    };
    say!("{}", figure.as_text().trim_end());
    Ok(Verdict::Good)
}

//! `course review`: a person's word over answers of which the judge is not sure, and over any other result.

use std::io::{BufRead, Write};
use std::path::PathBuf;

use super::grade::{kept, tell_moves};
use super::{Course, Problem, Verdict};
use crate::grading::{About, Kept, Points, Results, Review, Reviews, Waiting, mark, waiting};
use crate::judge::Exercise;
use crate::pipeline::{sanitise, sanitise_line};
use crate::question;

/// The arguments of `course review`.
#[derive(clap::Args)]
pub struct Args {
    /// The folder that was graded.
    folder: PathBuf,
    /// Where results are kept, as for `course grade`.
    #[arg(long, value_name = "FOLDER")]
    results: Option<PathBuf>,
    /// Every answer in free text, also those that the judge is sure of and those that were decided about.
    #[arg(long)]
    all: bool,
    /// List what waits, and ask nothing.
    #[arg(long, conflicts_with_all = ["learner", "item"])]
    list: bool,
    /// Decide about this learner's result, without a conversation: `--learner ann --item E6.1 --points 5 --note "…"`.
    #[arg(long, requires = "item")]
    learner: Option<String>,
    /// The exercise or the part of a question.
    #[arg(long, requires = "learner")]
    item: Option<String>,
    /// The points that it gets, before what lateness costs.
    #[arg(long, requires = "item", value_parser = points)]
    points: Option<Points>,
    /// Why.
    #[arg(long, requires = "points", default_value = "")]
    note: String,
    /// Take back what was decided.
    #[arg(long, requires = "item", conflicts_with = "points")]
    forget: bool,
    /// Who decides, for whoever reads it later.
    #[arg(long, default_value = "")]
    by: String,
}

fn points(text: &str) -> Result<Points, String> {
    text.parse::<f64>().map_err(|e| e.to_string()).and_then(Points::from_number)
}

/// Runs the command.
///
/// # Errors
/// When nothing was graded yet, what is named is not there, or what people decided can't be kept.
pub fn run(args: Args, course: &Course) -> Result<Verdict, Problem> {
    let kept = kept(args.results.clone(), course);
    let results = kept.results(&args.folder, None).ok_or_else(|| {
        let folder = args.folder.display();
        Problem::new(format!("{folder} was not graded yet"), format!("`cargo course grade {folder}` first"))
    })?;
    let reviews = kept.reviews()?;
    match (&args.learner, &args.item) {
        (Some(learner), Some(item)) => one(&args, learner, item, results, reviews, &kept),
        _ if args.list => {
            say!("{}", listed(&waiting(&results, args.all)).trim_end());
            Ok(Verdict::Good)
        }
        _ => {
            let mut desk =
                Desk { by: args.by.clone(), reviews, keep: &mut |reviews| kept.keep_reviews(reviews) };
            converse(
                &waiting(&results, args.all),
                &mut desk,
                std::io::stdin().lock(),
                &mut std::io::stdout(),
            )?;
            let reviews = desk.reviews;
            marked(&args, results, &reviews, &kept)
        }
    }
}

/// Works the points out again, keeps the results, and tells who moved.
fn marked(args: &Args, before: Results, reviews: &Reviews, kept: &Kept) -> Result<Verdict, Problem> {
    let mut now = before.clone();
    let marking = now.marking.clone();
    mark(&mut now, &marking, &Exercise::all(), reviews);
    tell_moves("What was decided changes", &before, &now);
    kept.keep_results(&args.folder, &now).map_err(|(_, why)| {
        let file = kept.results_file(&args.folder, None);
        Problem::file("write", &file, &why, "what was decided is kept: grade again when there is room")
    })?;
    Ok(Verdict::Good)
}

/// A word about one result that the command line names.
fn one(
    args: &Args,
    learner: &str,
    item: &str,
    results: Results,
    mut reviews: Reviews,
    kept: &Kept,
) -> Result<Verdict, Problem> {
    let nobody = || {
        let known: Vec<&str> = results.learners.iter().map(|l| l.learner.as_str()).collect();
        Problem::new(
            format!("there is no learner {}", sanitise_line(learner)),
            sanitise(&format!("name one of: {}", known.join(", "))),
        )
    };
    let found = results.learners.iter().find(|other| other.learner == learner).ok_or_else(nobody)?;
    let exercise = found.exercises.iter().find(|graded| graded.exercise.eq_ignore_ascii_case(item));
    let answered = found.questions.iter().find(|answered| answered.question.eq_ignore_ascii_case(item));
    let (about, of) = match (exercise, answered) {
        (Some(graded), _) => (About::exercise(learner, graded), graded.max_points),
        (_, Some(answered)) => (About::answer(answered), answered.max_points),
        _ => {
            let items = found
                .exercises
                .iter()
                .map(|g| &g.exercise)
                .chain(found.questions.iter().map(|a| &a.question));
            let items: Vec<&str> = items.map(String::as_str).collect();
            return Err(Problem::new(
                format!("{} has no result of {}", sanitise_line(learner), sanitise_line(item)),
                format!("name one of: {}", items.join(", ")),
            ));
        }
    };
    match (args.points, args.forget) {
        (Some(points), _) => {
            reviews.note(review(about, points, of, &args.note, &args.by)?);
        }
        (None, true) if reviews.forget(&about) => {}
        (None, true) => {
            return Err(Problem::new(format!("nothing was decided about {item}"), "`--points N` decides"));
        }
        (None, false) => return Err(Problem::new("no points are given", "say `--points N`, or `--forget`")),
    }
    kept.keep_reviews(&reviews)?;
    marked(args, results.clone(), &reviews, kept)
}

fn review(about: About, points: Points, of: Points, note: &str, by: &str) -> Result<Review, Problem> {
    if of == Points::ZERO {
        return Err(Problem::new("it counts for nothing", "name it in the marks file, and grade again"));
    }
    if points > of {
        return Err(Problem::new(
            format!("{points} are more points than there are: {of}"),
            format!("give 0 to {of}"),
        ));
    }
    Ok(Review { about, points, of, note: sanitise_line(note.trim()), by: sanitise_line(by) })
}

fn listed(waiting: &[Waiting<'_>]) -> String {
    let mut out = String::new();
    for one in waiting {
        let Waiting { answered, why, learners } = one;
        out.push_str(&format!(
            "{} {}: {} of {} points, {} — {}\n",
            answered.question,
            answered.title,
            answered.points,
            answered.max_points,
            match learners.as_slice() {
                [one] => (*one).to_owned(),
                several => format!("{} learners", several.len()),
            },
            why.unwrap_or("the judge is sure"),
        ));
    }
    match waiting.len() {
        0 => out.push_str("Nothing waits.\n"),
        1 => out.push_str("1 answer waits.\n"),
        many => out.push_str(&format!("{many} answers wait.\n")),
    }
    sanitise(&out)
}

/// Where decisions are written down.
struct Desk<'a> {
    by: String,
    reviews: Reviews,
    keep: &'a mut dyn FnMut(&Reviews) -> Result<(), Problem>,
}

const KEYS: &str = "f all points · h half · n none · a number · each also with a reason, \"h names no cause\" · m model answer \
                    · w who gave it · s skip · q stop";

/// Goes through what waits. Every word is kept before the next question is asked.
fn converse(
    waiting: &[Waiting<'_>],
    desk: &mut Desk<'_>,
    mut input: impl BufRead,
    out: &mut impl Write,
) -> Result<(), Problem> {
    let mut tell = |text: &str| {
        // Who looks on may leave; what was decided is kept.
        let _ = write!(out, "{}", sanitise(text)).and_then(|()| out.flush());
    };
    for (at, one) in waiting.iter().enumerate() {
        tell(&put(at + 1, waiting.len(), one));
        loop {
            tell("> ");
            let mut line = String::new();
            if !input.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
                return Ok(());
            }
            match word(line.trim(), one.answered.max_points) {
                Word::Give(points, note) => {
                    let about = About::answer(one.answered);
                    match review(about, points, one.answered.max_points, &note, &desk.by) {
                        Ok(review) => {
                            desk.reviews.note(review);
                            (desk.keep)(&desk.reviews)?;
                            tell(&format!("{points} of {}.\n", one.answered.max_points));
                            break;
                        }
                        Err(problem) => tell(&format!("{problem}\n")),
                    }
                }
                Word::Model => tell(&format!("{}\n", model(&one.answered.question))),
                Word::Who => tell(&format!("{}\n", one.learners.join(", "))),
                Word::Skip => break,
                Word::Stop => return Ok(()),
                Word::Unknown => tell(&format!("{KEYS}\n")),
            }
        }
    }
    tell(if waiting.is_empty() { "Nothing waits.\n" } else { "That was the last.\n" });
    Ok(())
}

/// An answer as it is put to a person: without whose it is.
fn put(number: usize, of: usize, one: &Waiting<'_>) -> String {
    let Waiting { answered, why, learners } = one;
    let mut out = format!("\n── {number} of {of}: {} {} ──\n", answered.question, answered.title);
    if let Ok((asked, address)) = question::find(&answered.question) {
        let part =
            asked.parts.get(address.part.unwrap_or(0)).map(|part| part.prompt.trim()).unwrap_or_default();
        for prompt in [asked.prompt.trim(), part] {
            if !prompt.is_empty() {
                out.push_str(&format!("{prompt}\n"));
            }
        }
    }
    out.push_str("\nThe answer");
    out.push_str(&if learners.len() > 1 {
        format!(", given by {}:\n", learners.len())
    } else {
        ":\n".to_owned()
    });
    out.extend(answered.text.trim().lines().map(|line| format!("    {line}\n")));
    out.push('\n');
    let lists = [('+', &answered.found), ('−', &answered.missing), ('✗', &answered.misconceptions)];
    out.extend(
        lists.iter().flat_map(|(sign, texts)| texts.iter().map(move |text| format!("{sign} {text}\n"))),
    );
    out.push_str(&format!("Judged: {} of {}", answered.points, answered.max_points));
    out.push_str(&why.map_or_else(|| ".\n".to_owned(), |why| format!(", but {why}.\n")));
    if let Some(review) = &answered.review {
        out.push_str(&format!("Decided before: {} of {}. {}\n", review.points, review.of, review.note));
    }
    out.push_str(KEYS);
    out.push('\n');
    out
}

fn model(address: &str) -> String {
    let explained = question::explain(address);
    let part = explained.parts.first();
    part.and_then(|part| part.right.clone()).unwrap_or_else(|| "there is none".to_owned())
}

/// What a person types.
#[derive(Debug, PartialEq)]
enum Word {
    Give(Points, String),
    Model,
    Who,
    Skip,
    Stop,
    Unknown,
}

fn word(line: &str, max: Points) -> Word {
    let (key, note) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let note = note.trim().to_owned();
    match key {
        "f" => Word::Give(max, note),
        "h" => Word::Give(max.share(1, 2), note),
        "n" => Word::Give(Points::ZERO, note),
        "m" => Word::Model,
        "w" => Word::Who,
        "s" => Word::Skip,
        "q" => Word::Stop,
        number => points(number).map_or(Word::Unknown, |points| Word::Give(points, note)),
    }
}

#[cfg(test)]
mod tests;

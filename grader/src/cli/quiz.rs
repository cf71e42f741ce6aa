//! `course quiz`: shows the questions.

use std::io::Write;

use super::{Course, Problem, Verdict};
use crate::question::{Asked, Bank, ask, banks};

/// The arguments of `course quiz`.
#[derive(clap::Args)]
pub struct Args {
    /// The chapter's number, or a question's id; every chapter without it.
    chapter: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// When there are no questions for that chapter, or no such question.
pub fn run(args: Args, _course: &Course) -> Result<Verdict, Problem> {
    let asked = questions(args.chapter.as_deref())?;
    let shown = if args.json {
        serde_json::to_string_pretty(&asked).expect("questions are plain data")
    } else {
        let figures: Vec<String> = asked.iter().map(|question| question.figure().to_string()).collect();
        figures.join(&format!("\n\n{}\n\n", "─".repeat(72)))
    };
    // Whoever closed the pipe has read enough.
    let _ = writeln!(std::io::stdout(), "{shown}");
    Ok(Verdict::Good)
}

/// The questions of a chapter, or one by its id.
fn questions(wanted: Option<&str>) -> Result<Vec<Asked>, Problem> {
    let of = |bank: &Bank| bank.questions.iter().map(|question| ask(&question.id)).collect::<Vec<_>>();
    let Some(wanted) = wanted else { return Ok(banks().iter().flat_map(of).collect()) };
    if wanted.contains('.') {
        return match crate::question::find(wanted) {
            Ok(_) => Ok(vec![ask(wanted)]),
            Err(unknown) => Err(Problem::new(unknown.to_string(), "`cargo course quiz` shows all questions")),
        };
    }
    let number: Option<u32> = wanted.trim().trim_start_matches("ch").parse().ok();
    banks().iter().find(|bank| Some(bank.chapter) == number).map(of).ok_or_else(|| {
        let chapters: Vec<String> = banks().iter().map(|bank| bank.chapter.to_string()).collect();
        Problem::new(
            format!("there are no questions for chapter `{wanted}`"),
            format!("give one of the chapters that have questions: {}", chapters.join(", ")),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chapter_or_one_question_is_shown() {
        assert_eq!(questions(Some("6")).expect("there are").len(), 7);
        assert_eq!(questions(Some("06")).expect("there are").len(), 7);
        assert_eq!(questions(Some("q6.4")).expect("there is").len(), 1);
        assert!(questions(None).expect("there are").len() >= 7);
    }

    #[test]
    fn what_is_not_there_says_what_is() {
        let refused = questions(Some("99")).expect_err("no such chapter").to_string();
        let expected = "error: there are no questions for chapter `99`\n next: give one of the chapters that have questions: 0, 1, ";
        assert!(refused.starts_with(expected), "{refused}");
        assert_eq!(
            questions(Some("Q6.77")).expect_err("no such question").to_string(),
            "error: there is no question `Q6.77`; did you mean Q6.7?\n next: `cargo course quiz` shows all questions"
        );
    }
}

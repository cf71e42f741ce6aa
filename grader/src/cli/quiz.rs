//! `course quiz`: shows the questions, or holds an interview.

use std::io::Write;

use super::{Course, Problem, Verdict, interview};
use crate::question::{Asked, Bank, ask, banks};

/// The arguments of `course quiz`.
#[derive(clap::Args)]
pub struct Args {
    /// The chapter's number, or a question's id; every chapter without it.
    chapter: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Hold a mock interview over all dimensions, of so many minutes; one that isn't over goes on.
    #[arg(
        long,
        value_name = "MINUTES",
        num_args = 0..=1,
        default_missing_value = "30",
        value_parser = clap::value_parser!(u32).range(2..=240),
        conflicts_with_all = ["chapter", "json"]
    )]
    interview: Option<u32>,
    /// Interview: only about these chapters, such as 0-4,6.
    #[arg(long, value_name = "LIST", requires = "interview")]
    chapters: Option<String>,
    /// Interview: draw the questions with this number, so that the same ones come again.
    #[arg(long, value_name = "N", requires = "interview")]
    seed: Option<u64>,
    /// Interview: begin anew, though one isn't over.
    #[arg(long, requires = "interview")]
    new: bool,
}

/// Runs the command.
///
/// # Errors
/// When there are no questions for that chapter, or no such question.
pub fn run(args: Args, course: &Course) -> Result<Verdict, Problem> {
    if let Some(minutes) = args.interview {
        let chapters = args.chapters.as_deref().map(numbers).transpose()?.unwrap_or_default();
        let asked = interview::Asked { minutes, seed: args.seed, chapters, new: args.new };
        return interview::run(&asked, course);
    }
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

/// The numbers of chapters: `0-4,6`.
pub fn numbers(list: &str) -> Result<Vec<u32>, Problem> {
    let known: Vec<u32> = banks().iter().map(|bank| bank.chapter).collect();
    let range = |part: &str| -> Option<Vec<u32>> {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u32, u32) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        // Both ends must be there, so a long range is none.
        let sound = first <= last && known.contains(&first) && known.contains(&last);
        sound.then(|| known.iter().copied().filter(|n| (first..=last).contains(n)).collect())
    };
    let parts: Option<Vec<Vec<u32>>> = list.split(',').map(range).collect();
    parts.map(|parts| parts.concat()).ok_or_else(|| {
        let known: Vec<String> = known.iter().map(u32::to_string).collect();
        Problem::new(
            format!("`{list}` names no chapters"),
            format!("give some of {}, such as 0-4,6", known.join(", ")),
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
    fn chapters_are_listed_and_ranged() {
        assert_eq!(numbers("0-2, 6").unwrap(), [0, 1, 2, 6]);
        for list in ["", "3-1", "six", "0-99", "4,", "-1"] {
            let refused = numbers(list).expect_err("no chapters").to_string();
            assert!(refused.contains("such as 0-4,6"), "{refused}");
        }
    }

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn an_interview_takes_half_an_hour_or_as_long_as_is_said() {
        let minutes = |line: &str| {
            <Line as clap::Parser>::try_parse_from(line.split(' ')).map(|line| line.args.interview).ok()
        };
        assert_eq!(minutes("quiz --interview"), Some(Some(30)));
        assert_eq!(minutes("quiz --interview 45 --chapters 0-6 --seed 3"), Some(Some(45)));
        assert_eq!(minutes("quiz 6"), Some(None));
        for line in ["quiz --interview 1", "quiz --seed 3", "quiz --new", "quiz --interview --json"] {
            assert_eq!(minutes(line), None, "{line}");
        }
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

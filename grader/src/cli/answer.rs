//! `course answer`: judges an answer to a question.

use std::io::{Read, Write};

use super::{Course, Problem, Verdict};
use crate::question::{self, Answer, Feedback, Outside};

/// The arguments of `course answer`.
#[derive(clap::Args)]
pub struct Args {
    /// The question, or its part: Q6.1, Q6.4b.
    id: String,
    /// The answer, in the form that the question asks for; `-` reads it from standard input.
    #[arg(required_unless_present = "explain", allow_negative_numbers = true)]
    answer: Vec<String>,
    /// Give the right answer and its reason instead of judging one.
    #[arg(long, conflicts_with = "answer")]
    explain: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
///
/// # Errors
/// When there is no such question, or the answer can't be understood.
pub fn run(args: Args, _course: &Course) -> Result<Verdict, Problem> {
    if args.explain {
        known(&args.id)?;
        let explained = question::explain(&args.id);
        show(explained.figure(), &explained, args.json);
        return Ok(Verdict::Good);
    }
    // Progress is connected here: the keeper of what was answered takes the place of this closure.
    let mut keep = |_: &str, _: question::Verdict| {};
    let feedback = judge(&args.id, &given(args.answer)?, &mut keep)?;
    if args.json || feedback.verdict != question::Verdict::NotUnderstood {
        show(feedback.figure(), &feedback, args.json);
    }
    outcome(&feedback)
}

/// The answer's words, or what stands on standard input.
fn given(words: Vec<String>) -> Result<Vec<String>, Problem> {
    if words != ["-"] {
        return Ok(words);
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| {
        Problem::new(
            format!("cannot read the answer from standard input: {error}"),
            "give a text file: `cargo course answer ID - < FILE`",
        )
    })?;
    Ok(vec![text])
}

/// Prints a value's data or its text.
fn show(text: impl std::fmt::Display, data: &impl serde::Serialize, json: bool) {
    let shown = match json {
        true => serde_json::to_string_pretty(data).expect("what is shown is plain data"),
        false => text.to_string(),
    };
    // Whoever closed the pipe has read enough; the exit code still tells the verdict.
    let _ = writeln!(std::io::stdout(), "{shown}");
}

fn known(id: &str) -> Result<(), Problem> {
    question::find(id).map(|_| ()).map_err(|unknown| {
        Problem::new(unknown.to_string(), "`cargo course quiz` shows all questions and how each is addressed")
    })
}

/// Judges, and tells `keep` of every verdict on an answer that was understood.
fn judge(
    id: &str,
    words: &[String],
    keep: &mut dyn FnMut(&str, question::Verdict),
) -> Result<Feedback, Problem> {
    known(id)?;
    // The words are joined, as the reader sees them on one line: free text needs no quotation marks.
    let feedback = question::answer_with(id, &Answer::from(words.join(" ")), Outside::default());
    question::record(&feedback.id, feedback.verdict, keep);
    Ok(feedback)
}

fn outcome(feedback: &Feedback) -> Result<Verdict, Problem> {
    match feedback.verdict {
        question::Verdict::Right => Ok(Verdict::Good),
        question::Verdict::Partial(_) | question::Verdict::Wrong => Ok(Verdict::Wrong),
        question::Verdict::NotUnderstood => {
            let said: Vec<&str> = feedback.details.iter().map(|detail| detail.text.as_str()).collect();
            let id =
                feedback.id.split('#').next().unwrap_or(&feedback.id).trim_end_matches(char::is_alphabetic);
            Err(Problem::new(
                format!("{}: {}", feedback.id, said.join(" ")),
                format!("`cargo course quiz {id}` shows the question; nothing was recorded"),
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(id: &str, words: &[&str]) -> (String, Vec<(String, question::Verdict)>) {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        let mut kept = Vec::new();
        let feedback = judge(id, &words, &mut |id, verdict| kept.push((id.to_string(), verdict)));
        let ended = match feedback.and_then(|feedback| outcome(&feedback)) {
            Ok(verdict) => format!("{verdict:?}"),
            Err(problem) => problem.to_string(),
        };
        (ended, kept)
    }

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    /// `--json` after the answer was once read as a part of it.
    #[test]
    fn options_may_follow_the_answer_and_numbers_may_be_negative() {
        let args = |line: &str| <Line as clap::Parser>::try_parse_from(line.split(' ')).map(|line| line.args);
        let read = args("answer Q6.1 -4 --json").expect("it parses");
        assert_eq!((read.answer, read.json), (vec!["-4".to_string()], true));
        assert!(args("answer Q6.1").is_err());
    }

    #[test]
    fn right_and_wrong_answers_end_well_and_are_kept() {
        let kept = |id: &str, verdict| vec![(id.to_string(), verdict)];
        assert_eq!(answered("Q6.1", &["4"]), ("Good".into(), kept("Q6.1", question::Verdict::Right)));
        assert_eq!(
            answered("q6.5a", &["A", "B", "C"]),
            ("Good".into(), kept("Q6.5a", question::Verdict::Right))
        );
        assert_eq!(answered("Q6.1", &["3"]), ("Wrong".into(), kept("Q6.1", question::Verdict::Wrong)));
        assert_eq!(answered("Q6.5a", &["A", "C", "B"]).0, "Wrong");
    }

    #[test]
    fn what_is_not_understood_is_a_problem_and_not_kept() {
        let (ended, kept) = answered("Q6.4", &["4"]);
        assert_eq!(
            ended,
            "error: Q6.4: This question has several parts; answer Q6.4a, Q6.4b, Q6.4c one by one.\n \
             next: `cargo course quiz Q6.4` shows the question; nothing was recorded"
        );
        assert!(kept.is_empty());
        let (ended, kept) = answered("Q6.4d", &["4"]);
        assert!(
            ended.starts_with("error: there is no question `Q6.4d`; did you mean Q6.4a, Q6.4b, Q6.4c?"),
            "{ended}"
        );
        assert!(kept.is_empty());
    }
}

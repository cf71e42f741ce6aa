//! `course answer`: judges an answer to a question.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use super::given::read;
use super::{Course, Problem, Verdict, batch};
use crate::progress::{Attempt, attempts_in, note_in, passes_in};
use crate::question::{self, Answer, Feedback, Outside};

/// The arguments of `course answer`.
#[derive(clap::Args)]
pub struct Args {
    /// The question, or its part: Q6.1, Q6.4b.
    #[arg(required_unless_present = "batch")]
    id: Option<String>,
    /// The answer, in the form that the question asks for. Without it, or with `-`, it is read from standard input.
    #[arg(allow_negative_numbers = true)]
    answer: Vec<String>,
    /// Give the right answer and its reason instead of judging one.
    #[arg(long, conflicts_with = "answer")]
    explain: bool,
    /// Judge the answers of a JSON list, [{"question": "Q9.1", "text": "…"}, …], and note nothing; `-` is standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["id", "answer", "explain"])]
    batch: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// How many bytes are read from standard input.
const LONGEST: usize = 64 << 10;

/// Runs the command.
///
/// # Errors
/// When there is no such question, or the answer can't be understood.
pub fn run(args: Args, course: &Course) -> Result<Verdict, Problem> {
    let Some(id) = args.id else {
        return batch::run(&args.batch.expect("clap requires one of the two"), args.json);
    };
    if args.explain {
        known(&id)?;
        let explained = question::explain(&id);
        show(explained.figure(), &explained, args.json);
        return Ok(Verdict::Good);
    }
    known(&id)?;
    let (id, words) = given(id, args.answer)?;
    let file = course.private("progress.jsonl");
    // A progress that can't be read must not cost the learner her feedback; `cargo course doctor` tells of it.
    let attempts = attempts_in(&file).unwrap_or_default();
    let feedback = judge(&id, &words, &attempts)?;
    if let Some(attempt) = Attempt::at_question(&feedback) {
        note_in(&file, &attempt);
    }
    if args.json || feedback.verdict != question::Verdict::NotUnderstood {
        show(feedback.figure(), &feedback, args.json);
    }
    outcome(&feedback)
}

/// The answer's words, or what stands on standard input; then a question with one text among its parts means that one.
fn given(id: String, words: Vec<String>) -> Result<(String, Vec<String>), Problem> {
    if !words.is_empty() && words != ["-"] {
        return Ok((id, words));
    }
    let id = meant(&id);
    if by_code(&id) {
        // Nobody needs to write anything: the attempts at the exercise tell.
        return Ok((id, vec!["done".into()]));
    }
    let standard = std::io::stdin();
    if standard.is_terminal() {
        eprintln!("Your answer to {id}; end it with Ctrl-D on a line of its own:");
    }
    let next = "write it behind the question, or give a text file: `cargo course answer ID < FILE`";
    let text = read(standard.lock(), LONGEST)
        .map_err(|unusable| unusable.problem("the answer", "standard input", next))?;
    Ok((id, vec![text]))
}

/// The address of the part that a whole text answers.
fn meant(id: &str) -> String {
    match question::ruling::resolve(id) {
        Ok((question, at, address)) if address.part.is_none() && address.seed.is_none() => {
            question.address(at)
        }
        _ => id.to_string(),
    }
}

/// Whether an exercise answers the part, and no text.
fn by_code(id: &str) -> bool {
    let resolved = question::ruling::resolve(id);
    resolved.is_ok_and(|(question, at, _)| matches!(question.parts[at].kind, question::bank::Kind::Code(_)))
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

/// Judges, with what the attempts so far tell of the learner's code.
fn judge(id: &str, words: &[String], attempts: &[Attempt]) -> Result<Feedback, Problem> {
    known(id)?;
    let passes = |exercise: &str, scenario: &str| passes_in(attempts, exercise, scenario);
    // The words are joined, as the reader sees them on one line: free text needs no quotation marks.
    let answer = Answer::from(words.join(" "));
    Ok(question::answer_with(id, &answer, Outside { passes: &passes, ..Outside::default() }))
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

    fn answered(id: &str, words: &[&str], attempts: &[Attempt]) -> (String, Option<(String, u32)>) {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        let feedback = judge(id, &words, attempts);
        let kept = feedback.as_ref().ok().and_then(Attempt::at_question);
        let ended = match feedback.and_then(|feedback| outcome(&feedback)) {
            Ok(verdict) => format!("{verdict:?}"),
            Err(problem) => problem.to_string(),
        };
        (ended, kept.map(|attempt| (attempt.id, attempt.points)))
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
        assert!(args("answer Q6.1").expect("it is read from standard input").answer.is_empty());
        assert_eq!(args("answer --batch - --json").expect("it parses").batch, Some("-".into()));
        for line in
            ["answer", "answer Q6.1 --batch -", "answer --batch - --explain", "answer Q6.1 4 --explain"]
        {
            assert!(args(line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_text_answers_the_part_that_takes_one() {
        assert_eq!(
            ["Q8.2", "Q8.2a", "Q6.1", "Q6.4", "Q6.7#2"].map(meant),
            ["Q8.2b", "Q8.2a", "Q6.1", "Q6.4", "Q6.7#2"]
        );
    }

    #[test]
    fn what_code_answers_waits_for_no_text() {
        assert_eq!(given("Q6.5b".into(), vec![]).unwrap(), ("Q6.5b".to_string(), vec!["done".to_string()]));
        assert!(!by_code("Q6.5a") && !by_code("Q6.5"));
    }

    #[test]
    fn right_and_wrong_answers_end_well_and_are_kept() {
        let kept = |id: &str, points| Some((id.to_string(), points));
        assert_eq!(answered("Q6.1", &["4"], &[]), ("Good".into(), kept("Q6.1", 1)));
        assert_eq!(answered("q6.5a", &["A", "B", "C"], &[]), ("Good".into(), kept("Q6.5a", 1)));
        assert_eq!(answered("Q6.1", &["3"], &[]), ("Wrong".into(), kept("Q6.1", 0)));
        assert_eq!(answered("Q6.5a", &["A", "C", "B"], &[]).0, "Wrong");
    }

    #[test]
    fn code_is_judged_by_the_attempts_at_its_exercise() {
        let attempt = |points, passed: &[&str]| Attempt {
            id: "E6.2".into(),
            points,
            max_points: 9,
            passed: passed.iter().map(ToString::to_string).collect(),
        };
        assert_eq!(answered("Q6.5b", &["done"], &[attempt(2, &["wrap"])]).0, "Good");
        assert_eq!(answered("Q6.5b", &["done"], &[attempt(2, &["clockwise"])]).0, "Wrong");
        let (ended, kept) = answered("Q6.5b", &["done"], &[]);
        assert!(ended.contains("Write exercise E6.2 and check it"), "{ended}");
        assert_eq!(kept, None);
    }

    #[test]
    fn what_is_not_understood_is_a_problem_and_not_kept() {
        let (ended, kept) = answered("Q6.4", &["4"], &[]);
        assert_eq!(
            ended,
            "error: Q6.4: This question has several parts; answer Q6.4a, Q6.4b, Q6.4c one by one.\n \
             next: `cargo course quiz Q6.4` shows the question; nothing was recorded"
        );
        assert!(kept.is_none());
        let (ended, kept) = answered("Q6.4d", &["4"], &[]);
        assert!(
            ended.starts_with("error: there is no question `Q6.4d`; did you mean Q6.4a, Q6.4b, Q6.4c?"),
            "{ended}"
        );
        assert!(kept.is_none());
    }
}

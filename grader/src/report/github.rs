//! GitHub Classroom's autograding: what the steps of a workflow hand on, and the total as a notice.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::item::{Came, Item, item_of_question, items_of_exercise};
use super::words::{self, number};
use crate::grading::{Learner, Points, Results};
use crate::intake::sha256;
use crate::pipeline::sanitise;

/// What a workflow's step writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// For standard output. A runner takes lines of its log for commands, and a submission may hold any line: what is
    /// not ours stands where no command is obeyed.
    pub log: String,
    /// For the file that `$GITHUB_OUTPUT` names: one output for each exercise, `e6_1`, one for all questions, and
    /// `runners` with the names of all. The reporting action wants each as `E6_1_RESULTS` in its environment.
    pub outputs: String,
}

/// The results of one learner.
pub fn write(results: &Results, learner: &Learner) -> Step {
    let steps = steps(results, learner);
    let mut outputs: String = steps
        .iter()
        .map(|(name, value)| format!("{name}={}\n", STANDARD.encode(value.to_string())))
        .collect();
    let names: Vec<&str> = steps.iter().map(|(name, _)| name.as_str()).collect();
    outputs.push_str(&format!("runners={}\n", names.join(",")));
    let total = json!({
        "totalPoints": number(learner.points.unwrap_or_default()),
        "maxPoints": number(learner.max_points),
    });
    let text = super::terminal::learner(results, learner);
    let log = format!("{}::notice title=Autograding report::{total}\n", inert(&text));
    Step { log, outputs }
}

/// The value of each step's output, by its name.
pub fn steps(results: &Results, learner: &Learner) -> Vec<(String, Value)> {
    let exercises = learner.exercises.iter().map(|graded| {
        let name = graded
            .exercise
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
        (name.take(40).collect(), step(&items_of_exercise(&results.marking, graded)))
    });
    let questions: Vec<Item> = learner.questions.iter().map(item_of_question).collect();
    let questions = (!questions.is_empty()).then(|| ("questions".to_owned(), step(&questions)));
    exercises.chain(questions).collect()
}

/// The form of version 1. Its status is an error where the grader failed on a test: that is no zero.
fn step(lines: &[Item]) -> Value {
    let status = |came: Came| match came {
        Came::Passed => "pass",
        Came::Partial | Came::Wrong(_) | Came::NotHandedIn => "fail",
        Came::Broken(_) | Came::GraderFault => "error",
    };
    let all = ["error", "fail"].into_iter().find(|bad| lines.iter().any(|item| status(item.came) == *bad));
    let max: Points = lines.iter().map(|item| item.max_points).sum();
    let test = |item: &Item| {
        json!({
            "name": words::line(&format!("{} {}", item.number.as_deref().unwrap_or(&item.of), item.name)),
            "status": status(item.came),
            "score": number(item.points.unwrap_or_default()),
            "message": item.told,
            "test_code": if item.seed.is_some() { words::command(&item.of) } else { String::new() },
            "filename": "",
            "line_no": 0,
            "duration": 0,
        })
    };
    json!({
        "version": 1,
        "status": all.unwrap_or("pass"),
        "max_score": number(max),
        "tests": lines.iter().map(test).collect::<Vec<_>>(),
    })
}

/// A text with which a runner does nothing: commands stop before it, and go on after it at a word that nobody could put
/// into it, since it is made from the text itself. A bar in front of each line keeps it harmless where the
/// log is printed again without these words; `##[`, the older form of a command, is parted.
pub fn inert(text: &str) -> String {
    let lines: String = sanitise(text)
        .lines()
        .map(|line| format!("│ {}\n", line.replace("##[", "## [").replace('\t', "    ")))
        .collect();
    let word = format!("course-{}", &sha256(&lines)[..32]);
    format!("::stop-commands::{word}\n{lines}::{word}::\n")
}

#[cfg(test)]
mod tests {
    use super::super::{hostile, sample, schema};
    use super::*;

    fn decoded(outputs: &str) -> Vec<(String, Value)> {
        let lines = outputs.lines().filter(|line| !line.starts_with("runners="));
        lines
            .map(|line| {
                let (name, value) = line.split_once('=').unwrap();
                let json = STANDARD.decode(value).unwrap();
                (name.to_owned(), serde_json::from_slice(&json).unwrap())
            })
            .collect()
    }

    /// As the runner reads a log: which commands it would obey.
    fn obeyed(log: &str) -> Vec<&str> {
        let mut obeyed = Vec::new();
        let mut until: Option<String> = None;
        for line in log.lines() {
            let command = line.trim_start().starts_with("::") || line.contains("##[");
            match &until {
                Some(word) if line.trim_start() == *word => until = None,
                Some(_) => {}
                None if command => match line.strip_prefix("::stop-commands::") {
                    Some(word) => until = Some(format!("::{word}::")),
                    None => obeyed.push(line),
                },
                None => {}
            }
        }
        assert_eq!(until, None, "commands go on in the end");
        obeyed
    }

    #[test]
    fn outputs_are_as_documented_and_add_up() {
        let class = sample::class();
        for learner in &class.learners {
            let step = write(&class, learner);
            let outputs = decoded(&step.outputs);
            let mut sum = 0.0;
            for (_, value) in &outputs {
                schema::holds("github-step", value);
                sum += value["tests"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|t| t["score"].as_f64().unwrap())
                    .sum::<f64>();
            }
            assert!((sum - learner.points.unwrap_or_default().number()).abs() < 1e-9, "{}", learner.learner);
            let names: Vec<&str> = outputs.iter().map(|(name, _)| name.as_str()).collect();
            assert!(step.outputs.ends_with(&format!("runners={}\n", names.join(","))));
        }
    }

    #[test]
    fn a_step() {
        let class = sample::class();
        let step = write(&class, sample::learner(&class, "partial"));
        insta::assert_snapshot!(step.log);
        insta::assert_json_snapshot!(decoded(&step.outputs)[0].1);
    }

    #[test]
    fn nothing_of_a_submission_is_a_command() {
        let class = hostile::class();
        for learner in &class.learners {
            let step = write(&class, learner);
            let obeyed = obeyed(&step.log);
            assert_eq!(obeyed.len(), 1, "{obeyed:?}");
            assert!(
                obeyed[0].starts_with("::notice title=Autograding report::{\"maxPoints\":"),
                "{obeyed:?}"
            );
            let ours = ["::stop-commands::course-", "::course-", "::notice title=Autograding report::"];
            for line in step.log.lines() {
                let is_ours = ours.iter().any(|ours| line.starts_with(ours));
                assert!(is_ours || !line.trim_start().starts_with("::") && !line.contains("##["), "{line}");
                assert!(!line.chars().any(char::is_control), "{line:?}");
            }
            for line in step.outputs.lines() {
                let (name, value) = line.split_once('=').unwrap();
                assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{line}");
                assert!(value.is_ascii(), "{line}");
            }
        }
    }

    #[test]
    fn a_text_cannot_hold_the_word_that_ends_it() {
        let once = inert("a\n::stop-commands::x\n  ::notice::\n##[error]x");
        assert_eq!(obeyed(&once), Vec::<&str>::new());
        let word = once.lines().next().unwrap().trim_start_matches("::stop-commands::");
        let again = inert(&format!("::{word}::\n::notice::"));
        assert_eq!(obeyed(&again), Vec::<&str>::new());
        assert!(!again.lines().next().unwrap().contains(word));
    }
}

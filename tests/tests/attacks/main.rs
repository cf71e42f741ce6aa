//! What submissions have done to graders, each as a submission that is graded: the numbers are those of the list of
//! known attacks. None earns a point that it hasn't earned, none harms the machine, another submission or the reader,
//! and the honest exercises beside it keep theirs.
//!
//! Number 41, asking the grader until it has told everything, is met by seeds of an answer's own: see `hidden.rs`. Two numbers have no
//! test: 33, a flaw of the compiler or the kernel, which no sandbox of ours would stop, and 42, since no model reads submissions.

mod archives;
mod machine;
mod reader;
mod reports;
mod verdict;

use course_tests::classroom::{Class, exercise, has_sandbox, learner, solution};
use serde_json::Value;

const COURSE: &str = env!("CARGO_BIN_EXE_course-tested");

/// Grades Eve's attack in the place of E6.1. Her E0.1 is honest and so is Ann's E6.1: both get their points.
fn attack(text: &str) -> Value {
    attack_with(text, |_| {})
}

/// [`attack`], with more in the class's folder.
fn attack_with(text: &str, more: impl Fn(&Class)) -> Value {
    let class = Class::default();
    class.submit("eve", text);
    class.put("eve", "e0_1.rs", solution("e0_1"));
    class.submit("ann", &solution("e6_1"));
    more(&class);
    let results = class.graded(COURSE, &["--exercise", "E0.1"]);
    assert_eq!(learner(&results, "ann")["points"], 8, "{results:#}");
    assert_eq!(exercise(&results, "eve", "E0.1")["outcome"], "passed", "{results:#}");
    exercise(&results, "eve", "E6.1").clone()
}

/// Grades an attack that a wrong answer makes: it stays wrong.
fn earns_nothing(text: &str) -> Value {
    let result = attack(text);
    assert_eq!(result["points"], 0, "{result:#}");
    result
}

/// Grades an attack that the compiler refuses, with a word of why.
fn is_refused(text: &str, why: &str) -> Value {
    let result = earns_nothing(text);
    assert_eq!(result["outcome"], "not-compiled", "{result:#}");
    assert!(result["assessment"]["fault"].to_string().contains(why), "{why:?} is not in {result:#}");
    result
}

/// What the attack printed on standard output.
fn printed(result: &Value) -> &str {
    result["assessment"]["printed"]["stdout"].as_str().unwrap_or_default()
}

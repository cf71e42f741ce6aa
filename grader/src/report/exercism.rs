//! Exercism's `results.json`, version 3: one learner's answer to one exercise.

use serde_json::{Value, json};

use super::item::{Came, Item, items_of_exercise};
use super::words;
use crate::grading::{Graded, Marking};

/// Most characters of a message, and of what the code printed.
const MESSAGE: usize = 65_535;
const OUTPUT: usize = 500;

/// The result of an exercise. Where nothing ran there are no tests, and the message says why.
pub fn write(marking: &Marking, graded: &Graded) -> Value {
    let lines = items_of_exercise(marking, graded);
    let ran = graded.assessment.as_ref().is_some_and(|seen| seen.fault.is_none());
    if !ran {
        let told = lines.first().map(|item| item.told.as_str()).filter(|told| !told.is_empty());
        let told = told.unwrap_or("there is no answer that could run");
        return json!({"version": 3, "status": "error", "message": words::cut(told, MESSAGE), "tests": []});
    }
    let status = if lines.iter().all(|item| item.came == Came::Passed) { "pass" } else { "fail" };
    let printed: Vec<String> =
        words::printed(graded).into_iter().map(|(name, text)| format!("{name}:\n{text}")).collect();
    let printed = words::cut(&printed.join("\n"), OUTPUT);
    let tests = lines.iter().enumerate().map(|(at, item)| test(at + 1, item, &printed));
    json!({"version": 3, "status": status, "message": null, "tests": tests.collect::<Vec<_>>()})
}

fn test(number: usize, item: &Item, printed: &str) -> Value {
    let status = match item.came {
        Came::Passed => "pass",
        Came::Partial | Came::Wrong(_) => "fail",
        Came::Broken(_) | Came::NotHandedIn | Came::GraderFault => "error",
    };
    let scenario = item.scenario.as_deref().unwrap_or_default();
    let mut test = json!({
        "name": item.name,
        "status": status,
        "task_id": number,
        "test_code": format!("{} # scenario {scenario}", words::command(&item.of)),
    });
    if item.came != Came::Passed {
        test["message"] = json!(words::cut(&item.told, MESSAGE));
        if !printed.is_empty() {
            // What is printed is not told apart by scenario.
            test["output"] = json!(printed);
        }
    }
    test
}

#[cfg(test)]
mod tests {
    use super::super::{hostile, sample, schema};
    use super::*;

    #[test]
    fn every_exercise_is_written_as_documented_in_the_order_of_its_scenarios() {
        let class = sample::class();
        for graded in class.learners.iter().flat_map(|learner| &learner.exercises) {
            let written = write(&class.marking, graded);
            schema::holds("exercism-results", &written);
            let ran = written["status"] != "error";
            assert_eq!(written["message"].is_string(), !ran, "{written:#}");
            let names: Vec<&str> =
                written["tests"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect();
            let scenarios = graded.assessment.iter().flat_map(|seen| &seen.report.scenarios);
            let titles: Vec<&str> = scenarios.map(|s| s.title.as_str()).collect();
            assert!(!ran || names == titles, "{names:?}");
        }
    }

    #[test]
    fn a_partly_right_answer() {
        let class = sample::class();
        let partial = sample::learner(&class, "partial");
        insta::assert_json_snapshot!(write(&class.marking, &partial.exercises[0]));
    }

    #[test]
    fn long_and_hostile_texts_are_cut_and_fit() {
        let class = hostile::class();
        let mut cut = 0;
        for graded in class.learners.iter().flat_map(|learner| &learner.exercises) {
            let written = write(&class.marking, graded);
            schema::holds("exercism-results", &written);
            hostile::is_fit_to_print(&written);
            for test in written["tests"].as_array().unwrap() {
                let output = test["output"].as_str().unwrap_or_default();
                assert!(output.chars().count() <= OUTPUT);
                cut += usize::from(output.ends_with("(cut)"));
            }
        }
        assert!(cut > 0, "a long output is in the sample");
    }
}

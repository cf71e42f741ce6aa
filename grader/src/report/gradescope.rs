//! Gradescope's `results.json`, as its documentation of autograders describes it.

use serde_json::{Map, Value, json};

use super::item::{Item, items};
use super::words::{self, number};
use crate::grading::{Learner, Results};

/// Who may see the tests on Gradescope.
pub const VISIBLE: &str = "visible";

/// The results of one learner. The total is hers, with lateness and what people decided. A test that the grader failed
/// on has no score, and the text above says so: it is no silent zero.
///
/// Everything is marked as plain text, which Gradescope escapes.
pub fn write(results: &Results, learner: &Learner) -> Value {
    let lines = items(&results.marking, learner);
    json!({
        "score": number(learner.points.unwrap_or_default()),
        "execution_time": seconds(learner),
        "output": output(results, learner),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": VISIBLE,
        "stdout_visibility": "hidden",
        "extra_data": extra(results, learner, &lines),
        "tests": lines.iter().map(test).collect::<Vec<_>>(),
    })
}

/// What all programs took together, in seconds.
fn seconds(learner: &Learner) -> f64 {
    let took =
        learner.exercises.iter().filter_map(|graded| graded.assessment.as_ref()).map(|seen| seen.took_ms);
    took.sum::<u64>() as f64 / 1000.0
}

fn output(results: &Results, learner: &Learner) -> String {
    let mut lines: Vec<String> = words::standing(learner).into_iter().collect();
    lines.push(format!("{} points, {}.", words::points_of(learner), words::percent_of(learner)));
    lines.extend(learner.notes.iter().map(|note| words::line(note)));
    for graded in &learner.exercises {
        let notes = words::about_exercise(graded).into_iter();
        lines.extend(notes.map(|note| format!("{}: {note}", words::line(&graded.exercise))));
    }
    lines.push(words::in_force(results));
    lines.join("\n")
}

fn extra(results: &Results, learner: &Learner, lines: &[Item]) -> Value {
    let mut seeds: Map<String, Value> = Map::new();
    for item in lines {
        if let (Some(scenario), Some(seed)) = (&item.scenario, item.seed) {
            seeds.entry(item.of.clone()).or_insert_with(|| json!({}))[scenario] = json!(seed);
        }
    }
    json!({
        "schema": results.schema,
        "grader": words::line(&results.grader),
        "learner": words::line(&learner.learner),
        "percent": learner.percent,
        "not_graded": learner.not_graded(),
        "seeds": seeds,
    })
}

fn test(item: &Item) -> Value {
    let mut test = json!({
        "name": format!("{} {}", item.of, item.name),
        "max_score": number(item.max_points),
        "output": output_of(item),
        "tags": [item.of, item.came.shown()],
        "visibility": VISIBLE,
    });
    if let Some(number) = &item.number {
        test["number"] = json!(number);
    }
    if let Some(points) = item.points {
        let passed = item.came == super::Came::Passed;
        test["score"] = number(points);
        test["status"] = json!(if passed { "passed" } else { "failed" });
    }
    if let (Some(scenario), Some(seed)) = (&item.scenario, item.seed) {
        test["extra_data"] = json!({"scenario": scenario, "seed": seed});
    }
    test
}

fn output_of(item: &Item) -> String {
    match (item.told.is_empty(), item.seed) {
        (true, _) => item.came.shown().to_owned(),
        (false, Some(_)) => format!("{}\n\nAgain: {}", item.told, words::command(&item.of)),
        (false, None) => item.told.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{hostile, sample, schema};
    use super::*;

    #[test]
    fn every_learner_is_written_as_documented_and_sums_up() {
        let class = sample::class();
        for learner in &class.learners {
            let written = write(&class, learner);
            schema::holds("gradescope-results", &written);
            let sum: f64 =
                written["tests"].as_array().unwrap().iter().filter_map(|t| t["score"].as_f64()).sum();
            assert!((sum - written["score"].as_f64().unwrap()).abs() < 1e-9, "{written:#}");
            assert!(written["execution_time"].is_number());
        }
    }

    #[test]
    fn a_failure_of_the_grader_is_told_and_has_no_score() {
        let class = sample::class();
        let written = write(&class, sample::learner(&class, "fault"));
        assert!(written["output"].as_str().unwrap().contains("no zero"), "{written:#}");
        let tests = written["tests"].as_array().unwrap();
        let without = tests.iter().filter(|test| test.get("score").is_none());
        assert!(without.clone().count() > 0);
        assert!(without.clone().all(|test| test["output"].as_str().unwrap().contains("the grader failed")));
    }

    #[test]
    fn a_learner() {
        let class = sample::class();
        insta::assert_json_snapshot!(write(&class, sample::learner(&class, "late")));
    }

    #[test]
    fn hostile_texts_stay_text() {
        let class = hostile::class();
        for learner in &class.learners {
            let written = write(&class, learner);
            schema::holds("gradescope-results", &written);
            hostile::is_fit_to_print(&written);
            for key in ["output_format", "test_output_format", "test_name_format"] {
                assert_eq!(written[key], "text");
            }
            assert!(
                written["tests"].as_array().unwrap().iter().all(|test| test.get("output_format").is_none())
            );
        }
    }
}

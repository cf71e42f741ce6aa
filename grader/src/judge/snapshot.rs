//! The text form of recorded observations: the files in `grader/snapshots`.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Fingerprints;
use crate::exercise::Observation;

/// The reference's observations by scenario, as JSON with one line a step, so that a difference reads as one. Runs
/// are left out: they are for a reader's eyes.
pub fn reference_text(observations: &BTreeMap<String, Observation>) -> String {
    let mut out = String::from("{");
    for (index, (scenario, seen)) in observations.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(out, "{comma}\n  {}: {{\n    \"steps\": [", json(scenario));
        for (index, step) in seen.steps.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let _ = write!(out, "{comma}\n      {}", json(&step.in_order()));
        }
        let _ = write!(out, "\n    ],\n    \"ending\": {}\n  }}", json(&seen.ending));
    }
    out.push_str("\n}");
    out
}

/// The mutants' fingerprints by mutant and scenario, as JSON.
pub fn mutants_text(mutants: &Fingerprints) -> String {
    serde_json::to_string_pretty(mutants).expect("plain data serialises")
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("plain data serialises")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exercise::{Ending, Step};

    #[test]
    fn what_is_written_is_read_again() {
        let step = |what: &str| Step { what: what.into(), got: serde_json::json!({"a": [1, "\n"]}) };
        let seen = |steps| Observation { steps, ending: Ending::Complete, run: None };
        let all = BTreeMap::from([
            ("one".to_owned(), seen(vec![step("x"), step("y")])),
            ("two".to_owned(), seen(Vec::new())),
        ]);
        let text = reference_text(&all);
        insta::assert_snapshot!(text);
        assert_eq!(serde_json::from_str::<BTreeMap<String, Observation>>(&text).unwrap(), all);
    }
}

//! What was seen of an answer in one scenario.

use replication_lab::trace::Trace;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What was seen of an answer in one scenario: plain data, in the order in which it happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// The steps, each with what the answer did.
    pub steps: Vec<Step>,
    /// How the scenario ended.
    pub ending: Ending,
    /// The run in the lab, where there was one: for the reader's eyes, never compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Trace>,
}

/// One step: what was done, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What was asked or looked at, as a reader would write it: `quorum(3, 2, 2)`.
    pub what: String,
    /// What came of it.
    pub got: Value,
}

/// How a scenario ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "how")]
pub enum Ending {
    /// The scenario was driven to its end.
    Complete,
    /// The answer is a stub: it reached `todo!()` or `unimplemented!()`.
    Unfinished {
        /// The text of the `todo!()`.
        message: String,
    },
    /// The answer panicked.
    Panicked {
        /// The panic's message.
        message: String,
        /// Line of the learner's file or cell, as `file:line`, if it is known.
        at: Option<String>,
    },
    /// The answer did not come back within the time limit.
    TimedOut {
        /// The limit, in milliseconds.
        after_ms: u64,
    },
}

impl Step {
    /// The step with the keys of every object sorted. They are anyway, unless another crate of the same program
    /// has serde_json keep them in the order in which they came.
    pub fn in_order(&self) -> Step {
        Step { what: self.what.clone(), got: in_order(&self.got) }
    }
}

fn in_order(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let sorted: std::collections::BTreeMap<_, _> = map.iter().collect();
            Value::Object(sorted.into_iter().map(|(key, value)| (key.clone(), in_order(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(in_order).collect()),
        other => other.clone(),
    }
}

impl Observation {
    /// One number for how the answer behaved: equal observations have equal fingerprints. In which line it panicked and after
    /// what time it was given up are no behaviour.
    pub fn fingerprint(&self) -> u64 {
        let steps: Vec<_> = self.steps.iter().map(Step::in_order).collect();
        let ending = match &self.ending {
            Ending::Panicked { message, .. } => &Ending::Panicked { message: message.clone(), at: None },
            Ending::TimedOut { .. } => &Ending::TimedOut { after_ms: 0 },
            other => other,
        };
        let compared = serde_json::to_vec(&(steps, ending)).expect("plain data serialises");
        xxhash_rust::xxh3::xxh3_64(&compared)
    }

    /// Whether both saw the same; the runs are not compared.
    pub fn same_as(&self, other: &Observation) -> bool {
        self.steps == other.steps && self.ending == other.ending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A misconception was not recognised where the learner's code panicked in another line than the mutant's.
    #[test]
    fn the_line_of_a_panic_is_no_behaviour() {
        let ended = |ending| Observation { steps: Vec::new(), ending, run: None }.fingerprint();
        let panicked = |message: &str, at: &str| {
            ended(Ending::Panicked { message: message.into(), at: Some(at.into()) })
        };
        assert_eq!(panicked("no such row", "solutions/src/e4_2.rs:7"), panicked("no such row", "cell:3"));
        assert_ne!(panicked("no such row", "cell:3"), panicked("divided by zero", "cell:3"));
        assert_eq!(ended(Ending::TimedOut { after_ms: 5_000 }), ended(Ending::TimedOut { after_ms: 2_000 }));
        assert_ne!(ended(Ending::Complete), ended(Ending::TimedOut { after_ms: 5_000 }));
    }
}

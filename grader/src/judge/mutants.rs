//! Recognises known-wrong behaviour.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::exercise::Observation;

/// What the mutants of an exercise were seen to do: by mutant and scenario, the fingerprint of the observation,
/// written in hexadecimal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fingerprints(pub BTreeMap<String, BTreeMap<String, String>>);

impl Fingerprints {
    /// A fingerprint as it is written down.
    pub fn written(observation: &Observation) -> String {
        format!("{:016x}", observation.fingerprint())
    }

    /// The mutants that behave in `scenario` as was seen. The more scenarios agree in all, the earlier.
    pub fn like(&self, scenario: &str, seen: &BTreeMap<&str, &Observation>) -> Vec<&str> {
        let Some(here) = seen.get(scenario).map(|observation| Self::written(observation)) else {
            return Vec::new();
        };
        let agreeing = |of: &BTreeMap<String, String>| {
            seen.iter().filter(|(id, seen)| of.get(**id) == Some(&Self::written(seen))).count()
        };
        let mut alike: Vec<_> = self.0.iter().filter(|(_, of)| of.get(scenario) == Some(&here)).collect();
        alike.sort_by_key(|(name, of)| (std::cmp::Reverse(agreeing(of)), name.as_str()));
        alike.into_iter().map(|(name, _)| name.as_str()).collect()
    }
}

//! How long compiling the kernel still takes.
//!
//! Counting crates would mislead: two of rust-analyzer's take a third of the time. So each crate weighs what it
//! was measured to cost, and the speed of this machine is learnt while it compiles.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

/// Seconds of one core that the heavy crates took, measured with `cargo build --timings` on the course's profile.
const HEAVY: [(&str, f64); 24] = [
    ("ra_ap_hir_ty", 130.0),
    ("ra_ap_hir_def", 60.0),
    ("ra_ap_intern", 24.0),
    ("ra_ap_hir", 19.0),
    ("ra_ap_hir_expand", 15.0),
    ("ra_ap_syntax", 13.0),
    ("syn", 11.0),
    ("similar", 11.0),
    ("ra_ap_project_model", 11.0),
    ("ra_ap_ide_assists", 10.0),
    ("evcxr", 8.0),
    ("regex-syntax", 7.0),
    ("ra_ap_base_db", 6.0),
    ("ra_ap_ide_db", 6.0),
    ("regex-automata", 6.0),
    ("salsa", 6.0),
    ("ra_ap_ide", 6.0),
    ("tokio", 5.0),
    ("ra_ap_parser", 5.0),
    ("zerocopy", 4.0),
    ("serde_derive", 4.0),
    ("ra_ap_stdx", 4.0),
    ("object", 4.0),
    ("backtrace", 4.0),
];

/// What any other crate took on average, seconds.
const LIGHT: f64 = 0.6;

/// What was measured before anything is learnt about this machine: weights a second, for the cores it has.
/// rust-analyzer's crates wait for one another, so more than four cores hardly help.
fn prior_speed(cores: usize) -> f64 {
    cores.min(4) as f64
}

/// How long the prior counts as if it had been observed, seconds.
const PRIOR_SECONDS: f64 = 20.0;

fn weight(package: &str) -> f64 {
    HEAVY.iter().find(|(name, _)| *name == package).map_or(LIGHT, |(_, weight)| *weight)
}

/// The crates of one build, by package id, with what is done.
#[derive(Clone, Debug)]
pub struct Estimate {
    left: BTreeMap<String, f64>,
    crates: usize,
    compiled: f64,
    cores: usize,
}

impl Estimate {
    /// For the normal and build dependencies of the package `top`, from the output of `cargo metadata`.
    pub fn from_metadata(metadata: &Value, top: &str, cores: usize) -> Self {
        let names: BTreeMap<&str, &str> = items(&metadata["packages"])
            .filter_map(|package| Some((package["id"].as_str()?, package["name"].as_str()?)))
            .collect();
        let edges: BTreeMap<&str, Vec<&str>> = items(&metadata["resolve"]["nodes"])
            .filter_map(|node| Some((node["id"].as_str()?, dependencies(node))))
            .collect();
        let mut found = BTreeSet::new();
        let mut open: Vec<&str> = names.iter().filter(|(_, name)| **name == top).map(|(id, _)| *id).collect();
        while let Some(id) = open.pop() {
            if found.insert(id) {
                open.extend(edges.get(id).into_iter().flatten().copied());
            }
        }
        let weigh = |id: &str| (id.to_string(), weight(names.get(id).copied().unwrap_or_default()));
        let left: BTreeMap<String, f64> = found.into_iter().map(weigh).collect();
        Self { crates: left.len(), left, compiled: 0.0, cores }
    }

    /// How many crates there are.
    pub fn crates(&self) -> usize {
        self.crates
    }

    /// How many are done.
    pub fn done(&self) -> usize {
        self.crates - self.left.len()
    }

    /// A crate's library is done; `fresh` when it had been compiled before.
    pub fn finish(&mut self, package_id: &str, fresh: bool) {
        if let Some(weight) = self.left.remove(package_id)
            && !fresh
        {
            self.compiled += weight;
        }
    }

    /// What is left, after `elapsed` in all and `silent` since the last crate was done.
    pub fn left(&self, elapsed: Duration, silent: Duration) -> Duration {
        let prior = prior_speed(self.cores);
        // Speed is learnt from the time until the last event: the crates that are being compiled now are further
        // than it says.
        let observed = elapsed.saturating_sub(silent).as_secs_f64();
        let speed = (self.compiled + prior * PRIOR_SECONDS) / (observed + PRIOR_SECONDS);
        let left = self.left.values().sum::<f64>() / speed - silent.as_secs_f64();
        Duration::from_secs_f64(left.max(0.0))
    }
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The packages that a node of the resolved graph needs for compiling, tests left out.
fn dependencies(node: &Value) -> Vec<&str> {
    items(&node["deps"])
        .filter(|dependency| items(&dependency["dep_kinds"]).any(|kind| kind["kind"] != "dev"))
        .filter_map(|dependency| dependency["pkg"].as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn estimate() -> Estimate {
        let node = |id: &str, deps: &[(&str, Option<&str>)]| {
            let deps: Vec<_> =
                deps.iter().map(|(pkg, kind)| json!({"pkg": pkg, "dep_kinds": [{"kind": kind}]})).collect();
            json!({"id": id, "deps": deps})
        };
        let metadata = json!({
            "packages": [{"id": "k", "name": "course-kernel"}, {"id": "t", "name": "ra_ap_hir_ty"},
                {"id": "x", "name": "x"}, {"id": "i", "name": "insta"}],
            "resolve": {"nodes": [node("k", &[("t", None), ("i", Some("dev"))]), node("t", &[("x", Some("build"))]),
                node("x", &[]), node("i", &[])]},
        });
        Estimate::from_metadata(&metadata, "course-kernel", 2)
    }

    #[test]
    fn tests_dependencies_are_left_out_and_build_dependencies_are_not() {
        assert_eq!(estimate().crates(), 3);
    }

    #[test]
    fn the_estimate_falls_with_time_and_with_every_crate() {
        let seconds = |value: u64| Duration::from_secs(value);
        let mut estimate = estimate();
        let first = estimate.left(seconds(0), seconds(0));
        assert!(first > seconds(60) && first < seconds(70), "{first:?}");
        estimate.finish("x", false);
        let later = estimate.left(seconds(1), seconds(0));
        assert!(estimate.left(seconds(11), seconds(10)) < later);
        estimate.finish("t", false);
        estimate.finish("k", false);
        assert_eq!(estimate.done(), 3);
        assert_eq!(estimate.left(seconds(80), seconds(0)), seconds(0));
    }

    #[test]
    fn crates_that_were_compiled_before_do_not_make_the_machine_look_fast() {
        let (mut fresh, mut compiled) = (estimate(), estimate());
        fresh.finish("t", true);
        compiled.finish("t", false);
        let at = |estimate: &Estimate| estimate.left(Duration::from_secs(5), Duration::ZERO);
        assert!(at(&fresh) > at(&compiled));
    }
}

//! The scenarios of E5.4.

use super::Forwarder;
use super::harness::{Harness, both_ways};
use crate::exercise::{Recorder, Task};

/// Why a harness can't fail.
const OURS: &str = "the names and times of a scenario are its own";

pub(super) fn drive<F: Forwarder>(task: &Task, notes: &Recorder) {
    let one_way = |neighbours: &[&str], faults: &str| {
        Harness::<F>::new(task.seed, neighbours, faults, notes).expect(OURS)
    };
    let two_way = |leaders: usize, links: &[&str], faults: &str| {
        let neighbours = both_ways(leaders, links);
        let neighbours: Vec<&str> = neighbours.iter().map(String::as_str).collect();
        Harness::<F>::new(task.seed, &neighbours, faults, notes).expect(OURS)
    };
    match task.scenario.as_str() {
        "ring" => {
            let mut run = one_way(&["B", "C", "D", "A"], "");
            run.insert('A', "x", "1").until(15).insert('C', "y", "2").until(500).look("in the end").over();
        }
        "star" => {
            let mut run = two_way(4, &["AB", "AC", "AD"], "");
            run.insert('B', "x", "1").until(50).insert('A', "y", "2").until(500).look("in the end").over();
        }
        "all-to-all" => {
            let mut run = two_way(4, &["AB", "AC", "AD", "BC", "BD", "CD"], "");
            for (leader, key) in [('A', "a"), ('B', "b"), ('C', "c"), ('D', "d")] {
                run.insert(leader, key, "1");
            }
            run.until(500).look("in the end").over();
        }
        "overtaking" => {
            let mut run = two_way(3, &["AB", "AC", "BC"], "0 ms  link A → C takes 290 ms more");
            run.insert('A', "x", "1").until(50).update('B', "x", "2").until(100).look("after 100 ms");
            run.until(500).look("in the end").over();
        }
        "chain" => {
            let faults = "0 ms  link A → D takes 290 ms more\n0 ms  link B → D takes 190 ms more";
            let mut run = two_way(4, &["AB", "AC", "AD", "BC", "BD", "CD"], faults);
            run.insert('A', "x", "1").until(20).update('B', "x", "2").until(40).delete('C', "x");
            run.until(60).insert('C', "y", "3").until(280).look("after 280 ms");
            run.until(500).look("in the end").over();
        }
        "own-order" => {
            let faults = "0 ms  link A → B takes 290 ms more\n15 ms  link A → B takes 0 ms more";
            let mut run = two_way(2, &["AB"], faults);
            run.insert('A', "x", "1").until(20).insert('A', "y", "2").until(40).update('A', "x", "3");
            run.until(100).look("after 100 ms").until(500).look("in the end").over();
        }
        "unrelated" => {
            // D has not heard of x when it inserts y, so y needs nothing. It comes to C after what has to wait there.
            let faults = "0 ms  link A → C takes 290 ms more\n0 ms  link D → C takes 90 ms more";
            let mut run = two_way(4, &["AB", "AC", "AD", "BC", "BD", "CD"], faults);
            run.insert('A', "x", "1").insert('D', "y", "2").until(50).update('B', "x", "3");
            run.until(150).look("after 150 ms");
            run.until(500).look("in the end").over();
        }
        "two-ways" => {
            // A ring whose links go both ways, and one across: each change comes to some leaders twice.
            let mut run = two_way(5, &["AB", "BC", "CD", "DE", "AE", "BD"], "");
            run.insert('A', "x", "1").until(100).update('C', "x", "2").until(200).insert('E', "y", "3");
            run.until(500).look("in the end").over();
        }
        "dead-in-the-ring" => {
            let mut run = one_way(&["B", "C", "D", "E", "A"], "5 ms  C crashes\n250 ms  C restarts");
            run.until(10).insert('A', "x", "1").insert('D', "y", "2").until(200).look("C is down");
            run.connect('B', 'D').until(240).look("B sends to D");
            run.until(260).connect('B', 'C').until(300).update('E', "x", "4");
            run.until(500).look("C is back").over();
        }
        "dead-root" => {
            let mut run = two_way(4, &["AB", "AC", "AD"], "100 ms  A crashes");
            run.insert('B', "x", "1").until(150).update('C', "x", "2").insert('D', "y", "3");
            run.until(200).look("A is down");
            for (from, to) in [('B', 'C'), ('B', 'D'), ('C', 'B'), ('D', 'B')] {
                run.connect(from, to);
            }
            run.until(300).look("B is the root").delete('D', "x").until(500).look("in the end").over();
        }
        "waits-and-is-sent" => {
            // C holds an update back, and is asked to send all that it has.
            let mut run = two_way(4, &["AB", "AC", "BC"], "0 ms  link A → C takes 290 ms more");
            run.insert('A', "x", "1").until(50).update('B', "x", "2").until(100).connect('C', 'D');
            run.until(200).look("D has got what waits at C").until(500).look("in the end").over();
        }
        other => panic!("E5.4 has no scenario {other:?}"),
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use std::collections::BTreeMap;

    use super::super::harness::{SENT, TROUBLE};
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// The most messages that a leader sends in any of these runs, and then some.
    const TOO_MANY: u64 = 40;

    /// What holds for every forwarder.
    pub fn invariants(_task: &Task, seen: &Observation) -> Vec<Violation> {
        let mut broken = Vec::new();
        for step in seen.steps.iter().filter(|step| step.what == TROUBLE) {
            let trouble: Vec<String> = serde_json::from_value(step.got.clone()).unwrap_or_default();
            for what in trouble {
                let (rule, why) = if what.ends_with("again") {
                    ("each-change-once", "a change that is applied twice can undo what came between")
                } else {
                    (
                        "no-effect-before-its-cause",
                        "it came before what it depends on, and its effect is lost for good",
                    )
                };
                broken.push(Violation::new(rule, format!("{what}: {why}")));
            }
        }
        for step in seen.steps.iter().filter(|step| step.what == SENT) {
            let sent: BTreeMap<String, u64> = serde_json::from_value(step.got.clone()).unwrap_or_default();
            if let Some((who, count)) = sent.iter().find(|(_, count)| **count > TOO_MANY) {
                let why = format!(
                    "{who} has sent {count} messages and more for a handful of changes: they go round"
                );
                broken.push(Violation::new("changes-do-not-go-round", why));
            }
        }
        broken
    }
}

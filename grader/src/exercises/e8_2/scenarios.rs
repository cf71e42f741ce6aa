//! The scenarios of E8.2.

use replication_lab::capacity::planner::TEXTBOOK;
use serde_json::json;

use super::{Ceiling, Loads, Need, Planner};
use crate::exercise::{Recorder, Task};
use crate::exercises::number::significant;

pub(super) fn drive(plan: Planner, task: &Task, notes: &Recorder) {
    for need in needs(&task.scenario) {
        let got = match plan(&need) {
            Ok(plan) => {
                json!({ "nodes": plan.nodes, "before": told(plan.before), "after": told(plan.after) })
            }
            Err(error) => json!(error.to_string()),
        };
        notes.step(text(&need), got);
    }
}

/// Numbers to six digits, as text.
fn told(loads: Loads) -> serde_json::Value {
    json!({
        "capacity": significant(loads.capacity),
        "leader": significant(loads.leader),
        "follower": significant(loads.follower),
    })
}

/// What differs from the textbook's need.
fn text(need: &Need) -> String {
    let mut parts = vec![format!("{} reads and {} writes a second", need.reads, need.writes)];
    if (need.node_reads, need.node_writes) != (TEXTBOOK.node_reads, TEXTBOOK.node_writes) {
        parts.push(format!("nodes of {} reads or {} writes", need.node_reads, need.node_writes));
    }
    parts.push(format!("replay {}", need.replay));
    match need.ceiling {
        Ceiling::OfReads(1.0) => {}
        Ceiling::OfReads(most) => parts.push(format!("ceiling {most} of what is left for reads")),
        Ceiling::OfNode(most) => parts.push(format!("ceiling {most} of the node")),
    }
    if need.failures > 0 {
        parts.push(format!("{} may fail", need.failures));
    }
    if !need.leader_reads {
        parts.push("the leader answers no reads".to_owned());
    }
    parts.join(", ")
}

/// No need lies within a rounding error of what a number of nodes can do, but for those that are exact in binary.
fn needs(scenario: &str) -> Vec<Need> {
    let of_reads = |most| Need { ceiling: Ceiling::OfReads(most), ..TEXTBOOK };
    let of_node = |most| Need { ceiling: Ceiling::OfNode(most), ..TEXTBOOK };
    let writers = Need { leader_reads: false, ..TEXTBOOK };
    match scenario {
        "textbook" => vec![TEXTBOOK],
        "replay" => vec![
            Need { replay: 0.3, ..TEXTBOOK },
            Need { replay: 0.25, reads: 180_000.0, ..TEXTBOOK },
            Need { writes: 2_500.0, replay: 0.125, reads: 90_000.0, ..TEXTBOOK },
            Need { node_reads: 8_000.0, node_writes: 1_000.0, writes: 750.0, reads: 30_000.0, ..TEXTBOOK },
            Need { writes: 0.0, replay: 0.0, reads: 100_001.0, ..TEXTBOOK },
        ],
        "rounding" => {
            let reads = [60_000.0, 74_999.0, 75_000.0, 75_001.0, 90_000.0];
            reads.into_iter().map(|reads| Need { reads, ..TEXTBOOK }).collect()
        }
        "of-reads" => vec![
            of_reads(0.7),
            Need { replay: 0.3, ..of_reads(0.7) },
            Need { reads: 90_000.0, writes: 2_500.0, replay: 0.25, ..of_reads(0.5) },
        ],
        "of-node" => vec![
            of_node(0.75),
            Need { replay: 0.25, reads: 190_000.0, ..of_node(0.75) },
            Need { reads: 90_000.0, writes: 1_250.0, replay: 0.25, ..of_node(0.625) },
        ],
        "failures" => vec![
            Need { failures: 1, ..TEXTBOOK },
            Need { failures: 2, ..TEXTBOOK },
            Need { failures: 1, replay: 0.3, ..of_reads(0.7) },
            Need { failures: 1, reads: 1_000.0, ..TEXTBOOK },
        ],
        "leader-writes-only" => vec![
            writers,
            Need { reads: 25_000.0, ..writers },
            Need { failures: 1, replay: 0.3, reads: 180_000.0, ..writers },
        ],
        "leader-is-enough" => vec![
            Need { reads: 25_000.0, ..TEXTBOOK },
            Need { reads: 5_000.0, ..TEXTBOOK },
            Need { reads: 5_000.0, replay: 1.0, ..TEXTBOOK },
            Need { reads: 0.0, ..writers },
        ],
        "too-many-writes" => vec![
            Need { writes: 10_000.0, reads: 20_000.0, ..TEXTBOOK },
            Need { writes: 10_001.0, reads: 20_000.0, ..TEXTBOOK },
            Need { writes: 12_000.0, reads: 0.0, failures: 3, ..TEXTBOOK },
            Need { writes: 10_001.0, ..writers },
            Need { replay: 0.25, ..of_node(0.375) },
            Need { replay: 0.25, reads: 20_000.0, ..of_node(0.5) },
        ],
        "no-room" => vec![
            Need { replay: 1.0, ..TEXTBOOK },
            Need { replay: 1.0, ..writers },
            Need { replay: 0.75, ..of_node(0.625) },
            Need { replay: 0.625, ..of_node(0.625) },
        ],
        other => panic!("E8.2 has no scenario {other:?}"),
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use serde_json::Value;

    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every plan.
    pub fn invariants(task: &Task, seen: &Observation) -> Vec<Violation> {
        let mut broken = Vec::new();
        for (need, step) in needs(&task.scenario).iter().zip(&seen.steps) {
            let Some(nodes) = step.got["nodes"].as_u64() else { continue };
            let followers_before = nodes.saturating_sub(1);
            let followers_after = followers_before.saturating_sub(need.failures.into());
            for (when, followers) in [("before", followers_before), ("after", followers_after)] {
                let answered = answered(need, &step.got[when], followers as f64);
                if let Some(answered) =
                    answered.filter(|answered| (answered - need.reads).abs() > 1e-3 * need.node_reads)
                {
                    broken.push(Violation::new(
                        "every-read-is-answered",
                        format!(
                            "{}: by the loads {when} failures, {answered:.0} reads a second are answered, of {} that \
                             are asked for",
                            step.what, need.reads
                        ),
                    ));
                }
            }
        }
        broken
    }

    /// Reads a second that are behind the loads, on top of writes and replay.
    fn answered(need: &Need, loads: &Value, followers: f64) -> Option<f64> {
        let number = |of: &str| loads[of].as_str()?.parse::<f64>().ok();
        let leader = number("leader")? - need.writes / need.node_writes;
        let follower = if followers > 0.0 { number("follower")? - need.replay } else { 0.0 };
        Some(need.node_reads * (leader + followers * follower))
    }
}

#[cfg(all(test, feature = "judge"))]
mod tests {
    use replication_lab::capacity::CapacityError;
    use replication_lab::capacity::planner;

    use super::super::{Plan, answer};
    use super::*;

    fn of_the_lab(need: &Need) -> Result<Plan, CapacityError> {
        let plan = planner::plan(need)?;
        let loads =
            |of: planner::Loads| Loads { capacity: of.capacity, leader: of.leader, follower: of.follower };
        Ok(Plan { nodes: plan.nodes(), before: loads(plan.before), after: loads(plan.after) })
    }

    #[test]
    fn the_labs_planner_passes() {
        let report = crate::check(answer(of_the_lab));
        assert!(report.passed(), "{report}");
    }

    #[test]
    fn loads_that_lose_reads_are_told_by_a_rule() {
        fn full(need: &Need) -> Result<Plan, CapacityError> {
            let plan = of_the_lab(need)?;
            Ok(Plan { before: Loads { follower: need.replay, ..plan.before }, ..plan })
        }
        let report = crate::check(answer(full)).to_string();
        assert!(report.contains("25000 reads a second are answered, of 200000"), "{report}");
    }
}

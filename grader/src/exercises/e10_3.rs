//! E10.3 — Where voters stand: what a majority survives, and how far a write must travel for it.

use replication_lab::voters::Kind;
pub use replication_lab::voters::{Failure, Placement, RoundTrips};

use crate::exercise::{Answer, Recorder, Task};

/// What the learner writes: whether a majority is left.
pub type Survives = fn(placement: &Placement, failures: &[Failure]) -> bool;

/// Milliseconds until a majority has a write of a leader in this region.
pub type CommitLatency =
    fn(placement: &Placement, leader: usize, round_trips: &RoundTrips, failures: &[Failure]) -> Option<u64>;

/// The best region for a leader, and its latency.
pub type BestLeader =
    fn(placement: &Placement, round_trips: &RoundTrips, failures: &[Failure]) -> Option<(usize, u64)>;

/// Wraps a learner's three functions.
pub fn answer(survives: Survives, commit_latency: CommitLatency, best_leader: BestLeader) -> Answer {
    let pen = Pen { survives, commit_latency, best_leader };
    Answer::new("E10.3", move |task, notes| drive(&pen, task, notes))
}

/// What the learner wrote.
struct Pen {
    survives: Survives,
    commit_latency: CommitLatency,
    best_leader: BestLeader,
}

/// Voters by zone, regions set apart: `1,1,1 + 2`.
fn shown(placement: &Placement) -> String {
    let zones = |zones: &Vec<u32>| zones.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
    placement.zones.iter().map(zones).collect::<Vec<_>>().join(" + ")
}

/// What went wrong, in words.
fn wrong(failures: &[Failure]) -> String {
    let one = |failure: &Failure| match failure {
        Failure::Server(region, zone) => format!("a server of zone {zone} of region {region} is lost"),
        Failure::Zone(region, zone) => format!("zone {zone} of region {region} is lost"),
        Failure::Region(region) => format!("region {region} is lost"),
        Failure::Partition(side) => {
            let side = side.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
            format!("regions {{{side}}} are cut off from the others")
        }
    };
    match failures {
        [] => "all is well".into(),
        failures => failures.iter().map(one).collect::<Vec<_>>().join("; "),
    }
}

fn zones(zones: &[&[u32]]) -> Placement {
    Placement { zones: zones.iter().map(|zones| zones.to_vec()).collect() }
}

/// Four regions that are not at the same distance from anywhere; region 0 is far from the three others.
fn four_regions() -> RoundTrips {
    RoundTrips::new(&["TYO", "VA", "IE", "DE"], 2, &[&[], &[150], &[210, 70], &[230, 90, 25]])
        .expect("a row for each region")
}

fn drive(pen: &Pen, task: &Task, notes: &Recorder) {
    let left = |placement: &Placement, failures: &[Failure]| {
        let what = format!("survives: {}; {}", shown(placement), wrong(failures));
        notes.step(what, (pen.survives)(placement, failures));
    };
    let latency = |placement: &Placement, leader: usize, trips: &RoundTrips, failures: &[Failure]| {
        let what =
            format!("commit_latency: {}; leader in region {leader}; {}", shown(placement), wrong(failures));
        notes.step(what, (pen.commit_latency)(placement, leader, trips, failures));
    };
    let best = |placement: &Placement, trips: &RoundTrips, failures: &[Failure]| {
        let what = format!("best_leader: {}; {}", shown(placement), wrong(failures));
        notes.step(what, (pen.best_leader)(placement, trips, failures));
    };
    let (lesson, four) = (RoundTrips::lesson(), four_regions());
    let [two, three, spread] = [&[3, 2][..], &[1, 1, 1], &[2, 2, 1]].map(Placement::by_region);
    match task.scenario.as_str() {
        "regions" => {
            for placement in [&two, &three, &spread, &Placement::by_region(&[2, 2]), &zones(&[&[5]])] {
                for region in 0..placement.zones.len() {
                    left(placement, &[Failure::Region(region)]);
                }
            }
        }
        "servers-and-zones" => {
            let one_region = zones(&[&[2, 2, 1]]);
            left(&zones(&[&[1, 1, 1]]), &[Failure::Server(0, 1)]);
            left(&zones(&[&[3, 2]]), &[Failure::Zone(0, 0)]);
            left(&zones(&[&[3, 2]]), &[Failure::Zone(0, 1)]);
            left(&one_region, &[Failure::Zone(0, 0)]);
            left(&one_region, &[Failure::Region(0)]);
            left(&zones(&[&[1, 1]]), &[Failure::Server(0, 0)]);
            left(&zones(&[&[2, 2]]), &[Failure::Server(0, 0)]);
            left(&zones(&[&[2, 2]]), &[Failure::Zone(0, 0)]);
            left(&zones(&[&[1]]), &[]);
            left(&zones(&[&[0], &[0]]), &[]);
        }
        "several" => {
            // A region is gone, and a server that was in it: one loss, not two.
            left(&spread, &[Failure::Region(2), Failure::Server(2, 0)]);
            left(&spread, &[Failure::Region(2), Failure::Server(0, 0)]);
            left(&spread, &[Failure::Region(0), Failure::Zone(0, 1)]);
            left(&spread, &[Failure::Region(0), Failure::Server(1, 1)]);
            left(&zones(&[&[3, 2]]), &[Failure::Server(0, 0), Failure::Server(0, 0)]);
            left(&zones(&[&[3, 2]]), &[Failure::Server(0, 0), Failure::Server(0, 0), Failure::Server(0, 0)]);
            // In a zone with one server, there is no second one to lose.
            left(&spread, &[Failure::Server(2, 0), Failure::Server(2, 0), Failure::Server(0, 0)]);
        }
        "partitions" => {
            let cut = |side: &[usize]| Failure::Partition(side.to_vec());
            left(&two, &[cut(&[0])]);
            left(&two, &[cut(&[1])]);
            left(&Placement::by_region(&[2, 2]), &[cut(&[0])]);
            left(&spread, &[cut(&[0])]);
            left(&spread, &[cut(&[0, 2])]);
            left(&spread, &[cut(&[0]), cut(&[1])]);
            left(&zones(&[&[1, 1, 1], &[1], &[1]]), &[cut(&[0]), cut(&[1])]);
            left(&two, &[cut(&[1]), Failure::Server(0, 0)]);
            left(&spread, &[cut(&[0]), Failure::Server(2, 0)]);
        }
        "latency" => {
            for (placement, regions) in [(&two, 2), (&three, 3), (&spread, 3)] {
                (0..regions).for_each(|leader| latency(placement, leader, &lesson, &[]));
            }
            latency(&zones(&[&[5]]), 0, &lesson, &[]);
            latency(&zones(&[&[1]]), 0, &lesson, &[]);
            latency(&Placement::by_region(&[1, 3, 1]), 0, &lesson, &[]);
            latency(&Placement::by_region(&[1, 1, 1, 1]), 1, &four, &[]);
        }
        "latency-after-a-failure" => {
            latency(&spread, 0, &lesson, &[Failure::Server(0, 0)]);
            latency(&spread, 0, &lesson, &[Failure::Region(1)]);
            latency(&spread, 1, &lesson, &[Failure::Region(0)]);
            latency(&spread, 0, &lesson, &[Failure::Region(0)]);
            latency(&two, 1, &lesson, &[Failure::Region(0)]);
            latency(&two, 0, &lesson, &[Failure::Partition(vec![0])]);
            latency(&two, 1, &lesson, &[Failure::Partition(vec![0])]);
            latency(&spread, 0, &lesson, &[Failure::Partition(vec![1])]);
            latency(&Placement::by_region(&[0, 2, 1]), 0, &lesson, &[]);
        }
        "best" => {
            best(&two, &lesson, &[]);
            best(&spread, &lesson, &[]);
            best(&three, &lesson, &[]);
            best(&spread, &lesson, &[Failure::Region(0)]);
            best(&spread, &lesson, &[Failure::Partition(vec![0])]);
            best(&two, &lesson, &[Failure::Region(0)]);
            // Most voters stand in region 0, and the fastest place is another.
            best(&Placement::by_region(&[2, 1, 1, 1]), &four, &[]);
            best(&Placement::by_region(&[1, 1, 1, 1]), &four, &[Failure::Region(3)]);
        }
        "every-single-failure" => every_single_failure(pen, notes),
        other => panic!("E10.3 has no scenario {other:?}"),
    }
}

/// Counts, for many placements, which kinds of failure they survive everywhere.
fn every_single_failure(pen: &Pen, notes: &Recorder) {
    let placements = [
        zones(&[&[1, 1, 1]]),
        zones(&[&[2, 2, 1]]),
        zones(&[&[1, 1, 1], &[1, 1]]),
        zones(&[&[1], &[1], &[1]]),
        zones(&[&[1, 1], &[1, 1], &[1]]),
        zones(&[&[2], &[2], &[1]]),
        zones(&[&[1, 1, 1], &[1, 1, 1], &[1]]),
        zones(&[&[3], &[1], &[1]]),
    ];
    for placement in placements {
        let kinds = Kind::ALL.into_iter().filter(|kind| {
            placement.failures(*kind).into_iter().all(|failure| (pen.survives)(&placement, &[failure]))
        });
        let survived: Vec<String> = kinds.map(|kind| kind.to_string()).collect();
        notes.step(format!("{} survives", shown(&placement)), survived.join(", "));
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every answer.
    pub fn invariants(_: &Task, seen: &Observation) -> Vec<Violation> {
        let mut broken = Vec::new();
        for step in &seen.steps {
            // Two regions: whichever is larger, its loss takes the majority with it.
            let regions = step.what.trim_end_matches(" survives").split(" + ").count();
            let said = step.got.as_str().unwrap_or_default();
            if step.what.ends_with(" survives") && regions < 3 && said.contains("any region") {
                broken.push(Violation::new(
                    "a-majority-needs-a-third-region",
                    format!(
                        "{}: {said}; but one of {regions} regions holds half of the voters or more",
                        step.what
                    ),
                ));
            }
        }
        broken
    }
}

#[cfg(all(test, feature = "judge"))]
mod tests {
    use replication_lab::voters;

    use super::*;

    #[test]
    fn an_answer_that_computes_otherwise_passes() {
        let answer = answer(voters::survives, voters::commit_latency, voters::best_leader);
        let report = crate::check(answer);
        assert!(report.passed(), "{report}");
    }
}

//! E10.4 — How long a write takes, by four strategies and what lies between them.

pub use replication_lab::voters::{RoundTrips, Strategy, StrategyError};

use crate::exercise::{Answer, Recorder, Task};

/// What the learner writes: milliseconds that a client waits for a write.
pub type WriteLatency = fn(
    strategy: Strategy,
    client: usize,
    leader: usize,
    replicas: &[usize],
    round_trips: &RoundTrips,
) -> Result<u64, StrategyError>;

/// Strategies with their latencies, the slowest first.
pub type SlowestFirst = fn(
    strategies: &[Strategy],
    client: usize,
    leader: usize,
    replicas: &[usize],
    round_trips: &RoundTrips,
) -> Result<Vec<(Strategy, u64)>, StrategyError>;

/// Wraps a learner's two functions.
pub fn answer(write_latency: WriteLatency, slowest_first: SlowestFirst) -> Answer {
    Answer::new("E10.4", move |task, notes| drive(write_latency, slowest_first, task, notes))
}

const VIRGINIA: usize = 0;
const EUROPE: usize = 1;
const TOKYO: usize = 2;
const EVERYWHERE: &[usize] = &[VIRGINIA, EUROPE, TOKYO];

/// Chapter 10's question: A with one synchronous follower and with all, B, C, D.
const ASKED: [Strategy; 5] = [
    Strategy::Leader(1),
    Strategy::Leader(2),
    Strategy::Leader(0),
    Strategy::Leaderless(3),
    Strategy::Leaderless(1),
];

fn drive(write_latency: WriteLatency, slowest_first: SlowestFirst, task: &Task, notes: &Recorder) {
    let lesson = RoundTrips::lesson();
    let name = |region: usize| match region < lesson.regions() {
        true => lesson.name(region).to_owned(),
        false => format!("region {region}"),
    };
    let names = |regions: &[usize]| regions.iter().map(|region| name(*region)).collect::<Vec<_>>().join(", ");
    let wait = |strategy: Strategy, client: usize, leader: usize, replicas: &[usize]| {
        let led = match strategy {
            Strategy::Leader(_) => format!(" in {}", name(leader)),
            Strategy::Leaderless(_) => String::new(),
        };
        let what = format!("{strategy}{led}; client in {}, replicas in {}", name(client), names(replicas));
        let got = write_latency(strategy, client, leader, replicas, &lesson);
        notes.step(what, got.map(|ms| format!("{ms} ms")).map_err(|error| error.to_string()));
    };
    let rank = |strategies: &[Strategy], client: usize, leader: usize, replicas: &[usize]| {
        let got = slowest_first(strategies, client, leader, replicas, &lesson);
        let line = |(strategy, ms): (Strategy, u64)| format!("{strategy}: {ms} ms");
        let got = got.map(|ranked| ranked.into_iter().map(line).collect::<Vec<_>>().join(" > "));
        let listed = strategies.iter().map(Strategy::to_string).collect::<Vec<_>>().join("; ");
        let what = format!(
            "rank {listed}: client in {}, leader in {}, replicas in {}",
            name(client),
            name(leader),
            names(replicas)
        );
        notes.step(what, got.map_err(|error| error.to_string()));
    };
    match task.scenario.as_str() {
        "beside-the-leader" => {
            ASKED.into_iter().for_each(|strategy| wait(strategy, VIRGINIA, VIRGINIA, EVERYWHERE));
        }
        "far-from-the-leader" => {
            ASKED.into_iter().for_each(|strategy| wait(strategy, TOKYO, VIRGINIA, EVERYWHERE));
            wait(Strategy::Leader(1), EUROPE, TOKYO, EVERYWHERE);
            wait(Strategy::Leader(2), EUROPE, TOKYO, EVERYWHERE);
        }
        "some-of-them" => {
            wait(Strategy::Leaderless(2), VIRGINIA, VIRGINIA, EVERYWHERE);
            wait(Strategy::Leaderless(2), TOKYO, VIRGINIA, EVERYWHERE);
            // The nearest one is not the first of the list.
            wait(Strategy::Leaderless(1), EUROPE, VIRGINIA, &[TOKYO, VIRGINIA, EUROPE]);
            let five = &[TOKYO, EUROPE, EUROPE, VIRGINIA, VIRGINIA];
            (1..=4).for_each(|sync| wait(Strategy::Leader(sync), VIRGINIA, VIRGINIA, five));
            (1..=5).for_each(|w| wait(Strategy::Leaderless(w), EUROPE, VIRGINIA, five));
        }
        "no-replica-nearby" => {
            wait(Strategy::Leaderless(1), VIRGINIA, VIRGINIA, &[EUROPE, TOKYO]);
            wait(Strategy::Leaderless(2), VIRGINIA, VIRGINIA, &[EUROPE, TOKYO]);
            wait(Strategy::Leader(0), VIRGINIA, EUROPE, &[EUROPE, TOKYO]);
            wait(Strategy::Leader(1), VIRGINIA, EUROPE, &[EUROPE, TOKYO]);
            wait(Strategy::Leader(0), TOKYO, VIRGINIA, &[VIRGINIA]);
        }
        "ranking" => {
            rank(&ASKED, VIRGINIA, VIRGINIA, EVERYWHERE);
            rank(&ASKED, TOKYO, VIRGINIA, EVERYWHERE);
            rank(&ASKED, EUROPE, VIRGINIA, EVERYWHERE);
            rank(&[Strategy::Leaderless(1), Strategy::Leader(0)], VIRGINIA, VIRGINIA, EVERYWHERE);
            rank(&[], VIRGINIA, VIRGINIA, EVERYWHERE);
        }
        "refused" => {
            wait(Strategy::Leader(1), 3, 9, &[VIRGINIA, 7]);
            wait(Strategy::Leader(3), VIRGINIA, TOKYO, &[VIRGINIA, 7, 8]);
            wait(Strategy::Leader(5), VIRGINIA, TOKYO, &[VIRGINIA, EUROPE]);
            wait(Strategy::Leader(2), VIRGINIA, VIRGINIA, &[VIRGINIA, EUROPE]);
            wait(Strategy::Leader(1), VIRGINIA, VIRGINIA, &[VIRGINIA]);
            wait(Strategy::Leaderless(0), VIRGINIA, VIRGINIA, &[]);
            wait(Strategy::Leaderless(1), VIRGINIA, VIRGINIA, &[]);
            wait(Strategy::Leaderless(4), VIRGINIA, VIRGINIA, EVERYWHERE);
            rank(&[Strategy::Leaderless(1), Strategy::Leaderless(9)], VIRGINIA, VIRGINIA, EVERYWHERE);
        }
        other => panic!("E10.4 has no scenario {other:?}"),
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every answer: who waits for more is never done earlier.
    pub fn invariants(task: &Task, seen: &Observation) -> Vec<Violation> {
        if task.scenario != "some-of-them" {
            return Vec::new();
        }
        let waited = |step: &crate::exercise::Step| -> Option<u64> {
            step.got.get("Ok")?.as_str()?.strip_suffix(" ms")?.parse().ok()
        };
        let rows: Vec<(&str, Option<u64>)> =
            seen.steps.iter().map(|step| (step.what.as_str(), waited(step))).collect();
        let mut broken = Vec::new();
        for (kind, count) in [("leader, ", 4), ("leaderless, ", 5)] {
            let last = rows.iter().filter(|(what, _)| what.starts_with(kind)).rev().take(count);
            let last: Vec<_> = last.collect();
            for pair in last.windows(2) {
                if let [(more, Some(slow)), (fewer, Some(fast))] = pair
                    && slow < fast
                {
                    broken.push(Violation::new(
                        "who-waits-for-more-waits-longer",
                        format!("{more}: {slow} ms; {fewer}: {fast} ms"),
                    ));
                }
            }
        }
        broken
    }
}

#[cfg(all(test, feature = "judge"))]
mod tests {
    use replication_lab::voters;

    use super::*;

    /// Sorts by insertion.
    fn inserted(
        strategies: &[Strategy],
        client: usize,
        leader: usize,
        replicas: &[usize],
        trips: &RoundTrips,
    ) -> Result<Vec<(Strategy, u64)>, StrategyError> {
        let mut ranked: Vec<(Strategy, u64)> = Vec::new();
        for strategy in strategies {
            let ms = voters::write_latency(*strategy, client, leader, replicas, trips)?;
            let place = ranked.iter().position(|(_, other)| *other < ms).unwrap_or(ranked.len());
            ranked.insert(place, (*strategy, ms));
        }
        Ok(ranked)
    }

    #[test]
    fn an_answer_that_computes_otherwise_passes() {
        let report = crate::check(answer(voters::write_latency, inserted));
        assert!(report.passed(), "{report}");
    }
}

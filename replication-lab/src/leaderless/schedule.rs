//! A cluster driven message by message, from a text.

use std::fmt;

use super::client::Operation;
use super::cluster::Leaderless;
use super::setup::{ReadRepair, SetupError};
use super::version::Scheme;
use crate::history::{Verdict, linearizable, stale_reads};
use crate::network::Latency;
use crate::time::Time;

/// Who does what, line by line. `#` begins a comment. One key, `x`; every replica holds `x = v1` at the beginning.
///
/// | line | meaning |
/// |---|---|
/// | `c1 writes v2` | client c1 begins to write: its messages wait |
/// | `c2 reads` | client c2 begins to read: its messages wait |
/// | `c1 reaches A` | the oldest message that waits from c1 to A arrives, and A's answer gets back to c1 |
/// | `A crashes`, `A restarts` | also for clients |
/// | `A is restored` | A loses its disk and gets a copy from the beginning |
/// | `c2's clock is 10 ms slow` | or `fast` |
///
/// A write waits for W acknowledgements, a read for R answers; both ask all replicas; nothing is repaired. Versions
/// are time stamps of the writer's clock. Messages that are never let go never arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    steps: Vec<(usize, Step)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Writes(String, String),
    Reads(String),
    Reaches(String, String),
    Crashes(String),
    Restarts(String),
    Restored(String),
    Clock(String, i64),
}

/// A line that can't be read, or that names what isn't there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it, and what could stand there.
    pub why: String,
}

impl fmt::Display for ScheduleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

impl std::error::Error for ScheduleError {}

/// What came of a schedule.
#[derive(Clone, Debug)]
pub struct Story {
    /// The cluster at the end, with its trace and its history.
    pub cluster: Leaderless,
    /// Reads that returned something old although a newer write had been acknowledged: places in the history.
    pub stale: Vec<usize>,
    /// Whether the history is linearizable.
    pub linearizable: Verdict,
    /// Storage nodes that the schedule took outside the rules of the strict quorum: restored from an old copy.
    pub restored: Vec<String>,
    /// Where in the trace the schedule begins.
    pub(super) begin: usize,
}

const FORMS: &str = "write `c1 writes v2`, `c1 reads`, `c1 reaches A`, `A crashes`, `A restarts`, `A is restored` or \
                     `c1's clock is 10 ms slow`";

impl Schedule {
    /// Reads a schedule.
    ///
    /// # Errors
    /// Names the first line that can't be read.
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        let lines =
            text.lines().enumerate().map(|(i, line)| (i + 1, line.split('#').next().unwrap_or("").trim()));
        let steps = lines.filter(|(_, line)| !line.is_empty()).map(|(number, line)| {
            let step = Step::parse(line).ok_or_else(|| ScheduleError {
                line: number,
                why: format!("I don't understand {line:?}: {FORMS}"),
            })?;
            Ok((number, step))
        });
        Ok(Self { steps: steps.collect::<Result<_, _>>()? })
    }

    /// Runs it on N replicas with write quorum W and read quorum R.
    ///
    /// # Errors
    /// When the numbers make no quorum (line 0), or a line names a node that isn't there.
    pub fn run(&self, n: u32, w: u32, r: u32) -> Result<Story, ScheduleError> {
        let at = |line: usize| move |error: SetupError| ScheduleError { line, why: error.to_string() };
        let mut cluster = cluster(n, w, r, self.clients()).map_err(at(0))?;
        let begin = cluster.mark();
        let mut restored = Vec::new();
        for (line, step) in &self.steps {
            step.carry_out(&mut cluster).map_err(at(*line))?;
            if let Step::Restored(node) = step {
                restored.push(node.clone());
            }
            cluster.run_for(Time::ms(1));
        }
        let stale = stale_reads(cluster.history());
        let linearizable = linearizable(cluster.history(), 100_000);
        Ok(Story { cluster, stale, linearizable, restored, begin })
    }

    /// The highest client number that is named, at most 9.
    fn clients(&self) -> u16 {
        let named = self.steps.iter().map(|(_, step)| match step {
            Step::Writes(name, _) | Step::Reads(name) | Step::Reaches(name, _) => name,
            Step::Crashes(name) | Step::Restarts(name) | Step::Restored(name) | Step::Clock(name, _) => name,
        });
        let number = |name: &String| name.strip_prefix('c').and_then(|number| number.parse().ok());
        named.filter_map(number).filter(|number| *number <= 9).max().unwrap_or(1).max(1)
    }
}

impl Step {
    fn parse(line: &str) -> Option<Self> {
        let words: Vec<_> = line.split_whitespace().collect();
        Some(match words.as_slice() {
            [client, "writes", value] => Self::Writes((*client).into(), (*value).into()),
            [client, "reads"] => Self::Reads((*client).into()),
            [client, "reaches", replica] => Self::Reaches((*client).into(), (*replica).into()),
            [node, "crashes"] => Self::Crashes((*node).into()),
            [node, "restarts"] => Self::Restarts((*node).into()),
            [node, "is", "restored"] => Self::Restored((*node).into()),
            [whose, "clock", "is", ms, "ms", which @ ("slow" | "fast")] => {
                let ms: u32 = ms.parse().ok()?;
                let us = i64::from(ms) * 1_000;
                Self::Clock(whose.strip_suffix("'s")?.into(), if *which == "slow" { -us } else { us })
            }
            _ => return None,
        })
    }

    fn carry_out(&self, cluster: &mut Leaderless) -> Result<(), SetupError> {
        match self {
            Self::Writes(client, value) => {
                let write = Operation::Write { key: "x".into(), value: Some(value.clone()) };
                cluster.begin(client, write)?;
            }
            Self::Reads(client) => {
                cluster.begin(client, Operation::Read { key: "x".into(), from: None })?;
            }
            Self::Reaches(client, replica) => {
                let (from, to) = (cluster.id(client)?, cluster.id(replica)?);
                cluster.world.let_go(from, to, Time::ms(1));
                cluster.run_for(Time::ms(2));
            }
            Self::Crashes(node) => {
                cluster.crash(node)?;
            }
            Self::Restarts(node) => {
                cluster.restart(node)?;
            }
            Self::Restored(node) => {
                cluster.restore(node)?;
            }
            Self::Clock(node, us) => {
                cluster.skew(node, *us)?;
            }
        }
        Ok(())
    }
}

/// A cluster whose clients' messages wait, with `x = v1` on every replica.
fn cluster(n: u32, w: u32, r: u32, clients: u16) -> Result<Leaderless, SetupError> {
    let mut cluster = Leaderless::builder()
        .replicas(n)
        .write_quorum(w)
        .read_quorum(r)
        .clients(clients)
        .versions(Scheme::Timestamp)
        .read_repair(ReadRepair::Off)
        .latency(Latency::Constant(Time::ms(1)))
        .timeout(Time::s(3_600))
        .build()?;
    cluster.write("c1", "x", "v1")?;
    // Late enough that no clock, set back by what a schedule can say, falls before v1 by accident.
    cluster.run_for(Time::ms(20));
    for name in cluster.home("x") {
        cluster.back_up(&name)?;
    }
    let ids: Vec<_> = cluster.world.ids().collect();
    let (storage, clients) = ids.split_at(n as usize);
    for (client, replica) in clients.iter().flat_map(|c| storage.iter().map(move |r| (*c, *r))) {
        cluster.world.network().hold(client, replica);
    }
    Ok(cluster)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn story(text: &str) -> Story {
        Schedule::parse(text).unwrap().run(3, 2, 2).unwrap()
    }

    #[test]
    fn a_later_read_returns_an_older_value() {
        let story = story(
            "c1 writes v2
             c1 reaches A      # one of three has it, nobody has said so
             c2 reads
             c2 reaches A
             c2 reaches B
             c3 reads
             c3 reaches B
             c3 reaches C",
        );
        let Verdict::Violated(witness) = &story.linearizable else { panic!("{}", story.linearizable) };
        assert_eq!(
            witness.why,
            "“c3 reads x: v1” began after “c2 reads x: v2” had returned: time ran backwards"
        );
        assert!(story.stale.is_empty(), "no write was acknowledged");
    }

    #[test]
    fn a_slow_replica_alone_does_no_harm() {
        let story = story(
            "c1 writes v2
             c1 reaches A
             c1 reaches B
             c2 reads
             c2 reaches C
             c2 reaches B",
        );
        assert!(story.linearizable.holds() && story.stale.is_empty());
    }

    #[test]
    fn a_replica_restored_from_an_old_copy_makes_a_read_stale() {
        let story = story(
            "c1 writes v2
             c1 reaches A
             c1 reaches B
             A is restored
             c2 reads
             c2 reaches A
             c2 reaches C",
        );
        assert_eq!((story.stale.len(), story.restored), (1, vec!["A".to_owned()]));
    }

    #[test]
    fn a_slow_clock_loses_an_acknowledged_write() {
        let story = story(
            "c2's clock is 15 ms slow
             c1 writes v2
             c1 reaches A
             c1 reaches B
             c2 writes v3
             c2 reaches A
             c2 reaches B
             c1 reads
             c1 reaches A
             c1 reaches B",
        );
        assert_eq!(story.stale.len(), 1, "{}", story.cluster.history());
    }

    #[test]
    fn lines_that_make_no_sense_are_named() {
        let parse = |text: &str| Schedule::parse(text).unwrap_err().to_string();
        assert_eq!(
            parse("c1 reads\nc1 dances"),
            "line 2: I don't understand \"c1 dances\": write `c1 writes v2`, `c1 reads`, `c1 reaches A`, \
             `A crashes`, `A restarts`, `A is restored` or `c1's clock is 10 ms slow`"
        );
        let run = |text: &str| Schedule::parse(text).unwrap().run(3, 2, 2).unwrap_err().to_string();
        assert_eq!(run("c1 reads\nc1 reaches Z"), "line 2: no node is called \"Z\": there are A, B, C, c1");
    }
}

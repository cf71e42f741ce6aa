//! A cluster driven message by message, from a text.

use std::fmt;

use super::client::Operation;
use super::cluster::Leaderless;
use super::setup::{ReadRepair, SetupError};
use super::version::Scheme;
use crate::history::{Verdict, linearizable, stale_reads};
use crate::network::Latency;
use crate::time::Time;
use crate::trace::NodeId;

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
/// are time stamps of the writer's clock. Messages that are never let go never arrive. Every value is written once,
/// so that it tells who wrote it; a line that would do nothing is an error.
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
    /// What is wrong with it.
    pub why: String,
    /// What could stand there, after the words “I expected”.
    pub expected: String,
}

impl fmt::Display for ScheduleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}: I expected {}", self.line, self.why, self.expected)
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
    /// Nodes whose clocks the schedule set off.
    pub skewed: Vec<String>,
    /// Where in the trace the schedule begins.
    pub(super) begin: usize,
}

const FORMS: &str = "`c1 writes v2`, `c1 reads`, `c1 reaches A`, `A crashes`, `A restarts`, `A is restored` or \
                     `c1's clock is 10 ms slow`";

/// What every replica holds at the beginning.
const FIRST: &str = "v1";

/// Most clients of a schedule.
const MOST_CLIENTS: u16 = 9;

impl Schedule {
    /// Reads a schedule.
    ///
    /// # Errors
    /// Names the first line that can't be read.
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        let lines =
            text.lines().enumerate().map(|(i, line)| (i + 1, line.split('#').next().unwrap_or("").trim()));
        let mut written = vec![FIRST.to_owned()];
        let mut steps = Vec::new();
        for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
            let step = Step::parse(line).ok_or_else(|| ScheduleError {
                line: number,
                why: format!("{line:?} is none of the steps"),
                expected: FORMS.into(),
            })?;
            if let Step::Writes(_, value) = &step {
                if written.contains(value) {
                    return Err(ScheduleError {
                        line: number,
                        why: format!("the value {value} was written before"),
                        expected: format!("a new value, such as v{}", written.len() + 1),
                    });
                }
                written.push(value.clone());
            }
            steps.push((number, step));
        }
        Ok(Self { steps })
    }

    /// How many steps it has.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether it has no step.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// This schedule with no replica restored from an old copy.
    #[must_use]
    pub fn without_restores(&self) -> Self {
        self.without(|step| matches!(step, Step::Restored(_)))
    }

    /// This schedule with all clocks right.
    #[must_use]
    pub fn without_skew(&self) -> Self {
        self.without(|step| matches!(step, Step::Clock(..)))
    }

    fn without(&self, unwanted: impl Fn(&Step) -> bool) -> Self {
        Self { steps: self.steps.iter().filter(|(_, step)| !unwanted(step)).cloned().collect() }
    }

    /// Runs it on N replicas with write quorum W and read quorum R.
    ///
    /// # Errors
    /// When the numbers make no quorum (line 0), or a line names a node that isn't there or asks for what it cannot do.
    pub fn run(&self, n: u32, w: u32, r: u32) -> Result<Story, ScheduleError> {
        let mut cluster = cluster(n, w, r, self.clients()).map_err(|error| ScheduleError {
            line: 0,
            why: error.to_string(),
            expected: "N, W and R that make a quorum".into(),
        })?;
        let begin = cluster.mark();
        let (mut restored, mut skewed) = (Vec::new(), Vec::new());
        for (line, step) in &self.steps {
            step.carry_out(&mut cluster).map_err(|Refused { why, expected }| ScheduleError {
                line: *line,
                why,
                expected,
            })?;
            match step {
                Step::Restored(node) => restored.push(node.clone()),
                Step::Clock(node, _) => skewed.push(node.clone()),
                _ => {}
            }
            cluster.run_for(Time::ms(1));
        }
        let stale = stale_reads(cluster.history());
        let linearizable = linearizable(cluster.history(), 100_000);
        Ok(Story { cluster, stale, linearizable, restored, skewed, begin })
    }

    /// The highest client number that is named, up to the most that there can be.
    fn clients(&self) -> u16 {
        let named = self.steps.iter().map(|(_, step)| match step {
            Step::Writes(name, _) | Step::Reads(name) | Step::Reaches(name, _) => name,
            Step::Crashes(name) | Step::Restarts(name) | Step::Restored(name) | Step::Clock(name, _) => name,
        });
        let number = |name: &String| name.strip_prefix('c').and_then(|number| number.parse().ok());
        named.filter_map(number).filter(|number| *number <= MOST_CLIENTS).max().unwrap_or(1).max(1)
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

    fn carry_out(&self, cluster: &mut Leaderless) -> Result<(), Refused> {
        match self {
            Self::Writes(client, value) => {
                let write = Operation::Write { key: "x".into(), value: Some(value.clone()) };
                begin(cluster, client, write)
            }
            Self::Reads(client) => begin(cluster, client, Operation::Read { key: "x".into(), from: None }),
            Self::Reaches(client, replica) => {
                let (from, to) =
                    (member(cluster, client, Role::Client)?, member(cluster, replica, Role::Replica)?);
                if !cluster.world.let_go(from, to, Time::ms(1)) {
                    return Err(Refused {
                        why: format!("no message waits from {client} to {replica}"),
                        expected: format!(
                            "{client} to write or read before: each operation sends one message to every replica"
                        ),
                    });
                }
                cluster.run_for(Time::ms(2));
                Ok(())
            }
            Self::Crashes(name) => {
                up(cluster, name)?;
                Ok(cluster.crash(name).map(|_| ())?)
            }
            Self::Restarts(name) => {
                node(cluster, name)?;
                Ok(cluster.restart(name).map(|_| ())?)
            }
            Self::Restored(name) => {
                member(cluster, name, Role::Replica)?;
                up(cluster, name)?;
                Ok(cluster.restore(name).map(|_| ())?)
            }
            Self::Clock(name, us) => {
                node(cluster, name)?;
                Ok(cluster.skew(name, *us).map(|_| ())?)
            }
        }
    }
}

/// Why a step can't be carried out.
struct Refused {
    why: String,
    expected: String,
}

impl From<SetupError> for Refused {
    fn from(error: SetupError) -> Self {
        Self { why: error.to_string(), expected: FORMS.into() }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Client,
    Replica,
}

fn role(cluster: &Leaderless, id: NodeId) -> Role {
    if id.index() < cluster.settings().n() as usize { Role::Replica } else { Role::Client }
}

/// The node of this name.
fn node(cluster: &Leaderless, name: &str) -> Result<NodeId, Refused> {
    let replicas = || {
        let ids = cluster.world.ids().filter(|id| role(cluster, *id) == Role::Replica);
        ids.map(|id| cluster.world.name(id).to_owned()).collect::<Vec<_>>().join(", ")
    };
    cluster.id(name).map_err(|_| Refused {
        why: format!("there is no {name}"),
        expected: format!("a replica ({}) or a client (c1 to c{MOST_CLIENTS})", replicas()),
    })
}

/// The node of this name, if it has this role.
fn member(cluster: &Leaderless, name: &str, wanted: Role) -> Result<NodeId, Refused> {
    let id = node(cluster, name)?;
    let (why, expected) = match (role(cluster, id), wanted) {
        (Role::Replica, Role::Client) => (format!("{name} is a replica"), "a client, such as c1"),
        (Role::Client, Role::Replica) => (format!("{name} is a client"), "a replica, such as A"),
        _ => return Ok(id),
    };
    Err(Refused { why, expected: expected.into() })
}

fn up(cluster: &Leaderless, name: &str) -> Result<(), Refused> {
    match cluster.world.is_up(node(cluster, name)?) {
        true => Ok(()),
        false => {
            Err(Refused { why: format!("{name} is down"), expected: format!("`{name} restarts` before") })
        }
    }
}

fn begin(cluster: &mut Leaderless, client: &str, operation: Operation) -> Result<(), Refused> {
    member(cluster, client, Role::Client)?;
    up(cluster, client)?;
    cluster.begin(client, operation)?;
    Ok(())
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
    cluster.write("c1", "x", FIRST)?;
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
            "line 2: \"c1 dances\" is none of the steps: I expected `c1 writes v2`, `c1 reads`, `c1 reaches A`, \
             `A crashes`, `A restarts`, `A is restored` or `c1's clock is 10 ms slow`"
        );
        assert_eq!(
            parse("c1 writes v2\nc2 writes v2"),
            "line 2: the value v2 was written before: I expected a new value, such as v3"
        );
        // A second v1 would make the one read that is fresh look stale.
        assert_eq!(
            parse("c1 writes v1"),
            "line 1: the value v1 was written before: I expected a new value, such as v2"
        );
        let run = |text: &str| Schedule::parse(text).unwrap().run(3, 2, 2).unwrap_err().to_string();
        insta::assert_snapshot!(
            [
                "c1 reads\nc1 reaches Z",
                "c1 reads\nc1 reaches A\nc1 reaches A",
                "A writes v2",
                "c1 reads\nc1 reaches c1",
                "c1 crashes\nc1 reads",
                "A crashes\nA is restored",
                "c1 is restored",
                "c10 reads",
                "c1 reads\nX's clock is 3 ms slow",
            ]
            .map(run)
            .join("\n"),
            @r#"
        line 2: there is no Z: I expected a replica (A, B, C) or a client (c1 to c9)
        line 3: no message waits from c1 to A: I expected c1 to write or read before: each operation sends one message to every replica
        line 1: A is a replica: I expected a client, such as c1
        line 2: c1 is a client: I expected a replica, such as A
        line 2: c1 is down: I expected `c1 restarts` before
        line 2: A is down: I expected `A restarts` before
        line 1: c1 is a client: I expected a replica, such as A
        line 1: there is no c10: I expected a replica (A, B, C) or a client (c1 to c9)
        line 2: there is no X: I expected a replica (A, B, C) or a client (c1 to c9)
        "#
        );
    }
}

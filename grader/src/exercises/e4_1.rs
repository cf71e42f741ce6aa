//! E4.1 — The lag check: whom to wake, and for what.

use std::fmt;

pub use replication_lab::log::Lsn;

pub use super::e1_1::StandbyRow;
use crate::exercise::{Answer, Recorder, Task};

/// What a connection to the leader is doing: the column `state` of PostgreSQL's view `pg_stat_replication`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It has just connected.
    Startup,
    /// It reads old log, to come near the leader.
    Catchup,
    /// It gets every change as it is made.
    Streaming,
    /// It is no standby at all: somebody takes a backup.
    Backup,
    /// The leader is about to end it.
    Stopping,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Startup => "startup",
            Self::Catchup => "catchup",
            Self::Streaming => "streaming",
            Self::Backup => "backup",
            Self::Stopping => "stopping",
        })
    }
}

/// A row of the view: a connection, with what it is doing.
#[derive(Clone, Debug)]
pub struct Row {
    /// What it is doing.
    pub state: State,
    /// Name, positions and measured seconds. Nothing stands for `NULL`.
    pub standby: StandbyRow<Lsn>,
}

/// How much lag is allowed: exactly so much still is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Bytes of log between the leader's current position and what the standby has replayed.
    pub bytes: u64,
    /// Seconds, as the view measures them.
    pub seconds: f64,
}

/// When to say something. What is right depends on how much may be lost (the RPO) and on who reads there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// More than this, in bytes or in seconds: somebody should look, tomorrow.
    pub warn: Level,
    /// More than this, in bytes or in seconds: somebody must look, now.
    pub page: Level,
}

/// A standby that should be there.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// Its `application_name`.
    pub name: String,
    /// Its own limits.
    pub limits: Limits,
}

/// How urgent it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Tomorrow.
    Warn,
    /// Now.
    Page,
}

/// What is wrong with a standby.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Trouble {
    /// No connection of a standby has its name.
    Missing,
    /// It holds so many bytes that the leader doesn't: it was ahead when another one was promoted.
    Ahead {
        /// Of the log.
        bytes: u64,
    },
    /// It has not told how far it has replayed.
    Unknown,
    /// It is further behind than allowed.
    Behind {
        /// Which limit is passed; the higher one if both are.
        severity: Severity,
        /// How far, in bytes of the log.
        bytes: u64,
        /// How long, if that was measured.
        seconds: Option<f64>,
    },
    /// It is near enough, but doesn't stream: it is coming or going.
    NotStreaming(State),
}

/// Who, and what is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// The standby's name.
    pub standby: String,
    /// What is wrong with it.
    pub trouble: Trouble,
}

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { standby, trouble } = self;
        match trouble {
            Trouble::Missing => write!(f, "{standby} is missing"),
            Trouble::Ahead { bytes } => write!(f, "{standby} is {bytes} bytes ahead of its leader"),
            Trouble::Unknown => write!(f, "{standby} has not told how far it is"),
            Trouble::NotStreaming(state) => write!(f, "{standby} does not stream: {state}"),
            Trouble::Behind { severity, bytes, seconds } => {
                let severity = match severity {
                    Severity::Warn => "warn",
                    Severity::Page => "page",
                };
                write!(f, "{severity}: {standby} is {bytes} bytes behind, ")?;
                match seconds {
                    Some(seconds) => write!(f, "{seconds} s"),
                    None => f.write_str("seconds not measured"),
                }
            }
        }
    }
}

/// What the learner writes: at most one alert for each expected standby, in their order. `current` is the leader's
/// position in its log at this moment. For each standby, the first of these that is true:
///
/// 1. No row has its name, backups left aside: [`Trouble::Missing`]. If several rows have it, because an old connection
///    hangs on after a new one was made, the one that has replayed furthest counts.
/// 2. It has told no position: [`Trouble::Unknown`].
/// 3. It has replayed more than there is: [`Trouble::Ahead`].
/// 4. It has replayed all: nothing to say about lag, whatever the seconds say. The view shows the last measured value for
///    a while after the log has gone quiet, and `NULL` then.
/// 5. It is beyond a limit, in bytes or in seconds: [`Trouble::Behind`]. Seconds that were not measured are beyond
///    nothing.
/// 6. Its state is not [`State::Streaming`]: [`Trouble::NotStreaming`]; also for one that has replayed all.
pub type LagCheck = fn(current: Lsn, rows: &[Row], expected: &[Expected]) -> Vec<Alert>;

/// Wraps a learner's check.
pub fn answer(check: LagCheck) -> Answer {
    Answer::new("E4.1", move |task, notes| drive(check, task, notes))
}

const MB: u64 = 1_000_000;

/// Five seconds or 16 MB to warn, a minute or 1 GB to page.
const USUAL: Limits =
    Limits { warn: Level { bytes: 16 * MB, seconds: 5.0 }, page: Level { bytes: 1_000 * MB, seconds: 60.0 } };

/// The leader's position in most scenarios.
const CURRENT: u64 = 10_000 * MB;

/// A standby, in so many bytes behind [`CURRENT`].
fn behind(name: &str, bytes: u64, seconds: Option<f64>) -> Row {
    at(State::Streaming, name, Some(CURRENT - bytes), seconds)
}

fn at(state: State, name: &str, replayed: Option<u64>, seconds: Option<f64>) -> Row {
    let standby = StandbyRow {
        application_name: name.to_owned(),
        // All was sent, as far as the standby has told anything.
        sent_lsn: replayed.map(|replayed| Lsn::new(replayed.max(CURRENT))),
        replay_lsn: replayed.map(Lsn::new),
        replay_lag: seconds,
    };
    Row { state, standby }
}

/// The row, with nothing sent that was not replayed: the network is what is slow.
fn unsent(mut row: Row) -> Row {
    row.standby.sent_lsn = row.standby.replay_lsn;
    row
}

fn expected(names: &[&str]) -> Vec<Expected> {
    names.iter().map(|name| Expected { name: (*name).to_owned(), limits: USUAL }).collect()
}

fn level(bytes: u64, seconds: f64) -> Level {
    Level { bytes, seconds }
}

fn drive(check: LagCheck, task: &Task, notes: &Recorder) {
    let ask = |what: &str, rows: &[Row], expected: &[Expected]| {
        let alerts = check(Lsn::new(CURRENT), rows, expected);
        notes.step(what, alerts.iter().map(Alert::to_string).collect::<Vec<_>>());
    };
    let one = |what: &str, row: Row| ask(what, &[row], &expected(&["f1"]));
    match task.scenario.as_str() {
        "levels" => {
            one("2,848 bytes, 0.31 s behind", behind("f1", 2_848, Some(0.31)));
            one("3 MB, 6.2 s behind", behind("f1", 3 * MB, Some(6.2)));
            one("20 MB, 2 s behind", behind("f1", 20 * MB, Some(2.0)));
            one("30 MB, 61 s behind", behind("f1", 30 * MB, Some(61.0)));
            one("2 GB, 4 s behind", behind("f1", 2_000 * MB, Some(4.0)));
            one("2 GB, 61 s behind", behind("f1", 2_000 * MB, Some(61.0)));
            one("exactly 16 MB, 5 s behind", behind("f1", 16 * MB, Some(5.0)));
            one("exactly 1 GB, 60 s behind", behind("f1", 1_000 * MB, Some(60.0)));
            one("level", behind("f1", 0, Some(0.002)));
        }
        "null-seconds" => {
            one("level, NULL s", behind("f1", 0, None));
            one("56 bytes behind, NULL s", behind("f1", 56, None));
            one("20 MB behind, NULL s", behind("f1", 20 * MB, None));
            one("2 GB behind, NULL s", behind("f1", 2_000 * MB, None));
        }
        "lingering-seconds" => {
            one("level, and 8.5 s were measured last", behind("f1", 0, Some(8.5)));
            one("level, and 75 s were measured last", behind("f1", 0, Some(75.0)));
            one("56 bytes, 8.5 s behind", behind("f1", 56, Some(8.5)));
        }
        "unsent" => {
            one("20 MB behind, none of it sent", unsent(behind("f1", 20 * MB, Some(0.01))));
            one("2 GB behind, none of it sent, NULL s", unsent(behind("f1", 2_000 * MB, None)));
            one("level", unsent(behind("f1", 0, None)));
        }
        "missing" => {
            ask("f1 and f2 are expected, f1 is there", &[behind("f1", 0, None)], &expected(&["f1", "f2"]));
            ask("both are expected, nobody is there", &[], &expected(&["f1", "f2"]));
            ask(
                "f1 is expected, walreceiver is there",
                &[behind("walreceiver", 0, None)],
                &expected(&["f1"]),
            );
            let rows = [behind("trial", 2_000 * MB, Some(900.0)), behind("f1", 0, None)];
            ask("f1 is expected, a lagging trial is there as well", &rows, &expected(&["f1"]));
            ask("nobody is expected", &rows, &[]);
            one("f1 is expected, and only its backup runs", at(State::Backup, "f1", None, None));
        }
        "own-limits" => {
            let strict = Limits { warn: level(MB, 0.5), page: level(4 * MB, 2.0) };
            let lax = Limits { warn: level(5_000 * MB, 3_600.0), page: level(9_000 * MB, 7_200.0) };
            let of = |name: &str, limits| Expected { name: name.into(), limits };
            let fleet = [of("reports", lax), of("sync", strict), of("f1", USUAL)];
            let same = |bytes, seconds| ["f1", "reports", "sync"].map(|name| behind(name, bytes, seconds));
            ask("all are 3 MB, 1 s behind", &same(3 * MB, Some(1.0)), &fleet);
            ask("all are 20 MB, 20 s behind", &same(20 * MB, Some(20.0)), &fleet);
            ask("all are 6 GB, 61 s behind", &same(6_000 * MB, Some(61.0)), &fleet);
            ask("all are level", &same(0, None), &fleet);
            let ten = Limits { warn: level(u64::MAX, 10.0), page: level(u64::MAX, 60.0) };
            ask(
                "3 MB, 6.2 s behind, where 10 s are allowed",
                &[behind("f1", 3 * MB, Some(6.2))],
                &[of("f1", ten)],
            );
            let second = Limits { warn: level(u64::MAX, 1.0), page: level(u64::MAX, 5.0) };
            ask(
                "3 MB, 6.2 s behind, where 1 s is allowed",
                &[behind("f1", 3 * MB, Some(6.2))],
                &[of("f1", second)],
            );
        }
        "states" => {
            one("catchup, 3 GB behind, NULL s", at(State::Catchup, "f1", Some(CURRENT - 3_000 * MB), None));
            one("catchup, 3 MB behind, NULL s", at(State::Catchup, "f1", Some(CURRENT - 3 * MB), None));
            one("catchup, 3 MB, 7 s behind", at(State::Catchup, "f1", Some(CURRENT - 3 * MB), Some(7.0)));
            one("startup, no positions", at(State::Startup, "f1", None, None));
            one("streaming, no position told yet", at(State::Streaming, "f1", None, None));
            one("stopping, level", at(State::Stopping, "f1", Some(CURRENT), None));
            let rows = [behind("f1", 0, None), at(State::Backup, "pg_basebackup", None, None)];
            ask("f1 is level, and somebody takes a backup", &rows, &expected(&["f1"]));
        }
        "ahead" => {
            one("400 bytes ahead, NULL s", at(State::Streaming, "f1", Some(CURRENT + 400), None));
            one("400 bytes ahead, catchup", at(State::Catchup, "f1", Some(CURRENT + 400), Some(9.0)));
        }
        "reconnected" => {
            let hung = || at(State::Streaming, "f1", Some(CURRENT - 2_000 * MB), Some(300.0));
            let rows = [hung(), behind("f1", 56, Some(0.01))];
            ask("a connection that hangs, then the new one", &rows, &expected(&["f1"]));
            let rows = [behind("f1", 56, Some(0.01)), hung()];
            ask("the new one, then one that hangs", &rows, &expected(&["f1"]));
            let rows = [at(State::Startup, "f1", None, None), hung()];
            ask("one that hangs, and a new one that has told nothing", &rows, &expected(&["f1"]));
            let rows = [at(State::Backup, "f1", None, None), behind("f1", 0, None)];
            ask("a backup under its name, and the standby", &rows, &expected(&["f1"]));
        }
        "fleet" => {
            let rows = [
                at(State::Streaming, "f6", Some(CURRENT + 400), None),
                behind("f2", 20 * MB, Some(70.0)),
                at(State::Startup, "f4", None, None),
                behind("f1", 0, None),
                at(State::Catchup, "f5", Some(CURRENT - 56), None),
            ];
            let all = ["f1", "f2", "f3", "f4", "f5", "f6"];
            ask("f1 to f6 are expected", &rows, &expected(&all));
        }
        other => panic!("E4.1 has no scenario {other:?}"),
    }
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every check.
    pub fn invariants(_: &Task, seen: &Observation) -> Vec<Violation> {
        let mut broken = Vec::new();
        for step in &seen.steps {
            let alerts: Vec<String> = serde_json::from_value(step.got.clone()).unwrap_or_default();
            if step.what.contains("NULL s") && alerts.iter().any(|alert| alert.ends_with(", 0 s")) {
                let why =
                    format!("{}: NULL is reported as 0 seconds, and nobody has measured that", step.what);
                broken.push(Violation::new("unknown-is-not-zero", why));
            }
            if step.what.starts_with("level") && !alerts.is_empty() {
                let why = format!("{}: somebody is woken for a standby that has everything", step.what);
                broken.push(Violation::new("no-false-alarm", why));
            }
            if step.what.contains("nobody is there") && alerts.is_empty() {
                let why = format!("{}: and nobody is told", step.what);
                broken.push(Violation::new("absence-is-an-alert", why));
            }
        }
        broken
    }
}

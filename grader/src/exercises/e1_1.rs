//! E1.1 — Positions in the log, and a lag report that does not lie.

use std::fmt::{self, Debug, Display};

pub use replication_lab::log::LsnError;

use crate::exercise::{Answer, Recorder, Task};

/// What the learner writes first: a position in PostgreSQL's log, `pg_lsn`. It is the number of bytes since the log
/// began, 64 bits; as text, its two halves of 32 bits in hexadecimal. `a < b` says that `a` is earlier. [`Display`]
/// writes it as PostgreSQL does, with capital letters and without leading zeros: `0/16B3A40`.
pub trait LogPosition: Copy + Debug + Display + Ord {
    /// Reads a position.
    ///
    /// # Errors
    /// When there are not exactly two halves; then for the first half that is wrong, when it has another character
    /// than hexadecimal digits, or not one to eight of them.
    fn parse(text: &str) -> Result<Self, LsnError>;

    /// Bytes from `earlier` to this position; nothing if this one is the earlier.
    fn checked_sub(self, earlier: Self) -> Option<u64>;
}

/// A row of PostgreSQL's view `pg_stat_replication`: a connected standby. Nothing stands for `NULL`.
#[derive(Clone, Debug)]
pub struct StandbyRow<L> {
    /// By which name it has connected.
    pub application_name: String,
    /// Up to where the leader has sent it the log; nothing before it has asked.
    pub sent_lsn: Option<L>,
    /// Up to where it has told that it has replayed; nothing before it has told anything.
    pub replay_lsn: Option<L>,
    /// How many seconds the last log took until it was replayed there. Nothing when nothing was measured of late, for
    /// instance because nobody writes.
    pub replay_lag: Option<f64>,
}

/// How far a standby is from the leader's current position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distance {
    /// It has yet to replay so many bytes: 0 when it is level.
    Behind(u64),
    /// It has replayed so many bytes that this leader doesn't have, as after a failover to a standby that had less.
    Ahead(u64),
    /// It has not told yet.
    Unknown,
}

impl Display for Distance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Distance::Behind(bytes) => write!(f, "{bytes} bytes behind"),
            Distance::Ahead(bytes) => write!(f, "{bytes} bytes ahead"),
            Distance::Unknown => f.write_str("unknown how far behind"),
        }
    }
}

/// How far one standby lags.
#[derive(Clone, Debug, PartialEq)]
pub struct Lag {
    /// The standby.
    pub application_name: String,
    /// In bytes of the log.
    pub distance: Distance,
    /// In seconds; nothing if that was not measured.
    pub seconds: Option<f64>,
}

impl Display for Lag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}, ", self.application_name, self.distance)?;
        match self.seconds {
            Some(seconds) => write!(f, "{seconds} s"),
            None => f.write_str("seconds not measured"),
        }
    }
}

/// What the learner writes then: one [`Lag`] for each row, in their order, against the leader's `current` position.
pub type LagReport<L> = fn(current: L, rows: &[StandbyRow<L>]) -> Vec<Lag>;

/// Wraps a learner's position and report.
pub fn answer<L: LogPosition + 'static>(lag_report: LagReport<L>) -> Answer {
    Answer::new("E1.1", move |task, notes| {
        // A position that can't be read is noted, and ends the scenario.
        let _ = drive(lag_report, task, notes);
    })
}

fn drive<L: LogPosition>(lag_report: LagReport<L>, task: &Task, notes: &Recorder) -> Option<()> {
    let report = |current: &str, rows: &[Row]| report(lag_report, notes, current, rows);
    match task.scenario.as_str() {
        "text" => {
            for text in [
                "0/16B3A40",
                "0/0",
                "16/B374D848",
                "FFFFFFFF/FFFFFFFF",
                "A/A",
                "0/16b3a40",
                "0000000A/0000000B",
            ] {
                notes.step(format!("{text} read and written"), parse::<L>(notes, text)?.to_string());
            }
        }
        "malformed" => {
            for text in [
                "",
                "16B3A40",
                "0/1/2",
                "/16B3A40",
                "0/",
                "0/123456789",
                "0/16G3A40",
                "-1/0",
                "+1/0",
                "0/ 1",
                "0/1\n",
            ] {
                let read = L::parse(text).map(|lsn| lsn.to_string()).map_err(|error| error.to_string());
                notes.step(format!("parse({text:?})"), read);
            }
        }
        "difference" => {
            for (later, earlier) in [
                ("0/16B3A40", "0/16B2F20"),
                ("0/16B3A40", "0/16B3A40"),
                ("1/0", "0/FFFFFFFF"),
                ("2/10", "1/20"),
                ("FFFFFFFF/FFFFFFFF", "0/0"),
            ] {
                let (a, b) = (parse::<L>(notes, later)?, parse::<L>(notes, earlier)?);
                notes.step(format!("{later} − {earlier}"), a.checked_sub(b));
            }
        }
        "order" => {
            for (left, right) in
                [("0/FFFFFFFF", "1/0"), ("A/0", "9/FFFFFFFF"), ("0/A", "0/9"), ("3/3", "3/3")]
            {
                let (a, b) = (parse::<L>(notes, left)?, parse::<L>(notes, right)?);
                notes.step(format!("{left} compared with {right}"), format!("{:?}", a.cmp(&b)));
            }
            let (earlier, later) = (parse::<L>(notes, "0/FFFFFFFF")?, parse::<L>(notes, "1/0")?);
            notes.step("0/FFFFFFFF − 1/0", earlier.checked_sub(later));
        }
        "textbook" => report(
            "0/16B3A40",
            &[
                ("10.0.1.2", Some("0/16B3A40"), Some("0/16B3A40"), Some(0.004)),
                ("10.0.1.3", Some("0/16B3A40"), Some("0/16B2F20"), Some(0.31)),
            ],
        )?,
        "unsent" => report(
            "2/4000000",
            &[
                ("level", Some("2/4000000"), Some("2/4000000"), Some(0.002)),
                ("slow-network", Some("1/FFFF0000"), Some("1/FFFF0000"), Some(3.5)),
                ("slow-replay", Some("2/4000000"), Some("2/3000000"), Some(8.25)),
            ],
        )?,
        "idle" => report(
            "0/5000060",
            &[
                ("follower1", Some("0/5000060"), Some("0/5000060"), None),
                ("follower2", Some("0/5000060"), Some("0/5000028"), None),
                ("follower3", Some("0/5000060"), Some("0/5000060"), Some(0.0)),
            ],
        )?,
        "starting" => report(
            "0/5000060",
            &[
                ("pg_basebackup", None, None, None),
                ("follower1", Some("0/5000060"), None, None),
                ("follower2", Some("0/5000060"), Some("0/5000000"), Some(0.05)),
            ],
        )?,
        "after-a-failover" => report(
            "0/7000000",
            &[
                ("follower2", Some("0/7000000"), Some("0/6FFFF00"), Some(0.01)),
                ("old-leader", Some("0/7000000"), Some("0/7000190"), None),
            ],
        )?,
        "nobody" => report("0/7000000", &[])?,
        other => panic!("E1.1 has no scenario {other:?}"),
    }
    Some(())
}

/// A row of the view as text.
type Row<'a> = (&'a str, Option<&'a str>, Option<&'a str>, Option<f64>);

fn report<L: LogPosition>(
    lag_report: LagReport<L>,
    notes: &Recorder,
    current: &str,
    rows: &[Row],
) -> Option<()> {
    let read = |text: &Option<&str>| match text {
        Some(text) => parse::<L>(notes, text).map(Some),
        None => Some(None),
    };
    let mut standbys = Vec::new();
    for (name, sent, replayed, lag) in rows {
        let (sent_lsn, replay_lsn) = (read(sent)?, read(replayed)?);
        standbys.push(StandbyRow {
            application_name: (*name).to_owned(),
            sent_lsn,
            replay_lsn,
            replay_lag: *lag,
        });
    }
    let lags = lag_report(parse::<L>(notes, current)?, &standbys);
    notes.step("rows in the report", lags.len());
    let null = "NULL";
    for ((name, sent, replayed, lag), reported) in rows.iter().zip(&lags) {
        let lag = lag.map_or(null.to_owned(), |lag| format!("{lag} s"));
        let what = format!(
            "{name}: current {current}, sent {}, replayed {}, replay_lag {lag}",
            sent.unwrap_or(null),
            replayed.unwrap_or(null)
        );
        notes.step(what, reported.to_string());
    }
    Some(())
}

/// A position that is well written; where the learner's code does not read it, that is noted.
fn parse<L: LogPosition>(notes: &Recorder, text: &str) -> Option<L> {
    let read = L::parse(text);
    if let Err(error) = &read {
        notes.step(format!("parse({text:?})"), error.to_string());
    }
    read.ok()
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// More bytes than any log has: what an underflow gives.
    const NO_LOG_IS_SO_LONG: u64 = 1 << 62;

    /// What holds for every report.
    pub fn invariants(task: &Task, seen: &Observation) -> Vec<Violation> {
        let rows = seen.steps.iter().filter(|step| step.what.contains("replay_lag"));
        let mut broken = Vec::new();
        for (step, got) in rows.filter_map(|step| Some((step, step.got.as_str()?))) {
            let behind = got.split(" bytes behind").next().and_then(|text| text.rsplit(' ').next());
            if behind.and_then(|bytes| bytes.parse().ok()).is_some_and(|bytes: u64| bytes > NO_LOG_IS_SO_LONG)
            {
                broken.push(Violation::new(
                    "no-underflow",
                    format!(
                        "“{got}”: that is a small number taken from a smaller one. This standby is ahead"
                    ),
                ));
            }
            if step.what.ends_with("replay_lag NULL") && !got.ends_with("not measured") {
                broken.push(Violation::new(
                    "unknown-is-not-zero",
                    format!("{} is reported as “{got}”: NULL says that nobody knows", step.what),
                ));
            }
        }
        // Every scenario with a report has a row to look at, but for one.
        if task.scenario != "nobody"
            && seen.steps.iter().any(|step| step.what == "rows in the report" && step.got == 0)
        {
            broken
                .push(Violation::new("a-row-for-each", "the report is empty: it has a row for each standby"));
        }
        broken
    }
}

#[cfg(all(test, feature = "judge"))]
mod tests {
    use replication_lab::log::Lsn;

    use super::*;

    /// The lab's own position.
    impl LogPosition for Lsn {
        fn parse(text: &str) -> Result<Self, LsnError> {
            text.parse()
        }

        fn checked_sub(self, earlier: Self) -> Option<u64> {
            Lsn::checked_sub(self, earlier)
        }
    }

    fn report(current: Lsn, rows: &[StandbyRow<Lsn>]) -> Vec<Lag> {
        let distance = |row: &StandbyRow<Lsn>| match row.replay_lsn {
            None => Distance::Unknown,
            Some(at) if at > current => Distance::Ahead(at.bytes() - current.bytes()),
            Some(at) => Distance::Behind(current.bytes() - at.bytes()),
        };
        let lag = |row: &StandbyRow<Lsn>| Lag {
            application_name: row.application_name.clone(),
            distance: distance(row),
            seconds: row.replay_lag,
        };
        rows.iter().map(lag).collect()
    }

    #[test]
    fn an_answer_on_the_labs_position_passes() {
        let report = crate::check(answer::<Lsn>(report));
        assert!(report.passed(), "{report}");
    }
}

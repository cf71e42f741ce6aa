//! E4.1 — The lag check: whom to wake, and for what.

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e4_1::{Alert, Expected, Level, Limits, Lsn, Row, Severity, State, Trouble};

/// What is wrong, by standby, in the order of `expected`.
pub fn check(current: Lsn, rows: &[Row], expected: &[Expected]) -> Vec<Alert> {
    // BEGIN SOLUTION todo!("{} standbys are expected at {current}, {} rows are there", expected.len(), rows.len())
    let mut alerts = Vec::new();
    for standby in expected {
        let is_it = |row: &&Row| row.standby.application_name == standby.name && row.state != State::Backup;
        let row = rows.iter().filter(is_it).max_by_key(|row| row.standby.replay_lsn);
        let trouble = match row {
            None => Some(Trouble::Missing),
            Some(row) => trouble(current, row, &standby.limits),
        };
        if let Some(trouble) = trouble {
            alerts.push(Alert { standby: standby.name.clone(), trouble });
        }
    }
    alerts
    // END SOLUTION
}
// BEGIN SOLUTION

fn trouble(current: Lsn, row: &Row, limits: &Limits) -> Option<Trouble> {
    let Some(replayed) = row.standby.replay_lsn else { return Some(Trouble::Unknown) };
    let Some(bytes) = current.checked_sub(replayed) else {
        return Some(Trouble::Ahead { bytes: replayed.bytes() - current.bytes() });
    };
    let seconds = row.standby.replay_lag;
    let beyond = |level: Level| bytes > level.bytes || seconds.is_some_and(|seconds| seconds > level.seconds);
    let severity = if beyond(limits.page) {
        Some(Severity::Page)
    } else if beyond(limits.warn) {
        Some(Severity::Warn)
    } else {
        None
    };
    match severity.filter(|_| bytes > 0) {
        Some(severity) => Some(Trouble::Behind { severity, bytes, seconds }),
        None if row.state != State::Streaming => Some(Trouble::NotStreaming(row.state)),
        None => None,
    }
}
// END SOLUTION

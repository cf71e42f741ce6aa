//! The five side by side.

use super::{Care, Database};
use crate::comparison::{ComparisonError, Measured, Workload};
use crate::explore::in_parallel;
use crate::time::Time;
use crate::view::{Figure, Table};

/// Runs a workload on every database.
///
/// # Errors
/// As [`Workload::run`].
pub fn all(workload: &Workload, care: Care) -> Result<Vec<(Database, Measured)>, ComparisonError> {
    let measured = in_parallel(&Database::ALL, |database| workload.run(&database.system(care)));
    Database::ALL.into_iter().zip(measured).map(|(database, measured)| Ok((database, measured?))).collect()
}

/// A row for each database: how long writes and reads took, how long clients had no answer, and what went wrong.
pub fn table(measured: &[(Database, Measured)]) -> Figure {
    let ms = |time: Option<Time>| time.map_or("none".to_owned(), |time| format!("{:.1} ms", time.as_ms()));
    let seconds = |time: Time| format!("{:.0} s", time.as_ms() / 1_000.0);
    let headings = [
        "database",
        "write p50",
        "p99",
        "read p50",
        "no writes for",
        "no reads for",
        "lost",
        "old reads",
        "dropped",
    ];
    let mut table = Table::new(headings);
    for (database, measured) in measured {
        table = table.row([
            database.to_string(),
            ms(measured.write_p50),
            ms(measured.write_p99),
            ms(measured.read_p50),
            seconds(measured.without_writes),
            seconds(measured.without_reads),
            measured.lost.to_string(),
            measured.stale.to_string(),
            measured.dropped.to_string(),
        ]);
    }
    table.figure()
}

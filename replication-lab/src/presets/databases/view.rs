//! The five side by side.

use super::{Care, Database, Gotcha};
use crate::comparison::{ComparisonError, Measured, Workload, latency, seconds};
use crate::explore::in_parallel;
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
            latency(measured.write_p50),
            latency(measured.write_p99),
            latency(measured.read_p50),
            seconds(measured.without_writes),
            seconds(measured.without_reads),
            measured.lost.to_string(),
            measured.stale.to_string(),
            measured.dropped.to_string(),
        ]);
    }
    table.figure()
}

/// A row for each database: the median of each client's writes, and of its reads. `places` names where the clients stand.
pub fn latency_table(measured: &[(Database, Measured)], places: &[&str]) -> Figure {
    let headings = ["writes", "reads"]
        .iter()
        .flat_map(|what| places.iter().map(move |place| format!("{what}, {place}")));
    let mut table = Table::new(["database".to_owned()].into_iter().chain(headings));
    for (database, measured) in measured {
        let writes = measured.by_client.iter().map(|(write, _)| latency(*write));
        let reads = measured.by_client.iter().map(|(_, read)| latency(*read));
        table = table.row([database.to_string()].into_iter().chain(writes).chain(reads));
    }
    table.figure()
}

impl Gotcha {
    /// Both runs, one beside the other, each under its setting.
    pub fn figure(&self) -> Figure {
        let part = |(setting, lines): &(&str, Vec<String>)| {
            Figure::text(format!("{setting}\n\n{}", lines.join("\n")))
        };
        part(&self.surprising).beside(part(&self.instead))
    }
}

/// What is documented of each database, and what the preset assumes.
pub fn documents_table() -> Figure {
    let mut table = Table::new(["database", "documented", "assumed"]);
    for database in Database::ALL {
        table = table.row([database.to_string(), database.documented().into(), database.assumed().into()]);
    }
    table.figure()
}

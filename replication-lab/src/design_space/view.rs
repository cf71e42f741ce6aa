//! Designs side by side, and where each stands on the axes.

use super::{Design, DesignError, Seen, explore};
use crate::comparison::{Story, seconds};
use crate::explore::in_parallel;
use crate::time::Time;
use crate::view::{Figure, Table};

/// Runs designs under a trouble.
///
/// # Errors
/// As [`explore`].
pub fn all(designs: &[Design], story: Story) -> Result<Vec<Seen>, DesignError> {
    in_parallel(designs, |design| explore(design, story)).into_iter().collect()
}

/// A row for each design: how long a write takes, how old reads are, how long clients had no answer, what was lost, and
/// what a month costs.
pub fn axes_table(seen: &[Seen]) -> Figure {
    let ms = |time: Option<Time>| time.map_or("none".to_owned(), |time| format!("{:.0} ms", time.as_ms()));
    let headings = [
        "design",
        "writes of each client",
        "old reads",
        "no writes for",
        "no reads for",
        "lost",
        "dropped",
        "a month",
    ];
    let mut table = Table::new(headings);
    for Seen { design, measured, dollars, .. } in seen {
        let writes: Vec<String> = measured.by_client.iter().map(|(write, _)| ms(*write)).collect();
        table = table.row([
            design.to_string(),
            writes.join(", "),
            measured.stale.to_string(),
            seconds(measured.without_writes),
            seconds(measured.without_reads),
            measured.lost.to_string(),
            measured.dropped.to_string(),
            format!("${dollars:.0}"),
        ]);
    }
    table.figure()
}

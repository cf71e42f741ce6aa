//! The schemes beside each other.

use super::measure::CartMeasures;
use crate::view::{Chart, Figure, Table};

impl CartMeasures {
    /// The measures as a table of one row.
    pub fn figure(&self) -> Figure {
        scheme_table(std::slice::from_ref(self))
    }
}

crate::shown_in_notebooks!(CartMeasures);

/// One row a run: what was lost, what was kept too long, what it cost, and whether the cart is right.
pub fn scheme_table(runs: &[CartMeasures]) -> Figure {
    let header = [
        "scheme",
        "merge",
        "acknowledged",
        "refused",
        "lost",
        "siblings a read",
        "false ones",
        "most",
        "slots",
        "servers differ",
        "came back",
        "missing",
    ];
    let items = |items: &[&str]| if items.is_empty() { "–".to_owned() } else { items.join(", ") };
    let row = |table: Table, run: &CartMeasures| {
        table.row([
            run.scheme.to_string(),
            run.merge.to_string(),
            run.acknowledged.to_string(),
            run.refused.to_string(),
            run.lost.len().to_string(),
            format!("{:.2}", run.siblings_per_read),
            format!("{:.2}", run.false_siblings_per_read),
            run.most_siblings.to_string(),
            run.width.to_string(),
            if run.servers_differ { "yes" } else { "no" }.to_owned(),
            items(&run.resurrected),
            items(&run.missing),
        ])
    };
    runs.iter().fold(Table::new(header), row).figure()
}

/// Siblings of a server over time, a line a run.
pub fn siblings_chart(title: &str, runs: &[CartMeasures]) -> Figure {
    let chart = Chart::new(title, "time in ms", "siblings, mean of the servers");
    let same_merge = runs.windows(2).all(|pair| pair[0].merge == pair[1].merge);
    let line = |chart: Chart, run: &CartMeasures| {
        let name = match same_merge {
            true => run.scheme.to_string(),
            false => format!("{}, {}", run.scheme, run.merge),
        };
        chart.line(name, run.siblings.iter().map(|(at, siblings)| (at.as_us() as f64 / 1_000.0, *siblings)))
    };
    runs.iter().fold(chart, line).figure()
}

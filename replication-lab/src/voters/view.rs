//! Placements and strategies side by side.

use super::{
    Kind, Placement, RoundTrips, Strategy, StrategyError, best_leader, commit_latency, survives_any,
    write_latency,
};
use crate::view::Table;

fn yes(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

/// What each placement survives, and how fast it commits: from its first region, and from the best one.
pub fn placements_table(placements: &[(&str, Placement)], round_trips: &RoundTrips) -> Table {
    let header = ["voters".to_owned(), "majority".to_owned()];
    let kinds = Kind::ALL.map(|kind| format!("survives {kind}"));
    let first = format!("leader in {}", round_trips.name(0));
    let mut table = Table::new(header.into_iter().chain(kinds).chain([first, "best leader".to_owned()]));
    for (what, placement) in placements {
        let survived = Kind::ALL.map(|kind| yes(survives_any(placement, kind)).to_owned());
        let first = commit_latency(placement, 0, round_trips, &[]);
        let first = first.map_or("none".to_owned(), |ms| format!("{ms} ms"));
        let best = best_leader(placement, round_trips, &[])
            .map_or("none".to_owned(), |(region, ms)| format!("{}: {ms} ms", round_trips.name(region)));
        let head = [(*what).to_owned(), format!("{} of {}", placement.majority(), placement.voters())];
        table = table.row(head.into_iter().chain(survived).chain([first, best]));
    }
    table
}

/// What clients in each of the regions wait for a write, by strategy; one replica in every region.
///
/// # Errors
/// As [`write_latency`].
pub fn strategies_table(
    strategies: &[Strategy],
    leader: usize,
    round_trips: &RoundTrips,
) -> Result<Table, StrategyError> {
    let regions: Vec<usize> = (0..round_trips.regions()).collect();
    let clients = regions.iter().map(|client| format!("client in {}", round_trips.name(*client)));
    let mut table = Table::new(std::iter::once("strategy".to_owned()).chain(clients));
    for strategy in strategies {
        let mut row = vec![strategy.to_string()];
        for client in &regions {
            row.push(format!("{} ms", write_latency(*strategy, *client, leader, &regions, round_trips)?));
        }
        table = table.row(row);
    }
    Ok(table)
}

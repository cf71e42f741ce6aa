//! What a run looks like.

use super::cluster::MultiLeader;
use super::leader::listed;
use super::mix::Measured;
use super::resolution::Version;
use crate::view::{Table, drawn_from_its_trace};

drawn_from_its_trace!(MultiLeader);

impl MultiLeader {
    /// What a reader sees of each record, leader by leader.
    pub fn table(&self) -> Table {
        let keys: std::collections::BTreeSet<&String> =
            self.leaders().flat_map(|leader| leader.records().keys()).collect();
        let header = std::iter::once("record".to_owned()).chain(self.names().iter().cloned());
        keys.into_iter().fold(Table::new(header), |table, key| {
            let seen = self.world.ids().map(|id| listed(&self.world.node(id).read(key)));
            table.row(std::iter::once(key.clone()).chain(seen))
        })
    }

    /// The conflicts that leaders have met: who, what was there, what came, and what became of it.
    pub fn conflict_table(&self) -> Table {
        let header = ["at", "leader", "record", "was here", "came", "a reader sees"];
        let met = self.world.ids().flat_map(|id| {
            self.world.node(id).conflicts().iter().map(move |conflict| (self.world.name(id), conflict))
        });
        let mut met: Vec<_> = met.collect();
        met.sort_by_key(|(_, conflict)| conflict.at);
        met.into_iter().fold(Table::new(header), |table, (name, conflict)| {
            let version = |version: &Version| {
                let of = version.from.first().map_or("", |dot| dot.server.as_str());
                format!("{version} ({of}_LSN {})", version.lsn)
            };
            let here: Vec<String> = conflict.here.iter().map(version).collect();
            table.row([
                conflict.at.to_string(),
                name.to_owned(),
                conflict.key.clone(),
                here.join(" | "),
                version(&Version::of(&conflict.came)),
                listed(&conflict.now),
            ])
        })
    }
}

/// What workloads showed, a row for each.
pub fn mix_table(runs: &[(String, Measured)]) -> Table {
    let header = [
        "",
        "writes",
        "conflicts per 1,000",
        "lost silently",
        "of these, the later one",
        "level after",
        "records that differ",
        "updates skipped",
        "names twice",
        "stock below 0",
    ];
    runs.iter().fold(Table::new(header), |table, (name, seen)| {
        table.row([
            name.clone(),
            seen.writes.to_string(),
            format!("{:.1}", seen.conflicts_per_thousand()),
            seen.lost.to_string(),
            seen.later_lost.to_string(),
            seen.level_after.map_or("never".to_owned(), |span| span.to_string()),
            seen.differing.to_string(),
            seen.skipped.to_string(),
            seen.names_twice.to_string(),
            seen.oversold.to_string(),
        ])
    })
}

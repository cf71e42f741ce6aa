//! What a run looks like.

use super::cluster::Capture;
use crate::view::{Table, drawn_from_its_trace};

drawn_from_its_trace!(Capture);

impl Capture {
    /// The slots, as `pg_replication_slots` shows them.
    pub fn slots(&self) -> Table {
        let header =
            Table::new(["slot_name", "active", "confirmed_flush_lsn", "log held, bytes", "wal_status"]);
        self.consumers().iter().fold(header, |table, name| match self.slot(name) {
            Ok(slot) => table.row([
                name.clone(),
                slot.active.to_string(),
                slot.confirmed.to_string(),
                slot.held.to_string(),
                if slot.lost { "lost" } else { "reserved" }.to_owned(),
            ]),
            Err(_) => table,
        })
    }
}

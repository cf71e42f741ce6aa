//! What a run looks like.

use super::cluster::Capture;
use crate::trace::Trace;
use crate::view::{Figure, Table, space_time};

impl Capture {
    /// The space–time diagram of the run so far, with the transcript as its text form.
    pub fn diagram(&self) -> Figure {
        self.diagram_since(0)
    }

    /// This place in the trace, for [`diagram_since`](Self::diagram_since).
    pub fn mark(&self) -> usize {
        self.trace().map_or(0, Trace::len)
    }

    /// The diagram of what happened since a place in the trace.
    pub fn diagram_since(&self, mark: usize) -> Figure {
        match self.trace() {
            Some(trace) => space_time(&trace.since(mark)),
            None => Figure::text("The trace is switched off: build it with `.trace(true)`."),
        }
    }

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

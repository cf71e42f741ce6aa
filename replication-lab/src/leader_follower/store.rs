//! A store outside the cluster that keeps rows by id: a cache, a search index.

use std::collections::BTreeMap;

use super::message::Told;
use super::node::Member;
use crate::world::Effects;

/// What an application keeps elsewhere, under the ids that the database issued.
#[derive(Clone, Debug, Default)]
pub struct IdStore {
    guarded: bool,
    highest_epoch: u64,
    rows: BTreeMap<String, Vec<(String, u64)>>,
}

impl IdStore {
    pub(super) fn new(guarded: bool) -> Self {
        Self { guarded, ..Self::default() }
    }

    /// Everything that was ever stored under an id, the oldest first: the row, and the epoch of its answer.
    pub fn rows(&self) -> &BTreeMap<String, Vec<(String, u64)>> {
        &self.rows
    }

    pub(super) fn put(&mut self, id: String, row: String, epoch: u64, out: &mut Effects<'_, Member>) {
        let taken = !self.guarded || epoch >= self.highest_epoch;
        if taken {
            self.highest_epoch = self.highest_epoch.max(epoch);
            self.rows.entry(id.clone()).or_default().push((row.clone(), epoch));
            out.note(|| format!("holds {id}={row}"));
        } else {
            out.note(|| format!("refuses {id}={row}: epoch {epoch} is over"));
        }
        out.output(Told::Stored(id, row, epoch, taken));
    }
}

//! A store outside the cluster that keeps rows by id: a cache, a search index.

use std::collections::BTreeMap;

use super::message::Told;
use super::node::Member;
use crate::world::Effects;

/// What an application keeps elsewhere, under the ids that the database issued.
#[derive(Clone, Debug, Default)]
pub struct IdStore {
    guarded: bool,
    unique: bool,
    highest_epoch: u64,
    rows: BTreeMap<String, Vec<(String, u64)>>,
}

impl IdStore {
    pub(super) fn new(guarded: bool, unique: bool) -> Self {
        Self { guarded, unique, ..Self::default() }
    }

    /// From now on an id may have one row only, or as many as come.
    pub(super) fn set_unique(&mut self, unique: bool) {
        self.unique = unique;
    }

    /// Everything that was ever stored under an id, the oldest first: the row, and the epoch of its answer.
    pub fn rows(&self) -> &BTreeMap<String, Vec<(String, u64)>> {
        &self.rows
    }

    pub(super) fn put(&mut self, id: String, row: String, epoch: u64, out: &mut Effects<'_, Member>) {
        let over = self.guarded && epoch < self.highest_epoch;
        let held = self.rows.get(&id).and_then(|rows| rows.last()).filter(|(held, _)| *held != row);
        let taken = !over && (!self.unique || held.is_none());
        if taken {
            self.highest_epoch = self.highest_epoch.max(epoch);
            self.rows.entry(id.clone()).or_default().push((row.clone(), epoch));
            out.note(|| format!("holds {id}={row}"));
        } else if over {
            out.note(|| format!("refuses {id}={row}: epoch {epoch} is over"));
        } else {
            out.note(|| format!("refuses {id}={row}: duplicate key"));
        }
        out.output(Told::Stored(id, row, epoch, taken));
    }
}

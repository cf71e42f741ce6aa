//! The state machine that a log drives: values by key, and what each client was last told.

use std::collections::BTreeMap;

use super::command::{Command, Entry, OpId};
use super::message::Outcome;
use crate::trace::NodeId;

/// What the first so many entries of a log make.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Table {
    values: BTreeMap<String, String>,
    // The last operation of each client, and what it was told: one that is asked for again changes nothing.
    sessions: BTreeMap<NodeId, (u64, Outcome)>,
    applied: u64,
}

impl Table {
    /// How many entries it has applied.
    pub fn applied(&self) -> u64 {
        self.applied
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&String> {
        self.values.get(key)
    }

    /// All values, in the order of their keys.
    pub fn values(&self) -> &BTreeMap<String, String> {
        &self.values
    }

    /// What this operation was told, if it has been applied and no later one of its client has.
    pub fn told(&self, id: OpId) -> Option<&Outcome> {
        self.sessions.get(&id.client).filter(|(number, _)| *number == id.number).map(|(_, outcome)| outcome)
    }

    /// Applies the next entry.
    pub(super) fn apply(&mut self, entry: &Entry) {
        self.applied += 1;
        let Some(id) = entry.command.id() else { return };
        if self.sessions.get(&id.client).is_some_and(|(number, _)| *number >= id.number) {
            return;
        }
        let outcome = match &entry.command {
            Command::Put { key, value, .. } => {
                self.values.insert(key.clone(), value.clone());
                Outcome::Written
            }
            Command::CompareAndSet { key, expected, new, .. } => {
                let swapped = self.values.get(key) == expected.as_ref();
                if swapped {
                    self.values.insert(key.clone(), new.clone());
                }
                Outcome::Swapped(swapped)
            }
            Command::Begin | Command::Members(_) => return,
        };
        self.sessions.insert(id.client, (id.number, outcome));
    }
}

//! What becomes of two values for one record that were written without knowledge of each other.
//!
//! | strategy | of two concurrent values | loses |
//! |---|---|---|
//! | [`Resolution::LastWriteWins`] | the one with the larger time stamp | the other one, silently |
//! | [`Resolution::ReplicaPriority`] | the one from the leader that is named first | the other one, silently |
//! | [`Resolution::Union`] | both, joined with `/` | deletes, and what the value meant |
//! | [`Resolution::OnWrite`] | what a function makes of the two, when the second arrives | what the function drops |
//! | [`Resolution::OnRead`] | both, until somebody writes the next one | nothing, but somebody must decide |
//!
//! The first one looks at nothing but stamps. So it also drops a value that was written *with* knowledge of the other
//! one, on a machine whose clock is slow. All others replace what the writer had seen, and resolve the rest.
//!
//! All but the functions look at the set of values, so they give every leader the same, in whatever order changes come.
//! A function that looks at who is asked, or at what came first, gives each leader something else: see [`Handler`].

use std::fmt;

use super::change::Change;
use crate::causality::{Dot, VersionVector};
use crate::crdt::Stamp;

/// How concurrent values of a plain record are resolved.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Resolution {
    /// The larger time stamp. On a tie a delete wins, as in Cassandra; then the larger name of a leader (Cassandra: the
    /// larger value). Cassandra resolves each cell by itself, and this whole records.
    #[default]
    LastWriteWins,
    /// By name: the first one that is there. What is not named comes last, by name.
    ReplicaPriority(Vec<String>),
    /// All values, sorted and joined with `/`; a delete loses against any of them.
    Union,
    /// By a function, as soon as the second one arrives (Bucardo's conflict handlers).
    OnWrite(Handler),
    /// Not at all: all values are kept, and a reader sees them (CouchDB keeps them as conflicting revisions).
    OnRead,
}

impl fmt::Display for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LastWriteWins => f.write_str("last write wins"),
            Self::ReplicaPriority(names) => write!(f, "priority {}", names.join(" > ")),
            Self::Union => f.write_str("union"),
            Self::OnWrite(handler) => write!(f, "on write: {handler}"),
            Self::OnRead => f.write_str("on read"),
        }
    }
}

/// A function that resolves a conflict when it is found: from the value that is here and the one that arrives to
/// the one that stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handler {
    /// The longer text; of two equally long ones, the larger one. The same for both sides, and in any order.
    Longer,
    /// What is here stays. Each leader keeps its own: they never agree.
    KeepMine,
    /// What arrives stays. They swap, and never agree either.
    TakeTheirs,
}

impl fmt::Display for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Longer => "keep the longer",
            Self::KeepMine => "keep mine",
            Self::TakeTheirs => "take theirs",
        })
    }
}

/// One value of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// The value; nothing if the record is deleted.
    pub value: Option<String>,
    /// The changes that are in it: one, or more if a function has made it from several.
    pub from: Vec<Dot>,
    /// The largest stamp of these changes.
    pub stamp: Stamp,
    /// Its position in the log of its origin.
    pub lsn: u64,
    /// What its writer had seen.
    pub seen: VersionVector,
}

impl Version {
    pub(super) fn of(change: &Change) -> Self {
        Self {
            value: change.action.value().map(str::to_owned),
            from: vec![change.id.clone()],
            stamp: change.stamp.clone(),
            lsn: change.lsn,
            seen: change.seen.clone(),
        }
    }

    fn is_known_by(&self, seen: &VersionVector) -> bool {
        self.from.iter().all(|dot| seen.covers(dot))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.value.as_deref().unwrap_or("deleted"))
    }
}

/// What happened to a change that reached a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    /// Nobody was in its way.
    Nothing,
    /// There was another value that its writer had not seen.
    Conflict,
}

impl Resolution {
    /// Lets a change reach the versions of a record. They stay sorted by stamp.
    pub(super) fn apply(&self, versions: &mut Vec<Version>, change: &Change) -> Met {
        let new = Version::of(change);
        let ordered = |old: &Version| old.is_known_by(&change.seen) || old.seen.covers(&change.id);
        let met = if versions.iter().all(ordered) { Met::Nothing } else { Met::Conflict };
        if *self == Self::LastWriteWins {
            // Whatever anybody had seen.
            versions.push(new);
            sort(versions);
            versions.drain(..versions.len() - 1);
            return met;
        }
        if versions.iter().any(|old| old.seen.covers(&change.id)) {
            // It comes late: what is here was written with knowledge of it.
            return Met::Nothing;
        }
        versions.retain(|old| !old.is_known_by(&change.seen));
        match (self, versions.pop()) {
            (Self::OnWrite(handler), Some(mine)) => versions.push(handler.resolve(mine, new)),
            (_, mine) => versions.extend(mine.into_iter().chain([new])),
        }
        sort(versions);
        met
    }

    /// What a reader sees: nothing, one value, or several.
    pub fn visible(&self, versions: &[Version]) -> Vec<String> {
        let alive = || versions.iter().filter_map(|version| version.value.clone());
        match self {
            Self::OnRead => {
                let mut all: Vec<String> = alive().collect();
                all.sort_unstable();
                all.dedup();
                all
            }
            Self::Union => {
                let mut parts: Vec<String> = alive()
                    .flat_map(|value| value.split('/').map(str::to_owned).collect::<Vec<_>>())
                    .collect();
                parts.sort_unstable();
                parts.dedup();
                if parts.is_empty() { Vec::new() } else { vec![parts.join("/")] }
            }
            Self::ReplicaPriority(names) => {
                let rank = |version: &&Version| {
                    let name = &version.stamp.replica;
                    (names.iter().position(|known| known == name).unwrap_or(names.len()), name.clone())
                };
                versions
                    .iter()
                    .min_by_key(rank)
                    .and_then(|version| version.value.clone())
                    .into_iter()
                    .collect()
            }
            Self::LastWriteWins | Self::OnWrite(_) => {
                versions.last().and_then(|version| version.value.clone()).into_iter().collect()
            }
        }
    }

    /// The changes that a reader sees something of.
    pub(super) fn survivors<'v>(&self, versions: &'v [Version]) -> Vec<&'v Dot> {
        let shown = self.visible(versions);
        let is_shown = |version: &&Version| match (self, &version.value) {
            (Self::OnRead, _) => true,
            (Self::Union, value) => value.is_some() || shown.is_empty(),
            (_, value) => value.as_ref() == shown.first(),
        };
        versions.iter().filter(is_shown).flat_map(|version| &version.from).collect()
    }
}

impl Handler {
    fn resolve(self, mine: Version, theirs: Version) -> Version {
        let length = |version: &Version| version.value.as_ref().map(|value| value.chars().count());
        let keep_mine = match self {
            Self::KeepMine => true,
            Self::TakeTheirs => false,
            Self::Longer => (length(&mine), &mine.value) >= (length(&theirs), &theirs.value),
        };
        let mut from: Vec<Dot> = mine.from.iter().chain(&theirs.from).cloned().collect();
        from.sort_unstable();
        let stamp = mine.stamp.clone().max(theirs.stamp.clone());
        let mut seen = mine.seen.clone();
        seen.merge(&theirs.seen);
        let kept = if keep_mine { mine } else { theirs };
        Version { from, stamp, seen, ..kept }
    }
}

fn sort(versions: &mut [Version]) {
    let key = |version: &Version| {
        let Stamp { time, replica } = &version.stamp;
        (*time, version.value.is_none(), replica.clone(), version.value.clone())
    };
    versions.sort_by_key(key);
}

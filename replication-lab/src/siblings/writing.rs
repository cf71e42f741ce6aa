//! A write: which values it replaces.

use super::record::{Record, Sibling};
use super::scheme::Scheme;
use crate::causality::{CounterOverflow, Dot, VersionVector};
use crate::time::Time;

/// Who writes, and what it has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// The client. Only [`Scheme::ClientVector`] asks for it.
    pub client: String,
    /// The number of this write among those of its client, from 1. As the name.
    pub number: u64,
    /// The context that it last got with the key; empty, if it has not read it: a blind write.
    pub context: VersionVector,
}

/// A nameless client, whose writes are numbered by its context.
impl From<&VersionVector> for Writer {
    fn from(context: &VersionVector) -> Self {
        let number = context.counter("client") + 1;
        Self { client: "client".into(), number, context: context.clone() }
    }
}

/// Where and when a write is taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken<'a> {
    pub(super) server: &'a str,
    pub(super) at: Time,
    /// Numbers up to this one have been used for this key before, and are forgotten.
    pub(super) used: u64,
}

impl<V: Clone> Record<V> {
    /// Takes a write in and drops what it replaces.
    pub(super) fn write(
        &mut self,
        value: Option<V>,
        writer: &Writer,
        taken: Taken<'_>,
    ) -> Result<(), CounterOverflow> {
        let context = &writer.context;
        let dot = self.dot(writer, taken)?;
        let context = match self.scheme {
            Scheme::LastWriteWins => VersionVector::default(),
            _ => context.clone(),
        };
        let new = Sibling { value, context, dot, at: taken.at };
        let vector = new.vector();
        let replaced = |old: &Sibling<V>| match self.scheme {
            Scheme::LastWriteWins => old.stamp() < new.stamp(),
            Scheme::ClientVector | Scheme::ServerVector | Scheme::MaxPlusOne => {
                vector.dominates(&old.vector())
            }
            // All or nothing.
            Scheme::MergedVector => new.context.descends(&self.seen),
            Scheme::Dotted => new.context.covers(&old.dot),
        };
        let kept: Vec<Sibling<V>> = self.siblings.iter().filter(|old| !replaced(old)).cloned().collect();
        let too_late = match self.scheme {
            Scheme::LastWriteWins => !kept.is_empty(),
            // The client's later write is here already.
            Scheme::ClientVector => kept.iter().any(|old| old.vector().descends(&vector)),
            _ => false,
        };
        self.siblings = kept;
        self.seen.merge(&vector);
        if !too_late {
            self.siblings.push(new);
        }
        Ok(())
    }

    /// The name of the event.
    fn dot(&self, writer: &Writer, taken: Taken<'_>) -> Result<Dot, CounterOverflow> {
        let mut counted = writer.context.clone();
        match self.scheme {
            Scheme::ClientVector => {
                return Ok(Dot { server: writer.client.clone(), counter: writer.number });
            }
            Scheme::ServerVector => {}
            Scheme::LastWriteWins | Scheme::MaxPlusOne | Scheme::MergedVector | Scheme::Dotted => {
                counted.merge(&self.seen);
                counted.add(&Dot { server: taken.server.to_owned(), counter: taken.used });
            }
        }
        counted.increment(taken.server)
    }
}

//! The four ways, and what goes wrong with them.

use std::fmt;

use super::statement::Unsafe;
use crate::log::Lsn;
use crate::table_engine::{EngineError, Layout, Misfit};

/// What a log says of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The statements, which each follower carries out again.
    Statement(Fixing),
    /// The bytes that changed on pages (PostgreSQL: streaming replication).
    Physical,
    /// The rows that changed (PostgreSQL: logical replication with pgoutput; MySQL: the binary log in row format).
    Logical(Identity),
    /// What a trigger wrote into a table of its own, read from there by a program of its own (Bucardo, Slony, Londiste,
    /// SymmetricDS).
    Trigger,
}

/// What is done about functions whose value differs from node to node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fixing {
    /// Nothing: the text as it was written.
    Nothing,
    /// Beside the text go the time, what random numbers came from, and the first number of the sequence (MySQL: the
    /// event's timestamp, `RAND_EVENT`, `INTVAR_EVENT`).
    Context,
    /// In the place of such functions the text has their values; what can't be made safe so is refused.
    Pinned,
}

/// What a logical log says of a row before its change (PostgreSQL: `REPLICA IDENTITY`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The primary key, if it changed or the row vanished.
    Default,
    /// All of it.
    Full,
}

impl Method {
    /// All of them.
    pub const ALL: [Method; 7] = [
        Self::Statement(Fixing::Nothing),
        Self::Statement(Fixing::Context),
        Self::Statement(Fixing::Pinned),
        Self::Physical,
        Self::Logical(Identity::Default),
        Self::Logical(Identity::Full),
        Self::Trigger,
    ];
    /// The four, each as it is at its best without more settings.
    pub const FOUR: [Method; 4] =
        [Self::Statement(Fixing::Nothing), Self::Physical, Self::Logical(Identity::Default), Self::Trigger];
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Statement(Fixing::Nothing) => "statement",
            Self::Statement(Fixing::Context) => "statement, with context",
            Self::Statement(Fixing::Pinned) => "statement, pinned",
            Self::Physical => "physical",
            Self::Logical(Identity::Default) => "logical",
            Self::Logical(Identity::Full) => "logical, full identity",
            Self::Trigger => "trigger",
        })
    }
}

/// One transaction in a replication log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where the one before it ends.
    pub after: Lsn,
    /// Where it ends.
    pub end: Lsn,
    /// What is shipped.
    pub bytes: Vec<u8>,
}

/// Why a leader can't log a statement. It has not been carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogError {
    /// The engine refuses it.
    Engine(EngineError),
    /// It would have another effect on a follower, and can't be pinned.
    Unsafe(Unsafe),
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Engine(error) => error.fmt(f),
            Self::Unsafe(why) => why.fmt(f),
        }
    }
}

impl std::error::Error for LogError {}

impl From<EngineError> for LogError {
    fn from(error: EngineError) -> Self {
        Self::Engine(error)
    }
}

impl From<Unsafe> for LogError {
    fn from(why: Unsafe) -> Self {
        Self::Unsafe(why)
    }
}

/// Why a replica can't apply an entry. It has applied nothing of it, and stays where it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplyError {
    /// Something is missing between what it has and this entry.
    Gap {
        /// Where it stands.
        applied: Lsn,
        /// Where the entry begins.
        after: Lsn,
    },
    /// The pages in the log are laid out for another major version.
    Layout {
        /// The log's.
        log: Layout,
        /// Its own.
        here: Layout,
    },
    /// The pages in the log are those of another database: this is no copy of its pages.
    OtherSystem,
    /// Bytes that make no sense: what they should have been.
    Corrupt(&'static str),
    /// A row of a table that the log has not described.
    UnknownRelation(u32),
    /// What the log says does not fit what is there.
    Misfit(Misfit),
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap { applied, after } => write!(
                f,
                "the log from {applied} to {after} is missing: ask the leader for everything after {applied}"
            ),
            Self::Layout { log, here } => write!(
                f,
                "the log has pages of {log}, and this is {here}: run the same major version, or ship rows instead"
            ),
            Self::OtherSystem => f.write_str(
                "the log has pages of another database: begin with a copy of its pages (a base backup), or ship rows",
            ),
            Self::Corrupt(what) => {
                write!(f, "this is {what} that can't be read: fetch it from the leader again")
            }
            Self::UnknownRelation(relation) => write!(
                f,
                "a row of table number {relation}, which was not described before: begin the stream anew, with its \
                 description"
            ),
            Self::Misfit(misfit) => misfit.fmt(f),
        }
    }
}

impl std::error::Error for ApplyError {}

impl From<Misfit> for ApplyError {
    fn from(misfit: Misfit) -> Self {
        Self::Misfit(misfit)
    }
}

impl From<EngineError> for ApplyError {
    fn from(error: EngineError) -> Self {
        Self::Misfit(Misfit::Engine(error))
    }
}

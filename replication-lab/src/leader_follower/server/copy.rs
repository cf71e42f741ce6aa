//! How a new follower gets its first copy while the leader goes on.

use super::{Out, Role, Server};
use crate::leader_follower::entry::Table;
use crate::leader_follower::journal::Journal;
use crate::leader_follower::message::{Confirmed, Message};
use crate::log::Position;
use crate::trace::NodeId;

/// How a new follower gets its first copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyMethod {
    /// A consistent snapshot with the position that it shows (`pg_basebackup`); if `slot`, the leader keeps its log
    /// from that position on.
    Snapshot {
        /// Whether the leader keeps the log for it.
        slot: bool,
    },
    /// The live files one after the other while they change, so many, and then the log from the end of the copy on.
    LiveFiles(u32),
}

impl Server {
    /// Becomes a follower of this server, from nothing.
    pub(in crate::leader_follower) fn bootstrap(
        &mut self,
        from: NodeId,
        method: CopyMethod,
        out: &mut Out<'_>,
    ) {
        match method {
            CopyMethod::Snapshot { slot } => self.copy_from(from, slot, out),
            CopyMethod::LiveFiles(files) => {
                self.role = Role::Copying(from);
                self.parts = Some((Table::default(), files.max(1)));
                out.send(from, Message::CopyPart(0, files.max(1)));
            }
        }
    }

    pub(super) fn copy_from(&mut self, from: NodeId, slot: bool, out: &mut Out<'_>) {
        self.role = Role::Copying(from);
        out.note(|| "asks for a copy".into());
        out.send(from, Message::CopyAll(slot));
    }

    /// Somebody wants a copy: the table as it is, and the position that it shows.
    pub(super) fn give_copy(&mut self, to: NodeId, slot: bool, out: &mut Out<'_>) {
        let at = self.confirmed.applied;
        let Some(position) = self.journal.position(at) else { return };
        if slot {
            self.slots.insert(to, at);
        }
        out.note(|| format!("snapshot at {position}"));
        let table = Box::new(self.table.clone());
        out.send(to, Message::Copy(table, position, self.journal.epochs().to_vec()));
    }

    /// The copy is there: follow from its position on.
    pub(super) fn restore_copy(
        &mut self,
        from: NodeId,
        table: Table,
        at: Position,
        epochs: Vec<(u64, u64)>,
        out: &mut Out<'_>,
    ) {
        if self.role != Role::Copying(from) {
            return;
        }
        out.truncate(out.disk().first());
        self.journal = Journal::copied(table.clone(), at, epochs);
        self.epoch = self.epoch.max(at.epoch);
        (self.table, self.copied, self.led) = (table, true, false);
        self.confirmed = Confirmed { written: at.lsn, flushed: at.lsn, applied: at.lsn };
        out.note(|| format!("restored the copy as of {at}"));
        self.follow(from, out);
    }

    /// Somebody copies the live files: this part of the rows, as they are just now.
    pub(super) fn give_part(&mut self, to: NodeId, part: u32, of: u32, out: &mut Out<'_>) {
        let Some(position) = self.journal.position(self.confirmed.applied) else { return };
        let rows = &self.table.rows;
        let size = rows.len().div_ceil(of.max(1) as usize).max(1);
        let rows = rows.iter().skip(part as usize * size).take(size);
        let rows = rows.map(|(key, value)| (key.clone(), value.clone())).collect();
        let table = Table { rows, ..Table::default() };
        out.note(|| format!("file {} of {of}, read at {position}", part + 1));
        out.send(to, Message::Part(part, Box::new(table), position));
    }

    /// A part is there; the next one is asked for, or the copy is whole.
    pub(super) fn take_part(
        &mut self,
        from: NodeId,
        part: u32,
        rows: Table,
        at: Position,
        out: &mut Out<'_>,
    ) {
        let Some((mut copied, of)) = self.parts.take().filter(|_| self.role == Role::Copying(from)) else {
            return;
        };
        copied.rows.extend(rows.rows);
        if part + 1 < of {
            // The next file is read when this one is here.
            self.parts = Some((copied, of));
            return out.send(from, Message::CopyPart(part + 1, of));
        }
        self.restore_copy(from, copied, at, vec![(at.epoch, 1)], out);
    }
}

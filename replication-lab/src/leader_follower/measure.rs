//! What is measured of a run.

use std::collections::{BTreeMap, BTreeSet};

use super::cluster::LeaderFollower;
use super::entry::OpId;
use super::message::Told;
use super::setup::SetupError;
use crate::history::epochs::Accepted;
use crate::history::{Action, stale_reads};
use crate::time::Time;
use crate::trace::NodeId;
use crate::view::LagReading;

/// How far a follower is behind the leader, at a moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lag {
    /// Entries that the leader has and the follower has not applied.
    pub entries: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Since when the oldest of them waits, in seconds; nothing, if nothing was written lately, or the follower is
    /// down.
    pub reading: LagReading,
}

/// What was measured of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measures {
    /// Writes that began, and were acknowledged.
    pub writes: u32,
    /// Of these, acknowledged.
    pub acknowledged: u32,
    /// Reads that began.
    pub reads: u32,
    /// Of these, answered.
    pub answered: u32,
    /// Latencies of acknowledged writes, ascending.
    pub write_latencies: Vec<Time>,
    /// Latencies of answered reads, ascending.
    pub read_latencies: Vec<Time>,
    /// Whole seconds, counted from the start, in which clients wrote, or waited, and no write was acknowledged.
    pub seconds_without_writes: u32,
    /// Whole seconds in which clients read, or waited, and no read was answered.
    pub seconds_without_reads: u32,
    /// Acknowledged writes that the leader does not have at the end: places in the history.
    pub lost: Vec<usize>,
    /// Writes that a server accepted in an older epoch after another had accepted one in a newer one.
    pub accepted_by_the_deposed: u32,
    /// Ids that were issued for two rows.
    pub issued_twice: Vec<String>,
    /// Ids under which a client was told that its row is, and under which the database now has another one.
    pub another_row: Vec<String>,
    /// Ids under which the store outside has another row than the database, or the database none.
    pub misassociated: Vec<String>,
    /// Rows that are in the database twice, because somebody asked again.
    pub done_twice: u32,
    /// Entries that returning servers cut off.
    pub discarded: u32,
    /// Failovers.
    pub failovers: u32,
    /// Of these, from a leader that was alive: slow, paused, or cut off.
    pub false_failovers: u32,
}

impl LeaderFollower {
    pub(super) fn lag_of(&self, id: NodeId, leader: NodeId) -> (LagReading, u64) {
        let (follower, leader) = (self.server_of(id), self.server_of(leader));
        let applied = follower.confirmed().applied;
        let end = leader.received().lsn;
        let entries = end.saturating_sub(applied);
        if !self.world.is_running(id) {
            return (LagReading::Down, entries);
        }
        let now = self.world.now();
        let reading = match (entries, leader.entry(applied + 1), leader.entry(end)) {
            (0, _, Some(last)) if now.since(last.written) <= Time::s(1) => LagReading::Lag(0.0),
            (0, ..) => LagReading::NoTraffic,
            (_, Some(first), _) => LagReading::Lag(now.since(first.written).as_ms() / 1_000.0),
            (_, None, _) => LagReading::Down,
        };
        (reading, entries)
    }

    /// How far a follower is behind whoever leads.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn lag(&self, follower: &str) -> Result<Lag, SetupError> {
        let id = self.server_id(follower)?;
        let Some(leader) = self.leader_id() else {
            return Ok(Lag { entries: 0, bytes: 0, reading: LagReading::Down });
        };
        let (reading, entries) = self.lag_of(id, leader);
        Ok(Lag { entries, bytes: entries * self.settings().row_bytes, reading })
    }

    /// Acknowledged writes that this server has not received: what is lost if it takes over now.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn at_risk(&self, follower: &str) -> Result<Vec<usize>, SetupError> {
        let server = self.server(follower)?;
        let missing = self.acknowledged.iter().filter(|(op, _)| !server.holds(**op));
        Ok(missing.map(|(_, place)| *place).collect())
    }

    /// Acknowledged writes that are in no server's log any more, not even in that of one that is down: places in the
    /// history. What a server no longer keeps of its log because it is in its checkpoint counts as gone, so this is for
    /// clusters of [`Retention::Everything`](super::Retention).
    pub fn on_no_disk(&self) -> Vec<usize> {
        let servers = self.topology.servers().map(|id| self.server_of(id));
        let kept: BTreeSet<OpId> = servers.flat_map(|server| server.logged_ops()).collect();
        self.acknowledged.iter().filter(|(op, _)| !kept.contains(op)).map(|(_, place)| *place).collect()
    }

    /// What servers accepted as leaders, for the checkers of [`crate::history::epochs`].
    pub fn accepted(&self) -> Vec<Accepted> {
        let accepted = self.told.iter().filter_map(|(at, node, told)| match told {
            Told::Accepted(position, ..) => {
                Some(Accepted { node: self.name(*node).to_owned(), epoch: position.epoch, at: *at })
            }
            _ => None,
        });
        accepted.collect()
    }

    /// How long after a moment the first write was accepted by a server that led; nothing if none was.
    pub fn first_accepted_after(&self, moment: Time) -> Option<Time> {
        let accepted =
            self.told.iter().filter(|(at, _, told)| *at > moment && matches!(told, Told::Accepted(..)));
        accepted.map(|(at, ..)| at.since(moment)).next()
    }

    /// The ids that servers issued: who, in which epoch, which id, and for which operation.
    pub fn issued(&self) -> Vec<(String, u64, String, OpId)> {
        let issued = self.told.iter().filter_map(|(_, node, told)| match told {
            Told::Accepted(position, op, Some(id)) => {
                Some((self.name(*node).to_owned(), position.epoch, id.clone(), *op))
            }
            _ => None,
        });
        issued.collect()
    }

    /// Reads that returned something old although a newer write had been acknowledged before they began: places in
    /// the history. Quadratic: for thousands of operations, not for millions.
    pub fn stale_reads(&self) -> Vec<usize> {
        stale_reads(&self.history)
    }

    /// The latencies of a client's answered reads (or writes), ascending.
    pub fn latencies(&self, client: &str, reads: bool) -> Vec<Time> {
        let ops = self.history.0.iter().filter(|op| op.client == client);
        let ops = ops.filter(|op| matches!(op.action, Action::Read(_)) == reads);
        let mut latencies: Vec<_> = ops.filter_map(|op| Some(op.ended?.since(op.began))).collect();
        latencies.sort_unstable();
        latencies
    }

    /// All that is measured of the run so far.
    pub fn measures(&self) -> Measures {
        let mut measures = Measures::default();
        for op in &self.history.0 {
            let latency = op.ended.map(|ended| ended.since(op.began));
            match op.action {
                Action::Read(_) => {
                    measures.reads += 1;
                    measures.read_latencies.extend(latency);
                }
                _ => {
                    measures.writes += 1;
                    measures.write_latencies.extend(latency);
                }
            }
        }
        measures.read_latencies.sort_unstable();
        measures.write_latencies.sort_unstable();
        measures.acknowledged = measures.write_latencies.len() as u32;
        measures.answered = measures.read_latencies.len() as u32;
        measures.seconds_without_writes = self.idle_seconds(false);
        measures.seconds_without_reads = self.idle_seconds(true);
        measures.lost = self.lost();
        measures.accepted_by_the_deposed = self.accepted_by_the_deposed();
        self.count_ids(&mut measures);
        for (_, _, told) in &self.told {
            match told {
                Told::Discarded(entries) => measures.discarded += entries.len() as u32,
                Told::Promotes(_, epoch, _) => {
                    measures.failovers += 1;
                    let alive = self.alive_when_suspected.get(&(epoch - 1)).copied().unwrap_or(false);
                    measures.false_failovers += u32::from(alive);
                }
                _ => {}
            }
        }
        measures
    }

    /// Whole seconds in which somebody waited for an answer and nobody got one.
    fn idle_seconds(&self, reads: bool) -> u32 {
        let (mut waited, mut served) = (BTreeSet::new(), BTreeSet::new());
        let second = |at: Time| at.as_us() / 1_000_000;
        let now = self.world.now();
        for op in self.history.0.iter().filter(|op| matches!(op.action, Action::Read(_)) == reads) {
            let patient = op.began + self.settings().timeout;
            let until = op.ended.unwrap_or(patient).min(now);
            waited.extend(second(op.began)..=second(until));
            served.extend(op.ended.map(second));
        }
        // The last second is not over yet.
        waited.iter().filter(|at| !served.contains(at) && **at < second(now)).count() as u32
    }

    fn lost(&self) -> Vec<usize> {
        let Some(leader) = self.leader_id() else { return Vec::new() };
        let leader = self.server_of(leader);
        let (applied, end) = (leader.confirmed().applied, leader.received().lsn);
        let waiting: BTreeSet<OpId> = (applied + 1..=end).filter_map(|lsn| leader.entry(lsn)?.op).collect();
        let held = |op: &OpId| leader.table().ops.contains(op) || waiting.contains(op);
        self.acknowledged.iter().filter(|(op, _)| !held(op)).map(|(_, place)| *place).collect()
    }

    fn accepted_by_the_deposed(&self) -> u32 {
        let mut newest = 0;
        let mut late = 0;
        for accepted in self.accepted() {
            newest = newest.max(accepted.epoch);
            late += u32::from(accepted.epoch < newest);
        }
        late
    }

    fn count_ids(&self, measures: &mut Measures) {
        let mut issued: BTreeMap<String, BTreeSet<OpId>> = BTreeMap::new();
        for (_, _, id, op) in self.issued() {
            issued.entry(id).or_default().insert(op);
        }
        measures.issued_twice =
            issued.into_iter().filter(|(_, ops)| ops.len() > 1).map(|(id, _)| id).collect();
        let Some(leader) = self.leader_id() else { return };
        let rows = &self.server_of(leader).table().rows;
        let told = self.acknowledged.values().filter_map(|place| self.history.0.get(*place));
        let inserted = told.filter_map(|op| Some((&op.key, op.written()?)));
        let another = inserted.filter(|(id, row)| rows.get(*id).is_some_and(|now| now != row));
        measures.another_row = another.map(|(id, _)| id.clone()).filter(|id| !id.starts_with('k')).collect();
        if let Some(store) = self.store() {
            let differs = |(id, stored): &(&String, &Vec<(String, u64)>)| {
                stored.last().is_some_and(|(row, _)| rows.get(*id) != Some(row))
            };
            measures.misassociated = store.rows().iter().filter(differs).map(|(id, _)| id.clone()).collect();
        }
        let mut seen = BTreeSet::new();
        let inserted = rows.iter().filter(|(key, _)| !key.starts_with('k'));
        measures.done_twice = inserted.filter(|(_, row)| !seen.insert((*row).clone())).count() as u32;
    }
}

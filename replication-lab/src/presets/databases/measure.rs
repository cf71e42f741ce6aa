//! What the clients saw, in numbers.

use serde::{Deserialize, Serialize};

use crate::history::{Action, History, Op, stale_reads};
use crate::time::Time;
use crate::view::percentile;

/// What was measured of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Writes that began.
    pub writes: u32,
    /// Of these, acknowledged.
    pub acknowledged: u32,
    /// Half of the acknowledged writes took at most this long.
    pub write_p50: Option<Time>,
    /// 99 of 100 of them did.
    pub write_p99: Option<Time>,
    /// Reads that began.
    pub reads: u32,
    /// Half of the answered reads took at most this long.
    pub read_p50: Option<Time>,
    /// Seconds in which a client tried to write and none of its writes was acknowledged, over the three clients.
    pub without_writes: u32,
    /// Seconds in which a client tried to read and none of its reads was answered, over the three clients.
    pub without_reads: u32,
    /// Acknowledged writes that are gone at the end, and not because a later one replaced them.
    pub lost: u32,
    /// Reads that returned something old although a newer write had been acknowledged before they began.
    pub stale: u32,
    /// Acknowledged writes that were concurrent with another client's to the same key and gave way to it, where
    /// nobody puts writes in an order.
    pub dropped: u32,
}

impl Measured {
    pub(super) fn of(history: &History, lost: u32, orders_writes: bool, length: Time) -> Self {
        let ops = |write: bool| history.0.iter().filter(move |op| is_write(op) == write);
        let took = |write: bool| {
            let mut took: Vec<Time> = ops(write).filter_map(|op| Some(op.ended?.since(op.began))).collect();
            took.sort_unstable();
            took
        };
        let (writes, reads) = (took(true), took(false));
        Self {
            writes: ops(true).count() as u32,
            acknowledged: writes.len() as u32,
            write_p50: percentile(&writes, 0.5),
            write_p99: percentile(&writes, 0.99),
            reads: ops(false).count() as u32,
            read_p50: percentile(&reads, 0.5),
            without_writes: silent_seconds(history, true, length),
            without_reads: silent_seconds(history, false, length),
            lost,
            stale: stale_reads(history).len() as u32,
            dropped: if orders_writes { 0 } else { dropped(history) },
        }
    }
}

fn is_write(op: &Op) -> bool {
    matches!(op.action, Action::Write(_))
}

/// A second counts for a client if it waited in it for an operation of this kind, and none of these ended in it.
fn silent_seconds(history: &History, writes: bool, length: Time) -> u32 {
    let seconds = (length.as_us() / 1_000_000) as usize;
    let second = |time: Time| (time.as_us() / 1_000_000) as usize;
    let of_client = |client: &str| {
        let (mut tried, mut answered) = (vec![false; seconds], vec![false; seconds]);
        let mine = history.0.iter().filter(|op| op.client == client && is_write(op) == writes);
        for op in mine {
            let last = op.ended.map_or(op.began + super::drive::PATIENCE, |ended| ended);
            for flag in tried.iter_mut().take(second(last) + 1).skip(second(op.began)) {
                *flag = true;
            }
            if let Some(flag) = op.ended.and_then(|ended| answered.get_mut(second(ended))) {
                *flag = true;
            }
        }
        tried.iter().zip(&answered).filter(|(tried, answered)| **tried && !**answered).count() as u32
    };
    history.clients().into_iter().map(of_client).sum()
}

/// Acknowledged writes that overlapped a write of another client to the same key, but for the one that stayed.
fn dropped(history: &History) -> u32 {
    let acknowledged: Vec<&Op> = history.0.iter().filter(|op| is_write(op) && op.ended.is_some()).collect();
    let gives_way = |op: &&&Op| {
        acknowledged.iter().any(|other| {
            let concurrent = !op.precedes(other) && !other.precedes(op);
            // Of two, the one that ended first counts as the one that gave way: which it was, the stamps decide.
            other.key == op.key && other.client != op.client && concurrent && other.ended > op.ended
        })
    };
    acknowledged.iter().filter(gives_way).count() as u32
}

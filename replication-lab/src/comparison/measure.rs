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
    /// The median of the acknowledged writes and of the answered reads of each client, in the order of their names. A
    /// client beside the leader does more in the same time, so the medians over all are mostly hers.
    pub by_client: Vec<(Option<Time>, Option<Time>)>,
    /// How long clients tried to write and had no answer, over all clients; stretches of a second and more.
    pub without_writes: Time,
    /// How long clients tried to read and had no answer, over all clients; stretches of a second and more.
    pub without_reads: Time,
    /// Acknowledged writes that are gone at the end, and not because a later one replaced them.
    pub lost: u32,
    /// Reads that returned something old although a newer write had been acknowledged before they began.
    pub stale: u32,
    /// Acknowledged writes that gave way to another client's to the same key though neither knew the other, where nobody
    /// puts writes in an order: they overlapped, or were made on two sides of a cut.
    pub dropped: u32,
}

impl Measured {
    pub(super) fn of(
        history: &History,
        lost: u32,
        unordered: impl Fn(&Op, &Op) -> bool,
        length: Time,
    ) -> Self {
        let ops = |write: bool| history.0.iter().filter(move |op| is_write(op) == write);
        let took = |write: bool| {
            let mut took: Vec<Time> = ops(write).filter_map(|op| Some(op.ended?.since(op.began))).collect();
            took.sort_unstable();
            took
        };
        let (writes, reads) = (took(true), took(false));
        let median_of = |client: &str, write: bool| {
            let mine = ops(write).filter(|op| op.client == client);
            let mut took: Vec<Time> = mine.filter_map(|op| Some(op.ended?.since(op.began))).collect();
            took.sort_unstable();
            percentile(&took, 0.5)
        };
        let clients = history.clients().into_iter();
        Self {
            writes: ops(true).count() as u32,
            acknowledged: writes.len() as u32,
            write_p50: percentile(&writes, 0.5),
            write_p99: percentile(&writes, 0.99),
            reads: ops(false).count() as u32,
            read_p50: percentile(&reads, 0.5),
            by_client: clients.map(|client| (median_of(client, true), median_of(client, false))).collect(),
            without_writes: silence(history, true, length),
            without_reads: silence(history, false, length),
            lost,
            stale: stale_reads(history).len() as u32,
            dropped: dropped(history, unordered),
        }
    }
}

/// A latency, to a tenth of a millisecond.
pub(crate) fn latency(time: Option<Time>) -> String {
    time.map_or("none".to_owned(), |time| format!("{:.1} ms", time.as_ms()))
}

/// A span in whole seconds.
pub(crate) fn seconds(time: Time) -> String {
    format!("{:.0} s", time.as_ms() / 1_000.0)
}

fn is_write(op: &Op) -> bool {
    matches!(op.action, Action::Write(_))
}

/// How long the clients had no answer to operations of this kind, over all of them: from the first that was not answered
/// at once until the next answer. Stretches of less than a second don't count.
fn silence(history: &History, writes: bool, end: Time) -> Time {
    let of_client = |client: &str| {
        let (mut silent, mut since): (Time, Option<Time>) = (Time::ZERO, None);
        let mut count = |from: Time, until: Time| {
            let stretch = until.since(from);
            silent = if stretch >= Time::s(1) { silent + stretch } else { silent };
        };
        for op in history.0.iter().filter(|op| op.client == client && is_write(op) == writes) {
            let from = *since.get_or_insert(op.began);
            if let Some(ended) = op.ended {
                count(from, ended);
                since = None;
            }
        }
        if let Some(from) = since {
            count(from, end);
        }
        silent
    };
    history.clients().into_iter().map(of_client).fold(Time::ZERO, |all, silent| all + silent)
}

/// Acknowledged writes that gave way to another client's write to the same key, though neither knew the other.
fn dropped(history: &History, unordered: impl Fn(&Op, &Op) -> bool) -> u32 {
    let acknowledged: Vec<&Op> = history.0.iter().filter(|op| is_write(op) && op.ended.is_some()).collect();
    // Of two, the one that ended last is taken for the one that stayed: clocks are off by less than they differ, mostly.
    let gives_way = |op: &&&Op| {
        let others = acknowledged.iter().filter(|other| other.key == op.key && other.client != op.client);
        others.into_iter().any(|other| other.ended > op.ended && unordered(op, other))
    };
    acknowledged.iter().filter(gives_way).count() as u32
}

//! A cluster and its measures as a reader sees them.

use std::fmt;

use super::client::Outcome;
use super::cluster::LeaderFollower;
use super::measure::{Lag, Measures};
use super::message::Told;
use super::rule::SyncState;
use super::server::Role;
use crate::log::Lsn;
use crate::time::Time;
use crate::view::{
    Figure, LagChart, LagReading, LagUnit, StateTimeline, Table, drawn_from_its_trace, percentile,
};

crate::shown_in_notebooks!(LeaderFollower, Measures, Outcome);

impl Outcome {
    /// The outcome in one line.
    pub fn figure(&self) -> Figure {
        Figure::text(self.to_string())
    }
}

/// A number of seconds, as long as it is worth reading.
fn seconds(seconds: f64) -> String {
    match seconds < 1.0 {
        true => format!("{:.0} ms", seconds * 1_000.0),
        false => format!("{seconds:.1} s"),
    }
}

fn reading(reading: LagReading) -> String {
    match reading {
        LagReading::Lag(lag) => seconds(lag),
        LagReading::NoTraffic => "nothing to apply".into(),
        LagReading::Down => "unknown".into(),
    }
}

impl fmt::Display for Lag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} entries, {} bytes, in time: {}", self.entries, self.bytes, reading(self.reading))
    }
}

drawn_from_its_trace!(LeaderFollower);

impl LeaderFollower {
    /// The servers, and what each has.
    pub fn figure(&self) -> Figure {
        self.table()
    }

    /// Every server: what it is, the last entry that it has received and applied, and how far it is behind.
    pub fn table(&self) -> Figure {
        let mut table = Table::new(["server", "", "epoch", "received", "applied", "rows", "behind"]);
        let leader = self.leader_id();
        for id in self.topology.servers() {
            let server = self.server_of(id);
            let role = match (self.world.is_up(id), self.world.is_running(id), server.role()) {
                (false, ..) => "down".to_owned(),
                (_, false, _) => "paused".to_owned(),
                (_, _, Role::Leader) => "leader".to_owned(),
                (_, _, Role::Follower(Some(upstream))) => format!("follows {}", self.name(upstream)),
                (_, _, Role::Follower(None)) => "follows nobody".to_owned(),
                (_, _, Role::Promoting(_)) => "is being promoted".to_owned(),
                (_, _, Role::Idle) => "idle".to_owned(),
                (_, _, Role::Copying(from)) => format!("copies {}", self.name(from)),
                (_, _, Role::Stopped) => "stopped".to_owned(),
            };
            let behind = match leader {
                Some(leader) if leader != id && self.world.is_running(id) => {
                    let (lag, entries) = self.lag_of(id, leader);
                    match entries {
                        0 => "–".to_owned(),
                        _ => format!("{entries} entries, {}", reading(lag)),
                    }
                }
                _ => "–".to_owned(),
            };
            let (epoch, received) = (server.epoch().to_string(), server.received().to_string());
            let applied = server.confirmed().applied.to_string();
            let rows = server.table().rows.len().to_string();
            table = table.row([self.name(id).to_owned(), role, epoch, received, applied, rows, behind]);
        }
        table.figure()
    }

    /// The followers as the leader sees them, in the manner of PostgreSQL's `pg_stat_replication`: positions are
    /// bytes of the log, one row being as large as the next. Beside them, two lags: what a follower has been sent and
    /// has not applied, and what the leader has written and the follower has not applied.
    pub fn replication_table(&self) -> Figure {
        let mut table = Table::new([
            "application_name",
            "sync_state",
            "sent_lsn",
            "flush_lsn",
            "replay_lsn",
            "sent − replay",
            "current − replay",
        ]);
        let Some(leader) = self.leader_id() else {
            return Figure::text("Nobody leads.");
        };
        let leader = self.server_of(leader);
        let bytes = self.settings().row_bytes;
        let standbys = leader.standbys();
        let states: Vec<SyncState> = self.settings().rule.states(&standbys);
        let lsn = |entries: u64| Lsn::new(entries * bytes).to_string();
        let current = leader.confirmed().written;
        for ((name, sent, confirmed), state) in leader.downstreams().zip(states) {
            let behind = |end: u64| (end.saturating_sub(confirmed.applied) * bytes).to_string();
            table = table.row([
                name.to_owned(),
                state.to_string(),
                lsn(sent),
                lsn(confirmed.flushed),
                lsn(confirmed.applied),
                behind(sent),
                behind(current),
            ]);
        }
        table.figure()
    }

    /// Why writes wait, in a sentence.
    pub fn why_waiting(&self) -> String {
        let Some(leader) = self.leader_id() else { return "Nobody leads.".into() };
        let server = self.server_of(leader);
        let waiting = match server.waiting_writes() {
            0 => return "No write waits.".into(),
            1 => "1 write waits".to_owned(),
            many => format!("{many} writes wait"),
        };
        match server.blocked() {
            None => format!("{waiting} for confirmations that are on their way."),
            Some(why) => format!("{waiting}: {why}."),
        }
    }

    /// How far each follower was behind over time, as far as [`sample_lag`](Self::sample_lag) has looked.
    pub fn lag_chart(&self, unit: LagUnit) -> Figure {
        let title = match unit {
            LagUnit::Seconds => "Replication lag in seconds",
            LagUnit::Bytes => "Replication lag in bytes",
        };
        let mut chart = LagChart::new(title, unit);
        for (id, readings) in &self.lags {
            let bytes = self.settings().row_bytes;
            let shown = readings.iter().map(|(at, reading, entries)| match (unit, reading) {
                (LagUnit::Bytes, LagReading::Lag(_) | LagReading::NoTraffic) => {
                    (*at, LagReading::Lag((entries * bytes) as f64))
                }
                _ => (*at, *reading),
            });
            chart = chart.follower(self.name(*id), shown);
        }
        chart.figure()
    }

    /// Who led when.
    pub fn roles(&self) -> Figure {
        let Some(trace) = self.trace() else { return self.diagram() };
        let mut servers = trace.clone();
        let count = self.settings().servers.len();
        servers.nodes.truncate(count);
        servers.entries.retain(|entry| entry.event.happens_at().is_some_and(|node| node.index() < count));
        let state = |note: &str| {
            let epoch = note.strip_prefix("leads epoch ");
            epoch.map(|epoch| format!("leads, epoch {epoch}")).or_else(|| {
                let follows = note.starts_with("steps down") || note.starts_with("was the leader");
                follows.then(String::new)
            })
        };
        StateTimeline::of_notes("Who leads", &servers, state).until(self.now()).figure()
    }

    /// What was told of failures and failovers, in order.
    pub fn events(&self) -> Figure {
        let mut table = Table::new(["time", "who", "what"]);
        for (at, node, told) in &self.told {
            let what = match told {
                Told::Leads(epoch) => format!("leads epoch {epoch}"),
                Told::StepsDown(why) => format!("steps down: {why}"),
                Told::Discarded(entries) => format!("cuts {} entries off its log", entries.len()),
                Told::Waits(Some(why)) => format!("commits wait: {why}"),
                Told::Waits(None) => "commits go on".to_owned(),
                Told::CannotFollow(first) => format!("can't follow: the log begins at {first}"),
                Told::Suspects(epoch) => format!("holds the leader of epoch {epoch} for dead"),
                Told::Alert(why) => format!("ALERT: {why}"),
                Told::Fence(leader) => format!("has {} switched off", self.name(*leader)),
                Told::Promotes(winner, epoch, _) => {
                    format!("promotes {} to epoch {epoch}", self.name(*winner))
                }
                Told::Published(leader, _) => {
                    format!("has told the clients: write to {}", self.name(*leader))
                }
                Told::Began(..)
                | Told::Ended(..)
                | Told::Accepted(..)
                | Told::ReadWaits(_)
                | Told::Stored(..) => continue,
            };
            table = table.row([at.to_string(), self.name(*node).to_owned(), what]);
        }
        table.figure()
    }
}

impl Measures {
    /// The latency below which a share of the acknowledged writes lies.
    pub fn write_latency(&self, share: f64) -> Option<Time> {
        percentile(&self.write_latencies, share)
    }

    /// The latency below which a share of the answered reads lies.
    pub fn read_latency(&self, share: f64) -> Option<Time> {
        percentile(&self.read_latencies, share)
    }

    /// All figures in one table.
    pub fn figure(&self) -> Figure {
        let ms = |latencies: &[Time], share| {
            percentile(latencies, share).map_or("–".to_owned(), |time| time.to_string())
        };
        let both = |latencies: &[Time]| format!("{} / {}", ms(latencies, 0.5), ms(latencies, 0.99));
        let ids = |ids: &[String]| match ids.len() {
            0 => "none".to_owned(),
            1..=5 => ids.join(", "),
            many => format!("{many}: {}, …", ids[..4].join(", ")),
        };
        Table::new(["measure", "value"])
            .row(["writes acknowledged", &format!("{} of {}", self.acknowledged, self.writes)])
            .row(["reads answered", &format!("{} of {}", self.answered, self.reads)])
            .row(["latency of a write, median / 99th percentile", &both(&self.write_latencies)])
            .row(["latency of a read, median / 99th percentile", &both(&self.read_latencies)])
            .row(["seconds without an acknowledged write", &self.seconds_without_writes.to_string()])
            .row(["seconds without an answered read", &self.seconds_without_reads.to_string()])
            .row(["acknowledged writes lost", &self.lost.len().to_string()])
            .row(["accepted by a deposed leader", &self.accepted_by_the_deposed.to_string()])
            .row([
                "failovers, of them from a living leader",
                &format!("{}, {}", self.failovers, self.false_failovers),
            ])
            .row(["entries discarded by returning servers", &self.discarded.to_string()])
            .row(["ids issued twice", &ids(&self.issued_twice)])
            .row(["ids under which a client finds another row", &ids(&self.another_row)])
            .row(["ids under which the store has another row", &ids(&self.misassociated)])
            .row(["rows inserted twice", &self.done_twice.to_string()])
            .figure()
    }
}

//! What is measured of a run: the same for the situation, for waiting, and for every action.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::scene::{accepting, followers, servers};
use crate::history::Action as Did;
use crate::leader_follower::{LeaderFollower, OpId, Told, Visit, VisitDid};
use crate::time::Time;
use crate::view::{LagReading, percentile};

/// How long before the end it is looked whether something still goes wrong.
pub(super) const JUDGED: Time = Time::s(30);
/// What began so late has not ended yet.
const UNDER_WAY: Time = Time::s(2);
/// Fewer than this are chance.
const FEW: f64 = 4.0;
/// A lag that grows by less than this, in seconds per second, does not grow.
const STEADY: f64 = 0.05;

/// Something that goes on hurting as long as its cause is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Harm {
    /// Lag grows: by so many seconds each second.
    LagGrows,
    /// Reads that miss the reader's own acknowledged write.
    OwnWriteMissing,
    /// Reads that return something older than the same reader had seen, and that was not the reader's own write.
    GoesBack,
    /// Ids that are issued although another row has them.
    IdTwice,
    /// Writes that are acknowledged, and that whoever leads in the end does not have.
    Diverges,
}

impl Harm {
    /// All of them.
    pub const ALL: [Harm; 5] =
        [Self::LagGrows, Self::OwnWriteMissing, Self::GoesBack, Self::IdTwice, Self::Diverges];

    /// The least that is more than chance.
    pub(super) fn threshold(self) -> f64 {
        if self == Self::LagGrows { STEADY } else { FEW }
    }
}

impl fmt::Display for Harm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::LagGrows => "lag grows, s each second",
            Self::OwnWriteMissing => "reads that miss the reader's own write",
            Self::GoesBack => "reads older than an earlier one of the reader",
            Self::IdTwice => "ids issued that another row has",
            Self::Diverges => "acknowledged writes that the leader does not have",
        })
    }
}

/// What was measured of a run from the alarm on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// What still goes wrong in the last 30 seconds, harm by harm, in the order of [`Harm::ALL`]: a growth in seconds
    /// per second, or a number. Reads count from sessions that began after the alarm.
    pub harms: [f64; 5],
    /// The lag of the follower that is furthest behind at the end, in seconds.
    pub lag: f64,
    /// Writes that were asked for since the alarm, and not acknowledged.
    pub not_acknowledged: u32,
    /// Rows that the index refused since the alarm, because it has another one under the id.
    pub refused_by_index: u32,
    /// Ids under which the index holds two rows at the end.
    pub mixed_up: u32,
    /// Acknowledged writes of the whole run that the leader lacks in the end, and some server's disk still has.
    pub to_reconcile: u32,
    /// Acknowledged writes of the whole run that are on no server's disk any more.
    pub gone: u32,
    /// Reads since the alarm that were not answered, or refused.
    pub reads_failed: u32,
    /// The share of the answered reads since the alarm that a leader answered.
    pub on_leader: f64,
    /// The 99th percentile of the reads' latency since the alarm.
    pub slow_read: Time,
}

impl Measured {
    /// How bad a harm still is.
    pub fn level(&self, harm: Harm) -> f64 {
        self.harms[harm as usize]
    }

    /// Whether a harm goes on.
    pub fn suffers(&self, harm: Harm) -> bool {
        self.level(harm) >= harm.threshold()
    }

    pub(super) fn of(cluster: &LeaderFollower, alarm: Time) -> Self {
        let end = cluster.now();
        let judged = end - JUDGED;
        let visits = cluster.visits();
        let hurts = Hurts::of(&visits);
        let fresh = |visit: &Visit| hurts.began[&visit.user] >= alarm && visit.ended >= judged;
        let count =
            |hurt: &BTreeSet<usize>| hurt.iter().filter(|place| fresh(&visits[**place])).count() as f64;
        let history = &cluster.history().0;
        let measures = cluster.measures();
        let diverged =
            measures.lost.iter().filter(|place| history[**place].ended.is_some_and(|at| at >= judged));
        let growth =
            followers(cluster).iter().map(|name| lag_growth(cluster, name, JUDGED)).fold(0.0, f64::max);
        let gone = cluster.on_no_disk().len() as u32;
        let refused = |(at, _, told): &&(Time, crate::trace::NodeId, Told)| {
            *at >= alarm && matches!(told, Told::Stored(.., false))
        };
        let not_acknowledged = history.iter().filter(|op| {
            let asked = op.began >= alarm && op.began + UNDER_WAY < end;
            asked && op.ended.is_none() && matches!(op.action, Did::Write(_))
        });
        let leaders: BTreeMap<&str, Vec<(Time, bool)>> = led(cluster);
        let since: Vec<&Visit> = visits.iter().filter(|visit| visit.began >= alarm).collect();
        let mut latencies = Vec::new();
        let (mut on_leader, mut reads_failed) = (0_u32, 0);
        for visit in &since {
            match &visit.did {
                VisitDid::Found(_, server) => {
                    latencies.push(visit.ended.since(visit.began));
                    let changes = leaders.get(server.as_str());
                    let leads = changes.and_then(|all| all.iter().rfind(|(at, _)| *at <= visit.ended));
                    on_leader += u32::from(leads.is_some_and(|(_, leads)| *leads));
                }
                VisitDid::NotAnswered | VisitDid::ToldLost => reads_failed += 1,
                VisitDid::Wrote(..) | VisitDid::NotWritten => {}
            }
        }
        latencies.sort_unstable();
        Self {
            harms: [
                growth,
                count(&hurts.own),
                count(&hurts.back),
                ids_twice(cluster, judged).len() as f64,
                diverged.count() as f64,
            ],
            lag: followers(cluster).iter().map(|name| lag_now(cluster, name)).fold(0.0, f64::max),
            not_acknowledged: not_acknowledged.count() as u32,
            refused_by_index: cluster.told().iter().filter(refused).count() as u32,
            mixed_up: mixed_up(cluster),
            to_reconcile: (measures.lost.len() as u32).saturating_sub(gone),
            gone,
            reads_failed,
            on_leader: f64::from(on_leader) / latencies.len().max(1) as f64,
            slow_read: percentile(&latencies, 0.99).unwrap_or(Time::ZERO),
        }
    }
}

/// When each server began to lead, and when it ceased.
fn led(cluster: &LeaderFollower) -> BTreeMap<&str, Vec<(Time, bool)>> {
    let mut led: BTreeMap<&str, Vec<(Time, bool)>> = BTreeMap::new();
    for (at, node, told) in cluster.told() {
        let leads = match told {
            Told::Leads(_) => true,
            Told::StepsDown(_) => false,
            _ => continue,
        };
        led.entry(cluster.name(*node)).or_default().push((*at, leads));
    }
    led
}

fn mixed_up(cluster: &LeaderFollower) -> u32 {
    let Some(store) = cluster.store() else { return 0 };
    let several = |rows: &&Vec<(String, u64)>| rows.iter().any(|(row, _)| *row != rows[0].0);
    store.rows().values().filter(several).count() as u32
}

/// The ids issued since a moment that another row had been given before.
pub(super) fn ids_twice(cluster: &LeaderFollower, since: Time) -> Vec<String> {
    let mut issued: BTreeMap<&str, OpId> = BTreeMap::new();
    let mut twice = Vec::new();
    for (at, _, told) in cluster.told() {
        if let Told::Accepted(_, op, Some(id)) = told {
            match issued.get(id.as_str()) {
                Some(first) if first != op && *at >= since => twice.push(id.clone()),
                Some(_) => {}
                None => drop(issued.insert(id, *op)),
            }
        }
    }
    twice
}

/// A follower's lag at its last reading, in seconds.
pub(super) fn lag_now(cluster: &LeaderFollower, follower: &str) -> f64 {
    readings(cluster, follower).last().map_or(0.0, |(_, lag)| *lag)
}

/// What was read of a follower's lag, in seconds; nothing to apply is no lag.
fn readings(cluster: &LeaderFollower, follower: &str) -> Vec<(Time, f64)> {
    let value = |(at, reading): (Time, LagReading)| match reading {
        LagReading::Lag(lag) => Some((at, lag)),
        LagReading::NoTraffic => Some((at, 0.0)),
        LagReading::Down => None,
    };
    cluster.lag_readings(follower).unwrap_or_default().into_iter().filter_map(value).collect()
}

/// The lags that were read between two moments, the second excluded, in seconds, ascending.
fn lags(cluster: &LeaderFollower, follower: &str, from: Time, until: Time) -> Vec<f64> {
    let within = readings(cluster, follower).into_iter().filter(|(at, _)| (from..until).contains(at));
    let mut lags: Vec<f64> = within.map(|(_, lag)| lag).collect();
    lags.sort_by(f64::total_cmp);
    lags
}

/// The median of a follower's lag over a span that ended so long ago, in seconds.
pub(super) fn median_lag(cluster: &LeaderFollower, follower: &str, span: Time, ago: Time) -> f64 {
    let until = cluster.now() - ago;
    let lags = lags(cluster, follower, until - span, until);
    lags.get(lags.len() / 2).copied().unwrap_or(0.0)
}

/// By how many seconds a follower's lag grows each second. It is the least lag that must grow, so that a follower that
/// catches up again and again does not count as falling behind.
fn lag_growth(cluster: &LeaderFollower, follower: &str, span: Time) -> f64 {
    let (now, half) = (cluster.now(), Time::us(span.as_us() / 2));
    let before = lags(cluster, follower, now - span, now - half);
    let after = lags(cluster, follower, now - half, now);
    match (before.first(), after.first()) {
        (Some(before), Some(after)) => (after - before) / (half.as_ms() / 1e3),
        _ => 0.0,
    }
}

/// Which visits hurt: places in the list.
pub(super) struct Hurts {
    /// Reads that miss the user's own write.
    pub(super) own: BTreeSet<usize>,
    /// Other reads that are older than an earlier one.
    pub(super) back: BTreeSet<usize>,
    /// When each user came.
    pub(super) began: BTreeMap<u32, Time>,
}

impl Hurts {
    pub(super) fn of(visits: &[Visit]) -> Self {
        let mut hurts = Self { own: BTreeSet::new(), back: BTreeSet::new(), began: BTreeMap::new() };
        let (mut wrote, mut saw) = (BTreeMap::<u32, u32>::new(), BTreeMap::<(u32, u32), u32>::new());
        for (place, visit) in visits.iter().enumerate() {
            hurts.began.entry(visit.user).or_insert(visit.began);
            match visit.did {
                VisitDid::Wrote(nth, _) => {
                    let last = wrote.entry(visit.user).or_default();
                    *last = (*last).max(nth);
                }
                VisitDid::Found(nth, _) => {
                    let seen = saw.entry((visit.user, visit.key)).or_default();
                    if visit.key == visit.user && wrote.get(&visit.user).is_some_and(|own| nth < *own) {
                        hurts.own.insert(place);
                    } else if nth < *seen {
                        hurts.back.insert(place);
                    }
                    *seen = (*seen).max(nth);
                }
                VisitDid::ToldLost => {
                    // Whoever has been told begins anew.
                    wrote.remove(&visit.user);
                    saw.retain(|(user, _), _| *user != visit.user);
                }
                VisitDid::NotWritten | VisitDid::NotAnswered => {}
            }
        }
        hurts
    }
}

/// How many users have read something that was older than it should be.
pub(super) fn sessions_hurt(cluster: &LeaderFollower) -> usize {
    let visits = cluster.visits();
    let hurts = Hurts::of(&visits);
    let users: BTreeSet<u32> = hurts.own.union(&hurts.back).map(|place| visits[*place].user).collect();
    users.len()
}

/// What can be read off the metrics at the alarm, for explaining.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Facts {
    /// The follower that is furthest behind, its lag, and the median of it in the ten seconds before the last ten, and in
    /// the last ten.
    pub(super) slowest: String,
    pub(super) lag: f64,
    pub(super) medians: (f64, f64),
    /// The last entry that the leader has, that this follower has received, and applied.
    pub(super) end: u64,
    pub(super) received: u64,
    pub(super) applied: u64,
    /// The quickest answer of each server that answers.
    pub(super) pings: Vec<(String, Option<Time>)>,
    /// Reads in all, and how many missed the reader's own write, or went back.
    pub(super) reads: usize,
    pub(super) own: usize,
    pub(super) back: usize,
    pub(super) twice: usize,
    /// The epoch of whoever leads: above 1, if a leader has been replaced.
    pub(super) epoch: u64,
    /// Who accepts writes.
    pub(super) accepting: Vec<String>,
    /// Acknowledged writes that the leader does not have, and those that no server has.
    pub(super) lost: usize,
    pub(super) gone: usize,
}

impl Facts {
    pub(super) fn of(cluster: &LeaderFollower) -> Self {
        let visits = cluster.visits();
        let hurts = Hurts::of(&visits);
        let lag = |name: &str| median_lag(cluster, name, Time::s(10), Time::ZERO);
        let behind = |a: &String, b: &String| lag(a).total_cmp(&lag(b));
        let slowest = followers(cluster).into_iter().max_by(behind).unwrap_or_default();
        let server = cluster.server(&slowest).ok();
        let leader = cluster.leader().and_then(|leader| cluster.server(leader).ok());
        Self {
            lag: lag_now(cluster, &slowest),
            medians: (
                median_lag(cluster, &slowest, Time::s(10), Time::s(10)),
                median_lag(cluster, &slowest, Time::s(10), Time::ZERO),
            ),
            epoch: leader.map_or(1, |leader| leader.epoch()),
            end: leader.map_or(0, |leader| leader.received().lsn),
            received: server.map_or(0, |server| server.received().lsn),
            applied: server.map_or(0, |server| server.confirmed().applied),
            slowest,
            pings: pings(cluster),
            reads: visits.iter().filter(|visit| matches!(visit.did, VisitDid::Found(..))).count(),
            own: hurts.own.len(),
            back: hurts.back.len(),
            twice: ids_twice(cluster, Time::ZERO).len(),
            accepting: accepting(cluster, cluster.now()),
            lost: cluster.measures().lost.len(),
            gone: cluster.on_no_disk().len(),
        }
    }

    pub(super) fn ping(&self) -> Option<Time> {
        self.pings.iter().find(|(name, _)| *name == self.slowest)?.1
    }
}

/// The quickest of five small reads of each server by `c1`, on a copy of the run, which stays as it was.
pub(super) fn pings(cluster: &LeaderFollower) -> Vec<(String, Option<Time>)> {
    let mut copy = cluster.clone();
    let mut pings = Vec::new();
    for server in servers(cluster) {
        let mut quickest: Option<Time> = None;
        for _ in 0..5 {
            let began = copy.now();
            let answer = copy.read_at("c1", &server, "ping");
            // Whoever does not answer is replaced by another one.
            let by_itself = answer.is_ok_and(|answer| match answer {
                crate::leader_follower::Outcome::Value { from, .. } => copy.name(from) == server,
                _ => false,
            });
            if by_itself {
                let took = copy.now().since(began);
                quickest = Some(quickest.map_or(took, |least| least.min(took)));
            }
            copy.run_for(Time::ms(37));
        }
        pings.push((server, quickest));
    }
    pings
}

//! A drill as a reader sees it: the panels, an effect, and every action in every situation.

use std::collections::{BTreeMap, BTreeSet};

use super::effect::{Effect, Verdict};
use super::measure::{Harm, Hurts, Measured, lag_now, pings};
use super::scene::{accepting, servers};
use super::{Action, Drill, DrillError, Situation};
use crate::explore::in_parallel;
use crate::leader_follower::{Change, LeaderFollower, Role, Told, Visit, VisitDid};
use crate::time::Time;
use crate::trace::NodeId;
use crate::view::{Chart, Figure, LagChart, LagUnit, Table};

/// Over how many seconds writes are counted together, and how far back.
const BUCKET: Time = Time::s(5);
const BUCKETS: u64 = 12;
/// Ids that are shown.
const IDS: usize = 12;

/// All panels. What they show was measured; nothing in them says why.
pub(super) fn metrics(cluster: &LeaderFollower, says: &str) -> Figure {
    Figure::prose(format!("{} {says}", moment(cluster.now())))
        .beside(lags(cluster))
        .beside(servers_table(cluster))
        .beside(writers(cluster))
        .beside(ids(cluster))
        .beside(trace(cluster))
}

/// A time of the run, in seconds.
fn moment(at: Time) -> String {
    format!("{:.1} s", at.as_ms() / 1_000.0)
}

fn seconds(lag: f64) -> String {
    if lag < 1.0 { format!("{:.0} ms", lag * 1_000.0) } else { format!("{lag:.1} s") }
}

/// How far each server was behind that does not lead now and is no spare.
fn lags(cluster: &LeaderFollower) -> Figure {
    let mut chart = LagChart::new("Replication lag", LagUnit::Seconds);
    for name in servers(cluster) {
        let role = cluster.server(&name).map(|server| server.role());
        if matches!(role, Ok(Role::Follower(Some(_)))) {
            chart = chart.follower(&name, cluster.lag_readings(&name).unwrap_or_default());
        }
    }
    chart.figure()
}

fn servers_table(cluster: &LeaderFollower) -> Figure {
    let header = ["server", "says it", "epoch", "received", "applied", "behind", "small read"];
    let mut table = Table::new(header);
    let pings: BTreeMap<String, Option<Time>> = pings(cluster).into_iter().collect();
    for name in servers(cluster) {
        let Ok(server) = cluster.server(&name) else { continue };
        let runs = cluster.is_running(&name).unwrap_or(false);
        let follows = matches!(server.role(), Role::Follower(Some(_)));
        let says = match server.role() {
            _ if !runs => "does not answer".to_owned(),
            Role::Leader => "leads".to_owned(),
            Role::Follower(Some(leader)) => format!("follows {}", cluster.name(leader)),
            _ => "waits".to_owned(),
        };
        let known = |number: u64| if runs { number.to_string() } else { "–".to_owned() };
        table = table.row([
            name.clone(),
            says,
            known(server.epoch()),
            known(server.received().lsn),
            known(server.confirmed().applied),
            if runs && follows { seconds(lag_now(cluster, &name)) } else { "–".to_owned() },
            pings.get(&name).copied().flatten().map_or("–".to_owned(), |ping| seconds(ping.as_ms() / 1e3)),
        ]);
    }
    Figure::prose("The servers now, and the quickest of five small reads of each by c1")
        .beside(table.figure())
}

/// How many writes each server accepted in each second of the last minute.
fn writers(cluster: &LeaderFollower) -> Figure {
    let now = cluster.now();
    let mut counts: BTreeMap<String, BTreeMap<u64, u32>> = BTreeMap::new();
    for (at, node, told) in cluster.told() {
        let ago = now.since(*at).as_us() / BUCKET.as_us();
        if matches!(told, Told::Accepted(..)) && ago < BUCKETS {
            *counts.entry(cluster.name(*node).to_owned()).or_default().entry(ago).or_default() += 1;
        }
    }
    let whole = (now.as_us() / BUCKET.as_us()).min(BUCKETS);
    let chart =
        Chart::new("Writes that each server accepts", "from, in s", "writes per second, over 5 s each");
    let chart = counts.iter().fold(chart, |chart, (name, counts)| {
        let point = |ago: u64| {
            let from = now - Time::us(BUCKET.as_us() * (ago + 1));
            let count = f64::from(counts.get(&ago).copied().unwrap_or(0));
            (libm::round(from.as_ms() / 100.0) / 10.0, count / (BUCKET.as_ms() / 1e3))
        };
        chart.line(name, (0..whole).rev().map(point))
    });
    let accepting = accepting(cluster, now).join(", ");
    chart
        .figure()
        .beside(Figure::prose(format!("In the last five seconds writes were accepted by: {accepting}.")))
}

/// The ids that were issued last, and what the index said of the row.
fn ids(cluster: &LeaderFollower) -> Figure {
    let (mut issued, mut said, mut holds) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    for (at, node, told) in cluster.told() {
        match told {
            Told::Accepted(position, _, Some(id)) => {
                issued.push((*at, cluster.name(*node), id, position.lsn))
            }
            Told::Stored(id, row, _, true) => {
                said.insert((id.clone(), row.clone()), "stored".to_owned());
                holds.insert(id.clone(), row.clone());
            }
            Told::Stored(id, row, _, false) => {
                let held = holds.get(id).map_or("another row", String::as_str);
                said.insert((id.clone(), row.clone()), format!("refused, it has {held}"));
            }
            _ => {}
        }
    }
    let mut table = Table::new(["time", "issued by", "id", "row", "the index"]);
    let shown = issued.len().saturating_sub(IDS);
    for (at, by, id, lsn) in &issued[shown..] {
        let entry = cluster.server(by).ok().and_then(|server| server.entry(*lsn));
        let row = match entry.map(|entry| &entry.change) {
            Some(Change::Insert { row, .. }) => row.clone(),
            _ => "–".to_owned(),
        };
        let said = said.get(&((*id).clone(), row.clone())).map_or("not told yet", String::as_str);
        table = table.row([moment(*at), (*by).to_owned(), (*id).clone(), row, said.to_owned()]);
    }
    Figure::prose("The ids that were issued last, and what an index of rows outside said to them")
        .beside(table.figure())
}

/// What one user did: the last who was hurt, else the last who has left.
fn trace(cluster: &LeaderFollower) -> Figure {
    let visits = cluster.visits();
    let hurts = Hurts::of(&visits);
    let hurt = hurts.own.iter().chain(&hurts.back).max().map(|place| visits[*place].user);
    let left = || {
        let mut count: BTreeMap<u32, usize> = BTreeMap::new();
        visits.iter().for_each(|visit| *count.entry(visit.user).or_default() += 1);
        let most = count.values().max().copied();
        count.iter().filter(|(_, number)| Some(**number) == most).map(|(user, _)| *user).max()
    };
    let Some(user) = hurt.or_else(left) else { return Figure::prose("No user yet.") };
    let mut table = Table::new(["time", "through", "user", "answer by"]);
    let row = |key: u32, nth: u32| match nth {
        0 => format!("p{key}: nothing"),
        nth => format!("p{key}: version {nth}"),
    };
    let leads = |(_, node, told): &(Time, NodeId, Told)| match told {
        Told::Leads(epoch) => Some((*epoch, cluster.name(*node))),
        _ => None,
    };
    let leaders: BTreeMap<u64, &str> = cluster.told().iter().filter_map(leads).collect();
    for visit in visits.iter().filter(|visit| visit.user == user) {
        let Visit { key, through, did, .. } = visit;
        let (what, by) = match did {
            VisitDid::Wrote(nth, at) => {
                let leader = leaders.get(&at.epoch).copied().unwrap_or("the leader");
                (format!("writes {}", row(*key, *nth)), leader)
            }
            VisitDid::NotWritten => (format!("writes p{key}"), "nobody"),
            VisitDid::Found(nth, server) => (format!("reads {}", row(*key, *nth)), server.as_str()),
            VisitDid::ToldLost => (format!("reads p{key}: what you saw is lost"), "a server"),
            VisitDid::NotAnswered => (format!("reads p{key}"), "nobody"),
        };
        table = table.row([moment(visit.began), through.clone(), what, by.to_owned()]);
    }
    let reads = visits.iter().rev().filter(|visit| matches!(visit.did, VisitDid::Found(..)));
    let mut by: BTreeMap<&str, u32> = BTreeMap::new();
    for visit in reads.take_while(|visit| visit.ended + Time::s(20) >= cluster.now()) {
        if let VisitDid::Found(_, server) = &visit.did {
            *by.entry(server).or_default() += 1;
        }
    }
    let by: Vec<String> = by.iter().map(|(server, reads)| format!("{server} {reads}")).collect();
    Figure::prose(format!("What user {user} did, whose row is p{user}"))
        .beside(table.figure())
        .beside(Figure::prose(format!("Reads answered in the last 20 s: {}.", by.join(", "))))
}

/// What an action brought about.
pub(super) fn effect(effect: &Effect) -> Figure {
    let Effect { action, verdict, waiting, acting, alarm, .. } = effect;
    let mut text = format!("At {}: {action}. A minute later: {verdict}.", moment(*alarm));
    for later in effect.later() {
        text.push_str("\nLater: ");
        text.push_str(&later);
    }
    Figure::prose(text)
        .beside(measured_table([("if you wait", waiting), ("with the action", acting)]).figure())
}

/// A row for each measure, a column for each run.
fn measured_table<const N: usize>(runs: [(&str, &Measured); N]) -> Table {
    let header = std::iter::once("measured").chain(runs.iter().map(|(name, _)| *name));
    let mut table = Table::new(header);
    let mut row = |name: String, cell: &dyn Fn(&Measured) -> String| {
        let cells = runs.iter().map(|(_, measured)| cell(measured));
        table = std::mem::take(&mut table).row(std::iter::once(name).chain(cells));
    };
    for harm in Harm::ALL {
        let level = |measured: &Measured| match harm {
            Harm::LagGrows => format!("{:.2}", measured.level(harm)),
            _ => format!("{:.0}", measured.level(harm)),
        };
        row(format!("last 30 s: {harm}"), &level);
    }
    row("lag at the end, of the follower furthest behind".into(), &|measured| seconds(measured.lag));
    row("writes not acknowledged".into(), &|measured| measured.not_acknowledged.to_string());
    row("rows that the index refused".into(), &|measured| measured.refused_by_index.to_string());
    row("ids with two rows in the index".into(), &|measured| measured.mixed_up.to_string());
    row("acknowledged writes to reconcile".into(), &|measured| measured.to_reconcile.to_string());
    row("acknowledged writes gone for good".into(), &|measured| measured.gone.to_string());
    row("reads refused, or without answer".into(), &|measured| measured.reads_failed.to_string());
    row("reads answered by a leader".into(), &|measured| format!("{:.0} %", 100.0 * measured.on_leader));
    row("99th percentile of a read".into(), &|measured| format!("{:.0} ms", measured.slow_read.as_ms()));
    table
}

/// Every action in every situation, under these seeds: the verdicts. Where seeds differ, each verdict with how often
/// it came.
///
/// # Errors
/// When a drill can't be run.
pub fn matrix(seeds: &[u64]) -> Result<Figure, DrillError> {
    let drills = Situation::ALL.iter().flat_map(|situation| seeds.iter().map(|seed| (*situation, *seed)));
    let drills: Vec<(Situation, u64)> = drills.collect();
    let run = |(situation, seed): &(Situation, u64)| -> Result<Vec<Verdict>, DrillError> {
        let drill = Drill::of(*situation, *seed)?;
        Action::ALL.iter().map(|action| Ok(drill.act(*action)?.verdict)).collect()
    };
    let verdicts = in_parallel(&drills, run).into_iter().collect::<Result<Vec<_>, _>>()?;
    let header = Situation::ALL.map(|situation| situation.to_string());
    let mut table = Table::new(std::iter::once("action".to_owned()).chain(header));
    for (place, action) in Action::ALL.iter().enumerate() {
        let cells = verdicts.chunks(seeds.len().max(1)).map(|runs| {
            let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
            runs.iter().for_each(|verdicts| *counts.entry(verdicts[place]).or_default() += 1);
            let one = counts.len() == 1;
            let cell = |(verdict, count): (&Verdict, &usize)| match one {
                true => verdict.to_string(),
                false => format!("{verdict} {count} of {}", seeds.len()),
            };
            counts.iter().map(cell).collect::<Vec<_>>().join(", ")
        });
        table = table.row(std::iter::once(action.to_string()).chain(cells));
    }
    Ok(table.figure())
}

/// What was measured in one situation: a row for each action, a column for each measure that was ever above zero.
///
/// # Errors
/// When the drill can't be run.
pub fn measures(situation: Situation, seed: u64) -> Result<Figure, DrillError> {
    let drill = Drill::of(situation, seed)?;
    let effects = in_parallel(&Action::ALL, |action| drill.act(*action));
    let effects = effects.into_iter().collect::<Result<Vec<_>, _>>()?;
    type Cell = (&'static str, fn(&Measured) -> String);
    let columns: [Cell; 14] = [
        ("lag grows", |m| format!("{:.2}", m.level(Harm::LagGrows))),
        ("own write missing", |m| m.level(Harm::OwnWriteMissing).to_string()),
        ("goes back", |m| m.level(Harm::GoesBack).to_string()),
        ("id twice", |m| m.level(Harm::IdTwice).to_string()),
        ("diverges", |m| m.level(Harm::Diverges).to_string()),
        ("lag", |m| seconds(m.lag)),
        ("writes failed", |m| m.not_acknowledged.to_string()),
        ("index refused", |m| m.refused_by_index.to_string()),
        ("mixed up", |m| m.mixed_up.to_string()),
        ("to reconcile", |m| m.to_reconcile.to_string()),
        ("gone", |m| m.gone.to_string()),
        ("reads failed", |m| m.reads_failed.to_string()),
        ("on leader", |m| format!("{:.0} %", 100.0 * m.on_leader)),
        ("p99 read", |m| format!("{:.0} ms", m.slow_read.as_ms())),
    ];
    let used = |(_, cell): &&Cell| effects.iter().map(|e| cell(&e.acting)).collect::<BTreeSet<_>>().len() > 1;
    let columns: Vec<&Cell> = columns.iter().filter(used).collect();
    let header = ["action", "verdict"].into_iter().chain(columns.iter().map(|(name, _)| *name));
    let table = effects.iter().fold(Table::new(header), |table, effect| {
        let first = [effect.action.to_string(), effect.verdict.to_string()];
        table.row(first.into_iter().chain(columns.iter().map(|(_, cell)| cell(&effect.acting))))
    });
    Ok(table.figure())
}

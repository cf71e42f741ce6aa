//! The system of a drill: built, led into trouble, and run up to the alarm.

use std::collections::BTreeMap;

use super::DrillError;
use super::action::{Action, Pending, take};
use super::measure::{median_lag, sessions_hurt};
use super::situation::{Numbers, Situation};
use crate::detector::Timeout;
use crate::leader_follower::{
    Costs, Ids, LeaderFollower, Load, ReadFrom, Returning, Role, Spike, Told, Users,
};
use crate::network::Latency;
use crate::time::Time;
use crate::world::Fault;

/// The server that stands idle.
pub(super) const SPARE: &str = "F3";
const SERVERS: [&str; 4] = ["L", "F1", "F2", SPARE];
const OBSERVERS: [&str; 3] = ["o1", "o2", "o3"];

/// Users who come every second, and what each does.
const USERS_A_SECOND: u32 = 3;
const OPERATIONS: u32 = 12;
const WRITES: f64 = 0.4;

/// The alarm comes at the latest this long after the trouble has begun.
const MOST: Time = Time::s(120);
/// It does not come before it has gone on for so long.
const WATCHED: Time = Time::s(20);
/// How long a run goes on after the alarm.
pub(super) const AFTER: Time = Time::s(60);
/// A machine that died comes back this long after the alarm, unless its power is off.
const COMES_BACK: Time = Time::s(5);
/// How often it is looked whether the alarm goes off.
const LOOK: Time = Time::ms(500);
/// Who has accepted a write within this time accepts writes.
const LATELY: Time = Time::s(5);

/// A run at its alarm.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) situation: Situation,
    pub(super) cluster: LeaderFollower,
    pub(super) alarm: Time,
    /// What the monitoring says.
    pub(super) says: String,
}

impl Scene {
    /// # Errors
    /// When the cluster can't be, or the alarm doesn't go off.
    pub(super) fn new(situation: Situation, numbers: Numbers, seed: u64) -> Result<Self, DrillError> {
        let mut cluster = build(situation, numbers, seed)?;
        cluster.run_until(numbers.begins);
        begin(situation, numbers, &mut cluster)?;
        let end = numbers.begins + MOST;
        // So that a curve has a shape. Ids are noticed at once: that which makes them twice is soon used up.
        let watched = if situation == Situation::DuplicateIds { Time::ZERO } else { WATCHED };
        cluster.run_for(watched);
        while cluster.now() < end {
            cluster.run_for(LOOK);
            if let Some(says) = alarm(situation, &cluster) {
                let alarm = cluster.now();
                return Ok(Self { situation, cluster, alarm, says });
            }
        }
        Err(DrillError::NoAlarm(situation, seed))
    }

    /// The same run, with an action at the alarm, a minute later.
    pub(super) fn with(&self, action: Action) -> Result<LeaderFollower, DrillError> {
        let mut cluster = self.cluster.clone();
        let Pending { mut later, off } = take(action, &mut cluster)?;
        if self.situation == Situation::DuplicateIds && !off.contains("L") {
            later.push((COMES_BACK, Fault::Restart(cluster.id("L")?)));
        }
        later.sort_by_key(|(after, _)| *after);
        for (after, fault) in later {
            cluster.run_until(self.alarm + after).strike(fault)?;
        }
        cluster.run_until(self.alarm + AFTER);
        Ok(cluster)
    }
}

fn build(situation: Situation, numbers: Numbers, seed: u64) -> Result<LeaderFollower, DrillError> {
    let puts = f64::from(USERS_A_SECOND * OPERATIONS) * WRITES;
    let replay = match situation {
        Situation::GrowingLag => 1e6 / (numbers.keeps_up * (puts + numbers.busy)),
        _ => 2_000.0,
    };
    let ids = match situation {
        // So that here nothing but the two writers is wrong.
        Situation::TwoWriters => Ids::Ranges,
        _ => Ids::Counter,
    };
    let mut builder = LeaderFollower::builder()
        .followers(2)
        .idle(SPARE)
        .clients(2)
        .costs(Costs { replay: Time::us(replay as u64), ..Costs::default() })
        .read_from(ReadFrom::Followers)
        .ids(ids)
        .store(Some(false))
        .unique(true)
        .change_failover(|failover| {
            failover.observers = OBSERVERS.len() as u16;
            failover.detector = Box::new(Timeout::new(Time::s(5)));
            failover.returning = Returning::Leads;
        })
        .trace(false)
        .seed(seed);
    let spikes = match situation {
        Situation::StaleReads => {
            let (every, lasts, lag) = numbers.spells;
            let spell = |from: Time| Spike { from, until: from + lasts, lag };
            let begins = std::iter::successors(Some(numbers.begins), |at| Some(*at + every));
            begins.take_while(|at| *at < numbers.begins + MOST + AFTER).map(spell).collect()
        }
        Situation::DuplicateIds => {
            let (until, lag) = (numbers.begins, numbers.tail);
            vec![Spike { from: until - lag - Time::s(2), until, lag }]
        }
        _ => Vec::new(),
    };
    for follower in &SERVERS[1..] {
        builder = builder.server(follower, |server| server.spikes = spikes.clone());
    }
    let mut cluster = builder.build()?;
    let length = numbers.begins + MOST + AFTER;
    let seconds = (length.as_us() / 1_000_000) as u32;
    cluster.users(Users {
        users: USERS_A_SECOND * seconds,
        operations: OPERATIONS,
        devices: 2,
        shared: true,
        think: Latency::Uniform(Time::ms(40), Time::ms(300)),
        writes: match situation {
            // Who writes goes by other rules than who only looks: most only look.
            Situation::ComesAndGoes => WRITES / 3.0,
            _ => WRITES,
        },
        own_reads: match situation {
            // Where users look only at their own rows, or never at them, only one thing can be missed.
            Situation::StaleReads => 1.0,
            Situation::ComesAndGoes => 0.0,
            _ => 0.8,
        },
        arrive_within: length,
    })?;
    let quiet = if situation == Situation::GrowingLag { 2.0 } else { numbers.quiet };
    for client in ["c1", "c2"] {
        // Where much comes later, little comes at first.
        let writes = if situation == Situation::GrowingLag { quiet / 2.0 } else { quiet };
        cluster.load(client, inserts(writes))?;
    }
    cluster.sample_lag(LOOK);
    Ok(cluster)
}

fn inserts(writes: f64) -> Load {
    Load { writes, keys: 0, random: true, ..Load::default() }
}

/// What goes wrong, goes wrong now.
fn begin(situation: Situation, numbers: Numbers, cluster: &mut LeaderFollower) -> Result<(), DrillError> {
    let rest: Vec<&str> = SERVERS[1..].iter().chain(&OBSERVERS).chain(&["c1"]).copied().collect();
    let cut_off = |cluster: &mut LeaderFollower| -> Result<(), DrillError> {
        // The old leader's rack is cut off; one client reaches both sides, and does not hear of the new leader.
        cluster.partition(&["L"], &rest)?;
        for observer in OBSERVERS {
            cluster.strike(Fault::Cut(cluster.id(observer)?, cluster.id("c2")?))?;
        }
        Ok(())
    };
    match situation {
        Situation::GrowingLag => {
            for client in ["c1", "c2"] {
                cluster.load(client, inserts(numbers.busy / 2.0))?;
            }
        }
        Situation::StaleReads => {}
        Situation::ComesAndGoes => {
            cluster.set_ship_after("F2", Latency::LogNormal { median: numbers.behind, sigma: 0.3 })?;
        }
        Situation::DuplicateIds => {
            cut_off(cluster)?;
            cluster.crash("L")?;
        }
        Situation::TwoWriters => cut_off(cluster)?,
        Situation::ConstantLag => {
            let near: Vec<&str> = ["L", "c1", "store"].iter().chain(&OBSERVERS).copied().collect();
            let far = ["F1", "F2", SPARE, "c2"];
            // Always the same, so that the log arrives in order, as on a connection.
            let latency = Latency::Constant(numbers.way);
            for (a, b) in near.iter().flat_map(|a| far.iter().map(move |b| (*a, *b))) {
                cluster.set_latency(a, b, latency.clone())?.set_latency(b, a, latency.clone())?;
            }
        }
    }
    Ok(())
}

/// What the monitoring says, if it says anything.
fn alarm(situation: Situation, cluster: &LeaderFollower) -> Option<String> {
    match situation {
        Situation::GrowingLag | Situation::ConstantLag => {
            let limit = if situation == Situation::GrowingLag { Time::s(5) } else { Time::ms(50) };
            let lag = |name: String| median_lag(cluster, &name, Time::s(5), Time::ZERO);
            let least = followers(cluster).into_iter().map(lag).fold(f64::INFINITY, f64::min);
            (least.is_finite() && least * 1_000.0 > limit.as_ms()).then(|| {
                format!("The lag of every follower is above the limit of {} s.", limit.as_ms() / 1_000.0)
            })
        }
        Situation::StaleReads | Situation::ComesAndGoes => {
            let hurt = sessions_hurt(cluster);
            (hurt >= 8).then(|| format!("{hurt} users have complained: what they see is not as it was."))
        }
        Situation::DuplicateIds => {
            let refused =
                cluster.told().iter().filter(|(_, _, told)| matches!(told, Told::Stored(.., false)));
            let refused = refused.count();
            (refused >= 3).then(|| format!("The index of rows has refused {refused} rows."))
        }
        Situation::TwoWriters => (accepting(cluster, cluster.now()).len() > 1).then(|| {
            "A comparison of the servers finds rows on one of them that the others don't have.".to_owned()
        }),
    }
}

/// The servers that have accepted writes in the five seconds before a moment, and run; that of the oldest epoch
/// first.
pub(super) fn accepting(cluster: &LeaderFollower, at: Time) -> Vec<String> {
    let mut epochs: BTreeMap<(u64, String), ()> = BTreeMap::new();
    for (when, node, told) in cluster.told().iter().rev().take_while(|(when, ..)| at.since(*when) < LATELY) {
        let name = cluster.name(*node);
        if let Told::Accepted(position, ..) = told
            && *when <= at
            && cluster.is_running(name).unwrap_or(false)
        {
            epochs.insert((position.epoch, name.to_owned()), ());
        }
    }
    epochs.into_keys().map(|(_, name)| name).collect()
}

/// The servers that have led, and do not lead now.
pub(super) fn former_leaders(cluster: &LeaderFollower) -> Vec<String> {
    let led = |name: &&&str| {
        let leads = |(_, node, told): &(Time, crate::trace::NodeId, Told)| {
            matches!(told, Told::Leads(_)) && cluster.name(*node) == **name
        };
        cluster.leader() != Some(name) && cluster.told().iter().any(leads)
    };
    SERVERS.iter().filter(led).map(|name| (*name).to_owned()).collect()
}

/// The servers that follow whoever leads.
pub(super) fn followers(cluster: &LeaderFollower) -> Vec<String> {
    let leader = cluster.leader().and_then(|leader| cluster.id(leader).ok());
    let follows = |name: &&&str| {
        let role = cluster.server(name).map(|server| server.role());
        let running = cluster.is_running(name).unwrap_or(false);
        leader.is_some() && running && role == Ok(Role::Follower(leader))
    };
    SERVERS.iter().filter(follows).map(|name| (*name).to_owned()).collect()
}

/// All servers that are not idle.
pub(super) fn servers(cluster: &LeaderFollower) -> Vec<String> {
    let busy = |name: &&&str| cluster.server(name).is_ok_and(|server| server.role() != Role::Idle);
    SERVERS.iter().filter(busy).map(|name| (*name).to_owned()).collect()
}

//! How long nobody can write after a leader's machine has died.
//!
//! # Examples
//! ```
//! use replication_lab::presets::failover::FailoverPreset;
//! let outage = FailoverPreset::Etcd.measure(20)?;
//! assert!(outage.median.as_ms() > 1_000.0 && outage.longest.as_ms() < 5_000.0, "{outage}");
//! # Ok::<(), replication_lab::presets::failover::PresetError>(())
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::detector::Timeout;
use crate::explore::in_parallel;
use crate::leader_follower::{Builder, Failover, LeaderFollower, Load, SetupError};
use crate::network::Latency;
use crate::raft::{self, Raft, RaftError};
use crate::rng::{Rng, Stream};
use crate::time::Time;
use crate::view::{Figure, Table, percentile};

/// A system, with its documented defaults as of 2024.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailoverPreset {
    /// PostgreSQL under Patroni: a key with a time to live in a store of its own.
    Patroni,
    /// MySQL under Orchestrator, with semi-synchronous replication.
    Orchestrator,
    /// A replica set of MongoDB.
    MongoDb,
    /// A range of CockroachDB from release 22.2 on.
    CockroachDb,
    /// A cluster of Amazon Aurora: the storage is shared, only the database process is replaced.
    Aurora,
    /// etcd, as the store behind others.
    Etcd,
}

/// What came of the runs of a preset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// The shortest time without writes.
    pub shortest: Time,
    /// The median.
    pub median: Time,
    /// The longest.
    pub longest: Time,
    /// The most acknowledged writes that one run lost: ten a second were written, and followers were up to a
    /// second behind. Nothing, where the lab's cluster keeps no data.
    pub most_lost: Option<usize>,
}

impl fmt::Display for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = |time: Time| time.as_ms() / 1_000.0;
        let Self { shortest, median, longest, .. } = self;
        write!(f, "{:.1} to {:.1} s, median {:.1}", s(*shortest), s(*longest), s(*median))
    }
}

/// A preset that can't be run.
#[derive(Clone, Debug, PartialEq)]
pub enum PresetError {
    /// Its cluster can't be.
    LeaderFollower(SetupError),
    /// Its cluster can't be.
    Raft(RaftError),
    /// In the run of this seed nobody led again.
    NoLeader(u64),
    /// No runs.
    NoRuns,
}

impl fmt::Display for PresetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeaderFollower(error) => error.fmt(f),
            Self::Raft(error) => error.fmt(f),
            Self::NoLeader(seed) => write!(f, "seed {seed}: nobody led again within ten minutes"),
            Self::NoRuns => f.write_str("0 runs: choose at least one"),
        }
    }
}

impl std::error::Error for PresetError {}

impl From<SetupError> for PresetError {
    fn from(error: SetupError) -> Self {
        Self::LeaderFollower(error)
    }
}

impl From<RaftError> for PresetError {
    fn from(error: RaftError) -> Self {
        Self::Raft(error)
    }
}

enum Model {
    Watched(Box<Builder>),
    Elected(Box<raft::Builder>),
}

/// How long a run goes on before the leader dies, give or take a minute.
const BEFORE: Time = Time::s(60);
/// How long it may take until somebody leads again.
const AFTER: Time = Time::s(600);

impl FailoverPreset {
    /// All of them.
    pub const ALL: [FailoverPreset; 6] =
        [Self::Patroni, Self::Orchestrator, Self::MongoDb, Self::CockroachDb, Self::Aurora, Self::Etcd];

    /// What its documents say: the settings, and how long a failover takes.
    pub fn documented(self) -> (&'static str, &'static str) {
        match self {
            Self::Patroni => {
                ("ttl 30 s, loop_wait 10 s, retry_timeout 10 s", "not stated; commonly told 11 to 35 s")
            }
            Self::Orchestrator => {
                ("semi-sync waits 10 s, then falls back", "not stated; commonly told 11 to 33 s")
            }
            Self::MongoDb => {
                ("electionTimeoutMillis 10000, heartbeat 2 s", "median within 12 s, detection included")
            }
            Self::CockroachDb => ("lease 6 s, election 2 s", "10.2 s at most, measured by its makers"),
            Self::Aurora => ("the name's lifetime 5 s", "typically below 60 s, often below 30 s"),
            Self::Etcd => ("heartbeat 100 ms, election 1000 ms", "not stated"),
        }
    }

    /// What this preset assumes, because the documents don't say it or the lab's cluster does it in another way.
    pub fn assumed(self) -> &'static str {
        match self {
            Self::Patroni => "1 s to promote; a proxy that looks every 3 s",
            Self::Orchestrator => {
                "polls every 5 s, acts after 10 s of silence; 2 s to promote; 1 s to repoint clients"
            }
            Self::MongoDb => "timeouts drawn between 10 and 11.5 s",
            Self::CockroachDb => "the lease is renewed every 3 s; taken over when it ends",
            Self::Aurora => "10 s until the silence is noticed, 10 s to start the process: both guesses",
            Self::Etcd => "timeouts drawn between 1 and 2 s",
        }
    }

    fn model(self) -> Model {
        let watched = |change: &dyn Fn(&mut Failover)| {
            let builder = LeaderFollower::builder()
                .followers(2)
                .trace(false)
                .server("F1", |server| server.ship_after = Time::s(1))
                .server("F2", |server| server.ship_after = Time::s(1))
                .change_failover(|failover| {
                    failover.observers = 3;
                    change(failover);
                });
            builder.latency(Latency::Uniform(Time::us(200), Time::ms(1)))
        };
        let elected = |shortest, longest, heartbeat| {
            let raft = Raft::builder().servers(3).election_timeout(shortest, longest).heartbeat(heartbeat);
            Model::Elected(Box::new(raft.trace(false)))
        };
        let on = |builder: Builder| Model::Watched(Box::new(builder));
        match self {
            Self::Patroni => on(watched(&patroni)),
            Self::Orchestrator => on(watched(&orchestrator)
                .acknowledge("ANY 1 (F1, F2)")
                .fall_back(Some(Time::s(10)))
                .timeout(Time::s(5))),
            Self::MongoDb => elected(Time::s(10), Time::ms(11_500), Time::s(2)),
            Self::CockroachDb => on(watched(&|failover| {
                failover.heartbeat = Time::s(3);
                failover.detector = Box::new(Timeout::new(Time::s(6)));
                failover.lease = Some(Time::s(6));
            })
            .acknowledge("ANY 1 (F1, F2)")
            .timeout(Time::s(5))),
            Self::Aurora => on(watched(&|failover| {
                failover.detector = Box::new(Timeout::new(Time::s(10)));
                (failover.promotion_takes, failover.endpoint_takes) = (Time::s(10), Time::s(5));
            })
            .acknowledge_all()
            .timeout(Time::s(5))),
            Self::Etcd => elected(Time::s(1), Time::s(2), Time::ms(100)),
        }
    }

    /// Lets the leader's machine die at a random moment, so many times, and measures how long nobody can write.
    ///
    /// # Errors
    /// When there are no runs, or nobody leads again in one.
    pub fn measure(self, runs: u64) -> Result<Outage, PresetError> {
        let model = self.model();
        let seeds: Vec<u64> = (0..runs).collect();
        let one = |seed: &u64| match &model {
            Model::Watched(builder) => watched_outage(builder.as_ref().clone().seed(*seed), *seed)
                .map(|(outage, lost)| (outage, Some(lost))),
            Model::Elected(builder) => {
                elected_outage(builder.as_ref().clone().seed(*seed), *seed).map(|outage| (outage, None))
            }
        };
        let outages = in_parallel(&seeds, one).into_iter().collect::<Result<Vec<_>, _>>()?;
        let mut times: Vec<Time> = outages.iter().map(|(outage, _)| *outage).collect();
        times.sort_unstable();
        let (Some(shortest), Some(median), Some(longest)) =
            (times.first(), percentile(&times, 0.5), times.last())
        else {
            return Err(PresetError::NoRuns);
        };
        let most_lost = outages.iter().filter_map(|(_, lost)| *lost).max();
        Ok(Outage { shortest: *shortest, median, longest: *longest, most_lost })
    }
}

/// Patroni: a key with a time to live, held by three observers.
pub(crate) fn patroni(failover: &mut Failover) {
    failover.observers = 3;
    failover.heartbeat = Time::s(10);
    failover.detector = Box::new(Timeout::new(Time::s(30)));
    failover.lease = Some(Time::s(30));
    failover.max_lag = None;
    (failover.promotion_takes, failover.endpoint_takes) = (Time::s(1), Time::s(3));
}

/// Orchestrator: three of them look, and forbid nothing to the old source.
pub(crate) fn orchestrator(failover: &mut Failover) {
    failover.observers = 3;
    failover.heartbeat = Time::s(5);
    failover.detector = Box::new(Timeout::new(Time::s(10)));
    (failover.promotion_takes, failover.endpoint_takes) = (Time::s(2), Time::s(1));
}

/// When the leader dies: it has nothing to do with when it was last heard.
fn crash_time(seed: u64) -> Time {
    BEFORE + Time::us(Rng::new(seed, Stream::Faults).below(60_000_000))
}

fn watched_outage(builder: Builder, seed: u64) -> Result<(Time, usize), PresetError> {
    let mut cluster = builder.build()?;
    cluster.load("c1", Load::default())?;
    let crash = crash_time(seed);
    cluster.run_until(crash).crash("L")?;
    let end = crash + AFTER;
    while cluster.now() < end {
        cluster.run_for(Time::s(5));
        if let Some(outage) = cluster.first_accepted_after(crash) {
            return Ok((outage, cluster.measures().lost.len()));
        }
    }
    Err(PresetError::NoLeader(seed))
}

fn elected_outage(builder: raft::Builder, seed: u64) -> Result<Time, PresetError> {
    let mut cluster = builder.build()?;
    let nobody = PresetError::NoLeader(seed);
    let first = cluster.elect(AFTER).ok_or(nobody.clone())?;
    let crash = cluster.now() + crash_time(seed);
    cluster.run_for(crash - cluster.now());
    let leader = cluster.leader().unwrap_or(first.leader);
    cluster.crash(leader)?;
    let next = cluster.elect(AFTER).ok_or(nobody)?;
    Ok(next.known.since(crash))
}

impl fmt::Display for FailoverPreset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Patroni => "PostgreSQL, Patroni",
            Self::Orchestrator => "MySQL, Orchestrator",
            Self::MongoDb => "MongoDB",
            Self::CockroachDb => "CockroachDB",
            Self::Aurora => "Amazon Aurora",
            Self::Etcd => "etcd",
        })
    }
}

/// Every preset, measured so many times, beside its documented figures.
///
/// # Errors
/// When a preset can't be run.
pub fn failover_times(runs: u64) -> Result<Figure, PresetError> {
    let header =
        ["system", "documented settings", "documented failover", "the lab's runs", "lost", "assumed"];
    let mut table = Table::new(header);
    for preset in FailoverPreset::ALL {
        let outage = preset.measure(runs)?;
        let (settings, failover) = preset.documented();
        let lost = outage.most_lost.map_or("–".to_owned(), |lost| lost.to_string());
        table = table.row([
            preset.to_string(),
            settings.to_owned(),
            failover.to_owned(),
            outage.to_string(),
            lost,
            preset.assumed().to_owned(),
        ]);
    }
    Ok(table.figure())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_beside_its_documented_figures() {
        insta::assert_snapshot!(failover_times(100).unwrap().as_text());
    }

    #[test]
    fn what_is_documented_holds_in_the_runs() {
        let measure = |preset: FailoverPreset| preset.measure(100).unwrap();
        let mongo = measure(FailoverPreset::MongoDb);
        assert!(mongo.median <= Time::s(12), "{mongo}");
        let patroni = measure(FailoverPreset::Patroni);
        assert!(patroni.shortest >= Time::s(20) && patroni.longest <= Time::s(36), "{patroni}");
        assert!(
            patroni.most_lost.is_some_and(|lost| (9..=11).contains(&lost)),
            "asynchronous: up to the lag"
        );
        for lossless in [FailoverPreset::Orchestrator, FailoverPreset::CockroachDb, FailoverPreset::Aurora] {
            assert_eq!(measure(lossless).most_lost, Some(0), "{lossless}");
        }
        let cockroach = measure(FailoverPreset::CockroachDb);
        assert!(cockroach.longest <= Time::ms(10_200), "{cockroach}");
        let aurora = measure(FailoverPreset::Aurora);
        assert!(aurora.longest < Time::s(60), "{aurora}");
    }

    #[test]
    fn no_runs_say_so() {
        assert_eq!(FailoverPreset::Etcd.measure(0), Err(PresetError::NoRuns));
    }
}

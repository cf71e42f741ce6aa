//! How long Raft needs for a new leader.
//!
//! All figures come from the [cluster](crate::raft) over the simulated network.
//!
//! # Model
//! - **Split votes** ([`SplitVotes`]): latency always l, timeouts uniform on a range of length 1 (here a second, above
//!   a minimum so long that nobody times out twice). All voters hear the earliest candidate first, so the first term
//!   has no leader iff so many servers stand that the others are too few: iff the c-th timeout of the s available
//!   servers comes at most l after the first, with c = s − ⌊n/2⌋ + 1. The distance of two order statistics of a uniform
//!   sample is Beta(c − 1, s − c + 2), which gives [`split_probability`].
//! - **Downtime** ([`Downtime`]), the conditions of the paper's Figure 16: five servers, the leader crashes at a uniform
//!   moment of its heartbeat interval, which is half the shortest timeout. What the paper leaves open is set so: one
//!   way uniform on 2 to 3 ms; a sync of a disk uniform on 4 to 6 ms, which a voter waits for before it answers and a
//!   candidate does not before it asks; three servers have logs of three entries and two of one entry, so the leader
//!   is one of the three, and of the four that survive it two can be elected. (Five logs of different lengths leave two
//!   as well, but one of those needs every vote of the shorter ones: then the median of timeouts on 150 to 155 ms is
//!   272 ms and the mean of those on 150 to 200 ms 154 ms, both 5 to 6 % below what was published.)
//! - **First election** ([`FirstElection`]), the wide-area network of the dissertation: one way uniform on 30 to 40 ms,
//!   timeouts on 300 to 600 ms, all timers fresh at 0, equal logs, disks that take no time.
//!
//! An election counts when every server that is up follows the leader: one that is deposed before does not.
//!
//! # Limits
//! The paper's downtimes are single experiments of 1000 trials, most of them read off a figure: the standard error of
//! their means is 1 %, and that of their outer percentiles 1.5 %, so these have a wider tolerance. Of a worst of 1000
//! nothing is known but that it occurred: it must lie in the range of the lab's own worsts.

use std::fmt;

use super::estimate::Estimate;
use super::parallel::{in_parallel, parts};
use super::{Row, Section, Settings, Tolerance};
use crate::network::Latency;
use crate::raft::{Builder, Raft, RaftError, Told};
use crate::rng::{Rng, Stream};
use crate::time::Time;
use crate::trace::NodeId;

/// Longer than any election takes.
const PATIENCE: Time = Time::s(100_000);

/// A run that came to nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum ElectionError {
    /// The cluster can't be.
    Cluster(RaftError),
    /// No leader was found in more than a day: too few servers are up, or timeouts are shorter than the network.
    NoLeader,
}

impl fmt::Display for ElectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cluster(error) => error.fmt(f),
            Self::NoLeader => f.write_str(
                "no leader in more than a day: keep a majority up, and timeouts longer than a round trip",
            ),
        }
    }
}

impl std::error::Error for ElectionError {}

impl From<RaftError> for ElectionError {
    fn from(error: RaftError) -> Self {
        Self::Cluster(error)
    }
}

/// Runs trials on all cores, each with a seed of its own; results in the order of the trials.
fn of_each_trial<T: Send>(
    trials: u64,
    seed: u64,
    trial: impl Fn(u64) -> Result<T, ElectionError> + Sync,
) -> Result<Vec<T>, ElectionError> {
    let parts = parts(trials);
    let base = Rng::new(seed, Stream::Workload).bits();
    let first = |part: usize| parts[..part].iter().sum::<u64>();
    let run = |part: usize| -> Result<Vec<T>, ElectionError> {
        (0..parts[part]).map(|i| trial(base.wrapping_add(first(part) + i))).collect()
    };
    Ok(in_parallel(parts.len(), run)
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .flatten()
        .collect())
}

/// How often the first term of a cluster has no leader.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SplitVotes {
    /// n: servers.
    pub servers: u16,
    /// s: how many of them are up.
    pub up: u16,
    /// l: the one-way latency, as a share of the range of the timeouts.
    pub latency: f64,
    /// Trials.
    pub trials: u64,
    /// Seed of all that is random.
    pub seed: u64,
}

/// P(split) for n servers, s of them available, and a one-way latency l in units of the range of the timeouts:
/// Σ C(s,k) lᵏ (1−l)ˢ⁻ᵏ for k from c − 1 = s − ⌊n/2⌋ to s (Ongaro's dissertation, section 9.2).
///
/// # Examples
/// ```
/// use replication_lab::published::raft::split_probability;
/// assert_eq!(format!("{:.3}", split_probability(5, 4, 0.1)), "0.052");
/// ```
pub fn split_probability(servers: u16, up: u16, latency: f64) -> f64 {
    let choose = |k: u16| (0..k).map(|i| f64::from(up - i) / f64::from(i + 1)).product::<f64>();
    let term =
        |k: u16| choose(k) * libm::pow(latency, f64::from(k)) * libm::pow(1.0 - latency, f64::from(up - k));
    (up.saturating_sub(servers / 2)..=up).map(term).sum()
}

impl SplitVotes {
    /// The share of trials without a leader in the first term, and the mean of the earliest timeout above the
    /// shortest, as a share of the range.
    ///
    /// # Errors
    /// When the cluster can't be, or never finds a leader.
    pub fn run(&self) -> Result<(Estimate, Estimate), ElectionError> {
        let (range, shortest) = (Time::s(1), Time::s(10));
        let latency = Time::us(libm::round(self.latency * range.as_us() as f64) as u64);
        let cluster = Raft::builder()
            .elections_only(true)
            .servers(self.servers)
            .election_timeout(shortest, shortest + range)
            .heartbeat(shortest)
            .latency(Latency::Constant(latency))
            .trace(false);
        let trials = of_each_trial(self.trials, self.seed, |seed| {
            let mut cluster = cluster.clone().seed(seed).build()?;
            crash_first(&mut cluster, self.servers.saturating_sub(self.up))?;
            let (_, term) = cluster.win(PATIENCE).ok_or(ElectionError::NoLeader)?;
            let stood = cluster.told().iter().find(|report| matches!(report.told, Told::Campaigns(_)));
            let earliest = stood.map_or(Time::NEVER, |report| report.at.since(shortest));
            Ok((term > 1, earliest.as_us() as f64 / range.as_us() as f64))
        })?;
        let split = trials.iter().filter(|(split, _)| *split).count() as u64;
        let earliest: Vec<f64> = trials.iter().map(|(_, earliest)| *earliest).collect();
        Ok((Estimate::share(split, self.trials), Estimate::mean(&earliest)))
    }
}

fn crash_first(cluster: &mut Raft, down: u16) -> Result<(), RaftError> {
    (0..down).try_for_each(|server| cluster.crash(NodeId(server)).map(|_| ()))
}

/// How long a cluster of five has no leader after a crash of its leader: Figure 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Downtime {
    /// The shortest and the longest election timeout.
    pub election_timeout: (Time, Time),
    /// Trials.
    pub trials: u64,
    /// Seed of all that is random.
    pub seed: u64,
}

impl Downtime {
    /// The downtimes in ms, trial by trial: from the crash until all that survived it have heard from the new leader.
    ///
    /// # Errors
    /// When the cluster can't be, or never finds a leader.
    pub fn run(&self) -> Result<Vec<f64>, ElectionError> {
        let (shortest, longest) = self.election_timeout;
        let heartbeat = Time::us(shortest.as_us() / 2);
        let cluster = Raft::builder()
            .elections_only(true)
            .servers(5)
            .election_timeout(shortest, longest)
            .heartbeat(heartbeat)
            .latency(Latency::Uniform(Time::ms(2), Time::ms(3)))
            .sync(Latency::Uniform(Time::ms(4), Time::ms(6)))
            .logs([3, 3, 3, 1, 1].map(|entries| vec![1; entries]))
            .trace(false);
        of_each_trial(self.trials, self.seed, |seed| one_downtime(cluster.clone().seed(seed), heartbeat))
    }
}

fn one_downtime(cluster: Builder, heartbeat: Time) -> Result<f64, ElectionError> {
    let mut moments = Rng::new(cluster.settings().seed, Stream::Workload);
    let mut cluster = cluster.build()?;
    loop {
        let before = cluster.elect(PATIENCE).ok_or(ElectionError::NoLeader)?;
        // A few heartbeats later, all are in step; then at any moment between two of them.
        let moment = Time::us(heartbeat.as_us() * 4 + moments.below(heartbeat.as_us()));
        let wait = (before.won + moment).since(cluster.now());
        cluster.run_for(wait);
        // With timeouts hardly longer than a round trip, it may have been deposed meanwhile.
        if cluster.leader() == Some(before.leader) {
            let crashed = cluster.now();
            cluster.crash(before.leader)?;
            let after = cluster.elect(PATIENCE).ok_or(ElectionError::NoLeader)?;
            return Ok(after.known.since(crashed).as_ms());
        }
    }
}

/// How long five servers in a wide-area network need for their first leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstElection {
    /// How many of the servers are down.
    pub down: u16,
    /// Trials.
    pub trials: u64,
    /// Seed of all that is random.
    pub seed: u64,
}

impl FirstElection {
    /// When the leader that lasts had its majority, in ms, trial by trial.
    ///
    /// # Errors
    /// When the cluster can't be, or never finds a leader.
    pub fn run(&self) -> Result<Vec<f64>, ElectionError> {
        let cluster = Raft::builder()
            .elections_only(true)
            .servers(5)
            .election_timeout(Time::ms(300), Time::ms(600))
            .heartbeat(Time::ms(150))
            .latency(Latency::Uniform(Time::ms(30), Time::ms(40)))
            .trace(false);
        of_each_trial(self.trials, self.seed, |seed| {
            let mut cluster = cluster.clone().seed(seed).build()?;
            crash_first(&mut cluster, self.down)?;
            Ok(cluster.elect(PATIENCE).ok_or(ElectionError::NoLeader)?.won.as_ms())
        })
    }
}

/// All rows about elections.
pub fn rows(settings: &Settings) -> Vec<Row> {
    let mut rows = split_rows(settings);
    rows.extend(downtime_rows(settings));
    rows.extend(first_election_rows(settings));
    rows
}

/// Published split votes: latency, P(split) and half of its last digit, for n = 5 and s = 4.
const SPLIT: [(f64, f64, f64); 3] = [(0.01, 0.0006, 5e-5), (0.1, 0.052, 5e-4), (0.2, 0.181, 5e-4)];

fn split_rows(settings: &Settings) -> Vec<Row> {
    let row = |what: String, measured| Row::number(Section::Elections, what, measured);
    let mut rows: Vec<Row> = SPLIT
        .iter()
        .map(|(latency, published, rounding)| {
            let formula = Estimate::exact(split_probability(5, 4, *latency));
            row(format!("P(split), n=5 s=4 l={latency} (formula)"), formula)
                .published(Some(*published))
                .within(Tolerance::Absolute(*rounding))
        })
        .collect();
    for (servers, up) in [(3, 2), (3, 3), (5, 3), (5, 4), (5, 5), (7, 4), (7, 7), (9, 6)] {
        for latency in [0.01, 0.05, 0.1, 0.2, 0.3] {
            let run = SplitVotes { servers, up, latency, trials: settings.trials / 20, seed: settings.seed };
            let (split, earliest) = run.run().expect("a majority is up, and timeouts are long");
            let known = SPLIT.iter().find(|split| (servers, up, split.0) == (5, 4, latency));
            let split = row(format!("P(split), n={servers} s={up} l={latency} (cluster)"), split)
                .published(known.map(|split| split.1));
            let formula = split_probability(servers, up, latency);
            rows.push(split.reference(formula).within(Tolerance::Relative(0.02)));
            if latency == 0.1 {
                let row =
                    row(format!("mean of the earliest timeout, s={up} (cluster, n={servers})"), earliest);
                let expected = 1.0 / f64::from(up + 1);
                rows.push(row.reference(expected).within(Tolerance::Relative(0.02)));
            }
        }
    }
    rows
}

/// Figure 16: shortest and longest timeout in ms, and the 10th, 50th and 90th percentile, the mean and the worst of a
/// thousand downtimes, in ms, as far as they were published or could be read off.
const FIGURE_16: [(u64, u64, [Option<f64>; 5]); 5] = [
    (150, 155, [None, Some(287.0), None, None, None]),
    (150, 200, [Some(110.0), Some(146.0), Some(193.0), Some(164.0), Some(513.0)]),
    (150, 300, [Some(125.0), Some(171.0), Some(244.0), Some(181.0), None]),
    (100, 200, [Some(85.0), Some(120.0), Some(166.0), Some(125.5), None]),
    (12, 24, [None, None, None, Some(35.0), Some(152.0)]),
];

/// Trials of which the paper tells the worst.
const THOUSAND: usize = 1_000;

fn downtime_rows(settings: &Settings) -> Vec<Row> {
    let mut rows = Vec::new();
    for (shortest, longest, published) in FIGURE_16 {
        let election_timeout = (Time::ms(shortest), Time::ms(longest));
        // A worst needs many thousands of which each shows one, so that their range is known.
        let least = if published[4].is_some() { 60 * THOUSAND as u64 } else { 10_000 };
        let trials = (settings.trials / 5).max(least);
        let run = Downtime { election_timeout, trials, seed: settings.seed };
        let mut downtimes = run.run().expect("four of five servers are up");
        let worst: Vec<f64> =
            downtimes.chunks(THOUSAND).map(|thousand| thousand.iter().copied().fold(0.0, f64::max)).collect();
        let [p10, p50, p90, mean, published_worst] = published;
        let row = |quantity: &str, measured, published: Option<f64>| {
            let what = format!("downtime, timeouts {shortest}–{longest} ms: {quantity}, ms");
            published
                .map(|published| Row::number(Section::Elections, what, measured).published(Some(published)))
        };
        let of_mean = row("mean", Estimate::mean(&downtimes), mean);
        rows.extend(of_mean.map(|row| row.within(Tolerance::Relative(0.05))));
        for (quantity, share, published, tolerance) in [
            ("10th percentile", 0.1, p10, 0.08),
            ("median", 0.5, p50, 0.05),
            ("90th percentile", 0.9, p90, 0.08),
        ] {
            let row = row(quantity, Estimate::quantile(&mut downtimes, share), published);
            rows.extend(row.map(|row| row.within(Tolerance::Relative(tolerance))));
        }
        // The worst of a thousand is a single draw: it must be one that the lab's thousands give as well.
        let (least, most) = worst
            .iter()
            .fold((f64::INFINITY, 0.0_f64), |(least, most), worst| (least.min(*worst), most.max(*worst)));
        let worst = Estimate::quantile(&mut worst.clone(), 0.5);
        let row = row("worst of 1000", worst, published_worst);
        rows.extend(row.map(|row| row.within(Tolerance::Range(least, most))));
    }
    rows
}

/// The dissertation's election times on the wide-area network: servers that are down and mean, in ms.
const FIRST_ELECTION: [(u16, f64); 3] = [(0, 430.0), (1, 468.7), (2, 631.6)];

fn first_election_rows(settings: &Settings) -> Vec<Row> {
    let row = |(down, published): &(u16, f64)| {
        let trials = (settings.trials / 10).max(20_000);
        let run = FirstElection { down: *down, trials, seed: settings.seed };
        let elections = run.run().expect("three of five servers are up");
        let what = format!("first election, wide-area network, {down} of 5 down: mean, ms");
        let row =
            Row::number(Section::Elections, what, Estimate::mean(&elections)).published(Some(*published));
        row.within(Tolerance::Relative(0.025))
    };
    FIRST_ELECTION.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// P(X ≥ c − 1) for X binomial is P(the c-th of s timeouts is within l of the first): by drawing timeouts.
    #[test]
    fn the_formula_is_what_drawing_timeouts_gives() {
        let mut rng = Rng::new(5, Stream::Workload);
        for (servers, up, latency) in [(5u16, 4u16, 0.2), (5, 5, 0.3), (7, 6, 0.25), (3, 2, 0.1)] {
            let standing = usize::from(up - servers / 2 + 1);
            let trials = 40_000;
            let split = (0..trials)
                .filter(|_| {
                    let mut timeouts: Vec<f64> = (0..up).map(|_| rng.unit()).collect();
                    timeouts.sort_unstable_by(f64::total_cmp);
                    timeouts[standing - 1] - timeouts[0] <= latency
                })
                .count() as u64;
            let drawn = Estimate::share(split, trials);
            let off = (drawn.value - split_probability(servers, up, latency)).abs();
            assert!(off < 4.0 * drawn.standard_error, "({servers}, {up}, {latency}): {drawn:?}");
        }
    }

    #[test]
    fn a_minority_never_finds_a_leader_and_says_so() {
        let run = SplitVotes { servers: 3, up: 1, latency: 0.1, trials: 1, seed: 1 };
        let why = run.run().unwrap_err().to_string();
        assert_eq!(
            why,
            "no leader in more than a day: keep a majority up, and timeouts longer than a round trip"
        );
    }
}

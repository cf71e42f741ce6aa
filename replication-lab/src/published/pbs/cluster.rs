//! The same quantities, measured on the lab's leaderless cluster: real messages over the simulated network.
//!
//! One client writes a key and several others read it, each a given time after the write was acknowledged. No
//! message is lost, nothing is repaired. Each link has the distribution of the message that it carries: W from the
//! writer to a replica, A back, R from a reader to a replica, S back.

use std::fmt;

use super::fit::Fit;
use super::wars::Measured;
use crate::history::{Action, Op};
use crate::leaderless::{Leaderless, Operation, ReadRepair, Scheme, SetupError};
use crate::published::estimate::{Estimate, Tail};
use crate::published::parallel::{in_parallel, parts};
use crate::rng::{Rng, Stream};
use crate::time::{Time, TimeError};

/// A run of the cluster, trial by trial.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterRun {
    /// The latencies.
    pub fit: Fit,
    /// N: replicas.
    pub n: usize,
    /// R: responses that a read waits for.
    pub r: usize,
    /// W: acknowledgements that a write waits for.
    pub w: usize,
    /// Trials: in each one write, and one read at each of the times.
    pub trials: u64,
    /// The upper quantile that latencies and t-visibility are read at.
    pub share: f64,
    /// When reads start after the commit, in ms, in ascending order; each has a client of its own, because a client
    /// that still reads could not start another read.
    pub times_ms: Vec<f64>,
    /// Seed of all that is random.
    pub seed: u64,
}

/// A run that can't be.
#[derive(Clone, Debug, PartialEq)]
pub enum RunError {
    /// N, R and W make no cluster.
    Setup(SetupError),
    /// A parameter of the fit, or one of the times, is no time.
    Time(TimeError),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup(error) => error.fmt(f),
            Self::Time(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RunError {}

impl From<SetupError> for RunError {
    fn from(error: SetupError) -> Self {
        Self::Setup(error)
    }
}

impl From<TimeError> for RunError {
    fn from(error: TimeError) -> Self {
        Self::Time(error)
    }
}

/// Longer than any message takes: not once in 10¹¹ draws from the heaviest tail, LNKD-DISK's W.
const OVER: Time = Time::s(100_000);

/// The one key.
const KEY: &str = "x";

impl ClusterRun {
    /// Runs all trials, on all cores; the result depends on the seed and the number of trials alone.
    ///
    /// # Errors
    /// When N, R and W make no cluster, or the fit or the times are no times.
    pub fn run(&self) -> Result<Measured, RunError> {
        let parts = parts(self.trials);
        let base = Rng::new(self.seed, Stream::Workload).bits();
        let run = |part: usize| self.run_part(parts[part], base.wrapping_add(part as u64));
        let tail = || Tail::new(self.share, self.trials as usize);
        let (mut reads, mut writes, mut fresh) = (tail(), tail(), vec![0; self.times_ms.len()]);
        for part in in_parallel(parts.len(), run) {
            let part = part?;
            reads.merge(&part.reads);
            writes.merge(&part.writes);
            fresh.iter_mut().zip(&part.fresh).for_each(|(all, part)| *all += part);
        }
        let fresh: Vec<Estimate> = fresh.into_iter().map(|hits| Estimate::share(hits, self.trials)).collect();
        Ok(Measured {
            r: self.r,
            w: self.w,
            // Over the reads at the first of the times.
            read_latency: reads.quantile(),
            write_latency: writes.quantile(),
            visibility: self.visibility(&fresh),
            fresh,
        })
    }

    /// t-visibility, from the share of fresh reads at each of the times; nothing if the times don't lie around it.
    ///
    /// A read says only whether it was stale at its own time, so the quantile cannot be read from the trials one by
    /// one. It is where the stale share comes down to 1 − `share`: between two of the times, along a straight line in
    /// its logarithm. All reads of a trial follow the same write (common random numbers), so the points of the line
    /// move together, and the error is that of the stale share at one time, through the slope over all times.
    fn visibility(&self, fresh: &[Estimate]) -> Option<Estimate> {
        let goal = 1.0 - self.share;
        let stale = |i: usize| 1.0 - fresh[i].value;
        // Whatever is not above the goal by more than a rounding error is at it.
        if fresh.first()?.value >= self.share - 1e-12 {
            return Some(Estimate::exact(0.0));
        }
        let after = (1..fresh.len()).find(|i| stale(*i) <= goal)?;
        let (before, last) = (after - 1, fresh.len() - 1);
        let slope = |a: usize, b: usize| {
            // A share of nothing has no logarithm: one stale read in twice the trials.
            let log = |i: usize| libm::log(stale(i).max(0.5 / self.trials as f64));
            (log(b) - log(a)) / (self.times_ms[b] - self.times_ms[a])
        };
        // From the commit to the first time around the goal it is far: a line over it would say nothing.
        let first = usize::from(self.times_ms[0] == 0.0);
        if before < first || last == first {
            return None;
        }
        let to_goal = libm::log(goal / stale(before)) / slope(before, after);
        let error = 1.0 / libm::sqrt(goal * self.trials as f64);
        Some(Estimate {
            value: self.times_ms[before] + to_goal,
            standard_error: error / slope(first, last).abs(),
        })
    }

    fn run_part(&self, trials: u64, seed: u64) -> Result<Part, RunError> {
        let tail = || Tail::new(self.share, self.trials as usize);
        let mut part = Part { reads: tail(), writes: tail(), fresh: vec![0; self.times_ms.len()] };
        let mut coordinators = Rng::new(seed, Stream::Workload);
        let mut done = 0;
        while done < trials {
            // A cluster remembers every operation: a new one now and then keeps it small.
            let round = (trials - done).min(250);
            let mut cluster = self.build(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(done))?;
            for trial in 0..round {
                self.trial(&mut cluster, &trial.to_string(), &mut coordinators, &mut part)?;
            }
            done += round;
        }
        Ok(part)
    }

    /// The clients of a trial: a writer and a reader for each time, all in one datacentre or in each.
    fn places(&self) -> usize {
        if self.fit.far_ms.is_some() { self.n } else { 1 }
    }

    fn client(&self, role: usize, place: usize) -> String {
        format!("c{}", role * self.places() + place + 1)
    }

    fn build(&self, seed: u64) -> Result<Leaderless, RunError> {
        let (places, roles) = (self.places(), self.times_ms.len() + 1);
        let builder = match places {
            1 => Leaderless::builder().replicas(self.n as u32),
            _ => Leaderless::builder().datacentres(&vec![1; self.n]),
        };
        let mut cluster = builder
            .clients((places * roles) as u16)
            .write_quorum(self.w as u32)
            .read_quorum(self.r as u32)
            .versions(Scheme::Timestamp)
            .read_repair(ReadRepair::Off)
            .timeout(OVER)
            .trace(false)
            .seed(seed)
            .build()?;
        for (replica, name) in cluster.home(KEY).iter().enumerate() {
            for (role, place) in (0..roles).flat_map(|role| (0..places).map(move |place| (role, place))) {
                let request = if role == 0 { self.fit.write } else { self.fit.others };
                let extra = self.fit.far_ms.filter(|_| place != replica).unwrap_or(0.0);
                let client = self.client(role, place);
                cluster.set_latency(&client, name, request.latency(extra)?)?;
                cluster.set_latency(name, &client, self.fit.others.latency(extra)?)?;
            }
        }
        Ok(cluster)
    }

    fn trial(
        &self,
        cluster: &mut Leaderless,
        value: &str,
        coordinators: &mut Rng,
        part: &mut Part,
    ) -> Result<(), RunError> {
        let mut place = || coordinators.below(self.places() as u64) as usize;
        let (writer, reader) = (place(), place());
        let first = cluster.history().0.len();
        cluster.write(&self.client(0, writer), KEY, value)?;
        let commit = cluster.now();
        for (i, after) in self.times_ms.iter().enumerate() {
            let wait = (commit + Time::from_ms(*after)?).since(cluster.now());
            cluster.run_for(wait);
            cluster.begin(&self.client(i + 1, reader), Operation::Read { key: KEY.into(), from: None })?;
        }
        // Until nothing is under way, time-outs included.
        cluster.run_for(OVER);
        part.add(&cluster.history().0[first..], value);
        Ok(())
    }
}

/// What one part of the trials leaves behind.
struct Part {
    reads: Tail,
    writes: Tail,
    fresh: Vec<u64>,
}

impl Part {
    /// Takes the operations of one trial in: the write first, then the reads.
    fn add(&mut self, operations: &[Op], value: &str) {
        let took = |op: &Op| op.ended.map(|ended| ended.since(op.began).as_ms());
        let [write, reads @ ..] = operations else { return };
        if let Some(ms) = took(write) {
            self.writes.add(ms);
        }
        if let Some(ms) = reads.first().and_then(took) {
            self.reads.add(ms);
        }
        for (hits, read) in self.fresh.iter_mut().zip(reads) {
            let saw = matches!(&read.action, Action::Read(values) if values.iter().any(|seen| seen == value));
            *hits += u64::from(saw);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::published::pbs::Wars;

    fn run(fit: Fit, times_ms: &[f64]) -> ClusterRun {
        ClusterRun { fit, n: 3, r: 1, w: 1, trials: 4_000, share: 0.99, times_ms: times_ms.to_vec(), seed: 2 }
    }

    /// Both ways, cell by cell: within four standard errors of one another.
    #[test]
    fn the_cluster_agrees_with_the_model() {
        let times_ms = [0.0, 1.0, 10.0, 100.0];
        for fit in Fit::ALL {
            let wars = Wars { trials: 50_000, times_ms: times_ms.to_vec(), ..Wars::new(fit) };
            for direct in wars.run().iter().filter(|cell| cell.r <= 2 && cell.w <= 2) {
                let observed = ClusterRun { r: direct.r, w: direct.w, ..run(fit, &times_ms) }.run().unwrap();
                for (fresh, expected) in observed.fresh.iter().zip(&direct.fresh) {
                    let errors = libm::hypot(fresh.standard_error, expected.standard_error);
                    let off = (fresh.value - expected.value).abs();
                    assert!(off <= 4.0 * errors, "{}: {direct:?}, {observed:?}", fit.name);
                }
            }
        }
    }

    #[test]
    fn t_visibility_is_where_the_stale_share_comes_down_to_the_goal() {
        let visibility = |fresh: &[f64], share: f64| {
            let run = ClusterRun { trials: 10_000, share, ..run(Fit::LNKD_SSD, &[0.0, 1.0, 2.0, 3.0]) };
            run.visibility(&fresh.iter().map(|share| Estimate::exact(*share)).collect::<Vec<_>>())
        };
        // Half of what is stale after one millisecond is stale after two.
        let halving = [0.5, 0.98, 0.99, 0.995];
        let seen = visibility(&halving, 0.99).unwrap();
        assert!((seen.value - 2.0).abs() < 1e-9, "{seen:?}");
        // 100 stale reads of 10 000 are uncertain by a tenth, and a tenth of them is worth a tenth of 1/ln 2 ms.
        assert!((seen.standard_error - 0.1 / std::f64::consts::LN_2).abs() < 1e-9, "{seen:?}");
        assert_eq!(visibility(&halving, 0.4), Some(Estimate::exact(0.0)));
        assert_eq!(visibility(&halving, 0.999), None, "beyond the last time");
        assert_eq!(visibility(&halving, 0.9), None, "before the first time after the commit");
    }

    #[test]
    fn what_makes_no_run_says_why() {
        let why = |run: ClusterRun| run.run().unwrap_err().to_string();
        let good = run(Fit::LNKD_SSD, &[0.0]);
        assert_eq!(
            why(ClusterRun { r: 4, ..good.clone() }),
            "R: 4 answers of 3 replicas: choose a number between 1 and 3"
        );
        let early = ClusterRun { times_ms: vec![-1.0], ..good };
        assert_eq!(why(early), "-1 ms is no time: choose a finite number that is not below 0");
    }
}

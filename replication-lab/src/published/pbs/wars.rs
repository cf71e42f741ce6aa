//! The WARS model, drawn directly.

use super::fit::Fit;
use crate::published::estimate::{Estimate, Tail};
use crate::published::parallel::{in_parallel, parts};
use crate::rng::{Rng, Stream};

/// A Monte-Carlo run of the WARS model: in each trial one write to all N replicas, and one read from all of them.
///
/// # Examples
/// ```
/// use replication_lab::published::pbs::{Fit, Wars};
/// let measured = Wars { trials: 20_000, ..Wars::new(Fit::LNKD_SSD) }.run();
/// // A read right after the commit, R = W = 1: the paper has 97.4 %.
/// assert!((measured.fresh(1, 1, 0).value - 0.974).abs() < 0.005);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Wars {
    /// The latencies.
    pub fit: Fit,
    /// N: replicas.
    pub n: usize,
    /// Trials, each independent.
    pub trials: u64,
    /// The upper quantile that latencies and t-visibility are read at. Default 0.999.
    pub share: f64,
    /// When reads start after the commit, in ms, for the probability that they are fresh. Default: at once.
    pub times_ms: Vec<f64>,
    /// Seed of all draws.
    pub seed: u64,
}

/// What a [`Wars`] run measured, for every R and W from 1 to N.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    n: usize,
    read_latency: Vec<Estimate>,
    write_latency: Vec<Estimate>,
    last_stale: Vec<Estimate>,
    fresh: Vec<Vec<Estimate>>,
}

impl Measured {
    /// How long a read waits for R responses, in ms, at the quantile.
    pub fn read_latency(&self, r: usize) -> Estimate {
        self.read_latency[r - 1]
    }

    /// How long a write waits for W acknowledgements, in ms, at the quantile.
    pub fn write_latency(&self, w: usize) -> Estimate {
        self.write_latency[w - 1]
    }

    /// How long after the commit a read must start to be fresh with the quantile's probability, in ms: never
    /// negative.
    pub fn visibility(&self, r: usize, w: usize) -> Estimate {
        let last_stale = self.last_stale[self.cell(r, w)];
        match last_stale.value > 0.0 {
            true => last_stale,
            false => Estimate::exact(0.0),
        }
    }

    /// The share of reads that saw the write, of those that started at the `time`-th of the times.
    pub fn fresh(&self, r: usize, w: usize, time: usize) -> Estimate {
        self.fresh[self.cell(r, w)][time]
    }

    fn cell(&self, r: usize, w: usize) -> usize {
        (r - 1) * self.n + (w - 1)
    }
}

impl Wars {
    /// A million trials with three replicas, reads at the commit.
    pub fn new(fit: Fit) -> Self {
        Self { fit, n: 3, trials: 1_000_000, share: 0.999, times_ms: vec![0.0], seed: 1 }
    }

    /// Runs all trials, on all cores; the result depends on the seed and the number of trials alone.
    pub fn run(&self) -> Measured {
        let parts = parts(self.trials);
        let base = Rng::new(self.seed, Stream::Workload).bits();
        let partial = in_parallel(parts.len(), |part| {
            let mut rng = Rng::new(base.wrapping_add(part as u64), Stream::Network);
            let mut tally = Tally::new(self);
            let mut trial = Trial::new(self.n);
            for _ in 0..parts[part] {
                trial.draw(&self.fit, &mut rng);
                tally.add(&trial, &self.times_ms);
            }
            tally
        });
        let mut all = Tally::new(self);
        partial.iter().for_each(|part| all.merge(part));
        let quantiles = |tails: Vec<Tail>| tails.into_iter().map(Tail::quantile).collect();
        let shares =
            |hits: Vec<u64>| hits.into_iter().map(|hits| Estimate::share(hits, self.trials)).collect();
        Measured {
            n: self.n,
            read_latency: quantiles(all.read_latency),
            write_latency: quantiles(all.write_latency),
            last_stale: quantiles(all.last_stale),
            fresh: all.fresh.into_iter().map(shares).collect(),
        }
    }
}

/// The draws of one trial.
struct Trial {
    // W of each replica.
    writes: Vec<f64>,
    // W + A, in order: the w-th is the commit under a write quorum of w.
    commits: Vec<f64>,
    // R + S and R and W of each replica, in the order of the first: the first r are the responders.
    reads: Vec<(f64, f64, f64)>,
}

impl Trial {
    fn new(n: usize) -> Self {
        Self { writes: vec![0.0; n], commits: vec![0.0; n], reads: vec![(0.0, 0.0, 0.0); n] }
    }

    fn draw(&mut self, fit: &Fit, rng: &mut Rng) {
        let n = self.writes.len() as u64;
        let home = |rng: &mut Rng| fit.far_ms.map(|far| (rng.below(n) as usize, far));
        let (writer, reader) = (home(rng), home(rng));
        let extra = |coordinator: Option<(usize, f64)>, replica| match coordinator {
            Some((home, far)) if home != replica => far,
            _ => 0.0,
        };
        for replica in 0..self.writes.len() {
            let far = extra(writer, replica);
            self.writes[replica] = fit.write.draw_ms(rng) + far;
            self.commits[replica] = self.writes[replica] + fit.others.draw_ms(rng) + far;
        }
        for replica in 0..self.writes.len() {
            let far = extra(reader, replica);
            let request = fit.others.draw_ms(rng) + far;
            let response = fit.others.draw_ms(rng) + far;
            self.reads[replica] = (request + response, request, self.writes[replica]);
        }
        self.commits.sort_unstable_by(f64::total_cmp);
        self.reads.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    }
}

/// What the trials so far leave behind.
struct Tally {
    read_latency: Vec<Tail>,
    write_latency: Vec<Tail>,
    last_stale: Vec<Tail>,
    fresh: Vec<Vec<u64>>,
}

impl Tally {
    fn new(run: &Wars) -> Self {
        let tails = |count: usize| vec![Tail::new(run.share, run.trials as usize); count];
        Self {
            read_latency: tails(run.n),
            write_latency: tails(run.n),
            last_stale: tails(run.n * run.n),
            fresh: vec![vec![0; run.times_ms.len()]; run.n * run.n],
        }
    }

    fn add(&mut self, trial: &Trial, times_ms: &[f64]) {
        let mut cells = self.last_stale.iter_mut().zip(&mut self.fresh);
        let mut earliest = f64::INFINITY;
        for (latency, (answered, request, write)) in self.read_latency.iter_mut().zip(&trial.reads) {
            latency.add(*answered);
            earliest = earliest.min(write - request);
            for (commit, (tail, fresh)) in trial.commits.iter().zip(&mut cells) {
                // A read that starts at t is stale iff every responder had the request before the write: t < this.
                let last_stale = earliest - commit;
                tail.add(last_stale);
                for (hits, time) in fresh.iter_mut().zip(times_ms) {
                    *hits += u64::from(*time >= last_stale);
                }
            }
        }
        for (latency, commit) in self.write_latency.iter_mut().zip(&trial.commits) {
            latency.add(*commit);
        }
    }

    fn merge(&mut self, other: &Tally) {
        let merge = |ours: &mut [Tail], theirs: &[Tail]| {
            ours.iter_mut().zip(theirs).for_each(|(ours, theirs)| ours.merge(theirs));
        };
        merge(&mut self.read_latency, &other.read_latency);
        merge(&mut self.write_latency, &other.write_latency);
        merge(&mut self.last_stale, &other.last_stale);
        for (ours, theirs) in self.fresh.iter_mut().flatten().zip(other.fresh.iter().flatten()) {
            *ours += theirs;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small(fit: Fit) -> Measured {
        Wars { trials: 20_000, times_ms: vec![0.0, 2.0, 20.0], ..Wars::new(fit) }.run()
    }

    #[test]
    fn overlapping_quorums_are_never_stale() {
        for fit in Fit::ALL {
            let measured = small(fit);
            for (r, w) in [(1, 3), (2, 2), (2, 3), (3, 1), (3, 2), (3, 3)] {
                assert_eq!(measured.fresh(r, w, 0).value, 1.0, "{} R={r} W={w}", fit.name);
                assert_eq!(measured.visibility(r, w), Estimate::exact(0.0), "{} R={r} W={w}", fit.name);
            }
        }
    }

    #[test]
    fn waiting_longer_and_asking_more_never_makes_reads_staler() {
        let measured = small(Fit::LNKD_DISK);
        for (r, w) in [(1, 1), (1, 2), (2, 1)] {
            let fresh = [0, 1, 2].map(|time| measured.fresh(r, w, time).value);
            assert!(fresh.is_sorted(), "{fresh:?}");
            assert!(measured.fresh(1, 1, 0).value <= measured.fresh(r, w, 0).value);
        }
    }

    #[test]
    fn the_share_that_is_fresh_at_the_t_visibility_is_the_one_that_was_asked_for() {
        let asked = Wars { trials: 20_000, share: 0.9, ..Wars::new(Fit::LNKD_DISK) };
        let visibility = asked.run().visibility(1, 1).value;
        let again = Wars { times_ms: vec![visibility], ..asked }.run();
        assert!((again.fresh(1, 1, 0).value - 0.9).abs() <= 1.0 / 20_000.0);
    }

    #[test]
    fn the_same_seed_gives_the_same_numbers_however_many_cores_there_are() {
        let visibility = Wars { trials: 5_000, ..Wars::new(Fit::YMMR) }.run().visibility(1, 1);
        // Recorded on a machine with two cores.
        assert_eq!(visibility.value.to_bits(), 4_654_127_198_651_833_348, "{visibility:?}");
    }
}

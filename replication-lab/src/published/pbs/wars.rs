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
/// let first = &measured[0];
/// assert_eq!((first.r, first.w), (1, 1));
/// assert!((first.fresh[0].value - 0.974).abs() < 0.005);
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

/// What a run measured for one R and one W. Latencies in ms, at the run's quantile.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// R: responses that a read waits for.
    pub r: usize,
    /// W: acknowledgements that a write waits for.
    pub w: usize,
    /// How long a read waits for R responses.
    pub read_latency: Estimate,
    /// How long a write waits for W acknowledgements.
    pub write_latency: Estimate,
    /// t-visibility: how long after the commit a read must start to be fresh with the quantile's probability, never
    /// negative. Nothing if the run did not ask around it.
    pub visibility: Option<Estimate>,
    /// The share of reads that saw the write, for each of the run's times.
    pub fresh: Vec<Estimate>,
}

impl Wars {
    /// A million trials with three replicas, reads at the commit.
    pub fn new(fit: Fit) -> Self {
        Self { fit, n: 3, trials: 1_000_000, share: 0.999, times_ms: vec![0.0], seed: 1 }
    }

    /// Runs all trials, on all cores; the result depends on the seed and the number of trials alone. One entry for
    /// each R and W from 1 to N, by R and then by W.
    pub fn run(&self) -> Vec<Measured> {
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
        all.measured(self.trials)
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

    fn measured(self, trials: u64) -> Vec<Measured> {
        let quantiles = |tails: Vec<Tail>| tails.into_iter().map(Tail::quantile).collect::<Vec<_>>();
        let (reads, writes) = (quantiles(self.read_latency), quantiles(self.write_latency));
        let cells = reads.iter().enumerate().flat_map(|(i, read)| {
            writes.iter().enumerate().map(move |(j, write)| (i + 1, j + 1, *read, *write))
        });
        cells
            .zip(quantiles(self.last_stale).into_iter().zip(self.fresh))
            .map(|((r, w, read_latency, write_latency), (last_stale, fresh))| Measured {
                r,
                w,
                read_latency,
                write_latency,
                visibility: Some(if last_stale.value > 0.0 { last_stale } else { Estimate::exact(0.0) }),
                fresh: fresh.into_iter().map(|hits| Estimate::share(hits, trials)).collect(),
            })
            .collect()
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

    fn small(fit: Fit) -> Vec<Measured> {
        Wars { trials: 20_000, times_ms: vec![0.0, 2.0, 20.0], ..Wars::new(fit) }.run()
    }

    #[test]
    fn overlapping_quorums_are_never_stale() {
        for fit in Fit::ALL {
            for cell in small(fit).iter().filter(|cell| cell.r + cell.w > 3) {
                assert_eq!(cell.fresh[0].value, 1.0, "{} {cell:?}", fit.name);
                assert_eq!(cell.visibility, Some(Estimate::exact(0.0)), "{} {cell:?}", fit.name);
            }
        }
    }

    #[test]
    fn waiting_longer_and_asking_more_never_makes_reads_staler() {
        let measured = small(Fit::LNKD_DISK);
        for cell in &measured {
            let fresh: Vec<f64> = cell.fresh.iter().map(|share| share.value).collect();
            assert!(fresh.is_sorted(), "{cell:?}");
            assert!(measured[0].fresh[0].value <= fresh[0], "{cell:?}");
        }
    }

    #[test]
    fn the_share_that_is_fresh_at_the_t_visibility_is_the_one_that_was_asked_for() {
        let asked = Wars { trials: 20_000, share: 0.9, ..Wars::new(Fit::LNKD_DISK) };
        let visibility = asked.run()[0].visibility.unwrap().value;
        let again = Wars { times_ms: vec![visibility], ..asked }.run();
        assert!((again[0].fresh[0].value - 0.9).abs() <= 1.0 / 20_000.0);
    }

    #[test]
    fn the_same_seed_gives_the_same_numbers_however_many_cores_there_are() {
        let visibility = Wars { trials: 5_000, ..Wars::new(Fit::YMMR) }.run()[0].visibility.unwrap();
        // Recorded on a machine with two cores.
        assert_eq!(visibility.value.to_bits(), 4_654_127_198_651_833_348, "{visibility:?}");
    }
}

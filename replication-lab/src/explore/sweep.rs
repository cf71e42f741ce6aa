//! Many runs on all cores.

use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::case::Scenario;
use super::chaos::Chaos;
use super::shrink::{Shrunk, shrink};
use crate::history::{Verdict, Witness};

/// Does something with every item on all cores. The results are in the order of the items, whatever the cores do.
pub fn in_parallel<I: Sync, T: Send>(items: &[I], work: impl Fn(&I) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            match items.get(place) {
                Some(item) => done.push((place, work(item))),
                None => return done,
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(items.len());
    let mut done = match threads {
        0 | 1 => take(),
        threads => thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(take)).collect();
            let results = workers.into_iter().map(|worker| match worker.join() {
                Ok(done) => done,
                // The panic of a run is the panic of the sweep.
                Err(panic) => std::panic::resume_unwind(panic),
            });
            results.flatten().collect()
        }),
    };
    done.sort_unstable_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

/// What came of many seeds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sweep {
    /// How many runs there were.
    pub runs: u64,
    /// The seeds that failed, in ascending order, and why.
    pub violated: Vec<(u64, Witness)>,
    /// The seeds that could not be judged, and why.
    pub unknown: Vec<(u64, String)>,
}

/// Runs every seed, on all cores.
///
/// # Examples
/// ```
/// use replication_lab::explore::sweep;
/// use replication_lab::history::{Verdict, Witness};
///
/// let odd = |seed: u64| match seed % 7 {
///     6 => Verdict::Violated(Witness { why: "a sixth".into(), ..Witness::default() }),
///     _ => Verdict::Holds,
/// };
/// assert_eq!(sweep(0..20, odd).to_string(), "20 runs: 18 hold, 2 violated. The first is seed 6: a sixth");
/// ```
pub fn sweep(seeds: Range<u64>, run: impl Fn(u64) -> Verdict + Sync) -> Sweep {
    let seeds: Vec<_> = seeds.collect();
    let mut sweep = Sweep { runs: seeds.len() as u64, ..Sweep::default() };
    for (seed, verdict) in seeds.iter().zip(in_parallel(&seeds, |seed| run(*seed))) {
        match verdict {
            Verdict::Holds => {}
            Verdict::Violated(witness) => sweep.violated.push((*seed, witness)),
            Verdict::Unknown(why) => sweep.unknown.push((*seed, why)),
        }
    }
    sweep
}

impl fmt::Display for Sweep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { runs, violated, unknown } = self;
        let hold = runs - violated.len() as u64 - unknown.len() as u64;
        write!(f, "{runs} runs: {hold} hold, {} violated", violated.len())?;
        if !unknown.is_empty() {
            write!(f, ", {} unknown", unknown.len())?;
        }
        match (violated.first(), unknown.first()) {
            (Some((seed, witness)), _) => write!(f, ". The first is seed {seed}: {}", witness.why),
            (None, Some((seed, why))) => write!(f, ". The first unknown is seed {seed}: {why}"),
            (None, None) => Ok(()),
        }
    }
}

/// What a [`hunt`] brought.
#[derive(Clone, Debug)]
pub struct Hunt<O> {
    /// What came of the seeds.
    pub sweep: Sweep,
    /// The smallest story; nothing if no run failed.
    pub smallest: Option<Shrunk<O>>,
}

/// How many failures are shrunk to find a small one.
const SHRUNK: usize = 8;

/// Runs a scenario under a random plan for every seed, shrinks the first eight failures, and keeps the one with the
/// fewest faults and operations. Cases that can't be run, and runs whose faults made no difference, count as unknown.
pub fn hunt<S: Scenario>(scenario: &S, chaos: &Chaos, seeds: Range<u64>) -> Hunt<S::Operation> {
    let sweep = sweep(seeds, |seed| match scenario.run(&chaos.case(scenario, seed), false) {
        Ok(run) => run.faults.temper(run.verdict),
        Err(error) => Verdict::Unknown(format!("{error:?}")),
    });
    let first: Vec<_> = sweep.violated.iter().take(SHRUNK).map(|(seed, _)| *seed).collect();
    let shrunk = in_parallel(&first, |seed| shrink(scenario, chaos.case(scenario, *seed)));
    let size =
        |shrunk: &Shrunk<_>| (shrunk.case.plan.0.len() + shrunk.case.operations.len(), shrunk.messages());
    let smallest = shrunk.into_iter().flatten().min_by_key(size);
    Hunt { sweep, smallest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<u64> = (0..1_000).collect();
        assert_eq!(
            in_parallel(&items, |item| item * 2),
            items.iter().map(|item| item * 2).collect::<Vec<_>>()
        );
        assert_eq!(in_parallel(&[] as &[u64], |item| *item), [0; 0]);
    }

    #[test]
    fn the_first_failure_and_the_first_doubt_are_told() {
        let unknown = sweep(3..6, |seed| Verdict::Unknown(format!("no idea about {seed}")));
        assert_eq!(
            unknown.to_string(),
            "3 runs: 0 hold, 0 violated, 3 unknown. The first unknown is seed 3: no idea about 3"
        );
        assert_eq!(sweep(0..2, |_| Verdict::Holds).to_string(), "2 runs: 2 hold, 0 violated");
    }
}

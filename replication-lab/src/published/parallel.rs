//! The cores share the work.

use crate::explore;

/// Runs `work` on 0, 1, … up to `tasks`, on all cores, and returns the results in that order. A task must depend on
/// nothing but its number; then the results don't depend on the number of cores.
pub(super) fn in_parallel<T: Send>(tasks: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let tasks: Vec<_> = (0..tasks).collect();
    explore::in_parallel(&tasks, |task| work(*task))
}

/// Splits `trials` into parts of nearly the same size, so many that a few cores are busy to the end. The parts depend
/// on the number of trials alone.
pub(super) fn parts(trials: u64) -> Vec<u64> {
    let parts = (trials / 500).clamp(1, 32);
    (0..parts).map(|part| trials * (part + 1) / parts - trials * part / parts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_tasks() {
        assert_eq!(
            in_parallel(100, |task| task * task),
            (0..100).map(|task| task * task).collect::<Vec<_>>()
        );
        assert!(in_parallel(0, |task| task).is_empty());
    }

    #[test]
    fn parts_make_up_the_whole() {
        for trials in [0, 1, 499, 1_000, 123_457, 1_000_000] {
            assert_eq!(parts(trials).iter().sum::<u64>(), trials);
        }
    }
}

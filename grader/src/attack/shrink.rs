//! From a situation that breaks a rule to the smallest that does.

use std::io;

use replication_lab::explore::without;

use super::Drill;

/// Takes events away, one or two at a time, and makes the rest simpler, until nothing more can go. `fails` says whether
/// the same rule is still broken. The order of removal is fixed, so the same situation gives the same story.
pub(super) fn shrink<D: Drill>(mut best: D, mut fails: impl FnMut(&D) -> io::Result<bool>) -> io::Result<D> {
    let mut trouble = None;
    loop {
        let before = best.clone();
        let mut attempt = |best: &mut D, smaller: D| {
            let failed = trouble.is_none()
                && fails(&smaller).unwrap_or_else(|error| {
                    trouble = Some(error);
                    false
                });
            if failed {
                *best = smaller;
            }
            failed
        };
        for together in [1, 2] {
            let events = best.events().to_vec();
            without(&events, together, |kept| {
                let smaller = best.with(kept.to_vec());
                attempt(&mut best, smaller)
            });
        }
        while let Some(simpler) = best
            .simpler()
            .into_iter()
            .find(|simpler| *simpler != best && attempt(&mut before.clone(), simpler.clone()))
        {
            best = simpler;
        }
        if let Some(error) = trouble {
            return Err(error);
        }
        if best == before {
            return Ok(best);
        }
    }
}

//! What a load balancer that knows nothing of lag makes of it, counted out.

use std::fmt;

/// How likely a read is stale, and how likely two reads go back in time, if `behind` of so many replicas lack a write
/// and every read goes to any of them: one balancer for everybody, so that a user's next read may go anywhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StaleOdds {
    /// A read does not see the write.
    pub stale: f64,
    /// The first of two reads sees it, and the second doesn't.
    pub new_then_old: f64,
    /// Neither of two reads sees it.
    pub twice_stale: f64,
}

/// Counts out all ways in which two reads can go.
///
/// # Examples
/// ```
/// use replication_lab::leader_follower::stale_odds;
/// let odds = stale_odds(4, 2);
/// assert_eq!((odds.stale, odds.new_then_old), (0.5, 0.25));
/// ```
pub fn stale_odds(replicas: u32, behind: u32) -> StaleOdds {
    let is_behind = |replica: u32| replica < behind;
    let pairs: Vec<(u32, u32)> =
        (0..replicas).flat_map(|first| (0..replicas).map(move |second| (first, second))).collect();
    let share = |what: &dyn Fn(u32, u32) -> bool| {
        let ways = pairs.iter().filter(|(first, second)| what(*first, *second)).count();
        ways as f64 / pairs.len().max(1) as f64
    };
    StaleOdds {
        stale: share(&|first, _| is_behind(first)),
        new_then_old: share(&|first, second| !is_behind(first) && is_behind(second)),
        twice_stale: share(&|first, second| is_behind(first) && is_behind(second)),
    }
}

impl fmt::Display for StaleOdds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { stale, new_then_old, twice_stale } = self;
        write!(f, "stale {stale:.4}, new and then old {new_then_old:.4}, stale twice {twice_stale:.4}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_four_replicas_any_number_may_be_behind() {
        let of = |behind| {
            let StaleOdds { stale, new_then_old, .. } = stale_odds(4, behind);
            (stale, new_then_old)
        };
        let sixteenths = |ways: u32| f64::from(ways) / 16.0;
        for (behind, ways) in [(0, 0), (1, 3), (2, 4), (3, 3), (4, 0)] {
            assert_eq!(of(behind), (f64::from(behind) / 4.0, sixteenths(ways)), "{behind} behind");
        }
        assert_eq!(stale_odds(0, 0).stale, 0.0);
    }
}

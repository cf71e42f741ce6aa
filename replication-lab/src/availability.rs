//! Availability arithmetic: copies that fail independently, copies that fail together, and the budget of an SLA.
//!
//! # Limits
//! A copy is up or down, and fails whatever the others do, but for the common cause in [`with_common_cause`]. That is
//! the chance that *some copy*, or *a majority*, is up. A service needs more: a system with a leader is also down from
//! the leader's failure until the next one takes over.
//!
//! A year has 365 days: 31,536,000 s.
//!
//! # Examples
//! ```
//! use replication_lab::availability::{all_down, downtime_secs_per_year, majority_down};
//!
//! // Each copy is down one thousandth of the time.
//! let either = downtime_secs_per_year(all_down(0.001, 2)?)?;
//! let two_of_three = downtime_secs_per_year(majority_down(0.001, 3)?)?;
//! assert_eq!((format!("{either:.1}"), format!("{two_of_three:.1}")), ("31.5".into(), "94.5".into()));
//! # Ok::<(), replication_lab::availability::AvailabilityError>(())
//! ```

use std::fmt;

/// Seconds in a year of 365 days.
pub const SECONDS_PER_YEAR: f64 = 31_536_000.0;

/// Minutes in a day.
const MINUTES_PER_DAY: f64 = 1_440.0;

/// Terms of a sum that are smaller than this share of it change no digit.
const NEGLIGIBLE: f64 = 1e-18;

/// Numbers that say nothing about availability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AvailabilityError {
    /// There is no node.
    NoNodes,
    /// The p of a node is no probability.
    Node(f64),
    /// The c of a common cause is no probability.
    CommonCause(f64),
    /// The share of time that something is down is no share.
    Unavailability(f64),
}

impl fmt::Display for AvailabilityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, value) = match self {
            Self::NoNodes => return f.write_str("n is 0: choose at least one node"),
            Self::Node(p) => ("p", p),
            Self::CommonCause(c) => ("c", c),
            Self::Unavailability(u) => ("u", u),
        };
        write!(f, "{name} is {value}: a probability is a number from 0 to 1")
    }
}

impl std::error::Error for AvailabilityError {}

fn is_probability(value: f64) -> bool {
    (0.0..=1.0).contains(&value)
}

fn checked(p: f64, n: u32) -> Result<(), AvailabilityError> {
    match (n, is_probability(p)) {
        (0, _) => Err(AvailabilityError::NoNodes),
        (_, false) => Err(AvailabilityError::Node(p)),
        (_, true) => Ok(()),
    }
}

/// The chance that all of `n` copies are down, where each is down with probability `p`, independently: pⁿ.
///
/// A chance too small for an `f64` is 0: one thousandth to the power 110.
///
/// # Errors
/// When `n` is 0, then when `p` is no probability.
pub fn all_down(p: f64, n: u32) -> Result<f64, AvailabilityError> {
    checked(p, n)?;
    Ok(libm::pow(p, f64::from(n)))
}

/// The chance that no majority of `n` nodes is up, where each is down with probability `p`, independently. A majority
/// is ⌊n/2⌋ + 1, so it is gone as soon as ⌈n/2⌉ are down: two of three, and two of four as well.
///
/// The chances of the sets that have no majority are added up; taking the chance of a majority from 1 would leave
/// nothing but rounding errors of a small number. Up to a hundred thousand nodes it is exact to nine digits.
///
/// # Errors
/// When `n` is 0, then when `p` is no probability.
///
/// # Examples
/// ```
/// use replication_lab::availability::majority_down;
/// // Two nodes that must both be up are worse than one.
/// assert_eq!(majority_down(0.5, 1)?, 0.5);
/// assert!((majority_down(0.5, 2)? - 0.75).abs() < 1e-12);
/// # Ok::<(), replication_lab::availability::AvailabilityError>(())
/// ```
pub fn majority_down(p: f64, n: u32) -> Result<f64, AvailabilityError> {
    checked(p, n)?;
    if n == 1 || p == 0.0 || p == 1.0 {
        return Ok(p);
    }
    // From the greatest term on, each term follows from its neighbour; so nothing grows too large or vanishes on the
    // way, and what is left out at both ends is negligible.
    let fewest = n.div_ceil(2);
    let likeliest = (p * f64::from(n)) as u32;
    let start = likeliest.clamp(fewest, n);
    let first = exactly_down(p, n, start);
    let mut sum = first;
    let mut term = first;
    for down in start + 1..=n {
        term *= f64::from(n - down + 1) / f64::from(down) * (p / (1.0 - p));
        sum += term;
        if term < sum * NEGLIGIBLE {
            break;
        }
    }
    term = first;
    for down in (fewest..start).rev() {
        term *= f64::from(down + 1) / f64::from(n - down) * ((1.0 - p) / p);
        sum += term;
        if term < sum * NEGLIGIBLE {
            break;
        }
    }
    Ok(sum.min(1.0))
}

/// The chance that exactly `down` of `n` nodes are down, for a `p` between 0 and 1.
fn exactly_down(p: f64, n: u32, down: u32) -> f64 {
    // By logarithms: the binomial coefficient alone overflows from a thousand nodes on.
    let ln_factorial = |n: u32| libm::lgamma(f64::from(n) + 1.0);
    let ways = ln_factorial(n) - ln_factorial(down) - ln_factorial(n - down);
    libm::exp(ways + f64::from(down) * libm::log(p) + f64::from(n - down) * libm::log1p(-p))
}

/// The chance that all of `n` copies are down, where with probability `c` something takes all of them down together
/// (the rack's power, a bug that all of them run), and otherwise each fails by itself: c + (1 − c)·pⁿ.
///
/// # Errors
/// When `n` is 0, then when `p` is no probability, then when `c` is none.
///
/// # Examples
/// ```
/// use replication_lab::availability::with_common_cause;
/// // Ten more copies don't help against what takes all of them down.
/// let (three, thirteen) = (with_common_cause(0.001, 3, 1e-4)?, with_common_cause(0.001, 13, 1e-4)?);
/// assert!(thirteen >= 1e-4 && three - thirteen < 1e-8);
/// # Ok::<(), replication_lab::availability::AvailabilityError>(())
/// ```
pub fn with_common_cause(p: f64, n: u32, c: f64) -> Result<f64, AvailabilityError> {
    let apart = all_down(p, n)?;
    match is_probability(c) {
        true => Ok(c + (1.0 - c) * apart),
        false => Err(AvailabilityError::CommonCause(c)),
    }
}

/// The seconds in a year of 365 days that something is down which is down this share of the time.
///
/// # Errors
/// When `u` is not from 0 to 1.
pub fn downtime_secs_per_year(u: f64) -> Result<f64, AvailabilityError> {
    match is_probability(u) {
        true => Ok(u * SECONDS_PER_YEAR),
        false => Err(AvailabilityError::Unavailability(u)),
    }
}

/// Numbers that make no budget of downtime.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BudgetError {
    /// The period has no days.
    NoDays,
    /// The number of nines is below 0 or no number.
    Nines(f64),
    /// The availability is not from 0 to 100 %.
    Percent(f64),
    /// The minutes that something was down are below 0, more than the whole period has, or no number.
    Minutes(f64),
    /// Nothing was down: there are infinitely many nines.
    NeverDown,
    /// At 100 % nothing may ever be down: there is no budget to consume.
    NoBudget,
}

impl fmt::Display for BudgetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDays => f.write_str("days is 0: choose at least one day"),
            Self::Nines(nines) => {
                write!(f, "{nines} nines: choose a finite number that is not below 0; 4 is 99.99 %")
            }
            Self::Percent(percent) => write!(f, "{percent} %: an availability is from 0 to 100 %"),
            Self::Minutes(minutes) => {
                write!(f, "{minutes} minutes: downtime is from 0 to all minutes of the period")
            }
            Self::NeverDown => {
                f.write_str("0 minutes down are infinitely many nines: there is no such number")
            }
            Self::NoBudget => f.write_str(
                "100 % allows no downtime: choose an availability below it, so that there is a budget",
            ),
        }
    }
}

impl std::error::Error for BudgetError {}

/// The minutes of `days` days that a service with so many nines may be down: 10^−nines of the time. 4 nines are
/// 99.99 %. By this formula 3.5 nines are 99.968 %; what people call “three and a half nines”, 99.95 %, are 3.3.
///
/// # Errors
/// When there are no days, then when the nines are no number of nines.
///
/// # Examples
/// ```
/// use replication_lab::availability::{budget_consumed, minutes_allowed};
/// assert_eq!(format!("{:.2}", minutes_allowed(4.0, 365)?), "52.56");
/// // One outage of 34 minutes.
/// assert_eq!(format!("{:.1} %", 100.0 * budget_consumed(99.99, 365, &[34.0])?), "64.7 %");
/// # Ok::<(), replication_lab::availability::BudgetError>(())
/// ```
pub fn minutes_allowed(nines: f64, days: u32) -> Result<f64, BudgetError> {
    let all = minutes_in(days)?;
    match nines.is_finite() && nines >= 0.0 {
        true => Ok(all * libm::pow(10.0, -nines)),
        false => Err(BudgetError::Nines(nines)),
    }
}

/// The nines that a service reached which was down for so many minutes of `days` days: −log₁₀ of the share.
///
/// # Errors
/// When there are no days, then when the minutes are below 0, more than there are or no number, then when it was never
/// down.
pub fn nines_reached(minutes_down: f64, days: u32) -> Result<f64, BudgetError> {
    let all = minutes_in(days)?;
    if !(0.0..=all).contains(&minutes_down) {
        return Err(BudgetError::Minutes(minutes_down));
    }
    if minutes_down == 0.0 {
        return Err(BudgetError::NeverDown);
    }
    Ok(libm::log10(all / minutes_down))
}

/// How much of the downtime that `percent` allows in `days` days these incidents took together: 1 is all of it, and
/// more than 1 says that the promise is broken.
///
/// # Errors
/// When there are no days, then when `percent` is not from 0 to 100, then when it leaves no budget, then when an
/// incident is below 0 minutes, longer than the period or no number.
pub fn budget_consumed(percent: f64, days: u32, incidents: &[f64]) -> Result<f64, BudgetError> {
    let all = minutes_in(days)?;
    if !(0.0..=100.0).contains(&percent) {
        return Err(BudgetError::Percent(percent));
    }
    if percent == 100.0 {
        return Err(BudgetError::NoBudget);
    }
    if let Some(wrong) = incidents.iter().find(|minutes| !(0.0..=all).contains(*minutes)) {
        return Err(BudgetError::Minutes(*wrong));
    }
    // 100 − percent first: it is exact, while 1 − percent / 100 loses digits.
    let budget = (100.0 - percent) / 100.0 * all;
    Ok(incidents.iter().sum::<f64>() / budget)
}

fn minutes_in(days: u32) -> Result<f64, BudgetError> {
    match days {
        0 => Err(BudgetError::NoDays),
        days => Ok(f64::from(days) * MINUTES_PER_DAY),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(value: f64, expected: f64) -> bool {
        (value - expected).abs() <= expected * 1e-9
    }

    /// The chance of no majority, node by node: after each, how likely are so many down. Only sums of products, so
    /// nothing is lost, and of no use for many nodes.
    fn node_by_node(p: f64, n: u32) -> f64 {
        let mut down = vec![1.0];
        for _ in 0..n {
            let mut next = vec![0.0; down.len() + 1];
            for (count, chance) in down.iter().enumerate() {
                next[count] += chance * (1.0 - p);
                next[count + 1] += chance * p;
            }
            down = next;
        }
        down[n.div_ceil(2) as usize..].iter().rev().sum()
    }

    #[test]
    fn independent_copies() {
        assert!(near(all_down(0.001, 2).unwrap(), 1e-6));
        assert!(near(all_down(0.001, 3).unwrap(), 1e-9));
        let seconds = |u: Result<f64, AvailabilityError>| downtime_secs_per_year(u.unwrap()).unwrap();
        assert!(near(seconds(all_down(0.001, 1)), 8.76 * 3_600.0));
        assert!(near(seconds(all_down(0.001, 2)), 31.536));
        assert!(near(seconds(all_down(0.001, 3)), 0.031_536));
        assert_eq!(all_down(0.001, 200), Ok(0.0), "too small for an f64");
    }

    #[test]
    fn a_majority_of_three_is_worse_than_either_of_two() {
        let three = majority_down(0.001, 3).unwrap();
        assert!(near(three, 2.998e-6), "{three}");
        assert_eq!(format!("{:.1}", downtime_secs_per_year(three).unwrap()), "94.5");
        let five = downtime_secs_per_year(majority_down(0.001, 5).unwrap()).unwrap();
        assert_eq!(format!("{five:.3}"), "0.315");
        assert!(three > all_down(0.001, 2).unwrap());
    }

    #[test]
    fn majorities_agree_with_the_sum_node_by_node() {
        for n in (1..=12).chain([50, 101, 400, 1_001]) {
            for p in [1e-9, 0.001, 0.2, 0.5, 0.75, 0.999] {
                let (sum, known) = (majority_down(p, n).unwrap(), node_by_node(p, n));
                assert!((sum - known).abs() <= 1e-10 * known, "p = {p}, n = {n}: {sum} and {known}");
            }
        }
        // An odd number of nodes and p = 1/2: up and down are alike.
        assert!(near(majority_down(0.5, 100_001).unwrap(), 0.5));
        assert_eq!(majority_down(0.001, 100_001), Ok(0.0), "too small for an f64");
        assert!(near(majority_down(0.999, 100_001).unwrap(), 1.0));
    }

    #[test]
    fn an_even_number_of_nodes_needs_one_more_than_half() {
        assert!(near(majority_down(0.001, 2).unwrap(), 1.0 - 0.999 * 0.999));
        assert!(majority_down(0.001, 4).unwrap() > majority_down(0.001, 3).unwrap());
    }

    #[test]
    fn certainties() {
        for n in [1, 2, 3, 100] {
            assert_eq!([all_down(0.0, n), majority_down(0.0, n)], [Ok(0.0), Ok(0.0)], "{n}");
            assert_eq!([all_down(1.0, n), majority_down(1.0, n)], [Ok(1.0), Ok(1.0)], "{n}");
        }
        assert_eq!(with_common_cause(1.0, 3, 1.0), Ok(1.0));
    }

    #[test]
    fn a_common_cause_makes_further_copies_useless() {
        let down = with_common_cause(1e-3, 3, 1e-4).unwrap();
        assert_eq!(format!("{down:.5e}"), "1.00001e-4");
        assert_eq!(format!("{:.1}", downtime_secs_per_year(down).unwrap()), "3153.6");
        assert!(down < with_common_cause(1e-3, 1, 1e-4).unwrap());
    }

    #[test]
    fn the_budget_of_four_nines() {
        assert!(near(minutes_allowed(4.0, 365).unwrap(), 52.56));
        assert!(near(minutes_allowed(2.0, 30).unwrap(), 432.0));
        assert!(near(nines_reached(52.56, 365).unwrap(), 4.0));
        assert!(near(nines_reached(minutes_allowed(3.3, 30).unwrap(), 30).unwrap(), 3.3));
        let year = budget_consumed(99.99, 365, &[34.0]).unwrap();
        assert_eq!(format!("{:.1}", 100.0 * year), "64.7");
        let month = budget_consumed(99.99, 30, &[34.0]).unwrap();
        assert!(month > 7.0, "{month}");
        assert_eq!(budget_consumed(99.99, 365, &[]), Ok(0.0));
    }

    #[test]
    fn impossible_numbers_are_named() {
        let why = |error: AvailabilityError| error.to_string();
        assert_eq!(why(all_down(2.0, 0).unwrap_err()), "n is 0: choose at least one node");
        assert_eq!(
            why(majority_down(f64::NAN, 3).unwrap_err()),
            "p is NaN: a probability is a number from 0 to 1"
        );
        assert_eq!(
            why(with_common_cause(0.5, 3, -0.1).unwrap_err()),
            "c is -0.1: a probability is a number from 0 to 1"
        );
        assert!(with_common_cause(1.1, 3, -0.1).unwrap_err().to_string().starts_with("p is 1.1"));
        assert!(downtime_secs_per_year(f64::INFINITY).is_err());

        let why = |budget: Result<f64, BudgetError>| budget.unwrap_err().to_string();
        assert_eq!(why(minutes_allowed(-1.0, 0)), "days is 0: choose at least one day");
        assert!(why(minutes_allowed(f64::NAN, 1)).starts_with("NaN nines: choose"));
        assert!(why(nines_reached(1_441.0, 1)).starts_with("1441 minutes: downtime is"));
        assert_eq!(nines_reached(0.0, 1), Err(BudgetError::NeverDown));
        assert_eq!(nines_reached(1_440.0, 1), Ok(0.0));
        assert!(why(budget_consumed(100.5, 1, &[])).starts_with("100.5 %: an availability"));
        assert_eq!(budget_consumed(100.0, 1, &[1.0]), Err(BudgetError::NoBudget));
        assert_eq!(budget_consumed(99.0, 1, &[1.0, -2.0, f64::NAN]), Err(BudgetError::Minutes(-2.0)));
    }
}

//! Plans of faults, drawn at random.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::case::{Case, Scenario};
use crate::rng::{Rng, Stream};
use crate::time::Time;
use crate::trace::NodeId;
use crate::world::{Fault, Plan};

/// A kind of trouble: a fault, and after a while its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// A machine dies, and comes back.
    Crash,
    /// A process dies, and comes back.
    Kill,
    /// A process stands still.
    Pause,
    /// A node is overloaded.
    Slow,
    /// The nodes are cut into two groups.
    Partition,
    /// One link is cut in one direction.
    OneWayCut,
    /// One link loses a good part of its messages.
    Loss,
    /// One link is slow.
    Delay,
    /// A clock jumps, forwards or back. It stays wrong.
    ClockJump,
    /// A clock drifts, for a while.
    ClockDrift,
    /// A disk is slow.
    SlowDisk,
    /// A disk is full.
    FullDisk,
}

/// Draws plans. Every plan can be carried out, and leaves at most `most_down` nodes down or paused at one time.
///
/// # Examples
/// ```
/// use replication_lab::explore::{Chaos, Trouble};
/// use replication_lab::time::Time;
///
/// let chaos = Chaos::new(3, Time::ms(200))?.only(&[Trouble::Crash, Trouble::Partition]);
/// let plan = chaos.draw(7);
/// assert!(plan.validate(3).is_ok());
/// assert_eq!(plan, chaos.draw(7), "the same seed gives the same plan");
/// # Ok::<(), replication_lab::explore::ChaosError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chaos {
    nodes: Vec<NodeId>,
    until: Time,
    troubles: Vec<Trouble>,
    most: u32,
    most_down: usize,
    mended: bool,
}

/// Chaos that can't be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChaosError {
    /// Nobody to trouble.
    NoNodes,
    /// No time to trouble them in.
    NoTime,
}

impl fmt::Display for ChaosError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoNodes => "no nodes to trouble: give at least one",
            Self::NoTime => "no time for trouble: give at least 1 ms",
        })
    }
}

impl std::error::Error for ChaosError {}

impl Chaos {
    /// Chaos among the first `nodes` nodes of a world, of all kinds, up to three troubles a plan, a minority down at
    /// most; from `until` on, all is well.
    ///
    /// # Errors
    /// When there are no nodes, or there is less than a millisecond.
    pub fn new(nodes: u16, until: Time) -> Result<Self, ChaosError> {
        if nodes == 0 {
            return Err(ChaosError::NoNodes);
        }
        if until < Time::ms(1) {
            return Err(ChaosError::NoTime);
        }
        Ok(Self {
            nodes: (0..nodes).map(NodeId).collect(),
            until,
            troubles: Trouble::ALL.to_vec(),
            most: 3,
            most_down: usize::from(nodes - 1) / 2,
            mended: true,
        })
    }

    /// Only trouble of these kinds.
    pub fn only(mut self, troubles: &[Trouble]) -> Self {
        self.troubles = troubles.to_vec();
        self
    }

    /// So many troubles in a plan, at most.
    pub fn at_most(mut self, troubles: u32) -> Self {
        self.most = troubles;
        self
    }

    /// So many nodes down or paused at one time, at most.
    pub fn most_down(mut self, nodes: usize) -> Self {
        self.most_down = nodes;
        self
    }

    /// What is broken at the end stays broken.
    pub fn unmended(mut self) -> Self {
        self.mended = false;
        self
    }

    /// When all is well again.
    pub fn until(&self) -> Time {
        self.until
    }

    /// The case of a seed: its plan, mended in time, and all operations of the scenario.
    pub fn case<S: Scenario>(&self, scenario: &S, seed: u64) -> Case<S::Operation> {
        Case { mended_at: self.mended.then_some(self.until), ..scenario.case(seed, self.draw(seed)) }
    }

    /// The plan of a seed, without the mending.
    pub fn draw(&self, seed: u64) -> Plan {
        let mut rng = Rng::new(seed, Stream::Faults);
        let mut plan = Plan::none();
        let troubles = 1 + rng.below(u64::from(self.most.max(1)));
        for _ in 0..troubles {
            let Some(trouble) = rng.pick(&self.troubles).copied() else { break };
            let begin = Time::us(rng.below(self.until.as_us()));
            let longest = self.until.as_us() / 3;
            let end = begin + Time::us(longest / 20 + rng.below(longest));
            let next = self.trouble(trouble, begin, end, plan.clone(), &mut rng);
            // A trouble that doesn't fit to those before is left out.
            if next.validate(self.most_nodes()).is_ok() && self.enough_are_up(&next) {
                plan = next;
            }
        }
        plan
    }

    fn most_nodes(&self) -> usize {
        self.nodes.len()
    }

    fn trouble(&self, trouble: Trouble, begin: Time, end: Time, plan: Plan, rng: &mut Rng) -> Plan {
        let mut nodes = self.nodes.clone();
        rng.shuffle(&mut nodes);
        let node = nodes[0];
        let other = nodes.get(1).copied();
        let some = Time::us(1 + rng.below(self.until.as_us() / 10));
        let wrong = (1 + rng.below(self.until.as_us())) as i64 * if rng.chance(0.5) { 1 } else { -1 };
        match (trouble, other) {
            (Trouble::Crash, _) => plan.and(begin, Fault::Crash(node)).and(end, Fault::Restart(node)),
            (Trouble::Kill, _) => plan.and(begin, Fault::Kill(node)).and(end, Fault::Restart(node)),
            (Trouble::Pause, _) => plan.and(begin, Fault::Pause(node)).and(end, Fault::Resume(node)),
            (Trouble::Slow, _) => {
                let slow = Time::us(some.as_us() / 10 + 1);
                plan.and(begin, Fault::Slow(node, slow)).and(end, Fault::Slow(node, Time::ZERO))
            }
            (Trouble::Partition, Some(_)) => {
                let mut left = nodes.split_off(1 + rng.below(nodes.len() as u64 - 1) as usize);
                left.sort_unstable();
                nodes.sort_unstable();
                plan.and(begin, Fault::Partition(left, nodes)).and(end, Fault::Heal)
            }
            (Trouble::OneWayCut, Some(other)) => {
                plan.and(begin, Fault::Cut(node, other)).and(end, Fault::Heal)
            }
            (Trouble::Loss, Some(other)) => {
                // Tenths, so that the plan reads well.
                let share = (3 + rng.below(7)) as f64 / 10.0;
                plan.and(begin, Fault::Lossy(node, other, share)).and(end, Fault::Lossy(node, other, 0.0))
            }
            (Trouble::Delay, Some(other)) => plan
                .and(begin, Fault::Delay(node, other, some))
                .and(end, Fault::Delay(node, other, Time::ZERO)),
            (Trouble::ClockJump, _) => plan.and(begin, Fault::Jump(node, wrong)),
            (Trouble::ClockDrift, _) => {
                let ppm = 1_000 * (1 + rng.below(200)) as i64 * wrong.signum();
                plan.and(begin, Fault::Drift(node, ppm)).and(end, Fault::Drift(node, 0))
            }
            (Trouble::SlowDisk, _) => {
                plan.and(begin, Fault::SlowDisk(node, some)).and(end, Fault::SlowDisk(node, Time::ZERO))
            }
            (Trouble::FullDisk, _) => plan.and(begin, Fault::FullDisk(node)).and(end, Fault::RoomyDisk(node)),
            // One node has no links.
            (Trouble::Partition | Trouble::OneWayCut | Trouble::Loss | Trouble::Delay, None) => plan,
        }
    }

    fn enough_are_up(&self, plan: &Plan) -> bool {
        let mut down = 0usize;
        for planned in plan.in_order() {
            match planned.fault {
                Fault::Crash(_) | Fault::Kill(_) | Fault::Pause(_) => down += 1,
                Fault::Restart(_) | Fault::Resume(_) => down = down.saturating_sub(1),
                _ => {}
            }
            if down > self.most_down {
                return false;
            }
        }
        true
    }
}

impl Trouble {
    /// All kinds.
    pub const ALL: [Trouble; 12] = [
        Self::Crash,
        Self::Kill,
        Self::Pause,
        Self::Slow,
        Self::Partition,
        Self::OneWayCut,
        Self::Loss,
        Self::Delay,
        Self::ClockJump,
        Self::ClockDrift,
        Self::SlowDisk,
        Self::FullDisk,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plan_can_be_carried_out_and_every_kind_is_drawn() {
        let chaos = Chaos::new(5, Time::ms(500)).unwrap().at_most(6);
        let plans: Vec<_> = (0..500).map(|seed| chaos.draw(seed)).collect();
        for plan in &plans {
            assert_eq!(plan.validate(5), Ok(()), "{}", plan.text(&[""; 0]));
            assert_eq!(plan.mended_at(chaos.until()).validate(5), Ok(()));
        }
        for trouble in Trouble::ALL {
            let only = chaos.clone().only(&[trouble]);
            assert!((0..9).any(|seed| only.draw(seed) != Plan::none()), "{trouble:?}");
        }
    }

    #[test]
    fn never_more_nodes_are_down_than_allowed() {
        let chaos = Chaos::new(3, Time::ms(500)).unwrap().at_most(9).only(&[Trouble::Crash, Trouble::Pause]);
        for seed in 0..300 {
            let mut down = 0;
            for planned in chaos.draw(seed).in_order() {
                down += if planned.fault.mends() { -1 } else { 1 };
                assert!(down <= 1, "seed {seed}");
            }
        }
    }

    #[test]
    fn chaos_that_cannot_be() {
        assert_eq!(Chaos::new(0, Time::ms(5)), Err(ChaosError::NoNodes));
        assert_eq!(
            Chaos::new(3, Time::ZERO).unwrap_err().to_string(),
            "no time for trouble: give at least 1 ms"
        );
        // One node has no links and no majority beside itself.
        let alone = Chaos::new(1, Time::ms(5)).unwrap();
        assert!((0..50).all(|seed| alone.draw(seed).validate(1).is_ok()));
    }
}

//! When faults strike.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Fault;
use crate::time::Time;
use crate::trace::NodeId;

/// A fault and when it strikes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// When.
    pub at: Time,
    /// What.
    pub fault: Fault,
}

/// A plan of faults, in any order; at the same time, in the order given.
///
/// It prints as text, one fault a line, and [`parse`](Plan::parse) reads that text.
///
/// # Examples
/// ```
/// use replication_lab::time::Time;
/// use replication_lab::trace::NodeId;
/// use replication_lab::world::{Fault, Plan};
///
/// let names = ["A", "B", "C"];
/// let plan = Plan::parse("20 ms  A crashes\n90 ms  A restarts\n120 ms  partition: A | B C", &names)?;
/// assert_eq!(plan.0[0].fault, Fault::Crash(NodeId(0)));
/// let healed = plan.mended_at(Time::ms(500));
/// assert_eq!(healed.text(&names).lines().last(), Some("  500.000 ms  all links are open"));
/// # Ok::<(), replication_lab::world::PlanTextError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Plan(pub Vec<Planned>);

/// A plan that can't be carried out.
#[derive(Clone, Debug, PartialEq)]
pub enum PlanError {
    /// It names a node that isn't there: the fault, and how many nodes there are.
    NoSuchNode(Planned, usize),
    /// It restarts a node that is up, or that another restart brings back at the same time or before.
    NotDown(Planned),
    /// It crashes a node that is down, or pauses one that is down or paused.
    NotUp(Planned),
    /// It lets a node go on that isn't paused.
    NotPaused(Planned),
    /// A probability that is none.
    Probability(Planned),
    /// A link from a node to itself, or a group of a partition that is empty or shares a node with the other.
    Groups(Planned),
    /// A clock that runs backwards, or at more than twice its rate.
    Drift(Planned),
    /// The time has passed already.
    Past(Planned, Time),
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchNode(planned, nodes) => {
                write!(
                    f,
                    "“{planned}” names a node that isn't there: choose from #0 to #{}",
                    nodes.saturating_sub(1)
                )
            }
            Self::NotDown(planned) => write!(f, "“{planned}”, but it is up by then: let it crash first"),
            Self::NotUp(planned) => {
                write!(f, "“{planned}”, but it is down or paused by then: let it come back first")
            }
            Self::NotPaused(planned) => {
                write!(f, "“{planned}”, but it isn't paused then: let it pause first")
            }
            Self::Probability(planned) => write!(f, "“{planned}”: choose a probability between 0 and 1"),
            Self::Groups(planned) => {
                write!(f, "“{planned}”: name at least one node on each side, and none on both")
            }
            Self::Drift(planned) => write!(f, "“{planned}”: choose a drift between -900000 and +1000000 ppm"),
            Self::Past(planned, now) => write!(f, "“{planned}” is over: it is {now}; choose a later time"),
        }
    }
}

impl std::error::Error for PlanError {}

/// What a plan has done to a node so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Up,
    Paused,
    Down,
    // It crashes by itself some time, or has.
    MayBeDown,
}

impl Plan {
    /// No faults.
    pub fn none() -> Self {
        Self::default()
    }

    /// This plan and one fault more.
    pub fn and(mut self, at: Time, fault: Fault) -> Self {
        self.0.push(Planned { at, fault });
        self
    }

    /// When the last of its faults strikes; 0 if there are none.
    pub fn ends(&self) -> Time {
        self.0.iter().map(|planned| planned.at).max().unwrap_or(Time::ZERO)
    }

    /// The faults in the order in which they strike.
    pub fn in_order(&self) -> Vec<&Planned> {
        let mut faults: Vec<_> = self.0.iter().collect();
        faults.sort_by_key(|planned| planned.at);
        faults
    }

    /// Whether it can be carried out on so many nodes that are all up.
    ///
    /// # Errors
    /// Names the first fault that can't strike.
    pub fn validate(&self, nodes: usize) -> Result<(), PlanError> {
        let mut states = BTreeMap::new();
        for planned in self.in_order() {
            Self::check(planned, nodes)?;
            follow(&mut states, planned)?;
        }
        Ok(())
    }

    /// Whether one fault makes sense by itself in a world of so many nodes.
    pub(in crate::world) fn check(planned: &Planned, nodes: usize) -> Result<(), PlanError> {
        if planned.fault.nodes().iter().any(|node| node.index() >= nodes) {
            return Err(PlanError::NoSuchNode(planned.clone(), nodes));
        }
        check_values(planned)
    }

    /// This plan, and from `at` on all is well: every node is up and runs at its own speed, every link and every disk
    /// is as it was. Clocks stay as they are. Faults planned for `at` or later are left out.
    pub fn mended_at(&self, at: Time) -> Plan {
        let mut plan = Plan(self.0.iter().filter(|planned| planned.at < at).cloned().collect());
        let mut states = BTreeMap::new();
        let mut mending = Vec::new();
        for planned in plan.in_order() {
            // What can't strike leaves nothing to mend.
            let _ = follow(&mut states, planned);
            match &planned.fault {
                Fault::Slow(node, _) => mending.push(Fault::Slow(*node, Time::ZERO)),
                Fault::SlowDisk(node, _) => mending.push(Fault::SlowDisk(*node, Time::ZERO)),
                Fault::FullDisk(node) => mending.push(Fault::RoomyDisk(*node)),
                _ => {}
            }
        }
        mending.extend(states.iter().filter_map(|(node, state)| match state {
            State::Up => None,
            State::Paused => Some(Fault::Resume(*node)),
            State::Down | State::MayBeDown => Some(Fault::Restart(*node)),
        }));
        mending.push(Fault::Heal);
        let mut known: Vec<Fault> = Vec::new();
        for fault in mending {
            if !known.contains(&fault) {
                known.push(fault.clone());
                plan.0.push(Planned { at, fault });
            }
        }
        plan
    }
}

fn check_values(planned: &Planned) -> Result<(), PlanError> {
    match &planned.fault {
        Fault::Lossy(_, _, p) if !(0.0..=1.0).contains(p) => Err(PlanError::Probability(planned.clone())),
        Fault::Cut(from, to) | Fault::Lossy(from, to, _) | Fault::Delay(from, to, _) if from == to => {
            Err(PlanError::Groups(planned.clone()))
        }
        Fault::Partition(left, right)
            if left.is_empty() || right.is_empty() || left.iter().any(|node| right.contains(node)) =>
        {
            Err(PlanError::Groups(planned.clone()))
        }
        Fault::Drift(_, ppm) if !(-900_000..=1_000_000).contains(ppm) => {
            Err(PlanError::Drift(planned.clone()))
        }
        _ => Ok(()),
    }
}

fn follow(states: &mut BTreeMap<NodeId, State>, planned: &Planned) -> Result<(), PlanError> {
    let (node, next) = match &planned.fault {
        Fault::Crash(node) | Fault::Kill(node) => (*node, State::Down),
        Fault::CrashAfterSends(node, _) => (*node, State::MayBeDown),
        Fault::Restart(node) | Fault::Resume(node) => (*node, State::Up),
        Fault::Pause(node) => (*node, State::Paused),
        _ => return Ok(()),
    };
    let state = states.entry(node).or_default();
    match (&planned.fault, *state) {
        (Fault::Restart(_), State::Up | State::Paused) => return Err(PlanError::NotDown(planned.clone())),
        (Fault::Resume(_), State::Up | State::Down) => return Err(PlanError::NotPaused(planned.clone())),
        (Fault::Restart(_) | Fault::Resume(_), _) => {}
        (_, State::Down) => return Err(PlanError::NotUp(planned.clone())),
        (Fault::Pause(_), State::Paused) => return Err(PlanError::NotUp(planned.clone())),
        _ => {}
    }
    *state = next;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: NodeId = NodeId(0);
    const B: NodeId = NodeId(1);

    fn why(plan: Plan) -> String {
        plan.validate(3).unwrap_err().to_string()
    }

    #[test]
    fn impossible_plans_say_what_to_change() {
        let one = |fault| Plan::none().and(Time::ms(1), fault);
        let then = |plan: Plan, fault| plan.and(Time::ms(2), fault);
        let crash = || one(Fault::Crash(A));
        let all = [
            one(Fault::Crash(NodeId(7))),
            one(Fault::Partition(vec![A], vec![NodeId(3)])),
            one(Fault::Restart(A)),
            then(then(crash(), Fault::Restart(A)), Fault::Restart(A)),
            then(crash(), Fault::Crash(A)),
            then(crash(), Fault::Kill(A)),
            then(crash(), Fault::Pause(A)),
            one(Fault::Resume(A)),
            then(one(Fault::Pause(A)), Fault::Pause(A)),
            one(Fault::Lossy(A, B, 1.5)),
            one(Fault::Lossy(A, B, f64::NAN)),
            one(Fault::Cut(A, A)),
            one(Fault::Partition(vec![A], vec![])),
            one(Fault::Partition(vec![A, B], vec![B])),
            one(Fault::Drift(A, -1_000_000)),
        ];
        insta::assert_snapshot!(all.map(why).join("\n"));
    }

    #[test]
    fn the_order_of_the_list_does_not_matter_but_the_times_do() {
        let plan = Plan::none().and(Time::ms(9), Fault::Restart(A)).and(Time::ms(1), Fault::Crash(A));
        assert_eq!(plan.validate(1), Ok(()));
    }

    #[test]
    fn a_mended_plan_can_be_carried_out_and_leaves_nothing_broken() {
        let plan = Plan::none()
            .and(Time::ms(1), Fault::Crash(A))
            .and(Time::ms(2), Fault::Pause(B))
            .and(Time::ms(3), Fault::FullDisk(B))
            .and(Time::ms(4), Fault::CrashAfterSends(NodeId(2), 3))
            .and(Time::ms(5), Fault::Slow(B, Time::ms(1)))
            .and(Time::ms(90), Fault::Restart(A))
            .mended_at(Time::ms(50));
        assert_eq!(plan.validate(3), Ok(()));
        insta::assert_snapshot!(plan.text(&["A", "B", "C"]));
    }
}

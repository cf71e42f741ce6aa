//! From a demand to a number of nodes: one leader, its followers, and spares for nodes that fail.
//!
//! # Limits
//! Every node is alike, every read costs the same, and any follower can take over from the leader. While it takes
//! over, nobody leads: the plan is about the time before and after that. Reads are spread by what each node has left;
//! a balancer that gives every node the same number overloads the one with the least left
//! ([`Loads::leader_if_even`]).
//!
//! # Examples
//! The textbook's demand: 200,000 reads and 5,000 writes a second, of nodes that can do 50,000 reads or 10,000
//! writes.
//! ```
//! use replication_lab::capacity::planner::{Ceiling, Need, TEXTBOOK, plan};
//!
//! let tight = plan(&TEXTBOOK)?;
//! assert_eq!((tight.followers, tight.nodes(), tight.before.headroom), (7, 8, 0.0));
//! // One node may fail.
//! let safe = plan(&Need { failures: 1, ..TEXTBOOK })?;
//! assert_eq!((safe.nodes(), safe.before.capacity, safe.after.capacity), (9, 225_000.0, 200_000.0));
//! // Not more than 70 % of what is left for reads; not more than 70 % of the whole node.
//! assert_eq!(plan(&Need { ceiling: Ceiling::OfReads(0.7), ..TEXTBOOK })?.nodes(), 12);
//! assert_eq!(plan(&Need { ceiling: Ceiling::OfNode(0.7), ..TEXTBOOK })?.nodes(), 20);
//! # Ok::<(), replication_lab::capacity::CapacityError>(())
//! ```

use serde::{Deserialize, Serialize};

use super::{CapacityError, Input, ROUNDING, amount, share};
use crate::view::{Figure, Table};

/// What the ceiling of utilisation is a part of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ceiling {
    /// Of what writes or replay leave of a node: at 0.7, a node that spends half of itself on them answers reads with
    /// 0.7 · 0.5 of itself, and is busy to 85 %.
    OfReads(f64),
    /// Of the whole node: at 0.7, a node that spends half of itself on writes or replay answers reads with 0.7 − 0.5
    /// of itself, and is busy to 70 %.
    OfNode(f64),
}

impl Ceiling {
    /// The share of a node that may answer reads when another share is taken already.
    fn room(self, taken: f64) -> f64 {
        match self {
            Self::OfReads(most) => most * (1.0 - taken),
            Self::OfNode(most) => (most - taken).max(0.0),
        }
    }

    /// The most that writes may take of the leader.
    fn most_writes(self) -> f64 {
        match self {
            Self::OfReads(_) => 1.0,
            Self::OfNode(most) => most,
        }
    }
}

/// What is needed, and of what it shall be built.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Need {
    /// Reads a second, from all nodes together.
    pub reads: f64,
    /// Writes a second. All of them go through the leader.
    pub writes: f64,
    /// Reads a second of a node that does nothing else.
    pub node_reads: f64,
    /// Writes a second of a node that does nothing else.
    pub node_writes: f64,
    /// The share of a follower that the replay of these writes takes, from 0 to 1.
    pub replay: f64,
    /// How busy a node may be.
    pub ceiling: Ceiling,
    /// How many nodes may fail at once while the ceiling still holds for the others.
    pub failures: u32,
    /// Whether the leader answers reads too.
    pub leader_reads: bool,
}

/// 200,000 reads and 5,000 writes a second; 50,000 reads or 10,000 writes a second of one node. Replay takes half of a
/// follower, a node may be full, and none may fail.
pub const TEXTBOOK: Need = Need {
    reads: 200_000.0,
    writes: 5_000.0,
    node_reads: 50_000.0,
    node_writes: 10_000.0,
    replay: 0.5,
    ceiling: Ceiling::OfReads(1.0),
    failures: 0,
    leader_reads: true,
};

/// How busy the nodes are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Loads {
    /// Nodes that are up, with the leader.
    pub nodes: u32,
    /// Reads a second that they answer within the ceiling.
    pub capacity: f64,
    /// Reads a second that are left of this: 0 is a plan without headroom.
    pub headroom: f64,
    /// The leader's load: 1 is all that it has.
    pub leader: f64,
    /// Each follower's load: 1 is all that it has. 0 if there is none.
    pub follower: f64,
    /// The leader's load if a balancer gave each node that answers reads the same number: it may be above 1.
    pub leader_if_even: f64,
}

/// A plan, with the steps that led to it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// What was asked for.
    pub need: Need,
    /// The share of the leader that writes take.
    pub leader_write: f64,
    /// Reads a second that the leader answers within the ceiling.
    pub leader_room: f64,
    /// Reads a second that are left for the followers.
    pub left: f64,
    /// Reads a second that one follower answers within the ceiling.
    pub follower_room: f64,
    /// The fewest followers that answer what is left.
    pub followers: u32,
    /// Followers on top of these, one for each node that may fail.
    pub spares: u32,
    /// With all nodes up.
    pub before: Loads,
    /// After as many failures as are to be borne, when a follower leads if the leader was among them.
    pub after: Loads,
}

impl Plan {
    /// All nodes: the leader, its followers, the spares.
    pub fn nodes(&self) -> u32 {
        1 + self.followers + self.spares
    }

    /// The steps as a table.
    pub fn figure(&self) -> Figure {
        let amount = |value: f64| format!("{value:.0}");
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        let both = |tell: &dyn Fn(&Loads) -> String| format!("{}, {}", tell(&self.before), tell(&self.after));
        Table::new(["step", "value", "how"])
            .row(["demand", &amount(self.need.reads), "reads a second"])
            .row(["writes take of the leader", &percent(self.leader_write), "writes / writes of a node"])
            .row(["the leader answers", &amount(self.leader_room), "within the ceiling"])
            .row(["left for followers", &amount(self.left), "demand − the leader's"])
            .row(["replay takes of a follower", &percent(self.need.replay), "given"])
            .row(["a follower answers", &amount(self.follower_room), "within the ceiling"])
            .row(["followers", &self.followers.to_string(), "left / a follower's, rounded up"])
            .row(["spares", &self.spares.to_string(), "one for each failure to be borne"])
            .row(["nodes", &self.nodes().to_string(), "the leader, followers, spares"])
            .row(["nodes up", &both(&|loads| loads.nodes.to_string()), "before, after failures"])
            .row([
                "reads within the ceiling",
                &both(&|loads| amount(loads.capacity)),
                "before, after failures",
            ])
            .row(["headroom", &both(&|loads| amount(loads.headroom)), "before, after failures"])
            .row(["the leader's load", &both(&|loads| percent(loads.leader)), "before, after failures"])
            .row(["a follower's load", &both(&|loads| percent(loads.follower)), "before, after failures"])
            .row([
                "the leader's load, reads spread evenly",
                &both(&|loads| percent(loads.leader_if_even)),
                "before, after failures",
            ])
            .figure()
    }
}

crate::shown_in_notebooks!(Plan);

/// The fewest nodes that meet a need.
///
/// # Errors
/// When a number is no amount or no share, in the order of [`Need`]'s fields; then when the leader can't take the
/// writes; then when followers have no room for reads, so that no number of them is enough.
pub fn plan(need: &Need) -> Result<Plan, CapacityError> {
    check(need)?;
    let ceiling = need.ceiling;
    let leader_write = if need.writes > 0.0 { need.writes / need.node_writes } else { 0.0 };
    if leader_write > ceiling.most_writes() + ROUNDING {
        let leader = need.node_writes * ceiling.most_writes();
        return Err(CapacityError::Writes { target: need.writes, leader });
    }
    let leader_room = if need.leader_reads { need.node_reads * ceiling.room(leader_write) } else { 0.0 };
    let follower_room = need.node_reads * ceiling.room(need.replay);
    let left = (need.reads - leader_room).max(0.0);
    // A sum of shares such as 0.7 − 0.5 is rounded: what is whole but for that is whole.
    let followers = if left > 0.0 { libm::ceil(left / follower_room - ROUNDING) } else { 0.0 };
    if followers > f64::from(u32::MAX - 1 - need.failures) {
        return Err(CapacityError::Unreachable { target: need.reads, leader: leader_room });
    }
    let followers = followers as u32;
    let loads = |followers: u32| {
        let capacity = leader_room + follower_room * f64::from(followers);
        // Reads are spread by what each node has room for, so all are used to the same degree.
        let used = if capacity > 0.0 { need.reads / capacity } else { 0.0 };
        let load = |taken: f64, room: f64| taken + used * room / need.node_reads.max(f64::MIN_POSITIVE);
        let readers = followers + u32::from(need.leader_reads);
        let even = match need.leader_reads && readers > 0 && need.node_reads > 0.0 {
            true => need.reads / f64::from(readers) / need.node_reads,
            false => 0.0,
        };
        Loads {
            nodes: 1 + followers,
            capacity,
            headroom: (capacity - need.reads).max(0.0),
            leader: load(leader_write, leader_room),
            follower: if followers > 0 { load(need.replay, follower_room) } else { 0.0 },
            leader_if_even: leader_write + even,
        }
    };
    Ok(Plan {
        need: *need,
        leader_write,
        leader_room,
        left,
        follower_room,
        followers,
        spares: need.failures,
        before: loads(followers + need.failures),
        after: loads(followers),
    })
}

fn check(need: &Need) -> Result<(), CapacityError> {
    amount(Input::TargetReads, need.reads)?;
    amount(Input::Writes, need.writes)?;
    amount(Input::NodeReads, need.node_reads)?;
    amount(Input::NodeWrites, need.node_writes)?;
    share(Input::Replay, need.replay)?;
    let (Ceiling::OfReads(most) | Ceiling::OfNode(most)) = need.ceiling;
    share(Input::Ceiling, most)?;
    Ok(())
}

/// Plans beside each other, one row for each, under its name.
///
/// # Errors
/// Those of [`plan`].
pub fn compare(needs: &[(&str, Need)]) -> Result<Figure, CapacityError> {
    let header = ["plan", "a follower answers", "followers", "nodes", "before", "after", "headroom after"];
    let mut table = Table::new(header);
    for (name, need) in needs {
        let plan = plan(need)?;
        table = table.row([
            (*name).to_owned(),
            format!("{:.0}", plan.follower_room),
            (plan.followers + plan.spares).to_string(),
            plan.nodes().to_string(),
            format!("{:.0}", plan.before.capacity),
            format!("{:.0}", plan.after.capacity),
            format!("{:.0}", plan.after.headroom),
        ]);
    }
    Ok(table.figure())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn planned(change: impl FnOnce(&mut Need)) -> Plan {
        let mut need = TEXTBOOK;
        change(&mut need);
        plan(&need).unwrap()
    }

    #[test]
    fn the_textbook_step_by_step() {
        insta::assert_snapshot!(planned(|need| need.failures = 1).figure().as_text());
    }

    #[test]
    fn five_plans_for_one_demand() {
        let rows = [
            ("replay costs nothing", Need { replay: 0.0, ..TEXTBOOK }),
            ("replay takes 30 %", Need { replay: 0.3, ..TEXTBOOK }),
            ("replay takes 50 %", TEXTBOOK),
            ("and one node may fail", Need { failures: 1, ..TEXTBOOK }),
            ("the leader answers no reads", Need { leader_reads: false, ..TEXTBOOK }),
            ("70 % of what is left for reads", Need { ceiling: Ceiling::OfReads(0.7), ..TEXTBOOK }),
            ("70 % of the whole node", Need { ceiling: Ceiling::OfNode(0.7), ..TEXTBOOK }),
        ];
        insta::assert_snapshot!(compare(&rows).unwrap().as_text());
    }

    #[test]
    fn the_worked_numbers() {
        let tight = planned(|_| {});
        assert_eq!((tight.leader_write, tight.leader_room, tight.left), (0.5, 25_000.0, 175_000.0));
        assert_eq!((tight.follower_room, tight.followers, tight.nodes()), (25_000.0, 7, 8));
        assert_eq!(
            (tight.before.capacity, tight.before.headroom, tight.before.leader),
            (200_000.0, 0.0, 1.0)
        );
        let spare = planned(|need| need.failures = 1);
        assert_eq!((spare.nodes(), spare.before.capacity, spare.after.capacity), (9, 225_000.0, 200_000.0));
        assert_eq!(planned(|need| need.replay = 0.3).followers, 5);
        assert_eq!(planned(|need| need.ceiling = Ceiling::OfReads(0.7)).nodes(), 12);
        assert_eq!(planned(|need| need.ceiling = Ceiling::OfNode(0.7)).nodes(), 20);
    }

    #[test]
    fn reads_spread_evenly_drown_the_leader() {
        // 200,000 / 6 are 33,333 each; the leader has 25,000 left.
        let plan = planned(|need| need.replay = 0.3);
        assert_eq!(format!("{:.3} {:.3}", plan.before.leader, plan.before.leader_if_even), "1.000 1.167");
        assert_eq!(planned(|need| need.leader_reads = false).before.leader_if_even, 0.5);
    }

    #[test]
    fn what_no_follower_mends_is_named() {
        let why = |change: fn(&mut Need)| {
            let mut need = TEXTBOOK;
            change(&mut need);
            plan(&need).unwrap_err().to_string()
        };
        assert_eq!(
            why(|need| need.writes = 12_000.0),
            "12000 writes a second are too many for one leader, which takes 10000; a follower more takes none of \
             them: partition the data, or batch the writes"
        );
        let tight = |need: &mut Need| need.ceiling = Ceiling::OfNode(0.4);
        assert!(why(tight).starts_with("5000 writes a second are too many for one leader, which takes 4000"));
        let full = |need: &mut Need| need.replay = 1.0;
        assert!(why(full).starts_with("200000 reads a second are out of reach"));
        assert!(why(|need| need.ceiling = Ceiling::OfNode(0.5)).contains("the leader alone answers 0"));
        assert!(why(|need| need.ceiling = Ceiling::OfReads(70.0)).starts_with("the ceiling is 70"));
        assert!(why(|need| need.node_writes = f64::NAN).starts_with("the writes of a node: NaN"));
        assert!(why(|need| need.node_writes = 0.0).contains("which takes 0"));
    }

    #[test]
    fn a_leader_may_be_enough() {
        let alone = planned(|need| need.reads = 25_000.0);
        assert_eq!((alone.nodes(), alone.before.leader, alone.before.follower), (1, 1.0, 0.0));
        let nothing = planned(|need| (need.reads, need.node_reads, need.writes) = (0.0, 0.0, 0.0));
        assert_eq!((nothing.nodes(), nothing.before.leader), (1, 0.0));
    }

    fn need() -> impl Strategy<Value = Need> {
        let ceiling = (0.1..1.0f64, any::<bool>());
        let ceiling = ceiling
            .prop_map(|(most, node)| if node { Ceiling::OfNode(most) } else { Ceiling::OfReads(most) });
        let shares = (0.0..1e6f64, 0.0..1.2e4f64, 0.0..=1.0f64, ceiling, 0..4u32, any::<bool>());
        shares.prop_map(|(reads, writes, replay, ceiling, failures, leader_reads)| Need {
            reads,
            writes,
            replay,
            ceiling,
            failures,
            leader_reads,
            ..TEXTBOOK
        })
    }

    proptest! {
        #[test]
        fn a_plan_is_enough_and_one_node_less_is_not(need in need()) {
            if let Ok(plan) = plan(&need) {
                prop_assert!(plan.after.capacity >= need.reads * (1.0 - 1e-9));
                prop_assert!(plan.followers == 0 || plan.after.capacity - plan.follower_room < need.reads);
                let most = match need.ceiling { Ceiling::OfNode(most) => most, Ceiling::OfReads(_) => 1.0 };
                for loads in [plan.before, plan.after] {
                    prop_assert!(loads.leader <= most + 1e-9, "{loads:?}");
                    // Where replay takes more than the ceiling, no read goes to a follower, and none is needed.
                    prop_assert!(loads.follower <= most.max(need.replay) + 1e-9, "{loads:?}");
                }
                prop_assert!(plan.before.leader <= plan.after.leader + 1e-9);
            }
        }

        #[test]
        fn a_larger_demand_never_needs_fewer_nodes(need in need(), more in 0.0..1e5f64) {
            let larger = Need { reads: need.reads + more, ..need };
            if let (Ok(less), Ok(more)) = (plan(&need), plan(&larger)) {
                prop_assert!(less.nodes() <= more.nodes());
            }
        }
    }
}

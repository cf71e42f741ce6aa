//! Exploration over a small protocol, right and with bugs planted in it.
//!
//! A client sends numbers to a store, which writes them to its disk and acknowledges them: a careful one when they are
//! synced, a careless one at once.

use std::fmt;

use replication_lab::explore::{
    Action, Case, Chaos, Limits, LimitsError, Outcome, Rename, Run, Scenario, Search, State, Trouble, hunt,
    shrink, sweep,
};
use replication_lab::history::{Verdict, Witness};
use replication_lab::network::{Latency, Link};
use replication_lab::time::Time;
use replication_lab::trace::NodeId;
use replication_lab::world::{Effects, Fault, Node, Plan, PlanError, World};

const CLIENT: NodeId = NodeId(0);
const STORE: NodeId = NodeId(1);

/// A store that acknowledges what it keeps, and a client that remembers what was acknowledged.
#[derive(Clone, Debug, Hash)]
enum Member {
    Client { acknowledged: Vec<u32> },
    Store { careful: bool, kept: Vec<u32> },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Message {
    Keep(u32),
    Kept(u32),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Safe(u32);

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keep(number) => write!(f, "keep {number}"),
            Self::Kept(number) => write!(f, "kept {number}"),
        }
    }
}

impl fmt::Display for Safe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is safe", self.0)
    }
}

impl Node for Member {
    type Message = Message;
    type Timer = Safe;
    type Record = u32;
    type Output = ();

    fn start(&mut self, effects: &mut Effects<'_, Self>) {
        if let Self::Store { kept, .. } = self {
            *kept = effects.disk().trusted().copied().collect();
            effects.truncate(kept.len() as u64);
        }
    }

    fn message(&mut self, from: NodeId, message: Message, effects: &mut Effects<'_, Self>) {
        match (self, message) {
            (Self::Client { acknowledged }, Message::Kept(number)) => acknowledged.push(number),
            (Self::Store { careful, kept }, Message::Keep(number)) => {
                kept.push(number);
                if effects.append(number).is_ok() {
                    effects.sync(Safe(number));
                }
                if !*careful {
                    effects.send(from, Message::Kept(number));
                }
            }
            _ => {}
        }
    }

    fn timer(&mut self, Safe(number): Safe, effects: &mut Effects<'_, Self>) {
        if let Self::Store { careful: true, .. } = self {
            effects.send(CLIENT, Message::Kept(number));
        }
    }

    fn crash(&mut self) {
        if let Self::Store { kept, .. } = self {
            kept.clear();
        }
    }
}

impl Rename for Member {
    fn rename(&self, _: &dyn Fn(NodeId) -> NodeId) -> Self {
        self.clone()
    }
}

impl Rename for Message {
    fn rename(&self, _: &dyn Fn(NodeId) -> NodeId) -> Self {
        self.clone()
    }
}

impl Rename for Safe {
    fn rename(&self, _: &dyn Fn(NodeId) -> NodeId) -> Self {
        self.clone()
    }
}

fn members(careful: bool, stores: usize) -> Vec<(String, Member)> {
    let client = ("client".to_owned(), Member::Client { acknowledged: Vec::new() });
    let store = |i| (format!("S{i}"), Member::Store { careful, kept: Vec::new() });
    std::iter::once(client).chain((1..=stores).map(store)).collect()
}

/// What was acknowledged is kept by the store, or will be when it is back.
fn durable(state: &State<Member>) -> Result<(), String> {
    let Member::Client { acknowledged } = state.node(CLIENT) else { return Ok(()) };
    let on_disk: Vec<_> = state.disk(STORE).trusted().collect();
    let lost = |number: &&u32| state.is_up(STORE) && !on_disk.contains(number);
    match acknowledged.iter().find(lost) {
        Some(number) => Err(format!("{number} was acknowledged and is gone")),
        None => Ok(()),
    }
}

fn search(careful: bool, limits: Limits) -> Search<Member> {
    let search = Search::new(members(careful, 1), limits).unwrap();
    search.act(CLIENT, |_, effects| {
        for number in 1..=2 {
            effects.send(STORE, Message::Keep(number));
        }
    })
}

#[test]
fn every_order_of_events_keeps_what_a_careful_store_acknowledged() {
    let limits = Limits { crashes: 2, losses: 1, duplicates: 1, ..Limits::default() };
    let explored = search(true, limits).verify(durable);
    insta::assert_snapshot!(explored);
}

#[test]
fn the_shortest_way_to_lose_what_a_careless_store_acknowledged() {
    let limits = Limits { crashes: 1, ..Limits::default() };
    let explored = search(false, limits).verify(durable);
    let Outcome::Violated(found, why) = &explored.outcome else { panic!("{explored}") };
    insta::assert_snapshot!(format!("{why}\n{}", found.trace().transcript()));
}

#[test]
fn a_search_goes_on_from_what_another_one_found() {
    let limits = Limits::default();
    let both = |state: &State<Member>| matches!(state.node(CLIENT), Member::Client { acknowledged } if acknowledged.len() == 2);
    let explored = search(false, limits).reach(both);
    let Outcome::Reached(found) = explored.outcome else { panic!("{explored}") };
    assert_eq!(found.path.len(), 4);
    let deeper = Search::from(&found, Limits { crashes: 1, ..limits }).unwrap().verify(durable);
    let Outcome::Violated(deeper, _) = deeper.outcome else { panic!("{deeper}") };
    assert_eq!(deeper.path.len(), 6, "the path begins at the very beginning");
    let told = |path: &[Action<Member>]| path.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(told(&deeper.path[..4]), told(&found.path));
    // The first search allowed no crash; the trace of the second shows it all the same.
    let transcript = deeper.trace().transcript();
    assert!(transcript.contains("S1 ✝ crashes") && transcript.contains("S1 ↻ restarts"), "{transcript}");
}

#[test]
fn a_search_goes_on_from_where_a_run_has_come() {
    let mut world = World::new(3, members(false, 1), Link::default(), false).unwrap();
    world.act(CLIENT, |_, effects| effects.send(STORE, Message::Keep(7)));
    world.run_until(Time::us(100));
    let explored = Search::of(&world, Limits { crashes: 1, ..Limits::default() }).unwrap().verify(durable);
    assert!(matches!(explored.outcome, Outcome::Violated(..)), "{explored}");
}

#[test]
fn equal_nodes_are_searched_once() {
    let begin = |search: Search<Member>| {
        search.act(CLIENT, |_, effects| {
            for store in 1..=3 {
                effects.send(NodeId(store), Message::Keep(0));
            }
        })
    };
    let new = || begin(Search::new(members(true, 3), Limits { crashes: 1, ..Limits::default() }).unwrap());
    let all = new().verify(|_| Ok(()));
    let fewer = new().symmetric(&[NodeId(1), NodeId(2), NodeId(3)]).verify(|_| Ok(()));
    insta::assert_snapshot!(format!("{all}\n{fewer}"));
    assert!(fewer.states * 3 < all.states);
}

#[test]
fn a_search_that_was_cut_short_proves_nothing_and_says_so() {
    let limits = Limits { crashes: 2, ..Limits::default() };
    let few = search(true, Limits { states: 10, ..limits }).verify(durable);
    let shallow = search(true, Limits { depth: 2, ..limits }).verify(durable);
    assert!(few.to_string().ends_with("cut short, so nothing is proven"), "{few}");
    assert!(matches!(shallow.outcome, Outcome::CutShort));
    let refused = [Limits { states: 0, ..limits }, Limits { depth: 0, ..limits }];
    let why = refused.map(|limits| Search::new(members(true, 1), limits).map(|_| ()).unwrap_err());
    assert_eq!(why, [LimitsError::NoStates, LimitsError::NoDepth]);
    assert_eq!(Search::<Member>::new(Vec::new(), limits).map(|_| ()).unwrap_err(), LimitsError::NoNodes);
}

/// Twenty numbers, one every 5 ms, to a store that may be careless.
struct Numbers {
    careful: bool,
}

impl Scenario for Numbers {
    type Operation = (Time, u32);
    type Error = PlanError;

    fn operations(&self, _: u64) -> Vec<(Time, u32)> {
        (0..20).map(|i| (Time::ms(5 * u64::from(i)), i)).collect()
    }

    fn run(&self, case: &Case<(Time, u32)>, tracing: bool) -> Result<Run, PlanError> {
        let link = Link::new(Latency::Uniform(Time::us(500), Time::ms(2)));
        let mut world = World::new(case.seed, members(self.careful, 1), link, tracing).expect("two nodes");
        let slow = replication_lab::world::DiskSettings {
            sync: Latency::Constant(Time::ms(2)),
            ..Default::default()
        };
        world.set_disk(STORE, slow).expect("the store is there");
        world.plan(&case.whole_plan())?;
        for sent in &case.left_out {
            world.leave_out(sent.from, sent.to, sent.nth).expect("it was sent");
        }
        for (at, number) in &case.operations {
            world.run_until(*at);
            world.act(CLIENT, |_, effects| effects.send(STORE, Message::Keep(*number)));
        }
        world.run_until(Time::ms(300));
        let on_disk: Vec<_> = world.disk(STORE).trusted().copied().collect();
        let Member::Client { acknowledged } = world.node(CLIENT) else { unreachable!("it is the client") };
        let lost = acknowledged.iter().find(|number| !on_disk.contains(number));
        let verdict = lost.map_or(Verdict::Holds, |number| {
            let why = format!("{number} was acknowledged and is gone");
            Verdict::Violated(Witness { why, ..Witness::default() })
        });
        Ok(Run { verdict, demand: "durable", faults: world.faults(), trace: world.trace().cloned() })
    }
}

fn chaos() -> Chaos {
    Chaos::new(2, Time::ms(120)).unwrap().most_down(1)
}

#[test]
fn a_hunt_finds_the_planted_bug_and_tells_its_smallest_story() {
    let hunt = hunt(&Numbers { careful: false }, &chaos().at_most(5), 0..200);
    let smallest = hunt.smallest.expect("a careless store loses something");
    let [faults, operations, messages] = smallest.from;
    assert!(faults > 1 && operations == 20 && messages >= 20);
    assert_eq!((smallest.case.plan.0.len(), smallest.case.operations.len()), (1, 1));
    insta::assert_snapshot!(format!("{}\n\n{smallest}", hunt.sweep));
}

#[test]
fn a_hunt_finds_nothing_in_a_careful_store() {
    let hunt = hunt(&Numbers { careful: true }, &chaos().only(&[Trouble::Crash, Trouble::Kill]), 0..200);
    assert!(hunt.sweep.violated.is_empty() && hunt.smallest.is_none(), "{}", hunt.sweep);
}

#[test]
fn nothing_more_can_be_taken_from_a_shrunk_story() {
    let scenario = Numbers { careful: false };
    for seed in 0..300 {
        let Some(small) = shrink(&scenario, chaos().case(&scenario, seed)) else { continue };
        let fails = |case: &Case<_>| {
            scenario.run(case, false).is_ok_and(|run| matches!(run.verdict, Verdict::Violated(_)))
        };
        assert!(fails(&small.case), "seed {seed}");
        for i in 0..small.case.plan.0.len() {
            let mut less = small.case.clone();
            less.plan.0.remove(i);
            assert!(!fails(&less), "seed {seed}: fault {i} can go");
        }
        for i in 0..small.case.operations.len() {
            let mut less = small.case.clone();
            less.operations.remove(i);
            assert!(!fails(&less), "seed {seed}: operation {i} can go");
        }
    }
}

#[test]
fn a_case_that_does_not_fail_or_cannot_be_run_is_not_shrunk() {
    let scenario = Numbers { careful: true };
    assert!(shrink(&scenario, scenario.case(1, Plan::none())).is_none());
    let impossible = Plan::none().and(Time::ms(1), Fault::Restart(STORE));
    assert!(shrink(&scenario, scenario.case(1, impossible)).is_none());
}

#[test]
fn a_sweep_says_the_same_on_every_machine() {
    let scenario = Numbers { careful: false };
    let crash = Plan::none().and(Time::ms(12), Fault::Crash(STORE)).and(Time::ms(20), Fault::Restart(STORE));
    let run = |seed| match scenario.run(&scenario.case(seed, crash.clone()), false) {
        Ok(run) => run.verdict,
        Err(error) => Verdict::Unknown(error.to_string()),
    };
    assert_eq!(sweep(0..64, run), sweep(0..64, run));
}

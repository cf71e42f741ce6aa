//! The world as a protocol sees it: links, clocks, disks, processes and the report on the faults.

use std::fmt;

use replication_lab::history::Verdict;
use replication_lab::network::{Latency, Link, Region};
use replication_lab::time::Time;
use replication_lab::trace::NodeId;
use replication_lab::world::{
    DiskSettings, Effects, Ended, Fault, Node, Plan, PlanError, Stored, World, WorldError,
};

type Tested = Result<(), Box<dyn std::error::Error>>;

const A: NodeId = NodeId(0);
const B: NodeId = NodeId(1);

/// Writes every number it is sent to its disk, and acknowledges it when it is safe; beats every 10 ms.
#[derive(Clone, Debug, Default)]
struct Keeper {
    beats: u32,
    recovered: Vec<u32>,
}

#[derive(Clone, Debug)]
enum Message {
    Keep(u32),
    Kept(u32),
}

#[derive(Clone, Debug)]
enum Timer {
    Beat,
    Safe(NodeId, u32),
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keep(number) => write!(f, "keep {number}"),
            Self::Kept(number) => write!(f, "kept {number}"),
        }
    }
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Beat => f.write_str("beat"),
            Self::Safe(_, number) => write!(f, "{number} is safe"),
        }
    }
}

impl Node for Keeper {
    type Message = Message;
    type Timer = Timer;
    type Record = u32;
    type Output = u32;

    fn start(&mut self, effects: &mut Effects<'_, Self>) {
        self.recovered = effects.disk().trusted().copied().collect();
        effects.truncate(self.recovered.len() as u64);
        if !self.recovered.is_empty() {
            effects.note(|| format!("recovers {:?}", self.recovered));
        }
        effects.after_in_background(Time::ms(10), Timer::Beat);
    }

    fn message(&mut self, from: NodeId, message: Message, effects: &mut Effects<'_, Self>) {
        match message {
            Message::Keep(number) => match effects.append(number) {
                Ok(_) => effects.sync(Timer::Safe(from, number)),
                Err(full) => effects.note(|| full.to_string()),
            },
            Message::Kept(number) => effects.output(number),
        }
    }

    fn timer(&mut self, timer: Timer, effects: &mut Effects<'_, Self>) {
        match timer {
            Timer::Beat => {
                self.beats += 1;
                let clock = effects.clock();
                effects.note(|| format!("clock shows {clock}"));
                effects.after_in_background(Time::ms(10), Timer::Beat);
            }
            Timer::Safe(from, number) => effects.send(from, Message::Kept(number)),
        }
    }

    fn crash(&mut self) {
        *self = Self::default();
    }

    fn message_bytes(_: &Message) -> u64 {
        1_000
    }
}

fn world(seed: u64) -> Result<World<Keeper>, WorldError> {
    let nodes = vec![("A".into(), Keeper::default()), ("B".into(), Keeper::default())];
    let mut world = World::new(seed, nodes, Link::new(Latency::Constant(Time::ms(1))), true)?;
    let disk = DiskSettings { sync: Latency::Constant(Time::ms(2)), ..DiskSettings::default() };
    world.set_disk(B, disk)?;
    Ok(world)
}

fn keep(world: &mut World<Keeper>, numbers: std::ops::Range<u32>) {
    world.act(A, |_, effects| {
        for number in numbers {
            effects.send(B, Message::Keep(number));
        }
    });
}

fn plan(text: &str) -> Plan {
    Plan::parse(text, &["A", "B"]).unwrap()
}

#[test]
fn transcript_of_a_write_a_torn_record_and_a_recovery() -> Tested {
    let mut world = world(15)?;
    world.plan(&plan("4 ms  B crashes\n8 ms  B restarts"))?;
    keep(&mut world, 1..2);
    world.run_until(Time::us(2_500));
    keep(&mut world, 2..5);
    world.run_until(Time::ms(9));
    insta::assert_snapshot!(world.trace().unwrap().transcript());
    Ok(())
}

#[test]
fn a_killed_process_finds_what_it_wrote_and_a_crashed_machine_only_what_it_synced_for_sure() -> Tested {
    let found = |seed, fault: &str| -> Result<usize, Box<dyn std::error::Error>> {
        let mut world = world(seed)?;
        world.plan(&plan(&format!("1.5 ms  B {fault}\n8 ms  B restarts")))?;
        keep(&mut world, 0..4);
        world.run_until(Time::ms(9));
        Ok(world.node(B).recovered.len())
    };
    let mut crashed = Vec::new();
    for seed in 0..50 {
        assert_eq!(found(seed, "is killed")?, 4);
        crashed.push(found(seed, "crashes")?);
    }
    crashed.sort_unstable();
    crashed.dedup();
    assert_eq!(crashed, [0, 1, 2, 3, 4], "any beginning can survive");
    Ok(())
}

#[test]
fn what_was_acknowledged_survives_every_crash() -> Tested {
    for seed in 0..200 {
        let mut world = world(seed)?;
        let at = Time::us(1_000 + seed * 40);
        world.plan(&Plan::none().and(at, Fault::Crash(B)).and(Time::ms(20), Fault::Restart(B)))?;
        for number in 0..6 {
            keep(&mut world, number..number + 1);
            world.run_until(Time::ms(u64::from(number) + 1));
        }
        world.run_until(Time::ms(30));
        let acknowledged: Vec<_> = world.take_outputs().into_iter().map(|(_, _, number)| number).collect();
        let kept = &world.node(B).recovered;
        assert!(
            acknowledged.iter().all(|number| kept.contains(number)),
            "seed {seed}: {acknowledged:?} {kept:?}"
        );
    }
    Ok(())
}

#[test]
fn transcript_of_a_pause() -> Tested {
    let mut world = world(1)?;
    world.plan(&plan("5 ms  B pauses\n31 ms  B goes on"))?;
    world.run_until(Time::ms(6));
    keep(&mut world, 1..2);
    world.run_until(Time::ms(40));
    insta::assert_snapshot!(world.trace().unwrap().transcript());
    assert_eq!(world.faults().to_string().lines().count(), 2);
    assert!(world.faults().all_bit());
    Ok(())
}

#[test]
fn transcript_of_an_overloaded_node_that_works_one_thing_after_the_other() -> Tested {
    let mut world = world(1)?;
    world.plan(&plan("0 ms  B takes 3 ms for each event\n12 ms  B takes 0 ms for each event"))?;
    keep(&mut world, 1..4);
    world.run_until(Time::ms(16));
    insta::assert_snapshot!(world.trace().unwrap().transcript());
    Ok(())
}

#[test]
fn transcript_of_a_slow_and_a_full_disk() -> Tested {
    let mut world = world(1)?;
    let text = "0 ms  disk of B takes 5 ms more\n6 ms  disk of B takes 0 ms more\n\
                9 ms  disk of B is full\n12 ms  disk of B has room again";
    world.plan(&plan(text))?;
    for number in 1..4 {
        keep(&mut world, number..number + 1);
        world.run_until(Time::ms(u64::from(number) * 5 - 1));
    }
    world.run_until(Time::ms(18));
    insta::assert_snapshot!(format!("{}\n{}", world.trace().unwrap().transcript(), world.faults()));
    Ok(())
}

#[test]
fn clocks_are_off_jump_and_drift_and_drifting_clocks_fire_early() -> Tested {
    let mut world = world(1)?;
    let text = "0 ms  clock of A is off by +5 ms\n12 ms  clock of A jumps by -7 ms\n25 ms  clock of B drifts by +250000 ppm";
    world.plan(&plan(text))?;
    world.run_until(Time::ms(46));
    insta::assert_snapshot!(world.trace().unwrap().transcript());
    Ok(())
}

#[test]
fn faults_that_broke_nothing_make_a_verdict_inconclusive() -> Tested {
    let mut world = world(1)?;
    let text = "2 ms  link A → B is cut\n3 ms  all links are open\n5 ms  clock of A is off by +1 ms\n90 ms  A crashes";
    world.plan(&plan(text))?;
    keep(&mut world, 1..2);
    world.run_until(Time::ms(9));
    let report = world.faults();
    insta::assert_snapshot!(format!("{}\n{}", report, report.temper(Verdict::Holds)));
    Ok(())
}

#[test]
fn regions_and_bandwidth_set_the_time_that_a_message_takes() -> Tested {
    let mut world = world(1)?;
    world.network().set(A, B, Region::Virginia.link_to(Region::Tokyo))?;
    keep(&mut world, 1..2);
    world.run_until_quiet();
    assert!((Time::ms(83)..Time::ms(92)).contains(&world.now()), "{}", world.now());
    // 1,000 bytes at 100,000 bytes a second: 10 ms each, one after the other.
    let thin = Link { bandwidth: Some(100_000), ..Link::new(Latency::Constant(Time::ms(1))) };
    world.network().set(A, B, thin)?;
    let begin = world.now();
    keep(&mut world, 2..5);
    world.run_until_quiet();
    assert_eq!(world.now().since(begin), Time::ms(30 + 1 + 2 + 1));
    Ok(())
}

#[test]
fn a_run_that_waits_for_quiet_does_not_wait_for_a_paused_node() -> Tested {
    let mut world = world(1)?;
    world.plan(&plan("0 ms  B pauses"))?;
    keep(&mut world, 1..2);
    assert_eq!(world.run_until_quiet(), Ended::Quiet);
    assert_eq!(world.node(B).recovered.len(), 0);
    Ok(())
}

#[test]
fn worlds_and_plans_that_cannot_be_say_why() -> Tested {
    let none = World::<Keeper>::new(1, Vec::new(), Link::default(), false);
    assert_eq!(none.map(|_| ()), Err(WorldError::NoNodes));
    let many = vec![(String::new(), Keeper::default()); 1_001];
    let many = World::new(1, many, Link::default(), false);
    assert_eq!(many.map(|_| ()), Err(WorldError::TooManyNodes(1_001)));
    let lossy = Link { loss: 1.01, ..Link::default() };
    let bad = World::new(1, vec![("A".into(), Keeper::default())], lossy, false);
    assert_eq!(bad.map(|_| ()).unwrap_err().to_string(), "a probability of 1.01: choose one between 0 and 1");
    let mut world = world(1)?;
    let tearing = DiskSettings { tearing: -0.1, ..DiskSettings::default() };
    assert!(world.set_disk(A, tearing).is_err());
    assert_eq!(world.set_disk(NodeId(9), DiskSettings::default()), Err(WorldError::NoSuchNode(NodeId(9))));
    assert!(world.leave_out(A, NodeId(9), 0).is_err());
    assert!(matches!(world.strike(&Fault::Crash(NodeId(2))), Err(PlanError::NoSuchNode(..))));
    world.run_until(Time::ms(5));
    let late = Plan::none().and(Time::ms(4), Fault::Crash(A));
    assert_eq!(
        world.plan(&late).unwrap_err().to_string(),
        "“4.000 ms  #0 crashes” is over: it is 5.000 ms; choose a later time"
    );
    Ok(())
}

#[test]
fn a_crash_while_paused_loses_what_waits() -> Tested {
    let mut world = world(1)?;
    world.plan(&plan("0 ms  B pauses\n5 ms  B is killed\n6 ms  B restarts"))?;
    keep(&mut world, 1..2);
    world.run_until(Time::ms(8));
    assert_eq!(world.disk(B).get(0), None::<&Stored<u32>>);
    assert!(world.trace().unwrap().transcript().contains("A ✗ B  keep 1  (receiver down)"));
    Ok(())
}

//! The leaderless cluster under random faults: what holds, and what breaks in the smallest story.

use replication_lab::explore::{Chaos, ChaosError, Trouble, hunt};
use replication_lab::leaderless::{Demand, Leaderless, ReadRepair, Scheme, Trial, Workload};
use replication_lab::network::Latency;
use replication_lab::time::Time;

type Tested = Result<(), ChaosError>;

fn trial(demand: Demand) -> Trial {
    let workload = Workload { operations: 12, hot_keys: 1, rest: Time::s(1), ..Workload::default() };
    let builder = Leaderless::builder().clients(3).anti_entropy(Some(Time::ms(40)));
    Trial { builder, workload, demands: vec![demand] }
}

/// The three replicas only: clients keep running.
fn chaos() -> Result<Chaos, ChaosError> {
    Chaos::new(3, Time::ms(150))
}

#[test]
fn with_blocking_repair_no_fault_breaks_linearizability_and_the_cluster_recovers() -> Tested {
    for demand in [Demand::Linearizable, Demand::Recovers] {
        let mut trial = trial(demand);
        trial.builder = trial.builder.read_repair(ReadRepair::Blocking);
        let hunt = hunt(&trial, &chaos()?, 0..150);
        assert!(hunt.smallest.is_none(), "{}", hunt.sweep);
    }
    Ok(())
}

#[test]
fn the_smallest_story_of_a_stale_read_under_overlapping_quorums() -> Tested {
    let mut trial = trial(Demand::Linearizable);
    let slow = Latency::Exponential(Time::ms(30));
    let latency = Latency::Mixture(0.7, Box::new(Latency::Constant(Time::ms(1))), Box::new(slow));
    trial.builder = trial.builder.read_repair(ReadRepair::Off).latency(latency).anti_entropy(None);
    let cuts = Chaos::new(6, Time::ms(150))?.most_down(1).only(&[Trouble::OneWayCut, Trouble::Delay]);
    trial.workload.pause = Latency::Exponential(Time::ms(2));
    let hunt = hunt(&trial, &cuts, 0..300);
    let smallest = hunt.smallest.expect("overlap alone does not make it linearizable");
    insta::assert_snapshot!(format!("{}\n\n{smallest}", hunt.sweep));
    Ok(())
}

#[test]
fn the_smallest_story_of_a_write_that_a_wrong_clock_destroys() -> Tested {
    let mut trial = trial(Demand::NoLostWrites);
    // One client alone: without a fault, its writes follow each other. Node 3 is the client: its clock numbers them.
    trial.builder = trial.builder.clients(1).versions(Scheme::Timestamp);
    let clocks = Chaos::new(4, Time::ms(100))?.only(&[Trouble::ClockJump]).at_most(2);
    let hunt = hunt(&trial, &clocks, 0..100);
    let smallest = hunt.smallest.expect("a clock that was ahead wins over later writes");
    insta::assert_snapshot!(format!("{}\n\n{smallest}", hunt.sweep));
    Ok(())
}

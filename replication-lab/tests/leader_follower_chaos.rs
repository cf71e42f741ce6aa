//! Failover under random faults: what the guards promise holds, and what breaks without them in the smallest story.

use replication_lab::detector::Timeout;
use replication_lab::explore::{Chaos, ChaosError, Scenario, Trouble, hunt, sweep};
use replication_lab::leader_follower::{Builder, Demand, LeaderFollower, Trial};
use replication_lab::network::Latency;
use replication_lab::time::Time;

type Tested = Result<(), ChaosError>;

fn watched() -> Builder {
    LeaderFollower::builder()
        .followers(2)
        .clients(2)
        .sync(Latency::Uniform(Time::us(200), Time::ms(2)))
        .timeout(Time::ms(300))
        .standby_timeout(Time::ms(500))
        .change_failover(|failover| {
            failover.observers = 3;
            failover.heartbeat = Time::ms(100);
            failover.detector = Box::new(Timeout::new(Time::ms(500)));
            failover.check = Time::ms(20);
        })
}

fn trial(builder: Builder, demands: &[Demand]) -> Trial {
    Trial { builder, writes: 30, within: Time::s(3), rest: Time::s(4), demands: demands.to_vec() }
}

/// The three servers only: clients and observers keep running.
fn chaos() -> Result<Chaos, ChaosError> {
    Ok(Chaos::new(3, Time::s(2))?.most_down(1))
}

/// Everything but full disks, at which a server stops for good, and clocks, by which observers measure silence here.
const TIMELY: [Trouble; 9] = [
    Trouble::Crash,
    Trouble::Kill,
    Trouble::Pause,
    Trouble::Slow,
    Trouble::OneWayCut,
    Trouble::Partition,
    Trouble::Loss,
    Trouble::Delay,
    Trouble::SlowDisk,
];

#[test]
fn whatever_goes_wrong_no_epoch_has_two_writers() -> Tested {
    let hunt = hunt(&trial(watched(), &[Demand::OneWriterPerEpoch]), &chaos()?, 0..300);
    assert!(hunt.smallest.is_none(), "{}\n{}", hunt.sweep, hunt.smallest.unwrap());
    Ok(())
}

#[test]
fn when_all_is_well_again_clients_can_write_and_all_servers_agree() -> Tested {
    let (trial, chaos) = (trial(watched(), &[Demand::Recovers]), chaos()?.only(&TIMELY));
    let recovers = sweep(0..300, |seed| match trial.run(&chaos.case(&trial, seed), false) {
        Ok(run) => run.verdict,
        Err(error) => panic!("seed {seed}: {error}"),
    });
    assert!(recovers.to_string().starts_with("300 runs: 300 hold"), "{recovers}");
    Ok(())
}

#[test]
fn a_lease_keeps_the_deposed_from_writing_as_long_as_clocks_keep_time() -> Tested {
    let leased = watched().pooled(true).change_failover(|failover| failover.lease = Some(Time::ms(500)));
    let trial = trial(leased, &[Demand::Fenced]);
    let hunt = hunt(&trial, &chaos()?.only(&TIMELY), 0..300);
    assert!(hunt.smallest.is_none(), "{}\n{}", hunt.sweep, hunt.smallest.unwrap());
    Ok(())
}

#[test]
fn the_smallest_story_of_a_split_brain() -> Tested {
    let trial = trial(watched().pooled(true), &[Demand::Fenced]);
    let chaos = chaos()?.only(&[Trouble::Pause, Trouble::Partition, Trouble::Crash]);
    let hunt = hunt(&trial, &chaos, 0..300);
    let smallest = hunt.smallest.expect("nothing fences the old leader off");
    insta::assert_snapshot!(format!("{}\n\n{smallest}", hunt.sweep));
    Ok(())
}

#[test]
fn with_all_followers_required_no_acknowledged_write_is_lost() -> Tested {
    let sync = watched().acknowledge_all().change_failover(|failover| failover.lease = Some(Time::ms(500)));
    let trial = trial(sync.timeout(Time::s(2)), &[Demand::NoLostWrites]);
    let crashes = [Trouble::Crash, Trouble::Kill, Trouble::Pause, Trouble::Partition, Trouble::SlowDisk];
    let hunt = hunt(&trial, &chaos()?.only(&crashes), 0..300);
    assert!(hunt.smallest.is_none(), "{}\n{}", hunt.sweep, hunt.smallest.unwrap());
    Ok(())
}

#[test]
fn the_smallest_story_of_a_write_that_was_acknowledged_asynchronously() -> Tested {
    let slow = |builder: Builder, name| builder.server(name, |server| server.ship_after = Time::ms(200));
    let trial = trial(slow(slow(watched(), "F1"), "F2"), &[Demand::NoLostWrites]);
    let hunt = hunt(&trial, &chaos()?.only(&[Trouble::Crash]), 0..300);
    let smallest = hunt.smallest.expect("an acknowledgement of the leader alone");
    insta::assert_snapshot!(format!("{}\n\n{smallest}", hunt.sweep));
    Ok(())
}

//! Failover: the worked example of chapter 2, and its disasters, each with the guard that would have prevented it.

use replication_lab::detector::{PhiAccrual, Timeout};
use replication_lab::history::epochs::{fenced, one_writer_per_epoch};
use replication_lab::leader_follower::*;
use replication_lab::log::Position;
use replication_lab::network::Latency;
use replication_lab::time::Time;
use replication_lab::world::Fault;

fn constant(ms: u64) -> Latency {
    Latency::Constant(Time::ms(ms))
}

/// W2.1: L at 5000, F1 1 s and F2 3 s behind, 10 writes a second. L crashes at 10 s.
fn timeline(change: impl FnOnce(Builder) -> Builder) -> LeaderFollower {
    let builder = LeaderFollower::builder()
        .followers(2)
        .log_starts_after(4_900)
        .latency(constant(1))
        .server("F1", |f1| f1.ship_after = Time::s(1))
        .server("F2", |f2| f2.ship_after = Time::s(3))
        .change_failover(|failover| {
            failover.observers = 3;
            failover.detector = Box::new(Timeout::new(Time::s(30)));
            failover.promotion_takes = Time::s(1);
            failover.endpoint_takes = Time::s(1);
        });
    let mut cluster = change(builder).build().unwrap();
    cluster.load("c1", Load::default()).unwrap();
    cluster.run_until(Time::s(10));
    cluster
}

fn received(cluster: &LeaderFollower, server: &str) -> Position {
    cluster.server(server).unwrap().received()
}

#[test]
fn a_failover_step_by_step() {
    let mut cluster = timeline(|builder| builder);
    cluster.crash("L").unwrap();
    let crash = cluster.now();
    assert_eq!(received(&cluster, "L"), Position::new(1, 5_000));
    assert_eq!(received(&cluster, "F1"), Position::new(1, 4_990));
    assert_eq!(received(&cluster, "F2"), Position::new(1, 4_970));
    cluster.run_until(crash + Time::s(50));
    insta::assert_snapshot!(cluster.events().as_text());
    let outage = cluster.first_accepted_after(crash).unwrap();
    assert!((Time::ms(31_900)..Time::ms(32_300)).contains(&outage), "{outage}");
    let accepted = cluster.accepted();
    let first_of_new = accepted.iter().find(|accepted| accepted.epoch == 2).unwrap();
    assert_eq!(first_of_new.node, "F1");
    assert_eq!(cluster.server("F1").unwrap().entry(4_991).unwrap().position, Position::new(2, 4_991));
    assert_eq!(cluster.measures().lost.len(), 10, "4991 to 5000");
    // F2 got 4971 to 4990 from F1, and follows it.
    assert_eq!(cluster.server("F2").unwrap().entry(4_980).unwrap().position, Position::new(1, 4_980));
    assert_eq!(received(&cluster, "F2").epoch, 2);

    // The old leader comes back: it cuts off what only it has, and follows.
    cluster.restart("L").unwrap().run_for(Time::s(5));
    let measures = cluster.measures();
    assert_eq!((measures.discarded, measures.lost.len(), measures.accepted_by_the_deposed), (10, 10, 0));
    assert_eq!(cluster.server("L").unwrap().entry(4_991).unwrap().position, Position::new(2, 4_991));
    assert_eq!(cluster.server("L").unwrap().role(), Role::Follower(Some(cluster.id("F1").unwrap())));
}

#[test]
fn variants_of_the_timeline() {
    let after = |change: &dyn Fn(Builder) -> Builder| {
        let mut cluster = timeline(change);
        cluster.crash("L").unwrap();
        let crash = cluster.now();
        cluster.run_until(crash + Time::s(50));
        (cluster.measures().lost.len(), cluster.first_accepted_after(crash), cluster.events())
    };
    let (lost, ..) = after(&|b| b.change_failover(|f| f.choice = Choice::Always("F2".into())));
    assert_eq!(lost, 30);
    let (lost, ..) = after(&|b| b.acknowledge("FIRST 1 (F1, F2)").timeout(Time::s(5)));
    assert_eq!(lost, 0);
    let (lost, accepted, events) = after(&|b| b.change_failover(|f| f.max_lag = Some(5)));
    assert_eq!((lost, accepted), (0, None), "no candidate, no failover");
    assert!(events.as_text().contains("ALERT: F1 lacks 10 entries, and at most 5 are allowed"), "{events}");
    let (lost, accepted, _) =
        after(&|b| b.change_failover(|f| f.detector = Box::new(Timeout::new(Time::s(10)))));
    assert_eq!(lost, 10);
    let outage = accepted.unwrap();
    assert!((Time::ms(11_900)..Time::ms(12_300)).contains(&outage), "{outage}");
}

fn small(change: impl FnOnce(&mut Failover)) -> Builder {
    LeaderFollower::builder()
        .followers(2)
        .clients(1)
        .latency(constant(1))
        .timeout(Time::ms(500))
        .change_failover(|failover| {
            failover.observers = 3;
            failover.heartbeat = Time::ms(500);
            failover.detector = Box::new(Timeout::new(Time::s(3)));
            change(failover);
        })
}

/// The leader's virtual machine stands still for 10 s, and then goes on. Its clients keep their connections open.
fn paused(builder: Builder) -> LeaderFollower {
    let mut cluster = builder.clients(2).pooled(true).build().unwrap();
    cluster.load("c1", Load { writes: 20.0, until: Time::s(30), ..Load::default() }).unwrap();
    cluster.run_until(Time::ms(10_010));
    let leader = cluster.id("L").unwrap();
    cluster.strike(Fault::Pause(leader)).unwrap().run_until(Time::ms(20_020));
    cluster.strike(Fault::Resume(leader)).unwrap().run_until(Time::s(31));
    cluster
}

#[test]
fn a_paused_leader_wakes_up_and_writes_into_the_past_unless_it_is_fenced() {
    let split = paused(small(|_| {}));
    assert!(split.measures().accepted_by_the_deposed > 0, "{}", split.events());
    assert!(!fenced(&split.accepted()).holds());
    assert!(one_writer_per_epoch(&split.accepted()).holds(), "but no epoch has two");
    for guard in ["fencing", "lease"] {
        let safe = paused(small(|failover| match guard {
            "fencing" => failover.fencing = Fencing::On,
            _ => failover.lease = Some(Time::s(3)),
        }));
        assert_eq!(safe.measures().accepted_by_the_deposed, 0, "{guard}: {}", safe.events());
        assert!(safe.measures().failovers >= 1);
        assert!(fenced(&safe.accepted()).holds());
    }
}

/// The leader and one client are cut off from everybody else.
fn cut_off(builder: Builder, observers_with_it: &[&str]) -> LeaderFollower {
    let mut cluster = builder.clients(2).build().unwrap();
    for client in ["c1", "c2"] {
        cluster.load(client, Load { writes: 10.0, until: Time::s(30), ..Load::default() }).unwrap();
    }
    cluster.run_until(Time::s(10));
    let here: Vec<&str> = ["L", "c1"].iter().chain(observers_with_it).copied().collect();
    let observers = cluster.settings().failover.observers;
    let all = (1..=observers).map(|number| format!("o{number}"));
    let there: Vec<String> = ["F1", "F2", "c2"].map(str::to_owned).into_iter().chain(all).collect();
    let there: Vec<&str> = there.iter().map(String::as_str).filter(|name| !here.contains(name)).collect();
    cluster.partition(&here, &there).unwrap();
    cluster.run_until(Time::s(20));
    cluster.strike(Fault::Heal).unwrap();
    cluster.run_until(Time::s(31));
    cluster
}

#[test]
fn a_partition_splits_the_brain_and_a_lease_heals_it() {
    let split = cut_off(small(|_| {}), &[]);
    let measures = split.measures();
    assert!(measures.accepted_by_the_deposed > 50, "{}", split.events());
    assert!(measures.lost.len() > 50 && measures.discarded > 50, "what it accepted is gone: {measures:?}");
    let lease = cut_off(small(|failover| failover.lease = Some(Time::s(3))), &[]);
    assert_eq!(lease.measures().accepted_by_the_deposed, 0);
    let fence = cut_off(small(|failover| failover.fencing = Fencing::On), &[]);
    assert_eq!(fence.measures().accepted_by_the_deposed, 0);
}

#[test]
fn an_observer_that_is_cut_off_alone_deposes_a_healthy_leader_unless_a_majority_must_agree() {
    let alone = |observers: u16, majority: bool| {
        let mut cluster = small(|failover| (failover.observers, failover.majority) = (observers, majority))
            .clients(2)
            .pooled(true)
            .build()
            .unwrap();
        let load = Load { writes: 10.0, until: Time::s(30), ..Load::default() };
        cluster.load("c1", load.clone()).unwrap();
        cluster.run_until(Time::s(10)).partition(&["o1"], &["L"]).unwrap();
        // The second client opens its connections when the first one's have long been open.
        cluster.run_until(Time::s(15)).load("c2", load).unwrap();
        cluster.run_until(Time::s(31));
        cluster.measures()
    };
    let one = alone(1, false);
    assert_eq!((one.failovers, one.false_failovers), (1, 1));
    assert!(one.accepted_by_the_deposed > 0);
    let three = alone(3, true);
    assert_eq!((three.failovers, three.accepted_by_the_deposed), (0, 0));
}

#[test]
fn without_epochs_the_same_number_names_two_writes_and_nobody_notices() {
    let returns = |epochs: bool| {
        let mut cluster = timeline(|builder| builder.change_failover(|failover| failover.epochs = epochs));
        cluster.crash("L").unwrap().run_until(Time::s(60));
        cluster.restart("L").unwrap().run_until(Time::s(70));
        let entry = |server: &str| cluster.server(server).unwrap().entry(4_995).unwrap().change.clone();
        (entry("L") == entry("F1"), cluster.measures().discarded)
    };
    assert_eq!(returns(true), (true, 10));
    assert_eq!(returns(false), (false, 0));
}

fn ids(scheme: Ids) -> LeaderFollower {
    let mut cluster = small(|failover| failover.detector = Box::new(Timeout::new(Time::s(3))))
        .ids(scheme)
        .store(Some(false))
        .server("F1", |f1| f1.ship_after = Time::s(1))
        .server("F2", |f2| f2.ship_after = Time::s(1))
        .build()
        .unwrap();
    cluster.load("c1", Load { writes: 5.0, keys: 0, until: Time::s(20), ..Load::default() }).unwrap();
    cluster.run_until(Time::ms(5_010)).crash("L").unwrap();
    cluster.run_until(Time::s(21));
    cluster
}

#[test]
fn ids_are_issued_twice_by_a_counter_and_not_by_the_other_schemes() {
    let counter = ids(Ids::Counter).measures();
    assert_eq!(counter.lost.len(), 5);
    assert_eq!(counter.issued_twice.len(), 5, "{counter:?}");
    assert_eq!(counter.another_row.len(), 5);
    for scheme in [Ids::LoggedSequence, Ids::Ranges, Ids::Random] {
        let measures = ids(scheme).measures();
        assert!(measures.issued_twice.is_empty() && measures.another_row.is_empty(), "{scheme:?}");
        assert_eq!(measures.misassociated.len(), measures.lost.len(), "rows that only the store still has");
    }
}

#[test]
fn a_logged_sequence_jumps_ahead_as_in_postgresql() {
    // After issuing 1 to 5 and crashing, PostgreSQL 15.18's promoted standby issued 34.
    let mut cluster = LeaderFollower::builder().followers(1).ids(Ids::LoggedSequence).build().unwrap();
    for row in ["a", "b", "c", "d", "e"] {
        cluster.insert("c1", row).unwrap();
    }
    cluster.settle().crash("L").unwrap().promote("F1").unwrap();
    let next = cluster.insert("c1", "f").unwrap();
    assert!(next.to_string().ends_with("id 34"), "{next}");
}

#[test]
fn an_unreliable_fence_says_that_it_worked() {
    let outcomes: Vec<bool> = (0..40)
        .map(|seed| {
            let fence = small(|failover| failover.fencing = Fencing::Unreliable(0.7)).trace(false).seed(seed);
            paused(fence).measures().accepted_by_the_deposed == 0
        })
        .collect();
    let safe = outcomes.iter().filter(|safe| **safe).count();
    assert!((20..36).contains(&safe), "{safe} of 40");
}

#[test]
fn asking_again_blindly_does_it_twice_and_an_idempotency_key_does_not() {
    let rows_twice = |retry: Retry| {
        let mut cluster =
            small(|_| {}).acknowledge("FIRST 1 (F1, F2)").retry(retry).trace(false).build().unwrap();
        cluster.load("c1", Load { writes: 20.0, keys: 0, until: Time::s(20), ..Load::default() }).unwrap();
        cluster.run_until(Time::ms(5_010)).partition(&["F1"], &["L"]).unwrap();
        cluster.run_until(Time::s(8)).strike(Fault::Heal).unwrap();
        cluster.run_until(Time::s(25));
        cluster.measures().done_twice
    };
    assert!(rows_twice(Retry::Blindly) > 10);
    assert_eq!(rows_twice(Retry::WithKey), 0);
    assert_eq!(rows_twice(Retry::Never), 0);
}

#[test]
fn nobody_to_promote_then_somebody() {
    let mut cluster = small(|failover| failover.max_lag = Some(3))
        .server("F1", |f1| f1.ship_after = Time::s(2))
        .server("F2", |f2| f2.ship_after = Time::ZERO)
        .build()
        .unwrap();
    cluster.load("c1", Load { writes: 10.0, until: Time::s(30), ..Load::default() }).unwrap();
    cluster.run_until(Time::s(10)).crash("F2").unwrap();
    cluster.run_until(Time::ms(10_100)).crash("L").unwrap();
    cluster.run_until(Time::s(16));
    assert_eq!(cluster.leader(), None);
    cluster.restart("F2").unwrap().run_until(Time::s(31));
    assert_eq!(cluster.leader(), Some("F2"));
    let alerts = cluster.told().iter().filter(|(_, _, told)| matches!(told, Told::Alert(_))).count();
    assert_eq!(alerts, 1, "told once: {}", cluster.events());
}

#[test]
fn an_accrual_detector_waits_as_long_as_the_heartbeats_are_irregular() {
    let outage = |jitter: Latency| {
        let accrual =
            small(|failover| failover.detector = Box::new(PhiAccrual::default())).trace(false).seed(3);
        let mut cluster = accrual.build().unwrap();
        for observer in ["o1", "o2", "o3"] {
            cluster.set_latency("L", observer, jitter.clone()).unwrap();
        }
        cluster.load("c1", Load { writes: 10.0, until: Time::s(200), ..Load::default() }).unwrap();
        cluster.run_until(Time::s(100)).crash("L").unwrap();
        cluster.run_until(Time::s(200));
        (cluster.first_accepted_after(Time::s(100)).unwrap(), cluster.measures().false_failovers)
    };
    let (calm, none) = outage(constant(1));
    let (wild, few) = outage(Latency::Exponential(Time::ms(400)));
    assert!(calm < wild, "{calm} {wild}");
    assert_eq!((none, few), (0, 0));
}

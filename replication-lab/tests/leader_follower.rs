//! The leader–follower cluster: the worked examples of chapters 1 and 2, to the millisecond.

use replication_lab::detector::Timeout;
use replication_lab::leader_follower::*;
use replication_lab::log::Position;
use replication_lab::network::Latency;
use replication_lab::time::Time;

fn constant(ms: u64) -> Latency {
    Latency::Constant(Time::ms(ms))
}

/// W1.1: one leader, two followers; the leader's disk takes 1 ms, it sends 1 ms later; F1 is near, F2 is far.
fn one_write(level: CommitLevel, rule: &str) -> LeaderFollower {
    let mut cluster = LeaderFollower::builder()
        .followers(2)
        .level(level)
        .acknowledge(rule)
        .log_starts_after(1_041)
        .latency(constant(0))
        .sync(constant(1))
        .server("F1", |f1| f1.ship_after = Time::ms(1))
        .server("F2", |f2| f2.ship_after = Time::ms(1))
        .build()
        .unwrap();
    cluster.set_latency("L", "F1", constant(2)).unwrap().set_latency("F1", "L", constant(1)).unwrap();
    cluster.set_latency("L", "F2", constant(9)).unwrap().set_latency("F2", "L", constant(9)).unwrap();
    // Let the followers connect, so that the write begins at a round time.
    cluster.run_until(Time::ms(100));
    cluster
}

fn write_at_100_ms(cluster: &mut LeaderFollower) -> Time {
    let before = cluster.now();
    let written = cluster.write("c1", "user:42", "Alice").unwrap();
    assert_eq!(written.position(), Some(Position::new(1, 1_042)));
    cluster.now() - before
}

fn applied(cluster: &LeaderFollower, server: &str) -> u64 {
    cluster.server(server).unwrap().confirmed().applied
}

#[test]
fn one_write_semi_synchronously() {
    let mut cluster = one_write(CommitLevel::RemoteFlush, "FIRST 1 (F1, F2)");
    assert_eq!(write_at_100_ms(&mut cluster), Time::ms(6));
    assert_eq!((applied(&cluster, "F1"), applied(&cluster, "F2")), (1_042, 1_041));
    cluster.run_until(Time::ms(111));
    assert_eq!(applied(&cluster, "F2"), 1_041);
    cluster.run_until(Time::ms(112));
    assert_eq!(applied(&cluster, "F2"), 1_042, "11 ms after the leader wrote it");
    insta::assert_snapshot!(cluster.trace().unwrap().transcript());
}

#[test]
fn the_same_write_asynchronously_and_with_all() {
    let mut cluster = one_write(CommitLevel::Local, "");
    assert_eq!(write_at_100_ms(&mut cluster), Time::ms(1));
    assert_eq!((applied(&cluster, "F1"), applied(&cluster, "F2")), (1_041, 1_041));
    let mut cluster = one_write(CommitLevel::RemoteFlush, "FIRST 2 (F1, F2)");
    assert_eq!(write_at_100_ms(&mut cluster), Time::ms(21), "F2's answer takes as long as the way there");
    let mut cluster = one_write(CommitLevel::RemoteFlush, "ANY 1 (F2, F1)");
    assert_eq!(write_at_100_ms(&mut cluster), Time::ms(6), "the quicker one");
    let mut cluster = one_write(CommitLevel::RemoteFlush, "FIRST 1 (F2, F1)");
    assert_eq!(write_at_100_ms(&mut cluster), Time::ms(21), "the first of the list, however slow");
}

/// W2.1: L at 5000, F1 1 s and F2 3 s behind, 10 writes a second.
fn before_the_crash(change: impl FnOnce(Builder) -> Builder) -> LeaderFollower {
    let builder = LeaderFollower::builder()
        .followers(2)
        .log_starts_after(4_900)
        .latency(constant(1))
        .server("F1", |f1| f1.ship_after = Time::ms(1_000))
        .server("F2", |f2| f2.ship_after = Time::ms(3_000))
        .change_failover(|failover| {
            failover.observers = 3;
            failover.detector = Box::new(Timeout::new(Time::s(30)));
            failover.promotion_takes = Time::s(1);
            failover.endpoint_takes = Time::s(1);
        });
    let mut cluster = change(builder).build().unwrap();
    // The first write is accepted at 1 ms, the hundredth at 9.901 s.
    cluster.load("c1", Load::default()).unwrap();
    cluster.run_until(Time::ms(10_000));
    cluster
}

#[test]
fn a_failover_step_by_step() {
    let mut cluster = before_the_crash(|builder| builder);
    let received = |cluster: &LeaderFollower, server: &str| cluster.server(server).unwrap().received();
    cluster.crash("L").unwrap();
    let crash = cluster.now();
    assert_eq!(received(&cluster, "F1"), Position::new(1, 4_990));
    assert_eq!(received(&cluster, "F2"), Position::new(1, 4_970));
    cluster.run_until(Time::s(60));
    let outage = cluster.first_accepted_after(crash).unwrap();
    insta::assert_snapshot!(cluster.events().as_text());
    assert!((Time::ms(31_900)..Time::ms(32_300)).contains(&outage), "{outage}");
    assert_eq!(cluster.measures().lost.len(), 10);
    assert_eq!(cluster.leader(), Some("F1"));
}

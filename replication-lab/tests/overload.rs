//! A cluster at the limit of what it can do loses its leader.

use replication_lab::detector::Timeout;
use replication_lab::leader_follower::*;
use replication_lab::network::Latency;
use replication_lab::time::Time;

/// A read takes a millisecond of a processor, a write and its replay two. Three servers share 1,700 reads a second:
/// each is busy for 87 % of its time.
fn busy(shed_after: Option<Time>) -> LeaderFollower {
    let costs = Costs { read: Time::ms(1), write: Time::ms(2), replay: Time::ms(2), shed_after };
    let built = LeaderFollower::builder()
        .followers(2)
        .latency(Latency::Uniform(Time::us(200), Time::ms(1)))
        .read_from(ReadFrom::Any)
        .costs(costs)
        .trace(false)
        .change_failover(|failover| {
            failover.observers = 3;
            failover.detector = Box::new(Timeout::new(Time::s(3)));
            failover.answer_within = Some(Time::s(1));
        });
    let mut cluster = built.build().unwrap();
    cluster.load("c1", Load { writes: 150.0, reads: 1_700.0, random: true, ..Load::default() }).unwrap();
    cluster.sample_lag(Time::ms(500)).run_until(Time::s(20)).crash("L").unwrap();
    cluster.run_until(Time::s(60));
    cluster
}

#[test]
fn the_survivors_of_a_busy_cluster_follow_the_first_one_unless_they_shed_load() {
    let cascade = busy(None);
    let suspected = |cluster: &LeaderFollower| {
        cluster
            .told()
            .iter()
            .filter(|(_, node, told)| cluster.name(*node) == "o1" && matches!(told, Told::Suspects(_)))
            .count()
    };
    assert_eq!(suspected(&cascade), 2, "the new leader too: {}", cascade.events());
    assert!(cascade.events().as_text().contains("ALERT: nobody is left to promote"));
    let lost_seconds = cascade.measures().seconds_without_writes;
    assert!(lost_seconds >= 20, "{lost_seconds} of 40");

    let shedding = busy(Some(Time::ms(100)));
    assert_eq!(suspected(&shedding), 1, "{}", shedding.events());
    let measures = shedding.measures();
    assert!(measures.seconds_without_writes <= 3 && measures.seconds_without_reads == 0, "{measures:?}");
    assert!(measures.answered * 10 > measures.reads * 9, "nine reads in ten are answered all the same");
}

//! What the lab does is what the answers to chapters 0 to 2 say.

use replication_lab::availability::{all_down, downtime_secs_per_year, majority_down};
use replication_lab::capacity::{data_at_risk, followers_needed};
use replication_lab::detector::Timeout;
use replication_lab::leader_follower::{Builder, Choice, CommitLevel, Costs, LeaderFollower, Load};
use replication_lab::network::Latency;
use replication_lab::time::Time;

use super::*;

fn constant(ms: u64) -> Latency {
    Latency::Constant(Time::ms(ms))
}

#[test]
fn arithmetic() {
    let seconds = |down: f64| downtime_secs_per_year(down).expect("it is a share");
    let majority = seconds(majority_down(0.001, 3).expect("they are shares"));
    let (two, three) = (all_down(0.001, 2).expect("a share"), all_down(0.001, 3).expect("a share"));
    assert_eq!(verdict("Q0.3a", majority), Verdict::Right);
    assert!(says("Q0.3a", majority, &format!("{majority:.1} seconds")));
    assert!(says("Q0.3a", majority, &format!("({:.1} seconds)", seconds(two))));
    // What the explanation of the counterexample says of all three.
    assert_eq!(format!("{:.2}", seconds(three)), "0.03");

    let risk = data_at_risk(2_500.0, 800.0, 4.0).expect("they are amounts");
    assert_eq!(verdict("Q1.3a", risk.writes), Verdict::Right);
    assert_eq!(verdict("Q1.3b", risk.bytes / 1e6), Verdict::Right);
    let needed = followers_needed(50_000.0, 0.5, 0.3, 200_000.0).expect("some number suffices");
    assert_eq!(verdict("Q1.6", needed), Verdict::Right);
}

/// The trace of Q1.4 on a cluster: when the row is on F1's disk, when the client knows, when F2 has it.
#[test]
fn the_trace_of_one_write() {
    let mut cluster = LeaderFollower::builder()
        .followers(2)
        .acknowledge("FIRST 1 (F1, F2)")
        .latency(constant(0))
        .sync(constant(1))
        .server("F1", |f1| f1.ship_after = Time::ms(1))
        .server("F2", |f2| f2.ship_after = Time::ms(1))
        .build()
        .expect("it is a cluster");
    let links = [("L", "F1", 2), ("F1", "L", 1), ("L", "F2", 9), ("F2", "L", 9)];
    for (from, to, ms) in links {
        cluster.set_latency(from, to, constant(ms)).expect("they are there");
    }
    cluster.run_until(Time::ms(100));
    let asked = cluster.begin("c1", replication_lab::leader_follower::Request::Insert("Alice".into()));
    let asked = asked.expect("it is a client");
    let flushed = |cluster: &LeaderFollower, server: &str| {
        cluster.server(server).expect("it is there").confirmed().flushed == 1
    };
    let (mut durable, mut known, mut applied) = (None, None, None);
    for ms in 0..=20 {
        cluster.run_until(Time::ms(100 + ms));
        durable = durable.or_else(|| flushed(&cluster, "F1").then_some(ms));
        known = known.or_else(|| cluster.outcome(asked).succeeded().then_some(ms));
        applied = applied.or_else(|| flushed(&cluster, "F2").then_some(ms));
    }
    assert_eq!((durable, known, applied), (Some(5), Some(6), Some(12)));
    assert_eq!(verdict("Q1.4a", durable.expect("it is")), Verdict::Right);
    // The leader has it on its disk at 1 ms.
    assert_eq!(verdict("Q1.4b", applied.expect("it is") - 1), Verdict::Right);
}

/// Q1.5: which crash each level survives whatever the seed, and whether the follower shows the write at the OK.
#[test]
fn five_commit_levels() {
    let written = |level: CommitLevel, seed: u64| {
        let mut cluster = LeaderFollower::builder()
            .followers(1)
            .acknowledge("F1")
            .level(level)
            .latency(constant(1))
            .sync(constant(5))
            .server("F1", |f1| f1.ship_after = Time::ms(3))
            .costs(Costs { replay: Time::ms(50), ..Costs::default() })
            .seed(seed)
            .build()
            .expect("it is a cluster");
        cluster.run_for(Time::ms(100));
        assert!(cluster.write("c1", "x", "1").expect("it is a client").succeeded());
        cluster
    };
    type Crash = fn(&mut LeaderFollower) -> Option<()>;
    let crashes: [Crash; 3] = [
        |c| c.kill("L").ok()?.restart("L").ok()?.crash("F1").ok().map(|_| ()),
        |c| Some(c.crash("L").ok()?.run_for(Time::s(1))).map(|_| ()),
        |c| c.crash("L").ok()?.crash("F1").ok()?.restart("F1").ok().map(|_| ()),
    ];
    let holds = |cluster: &LeaderFollower, server: &str| {
        !cluster.server(server).expect("it is there").table().rows.is_empty()
    };
    let yes = |fact: bool| if fact { "yes" } else { "no" };
    let rows: Vec<String> = CommitLevel::ALL
        .into_iter()
        .map(|level| {
            let survives = |crash: &Crash| {
                (0..20).all(|seed| {
                    let mut cluster = written(level, seed);
                    crash(&mut cluster).expect("they are there");
                    holds(&cluster, "L") || holds(&cluster, "F1")
                })
            };
            let mut cells: Vec<&str> = crashes.iter().map(|crash| yes(survives(crash))).collect();
            cells.push(yes(holds(&written(level, 1), "F1")));
            cells.join("/")
        })
        .collect();
    assert_eq!(verdict("Q1.5", rows), Verdict::Right);
}

/// The timeline of Q2.2: L at 5000, F1 1 s and F2 3 s behind; L crashes.
fn timeline(change: impl FnOnce(Builder) -> Builder) -> (usize, Time) {
    let builder = LeaderFollower::builder()
        .followers(2)
        .log_starts_after(4_900)
        .latency(constant(1))
        .server("F1", |f1| f1.ship_after = Time::s(1))
        .server("F2", |f2| f2.ship_after = Time::s(3))
        .change_failover(|failover| {
            failover.observers = 3;
            failover.promotion_takes = Time::s(1);
            failover.endpoint_takes = Time::s(1);
        });
    let mut cluster = change(builder).build().expect("it is a cluster");
    cluster.load("c1", Load::default()).expect("it is a client");
    cluster.run_until(Time::s(10)).crash("L").expect("it is there");
    let crash = cluster.now();
    cluster.run_until(crash + Time::s(50));
    (cluster.measures().lost.len(), cluster.first_accepted_after(crash).expect("somebody took over"))
}

#[test]
fn variants_of_a_failover() {
    let (lost, _) = timeline(|b| b.change_failover(|failover| failover.choice = Choice::Always("F2".into())));
    assert_eq!(verdict("Q2.2a", lost), Verdict::Right);
    let (lost, outage) =
        timeline(|b| b.change_failover(|f| f.detector = Box::new(Timeout::new(Time::s(10)))));
    assert_eq!(verdict("Q2.2b", (outage.as_ms() / 1_000.0).round()), Verdict::Right);
    // With F1 it is the number that is explained as F1's.
    assert!(says("Q2.2a", lost, "lost with F1"));
}

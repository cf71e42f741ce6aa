//! Lag, where reads go, and what users see of it.

use replication_lab::history::sessions;
use replication_lab::leader_follower::*;
use replication_lab::log::Position;
use replication_lab::network::Latency;
use replication_lab::time::Time;
use replication_lab::view::LagReading;

fn constant(ms: u64) -> Latency {
    Latency::Constant(Time::ms(ms))
}

fn lan(followers: u16) -> Builder {
    LeaderFollower::builder().followers(followers).latency(constant(1))
}

/// The lag of a follower in seconds, one reading every half second.
fn lags(mut cluster: LeaderFollower, follower: &str, until: Time) -> Vec<f64> {
    cluster.load("c1", Load { writes: 100.0, ..Load::default() }).unwrap();
    let mut lags = Vec::new();
    while cluster.now() < until {
        cluster.run_for(Time::ms(500));
        lags.push(match cluster.lag(follower).unwrap().reading {
            LagReading::Lag(lag) => lag,
            other => panic!("{other:?}"),
        });
    }
    lags
}

#[test]
fn jitter_delays_and_keeps_the_order() {
    let jittered = |seed| {
        let jitter = Latency::Exponential(Time::ms(40));
        lan(2).server("F1", |f1| f1.jitter = jitter).seed(seed).build().unwrap()
    };
    let first = lags(jittered(1), "F1", Time::s(20));
    assert_eq!(first, lags(jittered(1), "F1", Time::s(20)), "the same seed");
    assert_ne!(first, lags(jittered(2), "F1", Time::s(20)));
    assert!(first.iter().any(|lag| *lag > 0.1) && first.iter().any(|lag| *lag < 0.05), "{first:?}");
    assert!(lags(jittered(1), "F2", Time::s(20)).iter().all(|lag| *lag < 0.02), "F2 has none");
    let mut cluster = jittered(1);
    cluster.load("c1", Load { writes: 100.0, until: Time::s(5), ..Load::default() }).unwrap();
    cluster.run_until(Time::s(6)).settle();
    assert_eq!(cluster.server("F1").unwrap().applied(), Position::new(1, 500), "no gap, no rewind");
}

#[test]
fn a_spike_grows_stays_and_is_made_up() {
    let spike = Spike { from: Time::s(5), until: Time::s(15), lag: Time::s(6) };
    let cluster = lan(2).server("F2", |f2| f2.spikes = vec![spike]).build().unwrap();
    let lags = lags(cluster, "F2", Time::s(25));
    let at = |s: f64| lags[(s * 2.0) as usize - 1];
    assert!(at(5.0) < 0.02, "{lags:?}");
    assert!((at(8.0) - 3.0).abs() < 0.05 && (at(10.0) - 5.0).abs() < 0.05, "it grows second by second");
    assert!((at(13.0) - 6.0).abs() < 0.05 && (at(15.0) - 6.0).abs() < 0.05, "it stays");
    assert!((at(18.0) - 6.0).abs() < 0.05, "what was written after the spike waits behind the rest");
    assert!(at(22.0) < 0.02, "it is made up");
}

#[test]
fn lag_can_be_set_while_a_cluster_runs() {
    let mut cluster = lan(2).build().unwrap();
    cluster.load("c1", Load { writes: 100.0, ..Load::default() }).unwrap().run_until(Time::s(2));
    cluster.set_ship_after("F2", Time::s(3)).unwrap().run_until(Time::s(8));
    let lag = |cluster: &LeaderFollower| cluster.lag("F2").unwrap().reading;
    assert!(matches!(lag(&cluster), LagReading::Lag(lag) if (lag - 3.0).abs() < 0.05));
    cluster.set_ship_after("F2", constant(0)).unwrap().run_until(Time::s(12));
    assert!(matches!(lag(&cluster), LagReading::Lag(lag) if lag < 0.05));
    assert!(cluster.set_ship_after("c1", constant(0)).is_err());
}

#[test]
fn settings_that_make_no_sense_say_what_would() {
    let backwards = Spike { from: Time::s(5), until: Time::s(5), lag: Time::s(6) };
    let why = lan(2).server("F2", |f2| f2.spikes = vec![backwards]).build().err().unwrap().to_string();
    assert!(why.contains("let it end after it begins"), "{why}");
    let why = lan(2).read_from(ReadFrom::Token { wait: Time::s(1) }).build().err().unwrap().to_string();
    assert!(why.contains("choose a shorter wait"), "{why}");
}

/// Two followers, of which F1 is 200 ms behind and F2 2 s.
fn tokens(wait: Time) -> Builder {
    lan(2)
        .clients(2)
        .read_from(ReadFrom::Token { wait })
        .server("F1", |f1| f1.ship_after = Time::ms(200))
        .server("F2", |f2| f2.ship_after = Time::s(2))
}

#[test]
fn a_read_waits_for_what_its_user_wrote_and_goes_to_another_and_then_to_the_leader() {
    let mut cluster = tokens(Time::ms(300)).build().unwrap();
    cluster.run_for(Time::ms(100));
    let written = cluster.write_as("c1", 7, "photo", "beach").unwrap().position().unwrap();
    assert_eq!(cluster.remembered("c1", Some(7)).unwrap().token, written);
    let from = |outcome: Outcome| match outcome {
        Outcome::Value { value, from, .. } => (value, from.0),
        other => panic!("{other}"),
    };
    let began = cluster.now();
    assert_eq!(from(cluster.read_as("c1", 7, "photo").unwrap()), (Some("beach".into()), 1));
    let took = cluster.now() - began;
    assert!((Time::ms(190)..Time::ms(520)).contains(&took), "{took}");
    // Somebody else has no token.
    let others: Vec<_> = (0..20).map(|user| from(cluster.read_as("c1", 100 + user, "photo").unwrap())).collect();
    assert!(others.contains(&(None, 2)), "{others:?}");

    // Nobody is quick enough: the leader answers.
    let mut cluster = tokens(Time::ms(20)).build().unwrap();
    cluster.run_for(Time::ms(100));
    cluster.write_as("c1", 7, "photo", "beach").unwrap();
    assert_eq!(from(cluster.read_as("c1", 7, "photo").unwrap()), (Some("beach".into()), 0));
}

#[test]
fn what_one_machine_remembers_another_does_not_unless_the_user_carries_it() {
    let mut cluster = tokens(Time::ms(20)).build().unwrap();
    cluster.run_for(Time::ms(100));
    cluster.write_as("c1", 7, "photo", "beach").unwrap();
    assert_eq!(cluster.read_as("c2", 7, "photo").unwrap().value(), None, "the phone's machine knows nothing");
    let carried = cluster.remembered("c1", Some(7)).unwrap();
    cluster.carry("c2", Some(7), carried).unwrap();
    assert_eq!(cluster.read_as("c2", 7, "photo").unwrap().value(), Some("beach"));
}

#[test]
fn a_token_from_the_future_is_refused_by_the_leader_alone() {
    let mut cluster = tokens(Time::ms(20)).build().unwrap();
    cluster.run_for(Time::ms(100));
    cluster.write("c1", "x", "1").unwrap();
    cluster.carry_token("c1", Some(7), Position::new(1, 9)).unwrap();
    let outcome = cluster.read_as("c1", 7, "x").unwrap();
    assert_eq!(outcome, Outcome::Ahead { wanted: Position::new(1, 9), end: Position::new(1, 1) });
    assert!(outcome.to_string().contains("begin a new session"), "{outcome}");
    assert_eq!(cluster.remembered("c1", Some(7)).unwrap(), Remembered::default(), "told once");
    // Of an epoch that nobody has heard of: it may come, so everybody waits; then nobody has it.
    cluster.carry_token("c1", Some(8), Position::new(2, 1)).unwrap();
    let began = cluster.now();
    let outcome = cluster.read_as("c1", 8, "x").unwrap();
    assert_eq!(outcome.to_string(), "refused: no server has applied what you saw yet");
    assert!(cluster.now() - began >= Time::ms(60), "two followers and the leader have waited");
}

#[test]
fn who_saw_a_write_that_a_failover_lost_is_told_so() {
    let failing = |policy: ReadFrom| {
        let mut cluster = tokens(Time::ms(20))
            .read_from(policy)
            .change_failover(|failover| {
                failover.observers = 3;
                failover.detector = Box::new(replication_lab::detector::Timeout::new(Time::s(3)));
            })
            .build()
            .unwrap();
        cluster.run_for(Time::s(1));
        cluster.write_as("c1", 7, "photo", "mountain").unwrap();
        cluster.run_for(Time::s(4));
        let lost = cluster.write_as("c1", 7, "photo", "beach").unwrap().position().unwrap();
        cluster.crash("L").unwrap().run_for(Time::s(10));
        // The new log has an entry of the same number.
        assert_eq!(cluster.leader(), Some("F1"));
        assert_eq!(cluster.write_as("c1", 8, "x", "1").unwrap().position(), Some(Position::new(2, lost.lsn)));
        cluster.run_for(Time::s(4));
        (cluster, lost)
    };
    let (mut cluster, lost) = failing(ReadFrom::Token { wait: Time::ms(20) });
    let outcome = cluster.read_as("c1", 7, "photo").unwrap();
    assert_eq!(outcome, Outcome::Lost { wanted: lost, kept: Position::new(1, lost.lsn - 1) });
    assert!(outcome.to_string().contains("the write that you saw, 2@1, is lost"), "{outcome}");
    assert_eq!(cluster.read_as("c1", 7, "photo").unwrap().value(), Some("mountain"), "a new session");

    // Nobody else says a word.
    let (mut cluster, _) = failing(ReadFrom::Leader);
    assert_eq!(cluster.read_as("c1", 7, "photo").unwrap().value(), Some("mountain"));
    assert!(!sessions::read_your_writes(cluster.history()).holds());
}

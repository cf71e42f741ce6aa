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
    assert!(first.iter().any(|lag| *lag > 0.08) && first.iter().any(|lag| *lag < 0.02), "{first:?}");
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
    let others: Vec<_> =
        (0..20).map(|user| from(cluster.read_as("c1", 100 + user, "photo").unwrap())).collect();
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

    // Who has written in the new epoch before the next read is told all the same.
    let (mut cluster, lost) = failing(ReadFrom::Token { wait: Time::ms(20) });
    cluster.write_as("c1", 7, "name", "Ann").unwrap();
    assert_eq!(cluster.remembered("c1", Some(7)).unwrap().unsettled, Some(lost));
    assert!(
        matches!(cluster.read_as("c1", 7, "photo").unwrap(), Outcome::Lost { wanted, .. } if wanted == lost)
    );

    // Nobody else says a word.
    let (mut cluster, _) = failing(ReadFrom::Leader);
    assert_eq!(cluster.read_as("c1", 7, "photo").unwrap().value(), Some("mountain"));
    assert!(!sessions::read_your_writes(cluster.history()).holds());
}

/// W4.1: ten comments, of which F1 has all and F2 lacks the last.
#[test]
fn a_comment_vanishes_and_comes_back() {
    let mut cluster = lan(2).server("F2", |f2| f2.ship_after = Time::s(60)).build().unwrap();
    cluster.write("c1", "comments", "9 comments").unwrap();
    cluster.set_ship_after("F2", Time::s(60)).unwrap().run_for(Time::s(61));
    cluster.write("c1", "comments", "10 comments").unwrap();
    cluster.run_for(Time::s(1));
    let from: Vec<String> = ["F1", "F2", "F1"]
        .map(|server| cluster.read_at("c1", server, "comments").unwrap().to_string())
        .into();
    assert_eq!(from, ["10 comments", "9 comments", "10 comments"]);
    let verdict = sessions::monotonic_reads(cluster.history());
    assert!(verdict.to_string().contains("“c1 reads comments: 9 comments” came after"), "{verdict}");
    // The writer is not the reader: this is somebody who only looks.
    let reads = replication_lab::history::History(cluster.history().0[2..].to_vec());
    assert_eq!(reads.0.len(), 3);
    let mut alone = cluster.history().clone();
    alone.0.remove(3);
    assert!(sessions::monotonic_reads(&alone).holds(), "the third read alone is fine");
}

/// W4.3: submit, reload at 100 ms on a follower that is 400 ms behind, submit again.
#[test]
fn who_does_not_see_the_comment_submits_it_again() {
    let submitted = |key: Option<u32>| {
        let mut cluster = lan(1).server("F1", |f1| f1.ship_after = Time::ms(400)).build().unwrap();
        let submit = |cluster: &mut LeaderFollower| match key {
            Some(key) => cluster.insert_with_key("c1", "Nice!", key).unwrap(),
            None => cluster.insert("c1", "Nice!").unwrap(),
        };
        assert!(submit(&mut cluster).succeeded());
        cluster.run_until(Time::ms(100));
        assert_eq!(cluster.read_at("c1", "F1", "1").unwrap().value(), None);
        assert!(submit(&mut cluster).succeeded(), "again");
        cluster.settle();
        cluster.server("F1").unwrap().table().rows.clone()
    };
    assert_eq!(submitted(None).into_values().collect::<Vec<_>>(), ["Nice!", "Nice!"]);
    assert_eq!(submitted(Some(7)).into_values().collect::<Vec<_>>(), ["Nice!"]);
}

/// W4.4: four replicas, of which two lack the write, behind one balancer.
#[test]
fn odds_that_are_counted_out_come_out_in_a_cluster() {
    for behind in 0..=4_u32 {
        let mut builder = lan(4).read_from(ReadFrom::Followers).trace(false);
        for follower in 1..=behind {
            builder = builder.server(&format!("F{follower}"), |f| f.ship_after = Time::s(100_000));
        }
        let mut cluster = builder.build().unwrap();
        cluster.write("c1", "x", "new").unwrap();
        cluster.run_for(Time::s(1));
        let runs = 10_000;
        let (mut stale, mut new_then_old) = (0, 0);
        for _ in 0..runs {
            let mut sees = || cluster.read("c1", "x").unwrap().value().is_some();
            let (first, second) = (sees(), sees());
            stale += i32::from(!first);
            new_then_old += i32::from(first && !second);
        }
        let odds = stale_odds(4, behind);
        let near = |count: i32, share: f64| (f64::from(count) / f64::from(runs) - share).abs() < 0.02;
        assert!(
            near(stale, odds.stale) && near(new_then_old, odds.new_then_old),
            "{behind}: {stale}, {new_then_old}, {odds}"
        );
    }
}

const SESSIONS: u32 = 10_000;

fn compared(scenario: &RoutingScenario) -> Vec<RoutingCost> {
    let costs = compare_routing(scenario).unwrap();
    println!("{}\n{}\n", scenario.name, routing_table(&costs));
    costs
}

fn of(costs: &[RoutingCost], wanted: ReadFrom) -> &SessionMeasures {
    let same = |cost: &&RoutingCost| std::mem::discriminant(&cost.policy) == std::mem::discriminant(&wanted);
    &costs.iter().find(same).unwrap().measures
}

const WINDOW: ReadFrom = ReadFrom::LeaderAfterWrite(Time::ZERO);
const TOKEN: ReadFrom = ReadFrom::Token { wait: Time::ZERO };

fn broken(measures: &SessionMeasures) -> (u32, u32) {
    (measures.broken(Guarantee::ReadYourWrites).sessions, measures.broken(Guarantee::MonotonicReads).sessions)
}

#[test]
fn sticky_is_monotonic_and_does_not_read_its_writes_and_tokens_do_both() {
    let costs = compared(&RoutingScenario::plain(SESSIONS));
    for measures in costs.iter().map(|cost| &cost.measures) {
        assert_eq!(measures.sessions, SESSIONS);
        assert_eq!(measures.reads + measures.writes, 8 * SESSIONS);
        assert_eq!((measures.answered, measures.acknowledged), (measures.reads, measures.writes));
    }
    let reads: Vec<u32> = costs.iter().map(|cost| cost.measures.reads).collect();
    assert!(reads.iter().all(|other| *other == reads[0]), "the same wishes: {reads:?}");
    assert_eq!(broken(of(&costs, ReadFrom::Leader)), (0, 0));
    for policy in [ReadFrom::Followers, ReadFrom::RoundRobin] {
        let (own, monotonic) = broken(of(&costs, policy));
        assert!(own > 800 && monotonic > 200, "{policy}: {own} {monotonic}");
    }
    let (own, monotonic) = broken(of(&costs, ReadFrom::Sticky));
    assert!(own > 800 && monotonic == 0, "{own} {monotonic}");
    let (own, monotonic) = broken(of(&costs, WINDOW));
    assert!(own == 0 && monotonic > 30, "{own} {monotonic}");
    let token = of(&costs, TOKEN);
    assert_eq!(broken(token), (0, 0));
    assert!(token.leader_share() < 0.02 && token.waited > 0, "{}", token.leader_share());
    assert!(token.read_latency(0.5) < Some(Time::ms(5)), "most do not wait");
}

#[test]
fn a_window_puts_the_reads_on_the_leader_when_it_has_most_to_write() {
    let plain = compared(&RoutingScenario::plain(SESSIONS));
    let heavy = compared(&RoutingScenario::write_heavy(SESSIONS));
    let share = |costs: &[RoutingCost], policy| of(costs, policy).leader_share();
    assert!(share(&plain, WINDOW) > 0.35 && share(&heavy, WINDOW) > 0.65);
    assert!(share(&heavy, TOKEN) < 0.02);
    let slowest = |policy| of(&heavy, policy).read_latency(0.99).unwrap();
    assert!(slowest(WINDOW) > Time::ms(9) && slowest(ReadFrom::Sticky) < Time::ms(6), "the leader queues");
}

#[test]
fn when_a_sticky_follower_dies_its_users_go_back_in_time() {
    let scenario = RoutingScenario::follower_dies(SESSIONS);
    let died = compared(&scenario);
    let lived = RoutingScenario { faults: replication_lab::world::Plan::none(), ..scenario };
    let lived = compared(&RoutingScenario { policies: vec![ReadFrom::Sticky, TOKEN], ..lived });
    let (before, after) = (broken(of(&lived, ReadFrom::Sticky)), broken(of(&died, ReadFrom::Sticky)));
    assert_eq!(before.1, 0);
    assert!(after.1 > 5, "{after:?}");
    assert!(after.0 > before.0, "its users read their writes before: {before:?} {after:?}");
    assert_eq!(broken(of(&died, TOKEN)), (0, 0));
}

#[test]
fn a_window_of_five_seconds_fails_when_the_lag_is_longer() {
    let costs = compared(&RoutingScenario::lag_spike(SESSIONS));
    assert!(broken(of(&costs, WINDOW)).0 > 20);
    assert_eq!(broken(of(&costs, ReadFrom::Leader)), (0, 0));
    let token = of(&costs, TOKEN);
    assert_eq!(broken(token), (0, 0));
    assert!(token.leader_share() > 0.03, "what it costs: {}", token.leader_share());
    let (_, monotonic) = broken(of(&costs, ReadFrom::Sticky));
    assert_eq!(monotonic, 0);
}

#[test]
fn a_failover_that_loses_writes_breaks_even_the_leaders_guarantees_and_tokens_say_so() {
    let costs = compared(&RoutingScenario::leader_fails(SESSIONS));
    let leader = of(&costs, ReadFrom::Leader);
    assert!(broken(leader).0 > 0 && leader.unanswered > 0, "{leader:?}");
    for guarantee in Guarantee::ALL {
        assert!(leader.broken(guarantee).sessions > 0, "{guarantee}");
    }
    assert_eq!(leader.told_lost, 0);
    let token = of(&costs, TOKEN);
    assert_eq!(broken(token), (0, 0));
    assert!(token.told_lost > 0, "{token:?}");
}

#[test]
fn what_one_device_knows_another_does_not_unless_it_is_shared() {
    let apart = compared(&RoutingScenario::two_devices(SESSIONS, false));
    assert!(broken(of(&apart, WINDOW)).0 > 100);
    let (own, monotonic) = broken(of(&apart, TOKEN));
    assert!(own > 100 && monotonic > 20, "{own} {monotonic}");
    assert_eq!(broken(of(&apart, ReadFrom::Sticky)).1, 0, "the hash is the same everywhere");
    let shared = compared(&RoutingScenario::two_devices(SESSIONS, true));
    assert_eq!(broken(of(&shared, TOKEN)), (0, 0));
    assert_eq!(broken(of(&shared, WINDOW)).0, 0);
}

/// What is counted from positions is what the general checkers say of what the users saw.
#[test]
fn counting_agrees_with_the_checkers_of_histories() {
    for seed in 0..12 {
        for policy in ReadFrom::COMPARED {
            let mut scenario = match seed % 3 {
                0 => RoutingScenario::plain(25),
                1 => RoutingScenario::lag_spike(25),
                _ => RoutingScenario::leader_fails(25),
            };
            scenario.builder = scenario.builder.seed(seed);
            scenario.users.arrive_within = Time::s(30);
            let cluster = scenario.run(policy).unwrap();
            let measures = cluster.session_measures();
            if measures.told_lost > 0 {
                continue;
            }
            let holds = |guarantee| measures.broken(guarantee).sessions == 0;
            let history = cluster.history();
            let (own, monotonic) = (sessions::read_your_writes(history), sessions::monotonic_reads(history));
            assert_eq!(own.holds(), holds(Guarantee::ReadYourWrites), "{seed} {policy}: {own}");
            assert_eq!(monotonic.holds(), holds(Guarantee::MonotonicReads), "{seed} {policy}: {monotonic}");
        }
    }
}

#[test]
fn a_canary_measures_what_a_reader_would_see() {
    let mut cluster = lan(2).clients(2).server("F2", |f2| f2.ship_after = Time::ms(400)).build().unwrap();
    cluster.canary("c2", "F1", Canary::default()).unwrap();
    cluster.canary("c2", "F2", Canary::default()).unwrap().run_until(Time::s(20));
    let lags = |cluster: &LeaderFollower, follower: &str| -> Vec<f64> {
        let readings = cluster.canary_readings(follower).unwrap();
        readings
            .iter()
            .filter_map(|(_, reading)| match reading {
                LagReading::Lag(lag) => Some(*lag),
                _ => None,
            })
            .collect()
    };
    let near = lags(&cluster, "F1");
    assert_eq!(near.len(), 20, "one a second, the last is under way");
    assert!(near.iter().all(|lag| *lag < 0.02), "{near:?}");
    assert!(lags(&cluster, "F2").iter().all(|lag| (0.4..0.42).contains(lag)), "within a poll");
    // It does not come any more: given up, not waited for for ever. A newer number answers for older ones.
    cluster.set_ship_after("F2", Time::s(5)).unwrap().run_until(Time::s(30));
    assert!(lags(&cluster, "F2").iter().any(|lag| (4.9..5.1).contains(lag)));
    cluster.crash("F2").unwrap().run_until(Time::s(70));
    let gave_up = cluster.canary_readings("F2").unwrap();
    assert!(gave_up.iter().filter(|(_, reading)| *reading == LagReading::Down).count() > 3);
    assert!(cluster.canary_chart().as_text().contains("F1"));
}

#[test]
fn a_run_is_told_in_bands_and_no_traffic_is_not_no_lag() {
    use replication_lab::view::{BandState, LagBands};
    let spike = Spike { from: Time::s(10), until: Time::s(40), lag: Time::s(15) };
    let mut cluster = lan(2).server("F2", |f2| f2.spikes = vec![spike]).trace(false).build().unwrap();
    cluster.load("c1", Load { writes: 20.0, until: Time::s(70), ..Load::default() }).unwrap();
    cluster.run_until(Time::s(1)).sample_lag(Time::ms(500)).run_until(Time::s(80));
    let bands = LagBands::default();
    let states: Vec<BandState> =
        bands.spells(&cluster.lag_readings("F2").unwrap()).iter().map(|spell| spell.state).collect();
    use BandState::*;
    assert_eq!(states[..5], [Band(0), Band(1), Band(2), Band(3), Band(0)], "{states:?}");
    assert_eq!(states.last(), Some(&NoTraffic), "nothing is written any more");
    insta::assert_snapshot!(cluster.lag_bands(&bands).as_text());
}

#[test]
fn a_window_holds_up_to_its_length_and_no_further() {
    let lags: Vec<Time> = [0, 1, 3, 4, 6, 8].map(Time::s).into();
    let by_lag = compare_routing_by_lag(2_000, &lags).unwrap();
    let own = |policy| -> Vec<u32> { by_lag.iter().map(|(_, costs)| broken(of(costs, policy)).0).collect() };
    let window = own(WINDOW);
    assert_eq!(window[..4], [0; 4], "{window:?}");
    assert!(window[4] > 5 && window[5] > window[4], "{window:?}");
    assert_eq!(own(TOKEN), [0; 6]);
    assert!(own(ReadFrom::Sticky).is_sorted());
    let shares = by_lag.iter().map(|(_, costs)| of(costs, TOKEN).leader_share());
    let shares: Vec<f64> = shares.collect();
    assert!(
        shares[0] < 0.01 && shares[5] > 0.3,
        "a constant lag of seconds leaves only the leader: {shares:?}"
    );
    let chart = routing_by_lag_chart(&by_lag, Guarantee::ReadYourWrites);
    assert!(chart.as_text().contains("leader for 5 s after a write"), "{chart}");
}

//! The leader–follower cluster: what a commit waits for, what survives which crash, how followers join and keep up.

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

fn lan() -> Builder {
    LeaderFollower::builder().followers(2).latency(constant(1)).sync(constant(1))
}

#[test]
fn names_that_match_nobody_make_every_commit_hang_and_the_run_says_why() {
    let nameless = lan()
        .acknowledge("first 1 (follower1, follower2)")
        .server("F1", |f1| f1.standby_name = Some("walreceiver".into()))
        .server("F2", |f2| f2.standby_name = Some("walreceiver".into()));
    let mut cluster = nameless.build().unwrap();
    cluster.run_for(Time::s(1));
    assert_eq!(cluster.write("c1", "x", "1").unwrap(), Outcome::Unknown);
    assert_eq!(
        cluster.why_waiting(),
        "1 write waits: 0 of the 1 needed standbys are connected: the list names follower1, follower2, and connected \
         are walreceiver, walreceiver."
    );
    assert_eq!(applied(&cluster, "F1"), 1, "it is replicated all the same, and nobody is told");
}

#[test]
fn one_dead_required_follower_stops_every_commit_and_the_next_of_the_list_takes_over_when_it_counts_as_gone()
{
    let mut cluster = lan().acknowledge("FIRST 1 (F1, F2)").standby_timeout(Time::s(5)).build().unwrap();
    cluster.load("c1", Load { writes: 10.0, ..Load::default() }).unwrap();
    cluster.run_until(Time::s(10)).crash("F1").unwrap();
    cluster.run_until(Time::s(20));
    let measures = cluster.measures();
    assert!((4..=6).contains(&measures.seconds_without_writes), "{measures:?}");
    assert!(measures.acknowledged > 140);

    let mut all = lan().acknowledge_all().build().unwrap();
    all.load("c1", Load { writes: 10.0, ..Load::default() }).unwrap();
    all.run_until(Time::s(10)).crash("F1").unwrap();
    all.run_until(Time::s(40));
    assert_eq!(all.measures().acknowledged, 100, "nothing after the crash");
    assert!(all.why_waiting().contains("1 of the 2 needed standbys are connected"), "{}", all.why_waiting());
    all.restart("F1").unwrap().run_for(Time::s(2));
    assert!(all.measures().acknowledged > 100, "as soon as it is back");
}

#[test]
fn mysql_falls_back_to_asynchronous_and_postgresql_does_not() {
    let mut mysql = lan().acknowledge("ANY 1 (F1, F2)").fall_back(Some(Time::s(10))).timeout(Time::s(20));
    mysql = mysql.standby_timeout(Time::s(1_000));
    let mut cluster = mysql.build().unwrap();
    cluster.run_for(Time::s(1)).crash("F1").unwrap().crash("F2").unwrap();
    let start = cluster.now();
    assert!(cluster.write("c1", "x", "1").unwrap().succeeded());
    assert_eq!((cluster.now() - start).as_ms().round(), 10_002.0, "10 s, and the way there and back");
    let start = cluster.now();
    cluster.write("c1", "x", "2").unwrap();
    assert!(cluster.now() - start < Time::ms(10), "it does not wait again");
}

fn rows(cluster: &LeaderFollower, server: &str) -> Vec<(String, String)> {
    let table = cluster.server(server).unwrap().table();
    table.rows.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}

#[test]
fn a_new_follower_from_a_snapshot_equals_the_leader_and_one_from_live_files_does_not() {
    for (method, equal) in [(CopyMethod::Snapshot { slot: true }, true), (CopyMethod::LiveFiles(4), false)] {
        let mut cluster = lan().idle("F3").build().unwrap();
        // Twenty keys, written round and round; a file takes a while.
        cluster.set_latency("L", "F3", constant(150)).unwrap();
        cluster.load("c1", Load { writes: 50.0, keys: 20, until: Time::s(20), ..Load::default() }).unwrap();
        cluster.run_until(Time::s(5));
        cluster.bootstrap("F3", "L", method).unwrap();
        // Some keys are not written again after the copy.
        cluster.run_until(Time::ms(5_700));
        cluster.load("c1", Load { writes: 50.0, keys: 3, until: Time::s(20), ..Load::default() }).unwrap();
        cluster.run_until(Time::s(21)).settle();
        assert_eq!(
            cluster.server("F3").unwrap().role(),
            Role::Follower(Some(replication_lab::trace::NodeId(0)))
        );
        assert_eq!(rows(&cluster, "F3") == rows(&cluster, "L"), equal, "{method:?}");
        assert_eq!(rows(&cluster, "F1"), rows(&cluster, "L"));
    }
}

#[test]
fn a_follower_that_was_away_too_long_can_never_catch_up_unless_a_slot_kept_the_log() {
    let away = |slots: bool| {
        let kept = lan().retention(Retention::Last(50)).slots(slots);
        let mut cluster = kept.build().unwrap();
        cluster.load("c1", Load { writes: 20.0, until: Time::s(30), ..Load::default() }).unwrap();
        cluster.run_until(Time::s(5)).crash("F2").unwrap();
        cluster.run_until(Time::s(20));
        let held = cluster.server("L").unwrap().held_for_slots();
        cluster.restart("F2").unwrap().run_until(Time::s(31)).settle();
        (rows(&cluster, "F2") == rows(&cluster, "L"), held, cluster.events())
    };
    let (caught_up, held, events) = away(false);
    assert!(!caught_up && held == 0);
    assert!(events.as_text().contains("can't follow: the log begins at"), "{events}");
    let (caught_up, held, _) = away(true);
    assert!(caught_up);
    assert!(
        (20_000..35_000).contains(&held),
        "{held} bytes: 15 s of 20 rows of 100 bytes, less the 50 kept anyway"
    );
}

#[test]
fn a_forgotten_slot_fills_the_disk_and_the_leader_stops() {
    let small = lan().retention(Retention::Last(50)).slots(true).server("L", |l| l.disk = Some(20_000));
    let mut cluster = small.build().unwrap();
    cluster.load("c1", Load { writes: 20.0, ..Load::default() }).unwrap();
    cluster.run_until(Time::s(5)).crash("F2").unwrap();
    cluster.run_until(Time::s(30));
    assert_eq!(cluster.server("L").unwrap().role(), Role::Stopped);
    assert!(cluster.events().as_text().contains("its disk is full"));
}

#[test]
fn a_follower_of_a_follower_gets_all_of_it_later() {
    let chain =
        LeaderFollower::builder().followers(3).latency(constant(1)).sync(constant(1)).upstream("F3", "F1");
    let mut cluster = chain.build().unwrap();
    cluster.set_latency("F1", "F3", constant(7)).unwrap();
    cluster.run_for(Time::ms(100));
    cluster.write("c1", "x", "1").unwrap();
    cluster.run_for(Time::ms(4));
    assert_eq!((applied(&cluster, "F1"), applied(&cluster, "F3")), (1, 0));
    cluster.settle();
    assert_eq!(applied(&cluster, "F3"), 1);
    assert_eq!(cluster.server("L").unwrap().first_kept(), 1);
    assert!(!cluster.replication_table().as_text().contains("F3"), "the leader knows nothing of it");
}

/// Table T1.2: rows of 32 bytes, 89 of which F2 has not got.
fn without_89_rows(ship_after: Time, way: u64) -> LeaderFollower {
    let bytes = LeaderFollower::builder().followers(2).latency(constant(1)).row_bytes(32);
    let late = bytes.log_starts_after(743_801).server("F2", |f2| f2.ship_after = ship_after);
    let mut cluster = late.build().unwrap();
    cluster.run_until(Time::ms(1_500)).set_latency("L", "F2", constant(way)).unwrap();
    for row in 0..89 {
        cluster.begin("c1", Request::Put(format!("row {row}"), "x".into())).unwrap();
    }
    cluster.run_for(Time::ms(100));
    cluster
}

#[test]
fn lag_behind_what_was_sent_is_not_lag_behind_the_leader_and_who_is_gone_has_none() {
    let on_the_way = without_89_rows(Time::ZERO, 5_000).replication_table();
    let mut unsent = without_89_rows(Time::s(5), 1);
    let not_sent = unsent.replication_table();
    unsent.crash("F2").unwrap().run_for(Time::s(20));
    insta::assert_snapshot!(format!("{on_the_way}\n{not_sent}\n{}", unsent.replication_table()));
}

#[test]
fn a_lag_in_time_is_a_number_or_nothing_to_apply_or_unknown() {
    let mut cluster = LeaderFollower::builder().followers(1).latency(constant(20)).build().unwrap();
    let load = Load { writes: 100.0, ..Load::default() };
    cluster.load("c1", Load { until: Time::s(2), ..load.clone() }).unwrap().run_until(Time::s(2));
    assert_eq!(cluster.lag("F1").unwrap().to_string(), "2 entries, 200 bytes, in time: 10 ms");
    cluster.run_for(Time::s(60));
    assert_eq!(cluster.lag("F1").unwrap().to_string(), "0 entries, 0 bytes, in time: nothing to apply");
    cluster.crash("F1").unwrap().load("c1", load).unwrap().run_for(Time::s(5));
    assert_eq!(cluster.lag("F1").unwrap().to_string(), "499 entries, 49900 bytes, in time: unknown");
}

#[test]
fn settings_that_make_no_cluster_say_what_would() {
    use replication_lab::detector::Timeout;
    let why = |builder: Builder| builder.build().err().unwrap().to_string();
    let patience = |ms| {
        lan().change_failover(|failover| {
            failover.observers = 1;
            failover.detector = Box::new(Timeout::new(Time::ms(ms)));
        })
    };
    insta::assert_snapshot!(
        [
            why(lan().acknowledge("ANY 1 ()")),
            why(lan().acknowledge("FIRST 0 (F1)")),
            why(lan().acknowledge("ANY 3 (F1, F2)")),
            why(lan().acknowledge("ANY 3 (*)")),
            why(lan().clients(0)),
            why(lan().server("F7", |_| {})),
            why(lan().idle("F1")),
            why(lan().upstream("F1", "F2").upstream("F2", "F1")),
            why(lan().timeout(Time::ZERO)),
            why(patience(900)),
            why(patience(3_000).change_failover(|failover| failover.lease = Some(Time::s(4)))),
            why(patience(3_000).change_failover(|failover| failover.fencing = Fencing::Unreliable(1.5))),
            lan().build().unwrap().write("F1", "x", "1").unwrap_err().to_string(),
            lan().build().unwrap().server("c1").err().unwrap().to_string(),
            lan().build().unwrap().crash("F9").err().unwrap().to_string(),
        ]
        .join("\n")
    );
}

#[test]
fn a_server_that_is_asked_by_itself_answers_for_itself() {
    let builder = LeaderFollower::builder().followers(2).clients(3).latency(constant(1));
    let mut cluster = builder.server("F2", |f2| f2.writable = true).build().unwrap();
    cluster.run_for(Time::ms(10));
    let asked: Vec<_> = [("c1", "L"), ("c2", "F1"), ("c3", "F2")]
        .map(|(client, server)| {
            let put = Request::Put("x".into(), format!("by {client}"));
            cluster.begin_at_server(client, server, put).unwrap()
        })
        .into();
    cluster.run_for(Time::ms(100));
    let outcomes: Vec<_> = asked.iter().map(|begun| cluster.outcome(*begun).to_string()).collect();
    assert_eq!(outcomes, ["committed at 1@1", "refused: not the leader", "committed at 0@1"]);
    let accepted = cluster.accepted();
    let writers: Vec<_> = accepted.iter().map(|write| (write.node.as_str(), write.epoch)).collect();
    assert_eq!(
        writers,
        [("L", 1), ("F2", 1)],
        "two writers in one epoch: what a read-only follower rules out"
    );
}

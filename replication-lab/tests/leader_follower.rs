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

/// What survives which crash, by level, whatever the seed: the leader's process; its machine, so that the follower
/// is all there is; that together with the follower's machine. And whether the follower shows it when the client is
/// told.
#[test]
fn five_commit_levels() {
    let run = |level: CommitLevel, seed: u64, crash: &dyn Fn(&mut LeaderFollower)| {
        // The leader sends late, the follower's disk is slow, and so is its replay: so that each level shows.
        let built = LeaderFollower::builder()
            .followers(1)
            .acknowledge("F1")
            .level(level)
            .latency(constant(1))
            .sync(constant(5))
            .server("F1", |f1| f1.ship_after = Time::ms(3))
            .costs(Costs { replay: Time::ms(50), ..Costs::default() })
            .seed(seed);
        let mut cluster = built.build().unwrap();
        cluster.run_for(Time::ms(100));
        assert!(cluster.write("c1", "x", "1").unwrap().succeeded());
        let holds = |cluster: &LeaderFollower, server: &str| rows(cluster, server).len() == 1;
        let visible = holds(&cluster, "F1");
        crash(&mut cluster);
        (holds(&cluster, "L") || holds(&cluster, "F1"), visible)
    };
    let process = |cluster: &mut LeaderFollower| {
        cluster.kill("L").unwrap().restart("L").unwrap().crash("F1").unwrap();
    };
    let machine = |cluster: &mut LeaderFollower| {
        cluster.crash("L").unwrap().run_for(Time::s(1));
    };
    let both = |cluster: &mut LeaderFollower| {
        cluster.crash("L").unwrap().crash("F1").unwrap().restart("F1").unwrap();
    };
    let yes = |fact: bool| if fact { "✔" } else { "–" };
    let mut shown = String::new();
    for level in CommitLevel::ALL {
        let always = |crash: &dyn Fn(&mut LeaderFollower)| yes((0..20).all(|seed| run(level, seed, crash).0));
        let marks = [always(&process), always(&machine), always(&both), yes(run(level, 1, &machine).1)];
        shown.push_str(&format!("{level}: {}\n", marks.join(" ")));
    }
    assert_eq!(
        shown,
        "off: – – – –\nlocal: ✔ – – –\nremote_write: ✔ ✔ – –\non: ✔ ✔ ✔ –\nremote_apply: ✔ ✔ ✔ ✔\n"
    );
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

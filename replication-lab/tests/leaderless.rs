//! The leaderless cluster as its users see it.

use replication_lab::leaderless::{Ask, Leaderless, Operation, ReadRepair, Scheme, SetupError, Workload};
use replication_lab::network::{Latency, Link};
use replication_lab::quorum::Level;
use replication_lab::time::Time;
use replication_lab::trace::{Entry, Event, NodeId};
use replication_lab::world::{Fault, Plan};

type Tested = Result<(), SetupError>;

fn constant() -> Latency {
    Latency::Constant(Time::ms(1))
}

#[test]
fn transcript_of_a_write_a_crash_and_a_repair() -> Tested {
    let mut cluster = Leaderless::builder().clients(2).latency(constant()).build()?;
    cluster.write("c1", "user:42", "Bob")?;
    cluster.settle().crash("C")?;
    cluster.write("c1", "user:42", "Alice")?;
    cluster.settle().restart("C")?;
    cluster.read_from("c2", &["A", "C"], "user:42")?;
    cluster.settle();
    insta::assert_snapshot!(cluster.transcript());
    Ok(())
}

#[test]
fn transcript_of_a_sloppy_write_and_its_handoff() -> Tested {
    let builder = Leaderless::builder().replicas(3).nodes(5).clients(1).latency(constant());
    let mut cluster = builder.versions(Scheme::Timestamp).sloppy(true).hints(true).build()?;
    let home = cluster.home("x");
    cluster.crash(&home[0])?.crash(&home[1])?;
    assert!(cluster.write("c1", "x", "Alice")?.succeeded());
    cluster.settle().restart(&home[0])?.restart(&home[1])?;
    assert_eq!(cluster.hints().len(), 2);
    cluster.run_for(Time::ms(120));
    assert!(cluster.hints().is_empty() && !cluster.diverged("x"));
    insta::assert_snapshot!(cluster.transcript());
    Ok(())
}

#[test]
fn the_same_seed_gives_the_same_bytes() -> Tested {
    let run = |seed| -> Result<u64, SetupError> {
        let link = Link { loss: 0.05, duplication: 0.05, ..Link::default() };
        let store = Leaderless::builder().replicas(3).nodes(5).clients(3).link(link).sloppy(true).hints(true);
        let store = store.anti_entropy(Some(Time::ms(50))).seed(seed);
        let plan = Plan::none()
            .and(Time::ms(20), Fault::Crash(NodeId(1)))
            .and(Time::ms(90), Fault::Restart(NodeId(1)))
            .and(Time::ms(120), Fault::Partition(vec![NodeId(0)], vec![NodeId(2), NodeId(3)]))
            .and(Time::ms(180), Fault::Heal);
        let (cluster, _) = Workload { operations: 30, ..Workload::default() }.run(store, &plan)?;
        Ok(cluster.trace().map_or(0, replication_lab::trace::Trace::hash))
    };
    let hashes = [run(1)?, run(2)?, run(3)?];
    assert_eq!(hashes, [run(1)?, run(2)?, run(3)?]);
    // Recorded: the same on every machine, in debug and in release builds. A change here changes every notebook.
    insta::assert_debug_snapshot!(hashes.map(|hash| format!("{hash:016x}")));
    Ok(())
}

#[test]
fn a_fault_does_not_reshuffle_the_workload() -> Tested {
    let asked = |plan: &Plan| -> Result<Vec<String>, SetupError> {
        let store = Leaderless::builder().clients(1).seed(9);
        let (cluster, _) = Workload { operations: 40, ..Workload::default() }.run(store, plan)?;
        Ok(cluster.history().0.iter().map(|op| op.key.clone()).collect())
    };
    let crash = Plan::none().and(Time::ms(30), Fault::Crash(NodeId(2)));
    assert_eq!(asked(&Plan::none())?, asked(&crash)?);
    Ok(())
}

/// The strongest setting: writers ask first, reads write back. Loss, duplicates, crashes and restarts must not break it.
#[test]
fn with_blocking_repair_every_run_is_linearizable() -> Tested {
    for seed in 0..60 {
        let link = Link { loss: 0.05, duplication: 0.05, ..Link::new(Latency::Exponential(Time::ms(3))) };
        let store =
            Leaderless::builder().clients(3).link(link).read_repair(ReadRepair::Blocking).trace(false);
        let victim = NodeId((seed % 3) as u16);
        let plan =
            Plan::none().and(Time::ms(15), Fault::Crash(victim)).and(Time::ms(60), Fault::Restart(victim));
        let load = Workload { operations: 12, hot_keys: 1, ..Workload::default() };
        let (cluster, seen) = load.run(store.seed(seed), &plan)?;
        assert!(seen.linearizable.holds(), "seed {seed}: {}\n{}", seen.linearizable, cluster.history());
    }
    Ok(())
}

#[test]
fn without_repair_some_run_is_not_linearizable() -> Tested {
    let slow = Latency::Exponential(Time::ms(30));
    let latency = Latency::Mixture(0.7, Box::new(Link::default().latency), Box::new(slow));
    let broken = (0..60).filter(|seed| {
        let store = Leaderless::builder().clients(5).read_repair(ReadRepair::Off).trace(false);
        let store = store.latency(latency.clone()).timeout(Time::s(5)).seed(*seed);
        let pause = Latency::Exponential(Time::ms(2));
        let load = Workload { operations: 20, reads: 0.7, hot_keys: 1, pause, ..Workload::default() };
        load.run(store, &Plan::none()).is_ok_and(|(_, seen)| !seen.linearizable.holds())
    });
    assert!(broken.count() > 0, "the checker or the cluster has lost its teeth");
    Ok(())
}

#[test]
fn a_coordinator_that_dies_after_one_send_leaves_half_a_write() -> Tested {
    let mut cluster =
        Leaderless::builder().clients(2).versions(Scheme::Timestamp).latency(constant()).build()?;
    cluster.crash_after_sends("c1", 1)?;
    let written = cluster.write("c1", "x", "half")?;
    cluster.settle();
    assert_eq!(written.to_string(), "no outcome");
    let holders = cluster.holdings("x").into_iter().filter(|(_, held)| !held.is_empty()).count();
    assert_eq!(holders, 1);
    assert_eq!(cluster.history().0[0].ended, None);
    Ok(())
}

#[test]
fn strict_quorums_fail_with_too_few_replicas_and_say_how_many_answered() -> Tested {
    let mut cluster = Leaderless::builder().versions(Scheme::Timestamp).build()?;
    cluster.partition(&["c1"], &["A", "B"])?;
    assert_eq!(cluster.write("c1", "x", "v")?.to_string(), "failed with 1 answers");
    assert_eq!(cluster.read("c1", "x")?.to_string(), "failed with 1 answers");
    cluster.heal();
    assert!(cluster.write("c1", "x", "v")?.succeeded());
    Ok(())
}

#[test]
fn a_read_that_asks_just_enough_asks_no_more() -> Tested {
    let mut cluster = Leaderless::builder().replicas(5).read_quorum(2).ask(Ask::JustEnough).build()?;
    cluster.read("c1", "x")?;
    cluster.settle();
    let asks = |entry: &&Entry| matches!(&entry.event, Event::Send { label, .. } if label == "get x");
    assert_eq!(cluster.trace().map(|trace| trace.entries.iter().filter(asks).count()), Some(2));
    Ok(())
}

#[test]
fn anti_entropy_reaches_keys_that_nobody_reads() -> Tested {
    let store = Leaderless::builder().anti_entropy(Some(Time::ms(50))).read_repair(ReadRepair::Off);
    let c_is_down =
        Plan::none().and(Time::ZERO, Fault::Crash(NodeId(2))).and(Time::ms(200), Fault::Restart(NodeId(2)));
    let load = Workload { operations: 10, cold_keys: 30, rest: Time::s(1), ..Workload::default() };
    let (_, seen) = load.run(store, &c_is_down)?;
    assert_eq!(seen.divergent_at_end, (0, 0));
    Ok(())
}

#[test]
fn siblings_are_kept_under_version_vectors() -> Tested {
    let mut cluster =
        Leaderless::builder().clients(2).versions(Scheme::Vector).latency(constant()).build()?;
    let write = |value: &str| Operation::Write { key: "cart".into(), value: Some(value.into()) };
    cluster.begin("c1", write("milk"))?;
    cluster.begin("c2", write("eggs"))?;
    cluster.settle();
    assert_eq!(cluster.read("c1", "cart")?.to_string(), "eggs@{c2:1} | milk@{c1:1}");
    cluster.write("c1", "cart", "both")?;
    assert_eq!(cluster.read("c2", "cart")?.to_string(), "both@{c1:2 c2:1}");
    Ok(())
}

#[test]
fn a_local_quorum_does_not_wait_for_the_ocean_and_the_far_side_gets_the_value_all_the_same() -> Tested {
    let builder = Leaderless::builder().datacentres(&[3, 3]).versions(Scheme::Timestamp);
    let mut cluster = builder.write_level(Level::LocalQuorum).build()?;
    cluster.write("c1", "x", "v")?;
    assert!(cluster.now() < Time::ms(10));
    assert!(cluster.settle().now() > Time::ms(38));
    assert!(cluster.holdings("x").iter().all(|(_, held)| held.len() == 1));
    Ok(())
}

#[test]
fn settings_that_make_no_cluster_say_why() {
    let why =
        |builder: replication_lab::leaderless::Builder| builder.build().map(|_| ()).unwrap_err().to_string();
    let new = Leaderless::builder;
    let mut cluster = new().build().unwrap();
    let unknown = cluster.crash("Z").map(|_| ()).unwrap_err().to_string();
    let no_client = cluster.write("A", "x", "v").map(|_| ()).unwrap_err().to_string();
    let all = [
        why(new().write_quorum(0)),
        why(new().write_quorum(4)),
        why(new().read_quorum(0)),
        why(new().replicas(0)),
        why(new().replicas(3).nodes(2)),
        why(new().nodes(27)),
        why(new().clients(0)),
        why(new().loss(1.5)),
        why(new().timeout(Time::ZERO)),
        unknown,
        no_client,
    ];
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn a_client_that_is_paused_for_ever_does_not_keep_a_run_from_ending() -> Tested {
    let store = || Leaderless::builder().clients(2).anti_entropy(Some(Time::ms(50)));
    let client = NodeId(4);
    let paused = Plan::none().and(Time::ms(20), Fault::Pause(client));
    let load = Workload { operations: 20, ..Workload::default() };
    let (cluster, seen) = load.run(store(), &paused)?;
    assert!(seen.reads + seen.writes < 40 && cluster.faults().all_bit());
    let (_, seen) = load.run(store(), &paused.and(Time::s(3), Fault::Resume(client)))?;
    assert_eq!(seen.reads + seen.writes, 40, "it goes on where it was");
    Ok(())
}

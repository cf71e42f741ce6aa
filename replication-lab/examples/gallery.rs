//! Writes every view into one page, on a light and on a dark ground, so that anybody can look at them:
//! `cargo run -p replication-lab --example gallery -- gallery.html`.

use std::error::Error;
use std::fmt::Write;
use std::process::ExitCode;

use replication_lab::capacity::hot_key::{HotKey, hot_key_chart};
use replication_lab::capacity::planner::{TEXTBOOK, plan};
use replication_lab::causality::CausalGraph;
use replication_lab::history::{Action, History, Op, Verdict, Witness, linearizable};
use replication_lab::leader_follower::{
    Canary, Guarantee, LeaderFollower, Load, Partitioned, Placement, RoutingScenario, Spike, Weather,
    compare_routing, compare_routing_by_lag, routing_by_lag_chart, routing_chart, routing_table,
    timeout_sweep,
};
use replication_lab::leaderless::{Leaderless, Workload};
use replication_lab::network::{Latency, Link};
use replication_lab::published::hashing::balance;
use replication_lab::quorum::quorum_calculator;
use replication_lab::ring::{Ring, Zoned};
use replication_lab::siblings::carts::{Carts, compare_schemes, scheme_table, siblings_chart};
use replication_lab::time::Time;
use replication_lab::timelines::{Service, strategies_table, threshold_chart};
use replication_lab::tombstones::{CASSANDRA, Settings, queue_chart, queue_pops, resurrection};
use replication_lab::trace::{CrashKind, DropReason, Entry, Event, NodeId, Trace};
use replication_lab::view::{
    Chart, Figure, HappensBefore, HistoryTimeline, LagBands, LagChart, LagReading, LagUnit, LatencyChart,
    RingPicture, SpaceTime, StateTimeline,
};
use replication_lab::world::{Fault, Plan};

type Drawn = Result<Vec<(&'static str, Figure)>, Box<dyn Error>>;

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("Say where the page goes: gallery.html");
        return ExitCode::FAILURE;
    };
    match all().map(|figures| page(&figures)).and_then(|page| Ok(std::fs::write(&path, page)?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{path}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn page(figures: &[(&str, Figure)]) -> String {
    let mut page = String::from(
        "<!doctype html><meta charset=\"utf-8\"><title>Views of the replication lab</title><style>\
         body { margin: 0; font-family: sans-serif } h2 { margin: 16px } section { display: flex }\
         section > div { width: 900px; padding: 16px } .dark { background: #111; color: #eee }\
         img { max-width: 100% } th, td { padding: 2px 8px; text-align: left }</style>",
    );
    for (title, figure) in figures {
        let html = figure.as_html();
        // Writing to a string cannot fail.
        let _ = write!(
            page,
            "<h2>{title}</h2><section><div>{html}</div><div class=\"dark\">{html}</div></section>"
        );
        let text = Figure::text(figure.as_text());
        let _ = write!(page, "<details><summary>Text form</summary>{}</details>", text.as_html());
    }
    page
}

fn all() -> Drawn {
    let mut figures = space_times()?;
    figures.push(("Quorums to turn", quorum_calculator()));
    figures.push(("A time-out to turn", timeout_sweep(&Weather::default())?));
    figures.push(("A partition, a pause, a disk, a clock", SpaceTime::of(&partition()).figure()));
    figures.push(("Nothing happened", SpaceTime::of(&Trace::default()).figure()));
    figures.extend([
        ("States over time", states()),
        ("Lag in seconds", lag()),
        ("Lag in bytes", lag_in_bytes()),
    ]);
    figures.extend(followers_behind()?);
    figures.extend(latencies()?);
    figures.extend(histories()?);
    figures.extend(causes()?);
    let schemes = compare_schemes(&Carts::default())?;
    figures.push(("One cart under six schemes", scheme_table(&schemes)));
    figures.push(("Siblings over time", siblings_chart("Siblings of one cart", &schemes)));
    figures.extend(rings()?);
    figures.extend(in_practice()?);
    figures.extend([("Lines", lines()), ("A dense line", dense())]);
    Ok(figures)
}

/// Plans, timelines, tombstones.
fn in_practice() -> Drawn {
    let hot = [0.0, 0.1, 0.3]
        .map(|share| HotKey::new(50_000.0, 3, share))
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?;
    let queues = [("grace 60 s", 60), ("grace ten days", 864_000)].map(|(name, grace)| {
        let settings = Settings { gc_grace: Time::s(grace), flush_at: 100, ..Settings::default() };
        (name, queue_pops(2_000, settings))
    });
    Ok(vec![
        ("A capacity plan", plan(&TEXTBOOK)?.figure()),
        ("A hot key", hot_key_chart("Reads with one hot key", &hot, 20)),
        ("Push, pull, hybrid", strategies_table(&Service::textbook(), 10_000)),
        ("Thresholds", threshold_chart("Where to stop pushing", &Service::textbook())),
        ("A queue of tombstones", queue_chart("Cells read by each pop", &queues)),
        ("A repair that came too late", resurrection(Time::s(13), CASSANDRA).diagram()),
    ])
}

/// What happened before what: by hand, and in a run.
fn causes() -> Drawn {
    let graph = CausalGraph::three_processes();
    let mut cluster = Leaderless::builder().clients(2).seed(7).build()?;
    cluster.write("c1", "x", "1")?;
    let run = CausalGraph::of(cluster.trace().ok_or("the trace is off")?);
    Ok(vec![
        ("Before and after one event", HappensBefore::new(&graph).of("b3")?.figure()),
        ("Concurrent pairs", graph.figure()),
        (
            "What happened before the second server's first event",
            HappensBefore::new(&run).of("B.1")?.figure(),
        ),
    ])
}

/// A story told by hand: what no cluster does yet.
fn partition() -> Trace {
    let (a, b, c) = (NodeId(0), NodeId(1), NodeId(2));
    let send = |message, from, to, label: &str| Event::Send { message, from, to, label: label.into() };
    let deliver = |message, from, to| Event::Deliver { message, from, to };
    let cut = |message, from, to| Event::Drop { message, from, to, reason: DropReason::Partition };
    let note = |node, text: &str| Event::Note { node, text: text.into() };
    let story = [
        (0, Event::Timer { node: a, label: "heartbeat".into() }),
        (0, send(0, a, b, "append x=1, y=2, z=3 of term 4 after entry 17 of term 3")),
        (0, send(1, a, c, "append x=1")),
        (900, deliver(1, a, c)),
        (900, Event::Disk { node: c, text: "syncs 1 record".into() }),
        (1_000, deliver(0, a, b)),
        (1_000, Event::Disk { node: b, text: "refuses to sync: no space".into() }),
        (1_200, send(2, c, a, "ok")),
        (
            1_500,
            Event::Network { text: "partition: A B | C".into(), cut: vec![(a, c), (c, a), (b, c), (c, b)] },
        ),
        (2_000, deliver(2, c, a)),
        (2_000, note(a, "commits entry 18")),
        (2_100, Event::Pause { node: b }),
        (2_500, Event::Condition { node: a, text: "clock is ahead by 40.000 ms".into() }),
        (3_000, Event::Timer { node: a, label: "heartbeat".into() }),
        (3_000, send(3, a, b, "heartbeat")),
        (3_000, send(4, a, c, "heartbeat")),
        (3_000, cut(4, a, c)),
        (9_000, Event::Timer { node: c, label: "no heartbeat".into() }),
        (9_000, note(c, "candidate of term 5")),
        (9_000, send(5, c, a, "vote for C, term 5")),
        (9_000, send(6, c, b, "vote for C, term 5")),
        (9_000, cut(5, c, a)),
        (9_000, cut(6, c, b)),
        (9_500, Event::Resume { node: b }),
        (9_500, deliver(3, a, b)),
        (9_500, deliver(3, a, b)),
        (9_500, send(7, b, a, "ok")),
        (10_000, Event::Network { text: "all links are open".into(), cut: vec![] }),
        (10_400, deliver(7, b, a)),
        (10_500, Event::Crash { node: a, reach: CrashKind::Process }),
        (11_000, send(8, c, b, "vote for C, term 6")),
        (11_000, send(9, c, a, "vote for C, term 6")),
        (11_500, Event::Drop { message: 9, from: c, to: a, reason: DropReason::Down }),
        (11_600, send(10, b, b, "vote for myself")),
        (11_700, deliver(10, b, b)),
        (12_000, Event::Restart { node: a }),
    ];
    let entries = story.into_iter().map(|(us, event)| Entry { at: Time::us(us), event });
    Trace { nodes: ["A", "B", "C"].map(str::to_owned).to_vec(), entries: entries.collect() }
}

fn rings() -> Drawn {
    let mut small = Ring::new(100);
    small.add_virtual([5, 40, 60], "A")?;
    small.add_virtual([20, 52, 88], "B")?;
    small.add(75, "C")?;
    let nodes = ["nodeA", "nodeB", "nodeC", "nodeD", "nodeE", "nodeF", "nodeG"];
    let large = Ring::hashed(1 << 60, nodes.map(|node| (node, 150)))?;
    let zoned = Zoned::new(large.clone(), |node| if *node < "nodeD" { "zone 1" } else { "zone 2" });
    Ok(vec![
        ("A small ring", RingPicture::new("Virtual nodes by hand", &small).key("cart", 30).figure()),
        ("A large ring", RingPicture::new("150 positions each", &large).figure()),
        ("What a zone takes", zoned.losses(3)),
        ("Balance", balance(5, &[1, 10, 50, 150, 500], 200, 1)?.figure()),
    ])
}

fn states() -> Figure {
    let changes = [
        (0, "A", "leader"),
        (0, "B", "follower"),
        (0, "C", "follower"),
        (0, "D", "follower"),
        (0, "E", "learner"),
        (310, "A", "down"),
        (455, "C", "candidate"),
        (470, "C", "leader"),
        (500, "D", "catching up"),
        (600, "A", ""),
        (620, "A", "follower"),
        (700, "B", "paused"),
        (790, "B", "follower"),
        (800, "D", "follower"),
    ];
    let changes = changes.map(|(ms, node, state)| (Time::ms(ms), node, state));
    StateTimeline::new("Roles of five nodes", changes).until(Time::ms(1_000)).figure()
}

fn lag() -> Figure {
    let near = (0..=240).map(|i| (Time::ms(250 * i), LagReading::Lag(0.2 + 0.05 * (i % 9) as f64)));
    let far = (0..=240).map(|i| {
        let s = i as f64 / 4.0;
        let reading = match i {
            0..=56 => LagReading::Lag(0.3),
            57..=119 => LagReading::Lag(0.3 + 0.6 * (s - 14.0)),
            120..=168 => LagReading::Down,
            169..=200 => LagReading::Lag((9.2 - 1.1 * (s - 42.0)).max(0.2)),
            _ => LagReading::NoTraffic,
        };
        (Time::ms(250 * i), reading)
    });
    LagChart::new("Replication lag", LagUnit::Seconds)
        .follower("near", near)
        .follower("far away", far)
        .band(Time::s(14), Time::s(42), "link to far away is slow")
        .figure()
}

fn lag_in_bytes() -> Figure {
    let readings = (0..=60_u64).map(|s| (Time::s(s), LagReading::Lag((s % 20 * 700_000) as f64)));
    LagChart::new("Bytes to be shipped", LagUnit::Bytes).follower("B", readings).figure()
}

/// Bands of lag, and what routing makes of lag.
fn followers_behind() -> Drawn {
    let spike = Spike { from: Time::s(10), until: Time::s(40), lag: Time::s(15) };
    let builder = LeaderFollower::builder().followers(2).clients(2).trace(false);
    let mut cluster = builder.server("F2", |f2| f2.spikes = vec![spike]).build()?;
    cluster.load("c1", Load { writes: 20.0, until: Time::s(70), ..Load::default() })?;
    cluster.canary("c2", "F2", Canary::default())?.sample_lag(Time::ms(250)).run_until(Time::s(80));
    let costs = compare_routing(&RoutingScenario::lag_spike(2_000))?;
    let by_lag = compare_routing_by_lag(500, &[0, 1, 2, 4, 6, 8].map(Time::s))?;
    let partition = |ms| {
        let builder = LeaderFollower::builder().followers(1).clients(3);
        builder.server("F1", move |f1| f1.ship_after = Time::ms(ms))
    };
    let placement = Placement::listed([("question", "A"), ("reply", "B")]);
    let mut talk = Partitioned::new([("A", partition(800)), ("B", partition(50))], placement)?;
    talk.write("c1", "question", "How much?")?;
    talk.write("c2", "reply", "$42")?;
    talk.run_until(Time::ms(300)).look_at("c3", "F1", &["question", "reply"])?;
    Ok(vec![
        ("Bands of lag", cluster.lag_bands(&LagBands::default())),
        ("What a canary sees", cluster.canary_chart()),
        ("Routing policies", routing_chart("A spike of lag", &costs).beside(routing_table(&costs))),
        ("Routing policies by lag", routing_by_lag_chart(&by_lag, Guarantee::ReadYourWrites)),
        ("The answer before the question", talk.timeline("Two partitions")),
    ])
}

fn latencies() -> Drawn {
    let chart = |answers| -> Result<Vec<Time>, Box<dyn Error>> {
        let tail = Latency::Mixture(
            0.9,
            Box::new(Latency::Uniform(Time::us(300), Time::ms(2))),
            Box::new(Latency::Exponential(Time::ms(12))),
        );
        let store = Leaderless::builder().replicas(5).read_quorum(answers).write_quorum(3).clients(5);
        let load = Workload { operations: 600, ..Workload::default() };
        let (_, seen) = load.run(store.latency(tail).trace(false), &Plan::none())?;
        Ok(seen.read_latencies)
    };
    let many = LatencyChart::new("Latency of a read of five replicas")
        .series("R = 1", chart(1)?)
        .series("R = 3", chart(3)?)
        .series("R = 5", chart(5)?);
    let few = LatencyChart::new("Twenty reads").series("R = 1", chart(1)?.into_iter().step_by(70).take(20));
    Ok(vec![("Latencies", many.figure()), ("Few latencies", few.figure())])
}

fn histories() -> Drawn {
    let op = |client: &str, action, began, ended: Option<u64>| Op {
        client: client.into(),
        key: "x".into(),
        action,
        began: Time::ms(began),
        ended: ended.map(Time::ms),
    };
    let write = |client, value: &str, began, ended| op(client, Action::Write(value.into()), began, ended);
    let read =
        |client, value: &str, began, ended| op(client, Action::Read(vec![value.into()]), began, Some(ended));
    let mut history = History(vec![
        write("w1", "1", 0, Some(1)),
        write("w1", "2", 2, Some(20)),
        read("r1", "2", 3, 4),
        read("r2", "1", 5, 6),
        write("w2", "3", 6, None),
    ]);
    let Verdict::Violated(witness) = linearizable(&history, 1_000) else {
        return Err("it is not linearizable".into());
    };
    let broken = HistoryTimeline::new("New, then old", &history).witness(&witness).figure();
    history.0[3] = read("r2", "2", 5, 6);
    let fine = HistoryTimeline::new("One order that explains it", &history).order([0, 1, 2, 3, 4]).figure();
    let ops = (0..200_u64)
        .map(|i| write(["c1", "c2", "c3"][i as usize % 3], &i.to_string(), 10 * i, Some(10 * i + 25)));
    let many = History(ops.collect());
    let witness = Witness {
        operations: vec![100, 103],
        why: "of two hundred writes, these two are looked at".into(),
        ..Witness::default()
    };
    let long =
        HistoryTimeline::new("The part of a long history to look at", &many).witness(&witness).figure();
    Ok(vec![
        ("A history that is not linearizable", broken),
        ("A history with its points", fine),
        ("A long history", long),
    ])
}

fn lines() -> Figure {
    let line = |share: f64| (1..=7).map(move |n| (f64::from(n), share.powi(n)));
    let chart = Chart::new("Six lines", "replicas asked", "chance that none has it");
    let names = ["0.9", "0.75", "0.6", "0.45", "0.3", "0.15"];
    names.iter().fold(chart, |chart, name| chart.line(*name, line(name.parse().unwrap_or(0.5)))).figure()
}

fn dense() -> Figure {
    let points = |f: fn(f64) -> f64| (0..500).map(move |i| (f64::from(i), f(f64::from(i) / 40.0)));
    Chart::new("Keys whose replicas differ", "time (ms)", "keys")
        .line("hot", points(|x| 4.0 + 3.0 * x.sin()))
        .line("cold", points(|x| 2.0 + x.cos()))
        .figure()
}

fn space_times() -> Drawn {
    let constant = Latency::Constant(Time::ms(1));
    let mut cluster = Leaderless::builder().clients(2).latency(constant).build()?;
    cluster.write("c1", "user:42", "Bob")?;
    cluster.settle().crash("C")?;
    let crash = cluster.mark();
    cluster.write("c1", "user:42", "Alice")?;
    cluster.settle().restart("C")?;
    cluster.read_from("c2", &["A", "C"], "user:42")?;
    cluster.settle();
    let trace = cluster.trace().ok_or("no trace")?;
    let reads = trace
        .entries
        .iter()
        .position(|entry| matches!(&entry.event, Event::Note { text, .. } if text.starts_with("reads")));

    let link = Link { loss: 0.15, duplication: 0.15, ..Link::default() };
    let mut lossy =
        Leaderless::builder().replicas(3).nodes(5).clients(3).link(link).sloppy(true).hints(true).build()?;
    lossy.plan(
        &Plan::none()
            .and(Time::ms(2), Fault::Crash(NodeId(1)))
            .and(Time::ms(4), Fault::Partition(vec![NodeId(0)], vec![NodeId(2), NodeId(3)]))
            .and(Time::ms(12), Fault::Heal)
            .and(Time::ms(14), Fault::Restart(NodeId(1))),
    )?;
    for (client, value) in [("c1", "1"), ("c2", "2"), ("c3", "3")] {
        lossy.write(client, "x", value)?;
    }
    let lossy_trace = lossy.trace().ok_or("no trace")?;
    Ok(vec![
        ("A write, a crash, a write, a read that repairs", SpaceTime::of(trace).figure()),
        (
            "The same since the crash, operations and the read's answer marked",
            SpaceTime::of(trace).since(crash).mark(reads).mark_operations(cluster.history(), [1, 2]).figure(),
        ),
        ("Loss, duplicates, a crash, a partition", SpaceTime::of(lossy_trace).figure()),
    ])
}

//! Runs every cluster of the lab under random faults with a thousand seeds, and prints one number for all traces.
//!
//! ```text
//! cargo run --release -p replication-lab --example trace_hashes
//! ```
//! The numbers are the same on every machine, in debug and in release builds: a test of the course compares them. An
//! optional argument is how many seeds.

use std::error::Error;

use replication_lab::detector::Timeout;
use replication_lab::explore::{Chaos, Scenario, in_parallel};
use replication_lab::leader_follower::{self, CommitLevel, Fencing, LeaderFollower};
use replication_lab::leaderless::{Leaderless, ReadRepair, Scheme, Trial, Workload};
use replication_lab::multi_leader::{Delivery, Kind, Mix, MultiLeader, Topology};
use replication_lab::network::{Latency, Link};
use replication_lab::raft::{self, Raft};
use replication_lab::time::Time;
use xxhash_rust::xxh3::xxh3_64;

/// The hash of the hashes of all traces.
fn digest(seeds: u64, run: impl Fn(u64) -> Result<u64, String> + Sync) -> Result<u64, String> {
    let seeds: Vec<_> = (0..seeds).collect();
    let hashes = in_parallel(&seeds, |seed| run(*seed)).into_iter().collect::<Result<Vec<_>, _>>()?;
    let bytes: Vec<_> = hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect();
    Ok(xxh3_64(&bytes))
}

fn of_scenario<S: Scenario>(scenario: &S, chaos: &Chaos, seed: u64) -> Result<u64, String> {
    let case = chaos.case(scenario, seed);
    let run = scenario.run(&case, true).map_err(|error| format!("seed {seed}: {error:?}"))?;
    Ok(run.trace.map_or(0, |trace| trace.hash()))
}

/// Leaderless clusters with every way to number writes, and links that draw from every distribution.
fn leaderless(seed: u64) -> Result<u64, String> {
    let schemes = [Scheme::ClientCounter, Scheme::Timestamp, Scheme::ReadThenCount, Scheme::Vector];
    let repairs = [ReadRepair::Off, ReadRepair::Background, ReadRepair::Blocking];
    let short = Latency::LogNormal { median: Time::ms(1), sigma: 0.7 };
    let long = Latency::Pareto { minimum: Time::ms(2), shape: 1.8 };
    let latencies = [
        Latency::Uniform(Time::us(300), Time::ms(3)),
        Latency::Mixture(0.8, Box::new(short), Box::new(long)),
        Latency::Plus(Time::us(200), Box::new(Latency::Exponential(Time::ms(2)))),
        Latency::Quantiles(vec![(0.0, Time::us(200)), (0.9, Time::ms(2)), (1.0, Time::ms(30))]),
    ];
    let place = seed as usize;
    let link = Link {
        loss: 0.02,
        duplication: 0.02,
        in_order: seed.is_multiple_of(5),
        ..Link::new(latencies[place % latencies.len()].clone())
    };
    let builder = Leaderless::builder().replicas(3).nodes(5).clients(2).link(link).sloppy(true).hints(true);
    let builder = builder.anti_entropy(Some(Time::ms(50))).versions(schemes[place / 4 % 4]);
    let trial = Trial {
        builder: builder.read_repair(repairs[place % 3]),
        workload: Workload { operations: 8, rest: Time::ms(100), ..Workload::default() },
        demands: Vec::new(),
    };
    let chaos = Chaos::new(7, Time::ms(80)).map_err(|error| error.to_string())?;
    of_scenario(&trial, &chaos, seed)
}

/// Elections of three or five servers, whose disks are slow.
fn raft(seed: u64) -> Result<u64, String> {
    let servers = if seed.is_multiple_of(2) { 3 } else { 5 };
    let sync = Latency::Exponential(Time::ms(2));
    let trial = raft::Trial {
        builder: Raft::builder().elections_only(true).servers(servers).sync(sync),
        patience: Time::s(5),
    };
    let chaos = Chaos::new(servers, Time::ms(900)).map_err(|error| error.to_string())?;
    of_scenario(&trial, &chaos.at_most(5), seed)
}

/// Failovers with every commit level and guard, on disks and links that are slow.
fn leader_follower(seed: u64) -> Result<u64, String> {
    let guards = [Fencing::Off, Fencing::On, Fencing::Unreliable(0.5)];
    let place = seed as usize;
    let builder = LeaderFollower::builder()
        .followers(2)
        .clients(2)
        .level(CommitLevel::ALL[place % 5])
        .acknowledge(["", "FIRST 1 (F1, F2)", "ANY 1 (F1, F2)"][place % 3])
        .sync(Latency::Exponential(Time::ms(2)))
        .timeout(Time::ms(200))
        .pooled(seed.is_multiple_of(2))
        .change_failover(|failover| {
            failover.observers = 3;
            failover.heartbeat = Time::ms(50);
            failover.detector = Box::new(Timeout::new(Time::ms(250)));
            failover.fencing = guards[place / 5 % 3];
            failover.lease = seed.is_multiple_of(7).then_some(Time::ms(250));
        });
    let (within, rest) = (Time::ms(600), Time::s(1));
    let trial = leader_follower::Trial { builder, writes: 20, within, rest, demands: Vec::new() };
    let chaos = Chaos::new(8, Time::ms(600)).map_err(|error| error.to_string())?;
    of_scenario(&trial, &chaos, seed)
}

/// Several leaders under all kinds of work, over links that lose messages, while one of them crashes and comes back.
fn multi_leader(seed: u64) -> Result<u64, String> {
    let place = seed as usize;
    let link = Link { loss: 0.05, duplication: 0.05, ..Link::new(Latency::Exponential(Time::ms(30))) };
    let deliveries = [Delivery::Causal, Delivery::AsItComes];
    let builder = MultiLeader::builder()
        .leaders(&["A", "B", "C", "D"])
        .topology(Topology::ALL[place % 3])
        .delivery(deliveries[place / 3 % 2])
        .link(link)
        .seed(seed);
    let mut cluster = builder.build().map_err(|error| error.to_string())?;
    let plan = cluster.parse_plan("1 s  B crashes\n2 s  B restarts\n500 ms  clock of C is off by +300 ms");
    let plan = plan.map_err(|error| error.to_string())?;
    cluster.plan(&plan).map_err(|error| error.to_string())?;
    let mix = Mix { kinds: Kind::ALL.to_vec(), records: 3, span: Time::s(3), ..Mix::default() };
    mix.measure(&mut cluster).map_err(|error| error.to_string())?;
    Ok(cluster.trace().map_or(0, |trace| trace.hash()))
}

fn main() -> Result<(), Box<dyn Error>> {
    let seeds = std::env::args().nth(1).map_or(Ok(1_000), |seeds| seeds.parse())?;
    println!("leader–follower {seeds} seeds  {:016x}", digest(seeds, leader_follower)?);
    println!("leaderless      {seeds} seeds  {:016x}", digest(seeds, leaderless)?);
    println!("multi-leader    {seeds} seeds  {:016x}", digest(seeds, multi_leader)?);
    println!("raft            {seeds} seeds  {:016x}", digest(seeds, raft)?);
    Ok(())
}

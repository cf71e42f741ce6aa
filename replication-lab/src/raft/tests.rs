//! Elections, as transcripts and under every seed.

mod log;

use super::message::{Envelope, Message};
use super::{Builder, GroupId, Raft};
use crate::network::{Latency, Region};
use crate::time::Time;
use crate::trace::NodeId;
use crate::world::Node;

fn elections() -> Builder {
    Raft::builder().elections_only(true)
}

fn constant() -> Builder {
    elections().latency(Latency::Constant(Time::ms(1))).sync(Latency::Constant(Time::ms(2)))
}

#[test]
fn transcript_of_an_election_a_crash_and_the_next_election() {
    let mut cluster = constant().seed(4).build().unwrap();
    let first = cluster.elect(Time::s(10)).unwrap();
    cluster.run_for(Time::ms(20)).crash(first.leader).unwrap();
    let second = cluster.elect(Time::s(10)).unwrap();
    cluster.restart(first.leader).unwrap().run_for(Time::ms(80));
    assert_eq!(cluster.leader(), Some(second.leader));
    insta::assert_snapshot!(cluster.trace().unwrap().transcript());
}

#[test]
fn transcript_of_a_shorter_log_that_costs_an_election() {
    // s3 lacks an entry: the others deny it their votes and take its term.
    let logs = [vec![1, 1], vec![1, 1], vec![1]];
    let slow = constant().election_timeout(Time::ms(150), Time::ms(160)).logs(logs);
    let runs = (0..50).map(|seed| {
        let mut cluster = slow.clone().seed(seed).build().unwrap();
        cluster.elect(Time::s(10)).unwrap();
        cluster
    });
    let denied = |cluster: &Raft| cluster.told()[0].server == NodeId(2) && cluster.told().len() == 5;
    let transcript = runs.filter(denied).find_map(|cluster| Some(cluster.trace()?.transcript()));
    insta::assert_snapshot!(transcript.unwrap());
}

#[test]
fn equal_timeouts_split_every_vote() {
    let equal = constant().election_timeout(Time::ms(150), Time::ms(150)).trace(false);
    assert_eq!(equal.build().unwrap().win(Time::s(60)), None);
}

#[test]
fn who_lacks_entries_that_a_majority_has_never_leads() {
    for seed in 0..100 {
        let logs = [vec![1, 1, 2], vec![1, 1, 2], vec![1, 1, 2], vec![1, 1, 1, 1], vec![]];
        let cluster = elections().servers(5).logs(logs).trace(false).seed(seed);
        let election = cluster.build().unwrap().elect(Time::s(60)).unwrap();
        assert!(election.leader.0 < 3, "seed {seed}: {election:?}");
    }
}

#[test]
fn a_vote_leaves_the_server_when_it_is_on_disk_and_survives_a_crash() {
    let mut cluster = constant().build().unwrap();
    let (voter, first, second) = (NodeId(0), NodeId(1), NodeId(2));
    let ask = |cluster: &mut Raft, candidate| {
        let message = Message::RequestVote { term: 1, log: Default::default(), pre: false };
        let request = Envelope { group: GroupId(0), message };
        cluster.world.act(voter, |server, out| server.message(candidate, request, out));
    };
    ask(&mut cluster, first);
    cluster.run_for(Time::ms(1)).crash(voter).unwrap().restart(voter).unwrap();
    // It had not answered, and may or may not remember; now it does.
    ask(&mut cluster, first);
    cluster.run_for(Time::ms(3)).crash(voter).unwrap().restart(voter).unwrap();
    ask(&mut cluster, second);
    cluster.run_for(Time::ms(3));
    insta::assert_snapshot!(cluster.trace().unwrap().transcript());
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let hash = |seed| {
        let mut cluster = elections().servers(5).seed(seed).build().unwrap();
        let election = cluster.elect(Time::s(60)).unwrap();
        cluster.crash(election.leader).unwrap().run_for(Time::s(1));
        cluster.trace().unwrap().hash()
    };
    assert_eq!(hash(3), hash(3));
    assert_ne!(hash(3), hash(4));
}

#[test]
fn settings_that_make_no_cluster_say_why() {
    let why = |builder: Builder| builder.build().map(|_| ()).unwrap_err().to_string();
    let all = [
        why(Raft::builder().servers(0)),
        why(Raft::builder().election_timeout(Time::ZERO, Time::ms(1))),
        why(Raft::builder().election_timeout(Time::ms(2), Time::ms(1))),
        why(Raft::builder().heartbeat(Time::ZERO)),
        why(Raft::builder().logs(vec![vec![]; 4])),
        why(Raft::builder().logs([vec![1, 2], vec![2, 1]])),
        why(Raft::builder().latency(Latency::Uniform(Time::ms(2), Time::ms(1)))),
        why(Raft::builder().sync(Latency::Uniform(Time::ms(2), Time::ms(1)))),
        why(Raft::builder().splits(["b", "a"])),
        why(Raft::builder().splits(["m"]).placement([vec![NodeId(0)], vec![NodeId(7)]])),
        why(Raft::builder().homes([NodeId(3)])),
        why(Raft::builder().clients(1).regions(&[Region::Tokyo; 3], &[])),
        constant().build().unwrap().put(1, "x", "1").unwrap_err().to_string(),
        constant().build().unwrap().crash(NodeId(9)).map(|_| ()).unwrap_err().to_string(),
    ];
    insta::assert_snapshot!(all.join("\n"));
}

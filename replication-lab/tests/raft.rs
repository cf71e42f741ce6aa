//! Elections in every order of events, and under random faults; and with a planted bug: votes that are not on disk.

use replication_lab::explore::{Chaos, ChaosError, Limits, Outcome, Search, Trouble, hunt};
use replication_lab::raft::{Raft, Role, Trial, one_leader_per_term};
use replication_lab::time::Time;
use replication_lab::trace::NodeId;

fn search(durable: bool, limits: Limits) -> Search<replication_lab::raft::Server> {
    let servers = Raft::builder().durable(durable).servers_alone().unwrap();
    Search::new(servers, limits).unwrap().symmetric(&[NodeId(0), NodeId(1), NodeId(2)])
}

#[test]
fn in_every_order_of_events_a_term_has_one_leader() {
    // Two time-outs make two candidates; two crashes forget what was not synced, in every possible way.
    let scopes = [(2, 0), (1, 2)].map(|(timers, crashes)| {
        let limits = Limits { timers, crashes, ..Limits::default() };
        let explored = search(true, limits).verify(one_leader_per_term);
        format!("{timers} time-outs, {crashes} crashes: {explored}")
    });
    insta::assert_snapshot!(scopes.join("\n"));
}

#[test]
fn the_shortest_way_to_two_leaders_if_votes_are_not_on_disk() {
    let limits = Limits { timers: 2, crashes: 1, ..Limits::default() };
    let explored = search(false, limits).verify(one_leader_per_term);
    let Outcome::Violated(found, why) = &explored.outcome else { panic!("{explored}") };
    insta::assert_snapshot!(format!("{why}\n{}", found.trace().transcript()));
}

#[test]
fn a_search_from_the_first_leader_finds_the_second() {
    let calm = Limits { timers: 1, ..Limits::default() };
    let leads = |state: &replication_lab::explore::State<_>| {
        state.nodes().any(|server: &replication_lab::raft::Server| *server.role() == Role::Leader)
    };
    let first = search(false, calm).reach(leads);
    let Outcome::Reached(first) = first.outcome else { panic!("{first}") };
    let second = Search::from(&first, Limits { timers: 1, crashes: 1, ..Limits::default() }).unwrap();
    let second = second.verify(one_leader_per_term);
    assert!(matches!(second.outcome, Outcome::Violated(..)), "{second}");
}

#[test]
fn no_fault_makes_two_leaders_and_a_mended_cluster_finds_one() -> Result<(), ChaosError> {
    let trial = Trial { builder: Raft::builder().servers(5), patience: Time::s(60) };
    let chaos = Chaos::new(5, Time::s(3))?.at_most(8);
    let hunt = hunt(&trial, &chaos, 0..300);
    assert!(hunt.smallest.is_none(), "{}\n{}", hunt.sweep, hunt.smallest.unwrap());
    Ok(())
}

#[test]
fn the_smallest_story_of_a_vote_that_was_forgotten() -> Result<(), ChaosError> {
    let trial = Trial { builder: Raft::builder().durable(false), patience: Time::s(60) };
    let kills = Chaos::new(3, Time::ms(400))?.most_down(3).at_most(6).only(&[Trouble::Kill]);
    let hunt = hunt(&trial, &kills, 0..4_000);
    let smallest = hunt.smallest.expect("a vote that is forgotten is given twice");
    insta::assert_snapshot!(format!("{}\n\n{smallest}", hunt.sweep));
    Ok(())
}

//! Elections in every order of events, and under random faults; and with a planted bug: votes that are not on disk.

use replication_lab::explore::{Chaos, ChaosError, Limits, Outcome, Search, State, Trouble, hunt};
use replication_lab::network::Latency;
use replication_lab::raft::{
    GroupId, Member, Raft, Reads, Role, Trial, Writes, committed_stays, one_leader_per_term, safe,
};
use replication_lab::time::Time;
use replication_lab::trace::NodeId;

fn search(durable: bool, limits: Limits) -> Search<Member> {
    let servers = Raft::builder().elections_only(true).durable(durable).servers_alone().unwrap();
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
    let leads = |state: &State<Member>| {
        let roles = state.nodes().filter_map(|member| member.server()?.role());
        roles.into_iter().any(|role| *role == Role::Leader)
    };
    let first = search(false, calm).reach(leads);
    let Outcome::Reached(first) = first.outcome else { panic!("{first}") };
    let second = Search::from(&first, Limits { timers: 1, crashes: 1, ..Limits::default() }).unwrap();
    let second = second.verify(one_leader_per_term);
    assert!(matches!(second.outcome, Outcome::Violated(..)), "{second}");
}

#[test]
fn no_fault_makes_two_leaders_and_a_mended_cluster_finds_one() -> Result<(), ChaosError> {
    let trial = Trial { builder: Raft::builder().elections_only(true).servers(5), patience: Time::s(60) };
    let chaos = Chaos::new(5, Time::s(3))?.at_most(8);
    let hunt = hunt(&trial, &chaos, 0..300);
    assert!(hunt.smallest.is_none(), "{}\n{}", hunt.sweep, hunt.smallest.unwrap());
    Ok(())
}

#[test]
fn the_smallest_story_of_a_vote_that_was_forgotten() -> Result<(), ChaosError> {
    let trial = Trial { builder: Raft::builder().elections_only(true).durable(false), patience: Time::s(60) };
    let kills = Chaos::new(3, Time::ms(400))?.most_down(3).at_most(6).only(&[Trouble::Kill]);
    let hunt = hunt(&trial, &kills, 0..4_000);
    let smallest = hunt.smallest.expect("a vote that is forgotten is given twice");
    insta::assert_snapshot!(format!("{}\n\n{smallest}", hunt.sweep));
    Ok(())
}

fn logs(limits: Limits) -> Search<Member> {
    let servers = Raft::builder().reads(Reads::Committed).servers_alone().unwrap();
    Search::new(servers, limits).unwrap().symmetric(&[NodeId(0), NodeId(1), NodeId(2)])
}

#[test]
fn in_every_order_of_events_what_is_committed_stays() {
    // Every leader begins its term with an entry, so two elections make two entries that compete for a place.
    let scopes = [(2, 0, 0), (1, 1, 1)].map(|(timers, losses, crashes)| {
        let limits = Limits { timers, losses, crashes, ..Limits::default() };
        format!("time-outs {timers}, losses {losses}, crashes {crashes}: {}", logs(limits).verify(safe))
    });
    insta::assert_snapshot!(scopes.join("\n"));
}

/// Figure 8 of the paper, step by step: if a leader counts copies of an entry of an earlier term, what it takes for
/// committed is not in the log of the next leader. That the rule as it is never does so: the test before.
#[test]
fn counting_copies_of_an_earlier_term_loses_a_committed_entry() {
    let careless = Raft::builder().reads(Reads::Committed).most_entries(1).counts_old_terms(true);
    let mut search = Search::new(careless.servers_alone().unwrap(), ONE).unwrap();
    // s1 leads term 1, s2 leads term 2 before it hears of that entry, s1 leads term 3 and copies its old entry.
    for (leader, term, committed) in [(0, 1, 0), (1, 2, 0), (0, 3, 0), (0, 3, 1)] {
        let explored = search.reach(|state| {
            let group = state
                .nodes()
                .nth(leader)
                .and_then(Member::server)
                .and_then(|server| server.group(GroupId(0)));
            let group = group.expect("a server has its group");
            *group.role() == Role::Leader && group.term() == term && group.committed() >= committed
        });
        let Outcome::Reached(step) = explored.outcome else { panic!("term {term}: {explored}") };
        search = Search::from(&step, ONE).unwrap();
    }
    let explored = search.verify(committed_stays);
    let Outcome::Violated(found, why) = &explored.outcome else { panic!("{explored}") };
    insta::assert_snapshot!(format!("{why}\n{}", found.trace().transcript()));
}

/// One time-out a step.
const ONE: Limits =
    Limits { timers: 1, losses: 0, duplicates: 0, crashes: 0, states: 1_000_000, depth: u32::MAX };

fn writes() -> Writes {
    let builder = Raft::builder().clients(2).patience(Time::s(1)).sync(Latency::Exponential(Time::ms(1)));
    Writes { builder, operations: 8, patience: Time::s(20) }
}

#[test]
fn under_faults_every_key_is_one_register_and_the_cluster_works_again() -> Result<(), ChaosError> {
    for (name, builder) in [
        ("as it is", writes().builder),
        ("leases, pre-votes", writes().builder.reads(Reads::Lease).pre_vote(true).check_quorum(true)),
        ("two ranges", writes().builder.splits(["y"])),
    ] {
        let chaos = Chaos::new(3, Time::s(2))?.at_most(6).only(&BUT_CLOCKS);
        let hunt = hunt(&Writes { builder, ..writes() }, &chaos, 0..100);
        assert!(hunt.smallest.is_none(), "{name}: {}\n{}", hunt.sweep, hunt.smallest.unwrap());
    }
    Ok(())
}

/// Leases hold as long as clocks do.
const BUT_CLOCKS: [Trouble; 4] = [Trouble::Crash, Trouble::Partition, Trouble::OneWayCut, Trouble::Loss];

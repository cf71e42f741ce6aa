//! Entries, commitment, reads, membership and ranges.

use std::collections::BTreeSet;

use crate::history::{Verdict, linearizable};
use crate::network::{Latency, Region};
use crate::raft::{Acknowledge, Builder, GroupId, Raft, Reads, Request, Told};
use crate::time::Time;
use crate::trace::NodeId;

const S1: NodeId = NodeId(0);
const S2: NodeId = NodeId(1);
const S3: NodeId = NodeId(2);

/// Three servers, s1 leading from the start, and two clients.
fn cluster() -> Builder {
    Raft::builder()
        .clients(2)
        .homes([S1])
        .latency(Latency::Constant(Time::ms(1)))
        .sync(Latency::Constant(Time::ms(2)))
        .election_timeout(Time::ms(150), Time::ms(300))
}

fn isolate(raft: &mut Raft, plan: &str) {
    let plan = raft.parse_plan(&format!("{} {plan}", raft.now())).unwrap();
    raft.plan(&plan).unwrap();
    raft.run_for(Time::us(1));
}

#[test]
fn transcript_of_a_write_and_a_read() {
    let mut raft = cluster().build().unwrap();
    raft.run_for(Time::ms(20));
    assert!(raft.put(1, "x", "1").unwrap());
    assert_eq!(raft.get(2, "x").unwrap(), Some(Some("1".into())));
    insta::assert_snapshot!(raft.trace().unwrap().transcript());
}

#[test]
fn an_isolated_leader_acknowledges_nothing_and_its_entry_is_rolled_back() {
    let mut raft = cluster().patience(Time::ms(700)).build().unwrap();
    raft.run_for(Time::ms(20));
    assert!(raft.put(1, "x", "1").unwrap());
    isolate(&mut raft, "partition: c1 s1 | s2 s3 c2");
    raft.assign(
        1,
        [crate::raft::Job { pause: Time::ZERO, request: Request::Put("x".into(), "lost".into()) }],
    )
    .unwrap();
    assert!(raft.put(2, "x", "2").unwrap(), "the others elect a leader and go on");
    raft.run_for(Time::ms(700));
    let lost = raft.history().0.into_iter().find(|op| op.written() == Some("lost")).unwrap();
    assert_eq!(lost.ended, None, "nobody was told that it is written");
    isolate(&mut raft, "all links are open");
    raft.run_for(Time::ms(200));
    let rolled_back = raft.told().iter().find(|report| matches!(report.told, Told::RolledBack(_))).unwrap();
    assert_eq!(rolled_back.server, S1);
    assert_eq!(raft.get(1, "x").unwrap(), Some(Some("2".into())));
    let logs: Vec<_> = raft.ids().map(|id| raft.group(id, GroupId(0)).unwrap().log().clone()).collect();
    assert!(logs.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(linearizable(&raft.history(), 10_000), Verdict::Holds);
}

/// MongoDB's rollback: with `w: 1` the write that the isolated primary took was acknowledged.
#[test]
fn what_only_the_leader_acknowledged_is_lost_with_it() {
    let mut raft = cluster().acknowledge(Acknowledge::Leader).reads(Reads::Received).build().unwrap();
    raft.run_for(Time::ms(20));
    isolate(&mut raft, "partition: c1 s1 | s2 s3 c2");
    assert!(raft.put(1, "x", "lost").unwrap(), "acknowledged at once");
    assert_eq!(raft.get(1, "x").unwrap(), Some(Some("lost".into())), "and read there");
    assert!(raft.put(2, "y", "2").unwrap());
    isolate(&mut raft, "all links are open");
    raft.run_for(Time::ms(400));
    assert_eq!(raft.get(1, "x").unwrap(), Some(None));
    let told: Vec<String> = raft
        .told()
        .iter()
        .filter_map(|report| match &report.told {
            Told::RolledBack(entries) => {
                let entries: Vec<_> = entries.iter().map(|entry| entry.command.to_string()).collect();
                Some(format!("s{} rolls back {}", report.server.0 + 1, entries.join(", ")))
            }
            _ => None,
        })
        .collect();
    assert_eq!(told, ["s1 rolls back x=lost"]);
    assert!(matches!(linearizable(&raft.history(), 10_000), Verdict::Violated(_)));
}

/// Who is cut off and still takes itself for the leader answers a read with what is old: by which rules?
#[test]
fn a_deposed_leader_answers_reads_by_some_rules_only() {
    let read = |reads: Reads| {
        let mut raft = cluster().reads(reads).patience(Time::ms(800)).build().unwrap();
        raft.run_for(Time::ms(20));
        assert!(raft.put(1, "x", "old").unwrap());
        isolate(&mut raft, "partition: c1 s1 | s2 s3 c2");
        assert!(raft.put(2, "x", "new").unwrap());
        raft.run_for(Time::ms(1));
        let read = raft.get(1, "x").unwrap();
        (read, linearizable(&raft.history(), 10_000) == Verdict::Holds)
    };
    let old = || Some(Some("old".to_owned()));
    assert_eq!(read(Reads::Received), (old(), false));
    assert_eq!(read(Reads::Committed), (old(), false));
    assert_eq!(read(Reads::Confirmed), (None, true), "it can't confirm that it leads");
    assert_eq!(read(Reads::Lease), (None, true), "its lease is over before another can lead");
}

#[test]
fn a_lease_saves_the_round_trip_of_a_read() {
    let took = |reads: Reads| {
        let mut raft = cluster().reads(reads).build().unwrap();
        raft.run_for(Time::ms(100));
        let asked = raft.now();
        raft.get(1, "x").unwrap();
        raft.now() - asked
    };
    assert_eq!(took(Reads::Lease), Time::ms(2), "there and back");
    assert_eq!(took(Reads::Confirmed), Time::ms(4), "and one round to the followers");
}

/// A clock that runs fast by more than is allowed for ends the others' patience while the lease still holds.
#[test]
fn a_lease_is_broken_by_a_clock_that_stands_still() {
    let stale = |slow: bool| {
        let mut raft = cluster().reads(Reads::Lease).patience(Time::ms(800)).build().unwrap();
        raft.run_for(Time::ms(100));
        assert!(raft.put(1, "x", "old").unwrap());
        if slow {
            isolate(&mut raft, "clock of s1 drifts by -900000 ppm");
        }
        isolate(&mut raft, "partition: c1 s1 | s2 s3 c2");
        assert!(raft.put(2, "x", "new").unwrap());
        raft.get(1, "x").unwrap() == Some(Some("old".into()))
    };
    assert!(!stale(false));
    assert!(stale(true), "by its own clock, hardly any time has passed");
}

#[test]
fn a_server_that_was_cut_off_deposes_the_leader_unless_it_asks_first() {
    let deposed = |pre_vote: bool| {
        let mut raft = cluster().pre_vote(pre_vote).build().unwrap();
        raft.run_for(Time::ms(50));
        isolate(&mut raft, "partition: s3 | s1 s2 c1 c2");
        raft.run_for(Time::s(2));
        isolate(&mut raft, "all links are open");
        raft.run_for(Time::s(1));
        raft.told().iter().filter(|report| matches!(report.told, Told::Leads(_))).count() > 1
    };
    assert!(deposed(false), "its term has grown meanwhile, and everybody follows the higher term");
    assert!(!deposed(true), "nobody says that it would vote for it, so its term has not grown");
}

#[test]
fn a_leader_that_hears_from_no_majority_gives_up() {
    let leads = |check_quorum: bool| {
        let mut raft = cluster().check_quorum(check_quorum).build().unwrap();
        raft.run_for(Time::ms(50));
        isolate(&mut raft, "partition: s1 | s2 s3 c1 c2");
        raft.run_for(Time::s(1));
        raft.group(S1, GroupId(0)).unwrap().leader() == Some(S1)
    };
    assert!(leads(false));
    assert!(!leads(true));
}

#[test]
fn members_join_and_leave_one_at_a_time() {
    let all = [S1, S2, S3, NodeId(3)];
    let mut raft = cluster().servers(4).placement([vec![S1, S2, S3]]).build().unwrap();
    raft.run_for(Time::ms(20));
    raft.put(1, "x", "1").unwrap();
    raft.change_members(1, GroupId(0), all).unwrap();
    raft.run_for(Time::ms(100));
    let joined = raft.group(NodeId(3), GroupId(0)).unwrap();
    assert_eq!(joined.members(), &BTreeSet::from(all));
    assert_eq!(joined.table().get("x"), Some(&"1".to_owned()), "it got the whole log");
    // The leader itself leaves: the others elect one.
    raft.change_members(1, GroupId(0), [S2, S3, NodeId(3)]).unwrap();
    raft.run_for(Time::s(1));
    assert!(raft.put(1, "x", "2").unwrap());
    let leader = raft.leader_of(GroupId(0)).unwrap();
    assert_ne!(leader, S1);
    assert!(!raft.group(leader, GroupId(0)).unwrap().members().contains(&S1));
}

#[test]
fn two_members_at_once_are_refused() {
    let mut raft = cluster().servers(5).placement([vec![S1, S2, S3]]).patience(Time::s(1)).build().unwrap();
    raft.run_for(Time::ms(20));
    let five: Vec<NodeId> = raft.ids().collect();
    raft.change_members(1, GroupId(0), five).unwrap();
    assert_eq!(raft.group(S1, GroupId(0)).unwrap().members().len(), 3);
}

/// Two ranges, each led where its readers are.
#[test]
fn ranges_have_leaders_of_their_own() {
    let regions = [Region::Virginia, Region::Frankfurt, Region::Tokyo];
    let mut raft = Raft::builder()
        .servers(3)
        .clients(2)
        .regions(&regions, &[Region::Virginia, Region::Tokyo])
        .splits(["n"])
        .homes([S1, S3])
        .election_timeout(Time::s(1), Time::s(2))
        .heartbeat(Time::ms(250))
        .reads(Reads::Lease)
        .build()
        .unwrap();
    raft.elect(Time::s(10)).unwrap();
    raft.run_for(Time::s(1));
    assert_eq!((raft.leader_of(GroupId(1)), raft.leader_of(GroupId(2))), (Some(S1), Some(S3)));
    let mut took = |client: u16, key: &str| {
        let asked = raft.now();
        raft.put(client, key, "1").unwrap();
        let written = raft.now();
        raft.get(client, key).unwrap();
        format!("c{client}, {key}: written in {}, read in {}", written - asked, raft.now() - written)
    };
    let all = [took(1, "apple"), took(1, "zebra"), took(2, "apple"), took(2, "zebra")];
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn a_crash_of_all_forgets_nothing_that_was_acknowledged() {
    for seed in 0..40 {
        let mut raft = cluster().sync(Latency::Exponential(Time::ms(3))).seed(seed).build().unwrap();
        raft.run_for(Time::ms(20));
        for value in 0..5 {
            raft.put(1, "x", &value.to_string()).unwrap();
        }
        for id in raft.ids() {
            raft.crash(id).unwrap();
        }
        for id in raft.ids() {
            raft.restart(id).unwrap();
        }
        assert_eq!(raft.get(2, "x").unwrap(), Some(Some("4".into())), "seed {seed}");
    }
}

/// A retry of a write whose answer was lost must not undo a later write.
#[test]
fn a_write_that_is_asked_for_again_takes_effect_once() {
    let mut raft = cluster().retry_after(Time::us(1_500)).build().unwrap();
    raft.run_for(Time::ms(20));
    assert!(raft.put(1, "x", "1").unwrap());
    let entries = raft.group(S1, GroupId(0)).unwrap().log().entries().to_vec();
    let of_x = entries.iter().filter(|entry| entry.command.to_string() == "x=1").count();
    assert_eq!(of_x, 1, "{entries:?}");
}

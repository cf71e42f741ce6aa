//! Leaders that write at the same time.

use super::*;
use crate::network::{Latency, Link, Region};
use crate::time::Time;
use crate::world::Fault;
use proptest::prelude::*;

fn built(builder: Builder) -> MultiLeader {
    builder.build().unwrap()
}

fn both(cluster: &MultiLeader, key: &str) -> [String; 2] {
    ["VA", "EU"].map(|leader| cluster.read(leader, key).unwrap())
}

/// The address of chapter 5: a move at 1 ms in Virginia, a corrected spelling at 3 ms in Europe.
fn address(resolution: Resolution) -> MultiLeader {
    let builder = MultiLeader::builder().resolution(resolution).first_lsn(&[8_000, 5_500]);
    let mut crm = built(builder.latency(Latency::Constant(Time::ms(149))));
    crm.run_until(Time::ms(1));
    crm.put("VA", "customer_42", "456 Oak Ave, NYC").unwrap();
    crm.run_until(Time::ms(3));
    crm.put("EU", "customer_42", "123 Main Street, NYC").unwrap();
    crm.settle();
    crm
}

#[test]
fn transcript_of_two_addresses() {
    let crm = address(Resolution::LastWriteWins);
    insta::assert_snapshot!(crm.trace().unwrap().transcript());
    insta::assert_snapshot!(crm.conflict_table().figure().as_text());
}

#[test]
fn every_strategy_gives_both_leaders_the_same_address() {
    let strategies = [
        Resolution::LastWriteWins,
        Resolution::ReplicaPriority(vec!["VA".into(), "EU".into()]),
        Resolution::Union,
        Resolution::OnWrite(Handler::Longer),
        Resolution::OnRead,
    ];
    let rows = strategies.map(|strategy| {
        let name = strategy.to_string();
        let crm = address(strategy);
        let [va, eu] = both(&crm, "customer_42");
        assert_eq!(va, eu, "{name}");
        format!("{name}: {va}")
    });
    insta::assert_snapshot!(rows.join("\n"), @r"
    last write wins: 123 Main Street, NYC
    priority VA > EU: 456 Oak Ave, NYC
    union: 123 Main Street, NYC/456 Oak Ave, NYC
    on write: keep the longer: 123 Main Street, NYC
    on read: 123 Main Street, NYC | 456 Oak Ave, NYC
    ");
}

#[test]
fn a_handler_that_looks_at_who_is_asked_never_agrees() {
    let read = |handler| both(&address(Resolution::OnWrite(handler)), "customer_42");
    assert_eq!(read(Handler::KeepMine), ["456 Oak Ave, NYC", "123 Main Street, NYC"]);
    assert_eq!(read(Handler::TakeTheirs), ["123 Main Street, NYC", "456 Oak Ave, NYC"]);
    let crm = address(Resolution::OnWrite(Handler::KeepMine));
    assert!(crm.is_level() && crm.differing() == ["customer_42"], "everything has arrived, and they differ");
}

/// A record is created at 100.0 s and deleted at 100.4 s by a leader that knows of it, with this clock.
fn created_and_deleted(skew_us: i64, deleted_at: Time) -> [String; 2] {
    let mut crm = built(MultiLeader::builder().latency(Latency::Constant(Time::ms(75))));
    crm.skew("EU", skew_us).unwrap().run_until(Time::s(100));
    crm.insert("VA", "customer_7", "here").unwrap();
    crm.run_until(deleted_at);
    crm.delete("EU", "customer_7").unwrap();
    both(crm.settle(), "customer_7")
}

#[test]
fn a_slow_clock_brings_a_deleted_record_back() {
    let later = Time::ms(100_400);
    assert_eq!(created_and_deleted(0, later), ["nothing", "nothing"]);
    assert_eq!(created_and_deleted(-1_000_000, later), ["here", "here"], "stamped 99.4, the delete loses");
    assert_eq!(created_and_deleted(-400_000, later), ["nothing", "nothing"], "on a tie the delete wins");
    assert_eq!(created_and_deleted(-400_001, later), ["here", "here"]);
}

#[test]
fn a_clock_that_is_set_back_loses_a_leader_s_own_later_write() {
    let mut crm = built(MultiLeader::builder());
    crm.run_until(Time::s(10)).put("VA", "x", "first").unwrap();
    crm.strike(Fault::Jump(crate::trace::NodeId(0), -5_000_000)).unwrap();
    crm.put("VA", "x", "second").unwrap();
    assert_eq!(both(crm.settle(), "x"), ["first", "first"]);
}

#[test]
fn counters_sets_and_texts_keep_what_both_did() {
    let mut crm = built(MultiLeader::builder());
    crm.count("VA", "likes", 5).unwrap();
    crm.count("EU", "likes", 3).unwrap();
    crm.add("VA", "tags", "new").unwrap();
    crm.add("EU", "tags", "vip").unwrap();
    crm.write_text("VA", "note", 0, "call ").unwrap();
    crm.write_text("EU", "note", 0, "mail ").unwrap();
    crm.settle();
    crm.remove("VA", "tags", "new").unwrap();
    crm.add("EU", "tags", "new").unwrap();
    crm.erase("EU", "note", 4).unwrap();
    crm.count("EU", "likes", -10).unwrap();
    crm.settle();
    assert_eq!(crm.differing(), Vec::<String>::new());
    insta::assert_snapshot!(crm.table().figure().as_text());
    assert_eq!(
        crm.put("VA", "likes", "9").unwrap_err().to_string(),
        MultiLeaderError::OtherKind("likes".into()).to_string()
    );
    insta::assert_snapshot!(crm.add("VA", "likes", "me").unwrap_err(), @"likes: a PN-Counter cannot merge an OR-Set: give a field one type on all replicas, and a new name when its type changes");
    insta::assert_snapshot!(crm.erase("VA", "note", 99).unwrap_err(), @"note: place 99 is beyond a text of 9 characters; take one from 0 to 8");
}

/// Four leaders, of which one is far: C hears of A late.
fn far(delivery: Delivery) -> MultiLeader {
    let names = ["A", "B", "C"];
    let builder = MultiLeader::builder().leaders(&names).delivery(delivery);
    let mut cluster = built(builder.latency(Latency::Constant(Time::ms(10))));
    let slow = Fault::Delay(crate::trace::NodeId(0), crate::trace::NodeId(2), Time::ms(200));
    cluster.strike(slow).unwrap();
    cluster.insert("A", "order 1", "new").unwrap();
    cluster.run_until(Time::ms(20));
    cluster.update("B", "order 1", "paid").unwrap();
    cluster.settle();
    cluster
}

#[test]
fn an_update_overtakes_its_insert_unless_it_waits() {
    let late = far(Delivery::AsItComes);
    assert_eq!(late.read("C", "order 1").unwrap(), "new", "it never gets the update");
    assert_eq!((late.differing(), late.leader("C").unwrap().skipped().len()), (vec!["order 1".into()], 1));
    let held = far(Delivery::Causal);
    assert_eq!((held.read("C", "order 1").unwrap(), held.differing()), ("paid".into(), vec![]));
    insta::assert_snapshot!(held.trace().unwrap().transcript());
}

/// Five leaders; one is down while each of the others writes a record. Who has how many in the end?
fn one_down(topology: Topology, dead: &str, repair: bool) -> String {
    let names = ["A", "B", "C", "D", "E"];
    let builder = MultiLeader::builder().leaders(&names).topology(topology).trace(false);
    let mut cluster = built(builder.latency(Latency::Constant(Time::ms(10))));
    cluster.crash(dead).unwrap();
    if repair {
        cluster.leave_out(dead).unwrap();
    }
    let alive = || names.into_iter().filter(|name| *name != dead);
    alive().for_each(|name| {
        cluster.put(name, &format!("from {name}"), "x").unwrap();
    });
    cluster.run_for(Time::s(5));
    let has = |name: &str| format!("{name}{}", cluster.leader(name).unwrap().records().len());
    alive().map(has).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_dead_leader_breaks_a_ring_and_a_dead_root_breaks_a_star() {
    assert_eq!(one_down(Topology::Ring, "C", false), "A3 B4 D1 E2", "each hears only of those before it");
    assert_eq!(one_down(Topology::Star, "A", false), "B1 C1 D1 E1");
    assert_eq!(one_down(Topology::Star, "C", false), "A4 B4 D4 E4");
    assert_eq!(one_down(Topology::AllToAll, "C", false), "A4 B4 D4 E4");
    for topology in Topology::ALL {
        for dead in ["A", "B", "C", "D", "E"] {
            let repaired = one_down(topology, dead, true);
            assert!(
                repaired.split(' ').all(|has| has.ends_with('4')),
                "{topology} without {dead}: {repaired}"
            );
        }
    }
}

#[test]
fn what_could_not_be_told_is_told_when_the_leader_is_back() {
    for topology in Topology::ALL {
        let builder = MultiLeader::builder().leaders(&["A", "B", "C", "D"]).topology(topology).trace(false);
        let mut cluster = built(builder);
        cluster.crash("A").unwrap();
        for name in ["B", "C", "D"] {
            cluster.put(name, name, "x").unwrap();
        }
        assert_eq!(cluster.put("A", "A", "x").map(|_| ()), Err(MultiLeaderError::Down("A".into())));
        cluster.run_for(Time::s(5)).restart("A").unwrap().settle();
        assert!(cluster.is_level() && cluster.differing().is_empty(), "{topology}");
        assert_eq!(cluster.leader("A").unwrap().records().len(), 3, "{topology}");
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Put(usize, usize),
    Insert(usize, usize),
    Update(usize, usize),
    Delete(usize, usize),
    Count(usize, i64),
    Wait(u64),
    Cut(usize),
    Heal,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..3usize, 0..2usize).prop_map(|(leader, key)| Step::Put(leader, key)),
        (0..3usize, 0..2usize).prop_map(|(leader, key)| Step::Insert(leader, key)),
        (0..3usize, 0..2usize).prop_map(|(leader, key)| Step::Update(leader, key)),
        (0..3usize, 0..2usize).prop_map(|(leader, key)| Step::Delete(leader, key)),
        (0..3usize, -3..4i64).prop_map(|(leader, by)| Step::Count(leader, by)),
        (1..60u64).prop_map(Step::Wait),
        (0..3usize).prop_map(Step::Cut),
        Just(Step::Heal),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    /// Whatever happens, in whatever topology, over whatever network: when everything has arrived, all agree, and
    /// counters have counted everything.
    #[test]
    fn leaders_converge(steps in proptest::collection::vec(step(), 1..25), seed in any::<u64>()) {
        let names = ["A", "B", "C"];
        let link = Link {
            loss: 0.1, duplication: 0.1, ..Link::new(Latency::Uniform(Time::ms(1), Time::ms(50)))
        };
        for topology in Topology::ALL {
            for resolution in [
                Resolution::LastWriteWins,
                Resolution::ReplicaPriority(vec!["B".into()]),
                Resolution::Union,
                Resolution::OnRead,
            ] {
                let said = format!("{topology}, {resolution}");
                let builder = MultiLeader::builder().leaders(&names).topology(topology).resolution(resolution);
                let mut cluster = built(builder.link(link.clone()).trace(false).seed(seed));
                let mut counted = 0;
                for (nth, step) in steps.iter().enumerate() {
                    let (value, key) = (nth.to_string(), |key: usize| format!("k{key}"));
                    match *step {
                        Step::Put(leader, k) => drop(cluster.put(names[leader], &key(k), &value).unwrap().clone()),
                        Step::Insert(leader, k) => drop(cluster.insert(names[leader], &key(k), &value).cloned()),
                        Step::Update(leader, k) => drop(cluster.update(names[leader], &key(k), &value).cloned()),
                        Step::Delete(leader, k) => drop(cluster.delete(names[leader], &key(k)).cloned()),
                        Step::Count(leader, by) => {
                            cluster.count(names[leader], "n", by).unwrap();
                            counted += by;
                        }
                        Step::Wait(ms) => drop(cluster.run_for(Time::ms(ms)).now()),
                        Step::Cut(leader) => {
                            let rest: Vec<_> = names.into_iter().filter(|name| *name != names[leader]).collect();
                            cluster.partition(&[names[leader]], &rest).unwrap();
                        }
                        Step::Heal => drop(cluster.heal().now()),
                    }
                }
                cluster.heal().settle();
                prop_assert!(cluster.is_level(), "{said}");
                prop_assert_eq!(cluster.differing(), Vec::<String>::new(), "{}", said);
                if steps.iter().any(|step| matches!(step, Step::Count(..))) {
                    prop_assert_eq!(cluster.read("A", "n").unwrap(), counted.to_string(), "{}", said);
                }
            }
        }
    }
}

/// Three leaders on three continents.
fn world(resolution: Resolution) -> Builder {
    MultiLeader::builder()
        .leaders(&["VA", "EU", "TK"])
        .regions(&[Region::Virginia, Region::Frankfurt, Region::Tokyo])
        .resolution(resolution)
        .trace(false)
}

#[test]
fn what_a_mix_of_work_shows() {
    let run_with = |name: &str, mix: Mix, ahead: i64| {
        let mut cluster = built(world(Resolution::LastWriteWins));
        cluster.skew("EU", ahead).unwrap();
        (name.to_owned(), mix.measure(&mut cluster).unwrap())
    };
    let run = |name: &str, kinds: &[Kind], ahead| {
        run_with(name, Mix { kinds: kinds.to_vec(), ..Mix::default() }, ahead)
    };
    let runs = [
        run("overwrite", &[Kind::Overwrite], 0),
        run("overwrite, a clock ahead", &[Kind::Overwrite], 500_000),
        run("create, update, delete", &[Kind::CreateAndDelete], 0),
        run("count by put", &[Kind::CountByPut], 0),
        run("count", &[Kind::Count], 0),
        run("set by put", &[Kind::AddByPut], 0),
        run("set", &[Kind::Add], 0),
        run("text by put", &[Kind::TypeByPut], 0),
        run("text", &[Kind::Type], 0),
        run_with("sign up", Mix { kinds: vec![Kind::SignUp], rate: 50.0, ..Mix::default() }, 0),
        run_with("buy", Mix { kinds: vec![Kind::Buy], rate: 50.0, ..Mix::default() }, 0),
    ];
    let by_name = |name: &str| &runs.iter().find(|(known, _)| known == name).unwrap().1;
    assert_eq!(by_name("overwrite").later_lost, 0, "right clocks lose the earlier one");
    assert!(by_name("overwrite").lost > 20 && by_name("overwrite, a clock ahead").later_lost > 20);
    for merging in ["count", "set", "text"] {
        assert_eq!(
            (by_name(merging).lost, by_name(&format!("{merging} by put")).lost > 20),
            (0, true),
            "{merging}"
        );
    }
    assert!(by_name("sign up").names_twice > 0 && by_name("buy").oversold > 0);
    for (name, seen) in &runs {
        assert_eq!(seen.differing, 0, "{name}");
        assert!(seen.level_after.is_some(), "{name}");
    }
    insta::assert_snapshot!(mix_table(&runs).figure().as_text());
    let homes =
        Mix { homes: true, ..Mix::default() }.measure(&mut built(world(Resolution::default()))).unwrap();
    assert_eq!((homes.conflicts, homes.lost), (0, 0), "who writes at home meets nobody");
}

/// Two leaders, each with half of the writes of a record: a write is in conflict with those of the other one that are
/// committed within a delay before it or after it.
#[test]
fn conflicts_are_as_many_as_rate_times_delay() {
    for delay in [20, 75, 150] {
        let builder = MultiLeader::builder().latency(Latency::Constant(Time::ms(delay))).trace(false);
        let mix = Mix { rate: 10.0, records: 50, span: Time::s(600), ..Mix::default() };
        let measured = mix.measure(&mut built(builder)).unwrap();
        let of_a_record = 10.0 / 50.0;
        let expected = measured.writes as f64 * of_a_record * delay as f64 / 1e3;
        let ratio = measured.conflicts as f64 / expected;
        assert!((0.75..1.25).contains(&ratio), "{delay} ms: {} of {expected}", measured.conflicts);
    }
}

#[test]
fn what_cannot_be_says_why() {
    let why = |builder: Builder| builder.build().map(|_| ()).unwrap_err().to_string();
    let mut cluster = built(MultiLeader::builder());
    cluster.insert("VA", "a", "1").unwrap();
    let unknown = cluster.put("TK", "a", "1").unwrap_err().to_string();
    let mut refused: Vec<String> = vec![
        why(MultiLeader::builder().leaders(&[])),
        why(MultiLeader::builder().leaders(&["A", "A"])),
        why(MultiLeader::builder().regions(&[Region::Tokyo])),
        why(MultiLeader::builder().first_lsn(&[1, 2, 3])),
        why(MultiLeader::builder().resend(Time::ZERO)),
        unknown,
    ];
    refused.push(cluster.insert("VA", "a", "1").unwrap_err().to_string());
    refused.push(cluster.update("VA", "b", "1").unwrap_err().to_string());
    refused.push(cluster.delete("EU", "a").unwrap_err().to_string());
    refused.push(cluster.count("VA", "a", 1).unwrap_err().to_string());
    refused.push(Mix { kinds: vec![], ..Mix::default() }.measure(&mut cluster).unwrap_err().to_string());
    cluster.crash("VA").unwrap();
    refused.push(cluster.put("VA", "a", "1").unwrap_err().to_string());
    insta::assert_snapshot!(refused.join("\n"));
}

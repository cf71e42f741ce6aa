//! Partitions that replicate independently: what a reader sees of two of them together.

use std::collections::BTreeSet;

use replication_lab::leader_follower::*;
use replication_lab::network::Latency;
use replication_lab::time::Time;

fn partition(lag: Time) -> Builder {
    LeaderFollower::builder()
        .followers(1)
        .clients(3)
        .latency(Latency::Constant(Time::ms(1)))
        .server("F1", move |f1| f1.ship_after = lag)
}

fn shop(a: u64, b: u64, placement: Placement) -> Partitioned {
    Partitioned::new([("A", partition(Time::ms(a))), ("B", partition(Time::ms(b)))], placement).unwrap()
}

fn apart() -> Placement {
    Placement::listed([("question", "A"), ("reply", "B")])
}

/// A question at 0 and its reply, then looks of the observer at F1 at these times.
fn asked_and_answered(mut shop: Partitioned, looks: &[u64]) -> (Partitioned, Vec<String>) {
    shop.write("c1", "talk/question", "How much?").unwrap();
    shop.write("c2", "talk/reply", "$42").unwrap();
    let keys = ["talk/question", "talk/reply"];
    let mut seen = Vec::new();
    for at in looks {
        shop.run_until(Time::ms(*at));
        let values = shop.look_at("c3", "F1", &keys).unwrap();
        seen.push(values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
    }
    (shop, seen)
}

#[test]
fn an_observer_sees_the_answer_before_the_question() {
    let (shop, seen) = asked_and_answered(shop(800, 50, apart()), &[20, 300, 900]);
    assert_eq!(seen, ["nothing, nothing", "nothing, $42", "How much?, $42"]);
    insta::assert_snapshot!(format!("{}\n{}", shop.prefix(), shop.timeline("Answer before question")));
    assert_eq!(shop.broken_looks(), (1, 3));
}

#[test]
fn in_one_partition_the_prefix_holds_for_all_delays() {
    let looks: Vec<u64> = (1..60).map(|step| 20 * step).collect();
    let mut broken_apart = 0;
    for a in (0..=1_000).step_by(100) {
        for b in (0..=1_000).step_by(100) {
            let together = Placement::listed([("question", "B"), ("reply", "B")]);
            let (same, _) = asked_and_answered(shop(a, b, together), &looks);
            assert!(same.prefix().holds(), "{a} and {b}: {}", same.prefix());
            let (split, _) = asked_and_answered(shop(a, b, apart()), &looks);
            broken_apart += u32::from(!split.prefix().holds());
            // The reply comes four milliseconds after the question, and looks every twenty.
            assert!(split.prefix().holds() || a > b, "{a} and {b}");
        }
    }
    assert_eq!(broken_apart, 55, "whenever the question's partition is the slower one");
}

#[test]
fn a_key_has_one_place_and_a_conversation_too() {
    let by_key = shop(0, 0, Placement::ByKey);
    let by_prefix = shop(0, 0, Placement::ByPrefix);
    let places = |shop: &Partitioned, talk: u32| -> BTreeSet<String> {
        (0..10).map(|line| shop.place(&format!("talk-{talk}/{line}")).to_owned()).collect()
    };
    assert!((0..20).all(|talk| places(&by_prefix, talk).len() == 1));
    assert!((0..20).any(|talk| places(&by_key, talk).len() == 2));
    let both: BTreeSet<String> = (0..20).flat_map(|talk| places(&by_prefix, talk)).collect();
    assert_eq!(both.len(), 2, "talks are spread");
}

#[test]
fn no_routing_keeps_the_question_before_the_reply_and_one_copy_of_one_partition_does() {
    let costs = compare_prefix(150, &ReadFrom::COMPARED).unwrap();
    println!("{}", prefix_table(&costs));
    for cost in &costs {
        assert_eq!(cost.one_copy, 0.0, "{cost:?}");
        let from_followers = cost.policy != ReadFrom::Leader;
        assert_eq!(cost.two_partitions > 0.1, from_followers, "{cost:?}");
    }
    let of = |policy| costs.iter().find(|cost| cost.policy == policy).unwrap();
    assert!(of(ReadFrom::Followers).one_partition > 0.02, "two reads of one page go to two followers");
    assert_eq!(of(ReadFrom::Sticky).one_partition, 0.0);
}

#[test]
fn partitions_that_can_not_be_say_why() {
    let one = || partition(Time::ZERO);
    let why = |partitions: Vec<(&'static str, Builder)>, placement| {
        Partitioned::new(partitions, placement).err().unwrap().to_string()
    };
    assert!(why(vec![], Placement::ByKey).contains("choose a value above 0"));
    assert!(why(vec![("A", one()), ("A", one())], Placement::ByKey).contains("a name of its own"));
    assert!(why(vec![("A", one())], Placement::listed([("x", "C")])).contains("choose from A"));
}

//! Chapters 8 and 10: replication in practice, connections.

use replication_lab::capacity::followers_needed;

use super::*;

#[test]
fn answers_may_be_written_in_many_ways() {
    for (id, forms) in [
        ("Q8.2a", vec!["c"]),
        ("Q8.3a", vec!["acegh", "A, C, E, G and H"]),
        ("Q8.4", vec!["R L S P", "rlsp", "R → L → S → P"]),
        ("Q8.5a", vec!["Z F M K D", "ZFMKD", "1=Z 2=F 3=M 4=K 5=D"]),
        ("Q8.6", vec!["f"]),
        ("Q8.7", vec!["C P G M R G"]),
        ("Q8.9a", vec!["a", "1 and 2"]),
        ("Q8.9b", vec!["T R V A"]),
        ("Q8.9c", vec!["P C C K P", "K C C K P"]),
        ("Q8.10", vec!["X A L F"]),
        ("Q10.1", vec!["C A B D", "C A D B"]),
        ("Q10.3", vec!["S R V B R S"]),
        ("Q10.4", vec!["A/A N/N C/C C/A"]),
        ("Q10.5", vec!["C/C C/L A/L A/C C/C"]),
        ("Q10.6", vec!["790", "790.4"]),
        ("Q10.7a", vec!["c"]),
        ("Q10.7b", vec!["d"]),
        ("Q10.9", vec!["Y M D C S R L"]),
        ("Q10.10", vec!["A/L/S/N C/D/S/N C/D/S/O A/L/M/N A/L/S/O"]),
    ] {
        for form in forms {
            assert_eq!(verdict(id, form), Verdict::Right, "{id} {form}: {}", answer(id, form).figure());
        }
    }
}

/// The numbers of nodes are what the lab's formula gives; one more is enough for any single loss, and none fewer is.
#[test]
fn how_many_nodes() {
    let nodes = |replay: f64| followers_needed(50_000.0, 0.5, replay, 200_000.0).expect("it can be done") + 1;
    assert_eq!(verdict("Q8.8a", f64::from(nodes(0.3))), Verdict::Right);
    assert_eq!(verdict("Q8.8b", f64::from(nodes(0.5))), Verdict::Right);
    let after_a_loss = |nodes: u32| f64::from(nodes - 1) * 25_000.0;
    let enough = (1..20).find(|n| after_a_loss(*n) >= 200_000.0).expect("some number is enough");
    assert_eq!(verdict("Q8.8c", f64::from(enough)), Verdict::Right);
}

/// Which two of the four end in the order that is asked for, by what each waits for.
#[test]
fn who_waits_longest() {
    let (local, europe, tokyo) = (1, 80, 160);
    let mut waits =
        [("A", local + europe.min(tokyo)), ("B", local), ("C", local.max(europe).max(tokyo)), ("D", local)];
    waits.sort_by_key(|(_, ms)| std::cmp::Reverse(*ms));
    let order: Vec<&str> = waits.iter().map(|(key, _)| *key).collect();
    assert_eq!(verdict("Q10.1", order), Verdict::Right);
    assert!(says("Q10.1", "C A B D", "1 + 80 = 81 ms"));
}

/// All ways to put five voters into regions: none into two survives every loss, and into three only 2-2-1.
#[test]
fn where_five_voters_survive() {
    let survives = |regions: &[u32]| regions.iter().all(|lost| 5 - lost >= 3);
    assert!((1..=4).all(|a| !survives(&[a, 5 - a])));
    let three: Vec<[u32; 3]> = (1..=3)
        .flat_map(|a| (1..=a).map(move |b| (a, b)))
        .filter(|(a, b)| a + b < 5 && 5 - a - b <= *b)
        .map(|(a, b)| [a, b, 5 - a - b])
        .collect();
    assert_eq!(three, [[2, 2, 1], [3, 1, 1]]);
    assert_eq!(three.iter().map(|r| survives(r)).collect::<Vec<_>>(), [true, false]);
}

/// The cost, from its figures, and the wrong values from the mistakes that they stand for.
#[test]
fn what_the_second_region_costs() {
    let (server, gigabytes, price) = (0.5 * 730.0, 100.0, 0.02);
    assert_eq!(verdict("Q10.6", 2.0 * server + 30.0 * gigabytes * price), Verdict::Right);
    for (value, part) in [
        (2.0 * server + gigabytes * price, "one day's traffic"),
        (server + 30.0 * gigabytes * price, "one server"),
        (2.0 * server + 2.0 * 30.0 * gigabytes * price, "the traffic twice"),
        (3.0 * server + 30.0 * gigabytes * price, "three servers"),
    ] {
        assert!(says("Q10.6", value, part), "{value}");
    }
}

/// The unreachable questions of the tree: both answers of the second one are results.
#[test]
fn which_questions_are_reached() {
    let ends = [(true, false), (true, true), (true, true), (true, true), (true, true)];
    let reached = 1 + ends.iter().take_while(|(yes, no)| !(*yes && *no)).count();
    assert_eq!(reached, 2);
    assert_eq!(verdict("Q8.9a", "1 and 2"), Verdict::Right);
}

#[test]
fn feedback_reads_well() {
    if crate::edition::is_edition("model answers") {
        return;
    }
    let shown = |id: &str, given: &str| format!("{id} ⇐ {given}\n\n{}", answer(id, given).figure());
    let all = [
        shown(
            "Q8.2b",
            "Small accounts are pushed to their followers, the large one is pulled and merged at read time.",
        ),
        shown("Q8.3a", "abc"),
        shown("Q8.3b", "Add two more followers, then the lag goes away."),
        shown("Q8.4", "R S L P"),
        shown("Q8.5a", "F F M K Z"),
        shown("Q8.8b", "9"),
        shown("Q8.9c", "C C C K P"),
        shown("Q10.1", "D B A C"),
        shown("Q10.5", "C/C A/L A/L C/C C/C"),
        shown("Q10.8", "Nothing conflicts any more, the copies converge."),
        shown("Q10.10", "A/L/S/N C/D/S/N C/D/S/O A/L/M/N A/L/S/O"),
    ]
    .join("\n\n──────\n\n");
    insta::assert_snapshot!(all);
}

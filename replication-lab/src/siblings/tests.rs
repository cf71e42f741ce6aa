//! Stores of one server and of several, as plain values.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{Scheme, SiblingLimit, SiblingStore, Writer};
use crate::causality::VersionVector;
use crate::time::Time;

fn blind() -> VersionVector {
    VersionVector::default()
}

fn store(server: &str, scheme: Scheme) -> SiblingStore {
    SiblingStore::new(server, scheme)
}

fn put(store: &mut SiblingStore, value: &str, context: &VersionVector) -> VersionVector {
    store.put("x", value.to_owned(), context).unwrap()
}

/// X writes v1; then X writes v2 and Y writes v3, both with the context of v1: what is kept.
fn stale_context(scheme: Scheme) -> String {
    let mut a = store("A", scheme);
    let mut write = |ms, client: &str, number, value: &str, context: &VersionVector| {
        a.set_clock(Time::ms(ms));
        let writer = Writer { client: client.into(), number, context: context.clone() };
        a.put("x", value.into(), writer).unwrap()
    };
    let first = write(1, "X", 1, "v1", &blind());
    write(2, "X", 2, "v2", &first);
    write(3, "Y", 1, "v3", &first);
    a.describe("x")
}

#[test]
fn a_stale_context_shows_which_schemes_can_name_two_writes() {
    let kept = Scheme::ALL.map(|scheme| format!("{scheme:<16} {}", stale_context(scheme)));
    insta::assert_snapshot!(kept.join("\n"));
}

#[test]
fn blind_writes_at_one_server() {
    let kept = Scheme::ALL.map(|scheme| {
        let mut a = store("A", scheme);
        for (number, value) in (1..).zip(["1", "2", "3"]) {
            a.set_clock(Time::ms(number));
            let writer = Writer { client: format!("c{number}"), number: 1, context: blind() };
            a.put("x", value.to_owned(), writer).unwrap();
        }
        format!("{scheme:<16} {}", a.describe("x"))
    });
    insta::assert_snapshot!(kept.join("\n"));
}

#[test]
fn twins_that_sync_are_taken_for_one_version() {
    let (mut a, mut b) = (store("A", Scheme::ServerVector), store("B", Scheme::ServerVector));
    let first = put(&mut a, "v1", &blind());
    put(&mut a, "v2", &first);
    b.sync_from(&a);
    put(&mut a, "v3", &first);
    b.sync_from(&a);
    assert_eq!(a.describe("x"), "v2 {A:2} | v3 {A:2}");
    assert_eq!(b.describe("x"), "v2 {A:2}", "B believes that it has v3");
    let (mut a, mut b) = (store("A", Scheme::Dotted), store("B", Scheme::Dotted));
    let first = put(&mut a, "v1", &blind());
    put(&mut a, "v2", &first);
    b.sync_from(&a);
    put(&mut a, "v3", &first);
    b.sync_from(&a);
    assert_eq!(b.describe("x"), "v2 (A,2){A:1} | v3 (A,3){A:1}");
}

#[test]
fn the_cart_at_two_servers() {
    for scheme in [Scheme::Dotted, Scheme::ServerVector, Scheme::MaxPlusOne, Scheme::MergedVector] {
        for merges_at_a in [true, false] {
            let (mut a, mut b) = (store("A", scheme), store("B", scheme));
            put(&mut a, "milk", &blind());
            put(&mut b, "eggs", &blind());
            b.sync_from(&a);
            a.sync_from(&b);
            assert_eq!((a.values("x"), a.context("x").to_string()), (b.values("x"), "{A:1 B:1}".into()));
            assert_eq!(b.values("x"), ["milk", "eggs"]);
            let (merger, other) = if merges_at_a { (&mut a, &mut b) } else { (&mut b, &mut a) };
            let context = merger.context("x");
            put(merger, "milk and eggs", &context);
            other.sync_from(merger);
            assert_eq!(other.values("x"), ["milk and eggs"]);
            let expected = if merges_at_a { "{A:2 B:1}" } else { "{A:1 B:2}" };
            assert_eq!(other.context("x").to_string(), expected, "{scheme}");
        }
    }
}

#[test]
fn without_a_sync_the_demo_of_the_source_loses_nothing_because_it_merges_nothing() {
    let (mut a, mut b) = (store("A", Scheme::ServerVector), store("B", Scheme::ServerVector));
    put(&mut a, "milk", &blind());
    put(&mut b, "eggs", &blind());
    let context = b.context("x");
    put(&mut b, "eggs", &context);
    assert_eq!(b.describe("x"), "eggs {B:2}");
}

#[test]
fn who_has_seen_one_sibling_replaces_that_one_alone() {
    let (mut a, mut b) = (store("A", Scheme::Dotted), store("B", Scheme::Dotted));
    let milk = put(&mut a, "milk", &blind());
    put(&mut b, "eggs", &blind());
    a.sync_from(&b);
    put(&mut a, "oat milk", &milk);
    assert_eq!(a.values("x"), ["eggs", "oat milk"]);
}

#[test]
fn what_is_deleted_stays_deleted_and_concurrent_values_stay() {
    let (mut a, mut b) = (store("A", Scheme::Dotted), store("B", Scheme::Dotted));
    let milk = put(&mut a, "milk", &blind());
    b.sync_from(&a);
    a.delete("x", &milk).unwrap();
    assert_eq!((a.values("x").len(), a.describe("x")), (0, "† (A,2){A:1}".into()));
    put(&mut b, "eggs", &blind());
    a.sync_from(&b);
    b.sync_from(&a);
    assert_eq!((a.values("x"), b.values("x")), (vec!["eggs".to_owned()], vec!["eggs".to_owned()]));
}

#[test]
fn a_server_that_was_away_for_too_long_brings_back_what_was_deleted() {
    for (away, back) in [(Time::s(5), false), (Time::s(20), true)] {
        let (mut a, mut late) = (store("A", Scheme::Dotted), store("B", Scheme::Dotted));
        let milk = put(&mut a, "milk", &blind());
        late.sync_from(&a);
        a.delete("x", &milk).unwrap();
        a.set_clock(away);
        let forgotten = a.collect_tombstones(Time::s(10));
        assert_eq!(!forgotten.is_empty(), back);
        a.sync_from(&late);
        assert_eq!(!a.values("x").is_empty(), back, "away for {away}");
    }
}

#[test]
fn after_a_key_was_forgotten_its_numbers_are_not_used_again() {
    let (mut a, mut b) = (store("A", Scheme::Dotted), store("B", Scheme::Dotted));
    let milk = put(&mut a, "milk", &blind());
    a.delete("x", &milk).unwrap();
    b.sync_from(&a);
    a.set_clock(Time::s(20));
    assert_eq!(a.collect_tombstones(Time::s(10)), ["x"]);
    put(&mut a, "eggs", &blind());
    assert_eq!(a.describe("x"), "eggs (A,3){}");
    b.sync_from(&a);
    assert_eq!(b.values("x"), ["eggs"], "B has seen (A,1) and (A,2), and not this one");
}

#[test]
fn contexts_from_the_future_and_from_strangers_count_as_seen() {
    let mut a = store("A", Scheme::Dotted);
    put(&mut a, "v1", &blind());
    let context = put(&mut a, "v2", &VersionVector::from([("A", 7), ("Q", 3)]));
    assert_eq!(a.describe("x"), "v2 (A,8){A:7 Q:3}");
    assert_eq!(context.to_string(), "{A:8 Q:3}");
}

#[test]
fn too_many_siblings_are_refused_until_somebody_merges() {
    let limit = SiblingLimit { warn: 2, most: 3 };
    let mut a = store("A", Scheme::Dotted).with_limit(limit);
    for value in ["1", "2", "3"] {
        put(&mut a, value, &blind());
        assert_eq!(a.warns("x"), value != "1");
    }
    let why = a.put("x", "4".into(), &blind()).unwrap_err().to_string();
    assert_eq!(
        why,
        "x has 3 siblings, and more are not taken: read it, merge the values, and write with the context of that read"
    );
    assert_eq!(a.context("x").to_string(), "{A:3}", "nothing has changed");
    put(&mut a, "all", &VersionVector::from([("A", 3)]));
    assert_eq!(a.values("x"), ["all"]);
}

#[test]
fn last_write_wins_by_clocks_that_may_be_wrong() {
    let (mut a, mut b) = (store("A", Scheme::LastWriteWins), store("B", Scheme::LastWriteWins));
    a.set_clock(Time::ms(500));
    put(&mut a, "early, by a clock that is ahead", &blind());
    b.sync_from(&a);
    b.set_clock(Time::ms(20));
    let context = b.context("x");
    put(&mut b, "late", &context);
    assert_eq!(b.values("x"), ["early, by a clock that is ahead"], "though its writer had read it");
}

#[test]
fn the_golden_case_of_the_paper() {
    let stored = |scheme| {
        let mut store = store("A", scheme);
        put(&mut store, "v1", &blind());
        put(&mut store, "v2", &blind());
        put(&mut store, "v3", &VersionVector::from([("A", 1)]));
        store.describe("x")
    };
    assert_eq!(stored(Scheme::Dotted), "v2 (A,2){} | v3 (A,3){A:1}");
    assert_eq!(stored(Scheme::MergedVector), "v1 | v2 | v3 {A:3}");
}

/// What happens: which client, at which server, and whether it reads there before it writes, or syncs the server from
/// the next one instead.
fn steps() -> impl Strategy<Value = Vec<(usize, usize, u8)>> {
    proptest::collection::vec((0..3usize, 0..3usize, 0..4u8), 1..40)
}

/// Runs the steps at three servers, and syncs them all. Returns what the first one keeps, and what it should keep by
/// definition: the writes that are in no other write's past, with the pasts as sets of writes.
fn run(scheme: Scheme, steps: &[(usize, usize, u8)]) -> (BTreeSet<usize>, BTreeSet<usize>) {
    let mut stores = ["A", "B", "C"].map(|server| store(server, scheme));
    let mut clients = vec![(blind(), BTreeSet::new(), 0); 3];
    let mut pasts: Vec<BTreeSet<usize>> = Vec::new();
    for (client, server, what) in steps {
        if *what == 3 {
            let peer = stores[(server + 1) % 3].clone();
            stores[*server].sync_from(&peer);
            continue;
        }
        let (context, past, written) = &mut clients[*client];
        if *what == 0 {
            *context = stores[*server].context("x");
            past.clear();
            for value in stores[*server].values("x") {
                let write: usize = value.parse().unwrap();
                past.insert(write);
                past.extend(&pasts[write]);
            }
        }
        *written += 1;
        let writer = Writer { client: client.to_string(), number: *written, context: context.clone() };
        stores[*server].put("x", pasts.len().to_string(), writer).unwrap();
        pasts.push(past.clone());
    }
    for (to, from) in [(1, 0), (2, 1), (0, 2), (1, 0), (2, 1), (0, 2)] {
        let peer = stores[from].clone();
        stores[to].sync_from(&peer);
    }
    let kept = stores[0].values("x").iter().map(|value| value.parse().unwrap()).collect();
    let replaced: BTreeSet<usize> = pasts.iter().flatten().copied().collect();
    (kept, (0..pasts.len()).filter(|write| !replaced.contains(write)).collect())
}

proptest! {
    #[test]
    fn dotted_versions_keep_exactly_what_nobody_has_replaced(steps in steps()) {
        let (kept, concurrent) = run(Scheme::Dotted, &steps);
        prop_assert_eq!(kept, concurrent);
    }

    #[test]
    fn merged_vectors_lose_nothing_but_keep_too_much(steps in steps()) {
        let (kept, concurrent) = run(Scheme::MergedVector, &steps);
        prop_assert!(kept.is_superset(&concurrent), "{:?} {:?}", kept, concurrent);
    }

    #[test]
    fn clients_that_read_before_they_write_are_told_apart_by_a_slot_each(steps in steps()) {
        let reading: Vec<_> = steps.into_iter().map(|(c, s, what)| (c, s, if what == 3 { 3 } else { 0 })).collect();
        let (kept, concurrent) = run(Scheme::ClientVector, &reading);
        // A client's own earlier write counts as seen, though it wrote it at another server and has not read it.
        prop_assert!(kept.is_subset(&concurrent), "{:?} {:?}", kept, concurrent);
    }

    #[test]
    fn who_has_seen_everything_replaces_everything(steps in steps()) {
        for scheme in Scheme::ALL {
            let mut store = store("A", scheme);
            for (place, (client, ..)) in steps.iter().enumerate() {
                store.set_clock(Time::ms(place as u64));
                let writer = Writer { client: client.to_string(), number: place as u64 + 1, context: blind() };
                store.put("x", client.to_string(), writer).unwrap();
            }
            store.set_clock(Time::s(1));
            store.put("x", "all".into(), &store.context("x")).unwrap();
            prop_assert_eq!(store.values("x"), ["all"], "{}", scheme);
        }
    }

    #[test]
    fn syncing_twice_or_in_any_order_makes_no_difference(steps in steps()) {
        for scheme in [Scheme::LastWriteWins, Scheme::Dotted, Scheme::MaxPlusOne] {
            let mut stores = ["A", "B"].map(|server| store(server, scheme));
            for (place, (client, server, _)) in steps.iter().enumerate() {
                let store = &mut stores[server % 2];
                store.set_clock(Time::ms(place as u64));
                let context = if *client == 0 { store.context("x") } else { blind() };
                put(store, &place.to_string(), &context);
            }
            let [a, b] = stores;
            let (mut into_a, mut into_b) = (a.clone(), b.clone());
            into_a.sync_from(&b);
            into_b.sync_from(&a);
            prop_assert_eq!(into_a.record("x"), into_b.record("x"));
            prop_assert!(into_a.sync_from(&b).is_empty());
        }
    }
}

#[test]
fn a_client_that_only_writes_makes_as_many_siblings_as_writes() {
    for scheme in [Scheme::MergedVector, Scheme::Dotted] {
        let mut store = store("A", scheme);
        ["a", "b", "c"].into_iter().for_each(|value| {
            put(&mut store, value, &blind());
        });
        assert_eq!(store.values("x"), ["a", "b", "c"]);
    }
}

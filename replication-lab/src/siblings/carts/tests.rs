//! What must be noticed.

use super::*;

fn run(scheme: Scheme, merge: Merge, carts: &Carts) -> CartMeasures {
    Carts { scheme, merge, ..carts.clone() }.run().unwrap().measures
}

/// Some runs, that nothing hangs on one seed.
fn seeds(scheme: Scheme, merge: Merge, carts: &Carts) -> Vec<CartMeasures> {
    (1..=8).map(|seed| run(scheme, merge, &Carts { seed, ..carts.clone() })).collect()
}

fn lost(runs: &[CartMeasures]) -> usize {
    runs.iter().map(|run| run.lost.len()).sum()
}

#[test]
fn every_scheme_beside_the_others() {
    insta::assert_snapshot!(scheme_table(&compare_schemes(&Carts::default()).unwrap()).as_text());
}

#[test]
fn every_merge_beside_the_others() {
    let runs: Vec<CartMeasures> =
        (1..=4).flat_map(|seed| compare_merges(&Carts { seed, ..Carts::default() }).unwrap()).collect();
    insta::assert_snapshot!(scheme_table(&runs).as_text());
}

#[test]
fn clients_that_write_blindly_explode_siblings() {
    let carts = Carts { reads: 0.0, operations: 40, ..Carts::default() };
    let runs = compare_schemes(&carts).unwrap();
    insta::assert_snapshot!(scheme_table(&runs).as_text());
    let dotted = &runs[5];
    assert!(dotted.most_siblings >= 100 && dotted.refused > 0, "as Riak does from 100 on");
    assert!(dotted.lost.is_empty());
}

#[test]
fn last_write_wins_loses_acknowledged_writes() {
    let runs = seeds(Scheme::LastWriteWins, Merge::OrSet, &Carts::default());
    assert!(runs.iter().all(|run| !run.lost.is_empty() && run.most_siblings == 1));
}

#[test]
fn twins_and_maximum_plus_one_lose_writes() {
    for scheme in [Scheme::ServerVector, Scheme::MaxPlusOne] {
        assert!(lost(&seeds(scheme, Merge::OrSet, &Carts::default())) > 0, "{scheme}");
    }
}

#[test]
fn dots_lose_nothing_and_keep_nothing_false() {
    for reads in [1.0, 0.9, 0.5] {
        for run in seeds(Scheme::Dotted, Merge::OrSet, &Carts { reads, ..Carts::default() }) {
            assert_eq!((run.lost.len(), run.false_siblings_per_read), (0, 0.0));
            assert!(!run.servers_differ && run.resurrected.is_empty() && run.missing.is_empty());
        }
    }
}

#[test]
fn a_merged_vector_loses_nothing_and_keeps_what_was_replaced() {
    let runs = seeds(Scheme::MergedVector, Merge::OrSet, &Carts::default());
    assert_eq!(lost(&runs), 0);
    assert!(runs.iter().all(|run| run.false_siblings_per_read > 0.0));
}

#[test]
fn a_slot_a_client_is_as_wide_as_there_are_clients() {
    let carts = Carts { clients: 12, operations: 10, reads: 1.0, ..Carts::default() };
    let [clients, servers] =
        [Scheme::ClientVector, Scheme::Dotted].map(|scheme| run(scheme, Merge::OrSet, &carts));
    assert_eq!((clients.width, servers.width), (12, 3));
}

#[test]
fn union_brings_items_back_and_tombstones_forbid_adding_again() {
    let count = |merge, wrong: fn(&CartMeasures) -> usize| -> usize {
        seeds(Scheme::Dotted, merge, &Carts::default()).iter().map(wrong).sum()
    };
    assert!(count(Merge::Union, |run| run.resurrected.len()) > 0);
    assert!(count(Merge::Tombstones, |run| run.missing.len()) > 0);
    assert_eq!(count(Merge::Tombstones, |run| run.resurrected.len()), 0);
}

#[test]
fn the_same_seed_gives_the_same_run_and_its_faults_bite() {
    let carts = Carts { operations: 10, trace: true, ..Carts::default() };
    let [first, second] = [(); 2].map(|()| carts.run().unwrap());
    assert_eq!(first.measures, second.measures);
    assert_eq!(first.trace.unwrap().hash(), second.trace.unwrap().hash());
    let faults = Carts { scheme: Scheme::LastWriteWins, ..Carts::default() }.run().unwrap().faults;
    assert!(faults.all_bit(), "{faults:?}");
}

#[test]
fn the_chart_has_a_line_for_each_scheme() {
    let carts = Carts { operations: 10, ..Carts::default() };
    let text = siblings_chart("Siblings", &compare_schemes(&carts).unwrap()).as_text().to_owned();
    assert!(Scheme::ALL.iter().all(|scheme| text.contains(&scheme.to_string())), "{text}");
}

#[test]
fn what_cannot_be_says_why() {
    let why = |carts: Carts| carts.run().unwrap_err().to_string();
    assert_eq!(why(Carts { servers: 0, ..Carts::default() }), "0 servers: there can be 1 to 26");
    assert_eq!(why(Carts { reads: 1.5, ..Carts::default() }), "reads is 1.5: a probability is from 0 to 1");
    assert_eq!(
        why(Carts { sync_every: Time::ZERO, ..Carts::default() }),
        "sync_every is zero: it must be longer"
    );
}

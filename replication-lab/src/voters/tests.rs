use super::*;
use crate::network::Region;

/// Every placement of up to two voters in each of up to two zones of three regions, or two.
fn small_placements() -> Vec<Placement> {
    let zones: Vec<Vec<u32>> = (0..9).map(|i| vec![i / 3, i % 3]).collect();
    let mut placements = Vec::new();
    for a in &zones {
        for b in &zones {
            placements.push(Placement { zones: vec![a.clone(), b.clone()] });
            for c in &zones[..4] {
                placements.push(Placement { zones: vec![a.clone(), b.clone(), c.clone()] });
            }
        }
    }
    placements
}

/// Every pair of failures, and each by itself.
fn small_failures(placement: &Placement) -> Vec<Vec<Failure>> {
    let single: Vec<Failure> = Kind::ALL.into_iter().flat_map(|kind| placement.failures(kind)).collect();
    let pairs =
        single.iter().enumerate().flat_map(|(i, a)| single[i..].iter().map(|b| vec![a.clone(), b.clone()]));
    single.iter().map(|one| vec![one.clone()]).chain(pairs).chain([Vec::new()]).collect()
}

/// The voters one by one: region, zone, and whether it is up. A lost server takes the last one of its zone that is up.
fn one_by_one(placement: &Placement, failures: &[Failure]) -> Vec<(usize, bool)> {
    let mut voters = Vec::new();
    for (region, zones) in placement.zones.iter().enumerate() {
        for (zone, count) in zones.iter().enumerate() {
            voters.extend((0..*count).map(|_| (region, zone, true)));
        }
    }
    for failure in failures {
        match failure {
            Failure::Server(r, z) => {
                let lost =
                    voters.iter_mut().rev().find(|(region, zone, up)| (region, zone, *up) == (r, z, true));
                if let Some(voter) = lost {
                    voter.2 = false;
                }
            }
            Failure::Zone(r, z) => {
                voters
                    .iter_mut()
                    .filter(|voter| (&voter.0, &voter.1) == (r, z))
                    .for_each(|voter| voter.2 = false);
            }
            Failure::Region(r) => {
                voters.iter_mut().filter(|voter| voter.0 == *r).for_each(|voter| voter.2 = false);
            }
            Failure::Partition(_) => {}
        }
    }
    voters.into_iter().map(|(region, _, up)| (region, up)).collect()
}

/// Every set of voters, as bits, that are up, reach one another, and are more than half of all.
fn majorities(voters: &[(usize, bool)], failures: &[Failure]) -> Vec<u32> {
    let mut sets = Vec::new();
    for set in 0u32..1 << voters.len() {
        let members = || (0..voters.len()).filter(move |i| set >> i & 1 == 1);
        let up = members().all(|i| voters[i].1);
        let together = || members().all(|i| members().all(|j| connected(voters[i].0, voters[j].0, failures)));
        if 2 * set.count_ones() as usize > voters.len() && up && together() {
            sets.push(set);
        }
    }
    sets
}

#[test]
fn survival_and_latency_are_those_of_counting_all_sets_of_voters() {
    let trips = RoundTrips::lesson();
    let mut survived = [0, 0];
    for placement in small_placements().iter().filter(|placement| placement.voters() <= 5) {
        for failures in small_failures(placement) {
            let voters = one_by_one(placement, &failures);
            let sets = majorities(&voters, &failures);
            assert_eq!(survives(placement, &failures), !sets.is_empty(), "{placement:?} {failures:?}");
            survived[usize::from(sets.is_empty())] += 1;
            for leader in 0..placement.zones.len() {
                // The leader is any voter there; the set that answers first is the one whose slowest is fastest.
                let slowest = |me: usize, set: u32| {
                    let others = (0..voters.len()).filter(move |i| set >> i & 1 == 1 && *i != me);
                    others.map(|i| trips.ms(leader, voters[i].0).unwrap()).max().unwrap_or(0)
                };
                let me = (0..voters.len()).find(|i| voters[*i] == (leader, true));
                let fastest = me.and_then(|me| {
                    let with_me = sets.iter().filter(|set| **set >> me & 1 == 1);
                    with_me.map(|set| slowest(me, *set)).min()
                });
                let latency = commit_latency(placement, leader, &trips, &failures);
                assert_eq!(latency, fastest, "{placement:?} {failures:?} leader {leader}");
            }
        }
    }
    assert!(survived.iter().all(|count| *count > 1_000), "both answers are common: {survived:?}");
}

#[test]
fn a_further_failure_never_helps() {
    for placement in small_placements() {
        for failures in small_failures(&placement) {
            if survives(&placement, &failures) {
                assert!((0..failures.len()).all(|end| survives(&placement, &failures[..end])));
            }
        }
    }
}

#[test]
fn two_regions_never_survive_the_loss_of_either() {
    for (a, b) in (0..8).flat_map(|a| (0..8).map(move |b| (a, b))) {
        assert!(!survives_any(&Placement::by_region(&[a, b]), Kind::Region), "{a} + {b}");
    }
}

#[test]
fn what_placements_survive_and_what_they_cost() {
    let placements = [
        ("1+1+1 in one region", Placement { zones: vec![vec![1, 1, 1]] }),
        ("5 in one zone", Placement { zones: vec![vec![5]] }),
        ("5 in two zones, 3+2", Placement { zones: vec![vec![3, 2]] }),
        ("5 in one region, a zone each", Placement::by_region(&[5])),
        ("3+2", Placement::by_region(&[3, 2])),
        ("2+2", Placement::by_region(&[2, 2])),
        ("1+1+1", Placement::by_region(&[1, 1, 1])),
        ("2+2+1", Placement::by_region(&[2, 2, 1])),
        ("3+1+1", Placement::by_region(&[3, 1, 1])),
        ("1+2+2", Placement::by_region(&[1, 2, 2])),
    ];
    let lesson = placements_table(&placements, &RoundTrips::lesson());
    // With two of the three regions near each other, the best leader stands in one of them.
    let near = RoundTrips::of(&[Region::Virginia, Region::Frankfurt, Region::Ireland]);
    let near = placements_table(&placements[7..8], &near);
    insta::assert_snapshot!([lesson, near].map(|table| table.figure().as_text().to_owned()).join("\n\n"));
}

#[test]
fn when_a_region_is_lost_the_others_are_slower() {
    let (placement, trips) = (Placement::by_region(&[2, 2, 1]), RoundTrips::lesson());
    let best = |failures: &[Failure]| best_leader(&placement, &trips, failures);
    assert_eq!(best(&[]), Some((0, 80)));
    assert_eq!(best(&[Failure::Region(0)]), Some((1, 220)));
    assert_eq!(best(&[Failure::Region(1)]), Some((0, 160)));
    // The minority side of a cut has a leader that commits nothing.
    let cut = [Failure::Partition(vec![0])];
    assert_eq!((commit_latency(&placement, 0, &trips, &cut), best(&cut)), (None, Some((1, 220))));
}

/// A: one synchronous follower, or all; B: asynchronous; C: W = N; D: W = 1.
const RANKED: [Strategy; 5] = [
    Strategy::Leader(1),
    Strategy::Leader(2),
    Strategy::Leader(0),
    Strategy::Leaderless(3),
    Strategy::Leaderless(1),
];

#[test]
fn the_ranking_depends_on_where_the_client_is() {
    let trips = RoundTrips::lesson();
    let ranked =
        |client| RANKED.map(|strategy| write_latency(strategy, client, 0, &[0, 1, 2], &trips).unwrap());
    assert_eq!(ranked(0), [81, 161, 1, 160, 1]);
    assert_eq!(ranked(2), [240, 320, 160, 220, 1]);
    insta::assert_snapshot!(strategies_table(&RANKED, 0, &trips).unwrap().figure().as_text());
}

#[test]
fn waiting_for_more_is_never_faster() {
    let trips = RoundTrips::of(&Region::ALL);
    let all: Vec<usize> = (0..9).collect();
    for (client, leader) in all.iter().flat_map(|client| all.iter().map(move |leader| (*client, *leader))) {
        let wait = |strategy| write_latency(strategy, client, leader, &all, &trips).unwrap();
        assert!((0..8).all(|sync| wait(Strategy::Leader(sync)) <= wait(Strategy::Leader(sync + 1))));
        assert!((1..9).all(|w| wait(Strategy::Leaderless(w)) <= wait(Strategy::Leaderless(w + 1))));
        // Through a leader, a detour: never faster than the way to the leader alone.
        assert!(wait(Strategy::Leader(0)) == trips.ms(client, leader).unwrap());
    }
}

#[test]
fn writes_that_cannot_be() {
    let trips = RoundTrips::lesson();
    let wait = |strategy, client, leader, replicas: &[usize]| {
        write_latency(strategy, client, leader, replicas, &trips)
    };
    assert_eq!(wait(Strategy::Leader(1), 3, 0, &[0, 1]), Err(StrategyError::Region(3)));
    assert_eq!(wait(Strategy::Leader(1), 0, 0, &[0, 7]), Err(StrategyError::Region(7)));
    assert_eq!(wait(Strategy::Leader(1), 0, 2, &[0, 1]), Err(StrategyError::Leader(2)));
    assert_eq!(wait(Strategy::Leader(2), 0, 0, &[0, 1]), Err(StrategyError::TooMany(2, 1)));
    assert_eq!(wait(Strategy::Leaderless(3), 0, 9, &[0, 1]), Err(StrategyError::TooMany(3, 2)));
    assert_eq!(wait(Strategy::Leaderless(0), 0, 0, &[0]), Err(StrategyError::Nobody));
    // Two replicas in one region are two.
    assert_eq!(wait(Strategy::Leader(1), 0, 0, &[0, 0]), Ok(2));
    assert_eq!(RoundTrips::new(&["a", "b"], 1, &[&[], &[]]), Err(TripsError::Row(1, 0, 1)));
    assert_eq!(RoundTrips::new(&["a", "b"], 1, &[&[]]), Err(TripsError::Rows(1, 2)));
    let built = RoundTrips::new(&["VA", "EU", "TYO"], 1, &[&[], &[80], &[160, 220]]);
    assert_eq!(built, Ok(trips));
}

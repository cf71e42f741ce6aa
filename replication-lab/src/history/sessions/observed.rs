//! The session guarantees as clients can see them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::versions::{Age, Demand, Versions, followed};
use super::super::{History, Verdict};

/// Whether a client sees its own acknowledged writes, or newer ones, when it reads. See [the module](super).
pub fn read_your_writes(history: &History) -> Verdict {
    followed(history, |versions| {
        let mut own = BTreeMap::<(&str, &str), Vec<usize>>::new();
        let mut demands = Vec::new();
        for (place, op) in history.0.iter().enumerate() {
            let own = own.entry((&op.client, &op.key)).or_default();
            if versions.found(place).is_some() {
                let latest = versions.latest_before(own, place);
                demands.extend(latest.into_iter().map(|write| Demand {
                    read: place,
                    at_least: write,
                    because: write,
                }));
            }
            if versions.is_acknowledged_write(place) {
                own.push(place);
            }
        }
        verdict(versions, &demands, &[], |demand, age| {
            let (read, write) = (versions.op(demand.read), versions.op(demand.at_least));
            format!("“{read}” came after the client's own “{write}”, but {}", age.tell())
        })
    })
}

/// Whether a client that reads a key again never finds something older. See [the module](super).
pub fn monotonic_reads(history: &History) -> Verdict {
    followed(history, |versions| {
        let demands = monotonic(versions);
        verdict(versions, &demands, &[], |demand, age| {
            let (read, before) = (versions.op(demand.read), versions.op(demand.because));
            format!("“{read}” came after the same client's “{before}”, but {}", age.tell())
        })
    })
}

/// Whether whoever sees a write sees the acknowledged writes that its client made before it, or newer ones. See
/// [the module](super), above all its limits.
pub fn monotonic_writes(history: &History) -> Verdict {
    followed(history, |versions| {
        let mut own = BTreeMap::<&str, Vec<usize>>::new();
        let mut bring: Brought = vec![Vec::new(); history.0.len()];
        for (place, op) in history.0.iter().enumerate().filter(|(_, op)| op.written().is_some()) {
            let own = own.entry(&op.client).or_default();
            bring[place] = versions.latest_before(own, place);
            if versions.is_acknowledged_write(place) {
                own.push(place);
            }
        }
        let whose = |place: usize| format!("what {} wrote later", versions.op(place).client);
        propagated(versions, &bring, &[], whose)
    })
}

/// Whether whoever sees a write sees what its client had read before it wrote, or newer. See [the module](super),
/// above all its limits.
pub fn writes_follow_reads(history: &History) -> Verdict {
    followed(history, |versions| {
        let mut reads = BTreeMap::<&str, Vec<usize>>::new();
        let mut bring: Brought = vec![Vec::new(); history.0.len()];
        let mut given = Vec::new();
        for (place, op) in history.0.iter().enumerate() {
            let reads = reads.entry(&op.client).or_default();
            if op.written().is_some() {
                let before = reads.iter().filter(|read| history.in_session(**read, place));
                let mut seen: BTreeSet<usize> = before.filter_map(|read| versions.source(*read)).collect();
                // A compare-and-set has read what it replaces.
                seen.extend(versions.source(place));
                seen.remove(&place);
                given.extend(seen.iter().filter(|s| versions.op(**s).key == op.key).map(|s| (*s, place)));
                bring[place] = seen.into_iter().collect();
            }
            if versions.found(place).is_some() {
                reads.push(place);
            }
        }
        if !versions.can_meet(&[], &given) {
            let mut guilty: Vec<usize> = given.iter().flat_map(|(before, after)| [*before, *after]).collect();
            guilty.sort_unstable();
            guilty.dedup();
            return Verdict::violated(
                guilty,
                "each of these writes followed a read of another: none can be the first",
            );
        }
        let whose = |place: usize| format!("what {} wrote after reading it", versions.op(place).client);
        propagated(versions, &bring, &given, whose)
    })
}

/// For every write, the writes that whoever sees it must see too.
type Brought = Vec<Vec<usize>>;

fn monotonic(versions: &Versions<'_>) -> Vec<Demand> {
    let mut before = BTreeMap::<(&str, &str), Vec<usize>>::new();
    let mut demands = Vec::new();
    for place in versions.reads() {
        let op = versions.op(place);
        let before = before.entry((&op.client, &op.key)).or_default();
        for because in versions.latest_before(before, place) {
            let at_least = versions.source(because);
            demands.extend(at_least.map(|at_least| Demand { read: place, at_least, because }));
        }
        // A read that found nothing binds nobody; those before it still do.
        if versions.source(place).is_some() {
            before.push(place);
        }
    }
    demands
}

/// Judges a guarantee about what writes bring along, for readers that see no less than before.
fn propagated(
    versions: &Versions<'_>,
    bring: &Brought,
    given: &[(usize, usize)],
    whose: impl Fn(usize) -> String,
) -> Verdict {
    let monotonic = monotonic(versions);
    if versions.judge(&monotonic, &[]).is_some() {
        return Verdict::Unknown(
            "a reader's own reads went back, so that what it misses proves nothing".into(),
        );
    }
    let mut demands = monotonic;
    // What every client must see from now on, by the read that brought it to that, with the write that it follows.
    let mut must_see = BTreeMap::<&str, Vec<(usize, BTreeMap<usize, usize>)>>::new();
    let mut through = BTreeMap::new();
    for place in versions.reads() {
        let op = versions.op(place);
        let sessions = must_see.entry(&op.client).or_default();
        for (because, seen) in
            sessions.iter().filter(|(before, _)| versions.history.in_session(*before, place))
        {
            for (write, shown_by) in seen.iter().filter(|(write, _)| versions.op(**write).key == op.key) {
                demands.push(Demand { read: place, at_least: *write, because: *because });
                through.insert((place, *write, *because), *shown_by);
            }
        }
        let Some(source) = versions.source(place) else { continue };
        // Only what no earlier read of this client has brought along.
        let known = |write: &usize| {
            sessions
                .iter()
                .any(|(before, seen)| seen.contains_key(write) && versions.history.in_session(*before, place))
        };
        let mut seen = BTreeMap::new();
        let mut open = vec![source];
        while let Some(write) = open.pop() {
            for brought in &bring[write] {
                if !known(brought) && !seen.contains_key(brought) {
                    seen.insert(*brought, write);
                    open.push(*brought);
                }
            }
        }
        sessions.push((place, seen));
    }
    demands.sort_by_key(|demand| demand.read);
    verdict(versions, &demands, given, |demand, age| {
        let (read, write) = (versions.op(demand.read), versions.op(demand.at_least));
        let (because, age) = (versions.op(demand.because), age.tell());
        match through.get(&(demand.read, demand.at_least, demand.because)) {
            Some(shown_by) => {
                let whose = whose(*shown_by);
                format!("“{read}” should have seen “{write}”, after “{because}” had seen {whose}, but {age}")
            }
            None => format!("“{read}” came after the same client's “{because}”, but {age}"),
        }
    })
}

fn verdict(
    versions: &Versions<'_>,
    demands: &[Demand],
    given: &[(usize, usize)],
    tell: impl Fn(Demand, Age) -> String,
) -> Verdict {
    let Some((demand, age)) = versions.judge(demands, given) else { return Verdict::Holds };
    let mut guilty = vec![demand.at_least, demand.because, demand.read];
    guilty.extend(versions.source(demand.read));
    guilty.sort_unstable();
    guilty.dedup();
    Verdict::violated(guilty, tell(demand, age))
}

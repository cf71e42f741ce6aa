//! The scenarios of E5.5.

use replication_lab::network::{Latency, Link};
use replication_lab::rng::{Rng, Stream};
use replication_lab::time::Time;

use super::{LwwRegister, Mergeable, MvRegister, OrSet, PnCounter};
use crate::exercise::{Recorder, Task};
use crate::exercises::merging::{Run, Show, laws};

pub(super) fn drive<P: PnCounter, S: OrSet, L: LwwRegister, M: MvRegister>(task: &Task, notes: &Recorder) {
    match task.scenario.as_str() {
        "pn-both-ways" => pn_both_ways::<P>(notes),
        "pn-late" => pn_late::<P>(notes),
        "set-again" => set_again::<S>(notes),
        "set-concurrent" => set_concurrent::<S>(notes),
        "set-late" => set_late::<S>(notes),
        "lww" => lww::<L>(notes),
        "lww-ties" => lww_ties::<L>(notes),
        "mv" => mv::<M>(notes),
        "mv-replaces" => mv_replaces::<M>(notes),
        "network" => network::<P, S>(task.seed, notes),
        "laws" => the_laws::<P, S, L, M>(task.seed, notes),
        "limits" => limits::<P, S, L, M>(notes),
        other => panic!("E5.5 has no scenario {other:?}"),
    }
}

fn count<P: PnCounter>(counter: &P) -> String {
    counter.value().to_string()
}

fn items<S: OrSet>(set: &S) -> String {
    format!("{{{}}}", set.items().join(", "))
}

fn last<L: LwwRegister>(register: &L) -> String {
    register.value().unwrap_or_else(|| "nothing".to_owned())
}

fn all<M: MvRegister>(register: &M) -> String {
    match register.values().as_slice() {
        [] => "nothing".to_owned(),
        values => values.join(" | "),
    }
}

fn run_of<'a, T: Mergeable>(notes: &'a Recorder, names: &[&str], show: Show<T>) -> Run<'a, T> {
    Run::new(notes, names, T::new, T::merge, show)
}

fn pn_both_ways<P: PnCounter>(notes: &Recorder) {
    let mut run = run_of::<P>(notes, &["va", "eu"], count);
    run.act("va", "5 more", |counter| counter.increment(5))
        .act("eu", "3 less", |counter| counter.decrement(3));
    run.ship("va", "eu").ship("eu", "va").ship("eu", "va");
    run.act("va", "4 less", |counter| counter.decrement(4)).ship("va", "eu");
    run.act("eu", "1 more", |counter| counter.increment(1));
    run.end();
}

fn pn_late<P: PnCounter>(notes: &Recorder) {
    let mut run = run_of::<P>(notes, &["va", "eu"], count);
    run.act("va", "5 more", |counter| counter.increment(5));
    let old = run.replicas.state("va");
    run.act("va", "2 less", |counter| counter.decrement(2)).ship("va", "eu");
    run.arrives("va's state of 5 arrives late", "va", "eu", &old);
    run.arrives("and comes back to va", "eu", "va", &old);
    run.act("va", "9 less", |counter| counter.decrement(9))
        .act("va", "6 more", |counter| counter.increment(6));
    run.end();
}

fn set_again<S: OrSet>(notes: &Recorder) {
    let mut run = run_of::<S>(notes, &["phone", "laptop"], items);
    run.act("phone", "adds milk", |set| set.add("milk")).act("phone", "adds butter", |set| set.add("butter"));
    run.ship("phone", "laptop")
        .act("laptop", "removes butter", |set| set.remove("butter"))
        .ship("laptop", "phone");
    run.act("phone", "removes eggs, which nobody added", |set| set.remove("eggs"));
    run.act("phone", "adds butter again", |set| set.add("butter")).ship("phone", "laptop");
    run.act("laptop", "adds eggs", |set| set.add("eggs"))
        .act("laptop", "adds eggs again", |set| set.add("eggs"));
    run.act("laptop", "removes eggs", |set| set.remove("eggs"));
    run.end();
}

fn set_concurrent<S: OrSet>(notes: &Recorder) {
    let mut run = run_of::<S>(notes, &["phone", "laptop"], items);
    run.act("phone", "adds butter", |set| set.add("butter")).ship("phone", "laptop");
    run.act("laptop", "removes butter", |set| set.remove("butter"));
    run.act("phone", "adds butter once more, not knowing", |set| set.add("butter"));
    run.ship("laptop", "phone").ship("phone", "laptop");
    run.act("phone", "adds jam", |set| set.add("jam")).act("laptop", "adds jam", |set| set.add("jam"));
    run.act("phone", "removes jam, of which it knows its own add only", |set| set.remove("jam"));
    run.ship("phone", "laptop").ship("laptop", "phone");
    run.end();
}

fn set_late<S: OrSet>(notes: &Recorder) {
    let mut run = run_of::<S>(notes, &["phone", "laptop", "tablet"], items);
    run.act("phone", "adds milk", |set| set.add("milk")).act("phone", "adds butter", |set| set.add("butter"));
    let old = run.replicas.state("phone");
    run.ship("phone", "laptop")
        .act("laptop", "removes butter", |set| set.remove("butter"))
        .ship("laptop", "phone");
    run.arrives("phone's old state arrives late", "phone", "laptop", &old);
    run.arrives("it comes back to the phone", "laptop", "phone", &old);
    run.arrives("the tablet hears it first", "laptop", "tablet", &old).ship("laptop", "tablet");
    run.act("tablet", "removes milk", |set| set.remove("milk")).ship("tablet", "laptop");
    run.end();
}

fn lww<L: LwwRegister>(notes: &Recorder) {
    let mut run = run_of::<L>(notes, &["VA", "EU"], last);
    let t = 1_705_312_000_000_000;
    run.act("VA", "456 Oak Ave at .001", |r| r.set("456 Oak Ave", t + 1_000));
    run.act("EU", "123 Main Street at .003", |r| r.set("123 Main Street", t + 3_000));
    run.ship("VA", "EU").ship("EU", "VA");
    run.act("VA", "9 Elm St, by a clock that was set back: at .002", |r| r.set("9 Elm St", t + 2_000));
    run.act("VA", "9 Elm St at .004", |r| r.set("9 Elm St", t + 4_000));
    run.end();
    let mut run = run_of::<L>(notes, &["a", "b"], last);
    run.act("a", "created at 100.0 s", |r| r.set("created", 100_000_000));
    run.act("b", "deleted at 100.4 s, by a clock 1 s slow", |r| r.set("deleted", 99_400_000));
    run.end();
}

fn lww_ties<L: LwwRegister>(notes: &Recorder) {
    for order in [["a", "b"], ["b", "a"]] {
        let mut run = run_of::<L>(notes, &["a", "b"], last);
        run.act("a", "zebra at 7", |r| r.set("zebra", 7)).act("b", "ant at 7", |r| r.set("ant", 7));
        run.ship(order[0], order[1]).ship(order[1], order[0]);
        run.act("a", "bee at 7", |r| r.set("bee", 7)).act("b", "cat at 7", |r| r.set("cat", 7));
        run.act("b", "bat at 7", |r| r.set("bat", 7)).act("a", "early at −1", |r| r.set("early", -1));
        run.end();
    }
}

fn mv<M: MvRegister>(notes: &Recorder) {
    let mut run = run_of::<M>(notes, &["VA", "EU"], all);
    run.act("VA", "123 Main St", |r| r.set("123 Main St")).ship("VA", "EU");
    run.act("VA", "456 Oak Ave", |r| r.set("456 Oak Ave"));
    run.act("EU", "123 Main Street", |r| r.set("123 Main Street"));
    run.ship("VA", "EU").ship("EU", "VA").ship("EU", "VA");
    run.act("EU", "456 Oak Avenue, having seen both", |r| r.set("456 Oak Avenue")).ship("EU", "VA");
    run.act("VA", "the same", |r| r.set("same")).act("EU", "the same", |r| r.set("same"));
    run.end();
}

fn mv_replaces<M: MvRegister>(notes: &Recorder) {
    let mut run = run_of::<M>(notes, &["a", "b", "c"], all);
    run.act("a", "milk", |r| r.set("milk")).act("b", "eggs", |r| r.set("eggs"));
    let old = run.replicas.state("a");
    run.ship("a", "c").act("c", "oat milk, having seen milk only", |r| r.set("oat milk"));
    run.ship("b", "a").ship("c", "a");
    run.act("b", "six eggs", |r| r.set("six eggs")).ship("b", "a");
    run.arrives("a's old state arrives late", "a", "c", &old);
    run.arrives("and at b, who has not seen it", "a", "b", &old);
    run.ship("c", "b");
    run.end();
}

/// States are lost, doubled and late: a counter and a set.
fn network<P: PnCounter, S: OrSet>(seed: u64, notes: &Recorder) {
    let names = ["a", "b", "c"];
    let link = || Link { loss: 0.2, duplication: 0.3, ..Link::new(Latency::Exponential(Time::ms(40))) };
    let mut rng = Rng::new(seed, Stream::Workload);
    let mut counters = Run::over(seed, link(), notes, &names, P::new, P::merge, count);
    let mut sets = Run::over(seed, link(), notes, &names, S::new, S::merge, items);
    for _ in 0..14 {
        let who = *rng.pick(&names).unwrap_or(&"a");
        let by = 1 + rng.below(9);
        if rng.chance(0.5) {
            counters.act(who, &format!("{by} more"), |counter| counter.increment(by));
        } else {
            counters.act(who, &format!("{by} less"), |counter| counter.decrement(by));
        }
        let item = *rng.pick(&["milk", "eggs", "jam"]).unwrap_or(&"milk");
        if rng.chance(0.6) {
            sets.act(who, &format!("adds {item}"), |set| set.add(item));
        } else {
            sets.act(who, &format!("removes {item}"), |set| set.remove(item));
        }
        for _ in 0..2 {
            let (from, further) = (rng.below(3) as usize, 1 + rng.below(2) as usize);
            let (from, to) = (names[from], names[(from + further) % 3]);
            counters.replicas.send(from, to);
            sets.replicas.send(from, to);
        }
        if rng.chance(0.4) {
            counters.replicas.settle();
            sets.replicas.settle();
        }
    }
    counters.replicas.mend_the_network();
    sets.replicas.mend_the_network();
    counters.end();
    sets.end();
}

/// States that three replicas have reached by acting and merging.
fn reached<T: Mergeable>(
    seed: u64,
    notes: &Recorder,
    kind: &str,
    show: Show<T>,
    act: impl Fn(&mut T, u64, u64),
) {
    let mut rng = Rng::new(seed, Stream::Workload);
    let mut states: Vec<T> = ["a", "b", "c"].map(T::new).into();
    for round in 1..=3 {
        for step in 0..6 {
            let (here, from) = (rng.below(3) as usize, rng.below(3) as usize);
            act(&mut states[here], rng.below(4), 10 * round + step);
            if rng.chance(0.35) {
                let from = states[from].clone();
                states[here].merge(&from);
            }
        }
        let shown: Vec<String> = states.iter().map(show).collect();
        notes.step(format!("{kind}, round {round}: a, b, c show"), shown.join("; "));
        for (law, got) in laws([&states[0], &states[1], &states[2]], T::merge, show) {
            notes.step(format!("{kind}, round {round}: {law}"), got);
        }
    }
}

fn the_laws<P: PnCounter, S: OrSet, L: LwwRegister, M: MvRegister>(seed: u64, notes: &Recorder) {
    reached::<P>(seed, notes, "PN-Counter", count, |counter, what, _| match what {
        0 | 1 => counter.increment(what + 1),
        _ => counter.decrement(what),
    });
    reached::<S>(seed, notes, "OR-Set", items, |set, what, _| match what {
        0 => set.add("milk"),
        1 => set.add("eggs"),
        2 => set.remove("milk"),
        _ => set.remove("eggs"),
    });
    reached::<L>(seed, notes, "LWW-register", last, |register, what, step| {
        register.set(&format!("v{step}"), what as i64);
    });
    reached::<M>(seed, notes, "MV-register", all, |register, _, step| register.set(&format!("v{step}")));
}

/// All converge, and none is right.
fn limits<P: PnCounter, S: OrSet, L: LwwRegister, M: MvRegister>(notes: &Recorder) {
    let mut balance = run_of::<P>(notes, &["va", "eu"], count);
    balance.act("va", "pays 100 in", |counter| counter.increment(100)).ship("va", "eu");
    balance.act("va", "pays 80 out: there are 100", |counter| counter.decrement(80));
    balance.act("eu", "pays 80 out: there are 100", |counter| counter.decrement(80));
    balance.end();
    let mut names = run_of::<S>(notes, &["va", "eu"], items);
    names.act("va", "“ann” is free: user 1 takes it", |set| set.add("ann = user 1"));
    names.act("eu", "“ann” is free: user 2 takes it", |set| set.add("ann = user 2"));
    names.end();
    let mut text = run_of::<L>(notes, &["va", "eu"], last);
    text.act("va", "corrects the first sentence", |r| r.set("One. two.", 1));
    text.act("eu", "corrects the second sentence", |r| r.set("one. Two.", 2));
    text.end();
    let mut both = run_of::<M>(notes, &["va", "eu"], all);
    both.act("va", "corrects the first sentence", |r| r.set("One. two."));
    both.act("eu", "corrects the second sentence", |r| r.set("one. Two."));
    both.end();
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::*;
    use crate::exercise::Observation;
    use crate::exercises::merging::IN_THE_END;
    use crate::judge::Violation;

    /// What holds for every type that merges: in the end, all replicas show the same.
    pub fn invariants(_: &Task, seen: &Observation) -> Vec<Violation> {
        let mut broken = Vec::new();
        // The ends of the run that is looked at; a name that comes again is of the next one.
        let mut ends: Vec<(&str, &str)> = Vec::new();
        for step in &seen.steps {
            let end = step.what.strip_prefix(IN_THE_END).zip(step.got.as_str());
            let Some((name, shown)) = end else {
                ends.clear();
                continue;
            };
            if ends.iter().any(|(other, _)| *other == name) {
                ends.clear();
            }
            ends.push((name, shown));
            let (first, there) = ends[0];
            if there != shown {
                let why = format!(
                    "every state has reached everybody, and {first} shows {there}, {name} shows {shown}"
                );
                broken.push(Violation::new("all-end-alike", why));
            }
        }
        broken
    }
}

//! The laws of merging, for every type, over the states that its replicas can reach.

use proptest::prelude::*;

use super::*;

/// The replicas' names.
const NAMES: [&str; 3] = ["a", "b", "c"];

/// How many different things `act` knows to do.
const ACTS: u8 = 4;

fn empty_states() -> [Crdt; 6] {
    [
        GCounter::default().into(),
        PnCounter::default().into(),
        LwwRegister::default().into(),
        MvRegister::default().into(),
        OrSet::default().into(),
        Sequence::default().into(),
    ]
}

/// Changes a state at a replica. `step` makes values and stamps differ; two steps may share a clock's reading.
fn act(state: &mut Crdt, replica: &str, what: u8, step: usize) {
    let item = ["milk", "eggs"][usize::from(what) % 2];
    match state {
        Crdt::GCounter(counter) => counter.increment(replica, u64::from(what)).unwrap(),
        Crdt::PnCounter(counter) if what.is_multiple_of(2) => {
            counter.increment(replica, u64::from(what) + 1).unwrap();
        }
        Crdt::PnCounter(counter) => counter.decrement(replica, u64::from(what)).unwrap(),
        Crdt::LwwRegister(register) => {
            register.set(&format!("{replica}{step}"), Stamp::new(i64::from(what), replica));
        }
        Crdt::MvRegister(register) => register.set(replica, &format!("{replica}{step}")),
        Crdt::OrSet(set) if what < 2 => set.add(replica, item),
        Crdt::OrSet(set) => {
            set.remove(item);
        }
        Crdt::Sequence(text) => {
            let place = (step * 7 + usize::from(what)) % (text.len() + 1);
            match what {
                0 if place < text.len() => text.delete(place).unwrap(),
                _ => text.insert(replica, place, char::from(b'a' + (step % 26) as u8)).unwrap(),
            }
        }
    }
}

fn merged(a: &Crdt, b: &Crdt) -> Crdt {
    let mut a = a.clone();
    a.merge(b).unwrap();
    a
}

/// Checks the laws for two and three states.
fn laws(states: &[Crdt]) {
    for a in states {
        assert_eq!(&merged(a, a), a, "idempotent");
        for b in states {
            let ab = merged(a, b);
            assert_eq!(ab, merged(b, a), "commutative");
            assert_eq!(ab.to_string(), merged(b, a).to_string());
            assert_eq!(merged(&ab, a), ab, "monotone: what is merged is contained");
            for c in states {
                assert_eq!(merged(&ab, c), merged(a, &merged(b, c)), "associative");
            }
        }
    }
}

/// One step of a run: a replica acts, or takes over another's state.
#[derive(Clone, Copy, Debug)]
enum Step {
    Act { here: usize, what: u8 },
    Merge { here: usize, from: usize },
}

/// Runs steps. Returns the last states.
fn run(empty: &Crdt, replicas: usize, steps: &[Step]) -> Vec<Crdt> {
    let mut states = vec![empty.clone(); replicas];
    for (number, step) in steps.iter().enumerate() {
        match *step {
            Step::Act { here, what } => {
                let before = states[here].clone();
                act(&mut states[here], NAMES[here], what, number);
                assert_eq!(
                    merged(&states[here], &before),
                    states[here],
                    "monotone: no change makes it smaller"
                );
            }
            Step::Merge { here, from } => states[here] = merged(&states[here], &states[from]),
        }
    }
    states
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let act = (0..3usize, 0..ACTS).prop_map(|(here, what)| Step::Act { here, what });
    let merge = (0..3usize, 0..3usize).prop_map(|(here, from)| Step::Merge { here, from });
    prop::collection::vec(prop_oneof![2 => act, 1 => merge], 0..24)
}

proptest! {
    #[test]
    fn the_laws_hold_for_reachable_states(steps in steps()) {
        for empty in empty_states() {
            let mut states = run(&empty, 3, &steps);
            states.extend(run(&empty, 3, &steps[..steps.len() / 2]));
            laws(&states);
            for state in states {
                let text = serde_json::to_string(&state).unwrap();
                prop_assert_eq!(serde_json::from_str::<Crdt>(&text).unwrap(), state);
            }
        }
    }

    /// Each replica's states, old and new, arrive at a newcomer in any order, some twice.
    #[test]
    fn in_whatever_order_states_arrive_the_end_is_the_same(
        steps in steps(),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        for empty in empty_states() {
            let prefixes = (0..=steps.len()).map(|end| run(&empty, 3, &steps[..end]));
            let history: Vec<Crdt> = prefixes.flatten().collect();
            let last = &history[history.len() - 3..];
            let end = merged(&merged(&last[0], &last[1]), &last[2]);
            let mut newcomer = order.iter().fold(empty.clone(), |mine, which| merged(&mine, which.get(&history)));
            for state in last.iter().rev() {
                newcomer = merged(&newcomer, state);
            }
            prop_assert_eq!(newcomer, end);
        }
    }
}

/// All runs of up to five steps at two replicas with two things to do.
#[test]
fn the_laws_hold_for_every_short_run() {
    let here_and = |here| {
        let acts = [1, 2].map(|what| Step::Act { here, what });
        acts.into_iter().chain([Step::Merge { here, from: 1 - here }])
    };
    let choices: Vec<Step> = (0..2).flat_map(here_and).collect();
    for empty in empty_states() {
        for number in 0..choices.len().pow(5) {
            let digits = (0..5).scan(number, |left, _| {
                let step = choices[*left % choices.len()];
                *left /= choices.len();
                Some(step)
            });
            let steps: Vec<Step> = digits.collect();
            let mut states = run(&empty, 2, &steps);
            states.push(run(&empty, 2, &steps[..3]).swap_remove(0));
            laws(&states);
        }
    }
}

/// What is wrong with merging by addition, by appending, and by taking what came last.
#[test]
fn three_merges_that_break_a_law() {
    let (one, two) = (8, 8);
    assert_ne!(one + two, one, "a sum is not idempotent");
    let append = |a: &str, b: &str| format!("{a}{b}");
    assert_ne!(append("A", "B"), append("B", "A"), "appending is not commutative");
    let last = |_: &str, b: &str| b.to_owned();
    assert_ne!(last("A", "B"), last("B", "A"), "nor is taking what came last");
}

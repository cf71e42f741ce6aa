//! Does every client see causes before their effects? (Ahamad, Neiger, Burns, Kohli & Hutto, *Causal memory:
//! definitions, implementation, and programming*, Distributed Computing 1995.)
//!
//! One operation *causes* another if the same client did it before, or if the other one read what it wrote, or
//! through a chain of these. A history is causal if for every client there is one order of all writes and of its
//! own reads that keeps causes before effects and in which every read returns the latest write:
//!
//! ```text
//! ann  writes lost=1 ── writes found=1
//! bob                                   reads found: 1 ── writes glad=1
//! cat                                                                    reads glad: 1 ── reads lost: nothing
//!                                                                        not causal: lost=1 is a cause of glad=1
//! ```
//!
//! Two clients may see writes that are no cause of each other in different orders: nothing makes copies converge.
//!
//! # How it is decided
//! By the bad patterns of Bouajjani, Enea, Guerraoui & Hamza (*On Verifying Causal Consistency*, POPL 2017,
//! section 5): the history of unique values is causal exactly if no read returns what nobody writes, causes form
//! no circle, and for no client there is a circle, or a read of nothing after a write of its key, in the smallest
//! order that contains the causes and says: if another write of a key comes before a read, it comes before the
//! write that was read.
//!
//! # Limits
//! Values are unique on their key; siblings and appended texts make the verdict [`Verdict::Unknown`], and so do
//! more than 4,000 operations, because the order is kept as a square of bits. A client's operations that overlap
//! are not ordered. An operation without an end is no cause of what its client does next.
//!
//! # Examples
//! ```
//! use replication_lab::history::{Action, History, Op, causal};
//! use replication_lab::time::Time;
//!
//! let op = |client: &str, key: &str, action, began| {
//!     let ended = Some(Time::ms(began + 1));
//!     Op { client: client.into(), key: key.into(), action, began: Time::ms(began), ended }
//! };
//! let history = History(vec![
//!     op("ann", "question", Action::Write("how much?".into()), 0),
//!     op("bob", "question", Action::Read(vec!["how much?".into()]), 2),
//!     op("bob", "reply", Action::Write("$42".into()), 4),
//!     op("cat", "reply", Action::Read(vec!["$42".into()]), 6),
//!     op("cat", "question", Action::Read(vec![]), 8),
//! ]);
//! assert_eq!(
//!     causal(&history).to_string(),
//!     "violated: “cat reads question: nothing” comes after “ann writes question=how much?”, which is a cause of \
//!      what cat saw before"
//! );
//! ```

use std::collections::BTreeMap;

use super::versions::Versions;
use super::{History, Verdict};

/// Most operations that are looked at.
const MOST: usize = 4_000;

/// Whether the history is causal. See [the module](self).
pub fn causal(history: &History) -> Verdict {
    let versions = match Versions::of(history) {
        Ok(versions) => versions,
        Err(why) => return Verdict::Unknown(why),
    };
    let nowhere = versions
        .reads()
        .find(|read| versions.found(*read).flatten().is_some() && versions.source(*read).is_none());
    if let Some(read) = nowhere {
        return Verdict::violated(vec![read], format!("“{}” found what nobody writes", versions.op(read)));
    }
    if history.0.len() > MOST {
        return Verdict::Unknown(format!("{} operations: more than {MOST}", history.0.len()));
    }
    let causes = causes(&versions);
    if let Some(place) = (0..history.0.len()).find(|place| causes.has(*place, *place)) {
        let circle =
            (0..history.0.len()).filter(|other| causes.has(place, *other) && causes.has(*other, place));
        return Verdict::violated(circle.collect(), format!("“{}” is its own cause", versions.op(place)));
    }
    let clients = history.clients();
    clients
        .into_iter()
        .map(|client| seen_by(client, &versions, &causes))
        .find(|v| !v.holds())
        .unwrap_or(Verdict::Holds)
}

/// A transitive order of operations: for each, those after it, as a row of bits.
#[derive(Clone)]
struct Order {
    words: usize,
    after: Vec<u64>,
}

impl Order {
    fn new(len: usize) -> Self {
        let words = len.div_ceil(64);
        Self { words, after: vec![0; len * words] }
    }

    fn has(&self, before: usize, after: usize) -> bool {
        self.after[before * self.words + after / 64] >> (after % 64) & 1 == 1
    }

    /// Puts one operation before another, with all that follows.
    fn put(&mut self, before: usize, after: usize) {
        if self.has(before, after) {
            return;
        }
        let row = |place: usize| place * self.words..(place + 1) * self.words;
        let mut gained = self.after[row(after)].to_vec();
        gained[after / 64] |= 1 << (after % 64);
        for place in 0..self.after.len() / self.words {
            if place == before || self.has(place, before) {
                for (word, more) in self.after[row(place)].iter_mut().zip(&gained) {
                    *word |= more;
                }
            }
        }
    }
}

fn causes(versions: &Versions<'_>) -> Order {
    let ops = &versions.history.0;
    let mut order = Order::new(ops.len());
    let mut own = BTreeMap::<&str, Vec<usize>>::new();
    for (place, op) in ops.iter().enumerate() {
        let own = own.entry(&op.client).or_default();
        versions.latest_before(own, place).into_iter().for_each(|before| order.put(before, place));
        own.push(place);
    }
    for read in versions.reads() {
        if let Some(write) = versions.source(read) {
            order.put(write, read);
        }
    }
    order
}

/// Whether one client's reads fit into an order of all writes.
fn seen_by(client: &str, versions: &Versions<'_>, causes: &Order) -> Verdict {
    let ops = &versions.history.0;
    let reads: Vec<usize> = versions.reads().filter(|read| versions.op(*read).client == client).collect();
    let writes: Vec<usize> = (0..ops.len()).filter(|place| ops[*place].written().is_some()).collect();
    let mut order = causes.clone();
    loop {
        let mut more = Vec::new();
        for read in &reads {
            let key = &ops[*read].key;
            let source = versions.source(*read);
            for write in
                writes.iter().filter(|w| Some(**w) != source && ops[**w].key == *key && order.has(**w, *read))
            {
                let Some(source) = source else {
                    return guilty(versions, *read, *write, causes);
                };
                if order.has(source, *write) {
                    return guilty(versions, *read, *write, causes);
                }
                if !order.has(*write, source) {
                    more.push((*write, source));
                }
            }
        }
        if more.is_empty() {
            return Verdict::Holds;
        }
        more.into_iter().for_each(|(before, after)| order.put(before, after));
    }
}

fn guilty(versions: &Versions<'_>, read: usize, write: usize, causes: &Order) -> Verdict {
    let (late, missed) = (versions.op(read), versions.op(write));
    let client = &late.client;
    let why = match causes.has(write, read) {
        true if missed.client == *client => {
            format!("“{late}” comes after the same client's “{missed}”, and misses it")
        }
        true => format!("“{late}” comes after “{missed}”, which is a cause of what {client} saw before"),
        false => format!("“{late}” comes after “{missed}” in every order that fits what {client} saw before"),
    };
    let mut places: Vec<usize> =
        [Some(write), versions.source(read), Some(read)].into_iter().flatten().collect();
    places.sort_unstable();
    Verdict::violated(places, why)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Action, Op};
    use super::*;
    use crate::time::Time;

    /// Operations one after the other: client, key, and the write that is read, counted over the history; `None`
    /// writes.
    type Small = (usize, usize, Option<usize>);

    fn history(ops: &[Small]) -> History {
        let writes: Vec<usize> = (0..ops.len()).filter(|place| ops[*place].2.is_none()).collect();
        let op = |(place, (client, key, read)): (usize, &Small)| {
            let action = match read {
                None => Action::Write(place.to_string()),
                Some(0) => Action::Read(vec![]),
                Some(n) => Action::Read(writes.get(n - 1).map(usize::to_string).into_iter().collect()),
            };
            let key = match read {
                // A read is of the key that its write is on.
                Some(n) if *n > 0 => writes.get(n - 1).map_or(*key, |write| ops[*write].1),
                _ => *key,
            };
            let began = Time::ms(10 * place as u64);
            Op {
                client: client.to_string(),
                key: key.to_string(),
                action,
                began,
                ended: Some(began + Time::ms(1)),
            }
        };
        History(ops.iter().enumerate().map(op).collect())
    }

    /// Ahamad et al.'s definition: an order of all writes and a client's own reads, tried one by one.
    fn by_definition(history: &History) -> bool {
        let ops = &history.0;
        let reads_from = |w: usize, r: usize| match (&ops[w].action, &ops[r].action) {
            (Action::Write(value), Action::Read(values)) => {
                ops[w].key == ops[r].key && values.contains(value)
            }
            _ => false,
        };
        let mut causes = vec![vec![false; ops.len()]; ops.len()];
        for a in 0..ops.len() {
            for b in 0..ops.len() {
                causes[a][b] = (a < b && ops[a].client == ops[b].client) || reads_from(a, b);
            }
        }
        for via in 0..ops.len() {
            for a in 0..ops.len() {
                for b in 0..ops.len() {
                    causes[a][b] |= causes[a][via] && causes[via][b];
                }
            }
        }
        fn fits(
            history: &History,
            causes: &[Vec<bool>],
            left: &mut Vec<usize>,
            copy: &BTreeMap<&str, &str>,
        ) -> bool {
            let ops = &history.0;
            left.is_empty()
                || (0..left.len()).any(|i| {
                    let place = left[i];
                    if left.iter().any(|other| causes[*other][place]) {
                        return false;
                    }
                    let mut copy = copy.clone();
                    match &ops[place].action {
                        Action::Write(value) => drop(copy.insert(&ops[place].key, value)),
                        Action::Read(values) => {
                            if values.first().map(String::as_str)
                                != copy.get(ops[place].key.as_str()).copied()
                            {
                                return false;
                            }
                        }
                        _ => return false,
                    }
                    left.remove(i);
                    let found = fits(history, causes, left, &copy);
                    left.insert(i, place);
                    found
                })
        }
        history.clients().into_iter().all(|client| {
            let mine = |place: &usize| {
                matches!(ops[*place].action, Action::Write(_)) || ops[*place].client == client
            };
            let mut left: Vec<usize> = (0..ops.len()).filter(mine).collect();
            fits(history, &causes, &mut left, &BTreeMap::new())
        })
    }

    #[test]
    fn agrees_with_the_definition_on_every_small_history() {
        let one = |clients: usize| {
            (0..clients).flat_map(|c| {
                (0..2).flat_map(move |k| [None, Some(0), Some(1), Some(2)].map(|read| (c, k, read)))
            })
        };
        let (mut held, mut count) = (0, 0);
        for (a, b, c) in one(1).flat_map(|a| one(2).flat_map(move |b| one(3).map(move |c| (a, b, c)))) {
            for d in one(2) {
                let history = history(&[a, b, c, d]);
                let verdict = causal(&history);
                assert_eq!(verdict.holds(), by_definition(&history), "{verdict}\n{history}");
                held += usize::from(verdict.holds());
                count += 1;
            }
        }
        assert!(held * 5 > count && held * 5 < count * 4, "{held} of {count}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3_000))]

        #[test]
        fn agrees_with_the_definition_on_drawn_histories(
            ops in prop::collection::vec(
                (0..3usize, 0..2usize, prop_oneof![2 => Just(None), 3 => (0..5usize).prop_map(Some)]),
                1..9
            )
        ) {
            let history = history(&ops);
            prop_assert_eq!(causal(&history).holds(), by_definition(&history), "{}", history);
        }
    }

    #[test]
    fn concurrent_writes_may_be_seen_in_different_orders() {
        let ops =
            [(0, 0, None), (1, 0, None), (2, 0, Some(1)), (2, 0, Some(2)), (3, 0, Some(2)), (3, 0, Some(1))];
        assert!(causal(&history(&ops)).holds());
        // Not by one client that goes back and forth.
        let back = [(0, 0, None), (1, 0, None), (2, 0, Some(1)), (2, 0, Some(2)), (2, 0, Some(1))];
        assert_eq!(
            causal(&history(&back)).to_string(),
            "violated: “2 reads 0: 0” comes after “1 writes 0=1” in every order that fits what 2 saw before"
        );
    }
}

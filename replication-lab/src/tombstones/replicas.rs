//! Three replicas, repair, and a value that comes back from the dead.

use super::cell::{Cell, Key};
use super::rules::Rules;
use super::store::{Settings, Store};
use crate::time::Time;
use crate::trace::{CrashKind, DropReason, Entry, Event, NodeId, Trace};

/// Names of the replicas.
const NAMES: [&str; 3] = ["A", "B", "C"];

/// The client's place behind the replicas.
const CLIENT: NodeId = NodeId(3);

/// A message is under way so long.
const HOP: Time = Time::ms(20);

/// Three replicas of one store. Nothing happens by itself: no hints, no read repair, no compaction. A client's write
/// goes to all replicas that are up, and a read asks all that are up.
#[derive(Clone, Debug)]
pub struct Replicas {
    stores: Vec<Store>,
    up: [bool; 3],
    now: Time,
    trace: Trace,
    messages: u64,
}

impl Replicas {
    /// Three empty replicas, all up.
    pub fn new(settings: Settings, rules: Rules) -> Self {
        let nodes = NAMES.iter().map(|name| (*name).to_owned()).chain(["client".to_owned()]).collect();
        let trace = Trace { nodes, entries: Vec::new() };
        let store = Store::new(settings).with_rules(rules);
        Self { stores: vec![store; 3], up: [true; 3], now: Time::ZERO, trace, messages: 0 }
    }

    /// Lets time pass until then. Time never goes back.
    pub fn at(&mut self, now: Time) -> &mut Self {
        self.now = self.now.max(now);
        self
    }

    /// The time.
    pub fn now(&self) -> Time {
        self.now
    }

    /// A replica's store, by its place: 0 is A.
    pub fn store(&self, place: usize) -> Option<&Store> {
        self.stores.get(place)
    }

    /// Takes a replica down, or up again. What it has written stays.
    pub fn set_up(&mut self, place: usize, up: bool) -> &mut Self {
        if let Some(is) = self.up.get_mut(place).filter(|is| **is != up) {
            *is = up;
            let node = NodeId(place as u16);
            self.note(match up {
                true => Event::Restart { node },
                false => Event::Crash { node, reach: CrashKind::Process },
            });
        }
        self
    }

    /// Writes a value to all replicas that are up, with the present time as its stamp.
    pub fn put(&mut self, key: &Key, value: &str) -> &mut Self {
        self.write(key, Cell::live(value, self.now))
    }

    /// Deletes at all replicas that are up.
    pub fn delete(&mut self, key: &Key) -> &mut Self {
        self.write(key, Cell::tombstone(self.now))
    }

    fn write(&mut self, key: &Key, cell: Cell) -> &mut Self {
        let began = self.now;
        for place in 0..NAMES.len() {
            self.now = began;
            if self.send(CLIENT, place, &format!("{key} {cell}")) {
                self.stores[place].take_in(key.clone(), cell.clone());
            }
        }
        self.now = began + HOP;
        self.sort();
        self
    }

    /// Sends from one node to a replica; says whether it arrives.
    fn send(&mut self, from: NodeId, place: usize, label: &str) -> bool {
        let (message, to) = (self.messages, NodeId(place as u16));
        self.messages += 1;
        self.note(Event::Send { message, from, to, label: label.into() });
        self.now += HOP;
        self.note(match self.up[place] {
            true => Event::Deliver { message, from, to },
            false => Event::Drop { message, from, to, reason: DropReason::Down },
        });
        self.up[place]
    }

    /// What a client reads that asks all replicas that are up: the merged value.
    pub fn read(&mut self, key: &Key) -> Option<String> {
        let up = self.stores.iter().zip(self.up).filter(|(_, up)| *up);
        let held = up.filter_map(|(store, _)| store.get(key));
        let merge = self.stores.first().map_or(super::CASSANDRA.merge, |store| store.rules.merge);
        let value = held.reduce(|a, b| merge(&a, &b)).and_then(|cell| cell.value);
        let text = format!("reads {key}: {}", value.as_deref().unwrap_or("nothing"));
        self.note(Event::Note { node: CLIENT, text });
        value
    }

    /// Every replica that is up compacts all that it has.
    pub fn compact(&mut self) -> &mut Self {
        for place in 0..NAMES.len() {
            if !self.up[place] {
                continue;
            }
            let text = match self.stores[place].compact_all(self.now) {
                Some(done) => format!("compacts: drops {} †, keeps {} †", done.dropped, done.kept),
                None => "compacts: nothing there".to_owned(),
            };
            self.note(Event::Note { node: NodeId(place as u16), text });
        }
        self
    }

    /// Each two replicas that are up send each other what the other one lacks. Returns how many cells were sent.
    pub fn repair(&mut self) -> usize {
        let mut sent = 0;
        for (a, b) in [(0, 1), (0, 2), (1, 2)] {
            if !(self.up[a] && self.up[b]) {
                continue;
            }
            let (of_a, of_b) = (self.stores[a].rows(), self.stores[b].rows());
            let to_send = self.stores[a].rules.to_send;
            let began = self.now;
            for (from, to, cells) in [(a, b, to_send(&of_a, &of_b)), (b, a, to_send(&of_b, &of_a))] {
                for (key, cell) in cells {
                    self.now = began;
                    self.send(NodeId(from as u16), to, &format!("repair {key} {cell}"));
                    self.stores[to].take_in(key, cell);
                    sent += 1;
                }
            }
            self.now = began + HOP;
        }
        self.sort();
        sent
    }

    fn note(&mut self, event: Event) {
        self.trace.entries.push(Entry { at: self.now, event });
    }

    /// Messages of one round leave together.
    fn sort(&mut self) {
        self.trace.entries.sort_by_key(|entry| entry.at);
    }

    /// What happened so far.
    pub fn trace(&self) -> Option<&Trace> {
        Some(&self.trace)
    }
}

crate::view::drawn_from_its_trace!(Replicas);

/// The story of a deletion that one replica missed. A second stands for a day, and the grace is ten days.
///
/// Day 0: milk is written to A, B and C. Day 1: C is down, and milk is deleted. Day 2: C is back. Days 11.5 and 14:
/// compaction. Repair runs at the given time, in seconds for days; it is finished before a compaction of the same
/// moment.
pub fn resurrection(repair_at: Time, rules: Rules) -> Replicas {
    let milk = Key::new("cart", 1);
    let settings = Settings { gc_grace: Time::s(10), ..Settings::default() };
    let mut replicas = Replicas::new(settings, rules);
    replicas.put(&milk, "milk");
    replicas.at(Time::s(1)).set_up(2, false).delete(&milk);
    replicas.at(Time::s(2)).set_up(2, true);
    let mut repaired = false;
    for compaction in [Time::ms(11_500), Time::s(14)] {
        if !repaired && repair_at <= compaction {
            repaired = true;
            replicas.at(repair_at).repair();
        }
        replicas.at(compaction).compact();
    }
    if !repaired {
        replicas.at(repair_at).repair();
    }
    replicas.at(Time::s(15)).read(&milk);
    replicas
}

#[cfg(test)]
mod tests {
    use super::super::CASSANDRA;
    use super::*;

    fn read_after_repair_at(day: u64) -> Option<String> {
        resurrection(Time::s(day), CASSANDRA).read(&Key::new("cart", 1))
    }

    #[test]
    fn repair_within_the_grace_keeps_the_dead_dead() {
        assert_eq!([3, 9, 11].map(read_after_repair_at), [None, None, None]);
        assert_eq!(
            read_after_repair_at(12),
            Some("milk".into()),
            "A and B have forgotten that they deleted it"
        );
        assert_eq!(read_after_repair_at(30), Some("milk".into()));
    }

    #[test]
    fn transcript_of_a_resurrection() {
        let run = resurrection(Time::s(13), CASSANDRA);
        insta::assert_snapshot!(run.trace().unwrap().transcript());
    }

    #[test]
    fn transcript_of_a_repair_in_time() {
        let run = resurrection(Time::s(9), CASSANDRA);
        insta::assert_snapshot!(run.trace().unwrap().transcript());
    }

    #[test]
    fn after_a_repair_all_hold_the_same() {
        let mut replicas = Replicas::new(Settings::default(), CASSANDRA);
        for row in 0..30 {
            let key = Key::new("p", row % 10);
            replicas.at(Time::s(row)).set_up((row % 3) as usize, false);
            if row % 4 == 3 {
                replicas.delete(&key)
            } else {
                replicas.put(&key, &row.to_string())
            };
            replicas.set_up((row % 3) as usize, true);
        }
        assert!(replicas.repair() > 0);
        let rows: Vec<_> = (0..3).map(|place| replicas.store(place).unwrap().rows()).collect();
        assert!(rows[0] == rows[1] && rows[1] == rows[2]);
        assert_eq!(replicas.repair(), 0);
    }
}

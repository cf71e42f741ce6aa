//! Plays a situation of an attack.

use std::collections::BTreeMap;

use super::scenarios::{crowded, hashed, xxh3};
use super::{HashRing, Settings};
use crate::attack::Asked;
use crate::attack::e9_5::{Answer, COUNTED, Event, Seen, Situation, keys};
use crate::exercise::Recorder;

/// Does one thing to a ring.
fn happens<R: HashRing>(ring: &mut R, event: &Event) -> Answer {
    match event {
        Event::Add(node, zone, weight) => Answer::Added(ring.add_node(node, zone, *weight)),
        Event::Remove(node) => Answer::Removed(ring.remove_node(node)),
        Event::Count => {
            let mut counts = BTreeMap::<String, usize>::new();
            for number in 0..COUNTED {
                if let Some(first) = ring.replicas(&format!("counted:{number}")).into_iter().next() {
                    *counts.entry(first).or_default() += 1;
                }
            }
            Answer::Counted(counts)
        }
    }
}

pub(super) fn play<R: HashRing>(Asked { situation, .. }: &Asked<Situation>, notes: &Recorder) {
    let Situation { vnodes, replicas, events, .. } = situation;
    let hash = if situation.crowded { crowded } else { xxh3 };
    let settings = Settings { hash, vnodes: *vnodes, replicas: *replicas };
    let mut ring = R::new(settings);
    // The ring as it was two events ago: a ring can't be copied, so the same is done to another one, later.
    let mut before = R::new(settings);
    let mut later: Option<&Event> = None;
    let mut nodes = BTreeMap::<&String, (&String, u32)>::new();
    let owners = |ring: &R| keys().iter().map(|key| ring.replicas(key)).collect::<Vec<_>>();
    for event in events {
        let mut answer = None;
        let count = hashed(|| answer = Some(happens(&mut ring, event)));
        match event {
            Event::Add(node, zone, weight) if *weight > 0 => {
                nodes.entry(node).or_insert((zone, *weight));
            }
            Event::Remove(node) => drop(nodes.remove(node)),
            Event::Add(..) | Event::Count => {}
        }
        let mut fresh = R::new(settings);
        for (node, (zone, weight)) in nodes.iter().rev() {
            let _ = fresh.add_node(node, zone, *weight);
        }
        let looked = hashed(|| drop(ring.replicas("key:0")));
        let Some(answer) = answer else { continue };
        let seen = Seen {
            answer,
            hashed: count,
            owners: owners(&ring),
            looked,
            moved: before.owners_diff(&ring, &keys()),
            fresh: owners(&fresh),
        };
        notes.step(event.to_string(), seen);
        if let Some(event) = later.replace(event).filter(|event| !matches!(event, Event::Count)) {
            happens(&mut before, event);
        }
    }
}

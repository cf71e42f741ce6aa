//! Draws situations for the ring, and makes them smaller.

use replication_lab::rng::Rng;

use super::{Event, Situation};

pub(super) fn draw(rng: &mut Rng) -> Situation {
    let vnodes = rng.pick(&[1, 1, 2, 4, 10, 50]).copied().unwrap_or(1);
    let replicas = 1 + rng.below(4) as usize;
    let crowded = rng.chance(0.3);
    let (nodes, zones) = (2 + rng.below(6), 1 + rng.below(4));
    let mut events = Vec::new();
    for _ in 0..4 + rng.below(9) {
        let node = format!("n{}", 1 + rng.below(nodes));
        events.push(match rng.below(10) {
            0..=5 => {
                let weight = rng.pick(&[1, 1, 1, 1, 2, 3, 0]).copied().unwrap_or(1);
                Event::Add(node, format!("z{}", 1 + rng.below(zones)), weight)
            }
            6..=8 => Event::Remove(node),
            _ => Event::Count,
        });
    }
    if rng.chance(0.3) {
        // A whole zone goes.
        let zone = format!("z{}", 1 + rng.below(zones));
        let gone: Vec<Event> = events
            .iter()
            .filter_map(|event| match event {
                Event::Add(node, of, _) if *of == zone => Some(Event::Remove(node.clone())),
                _ => None,
            })
            .collect();
        events.extend(gone);
    }
    // Most rings have some nodes before anything is taken away.
    events.sort_by_cached_key(|event| !matches!(event, Event::Add(..)) && rng.chance(0.5));
    Situation { vnodes, replicas, crowded, events }
}

impl Situation {
    /// The same with fewer replicas or positions, weights of 1, one zone; one thing at a time.
    pub(super) fn simpler(&self) -> Vec<Self> {
        let mut simpler = Vec::new();
        if self.crowded {
            simpler.push(Self { crowded: false, ..self.clone() });
        }
        if self.replicas > 1 {
            simpler.push(Self { replicas: self.replicas - 1, ..self.clone() });
        }
        for vnodes in [1, 2, 4, 10].into_iter().filter(|vnodes| *vnodes < self.vnodes) {
            simpler.push(Self { vnodes, ..self.clone() });
        }
        for (place, event) in self.events.iter().enumerate() {
            let smaller = match event {
                Event::Add(node, zone, weight) => {
                    let lighter = (*weight > 1).then(|| Event::Add(node.clone(), zone.clone(), 1));
                    let first = (zone != "z1").then(|| Event::Add(node.clone(), "z1".into(), *weight));
                    lighter.into_iter().chain(first).collect()
                }
                Event::Remove(_) | Event::Count => Vec::new(),
            };
            simpler.extend(smaller.into_iter().map(|event| {
                let mut events = self.events.clone();
                events[place] = event;
                Self { events, ..self.clone() }
            }));
        }
        simpler
    }
}

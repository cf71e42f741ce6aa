//! Draws situations for the quorum client, and makes them smaller.

use replication_lab::rng::Rng;

use super::{ClientId, Event, NodeId, Situation};

/// N, W and R to choose from; most of them overlap.
const QUORUMS: [(u32, usize, usize); 10] = [
    (3, 2, 2),
    (3, 2, 2),
    (3, 2, 2),
    (3, 3, 1),
    (3, 1, 3),
    (5, 3, 3),
    (3, 2, 1),
    (3, 1, 1),
    (2, 1, 2),
    (1, 1, 1),
];

pub(super) fn draw(rng: &mut Rng) -> Situation {
    let (n, w, r) = *rng.pick(&QUORUMS).unwrap_or(&QUORUMS[0]);
    let clients = 1 + rng.below(3) as u16;
    let mut values = 0;
    let mut events = Vec::new();
    for _ in 0..5 + rng.below(10) {
        let client = ClientId(1 + rng.below(u64::from(clients)) as u16);
        let node = NodeId(rng.below(u64::from(n)) as u16);
        let ms = *rng.pick(&[1, 5, 6, 20, 40]).unwrap_or(&1);
        let mut write = |events: &mut Vec<Event>| {
            values += 1;
            events.push(Event::Write(client, format!("v{values}")));
        };
        match rng.below(40) {
            0..=11 => write(&mut events),
            12..=21 => events.push(Event::Read(client)),
            22 | 23 => events.push(Event::Delete(client)),
            24..=26 => events.push(Event::Crash(node)),
            27..=29 => events.push(Event::Restart(node)),
            30 | 31 => events.push(Event::SlowTo(client, node, ms)),
            32 | 33 => events.push(Event::SlowFrom(node, client, ms)),
            34 => {
                events.push(Event::ClientCrashes(client, 1 + rng.below(2 * u64::from(n)) as u32));
                write(&mut events);
            }
            36 => {
                // Two writes of one client reach different replicas.
                let others = || (0..n as u16).map(NodeId).filter(move |other| *other != node);
                events.extend(others().map(Event::Crash));
                write(&mut events);
                events.extend(others().map(Event::Restart));
                events.push(Event::Crash(node));
                write(&mut events);
                events.push(Event::Restart(node));
            }
            37 => {
                // A late acknowledgement arrives when hardly anybody is left.
                events.push(Event::SlowFrom(node, client, 6));
                write(&mut events);
                let left = NodeId((node.0 + 1) % n as u16);
                events.extend((0..n as u16).map(NodeId).filter(|other| *other != left).map(Event::Crash));
                write(&mut events);
            }
            35 => {
                let (w, r) = (rng.below(u64::from(n) + 2) as usize, rng.below(u64::from(n) + 2) as usize);
                events.push(Event::Make(rng.below(u64::from(n) + 1) as u16, w, r));
            }
            _ => events.push(Event::Settle),
        }
    }
    Situation { n, w, r, events }
}

impl Situation {
    /// The same with fewer replicas or smaller quorums, and with the first client in the place of another.
    pub(super) fn simpler(&self) -> Vec<Self> {
        let quorums = [(1, 1, 1), (2, 1, 2), (3, 2, 2), (3, 1, 3), (3, 2, 1), (3, 1, 1)];
        let size = |n: u32, w: usize, r: usize| (n, w + r, w);
        let smaller = quorums
            .into_iter()
            .filter(|(n, w, r)| size(*n, *w, *r) < size(self.n, self.w, self.r))
            .map(|(n, w, r)| Self { n, w, r, ..self.clone() });
        let quicker = self.events.iter().enumerate().filter_map(|(place, event)| {
            let event = match event {
                Event::SlowTo(client, node, ms) if *ms > 20 => Event::SlowTo(*client, *node, 20),
                Event::SlowFrom(node, client, ms) if *ms > 20 => Event::SlowFrom(*node, *client, 20),
                Event::Delete(client) => Event::Write(*client, "v0".into()),
                _ => return None,
            };
            let mut events = self.events.clone();
            events[place] = event;
            Some(Self { events, ..self.clone() })
        });
        smaller.chain(quicker).collect()
    }
}

//! Draws situations for the stream, and makes them smaller.

use replication_lab::rng::Rng;

use super::{Asked, Event, NodeId, Position, Situation};

const L: NodeId = NodeId(0);

fn among<T: Copy>(rng: &mut Rng, items: &[T], otherwise: T) -> T {
    rng.pick(items).copied().unwrap_or(otherwise)
}

/// A log alone, and a position that it holds, held, or never held.
fn log(rng: &mut Rng) -> Event {
    let base = rng.below(4);
    let mut epoch = 1;
    let epochs: Vec<u64> = (0..rng.below(12))
        .map(|_| {
            epoch += u64::from(rng.chance(0.15));
            epoch
        })
        .collect();
    let lsn = (base + rng.below(epochs.len() as u64 + 3)).saturating_sub(u64::from(rng.chance(0.1)));
    let of = lsn.checked_sub(base + 1).and_then(|place| epochs.get(place as usize)).copied();
    let epoch = if rng.chance(0.8) { of.unwrap_or(1) } else { 1 + rng.below(3) };
    let most = among(rng, &[1, 2, 4, 100], 1);
    Event::Log(Asked {
        base,
        keep: among(rng, &[1, 3, 6, 100], 3),
        epochs,
        after: Position::new(epoch, lsn),
        most,
    })
}

pub(super) fn draw(rng: &mut Rng) -> Situation {
    let keep = among(rng, &[3, 6, 100, 100], 100);
    let batch = among(rng, &[1, 2, 4], 2);
    let room = among(rng, &[1, 2, 4, 100], 4);
    let mut values = 0;
    let mut events = Vec::new();
    let mut leader = L;
    for _ in 0..5 + rng.below(14) {
        let follower = among(rng, &[NodeId(1), NodeId(2)], NodeId(1));
        let server = among(rng, &[L, NodeId(1), NodeId(2)], L);
        let writes_to = if rng.chance(0.9) { leader } else { server };
        let key = among(rng, &["x", "y", "z"], "x").to_owned();
        let ms = among(rng, &[3, 5, 20, 300], 5);
        let mut put = |events: &mut Vec<Event>, key: &str| {
            values += 1;
            events.push(Event::Put(writes_to, key.to_owned(), format!("v{values}")));
        };
        match rng.below(40) {
            0..=9 => put(&mut events, &key),
            10 | 11 => events.push(Event::Delete(writes_to, key)),
            12 | 13 => events.push(Event::Puts(writes_to, among(rng, &[5, 12], 5))),
            14 | 15 => events.push(Event::Wait(among(rng, &[10, 400, 1_500, 4_000], 10))),
            16 | 17 => events.push(Event::Kill(server)),
            18 | 19 => events.push(Event::Restart(server)),
            20 | 21 => events.push(Event::Cut(leader, follower)),
            22 => events.push(Event::Heal),
            23..=25 => {
                // What is sent first comes last.
                events.push(Event::Delay(leader, follower, ms));
                put(&mut events, &key);
                events.push(Event::Delay(leader, follower, 0));
                put(&mut events, &key);
            }
            26 | 27 => events.push(Event::Delay(leader, follower, ms)),
            28..=30 => events.push(Event::Again(leader, follower, rng.below(8) as usize)),
            31 | 32 => events.push(Event::StandsStill(follower)),
            33 => events.push(Event::GoesOn(follower)),
            34 => events.push(Event::Joins),
            35 | 36 => {
                events.push(Event::Promote(follower));
                leader = follower;
            }
            _ => events.push(log(rng)),
        }
    }
    Situation { keep, batch, room, events }
}

impl Situation {
    /// The same with larger limits, shorter waits and shorter logs; one thing at a time.
    pub(super) fn simpler(&self) -> Vec<Self> {
        let mut simpler = Vec::new();
        for (keep, batch, room) in
            [(100, self.batch, self.room), (self.keep, 4, self.room), (self.keep, self.batch, 100)]
        {
            if (keep, batch, room) > (self.keep, self.batch, self.room) {
                simpler.push(Self { keep, batch, room, ..self.clone() });
            }
        }
        for (place, event) in self.events.iter().enumerate() {
            let smaller = match event {
                Event::Puts(to, count) if *count > 1 => {
                    vec![Event::Puts(*to, count / 2), Event::Puts(*to, count - 1)]
                }
                Event::Wait(ms) if *ms > 10 => vec![Event::Wait(10), Event::Wait(ms / 2)],
                Event::Again(from, to, nth) if *nth > 0 => {
                    (0..*nth).map(|nth| Event::Again(*from, *to, nth)).collect()
                }
                Event::Log(asked) => {
                    let shorter = (0..asked.epochs.len()).map(|cut| {
                        let mut epochs = asked.epochs.clone();
                        epochs.remove(cut);
                        Event::Log(Asked { epochs, ..asked.clone() })
                    });
                    let first = (asked.base > 0).then(|| Event::Log(Asked { base: 0, ..asked.clone() }));
                    shorter.chain(first).collect()
                }
                _ => Vec::new(),
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

//! Draws situations for the router, and makes them smaller.

use replication_lab::rng::Rng;

use super::{Device, Event, NodeId, Situation, User};

pub(super) fn draw(rng: &mut Rng) -> Situation {
    let followers = rng.below(5).min(3) as u16;
    let users = 1 + rng.below(3);
    let mut events = Vec::new();
    for _ in 0..8 + rng.below(18) {
        let user = User(rng.below(users) as u8);
        let device = if rng.chance(0.85) { Device::Laptop } else { Device::Phone };
        let node = NodeId(1 + rng.below(u64::from(followers.max(1))) as u16);
        let few = 1 + rng.below(8);
        events.push(match rng.below(40) {
            0..=6 => Event::Write(user, device, rng.chance(0.2)),
            7 | 8 => Event::OthersWrite(few),
            9..=17 => Event::Read(user, device, rng.below(12)),
            18..=20 => Event::Reads(user, device),
            21..=26 => Event::Replay(node, few),
            27 => Event::Receive(node),
            28 => Event::Down(node),
            29 => Event::Up(node),
            30 => Event::Load(8 + rng.below(4) as u32),
            31 => Event::LeaderGone,
            32 | 33 => Event::Failover(node),
            34 => Event::Mistaken(rng.chance(0.6)),
            35 => Event::Newcomer(rng.below(4)),
            36 => Event::Token(
                user,
                if rng.chance(0.5) { Device::Laptop } else { Device::Phone },
                rng.chance(0.6),
            ),
            _ => Event::Forget(device),
        });
    }
    Situation { followers, events }
}

impl Situation {
    /// The same with fewer followers, and smaller numbers.
    pub(super) fn simpler(&self) -> Vec<Self> {
        let mut simpler = Vec::new();
        if self.followers > 0 {
            simpler.push(Self { followers: self.followers - 1, ..self.clone() });
        }
        for (place, event) in self.events.iter().enumerate() {
            let smaller = match event {
                Event::OthersWrite(count) if *count > 1 => {
                    vec![Event::OthersWrite(1), Event::OthersWrite(count - 1)]
                }
                Event::Replay(node, count) if *count > 1 => {
                    vec![Event::Replay(*node, 1), Event::Replay(*node, count - 1)]
                }
                Event::Replay(node, count) if node.0 > 1 => vec![Event::Replay(NodeId(1), *count)],
                Event::Read(user, device, draw) if *draw > 0 => vec![Event::Read(*user, *device, 0)],
                Event::Write(user, Device::Phone, late) => vec![Event::Write(*user, Device::Laptop, *late)],
                Event::Write(user, device, true) => vec![Event::Write(*user, *device, false)],
                Event::Newcomer(lsn) if *lsn > 0 => vec![Event::Newcomer(0)],
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

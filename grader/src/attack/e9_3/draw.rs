//! Draws situations for the monitor, and makes them smaller.

use replication_lab::rng::Rng;

use super::{Listed, NodeId, Situation, Trouble, What};

const L: NodeId = NodeId(0);
const M: NodeId = NodeId(4);
const O1: NodeId = NodeId(5);
const O2: NodeId = NodeId(6);
const DEVICE: NodeId = NodeId(7);

/// Lags to choose from, in bytes: a write is 500.
const LAGS: [u64; 10] = [0, 100, 400, 500, 500, 900, 1_000, 1_500, 5_000, 2_000_000];

/// A time in a span of seconds that is at none of the ticks, in milliseconds.
fn time(rng: &mut Rng, from: u64, to: u64) -> u64 {
    1_000 * (from + rng.below(to - from)) + *rng.pick(&[200, 500, 600, 700]).unwrap_or(&500)
}

/// So long after a time, with some probability; else never.
fn until(rng: &mut Rng, from: u64, probability: f64, shortest: u64, longest: u64) -> Option<u64> {
    let after = from + 1_000 * (shortest + rng.below(longest - shortest));
    rng.chance(probability).then_some(after)
}

pub(super) fn draw(rng: &mut Rng) -> Situation {
    let max_lag = if rng.chance(0.5) { 1_000 } else { 1 << 20 };
    let mut nodes: Vec<NodeId> = (1..=3).map(NodeId).collect();
    rng.shuffle(&mut nodes);
    nodes.truncate(1 + rng.below(3).max(rng.below(3)) as usize);
    let followers: Vec<Listed> = nodes
        .iter()
        .map(|node| Listed { node: *node, lag: rng.pick(&LAGS).copied().unwrap_or_default() })
        .collect();
    let mut troubles = Vec::new();
    let add = |troubles: &mut Vec<Trouble>, from, until, what| troubles.push(Trouble { from, until, what });
    let cut = |left: &[NodeId], right: &[NodeId]| What::Cut(left.to_vec(), right.to_vec());

    // What most situations begin with: the leader is gone, or seems to be.
    let from = time(rng, 3, 8);
    match rng.below(10) {
        0..=4 => add(&mut troubles, from, until(rng, from, 0.3, 3, 20), What::Crash(L)),
        5 | 6 => add(&mut troubles, from, until(rng, from, 0.8, 8, 20), What::Pause(L)),
        7 => add(&mut troubles, from, until(rng, from, 0.7, 9, 20), cut(&[M], &[L])),
        8 => {
            let all = [L, NodeId(1), NodeId(2), NodeId(3), O1, O2, DEVICE];
            let seen = [&all[..], &all[4..6], &all[1..6]];
            let group = rng.pick(&seen).map(|group| group.to_vec()).unwrap_or_default();
            add(&mut troubles, from, until(rng, from, 0.7, 9, 20), What::Cut(vec![M], group));
            if rng.chance(0.5) {
                add(&mut troubles, from, None, What::Crash(L));
            }
        }
        _ => {
            // The monitor itself sleeps, and wakes to a lost ping.
            add(&mut troubles, 200, None, cut(&[L], &[O1, O2]));
            let woken = from + 1_000 * (11 + rng.below(4));
            add(&mut troubles, from, Some(woken), What::Pause(M));
            add(&mut troubles, woken + 100, Some(woken + 1_000), cut(&[M], &[L]));
        }
    }
    if rng.chance(0.2) {
        // The leader writes on when the monitor has heard the last of it.
        let before = from.saturating_sub(1_000 * (1 + rng.below(4)));
        add(&mut troubles, before, None, cut(&[L], &[M]));
    }
    if rng.chance(0.35) {
        let from = time(rng, 17, 26);
        add(&mut troubles, from, until(rng, from, 0.2, 3, 9), What::LeaderCrashes);
    }
    let replaced = 1_000 * (from / 1_000 + 11);
    match rng.below(8) {
        // The new leader dies before it has written, or been heard by any other observer.
        0 => add(&mut troubles, replaced + 300, None, What::LeaderCrashes),
        // A follower does not hear of the new epoch until its leader is gone.
        1 => {
            let node = nodes[rng.below(nodes.len() as u64) as usize];
            let gone = replaced + 1_000 * (2 + rng.below(6)) + 600;
            add(&mut troubles, replaced - 400, Some(gone + 1_000), cut(&[M], &[node]));
            add(&mut troubles, gone, None, What::LeaderCrashes);
        }
        _ => {}
    }
    for _ in 0..rng.below(4) {
        let from = time(rng, 4, 26);
        let node = nodes[rng.below(nodes.len() as u64) as usize];
        let observer = if rng.chance(0.5) { O1 } else { O2 };
        match rng.below(9) {
            0 | 1 => add(&mut troubles, from, until(rng, from, 0.8, 2, 12), cut(&[M], &[node])),
            2 => add(&mut troubles, from, until(rng, from, 0.7, 3, 12), What::Crash(node)),
            3 => add(&mut troubles, from, until(rng, from, 0.9, 3, 12), What::Pause(node)),
            4 => add(&mut troubles, from, until(rng, from, 0.9, 3, 12), What::Crash(DEVICE)),
            5 => add(&mut troubles, from, until(rng, from, 0.7, 3, 12), cut(&[M], &[observer])),
            6 => add(&mut troubles, from, until(rng, from, 0.5, 8, 14), cut(&[node, L], &[O1, O2])),
            7 => {
                let lag = rng.pick(&[100, 500, 900]).copied().unwrap_or_default();
                add(&mut troubles, from, None, What::CatchesUp(node, lag));
            }
            _ => add(&mut troubles, 0, None, What::MuteWhenPromoted(node)),
        }
    }
    troubles.sort_by_key(|trouble| trouble.from);
    Situation { seconds: 40, max_lag, followers, troubles }
}

impl Situation {
    /// The same with fewer seconds, fewer followers, rounder lags; one thing at a time.
    pub(super) fn simpler(&self) -> Vec<Self> {
        let shorter = [self.seconds / 2, self.seconds.saturating_sub(5), self.seconds.saturating_sub(1)];
        let mut simpler: Vec<Self> = shorter
            .into_iter()
            .filter(|seconds| (1..self.seconds).contains(seconds))
            .map(|seconds| Self { seconds, ..self.clone() })
            .collect();
        for place in 0..self.followers.len() {
            if self.followers.len() > 1 {
                let mut fewer = self.clone();
                fewer.followers.remove(place);
                simpler.push(fewer);
            }
            for lag in [0, 500] {
                let mut rounder = self.clone();
                if rounder.followers[place].lag > lag {
                    rounder.followers[place].lag = lag;
                    simpler.push(rounder);
                }
            }
        }
        for place in 0..self.troubles.len() {
            let mut endless = self.clone();
            if endless.troubles[place].until.take().is_some() {
                simpler.push(endless);
            }
        }
        simpler
    }
}

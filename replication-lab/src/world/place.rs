//! What the world knows of one node.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::clock::Clock;
use super::disk::Disk;
use super::node::Node;
use crate::network::{Cause, Latency};
use crate::rng::{Rng, Stream};
use crate::time::Time;
use crate::trace::NodeId;

/// How a node's disk behaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiskSettings {
    /// How long a sync takes; syncs of one disk are done in the order in which they were asked for. Default: no time.
    pub sync: Latency,
    /// Room in bytes; without limit, if nothing.
    pub capacity: Option<u64>,
    /// The place of the first record on an empty disk. Default 0.
    #[serde(default)]
    pub first: u64,
    /// Probability that a crash of the machine tears the record where the surviving log breaks off. Default ½.
    pub tearing: f64,
}

impl Default for DiskSettings {
    fn default() -> Self {
        Self { sync: Latency::Constant(Time::ZERO), capacity: None, first: 0, tearing: 0.5 }
    }
}

/// Something that a node is to handle.
#[derive(Clone, Debug)]
pub(super) enum Input<N: Node> {
    Message { number: u64, from: NodeId, message: N::Message },
    Timer(N::Timer),
    Synced { end: u64, timer: N::Timer },
}

/// A node, and all that is its own.
#[derive(Clone, Debug)]
pub(super) struct Place<N: Node> {
    pub(super) node: N,
    pub(super) rng: Rng,
    pub(super) up: bool,
    // Counts crashes, so that timers from before one don't fire after it.
    pub(super) life: u32,
    pub(super) clock: Clock,
    pub(super) disk: Disk<N::Record>,
    pub(super) disk_rng: Rng,
    pub(super) disk_settings: DiskSettings,
    pub(super) synced_at: Time,
    pub(super) sends_left: Option<(u32, Cause)>,
    // What waits because the process is paused or busy.
    pub(super) inbox: VecDeque<Input<N>>,
    pub(super) working: bool,
    pub(super) afflictions: Afflictions,
    // Set if any of the above needs a closer look: the hot path asks only this.
    pub(super) unusual: bool,
}

/// What is wrong with a node at present, and which faults are to blame.
#[derive(Clone, Debug, Default)]
pub(super) struct Afflictions {
    pub(super) paused: Option<Cause>,
    pub(super) slow: Option<(Time, Cause)>,
    pub(super) clock: Option<Cause>,
    pub(super) slow_disk: Option<(Time, Cause)>,
    pub(super) full_disk: Option<Cause>,
}

impl<N: Node> Place<N> {
    pub(super) fn new(node: N, seed: u64, id: NodeId) -> Self {
        Self {
            node,
            rng: Rng::new(seed, Stream::Node(id.0)),
            up: true,
            life: 0,
            clock: Clock::default(),
            disk: Disk::new(None),
            disk_rng: Rng::new(seed, Stream::Disk(id.0)),
            disk_settings: DiskSettings::default(),
            synced_at: Time::ZERO,
            sends_left: None,
            inbox: VecDeque::new(),
            working: false,
            afflictions: Afflictions::default(),
            unusual: false,
        }
    }

    /// Whether its process runs.
    pub(super) fn runs(&self) -> bool {
        self.up && self.afflictions.paused.is_none()
    }

    pub(super) fn look_closer(&mut self) {
        let Afflictions { paused, slow, clock, slow_disk, full_disk } = &self.afflictions;
        self.unusual = !self.up
            || paused.is_some()
            || slow.is_some()
            || clock.is_some()
            || slow_disk.is_some()
            || full_disk.is_some()
            || !self.inbox.is_empty()
            || self.sends_left.is_some();
    }

    /// When a sync that is asked for now is done, and which fault delays it.
    pub(super) fn sync_done_at(&mut self, now: Time) -> (Time, Option<Cause>) {
        let mut span = self.disk_settings.sync.draw(&mut self.disk_rng);
        let slow = self.afflictions.slow_disk;
        if let Some((more, _)) = slow {
            span += more;
        }
        self.synced_at = self.synced_at.max(now + span);
        (self.synced_at, slow.map(|(_, cause)| cause))
    }
}

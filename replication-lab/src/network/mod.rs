//! Links between nodes: latency, loss, duplication, order, bandwidth, partitions, and links that are operated by hand.
//!
//! Every ordered pair of nodes has a [`Link`] of its own, so that a request can be fast and its answer slow, and a
//! cut can be one-way. [`Region`]s give realistic distances, [`Medium`] what physics allows over them.
//!
//! # Randomness
//! What happens to a message depends on the seed, its link, the time at which it is sent, and how many were sent there
//! at that time before it; not on what else was sent before. So a run in which one operation is left out is the same
//! run but for what that operation caused, and a failing one can be made small.
//!
//! # Limits
//! Bandwidth is the link's alone: a node with many links sends over all of them at full speed. What is under way
//! when a link is cut still arrives.
//!
//! # Examples
//! ```
//! use replication_lab::network::{Latency, Link, Region};
//! use replication_lab::rng::{Rng, Stream};
//! use replication_lab::time::Time;
//!
//! let mut rng = Rng::new(7, Stream::Network);
//! let tail = Latency::Mixture(0.9, Box::new(Latency::Constant(Time::ms(1))), Box::new(Latency::Exponential(Time::ms(50))));
//! let link = Link { loss: 0.01, in_order: true, ..Link::new(tail) };
//! assert!(link.validate().is_ok());
//! assert!(link.latency.draw(&mut rng) > Time::ZERO);
//! assert_eq!(Region::Virginia.round_trip(Region::Tokyo), Time::ms(160));
//! ```

mod latency;
mod link;
mod medium;
mod region;

pub use latency::{Latency, LatencyError};
pub use link::Link;
pub use medium::{DistanceError, Medium};
pub use region::Region;

use crate::rng::{Rng, Stream};
use crate::time::Time;
use crate::trace::{DropReason, NodeId};

/// What the network does with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives at this time, and perhaps once more at another.
    Arrives(Time, Option<Time>),
    /// It is lost.
    Lost(DropReason),
    /// It waits until somebody lets it go.
    Held,
}

/// A fault that has a part in what happens: its place among the faults of the run.
pub(crate) type Cause = u32;

/// All links of a world.
#[derive(Clone, Debug)]
pub struct Network {
    nodes: usize,
    // The kinds of links there are; most worlds have one or two.
    links: Vec<Link>,
    lanes: Vec<Lane>,
    // Which faults changed the fate of a message, since somebody last asked.
    guilty: Vec<Cause>,
}

/// The state of one ordered pair of nodes.
#[derive(Clone, Debug, Default)]
struct Lane {
    link: usize,
    sent: u32,
    // Of its messages' random numbers, and when the last was sent, with how many before it at that time.
    key: u64,
    last_sent: (Time, u64),
    // Set if the lane is not just its link: then the slow path looks closer.
    special: bool,
    held: bool,
    cut: Option<Cause>,
    loses: Option<(f64, Cause)>,
    delays: Option<(Time, Cause)>,
    left_out: Vec<u32>,
    // When the link has finished sending what queues up for it, and when its last message arrives.
    free_at: Time,
    last_arrival: Time,
}

impl Lane {
    fn is_faulty(&self) -> bool {
        self.cut.is_some() || self.loses.is_some() || self.delays.is_some()
    }

    fn look_closer(&mut self, link: &Link) {
        self.special = self.held
            || self.is_faulty()
            || !self.left_out.is_empty()
            || link.bandwidth.is_some()
            || link.in_order;
    }
}

impl Network {
    /// A network of so many nodes in which every link is `default`. All that is random comes from `seed`.
    ///
    /// # Errors
    /// When the link can't be.
    pub fn new(nodes: usize, default: Link, seed: u64) -> Result<Self, LatencyError> {
        default.validate()?;
        let mut keys = Rng::new(seed, Stream::Network);
        let lane = |_| {
            let mut lane = Lane { key: keys.bits(), ..Lane::default() };
            lane.look_closer(&default);
            lane
        };
        let lanes = (0..nodes * nodes).map(lane).collect();
        Ok(Self { nodes, links: vec![default], lanes, guilty: Vec::new() })
    }

    fn place(&self, from: NodeId, to: NodeId) -> usize {
        from.index() * self.nodes + to.index()
    }

    fn change(&mut self, from: NodeId, to: NodeId, change: impl FnOnce(&mut Lane)) {
        let place = self.place(from, to);
        let lane = &mut self.lanes[place];
        change(lane);
        let link = &self.links[lane.link];
        lane.look_closer(link);
    }

    /// Replaces one link, in one direction.
    ///
    /// # Errors
    /// When the link can't be.
    pub fn set(&mut self, from: NodeId, to: NodeId, link: Link) -> Result<(), LatencyError> {
        link.validate()?;
        let kind = self.links.iter().position(|known| *known == link).unwrap_or_else(|| {
            self.links.push(link);
            self.links.len() - 1
        });
        self.change(from, to, |lane| lane.link = kind);
        Ok(())
    }

    /// The link from one node to another, as it is without faults.
    pub fn link(&self, from: NodeId, to: NodeId) -> &Link {
        &self.links[self.lanes[self.place(from, to)].link]
    }

    /// Cuts a link in one direction: what is sent from now on is lost; what is under way arrives.
    pub(crate) fn cut(&mut self, from: NodeId, to: NodeId, cause: Cause) {
        self.change(from, to, |lane| lane.cut = Some(cause));
    }

    /// Makes a link lose messages with this probability, on top of what it loses anyway. Zero ends it.
    pub(crate) fn lose(&mut self, from: NodeId, to: NodeId, probability: f64, cause: Cause) {
        self.change(from, to, |lane| lane.loses = (probability > 0.0).then_some((probability, cause)));
    }

    /// Makes every message of a link take so much longer. Zero ends it.
    pub(crate) fn delay(&mut self, from: NodeId, to: NodeId, span: Time, cause: Cause) {
        self.change(from, to, |lane| lane.delays = (span > Time::ZERO).then_some((span, cause)));
    }

    /// Whether a fault makes a link worse than it is.
    pub(crate) fn is_faulty(&self, from: NodeId, to: NodeId) -> bool {
        self.lanes[self.place(from, to)].is_faulty()
    }

    /// Makes every link what it is without faults. Says whether one had a fault.
    pub(crate) fn heal(&mut self) -> bool {
        let mut mended = false;
        for lane in &mut self.lanes {
            mended |= lane.is_faulty();
            (lane.cut, lane.loses, lane.delays) = (None, None, None);
            lane.look_closer(&self.links[lane.link]);
        }
        mended
    }

    /// The links that are cut, as sender and receiver.
    pub fn cuts(&self) -> Vec<(NodeId, NodeId)> {
        let cut = (0..self.lanes.len()).filter(|place| self.lanes[*place].cut.is_some());
        cut.map(|place| (NodeId((place / self.nodes) as u16), NodeId((place % self.nodes) as u16))).collect()
    }

    /// Makes a link wait for a hand: its messages stay until they are let go one by one.
    pub fn hold(&mut self, from: NodeId, to: NodeId) {
        self.change(from, to, |lane| lane.held = true);
    }

    /// Lets a link run by itself again. Messages that wait stay until they are let go.
    pub fn unhold(&mut self, from: NodeId, to: NodeId) {
        self.change(from, to, |lane| lane.held = false);
    }

    /// Makes the `nth` message of a link, counted from 0, vanish.
    pub(crate) fn leave_out(&mut self, from: NodeId, to: NodeId, nth: u32) {
        self.change(from, to, |lane| lane.left_out.push(nth));
    }

    /// The faults that have changed the fate of a message since the last call.
    pub(crate) fn take_guilty(&mut self) -> impl Iterator<Item = Cause> + '_ {
        self.guilty.drain(..)
    }

    /// Whether a fault has changed the fate of a message since they were last taken.
    pub(crate) fn has_guilty(&self) -> bool {
        !self.guilty.is_empty()
    }

    /// Decides what becomes of a message of so many bytes that is sent now: nothing if it is left out of the story.
    pub(crate) fn fate(
        &mut self,
        now: Time,
        from: NodeId,
        to: NodeId,
        bytes: impl FnOnce() -> u64,
    ) -> Option<Fate> {
        let place = self.place(from, to);
        let lane = &mut self.lanes[place];
        let nth = lane.sent;
        lane.sent += 1;
        let link = &self.links[lane.link];
        lane.last_sent = if lane.last_sent.0 == now { (now, lane.last_sent.1 + 1) } else { (now, 0) };
        let mut rng = Rng::short(lane.key, now.as_us() << 16 ^ lane.last_sent.1);
        let mut start = now;
        if lane.special {
            if lane.left_out.contains(&nth) {
                return None;
            }
            if let Some(cause) = lane.cut {
                self.guilty.push(cause);
                return Some(Fate::Lost(DropReason::Partition));
            }
            if lane.held {
                return Some(Fate::Held);
            }
            if let Some((probability, cause)) = lane.loses
                && rng.chance(probability)
            {
                self.guilty.push(cause);
                return Some(Fate::Lost(DropReason::Loss));
            }
            lane.free_at = now.max(lane.free_at) + link.occupied_by(bytes());
            start = lane.free_at;
            if let Some((span, cause)) = lane.delays {
                self.guilty.push(cause);
                start += span;
            }
        }
        if link.loss > 0.0 && rng.chance(link.loss) {
            return Some(Fate::Lost(DropReason::Loss));
        }
        let mut first = start + link.latency.draw(&mut rng);
        if link.in_order {
            first = first.max(lane.last_arrival);
            lane.last_arrival = first;
        }
        let twice = link.duplication > 0.0 && rng.chance(link.duplication);
        Some(Fate::Arrives(first, twice.then(|| start + link.latency.draw(&mut rng))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: NodeId = NodeId(0);
    const B: NodeId = NodeId(1);

    fn network(link: Link) -> Network {
        Network::new(2, link, 1).unwrap()
    }

    fn arrivals(network: &mut Network, messages: u32, bytes: u64) -> Vec<Time> {
        let fates = (0..messages).map(|_| network.fate(Time::ZERO, A, B, || bytes));
        fates.filter_map(|fate| if let Some(Fate::Arrives(at, _)) = fate { Some(at) } else { None }).collect()
    }

    #[test]
    fn messages_overtake_each_other_unless_the_link_keeps_order() {
        let link = Link::new(Latency::Exponential(Time::ms(5)));
        let any = arrivals(&mut network(link.clone()), 50, 1);
        let ordered = arrivals(&mut network(Link { in_order: true, ..link }), 50, 1);
        assert!(!any.is_sorted() && ordered.is_sorted());
    }

    #[test]
    fn what_is_sent_together_queues_up_for_the_bandwidth() {
        let link = Link { bandwidth: Some(1_000_000), ..Link::new(Latency::Constant(Time::ms(1))) };
        let arrived = arrivals(&mut network(link), 3, 500);
        assert_eq!(arrived, [Time::us(1_500), Time::us(2_000), Time::us(2_500)]);
    }

    #[test]
    fn a_cut_is_one_way_and_names_its_fault_for_each_message() {
        let mut network = network(Link::default());
        network.cut(A, B, 3);
        assert_eq!(network.fate(Time::ZERO, A, B, || 1), Some(Fate::Lost(DropReason::Partition)));
        assert!(matches!(network.fate(Time::ZERO, B, A, || 1), Some(Fate::Arrives(..))));
        assert_eq!(network.take_guilty().collect::<Vec<_>>(), [3]);
        assert!(network.heal() && !network.heal());
        assert!(matches!(network.fate(Time::ZERO, A, B, || 1), Some(Fate::Arrives(..))));
    }

    #[test]
    fn extra_loss_and_delay_end_with_zero() {
        let mut network = network(Link::new(Latency::Constant(Time::ms(1))));
        network.lose(A, B, 1.0, 0);
        assert_eq!(network.fate(Time::ZERO, A, B, || 1), Some(Fate::Lost(DropReason::Loss)));
        network.lose(A, B, 0.0, 0);
        network.delay(A, B, Time::ms(4), 1);
        assert_eq!(network.fate(Time::ZERO, A, B, || 1), Some(Fate::Arrives(Time::ms(5), None)));
        network.delay(A, B, Time::ZERO, 1);
        assert_eq!(network.fate(Time::ZERO, A, B, || 1), Some(Fate::Arrives(Time::ms(1), None)));
    }

    #[test]
    fn a_message_that_is_left_out_vanishes_and_the_next_does_not() {
        let mut network = network(Link::default());
        network.leave_out(A, B, 0);
        assert_eq!(network.fate(Time::ZERO, A, B, || 1), None);
        assert!(network.fate(Time::ZERO, A, B, || 1).is_some());
    }
}

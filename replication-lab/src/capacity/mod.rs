//! Capacity arithmetic of a leader and its followers: reads, what following costs, and what a lost leader takes with it.
//!
//! [`planner`] goes the whole way, from a demand to a number of nodes with spares; [`hot_key`] is the case where more
//! nodes do not help.
//!
//! # Limits
//! A node is a number of reads a second, and everything else that it does takes a share of that: the leader's writes,
//! the replay of these writes on every follower, the stream to each follower that a node feeds. No share depends on
//! another; a real node also has disks, caches and a network, and replay usually costs less than the execution did.
//!
//! # Examples
//! ```
//! use replication_lab::capacity::{data_at_risk, followers_needed, read_capacity};
//!
//! // 50,000 reads a second; writes take half of the leader, their replay 30 % of each follower.
//! assert_eq!(read_capacity(50_000.0, 0.5, 0.3, 3)?, 130_000.0);
//! assert_eq!(followers_needed(50_000.0, 0.5, 0.3, 200_000.0)?, 5);
//!
//! // 1,000 writes a second of 500 bytes, and a follower that is 2 s behind.
//! let lost = data_at_risk(1_000.0, 500.0, 2.0)?;
//! assert_eq!((lost.bytes, lost.writes), (1_000_000.0, 2_000.0));
//! # Ok::<(), replication_lab::capacity::CapacityError>(())
//! ```

pub mod hot_key;
pub mod planner;

use std::fmt;

use serde::{Deserialize, Serialize};

/// A load that is above 1 by no more than this is just full: sums of shares such as 0.7 + 3 · 0.1 are rounded.
const ROUNDING: f64 = 1e-9;

/// A number that a formula is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Input {
    /// Reads a second that a node can answer when it does nothing else.
    NodeReads,
    /// Reads a second that all nodes together shall answer.
    TargetReads,
    /// Share of the leader that writes take.
    LeaderWrite,
    /// Share of a follower that replay takes.
    Replay,
    /// Share of a node that the stream to one follower takes.
    Stream,
    /// Writes a second.
    Writes,
    /// Bytes of a write.
    WriteSize,
    /// Seconds that a follower is behind.
    Lag,
    /// Writes whose loss can be borne.
    Bearable,
    /// Writes a second that a node can take when it does nothing else.
    NodeWrites,
    /// The share that must not be exceeded.
    Ceiling,
    /// The share of all reads that asks for one key.
    HotKey,
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NodeReads => "the reads of a node",
            Self::TargetReads => "the target",
            Self::LeaderWrite => "the leader's share for writes",
            Self::Replay => "a follower's share for replay",
            Self::Stream => "a stream's share",
            Self::Writes => "the writes a second",
            Self::WriteSize => "the size of a write",
            Self::Lag => "the lag",
            Self::Bearable => "the writes whose loss can be borne",
            Self::NodeWrites => "the writes of a node",
            Self::Ceiling => "the ceiling",
            Self::HotKey => "the hot key's share",
        })
    }
}

/// Numbers for which there is no answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CapacityError {
    /// A share below 0 or above 1, or no number.
    Share(Input, f64),
    /// An amount below 0, infinite, or no number.
    Amount(Input, f64),
    /// No number of followers is enough.
    Unreachable {
        /// What was asked for.
        target: f64,
        /// What the leader reads by itself, to which no follower adds anything.
        leader: f64,
    },
    /// The followers that feed others can't feed that many.
    Fed {
        /// Followers that the leader feeds.
        direct: u32,
        /// Followers that those have to feed.
        others: u32,
    },
    /// One leader can't take the writes, and every write goes through it.
    Writes {
        /// What was asked for, a second.
        target: f64,
        /// What one node takes within its ceiling, a second.
        leader: f64,
    },
}

impl fmt::Display for CapacityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Share(input, value) => write!(f, "{input} is {value}: a share is a number from 0 to 1"),
            Self::Amount(input, value) => {
                write!(f, "{input}: {value} is no amount; choose a finite number that is not below 0")
            }
            Self::Unreachable { target, leader } => write!(
                f,
                "{target} reads a second are out of reach: followers have no time left to read, and the leader alone \
                 answers {leader}; lower the replay share or the target"
            ),
            Self::Fed { direct, others } => write!(
                f,
                "{direct} followers can't feed {others} others: let the leader feed more of them, and not more than \
                 there are"
            ),
            Self::Writes { target, leader } => write!(
                f,
                "{target} writes a second are too many for one leader, which takes {leader}; a follower more takes \
                 none of them: partition the data, or batch the writes"
            ),
        }
    }
}

impl std::error::Error for CapacityError {}

fn share(input: Input, value: f64) -> Result<f64, CapacityError> {
    match (0.0..=1.0).contains(&value) {
        true => Ok(value),
        false => Err(CapacityError::Share(input, value)),
    }
}

fn amount(input: Input, value: f64) -> Result<f64, CapacityError> {
    match value.is_finite() && value >= 0.0 {
        true => Ok(value),
        false => Err(CapacityError::Amount(input, value)),
    }
}

/// Reads a second of a leader and its followers, all of which answer reads. Every follower replays every write, so what
/// is left of it doesn't depend on how many there are: the total grows by the same amount with each.
///
/// # Errors
/// When the node's reads are no amount, then when one of the shares is none, in their order.
pub fn read_capacity(
    node_reads: f64,
    leader_write: f64,
    replay: f64,
    followers: u32,
) -> Result<f64, CapacityError> {
    let node = amount(Input::NodeReads, node_reads)?;
    let leader = node * (1.0 - share(Input::LeaderWrite, leader_write)?);
    let follower = node * (1.0 - share(Input::Replay, replay)?);
    Ok(leader + follower * f64::from(followers))
}

/// The fewest followers with which leader and followers answer so many reads a second: 0 if the leader can by itself.
///
/// # Errors
/// As [`read_capacity`], then when the target is no amount, then when no number of followers reaches it: replay takes
/// all of them. (More than four thousand million followers count as none.)
pub fn followers_needed(
    node_reads: f64,
    leader_write: f64,
    replay: f64,
    target: f64,
) -> Result<u32, CapacityError> {
    let leader = read_capacity(node_reads, leader_write, replay, 0)?;
    let follower = node_reads * (1.0 - replay);
    let missing = amount(Input::TargetReads, target)? - leader;
    if missing <= 0.0 {
        return Ok(0);
    }
    let needed = libm::ceil(missing / follower);
    // Without a follower's part it is infinite.
    match needed <= f64::from(u32::MAX) {
        true => Ok(needed as u32),
        false => Err(CapacityError::Unreachable { target, leader }),
    }
}

/// A leader that pays for every follower which it feeds: the variant in which the returns do diminish.
///
/// A stream to a follower takes a share of the node that feeds it: reading the log, sending it, keeping a connection.
/// Up to [`most_direct`](Self::most_direct) followers it comes out of the leader's reads. From the next one on it comes
/// out of its *writes*, which nobody else can take: that is the point where *cascading* wins, where followers feed
/// followers.
///
/// # Examples
/// ```
/// use replication_lab::capacity::Streaming;
///
/// let streaming = Streaming::new(50_000.0, 0.5, 0.3, 0.03)?;
/// assert_eq!(format!("{:.0}", streaming.leader_reads(10)), "10000");
/// // With 17 followers the leader has no reads left, and can't take all writes either.
/// assert_eq!(streaming.most_direct(), Some(16));
/// assert!(streaming.leader_reads(17) == 0.0 && streaming.writes_taken(17) < 1.0);
/// # Ok::<(), replication_lab::capacity::CapacityError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Streaming {
    node_reads: f64,
    leader_write: f64,
    replay: f64,
    stream: f64,
}

impl Streaming {
    /// A leader with these shares; `stream` is what one follower costs the node that feeds it.
    ///
    /// # Errors
    /// As [`read_capacity`], then when `stream` is no share.
    pub fn new(node_reads: f64, leader_write: f64, replay: f64, stream: f64) -> Result<Self, CapacityError> {
        read_capacity(node_reads, leader_write, replay, 0)?;
        share(Input::Stream, stream)?;
        Ok(Self { node_reads, leader_write, replay, stream })
    }

    /// The leader's load when it feeds so many followers and answers no reads: 1 is all that it has.
    pub fn leader_load(&self, followers: u32) -> f64 {
        self.leader_write + self.stream * f64::from(followers)
    }

    /// Reads a second that are left of the leader when it feeds so many followers; 0 when nothing is.
    pub fn leader_reads(&self, followers: u32) -> f64 {
        self.node_reads * (1.0 - self.leader_load(followers)).max(0.0)
    }

    /// Reads a second of all nodes when the leader feeds all followers. Beyond [`most_direct`](Self::most_direct) it
    /// looks well, and the writes pay for it: see [`writes_taken`](Self::writes_taken).
    pub fn reads(&self, followers: u32) -> f64 {
        self.leader_reads(followers) + self.node_reads * (1.0 - self.replay) * f64::from(followers)
    }

    /// The share of the writes that a leader can take which feeds so many followers first: 1 is all of them.
    pub fn writes_taken(&self, followers: u32) -> f64 {
        match self.leader_load(followers) <= 1.0 + ROUNDING {
            true => 1.0,
            false => ((1.0 - self.stream * f64::from(followers)) / self.leader_write).max(0.0),
        }
    }

    /// The most followers that the leader can feed and still take all writes; cascading wins from the next one on.
    /// Nothing if streams cost nothing.
    pub fn most_direct(&self) -> Option<u32> {
        let most = libm::floor((1.0 - self.leader_write) / self.stream + ROUNDING);
        (self.stream > 0.0 && most < f64::from(u32::MAX)).then_some(most as u32)
    }

    /// Reads a second of all nodes when the leader feeds `direct` of the followers, and those share the others
    /// between them. A stream costs the same wherever it begins, so this is [`reads`](Self::reads) again as long
    /// as the leader can feed all; but the leader keeps its reads.
    ///
    /// # Errors
    /// When there are fewer followers than `direct`, or those have not enough left to feed the others.
    pub fn cascaded_reads(&self, followers: u32, direct: u32) -> Result<f64, CapacityError> {
        let others = followers.saturating_sub(direct);
        let left = (1.0 - self.replay) * f64::from(direct) - self.stream * f64::from(others);
        if direct > followers || others > 0 && left < -ROUNDING {
            return Err(CapacityError::Fed { direct, others });
        }
        let reading = left.max(0.0) + (1.0 - self.replay) * f64::from(others);
        Ok(self.leader_reads(direct) + self.node_reads * reading)
    }
}

/// What is lost when the leader is, and its disk with it: what the follower that takes over hasn't got.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AtRisk {
    /// Bytes of these writes' rows. The log is larger: it also has index entries and whole pages.
    pub bytes: f64,
    /// Writes, on the average: there may be a fraction.
    pub writes: f64,
}

/// What is at risk while the follower that would take over is so many seconds behind. That is the exposure; how much of
/// it is tolerable is the objective, the RPO.
///
/// # Errors
/// When a number is no amount: the writes first, then their size, then the lag.
pub fn data_at_risk(writes_per_s: f64, bytes_per_write: f64, lag_s: f64) -> Result<AtRisk, CapacityError> {
    let rate = amount(Input::Writes, writes_per_s)?;
    let size = amount(Input::WriteSize, bytes_per_write)?;
    let writes = rate * amount(Input::Lag, lag_s)?;
    Ok(AtRisk { bytes: writes * size, writes })
}

/// The longest lag in seconds at which no more than `bearable` writes are at risk: where an alert belongs. Nothing if
/// nobody writes, for then no lag is too long.
///
/// # Errors
/// When a number is no amount: the writes a second first.
pub fn longest_lag(writes_per_s: f64, bearable: f64) -> Result<Option<f64>, CapacityError> {
    let rate = amount(Input::Writes, writes_per_s)?;
    let bearable = amount(Input::Bearable, bearable)?;
    Ok((rate > 0.0).then(|| bearable / rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(followers: u32) -> f64 {
        read_capacity(50_000.0, 0.5, 0.3, followers).unwrap()
    }

    fn streaming() -> Streaming {
        Streaming::new(50_000.0, 0.5, 0.3, 0.03).unwrap()
    }

    #[test]
    fn reads_grow_by_the_same_with_every_follower() {
        assert_eq!([0, 1, 3, 10].map(reads), [25_000.0, 60_000.0, 130_000.0, 375_000.0]);
        assert_eq!([1, 3, 10].map(|followers| reads(followers) / reads(0)), [2.4, 5.2, 15.0]);
    }

    #[test]
    fn followers_for_a_target() {
        let needed = |target| followers_needed(50_000.0, 0.5, 0.3, target).unwrap();
        assert_eq!([0.0, 25_000.0, 25_001.0, 60_000.0, 60_001.0].map(needed), [0, 0, 1, 1, 2]);
        assert_eq!(needed(200_000.0), 5);
        assert_eq!(needed(10_000_000.0), 285);
    }

    #[test]
    fn where_replay_takes_everything_followers_do_not_help() {
        let needed = |target| followers_needed(50_000.0, 0.5, 1.0, target);
        assert_eq!(needed(25_000.0), Ok(0));
        let error = CapacityError::Unreachable { target: 25_001.0, leader: 25_000.0 };
        assert_eq!(needed(25_001.0), Err(error));
        assert_eq!(followers_needed(0.0, 0.0, 0.0, 0.0), Ok(0));
        assert!(matches!(followers_needed(0.0, 0.0, 0.0, 1.0), Err(CapacityError::Unreachable { .. })));
        assert!(followers_needed(1e-9, 0.0, 0.0, 1e9).is_err());
    }

    #[test]
    fn the_leader_pays_for_streams() {
        let streaming = streaming();
        let leader = [0, 10, 16, 17, 30].map(|followers| streaming.leader_reads(followers).round());
        assert_eq!(leader, [25_000.0, 10_000.0, 1_000.0, 0.0, 0.0]);
        assert_eq!(streaming.most_direct(), Some(16));
        assert_eq!([0, 16].map(|followers| streaming.writes_taken(followers)), [1.0, 1.0]);
        assert!((streaming.writes_taken(17) - 0.98).abs() < 1e-9);
        assert_eq!(streaming.writes_taken(34), 0.0);
        // Diminishing for once: the first follower brings 35,000 − 1,500.
        assert_eq!((streaming.reads(1) - streaming.reads(0)).round(), 33_500.0);
    }

    #[test]
    fn cascading_keeps_the_leader_able_to_write() {
        let streaming = streaming();
        let all = |direct| streaming.cascaded_reads(40, direct).unwrap().round();
        // A stream costs the same wherever it begins: it makes no difference who feeds, until the leader is full.
        assert_eq!([2, 8, 16].map(all), [all(16); 3]);
        assert_eq!(streaming.cascaded_reads(16, 16).unwrap(), streaming.reads(16));
        assert!(streaming.reads(40) > all(8) && streaming.writes_taken(40) == 0.0);
        assert_eq!(streaming.writes_taken(8), 1.0);
        let error = streaming.cascaded_reads(40, 1).unwrap_err();
        assert!(error.to_string().starts_with("1 followers can't feed 39 others"), "{error}");
        assert!(streaming.cascaded_reads(3, 4).is_err());
        assert_eq!(streaming.cascaded_reads(0, 0).unwrap(), 25_000.0);
    }

    #[test]
    fn streams_that_fill_the_leader_exactly_are_not_too_many() {
        let streaming = Streaming::new(1.0, 0.7, 0.0, 0.1).unwrap();
        assert_eq!(streaming.most_direct(), Some(3));
        assert_eq!(streaming.writes_taken(3), 1.0);
        assert_eq!(Streaming::new(1.0, 0.5, 0.0, 0.0).unwrap().most_direct(), None);
        assert_eq!(Streaming::new(1.0, 1.0, 0.0, 0.1).unwrap().most_direct(), Some(0));
    }

    #[test]
    fn what_a_lost_leader_takes_with_it() {
        let at_risk = |lag| data_at_risk(1_000.0, 500.0, lag).unwrap();
        assert_eq!(at_risk(1.0).bytes, 500_000.0);
        assert_eq!(at_risk(2.0), AtRisk { bytes: 1e6, writes: 2_000.0 });
        assert_eq!(at_risk(10.0), AtRisk { bytes: 5e6, writes: 10_000.0 });
        assert_eq!(data_at_risk(2_500.0, 800.0, 4.0), Ok(AtRisk { bytes: 8e6, writes: 10_000.0 }));
        assert_eq!(longest_lag(1_000.0, 10_000.0), Ok(Some(10.0)));
        assert_eq!(longest_lag(0.0, 0.0), Ok(None));
    }

    #[test]
    fn impossible_numbers_are_named() {
        let why = |error: CapacityError| error.to_string();
        assert_eq!(
            why(read_capacity(50.0, 1.2, -0.1, 1).unwrap_err()),
            "the leader's share for writes is 1.2: a share is a number from 0 to 1"
        );
        assert!(
            why(read_capacity(f64::NAN, 1.2, 0.0, 1).unwrap_err()).starts_with("the reads of a node: NaN is")
        );
        assert!(why(read_capacity(1.0, 0.5, f64::NAN, 1).unwrap_err()).starts_with("a follower's share"));
        assert!(
            why(followers_needed(1.0, 0.5, 0.5, f64::INFINITY).unwrap_err()).starts_with("the target: inf")
        );
        assert!(why(Streaming::new(1.0, 0.5, 0.5, 2.0).unwrap_err()).starts_with("a stream's share is 2"));
        assert!(why(data_at_risk(1.0, -1.0, -1.0).unwrap_err()).starts_with("the size of a write: -1"));
        assert!(why(longest_lag(1.0, -1.0).unwrap_err()).starts_with("the writes whose loss can be borne"));
        let far = followers_needed(50_000.0, 0.5, 1.0, 60_000.0).unwrap_err();
        assert!(why(far).starts_with("60000 reads a second are out of reach"));
    }
}

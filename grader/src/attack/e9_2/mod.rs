//! Attacks on the router: followers at any position, reports in any order, failovers, two devices.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::counted;
use crate::exercises::e9_2::{NodeId, Position, Route, View};

#[cfg(feature = "judge")]
mod draw;
#[cfg(feature = "judge")]
mod rules;

/// Servers, users, and what happens, one thing after the other. L leads epoch 1; the followers F1, F2 and so on begin with
/// nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Situation {
    /// How many followers there are.
    pub followers: u16,
    /// What happens.
    pub events: Vec<Event>,
}

/// A user's device: each has a router of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Device {
    /// The first.
    Laptop,
    /// The second.
    Phone,
}

/// A user: ann, bob or cleo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct User(pub u8);

/// Something that happens. What is impossible at the time does not happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A user writes, on a device. Whether the router is told only after the next write of this user there.
    Write(User, Device, bool),
    /// Others write so many entries.
    OthersWrite(u64),
    /// A user reads, on a device, with this draw. While he waits, nothing changes.
    Read(User, Device, u64),
    /// A user reads as often as there are followers, with the draws 0, 1, 2 and so on; what comes of it nobody sees.
    Reads(User, Device),
    /// A follower replays so many entries.
    Replay(NodeId, u64),
    /// A follower receives all that the leader has, and does not replay it yet.
    Receive(NodeId),
    /// A follower goes down.
    Down(NodeId),
    /// A follower is up again, where it was.
    Up(NodeId),
    /// The leader serves so many reads of others from now on.
    Load(u32),
    /// The leader is gone.
    LeaderGone,
    /// A follower leads the next epoch, with what it had replayed and one entry more.
    Failover(NodeId),
    /// From now on the router takes the first leader, which was deposed, for the leader; or no longer.
    Mistaken(bool),
    /// A follower is added that was made from an old backup: it has so many entries.
    Newcomer(u64),
    /// The token of a user goes from one device to the other: the one of now, or the one of the time when he last carried
    /// it.
    Token(User, Device, bool),
    /// A router forgets what is replicated.
    Forget(Device),
}

/// What was seen of one event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// What was known of the servers.
    pub view: View,
    /// What a router was asked, and what it said, in order.
    pub asked: Vec<Asked>,
    /// What a router was told afterwards, in order.
    pub told: Vec<(Device, User, Told, Position)>,
    /// A router forgot, and remembers so many users now.
    pub forgot: Option<(Device, usize)>,
    /// What each router says that each user needs, afterwards.
    pub tokens: Vec<(Device, User, Position)>,
}

/// A question to a router.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Whose read.
    pub user: User,
    /// Where.
    pub device: Device,
    /// How long it has waited, in milliseconds.
    pub waited: u64,
    /// The draw.
    pub draw: u64,
    /// What the router said.
    pub route: Route,
}

/// What a router is told of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// A write of his is there.
    Wrote,
    /// He has seen a server that is there.
    Saw,
    /// A token came from his other device.
    Token,
}

impl User {
    /// The name that the router knows.
    pub(crate) fn name(self) -> &'static str {
        ["ann", "bob", "cleo"].get(usize::from(self.0)).copied().unwrap_or("dave")
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Laptop => "the laptop",
            Self::Phone => "the phone",
        })
    }
}

/// The name of a server.
pub(super) fn name(node: NodeId) -> &'static str {
    ["L", "F1", "F2", "F3", "F4"].get(node.index()).copied().unwrap_or("?")
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write(user, device, late) => {
                write!(f, "{} writes on {device}", user.name())?;
                f.write_str(if *late { "; that is reported only after the next such write" } else { "" })
            }
            Self::OthersWrite(count) => write!(f, "others write {}", counted(*count, "entry", "entries")),
            Self::Read(user, device, draw) => {
                write!(f, "{} reads on {device}, with the draw {draw}", user.name())
            }
            Self::Reads(user, device) => write!(f, "{} reads on {device}, with each draw", user.name()),
            Self::Replay(node, count) => {
                write!(
                    f,
                    "{} replays {}, if there are so many",
                    name(*node),
                    counted(*count, "entry", "entries")
                )
            }
            Self::Receive(node) => {
                write!(f, "{} receives everything, and has not replayed it yet", name(*node))
            }
            Self::Down(node) => write!(f, "{} goes down", name(*node)),
            Self::Up(node) => write!(f, "{} is up again, where it was", name(*node)),
            Self::Load(reads) => write!(f, "the leader serves {reads} reads of others from now on"),
            Self::LeaderGone => f.write_str("the leader is gone"),
            Self::Failover(node) => {
                write!(f, "{} leads the next epoch, with what it had replayed", name(*node))
            }
            Self::Mistaken(true) => f.write_str("L is taken for the leader from now on, deposed or not"),
            Self::Mistaken(false) => f.write_str("the true leader is known again"),
            Self::Newcomer(lsn) => {
                write!(f, "a follower is added from a backup: it has the entries up to {lsn}")
            }
            Self::Token(user, to, fresh) => {
                let which = if *fresh { "the token" } else { "an old token" };
                write!(f, "{which} of {} comes to {to}, from the other device", user.name())
            }
            Self::Forget(device) => write!(f, "the router of {device} forgets what is replicated"),
        }
    }
}

impl fmt::Display for Situation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let followers: Vec<_> = (1..=self.followers).map(|node| name(NodeId(node))).collect();
        let followers = if followers.is_empty() { "nobody".to_owned() } else { followers.join(", ") };
        write!(
            f,
            "1. L leads epoch 1, followed by {followers}; patience 100 ms, near 3 entries, 10 reads at the leader"
        )?;
        for (number, event) in self.events.iter().enumerate() {
            write!(f, "\n{}. {event}", number + 2)?;
        }
        Ok(())
    }
}

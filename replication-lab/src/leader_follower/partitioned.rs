//! Several partitions, each a leader–follower cluster of its own, that replicate independently.
//!
//! No partition knows of the others: a follower of one may be far ahead of a follower of another, and no order holds
//! between their logs. Virtual time is the same in all of them.
//!
//! # What is simplified
//! A client of one name is a node of its own in each partition; what its router remembers is by partition, as positions
//! of two logs can't be compared anyway. The reads of one look leave in the same instant.
//!
//! # Examples
//! ```
//! use replication_lab::leader_follower::{LeaderFollower, Partitioned, Placement};
//! use replication_lab::time::Time;
//!
//! let partition = |lag| LeaderFollower::builder().followers(1).clients(3).server("F1", move |f1| f1.ship_after = lag);
//! let placement = Placement::listed([("question", "A"), ("reply", "B")]);
//! let partitions = [("A", partition(Time::ms(800))), ("B", partition(Time::ms(50)))];
//! let mut shop = Partitioned::new(partitions, placement)?;
//! shop.write("c1", "question", "How much?")?;
//! shop.write("c2", "reply", "$42")?;
//! shop.run_until(Time::ms(300));
//! shop.look_at("c3", "F1", &["question", "reply"])?;
//! assert!(!shop.prefix().holds());
//! # Ok::<(), replication_lab::leader_follower::SetupError>(())
//! ```

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_64;

use super::builder::Builder;
use super::client::Outcome;
use super::cluster::LeaderFollower;
use super::message::Request;
use super::setup::SetupError;
use crate::history::{History, Verdict, consistent_prefix};
use crate::time::Time;
use crate::trace::NodeId;
use crate::view::{Figure, HistoryTimeline};

/// Which partition has which key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// By a hash of the whole key: load spreads, and nothing stays together.
    ByKey,
    /// By a hash of what stands before the key's last `/`: `talk-7/question` and `talk-7/reply` stay together, and a
    /// loud talk is all on one partition.
    ByPrefix,
    /// As listed, by the key's last part, what stands after its last `/`; what is not listed by a hash of the key.
    Listed(BTreeMap<String, String>),
}

impl Placement {
    /// A list of last parts of keys, and the partition that has them.
    pub fn listed<'a>(places: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self::Listed(places.into_iter().map(|(key, place)| (key.to_owned(), place.to_owned())).collect())
    }

    fn place(&self, key: &str, names: &[String]) -> usize {
        let hashed = |text: &str| (xxh3_64(text.as_bytes()) % names.len() as u64) as usize;
        let (before, last) = key.rsplit_once('/').unwrap_or((key, key));
        match self {
            Self::ByKey => hashed(key),
            Self::ByPrefix => hashed(before),
            Self::Listed(places) => {
                let listed = places.get(last).and_then(|wanted| names.iter().position(|name| name == wanted));
                listed.unwrap_or_else(|| hashed(key))
            }
        }
    }
}

/// An operation: its partition, its place in that partition's history, and its name there.
#[derive(Clone, Copy, Debug)]
struct Begun {
    partition: usize,
    place: usize,
    begun: (NodeId, u64),
}

/// Partitions in one time.
#[derive(Clone, Debug)]
pub struct Partitioned {
    names: Vec<String>,
    partitions: Vec<LeaderFollower>,
    placement: Placement,
    // In the order in which they began.
    begun: Vec<Begun>,
    // Places of reads in that list.
    looks: Vec<Vec<usize>>,
}

impl Partitioned {
    /// Partitions with their names. The seed of each is that of its builder, and its place.
    ///
    /// # Errors
    /// When there is none, or two have one name, or one can't be, or the placement names one that isn't there.
    pub fn new<'a>(
        partitions: impl IntoIterator<Item = (&'a str, Builder)>,
        placement: Placement,
    ) -> Result<Self, SetupError> {
        let (mut names, mut clusters) = (Vec::<String>::new(), Vec::new());
        for (place, (name, builder)) in partitions.into_iter().enumerate() {
            if names.iter().any(|other| other == name) {
                return Err(SetupError::SameName(name.to_owned()));
            }
            let seed = builder.settings().seed.wrapping_add(place as u64 * 1_000_003);
            names.push(name.to_owned());
            clusters.push(builder.seed(seed).build()?);
        }
        if clusters.is_empty() {
            return Err(SetupError::Zero("the number of partitions"));
        }
        if let Placement::Listed(places) = &placement
            && let Some(unknown) = places.values().find(|place| !names.contains(place))
        {
            return Err(SetupError::UnknownNode(unknown.clone(), names.join(", ")));
        }
        Ok(Self { names, partitions: clusters, placement, begun: Vec::new(), looks: Vec::new() })
    }

    /// The name of the partition that has a key.
    pub fn place(&self, key: &str) -> &str {
        &self.names[self.placement.place(key, &self.names)]
    }

    /// A partition, to look at it or to let something happen to it.
    ///
    /// # Errors
    /// When none has this name.
    pub fn partition(&mut self, name: &str) -> Result<&mut LeaderFollower, SetupError> {
        match self.names.iter().position(|other| other == name) {
            Some(place) => Ok(&mut self.partitions[place]),
            None => Err(SetupError::UnknownNode(name.to_owned(), self.names.join(", "))),
        }
    }

    /// The time.
    pub fn now(&self) -> Time {
        self.partitions.iter().map(LeaderFollower::now).max().unwrap_or_default()
    }

    /// Lets everything happen in all partitions until `end`.
    pub fn run_until(&mut self, end: Time) -> &mut Self {
        for partition in &mut self.partitions {
            partition.run_until(end);
        }
        self
    }

    /// Lets a span of time pass.
    pub fn run_for(&mut self, span: Time) -> &mut Self {
        self.run_until(self.now() + span)
    }

    fn begin(&mut self, client: &str, request: Request, server: Option<&str>) -> Result<usize, SetupError> {
        let key = match &request {
            Request::Put(key, _) | Request::Get(key) | Request::GetAt { key, .. } => key.as_str(),
            Request::Insert(_) | Request::DeleteAll => "",
        };
        let place = self.placement.place(key, &self.names);
        let partition = &mut self.partitions[place];
        let server = server.map(|server| partition.server_id(server)).transpose()?;
        let in_history = partition.history().0.len();
        let begun = partition.begin_at(client, request, server, None)?;
        self.begun.push(Begun { partition: place, place: in_history, begun });
        Ok(self.begun.len() - 1)
    }

    /// Lets time pass until these have ended.
    fn wait_for(&mut self, operations: &[usize]) -> Vec<Outcome> {
        let outcomes = operations.iter().map(|operation| {
            let Begun { partition, begun, .. } = self.begun[*operation];
            self.partitions[partition].wait_for(begun)
        });
        let outcomes = outcomes.collect();
        self.run_until(self.now());
        outcomes
    }

    /// Writes a value where its key belongs, and waits for the outcome.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn write(&mut self, client: &str, key: &str, value: &str) -> Result<Outcome, SetupError> {
        let operation = self.begin(client, Request::Put(key.into(), value.into()), None)?;
        Ok(self.wait_for(&[operation]).remove(0))
    }

    /// Reads a key where it belongs, and waits for the outcome.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn read(&mut self, client: &str, key: &str) -> Result<Outcome, SetupError> {
        let operation = self.begin(client, Request::Get(key.into()), None)?;
        Ok(self.wait_for(&[operation]).remove(0))
    }

    /// Reads several keys for one page, all at the same time, each where the settings say, and waits for all.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn look(&mut self, client: &str, keys: &[&str]) -> Result<Vec<Outcome>, SetupError> {
        self.look_from(client, None, keys)
    }

    /// As [`look`](Self::look), from the server of this name in every partition. On links of constant latency, the reads
    /// of one partition find one state: a snapshot.
    ///
    /// # Errors
    /// When there is no such client or server.
    pub fn look_at(&mut self, client: &str, server: &str, keys: &[&str]) -> Result<Vec<Outcome>, SetupError> {
        self.look_from(client, Some(server), keys)
    }

    fn look_from(
        &mut self,
        client: &str,
        server: Option<&str>,
        keys: &[&str],
    ) -> Result<Vec<Outcome>, SetupError> {
        let begin = |key: &&str| self.begin(client, Request::Get((*key).to_owned()), server);
        let look = keys.iter().map(begin).collect::<Result<Vec<_>, _>>()?;
        let outcomes = self.wait_for(&look);
        self.looks.push(look);
        Ok(outcomes)
    }

    /// The operations of all partitions, in the order in which they began.
    pub fn history(&self) -> History {
        let op = |begun: &Begun| self.partitions[begun.partition].history().0.get(begun.place).cloned();
        History(self.begun.iter().filter_map(op).collect())
    }

    /// The order of commits in all partitions, as one who had seen every acknowledgement would tell it: places of
    /// writes in the history.
    pub fn log(&self) -> Vec<usize> {
        let history = self.history();
        let writes = history.0.iter().enumerate().filter(|(_, op)| op.written().is_some());
        let mut acknowledged: Vec<_> = writes.filter_map(|(place, op)| Some((op.ended?, place))).collect();
        acknowledged.sort_unstable();
        acknowledged.into_iter().map(|(_, place)| place).collect()
    }

    /// Whether every look so far can be explained by some beginning of the log.
    pub fn prefix(&self) -> Verdict {
        consistent_prefix(&self.history(), &self.log(), &self.looks)
    }

    /// How many of the looks so far have an effect without its cause, and how many looks there were.
    pub fn broken_looks(&self) -> (usize, usize) {
        let (history, log) = (self.history(), self.log());
        let broken =
            |look: &&Vec<usize>| !consistent_prefix(&history, &log, std::slice::from_ref(*look)).holds();
        (self.looks.iter().filter(broken).count(), self.looks.len())
    }

    /// The operations as bars, with what is wrong with them.
    pub fn timeline(&self, title: &str) -> Figure {
        let history = self.history();
        let chart = HistoryTimeline::new(title, &history);
        match self.prefix() {
            Verdict::Violated(witness) => chart.witness(&witness).figure(),
            _ => chart.figure(),
        }
    }
}

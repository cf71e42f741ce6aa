//! The server and its clients, to drive operation by operation.

use std::collections::BTreeMap;
use std::fmt;

use super::node::{Answer, Member, Message};
use super::store::{Scheme, SiblingStore};
use crate::network::{Latency, Link};
use crate::time::Time;
use crate::trace::{NodeId, Trace};
use crate::world::{World, WorldError};

/// A server with siblings and its clients, before it is built.
#[derive(Clone, Debug, PartialEq)]
pub struct SiblingsSetup {
    /// The server's name, as it stands in dots. Default A.
    pub server: String,
    /// The clients' names. Default X and Y.
    pub clients: Vec<String>,
    /// How the server remembers what values have seen.
    pub scheme: Scheme,
    /// Every link. Default: always 1 ms.
    pub link: Link,
    /// Whether the run is traced. Default: it is.
    pub trace: bool,
    /// Seed of all that is random.
    pub seed: u64,
}

impl Default for SiblingsSetup {
    fn default() -> Self {
        Self {
            server: "A".into(),
            clients: vec!["X".into(), "Y".into()],
            scheme: Scheme::default(),
            link: Link::new(Latency::Constant(Time::ms(1))),
            trace: true,
            seed: 1,
        }
    }
}

/// A cluster that can't be, or an operation that came to nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum SiblingError {
    /// The world can't be.
    World(WorldError),
    /// No client has this name.
    NoSuchClient {
        /// The name that was asked for.
        asked: String,
        /// The names there are.
        known: String,
    },
    /// No answer came: a message was lost.
    NoAnswer,
}

impl fmt::Display for SiblingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::World(error) => error.fmt(f),
            Self::NoSuchClient { asked, known } => {
                write!(f, "no client is called {asked:?}: there are {known}")
            }
            Self::NoAnswer => f.write_str("no answer came: a message was lost; ask again"),
        }
    }
}

impl std::error::Error for SiblingError {}

/// A server and its clients in a world of their own.
///
/// # Examples
/// The sibling explosion that Riak had: two clients write in turn, each with the context of its own last write.
/// ```
/// use replication_lab::siblings::{Scheme, SiblingsSetup};
/// let after_four_writes = |scheme| -> Result<usize, replication_lab::siblings::SiblingError> {
///     let mut cluster = SiblingsSetup { scheme, ..SiblingsSetup::default() }.build()?;
///     cluster.put("Y", "name", "Bob")?;
///     cluster.put("X", "name", "Sue")?;
///     cluster.put("Y", "name", "Rita")?;
///     Ok(cluster.put("X", "name", "Michelle")?.values.len())
/// };
/// assert_eq!(after_four_writes(Scheme::Dotted)?, 2);
/// assert_eq!(after_four_writes(Scheme::MergedVector)?, 4);
/// # Ok::<(), replication_lab::siblings::SiblingError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Siblings {
    world: World<Member>,
}

const SERVER: NodeId = NodeId(0);

impl SiblingsSetup {
    /// The server and its clients.
    ///
    /// # Errors
    /// When there are too many clients, or the link can't be.
    pub fn build(self) -> Result<Siblings, SiblingError> {
        let server = (self.server.clone(), Member::Server(SiblingStore::new(&self.server, self.scheme)));
        let clients = self.clients.into_iter().map(|name| (name, Member::Client(BTreeMap::new())));
        let nodes = std::iter::once(server).chain(clients).collect();
        let world = World::new(self.seed, nodes, self.link, self.trace).map_err(SiblingError::World)?;
        Ok(Siblings { world })
    }
}

impl Siblings {
    /// A client writes a value, with the context that it last got with the key, and waits for the answer.
    ///
    /// # Errors
    /// When there is no such client, or no answer comes.
    pub fn put(&mut self, client: &str, key: &str, value: &str) -> Result<Answer, SiblingError> {
        self.begin_put(client, key, value)?;
        self.answer_to(client)
    }

    /// A client reads a key and waits for the answer.
    ///
    /// # Errors
    /// When there is no such client, or no answer comes.
    pub fn get(&mut self, client: &str, key: &str) -> Result<Answer, SiblingError> {
        let id = self.client(client)?;
        self.world.act(id, |_, effects| effects.send(SERVER, Message::Get { key: key.to_owned() }));
        self.answer_to(client)
    }

    /// A client sends a write, and nobody waits: [`settle`](Self::settle) lets it arrive.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn begin_put(&mut self, client: &str, key: &str, value: &str) -> Result<(), SiblingError> {
        let id = self.client(client)?;
        self.world.act(id, |member, effects| {
            if let Member::Client(seen) = member {
                let context = seen.get(key).cloned().unwrap_or_default();
                effects.send(SERVER, Message::Put { key: key.to_owned(), value: value.to_owned(), context });
            }
        });
        Ok(())
    }

    /// Lets everything arrive that is under way. Returns the answers, with the names of the clients that got them.
    pub fn settle(&mut self) -> Vec<(String, Answer)> {
        self.world.run_until_quiet();
        let told = self.world.take_outputs();
        told.into_iter().map(|(_, id, answer)| (self.world.name(id).to_owned(), answer)).collect()
    }

    /// What the server has of a key, and what it remembers of it, as text.
    pub fn describe(&self, key: &str) -> String {
        match self.world.node(SERVER) {
            Member::Server(store) => store.describe(key),
            Member::Client(_) => String::new(),
        }
    }

    /// What happened, unless the trace is switched off.
    pub fn trace(&self) -> Option<&Trace> {
        self.world.trace()
    }

    fn client(&self, name: &str) -> Result<NodeId, SiblingError> {
        let clients = || self.world.ids().filter(|id| *id != SERVER);
        clients().find(|id| self.world.name(*id) == name).ok_or_else(|| SiblingError::NoSuchClient {
            asked: name.to_owned(),
            known: clients().map(|id| self.world.name(id)).collect::<Vec<_>>().join(", "),
        })
    }

    fn answer_to(&mut self, client: &str) -> Result<Answer, SiblingError> {
        let mut answers = self.settle().into_iter().filter(|(name, _)| name == client);
        answers.next_back().map(|(_, answer)| answer).ok_or(SiblingError::NoAnswer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(scheme: Scheme) -> Siblings {
        SiblingsSetup { server: "a".into(), scheme, ..SiblingsSetup::default() }.build().unwrap()
    }

    #[test]
    fn transcript_of_riaks_sibling_explosion_averted() {
        let mut cluster = cluster(Scheme::Dotted);
        for (client, value) in [("Y", "Bob"), ("X", "Sue"), ("Y", "Rita"), ("X", "Michelle")] {
            cluster.put(client, "name", value).unwrap();
        }
        insta::assert_snapshot!(cluster.trace().unwrap().transcript());
    }

    #[test]
    fn writes_that_cross_on_the_network_are_siblings_and_a_reader_merges_them() {
        for scheme in [Scheme::MergedVector, Scheme::Dotted] {
            let mut cluster = cluster(scheme);
            cluster.begin_put("X", "cart", "milk").unwrap();
            cluster.begin_put("Y", "cart", "eggs").unwrap();
            cluster.settle();
            assert_eq!(cluster.get("Y", "cart").unwrap().to_string(), "cart: milk | eggs {a:2}");
            assert_eq!(cluster.put("Y", "cart", "both").unwrap().to_string(), "cart: both {a:3}");
        }
    }

    #[test]
    fn what_comes_to_nothing_says_why() {
        let why = cluster(Scheme::Dotted).put("Z", "x", "v").unwrap_err().to_string();
        assert_eq!(why, "no client is called \"Z\": there are X, Y");
        let link = Link { loss: 1.0, ..Link::default() };
        let mut deaf = SiblingsSetup { link, ..SiblingsSetup::default() }.build().unwrap();
        assert_eq!(
            deaf.get("X", "x").unwrap_err().to_string(),
            "no answer came: a message was lost; ask again"
        );
    }
}

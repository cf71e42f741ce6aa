//! Servers and their clients, to drive operation by operation.

use std::fmt;

use super::node::{Answer, Client, Member, Message, Server};
use super::scheme::Scheme;
use super::store::SiblingStore;
use super::writing::Writer;
use crate::network::{Latency, Link};
use crate::time::Time;
use crate::trace::{NodeId, Trace};
use crate::world::{PlanError, World, WorldError};

/// Servers with siblings and their clients, before they are built.
#[derive(Clone, Debug, PartialEq)]
pub struct SiblingsSetup {
    /// The servers' names, as they stand in dots. Default: only A.
    pub servers: Vec<String>,
    /// The clients' names. Default X and Y.
    pub clients: Vec<String>,
    /// How the servers remember what values have seen.
    pub scheme: Scheme,
    /// Whether a server tells the others of every write at once. Default: it does. If not, [`Siblings::sync`] does.
    pub replicate: bool,
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
            servers: vec!["A".into()],
            clients: vec!["X".into(), "Y".into()],
            scheme: Scheme::default(),
            replicate: true,
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
    /// There must be one server at least.
    NoServers,
    /// No client, or no server, has this name.
    NoSuchNode {
        /// `client` or `server`.
        what: &'static str,
        /// The name that was asked for.
        asked: String,
        /// The names there are.
        known: String,
    },
    /// The server did not take the write: why.
    Refused(String),
    /// No answer came: a message was lost.
    NoAnswer,
    /// A fault can't be.
    Fault(PlanError),
}

impl fmt::Display for SiblingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::World(error) => error.fmt(f),
            Self::Fault(error) => error.fmt(f),
            Self::NoServers => f.write_str("there is no server: name one at least"),
            Self::NoSuchNode { what, asked, known } => {
                write!(f, "no {what} is called {asked:?}: there are {known}")
            }
            Self::Refused(why) => f.write_str(why),
            Self::NoAnswer => f.write_str("no answer came: a message was lost; ask again"),
        }
    }
}

impl std::error::Error for SiblingError {}

/// Servers and their clients in a world of their own.
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
    pub(super) world: World<Member>,
    servers: usize,
}

impl SiblingsSetup {
    /// The servers and their clients.
    ///
    /// # Errors
    /// When there is no server, there are too many nodes, or the link can't be.
    pub fn build(self) -> Result<Siblings, SiblingError> {
        let count = self.servers.len();
        if count == 0 {
            return Err(SiblingError::NoServers);
        }
        let ids = || (0..count).filter_map(|place| u16::try_from(place).ok()).map(NodeId);
        let servers = self.servers.iter().enumerate().map(|(place, name)| {
            let store = SiblingStore::new(name, self.scheme);
            let peers =
                if self.replicate { ids().filter(|id| id.index() != place).collect() } else { vec![] };
            (name.clone(), Member::Server(Server { store, peers }))
        });
        let clients = self.clients.iter().map(|name| (name.clone(), Member::Client(Client::default())));
        let nodes = servers.chain(clients).collect();
        let world = World::new(self.seed, nodes, self.link, self.trace).map_err(SiblingError::World)?;
        Ok(Siblings { world, servers: count })
    }
}

impl Siblings {
    /// A client writes a value at the first server, with the context that it last got with the key, and waits for the
    /// answer.
    ///
    /// # Errors
    /// When there is no such client, the server refuses, or no answer comes.
    pub fn put(&mut self, client: &str, key: &str, value: &str) -> Result<Answer, SiblingError> {
        self.begin_put(client, key, value)?;
        self.answer_to(client)
    }

    /// A client writes a value at a server and waits for the answer.
    ///
    /// # Errors
    /// As [`put`](Self::put), and when there is no such server.
    pub fn put_at(
        &mut self,
        client: &str,
        server: &str,
        key: &str,
        value: &str,
    ) -> Result<Answer, SiblingError> {
        self.begin_put_at(client, server, key, value)?;
        self.answer_to(client)
    }

    /// A client deletes what it has seen of a key, at a server, and waits for the answer.
    ///
    /// # Errors
    /// As [`put_at`](Self::put_at).
    pub fn delete_at(&mut self, client: &str, server: &str, key: &str) -> Result<Answer, SiblingError> {
        let server = self.server(server)?;
        self.begin(client, server, key, None)?;
        self.answer_to(client)
    }

    /// A client reads a key at the first server and waits for the answer.
    ///
    /// # Errors
    /// When there is no such client, or no answer comes.
    pub fn get(&mut self, client: &str, key: &str) -> Result<Answer, SiblingError> {
        self.read(client, NodeId(0), key)
    }

    /// A client reads a key at a server and waits for the answer.
    ///
    /// # Errors
    /// When there is no such client or server, or no answer comes.
    pub fn get_at(&mut self, client: &str, server: &str, key: &str) -> Result<Answer, SiblingError> {
        let server = self.server(server)?;
        self.read(client, server, key)
    }

    fn read(&mut self, client: &str, server: NodeId, key: &str) -> Result<Answer, SiblingError> {
        let id = self.client(client)?;
        self.world.act(id, |_, effects| effects.send(server, Message::Get { key: key.to_owned() }));
        self.answer_to(client)
    }

    /// A client sends a write to the first server, and nobody waits: [`settle`](Self::settle) lets it arrive.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn begin_put(&mut self, client: &str, key: &str, value: &str) -> Result<(), SiblingError> {
        self.begin(client, NodeId(0), key, Some(value))
    }

    /// A client sends a write to a server, and nobody waits: [`settle`](Self::settle) lets it arrive.
    ///
    /// # Errors
    /// When there is no such client or server.
    pub fn begin_put_at(
        &mut self,
        client: &str,
        server: &str,
        key: &str,
        value: &str,
    ) -> Result<(), SiblingError> {
        let server = self.server(server)?;
        self.begin(client, server, key, Some(value))
    }

    fn begin(
        &mut self,
        client: &str,
        server: NodeId,
        key: &str,
        value: Option<&str>,
    ) -> Result<(), SiblingError> {
        let id = self.client(client)?;
        self.world.act(id, |member, effects| {
            if let Member::Client(state) = member {
                state.written += 1;
                let context = state.seen.get(key).cloned().unwrap_or_default();
                let writer = Writer { client: client.to_owned(), number: state.written, context };
                let value = value.map(str::to_owned);
                effects.send(server, Message::Put { key: key.to_owned(), value, writer });
            }
        });
        Ok(())
    }

    /// A server sends another one what it has of a key.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn sync(&mut self, from: &str, to: &str, key: &str) -> Result<(), SiblingError> {
        let (from, to) = (self.server(from)?, self.server(to)?);
        self.world.act(from, |member, effects| {
            if let Member::Server(server) = member {
                server.tell(key, to, effects);
            }
        });
        self.settle();
        Ok(())
    }

    /// Lets everything arrive that is under way. Returns the answers, with the names of the clients that got them.
    pub fn settle(&mut self) -> Vec<(String, Result<Answer, String>)> {
        self.world.run_until_quiet();
        let told = self.world.take_outputs();
        told.into_iter().map(|(_, id, answer)| (self.world.name(id).to_owned(), answer)).collect()
    }

    /// What the first server has of a key, and what it remembers of it, as text.
    pub fn describe(&self, key: &str) -> String {
        self.described(NodeId(0), key)
    }

    /// What a server has of a key, and what it remembers of it, as text.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn describe_at(&self, server: &str, key: &str) -> Result<String, SiblingError> {
        Ok(self.described(self.server(server)?, key))
    }

    fn described(&self, server: NodeId, key: &str) -> String {
        match self.world.node(server) {
            Member::Server(server) => server.store.describe(key),
            Member::Client(_) => String::new(),
        }
    }

    /// What happened, unless the trace is switched off.
    pub fn trace(&self) -> Option<&Trace> {
        self.world.trace()
    }

    fn client(&self, name: &str) -> Result<NodeId, SiblingError> {
        self.find("client", name, |id| id.index() >= self.servers)
    }

    fn server(&self, name: &str) -> Result<NodeId, SiblingError> {
        self.find("server", name, |id| id.index() < self.servers)
    }

    fn find(
        &self,
        what: &'static str,
        name: &str,
        is_one: impl Fn(NodeId) -> bool,
    ) -> Result<NodeId, SiblingError> {
        let all = || self.world.ids().filter(|id| is_one(*id));
        all().find(|id| self.world.name(*id) == name).ok_or_else(|| SiblingError::NoSuchNode {
            what,
            asked: name.to_owned(),
            known: all().map(|id| self.world.name(id)).collect::<Vec<_>>().join(", "),
        })
    }

    fn answer_to(&mut self, client: &str) -> Result<Answer, SiblingError> {
        let mut answers = self.settle().into_iter().filter(|(name, _)| name == client);
        let (_, answer) = answers.next_back().ok_or(SiblingError::NoAnswer)?;
        answer.map_err(SiblingError::Refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(scheme: Scheme) -> Siblings {
        SiblingsSetup { servers: vec!["a".into()], scheme, ..SiblingsSetup::default() }.build().unwrap()
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
    /// The story of chapter 7: X writes milk at A, Y writes eggs at B, and X merges.
    #[test]
    fn transcript_of_the_cart_at_two_servers() {
        let servers = vec!["A".into(), "B".into()];
        let mut cluster = SiblingsSetup { servers, ..SiblingsSetup::default() }.build().unwrap();
        cluster.begin_put_at("X", "A", "cart", "milk").unwrap();
        cluster.begin_put_at("Y", "B", "cart", "eggs").unwrap();
        cluster.settle();
        assert_eq!(cluster.get_at("X", "A", "cart").unwrap().to_string(), "cart: milk | eggs {A:1 B:1}");
        cluster.put_at("X", "A", "cart", "both").unwrap();
        for server in ["A", "B"] {
            assert_eq!(cluster.describe_at(server, "cart").unwrap(), "both (A,2){A:1 B:1}");
        }
        insta::assert_snapshot!(cluster.trace().unwrap().transcript());
    }

    #[test]
    fn without_replication_servers_know_nothing_of_each_other_until_they_sync() {
        let servers = vec!["A".into(), "B".into()];
        let setup = SiblingsSetup { servers, replicate: false, ..SiblingsSetup::default() };
        let mut cluster = setup.build().unwrap();
        cluster.put_at("X", "A", "cart", "milk").unwrap();
        assert_eq!(cluster.get_at("Y", "B", "cart").unwrap().values.len(), 0);
        cluster.sync("A", "B", "cart").unwrap();
        assert_eq!(cluster.get_at("Y", "B", "cart").unwrap().values, ["milk"]);
        cluster.delete_at("Y", "B", "cart").unwrap();
        assert_eq!(cluster.describe_at("B", "cart").unwrap(), "† (B,1){A:1}");
        assert_eq!(
            cluster.sync("A", "C", "cart").unwrap_err().to_string(),
            "no server is called \"C\": there are A, B"
        );
    }
}

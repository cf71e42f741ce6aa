//! Many clients, one cart, several servers: what each [`Scheme`] and each [`Merge`] loses, keeps and brings back.
//!
//! Clients read the cart at any server, merge its siblings, add an item or remove one, and write it back with the
//! context of the read. Some write without having read. Servers tell each other of every write, and sync now and then.
//! Which write could know of which is counted from what clients really read, so that no scheme judges itself.
//!
//! # Limits
//! One key. Clients don't keep a context from one operation to the next. A client waits 100 ms for an answer, and then
//! goes on to something else: its write may still arrive. Servers don't crash, unless the plan lets them; their stores
//! are on disk.
//!
//! # Examples
//! ```
//! use replication_lab::siblings::Scheme;
//! use replication_lab::siblings::carts::{Carts, compare_schemes, scheme_table};
//!
//! let carts = Carts { operations: 10, ..Carts::default() };
//! let all = compare_schemes(&carts)?;
//! let dotted = all.iter().find(|run| run.scheme == Scheme::Dotted).expect("all schemes are compared");
//! assert!(dotted.lost.is_empty() && dotted.false_siblings_per_read == 0.0);
//! println!("{}", scheme_table(&all).as_text());
//! # Ok::<(), replication_lab::siblings::carts::CartsError>(())
//! ```

mod cart;
mod measure;
mod node;
mod view;

use std::collections::BTreeSet;
use std::fmt;

use crate::network::{Latency, LatencyError, Link};
use crate::siblings::{Scheme, SiblingStore};
use crate::time::Time;
use crate::trace::{NodeId, Trace};
use crate::world::{Fault, FaultReport, Plan, PlanError, Planned, World, WorldError};

pub use cart::{ITEMS, Merge, WriteId};
pub use measure::CartMeasures;
pub use view::{scheme_table, siblings_chart};

use measure::Truth;
use node::{Client, KEY, Member, Server};

/// Most operations of one client: its writes are numbered below 10,000.
const MOST_OPERATIONS: u32 = 9_999;
/// When a run is given up.
const LAST: Time = Time::s(600);

/// The servers, the clients, and what goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Carts {
    /// Number of servers; they are called A, B, C …, and in a plan come first. Default 3.
    pub servers: u16,
    /// Number of clients, called c1, c2, … Default 4.
    pub clients: u16,
    /// Operations of each client. Default 40.
    pub operations: u32,
    /// Probability that a client reads the cart before it writes; else it writes blindly. Default 0.9.
    pub reads: f64,
    /// Probability that a client that finds items removes one instead of adding one. Default 0.4.
    pub removes: f64,
    /// How long a client rests between two operations. Default 5 to 45 ms.
    pub pause: Latency,
    /// Links between clients and servers. Default 1 ms.
    pub access: Latency,
    /// Links between servers. Default: exponential with a mean of 20 ms.
    pub replication: Latency,
    /// How often a server sends the others all that it has. Default 100 ms.
    pub sync_every: Time,
    /// How far each server's clock is ahead, in microseconds. Default: A's is 50 ms ahead, all others are right.
    pub clock_offsets: Vec<i64>,
    /// What goes wrong. Default: A is cut off from B and C from 300 ms to 600 ms. Every partition is healed in the end.
    pub plan: Plan,
    /// How the servers remember.
    pub scheme: Scheme,
    /// How clients merge.
    pub merge: Merge,
    /// How often the siblings are counted. Default 20 ms.
    pub look_every: Time,
    /// Whether the run is traced. Default: it isn't.
    pub trace: bool,
    /// Seed of all that is random.
    pub seed: u64,
}

impl Default for Carts {
    fn default() -> Self {
        let plan = Plan::none()
            .and(Time::ms(300), Fault::Partition(vec![NodeId(0)], vec![NodeId(1), NodeId(2)]))
            .and(Time::ms(600), Fault::Heal);
        Self {
            servers: 3,
            clients: 4,
            operations: 40,
            reads: 0.9,
            removes: 0.4,
            pause: Latency::Uniform(Time::ms(5), Time::ms(45)),
            access: Latency::Constant(Time::ms(1)),
            replication: Latency::Exponential(Time::ms(20)),
            sync_every: Time::ms(100),
            clock_offsets: vec![50_000],
            plan,
            scheme: Scheme::default(),
            merge: Merge::default(),
            look_every: Time::ms(20),
            trace: false,
            seed: 1,
        }
    }
}

/// Settings that can't be.
#[derive(Clone, Debug, PartialEq)]
pub enum CartsError {
    /// The world can't be.
    World(WorldError),
    /// The plan of faults can't be carried out.
    Plan(PlanError),
    /// A link or a pause can't be drawn.
    Latency(LatencyError),
    /// There are no servers, or more than the alphabet has letters.
    Servers(u16),
    /// A client has too many operations.
    Operations(u32),
    /// A probability that is none: which, and its value.
    Probability(&'static str, f64),
    /// A span of zero: which.
    Span(&'static str),
}

impl fmt::Display for CartsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::World(error) => error.fmt(f),
            Self::Plan(error) => error.fmt(f),
            Self::Latency(error) => error.fmt(f),
            Self::Servers(servers) => write!(f, "{servers} servers: there can be 1 to 26"),
            Self::Operations(operations) => {
                write!(f, "{operations} operations of each client: at most {MOST_OPERATIONS}")
            }
            Self::Probability(which, value) => write!(f, "{which} is {value}: a probability is from 0 to 1"),
            Self::Span(which) => write!(f, "{which} is zero: it must be longer"),
        }
    }
}

impl std::error::Error for CartsError {}

/// A run: what it has come to, what went wrong, and what happened if it was traced.
#[derive(Clone, Debug)]
pub struct CartsRun {
    /// The measures.
    pub measures: CartMeasures,
    /// What became of the faults.
    pub faults: FaultReport,
    /// What happened.
    pub trace: Option<Trace>,
}

/// Runs the same clients under every scheme. They draw the same random numbers; what they find differs.
///
/// # Errors
/// When the settings can't be.
pub fn compare_schemes(carts: &Carts) -> Result<Vec<CartMeasures>, CartsError> {
    let run = |scheme| Ok(Carts { scheme, ..carts.clone() }.run()?.measures);
    Scheme::ALL.into_iter().map(run).collect()
}

/// Runs the same clients with every way to merge.
///
/// # Errors
/// When the settings can't be.
pub fn compare_merges(carts: &Carts) -> Result<Vec<CartMeasures>, CartsError> {
    let run = |merge| Ok(Carts { merge, ..carts.clone() }.run()?.measures);
    Merge::ALL.into_iter().map(run).collect()
}

impl Carts {
    /// Lets the clients do what they do, the partitions end, and the servers sync.
    ///
    /// # Errors
    /// When the settings can't be.
    pub fn run(&self) -> Result<CartsRun, CartsError> {
        let mut world = self.world()?;
        let mut truth = Truth::default();
        let (mut siblings, mut most_siblings, mut width) = (Vec::new(), 0, 0);
        let last_fault = self.plan.ends();
        // After the last write and the last fault, servers get the time to tell each other everything, twice.
        let mut rounds_left = 2;
        while rounds_left > 0 && world.now() < LAST {
            let done = world.ids().all(|id| match world.node(id) {
                Member::Client(client) => client.is_done(),
                Member::Server(_) => true,
            });
            if done && world.now() >= last_fault {
                if rounds_left == 2 {
                    world.strike(&Fault::Heal).map_err(CartsError::Plan)?;
                }
                rounds_left -= 1;
                let pause = self.sync_every;
                world.run_until(world.now() + pause);
                world.run_until_quiet();
            } else {
                world.run_until(world.now() + self.look_every);
            }
            let counts: Vec<usize> = self.stores(&world).map(|store| store.values(KEY).len()).collect();
            let mean = counts.iter().sum::<usize>() as f64 / f64::from(self.servers);
            siblings.push((world.now(), mean));
            most_siblings = counts.into_iter().fold(most_siblings, usize::max);
            width = self.stores(&world).map(|store| store.context(KEY).width()).fold(width, usize::max);
            world.take_outputs().into_iter().for_each(|(.., told)| truth.hear(told));
        }
        let kept: Vec<BTreeSet<WriteId>> = self
            .stores(&world)
            .map(|store| store.values(KEY).iter().map(|cart| cart.write).collect())
            .collect();
        let anywhere = kept.iter().flatten().copied().collect();
        let first = self.stores(&world).next().map(|store| store.values(KEY)).unwrap_or_default();
        let (resurrected, missing) = truth.items(self.merge, &first);
        let (siblings_per_read, false_siblings_per_read) = truth.siblings_per_read();
        let measures = CartMeasures {
            scheme: self.scheme,
            merge: self.merge,
            acknowledged: truth.acknowledged(),
            refused: truth.refused,
            lost: truth.lost(&anywhere),
            siblings_per_read,
            false_siblings_per_read,
            siblings,
            most_siblings,
            width,
            servers_differ: kept.windows(2).any(|pair| pair[0] != pair[1]),
            resurrected,
            missing,
        };
        Ok(CartsRun { measures, faults: world.faults(), trace: world.trace().cloned() })
    }

    fn stores<'a>(&self, world: &'a World<Member>) -> impl Iterator<Item = &'a SiblingStore<cart::Cart>> {
        world.ids().filter_map(|id| match world.node(id) {
            Member::Server(server) => Some(&server.store),
            Member::Client(_) => None,
        })
    }

    fn check(&self) -> Result<(), CartsError> {
        if !(1..=26).contains(&self.servers) {
            return Err(CartsError::Servers(self.servers));
        }
        if self.operations > MOST_OPERATIONS {
            return Err(CartsError::Operations(self.operations));
        }
        for (which, value) in [("reads", self.reads), ("removes", self.removes)] {
            if !(0.0..=1.0).contains(&value) {
                return Err(CartsError::Probability(which, value));
            }
        }
        for (which, span) in [("sync_every", self.sync_every), ("look_every", self.look_every)] {
            if span == Time::ZERO {
                return Err(CartsError::Span(which));
            }
        }
        self.pause.validate().map_err(CartsError::Latency)
    }

    fn world(&self) -> Result<World<Member>, CartsError> {
        self.check()?;
        let servers: Vec<NodeId> = (0..self.servers).map(NodeId).collect();
        let letter = |id: &NodeId| char::from(b'A' + id.0 as u8).to_string();
        let mut nodes = Vec::new();
        for id in &servers {
            let store = SiblingStore::new(&letter(id), self.scheme);
            let peers = servers.iter().copied().filter(|peer| peer != id).collect();
            nodes.push((letter(id), Member::Server(Server { store, peers, sync_every: self.sync_every })));
        }
        for place in 1..=self.clients {
            let name = format!("c{place}");
            let client = Client {
                name: name.clone(),
                place: u32::from(place),
                servers: servers.clone(),
                left: self.operations,
                reads: self.reads,
                removes: self.removes,
                pause: self.pause.clone(),
                merge: self.merge,
                written: 0,
                operation: 0,
                waits: false,
            };
            nodes.push((name, Member::Client(client)));
        }
        let access = Link::new(self.access.clone());
        let mut world = World::new(self.seed, nodes, access, self.trace).map_err(CartsError::World)?;
        let pairs = servers.iter().flat_map(|from| servers.iter().map(move |to| (*from, *to)));
        for (from, to) in pairs.filter(|(from, to)| from != to) {
            let link = Link::new(self.replication.clone());
            world.network().set(from, to, link).map_err(CartsError::Latency)?;
        }
        let offsets = servers.iter().zip(&self.clock_offsets).filter(|(_, offset)| **offset != 0);
        let clocks =
            offsets.map(|(id, offset)| Planned { at: Time::ZERO, fault: Fault::Clock(*id, *offset) });
        let plan = Plan(clocks.chain(self.plan.0.iter().cloned()).collect());
        world.plan(&plan).map_err(CartsError::Plan)?;
        Ok(world)
    }
}

#[cfg(test)]
mod tests;

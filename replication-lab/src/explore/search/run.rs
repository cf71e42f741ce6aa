//! Breadth first through all states, on all cores.

use std::fmt;
use std::sync::{Arc, Mutex};

use super::found::Found;
use super::limits::{Limits, LimitsError};
use super::rename::Rename;
use super::state::{Cell, Flight, Searchable, State};
use super::step::Action;
use crate::explore::sweep::in_parallel;
use crate::trace::NodeId;
use crate::world::{Disk, Effects, Node, World};

/// States of one portion of work.
const PORTION: usize = 256;

type Fingerprint<N> = dyn Fn(&State<N>) -> u64 + Sync + Send;

/// A search through every order of events.
///
/// # Examples
/// Two nodes greet each other. Can a third node hear the answer before the greeting?
/// ```
/// use replication_lab::explore::{Limits, Outcome, Search};
/// use replication_lab::trace::NodeId;
/// use replication_lab::world::{Effects, Node};
///
/// #[derive(Clone, Debug, Hash)]
/// struct Listener(Vec<&'static str>);
/// impl Node for Listener {
///     type Message = &'static str;
///     type Timer = &'static str;
///     type Record = ();
///     type Output = ();
///     fn start(&mut self, effects: &mut Effects<'_, Self>) {
///         if effects.me() == NodeId(0) {
///             effects.send(NodeId(1), "hello");
///             effects.send(NodeId(2), "hello");
///         }
///     }
///     fn message(&mut self, _: NodeId, word: &'static str, effects: &mut Effects<'_, Self>) {
///         self.0.push(word);
///         if effects.me() == NodeId(1) {
///             effects.send(NodeId(2), "hello back");
///         }
///     }
///     fn timer(&mut self, _: &'static str, _: &mut Effects<'_, Self>) {}
/// }
///
/// let nodes = ["A", "B", "C"].map(|name| (name.to_owned(), Listener(Vec::new())));
/// let search = Search::new(nodes.to_vec(), Limits::default())?;
/// let explored = search.verify(|state| match state.node(NodeId(2)).0.first() {
///     Some(&"hello back") => Err("C hears the answer before the greeting".into()),
///     _ => Ok(()),
/// });
/// let Outcome::Violated(found, why) = explored.outcome else { panic!("{explored}") };
/// assert_eq!(found.path.len(), 2, "{why}");
/// assert!(found.trace().transcript().contains("B ⇥ C  hello back"));
/// # Ok::<(), replication_lab::explore::LimitsError>(())
/// ```
pub struct Search<N: Node> {
    names: Vec<String>,
    // Where the run began, how it came to where the search begins, and that state.
    origin: State<N>,
    before: Vec<Action<N>>,
    start: State<N>,
    // How states are told apart, if not by their own fingerprint.
    canonical: Option<Box<Fingerprint<N>>>,
}

/// How a search ended.
#[derive(Clone, Debug)]
pub enum Outcome<N: Node> {
    /// Every state in the scope was looked at, and nothing was found.
    Exhausted,
    /// A state in which something is wrong, and what.
    Violated(Box<Found<N>>, String),
    /// A state that was looked for.
    Reached(Box<Found<N>>),
    /// The limit of states, or of events, was reached first.
    CutShort,
}

/// What a search did.
#[derive(Clone, Debug)]
pub struct Explored<N: Node> {
    /// How it ended.
    pub outcome: Outcome<N>,
    /// Different states that were looked at.
    pub states: usize,
    /// Steps from state to state, those to known states included.
    pub steps: usize,
    /// Events of the longest path.
    pub depth: u32,
}

struct Fresh<N: Node> {
    state: State<N>,
    fingerprint: u64,
    parent: u32,
    // The move that leads here, among those of its parent.
    place: u16,
    judged: Judged,
}

enum Judged {
    Fine,
    Wrong(String),
    Goal,
}

impl<N> Search<N>
where
    N: Searchable + Send + Sync + 'static,
    N::Message: Send + Sync,
    N::Timer: Send + Sync,
    N::Record: Send + Sync,
{
    /// A search from the beginning, in which every node has just started.
    ///
    /// # Errors
    /// When there are no nodes, or the limits allow nothing.
    pub fn new(nodes: Vec<(String, N)>, limits: Limits) -> Result<Self, LimitsError> {
        limits.validate()?;
        if nodes.is_empty() {
            return Err(LimitsError::NoNodes);
        }
        let (names, nodes): (Vec<_>, Vec<_>) = nodes.into_iter().unzip();
        let cell = |node| {
            let (timers, syncs) = (Vec::new(), Vec::new());
            Cell { node, disk: Disk::new(None), up: true, ticks: 0, timers, syncs, hash: 0 }
        };
        let mut start = State::of(nodes.into_iter().map(cell).collect(), Vec::new(), limits);
        for id in (0..names.len() as u16).map(NodeId) {
            start = start.started(id);
        }
        Ok(Self::begin(names, start))
    }

    /// A search from where a run has come: its nodes, disks, timers and messages as they are.
    ///
    /// # Errors
    /// When the limits allow nothing.
    pub fn of(world: &World<N>, limits: Limits) -> Result<Self, LimitsError> {
        limits.validate()?;
        let cell = |id| {
            let (node, disk) = (world.node(id).clone(), world.disk(id).clone());
            let (timers, syncs) = world.waiting_at(id);
            let up = world.is_up(id);
            Cell { node, disk, up, ticks: 0, timers, syncs, hash: 0 }.seal(id)
        };
        let flights = world.under_way().into_iter();
        let flights = flights.map(|(from, to, message)| Flight::new(from, to, message)).collect();
        let start = State::of(world.ids().map(cell).collect(), flights, limits);
        Ok(Self::begin(world.names().to_vec(), start))
    }

    /// A search from a state that another one has found: deep bugs become cheap. The limits begin anew.
    ///
    /// # Errors
    /// When the limits allow nothing.
    pub fn from(found: &Found<N>, limits: Limits) -> Result<Self, LimitsError> {
        limits.validate()?;
        let mut search = Self::begin(found.names.clone(), found.origin.clone());
        search.start = State { left: limits, ..found.state.clone() };
        search.before.clone_from(&found.path);
        Ok(search)
    }

    fn begin(names: Vec<String>, start: State<N>) -> Self {
        Self { names, origin: start.clone(), before: Vec::new(), start, canonical: None }
    }

    /// Lets a node act before the search begins, as when a client asks for something. Paths begin after that.
    pub fn act(mut self, id: NodeId, action: impl Fn(&mut N, &mut Effects<'_, N>)) -> Self {
        self.start = self.start.acted(id, &action);
        self.origin = self.start.clone();
        self.before.clear();
        self
    }

    /// Where it begins.
    pub fn start(&self) -> &State<N> {
        &self.start
    }

    /// Looks at every state; `check` says what is wrong with one.
    pub fn verify(&self, check: impl Fn(&State<N>) -> Result<(), String> + Sync) -> Explored<N> {
        self.run(|state| match check(state) {
            Ok(()) => Judged::Fine,
            Err(why) => Judged::Wrong(why),
        })
    }

    /// Looks for a state.
    pub fn reach(&self, goal: impl Fn(&State<N>) -> bool + Sync) -> Explored<N> {
        self.run(|state| if goal(state) { Judged::Goal } else { Judged::Fine })
    }

    fn run(&self, judge: impl Fn(&State<N>) -> Judged + Sync) -> Explored<N> {
        let mut known = Known::default();
        let mut cells = Cells::default();
        let canonical = self.canonical.as_ref();
        known.add(canonical.map_or_else(|| self.start.fingerprint(), |of| of(&self.start)), 0, 0);
        let mut explored = Explored { outcome: Outcome::Exhausted, states: 1, steps: 0, depth: 0 };
        match judge(&self.start) {
            Judged::Fine => {}
            judged => return self.ended(explored, judged, &known, 0),
        }
        let mut frontier = vec![(0, self.start.clone())];
        while !frontier.is_empty() {
            if explored.depth == self.start.left.depth {
                explored.outcome = Outcome::CutShort;
                return explored;
            }
            let mut portions = Vec::new();
            while !frontier.is_empty() {
                portions.push(Mutex::new(frontier.split_off(frontier.len().saturating_sub(PORTION))));
            }
            portions.reverse();
            // A portion's states are freed by who has expanded them.
            let take = |portion: &Mutex<Vec<_>>| match portion.lock() {
                Ok(mut states) => std::mem::take(&mut *states),
                Err(poisoned) => std::mem::take(&mut *poisoned.into_inner()),
            };
            let expanded =
                in_parallel(&portions, |portion| self.expand(&take(portion), &known, &cells, &judge));
            explored.depth += 1;
            let mut next = Vec::new();
            for (steps, fresh) in expanded {
                explored.steps += steps;
                for Fresh { state, fingerprint, parent, place, judged } in fresh {
                    let Some(number) = known.add(fingerprint, parent, place) else { continue };
                    explored.states += 1;
                    if !matches!(judged, Judged::Fine) {
                        return self.ended(explored, judged, &known, number);
                    }
                    if explored.states >= self.start.left.states {
                        explored.outcome = Outcome::CutShort;
                        return explored;
                    }
                    cells.add(&state);
                    next.push((number, state));
                }
            }
            frontier = next;
        }
        explored.depth -= 1;
        explored
    }

    /// All new states one step further.
    fn expand(
        &self,
        portion: &[(u32, State<N>)],
        known: &Known,
        cells: &Cells<N>,
        judge: &(impl Fn(&State<N>) -> Judged + Sync),
    ) -> (usize, Vec<Fresh<N>>) {
        let mut fresh = Vec::new();
        let mut here = Seen::default();
        let mut steps = 0;
        let mut moves = Vec::new();
        for (parent, state) in portion {
            state.moves(&mut moves);
            for (place, what) in moves.iter().enumerate() {
                steps += 1;
                let change = state.change(*what, &mut ());
                let (next, fingerprint) = match &self.canonical {
                    None => (None, state.fingerprint_after(&change)),
                    Some(canonical) => {
                        let next = state.with(change.clone());
                        let fingerprint = canonical(&next);
                        (Some(next), fingerprint)
                    }
                };
                if !known.contains(fingerprint) && here.insert(fingerprint) {
                    let same = |hash| cells.0.get(&hash).cloned();
                    let state = next.unwrap_or_else(|| state.with_known(change, same));
                    let judged = judge(&state);
                    fresh.push(Fresh { state, fingerprint, parent: *parent, place: place as u16, judged });
                }
            }
        }
        (steps, fresh)
    }

    fn ended(&self, mut explored: Explored<N>, judged: Judged, known: &Known, number: u32) -> Explored<N> {
        let mut state = self.start.clone();
        let mut path = self.before.clone();
        let mut moves = Vec::new();
        for place in known.way_to(number) {
            state.moves(&mut moves);
            let what = moves[usize::from(place)];
            path.push(state.action(what));
            state = state.with(state.change(what, &mut ()));
        }
        let (names, origin) = (self.names.clone(), self.origin.clone());
        let found = Box::new(Found { path, state, names, origin });
        explored.outcome = match judged {
            Judged::Wrong(why) => Outcome::Violated(found, why),
            Judged::Goal | Judged::Fine => Outcome::Reached(found),
        };
        explored
    }
}

impl<N> Search<N>
where
    N: Searchable + Rename + 'static,
    N::Message: Rename,
    N::Timer: Rename,
    N::Record: Rename,
{
    /// Takes states for the same that differ only in which of these nodes plays which part. The nodes must be equal
    /// in the beginning, and the demand must not tell them apart. Every state is compared under all orders of the
    /// nodes: worth it for three or four.
    pub fn symmetric(mut self, nodes: &[NodeId]) -> Self {
        let places = self.names.len();
        let all: Vec<Vec<NodeId>> = orders(nodes)
            .into_iter()
            .map(|order| {
                let mut to: Vec<_> = (0..places as u16).map(NodeId).collect();
                for (from, target) in nodes.iter().zip(order) {
                    to[from.index()] = target;
                }
                to
            })
            .collect();
        self.canonical = Some(Box::new(move |state| {
            all.iter().map(|to| state.permuted(to).fingerprint()).min().unwrap_or_default()
        }));
        self
    }
}

fn orders(nodes: &[NodeId]) -> Vec<Vec<NodeId>> {
    match nodes {
        [] => vec![Vec::new()],
        _ => {
            let first = |i: usize| {
                let mut rest = nodes.to_vec();
                let node = rest.remove(i);
                orders(&rest).into_iter().map(move |mut order| {
                    order.insert(0, node);
                    order
                })
            };
            (0..nodes.len()).flat_map(first).collect()
        }
    }
}

/// Fingerprints of states.
#[expect(clippy::disallowed_types, reason = "only asked whether it holds something, never iterated")]
type Seen = std::collections::HashSet<u64, foldhash::fast::FixedState>;

/// The states that were reached, each with the state it was first reached from and which of that one's moves led
/// here.
#[derive(Default)]
struct Known {
    seen: Seen,
    parents: Vec<(u32, u16)>,
}

/// The cells of the states that were reached: few, since most steps bring a node where it was before.
struct Cells<N: Node>(
    #[expect(clippy::disallowed_types, reason = "only looked up by hash, never iterated")]
    std::collections::HashMap<u64, Arc<Cell<N>>, foldhash::fast::FixedState>,
);

impl<N: Node> Default for Cells<N> {
    fn default() -> Self {
        Self(Default::default())
    }
}

impl<N: Searchable> Cells<N> {
    fn add(&mut self, state: &State<N>) {
        for cell in &state.cells {
            self.0.entry(cell.hash).or_insert_with(|| cell.clone());
        }
    }
}

impl Known {
    fn contains(&self, fingerprint: u64) -> bool {
        self.seen.contains(&fingerprint)
    }

    /// The new state's number; nothing if it is known.
    fn add(&mut self, fingerprint: u64, parent: u32, action: u16) -> Option<u32> {
        self.seen.insert(fingerprint).then(|| {
            self.parents.push((parent, action));
            (self.parents.len() - 1) as u32
        })
    }

    fn way_to(&self, mut number: u32) -> Vec<u16> {
        let mut way = Vec::new();
        while number != 0 {
            let (parent, action) = self.parents[number as usize];
            way.push(action);
            number = parent;
        }
        way.reverse();
        way
    }
}

impl<N: Node> fmt::Display for Explored<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { states, steps, depth, .. } = self;
        write!(f, "{states} states, {steps} steps, depth {depth}: ")?;
        match &self.outcome {
            Outcome::Exhausted => f.write_str("all looked at"),
            Outcome::CutShort => f.write_str("cut short, so nothing is proven"),
            Outcome::Reached(found) => write!(f, "reached after {} events", found.path.len()),
            Outcome::Violated(found, why) => write!(f, "violated after {} events: {why}", found.path.len()),
        }
    }
}

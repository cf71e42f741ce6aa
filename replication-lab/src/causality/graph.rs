//! Happens-before among the events of named processes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use super::clocks::{Clock, Step, clocks, knows};
use super::version_vector::{Causality, VersionVector};

/// Events of named processes, and messages between them. One event *happened before* another if a path leads from it
/// to the other: along its process, and along messages (Lamport, *Time, clocks, and the ordering of events in a
/// distributed system*, CACM 1978). Two events without a path are *concurrent*, whatever a wall clock said.
///
/// # Examples
/// ```
/// use replication_lab::causality::{CausalGraph, Causality};
/// let graph = CausalGraph::new(&[("a", &["a1", "a2"]), ("b", &["b1", "b2"])], &[("a1", "b2")])?;
/// assert_eq!(graph.compare("a1", "b2")?, Causality::Before);
/// assert_eq!(graph.compare("a2", "b2")?, Causality::Concurrent);
/// assert_eq!(graph.clock("b2")?.to_string(), "{a:1 b:2}");
/// assert_eq!(graph.concurrent_pairs(), [("a1", "b1"), ("a2", "b1"), ("a2", "b2")]);
/// # Ok::<(), replication_lab::causality::CausalError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CausalGraph {
    pub(super) processes: Vec<String>,
    pub(super) events: Vec<CausalEvent>,
    steps: Vec<Step>,
    // For each event, what follows at once: the next of its process, and what receives its messages.
    next: Vec<Vec<usize>>,
    // Every cause before its effect.
    order: Vec<usize>,
    clocks: Vec<Clock>,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CausalEvent {
    /// Its name, which no other event has.
    pub name: String,
    /// Its process: a place in [`CausalGraph::processes`].
    pub process: usize,
    /// What happened, if there is more to say than its name.
    pub text: String,
}

/// Events and messages that can't be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CausalError {
    /// No event has this name.
    NoSuchEvent {
        /// The name.
        event: String,
        /// The names there are.
        known: String,
    },
    /// Two events have one name.
    NamedTwice(String),
    /// Two processes have one name.
    ProcessTwice(String),
    /// Each of these events happened before itself: some message was received before it was sent.
    Cycle(Vec<String>),
}

impl fmt::Display for CausalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchEvent { event, known } => {
                write!(f, "no event is called {event:?}: there are {known}")
            }
            Self::NamedTwice(event) => {
                write!(f, "two events are called {event:?}: give each a name of its own, such as {event}b")
            }
            Self::ProcessTwice(process) => {
                write!(f, "two processes are called {process:?}: list all its events in one place")
            }
            Self::Cycle(events) => write!(
                f,
                "a message is received before it is sent: {} would each happen before itself; turn a message round, \
                 or list the events of a process in the order in which they happened",
                events.join(", ")
            ),
        }
    }
}

impl std::error::Error for CausalError {}

impl CausalGraph {
    /// A graph of processes, each with the names of its events in the order in which they happened, and of messages,
    /// each from the event that sends it to the event that receives it. An event may send and receive several.
    ///
    /// # Errors
    /// When a name is used twice, a message has an end that isn't there, or messages would go back in time.
    pub fn new(processes: &[(&str, &[&str])], messages: &[(&str, &str)]) -> Result<Self, CausalError> {
        let mut names = BTreeSet::new();
        let mut places = BTreeMap::new();
        let mut events = Vec::new();
        for (process, (name, of_process)) in processes.iter().enumerate() {
            if !names.insert(*name) {
                return Err(CausalError::ProcessTwice((*name).to_owned()));
            }
            for event in *of_process {
                if places.insert(*event, events.len()).is_some() {
                    return Err(CausalError::NamedTwice((*event).to_owned()));
                }
                events.push(CausalEvent { name: (*event).to_owned(), process, text: String::new() });
            }
        }
        let place = |name: &str| places.get(name).copied().ok_or_else(|| no_such_event(&events, name));
        let mut steps: Vec<Step> =
            events.iter().map(|event| Step { process: event.process, receives: Vec::new() }).collect();
        for (from, to) in messages {
            let (from, to) = (place(from)?, place(to)?);
            steps[to].receives.push(from);
        }
        Self::of_steps(processes.iter().map(|(name, _)| (*name).to_owned()).collect(), events, steps)
    }

    /// The graph of events that stand in the order of their processes.
    pub(super) fn of_steps(
        processes: Vec<String>,
        events: Vec<CausalEvent>,
        steps: Vec<Step>,
    ) -> Result<Self, CausalError> {
        let mut next = vec![Vec::new(); events.len()];
        let mut last = BTreeMap::new();
        for (place, step) in steps.iter().enumerate() {
            let before: Option<usize> = last.insert(step.process, place);
            for cause in before.into_iter().chain(step.receives.iter().copied()) {
                next[cause].push(place);
            }
        }
        let order = in_causal_order(&next).map_err(|left| {
            CausalError::Cycle(left.into_iter().map(|place| events[place].name.clone()).collect())
        })?;
        let clocks = clocks(&steps, order.iter().copied());
        Ok(Self { processes, events, steps, next, order, clocks })
    }

    /// The three processes of chapter 7: thirteen events, four messages.
    pub fn three_processes() -> Self {
        let processes: [(&str, &[&str]); 3] = [
            ("a", &["a1", "a2", "a3", "a4"]),
            ("b", &["b1", "b2", "b3", "b4", "b5"]),
            ("c", &["c1", "c2", "c3", "c4"]),
        ];
        let messages = [("a2", "b2"), ("b2", "a3"), ("c1", "b3"), ("c3", "b5")];
        Self::new(&processes, &messages).expect("every name is there once, and no message goes back")
    }

    /// The names of the processes.
    pub fn processes(&self) -> &[String] {
        &self.processes
    }

    /// The events.
    pub fn events(&self) -> &[CausalEvent] {
        &self.events
    }

    /// The messages, each as the place of the event that sends it and of the one that receives it.
    pub fn messages(&self) -> impl Iterator<Item = (usize, usize)> {
        self.steps.iter().enumerate().flat_map(|(to, step)| step.receives.iter().map(move |from| (*from, to)))
    }

    /// An event's place in [`events`](Self::events).
    ///
    /// # Errors
    /// When there is no such event.
    pub fn place(&self, event: &str) -> Result<usize, CausalError> {
        self.events
            .iter()
            .position(|known| known.name == event)
            .ok_or_else(|| no_such_event(&self.events, event))
    }

    /// Whether one event happened before another: whether a path of events and messages leads there. No event happened
    /// before itself.
    ///
    /// # Errors
    /// When there is no such event.
    pub fn happens_before(&self, a: &str, b: &str) -> Result<bool, CausalError> {
        let (a, b) = (self.place(a)?, self.place(b)?);
        Ok(self.future(a).contains(&b))
    }

    /// How one event stands to another.
    ///
    /// # Errors
    /// When there is no such event.
    pub fn compare(&self, a: &str, b: &str) -> Result<Causality, CausalError> {
        Ok(match (self.place(a)? == self.place(b)?, self.happens_before(a, b)?, self.happens_before(b, a)?) {
            (true, ..) => Causality::Equal,
            (_, true, _) => Causality::Before,
            (_, _, true) => Causality::After,
            _ => Causality::Concurrent,
        })
    }

    /// The vector clock of an event: of each process, how many events are in its past, itself included.
    ///
    /// # Errors
    /// When there is no such event.
    pub fn clock(&self, event: &str) -> Result<VersionVector, CausalError> {
        let clock = &self.clocks[self.place(event)?];
        let slots = clock.iter().map(|(process, count)| (self.processes[*process].clone(), *count));
        Ok(slots.collect::<BTreeMap<_, _>>().into())
    }

    /// All pairs of events of which neither happened before the other, found by following paths. Each pair once, in the
    /// order of the events.
    pub fn concurrent_pairs(&self) -> Vec<(&str, &str)> {
        let futures: Vec<BTreeSet<usize>> = (0..self.events.len()).map(|place| self.future(place)).collect();
        self.pairs(|a, b| !futures[a].contains(&b) && !futures[b].contains(&a))
    }

    /// The same pairs, found by comparing vector clocks.
    pub fn concurrent_pairs_by_clocks(&self) -> Vec<(&str, &str)> {
        let known = |a: usize, b: usize| knows(&self.clocks[b], self.events[a].process, &self.clocks[a]);
        self.pairs(|a, b| !known(a, b) && !known(b, a))
    }

    /// How many pairs of events there are.
    pub fn pair_count(&self) -> usize {
        self.events.len() * self.events.len().saturating_sub(1) / 2
    }

    fn pairs(&self, concurrent: impl Fn(usize, usize) -> bool) -> Vec<(&str, &str)> {
        let all = (0..self.events.len()).flat_map(|a| (a + 1..self.events.len()).map(move |b| (a, b)));
        let name = |place: usize| self.events[place].name.as_str();
        all.filter(|(a, b)| concurrent(*a, *b)).map(|(a, b)| (name(a), name(b))).collect()
    }

    /// What an event happened before.
    pub(crate) fn future(&self, place: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut to_do = vec![place];
        while let Some(place) = to_do.pop() {
            to_do.extend(self.next[place].iter().filter(|next| found.insert(**next)));
        }
        found
    }

    /// How each event stands to one of them: `Before` for its past.
    pub(crate) fn relations(&self, place: usize) -> Vec<Causality> {
        let future = self.future(place);
        let relation = |other: usize| match other {
            same if same == place => Causality::Equal,
            later if future.contains(&later) => Causality::After,
            other if self.future(other).contains(&place) => Causality::Before,
            _ => Causality::Concurrent,
        };
        (0..self.events.len()).map(relation).collect()
    }

    /// For each event, the number of events on the longest path to it: a column in which every cause is to the left.
    pub(crate) fn depths(&self) -> Vec<usize> {
        let mut depths = vec![0; self.events.len()];
        for place in &self.order {
            for next in &self.next[*place] {
                depths[*next] = depths[*next].max(depths[*place] + 1);
            }
        }
        depths
    }
}

fn no_such_event(events: &[CausalEvent], event: &str) -> CausalError {
    const MOST: usize = 20;
    let mut known: Vec<&str> = events.iter().take(MOST).map(|event| event.name.as_str()).collect();
    if events.len() > MOST {
        known.push("…");
    }
    CausalError::NoSuchEvent { event: event.to_owned(), known: known.join(", ") }
}

/// The places so that each comes before those that follow it (Kahn 1962), lower ones first; those on a cycle, if there
/// is one.
fn in_causal_order(next: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut waits_for = vec![0usize; next.len()];
    next.iter().flatten().for_each(|place| waits_for[*place] += 1);
    let mut ready: VecDeque<usize> = (0..next.len()).filter(|place| waits_for[*place] == 0).collect();
    let mut order = Vec::new();
    while let Some(place) = ready.pop_front() {
        order.push(place);
        for later in &next[place] {
            waits_for[*later] -= 1;
            if waits_for[*later] == 0 {
                ready.push_back(*later);
            }
        }
    }
    if order.len() == next.len() {
        return Ok(order);
    }
    // What waits for ever is on a cycle or behind one: on it is what can be reached from itself.
    let reaches_itself = |start: &usize| {
        let mut seen = BTreeSet::new();
        let mut to_do = next[*start].clone();
        while let Some(place) = to_do.pop() {
            if seen.insert(place) {
                to_do.extend(&next[place]);
            }
        }
        seen.contains(start)
    };
    Err((0..next.len()).filter(|place| waits_for[*place] > 0).filter(reaches_itself).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn half_of_the_pairs_of_three_processes_are_concurrent() {
        let graph = CausalGraph::three_processes();
        assert_eq!((graph.concurrent_pairs().len(), graph.pair_count()), (39, 78));
        assert_eq!(graph.concurrent_pairs(), graph.concurrent_pairs_by_clocks());
        let before = [("a1", "a3"), ("c1", "b5"), ("c1", "b4"), ("b1", "a3"), ("c2", "b5"), ("a2", "a3")];
        for (a, b) in before {
            assert!(graph.happens_before(a, b).unwrap() && !graph.happens_before(b, a).unwrap(), "{a} {b}");
        }
        for (a, b) in [("b3", "c2"), ("a4", "b5"), ("a1", "b1"), ("b5", "c4")] {
            assert_eq!(graph.compare(a, b), Ok(Causality::Concurrent), "{a} {b}");
        }
        assert_eq!(graph.clock("b5").unwrap().to_string(), "{a:2 b:5 c:3}");
    }

    #[test]
    fn what_cannot_be_says_why() {
        let why = |processes: &[(&str, &[&str])], messages: &[(&str, &str)]| {
            CausalGraph::new(processes, messages).unwrap_err().to_string()
        };
        let two: [(&str, &[&str]); 2] = [("a", &["a1", "a2"]), ("b", &["b1", "b2"])];
        assert_eq!(why(&two, &[("a1", "b3")]), "no event is called \"b3\": there are a1, a2, b1, b2");
        assert_eq!(
            why(&[("a", &["x"]), ("b", &["x"])], &[]),
            "two events are called \"x\": give each a name of its own, such as xb"
        );
        assert_eq!(
            why(&[("a", &["x"]), ("a", &["y"])], &[]),
            "two processes are called \"a\": list all its events in one place"
        );
        let back = why(&two, &[("b1", "a1"), ("a2", "b1")]);
        assert!(back.starts_with("a message is received before it is sent: a1, a2, b1 would each"), "{back}");
        assert!(why(&two, &[("a1", "a1")]).contains(": a1 would each"));
    }

    /// A graph from random bytes: events in the order in which they happen, each on one of four processes, some of
    /// which receive what earlier ones sent.
    fn random(steps: &[(u8, Option<u8>)]) -> CausalGraph {
        let mut of_process = vec![Vec::new(); 4];
        let names: Vec<String> = (0..steps.len()).map(|place| format!("e{place}")).collect();
        let mut messages = Vec::new();
        for (place, (process, from)) in steps.iter().enumerate() {
            of_process[usize::from(*process) % 4].push(names[place].as_str());
            if let (Some(from), 1..) = (from, place) {
                messages.push((names[usize::from(*from) % place].as_str(), names[place].as_str()));
            }
        }
        let processes = ["a", "b", "c", "d"].into_iter().zip(&of_process);
        let processes: Vec<_> = processes.map(|(name, events)| (name, events.as_slice())).collect();
        CausalGraph::new(&processes, &messages).unwrap()
    }

    proptest! {
        #[test]
        fn clocks_and_paths_agree(steps in prop::collection::vec(any::<(u8, Option<u8>)>(), 0..40)) {
            let graph = random(&steps);
            prop_assert_eq!(graph.concurrent_pairs(), graph.concurrent_pairs_by_clocks());
            for (a, b) in graph.events.iter().flat_map(|a| graph.events.iter().map(move |b| (&a.name, &b.name))) {
                let clocks = graph.clock(a).unwrap().compare(&graph.clock(b).unwrap());
                prop_assert_eq!(graph.compare(a, b).unwrap(), clocks, "{} and {}", a, b);
            }
        }
    }
}

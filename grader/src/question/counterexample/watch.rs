//! A run of a leader–follower cluster, looked at again and again: who runs, who leads.

use replication_lab::leader_follower::{LeaderFollower, Role};
use replication_lab::time::Time;
use replication_lab::trace::Event;
use replication_lab::view::{Figure, StateTimeline};

/// How often a run is looked at.
const PERIOD: Time = Time::ms(50);

/// What was seen of a run so far.
pub(super) struct Watch {
    names: Vec<String>,
    // How much of the trace is known.
    known: usize,
    up: Vec<bool>,
    paused: Vec<bool>,
    // When, which server, and what it is from then on.
    changes: Vec<(Time, String, String)>,
}

impl Watch {
    pub fn new(cluster: &LeaderFollower) -> Self {
        let names: Vec<String> =
            cluster.settings().servers.iter().map(|server| server.name.clone()).collect();
        let servers = names.len();
        Self { names, known: 0, up: vec![true; servers], paused: vec![false; servers], changes: Vec::new() }
    }

    /// Lets the cluster run until `end`, and looks at it every 50 ms.
    pub fn run(
        &mut self,
        cluster: &mut LeaderFollower,
        end: Time,
        mut look: impl FnMut(&mut LeaderFollower, &Watch),
    ) {
        while cluster.now() < end {
            let next = (cluster.now() + PERIOD).min(end);
            cluster.run_until(next);
            self.take_in(cluster);
            look(cluster, self);
        }
    }

    fn take_in(&mut self, cluster: &LeaderFollower) {
        let entries = cluster.trace().map(|trace| trace.entries.as_slice()).unwrap_or_default();
        for entry in &entries[self.known.min(entries.len())..] {
            let (node, up, paused) = match &entry.event {
                Event::Crash { node, .. } => (node, false, false),
                Event::Restart { node } | Event::Resume { node } => (node, true, false),
                Event::Pause { node } => (node, true, true),
                _ => continue,
            };
            if node.index() < self.names.len() {
                (self.up[node.index()], self.paused[node.index()]) = (up, paused);
            }
        }
        self.known = entries.len();
        for (place, name) in self.names.iter().enumerate() {
            let role = cluster.server(name).map(|server| (server.role(), server.epoch()));
            let state = match (self.up[place], self.paused[place], role) {
                (false, ..) => "down".to_owned(),
                (_, true, _) => "paused".to_owned(),
                (_, _, Ok((Role::Leader, epoch))) => format!("leads, epoch {epoch}"),
                _ => "follows".to_owned(),
            };
            if self.state(name, Time::NEVER) != Some(&state) {
                // The first look comes a little after the beginning.
                let at = if cluster.now() <= PERIOD { Time::ZERO } else { cluster.now() };
                self.changes.push((at, name.clone(), state));
            }
        }
    }

    fn state(&self, server: &str, at: Time) -> Option<&String> {
        let mut changes = self.changes.iter().rev();
        changes.find(|(since, name, _)| name == server && *since <= at).map(|(_, _, state)| state)
    }

    /// The servers whose processes run just now.
    pub fn running(&self) -> impl Iterator<Item = &String> {
        self.names
            .iter()
            .zip(self.up.iter().zip(&self.paused))
            .filter(|(_, (up, paused))| **up && !**paused)
            .map(|(name, _)| name)
    }

    /// The servers whose processes ran at a moment.
    pub fn running_at(&self, at: Time) -> Vec<String> {
        let runs =
            |name: &&String| self.state(name, at).is_some_and(|state| state != "down" && state != "paused");
        self.names.iter().filter(runs).cloned().collect()
    }

    /// Whether a server was in this state at a moment.
    pub fn was(&self, server: &str, at: Time, state: &str) -> bool {
        self.state(server, at).is_some_and(|found| found == state)
    }

    /// Lanes with what the servers were, and below them more of them: name, and from when on it is what.
    pub fn figure(
        &self,
        title: &str,
        until: Time,
        more: impl IntoIterator<Item = (String, Vec<(Time, String)>)>,
    ) -> Figure {
        // Hundredths of a second are more than a picture shows.
        let rounded = |at: Time| Time::us((at.as_us() + 5_000) / 10_000 * 10_000);
        let more = more.into_iter().flat_map(|(name, lane)| {
            lane.into_iter().map(move |(at, state)| (rounded(at), name.clone(), state))
        });
        StateTimeline::new(title, self.changes.iter().cloned().chain(more)).until(until).figure()
    }
}

/// The faults that made no difference, if there are any, as a clause.
pub(super) fn idle(cluster: &LeaderFollower) -> Option<String> {
    let report = cluster.faults();
    let idle = report.idle();
    let first = idle.first()?;
    let fault = first.planned.fault.describe(|id| cluster.name(id).to_owned());
    let reason = if first.struck { "made no difference" } else { "never came to pass" };
    let more = match idle.len() {
        1 => String::new(),
        _ => ", nor did another fault of yours".to_owned(),
    };
    Some(format!("“{fault}” {reason}{more}"))
}

/// From the moments at which something was done, the stretches without: each begins at such a moment, or at the
/// start.
pub(super) fn gaps(done: &[Time], end: Time) -> Vec<(Time, Time)> {
    let starts = std::iter::once(Time::ZERO).chain(done.iter().copied());
    starts.zip(done.iter().copied().chain([end])).collect()
}

/// A moment or a span as people say it.
pub(super) fn seconds(time: Time) -> String {
    match time < Time::ms(100) {
        true => format!("{:.0} ms", time.as_ms()),
        false => format!("{:.1} s", time.as_ms() / 1_000.0),
    }
}

/// A number of things.
pub(super) fn counted(number: usize, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        _ => format!("{number} {thing}s"),
    }
}

/// Names in a sentence.
pub(super) fn listed(names: &[impl AsRef<str>], joined_by: &str) -> String {
    match names.iter().map(AsRef::as_ref).collect::<Vec<_>>().as_slice() {
        [] => "nobody".to_owned(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} {joined_by} {last}", most.join(", ")),
    }
}

/// A clause as a sentence of its own.
pub(super) fn sentence(clause: &str) -> String {
    let mut letters = clause.trim_end_matches('.').chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        None => String::new(),
    }
}

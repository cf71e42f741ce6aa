//! A trace for ShiViz, the viewer of vector-clocked logs (Beschastnikh, Wang, Brun & Ernst, *Debugging distributed
//! systems*, CACM 2016).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::{Event, Trace};
use crate::causality::{Step, clocks};

/// The expression by which ShiViz reads the log of [`Trace::to_shiviz`]: two lines an event.
pub const SHIVIZ_PARSER: &str = r"(?<host>\S*) (?<clock>{.*})\n(?<event>.*)";

impl Trace {
    /// The trace as a log file that ShiViz opens: on the first line the expression that reads it
    /// ([`SHIVIZ_PARSER`]), on the second the delimiter of several runs, which is empty, and then two lines an
    /// event: `host {"host":2,"other":1}` and the event's text.
    ///
    /// The clocks count what the transcript shows of a node, from 1 and without gaps, as ShiViz demands; a delivery
    /// takes in the clock of its send. What no node sees, lost messages and changes of links, happens on a host of
    /// its own called `network`. Hosts have no white space in their names and no two have the same: white space
    /// becomes `_`, and a name that is taken gets a number.
    pub fn to_shiviz(&self) -> String {
        let hosts = self.hosts();
        let (places, lines): (Vec<usize>, Vec<String>) = self.lines().unzip();
        let steps = self.causes(&places);
        let clocks = clocks(&steps, 0..steps.len());
        let mut out = format!("{SHIVIZ_PARSER}\n\n");
        for (((place, line), step), clock) in places.into_iter().zip(lines).zip(&steps).zip(clocks) {
            let counts = clock.iter().map(|(lane, count)| format!("{}:{count}", quoted(&hosts[lane])));
            let counts: Vec<_> = counts.collect();
            // ShiViz takes one line for the event.
            let text = format!("{} {line}", self.entries[place].at).replace(['\n', '\r'], " ");
            // Writing to a string cannot fail.
            let _ = write!(out, "{} {{{}}}\n{text}\n", hosts[&step.process], counts.join(","));
        }
        out
    }

    /// The entries at these places as a vector clock sees them: where each happens, and which of the others sent what
    /// it receives.
    pub(crate) fn causes(&self, places: &[usize]) -> Vec<Step> {
        let mut sent: BTreeMap<u64, usize> = BTreeMap::new();
        let mut steps = Vec::new();
        for (number, place) in places.iter().enumerate() {
            let event = &self.entries[*place].event;
            let receives = match event {
                Event::Deliver { message, .. } | Event::Drop { message, .. } => {
                    sent.get(message).copied().into_iter().collect()
                }
                _ => Vec::new(),
            };
            if let Event::Send { message, .. } = event {
                sent.insert(*message, number);
            }
            steps.push(Step { process: self.lane(event), receives });
        }
        steps
    }

    /// Where something happens: a node's place, or the network's, which is behind the last node.
    fn lane(&self, event: &Event) -> usize {
        event.happens_at().map_or(usize::from(u16::MAX) + 1, super::NodeId::index)
    }

    /// The lanes in which anything happens, by names that are different and have no white space.
    pub(crate) fn hosts(&self) -> BTreeMap<usize, String> {
        let lanes: BTreeSet<usize> = self.entries.iter().map(|entry| self.lane(&entry.event)).collect();
        let mut taken = BTreeSet::new();
        let mut hosts = BTreeMap::new();
        for lane in lanes {
            let name = match (u16::try_from(lane), self.nodes.get(lane)) {
                (_, Some(name)) => name.clone(),
                (Ok(number), None) => format!("node-{number}"),
                (Err(_), None) => "network".to_owned(),
            };
            let name: String = name.chars().map(|c| if c.is_whitespace() { '_' } else { c }).collect();
            let numbered = (2..).map(|number| format!("{name}-{number}"));
            let free = std::iter::once(name.clone()).chain(numbered).find(|name| !taken.contains(name));
            // The numbers do not end.
            let free = free.unwrap_or(name);
            taken.insert(free.clone());
            hosts.insert(lane, free);
        }
        hosts
    }
}

fn quoted(name: &str) -> String {
    serde_json::Value::from(name).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::time::Time;
    use crate::trace::samples::every_event;
    use crate::trace::{DropReason, Entry, NodeId};

    #[test]
    fn a_log_with_every_kind_of_event() {
        insta::assert_snapshot!(every_event().to_shiviz());
    }

    #[test]
    fn hosts_are_told_apart_whatever_their_names() {
        let nodes = ["a b", "a_b", "network"].map(str::to_owned).to_vec();
        let note =
            |node| Entry { at: Time::ZERO, event: Event::Note { node: NodeId(node), text: "x\ny".into() } };
        let link = Entry { at: Time::ZERO, event: Event::Network { text: "cut".into(), cut: vec![] } };
        let trace = Trace { nodes, entries: vec![note(0), note(1), note(2), note(9), link] };
        let log = trace.to_shiviz();
        let hosts: Vec<_> = log.lines().skip(2).step_by(2).collect();
        assert_eq!(
            hosts,
            [
                r#"a_b {"a_b":1}"#,
                r#"a_b-2 {"a_b-2":1}"#,
                r#"network {"network":1}"#,
                r#"node-9 {"node-9":1}"#,
                r#"network-2 {"network-2":1}"#
            ]
        );
        assert_eq!(log.lines().count(), 2 + 2 * 5, "every event is on two lines");
    }

    const NODES: u16 = 4;

    /// A run from random bytes: each makes a node send or note something, or a message in flight end.
    fn run(steps: &[(u8, u8, u8)]) -> Trace {
        let mut flying: Vec<(u64, NodeId, NodeId)> = Vec::new();
        let mut entries = Vec::new();
        for (number, (kind, a, b)) in steps.iter().enumerate() {
            let (from, to) = (NodeId(u16::from(*a) % NODES), NodeId(u16::from(*b) % NODES));
            let under_way = (!flying.is_empty()).then(|| usize::from(*a) % flying.len().max(1));
            let event = match (kind % 5, under_way) {
                (0 | 1, _) => {
                    flying.push((number as u64, from, to));
                    Event::Send { message: number as u64, from, to, label: "m".into() }
                }
                (2, Some(place)) => {
                    let (message, from, to) = flying.swap_remove(place);
                    Event::Deliver { message, from, to }
                }
                // It stays in flight: a duplicate.
                (3, Some(place)) => {
                    let (message, from, to) = flying[place];
                    Event::Deliver { message, from, to }
                }
                (4, Some(place)) => {
                    let (message, from, to) = flying.swap_remove(place);
                    Event::Drop { message, from, to, reason: DropReason::Loss }
                }
                _ => Event::Note { node: from, text: "n".into() },
            };
            entries.push(Entry { at: Time::us(number as u64), event });
        }
        Trace { nodes: (0..NODES).map(|node| format!("n{node}")).collect(), entries }
    }

    /// Host and clock of each event, as a reader of the log gets them.
    fn read(log: &str) -> Vec<(String, BTreeMap<String, u64>)> {
        let lines: Vec<_> = log.lines().skip(2).step_by(2).collect();
        let read = |line: &&str| {
            let (host, clock) = line.split_once(' ').unwrap();
            (host.to_owned(), serde_json::from_str(clock).unwrap())
        };
        lines.iter().map(read).collect()
    }

    /// Happens-before by its definition: along one node, and from a send to what became of it.
    fn reachable(trace: &Trace) -> Vec<Vec<bool>> {
        let n = trace.entries.len();
        let mut reach = vec![vec![false; n]; n];
        for (i, j) in (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j))) {
            let (first, second) = (&trace.entries[i].event, &trace.entries[j].event);
            let message = match (first, second) {
                (
                    Event::Send { message: sent, .. },
                    Event::Deliver { message, .. } | Event::Drop { message, .. },
                ) => sent == message,
                _ => false,
            };
            reach[i][j] = message || trace.lane(first) == trace.lane(second);
        }
        for (via, i) in (0..n).flat_map(|via| (0..via).map(move |i| (via, i))) {
            if reach[i][via] {
                let beyond = reach[via].clone();
                reach[i].iter_mut().zip(beyond).for_each(|(here, there)| *here |= there);
            }
        }
        reach
    }

    proptest! {
        #[test]
        fn clocks_agree_with_reachability(steps in prop::collection::vec(any::<(u8, u8, u8)>(), 0..60)) {
            let trace = run(&steps);
            let (log, reach) = (read(&trace.to_shiviz()), reachable(&trace));
            prop_assert_eq!(log.len(), trace.len());
            for (i, j) in (0..log.len()).flat_map(|i| (0..log.len()).map(move |j| (i, j))).filter(|(i, j)| i != j) {
                let (host, clock) = &log[i];
                let knows = log[j].1.get(host).is_some_and(|count| *count >= clock[host]);
                prop_assert_eq!(knows, reach[i][j], "{} and {}", i, j);
            }
        }

        #[test]
        fn every_host_counts_from_one_without_gaps(steps in prop::collection::vec(any::<(u8, u8, u8)>(), 0..60)) {
            let mut counts: BTreeMap<String, u64> = BTreeMap::new();
            for (host, clock) in read(&run(&steps).to_shiviz()) {
                let count = counts.entry(host.clone()).or_default();
                *count += 1;
                prop_assert_eq!(clock[&host], *count);
            }
        }
    }
}

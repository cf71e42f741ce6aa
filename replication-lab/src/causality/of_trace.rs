//! The causal graph of a run.

use std::collections::BTreeMap;

use super::clocks::Step;
use super::graph::{CausalEvent, CausalGraph};
use crate::trace::{Event, Trace};

impl CausalGraph {
    /// The graph of a run: what a person would list of it. That is every message that leaves, every one that arrives,
    /// what nodes note, crashes and restarts. Timers, disks and lost messages are left out: no message tells of them,
    /// so they order nothing else.
    ///
    /// An event is named by its node and its number there: `A.3` is the third event of A.
    pub fn of(trace: &Trace) -> Self {
        let shown = trace.lines().filter(|(place, _)| is_listed(&trace.entries[*place].event));
        let (places, texts): (Vec<usize>, Vec<String>) = shown.unzip();
        let steps = trace.causes(&places);
        let mut lanes = BTreeMap::new();
        for step in &steps {
            lanes.entry(step.process).or_insert(0u64);
        }
        let processes: Vec<usize> = lanes.keys().copied().collect();
        let names = trace.hosts();
        let name = |lane: &usize| names.get(lane).cloned().unwrap_or_default();
        let mut events = Vec::new();
        let mut renumbered = Vec::new();
        for (step, text) in steps.into_iter().zip(texts) {
            let count = lanes.entry(step.process).or_default();
            *count += 1;
            let event = format!("{}.{count}", name(&step.process));
            let process = processes.binary_search(&step.process).unwrap_or(0);
            events.push(CausalEvent { name: event, process, text });
            renumbered.push(Step { process, ..step });
        }
        let names = processes.iter().map(name).collect();
        Self::of_steps(names, events, renumbered).expect("a trace lists a message's send before its arrival")
    }
}

fn is_listed(event: &Event) -> bool {
    matches!(
        event,
        Event::Send { .. }
            | Event::Deliver { .. }
            | Event::Note { .. }
            | Event::Crash { .. }
            | Event::Restart { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::causality::Causality;
    use crate::leaderless::Leaderless;
    use crate::trace::samples::every_event;

    #[test]
    fn events_of_a_run_with_their_clocks() {
        let graph = CausalGraph::of(&every_event());
        let told: Vec<String> = graph
            .events()
            .iter()
            .map(|event| {
                format!("{:<4} {:<16} {}", event.name, graph.clock(&event.name).unwrap(), event.text)
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn a_write_happened_before_the_read_that_returned_it() {
        let mut cluster = Leaderless::builder().clients(2).seed(7).build().unwrap();
        cluster.write("c1", "x", "1").unwrap();
        cluster.settle();
        cluster.read("c2", "x").unwrap();
        cluster.settle();
        let graph = CausalGraph::of(cluster.trace().unwrap());
        assert_eq!(graph.concurrent_pairs(), graph.concurrent_pairs_by_clocks());
        let last = graph.events().iter().rfind(|event| event.name.starts_with("c2.")).unwrap();
        assert_eq!(graph.compare("c1.1", &last.name), Ok(Causality::Before));
        assert_eq!(graph.compare("c1.1", "c2.1"), Ok(Causality::Concurrent), "nobody has told c2 yet");
    }
}

//! Where in its run a step happened, and the part of the run that a reader needs to see.
//!
//! A scenario's driver notes in the trace what it is about to do, in the words of the step; that is how the two are
//! brought together, from the end backwards: a scenario may have had several runs, and the last one is kept.

use replication_lab::time::Time;
use replication_lab::trace::{Entry, Event, Trace};

use crate::exercise::Observation;

/// Most events of a run that is drawn from its beginning.
const MOST_EVENTS: usize = 60;

/// When each step began, where the run tells.
fn beginnings(seen: &Observation) -> Vec<Option<Time>> {
    let mut notes: Vec<(Time, &str)> =
        seen.run.iter().flat_map(|run| &run.entries).filter_map(note).collect();
    let mut began = vec![None; seen.steps.len()];
    for (step, began) in seen.steps.iter().zip(&mut began).rev() {
        if let Some(place) = notes.iter().rposition(|(_, text)| text.ends_with(&step.what)) {
            *began = Some(notes[place].0);
            notes.truncate(place);
        }
    }
    began
}

fn note(entry: &Entry) -> Option<(Time, &str)> {
    match &entry.event {
        Event::Note { text, .. } => Some((entry.at, text)),
        _ => None,
    }
}

/// What to see of the run for the step at `place`: from the beginning of the operation before it, which is the cause
/// as often as not, to the beginning of the next one.
pub(super) fn of_step(seen: &Observation, place: usize) -> Option<(Time, Option<Time>)> {
    let began = beginnings(seen);
    let upto = began.len().min(place + 1);
    let start = began[..upto].iter().rev().filter_map(|began| *began).take(2).last()?;
    Some((start, began[upto..].iter().find_map(|began| *began)))
}

/// Whether the run that was kept began only after the step at `place`.
pub(super) fn is_before_the_run(seen: &Observation, place: usize) -> bool {
    let began = beginnings(seen);
    let upto = began.len().min(place + 1);
    began[..upto].iter().all(Option::is_none) && began[upto..].iter().any(Option::is_some)
}

/// The part of a run that matters: all until the next step begins; of a long run, what happened since the operation
/// before, with the messages that were on their way then, and the crashes before. Where nobody knows the step, the
/// last operation of a long run.
pub(super) fn part(run: &Trace, during: Option<(Time, Option<Time>)>) -> Trace {
    let begins = |entry: &&Entry| note(entry).is_some_and(|(_, text)| text.starts_with("begins"));
    let mut entries = run.entries.clone();
    if let Some((_, Some(next))) = during {
        // What happens in the same instant before the next step begins belongs to this one.
        let end = entries.iter().position(|entry| entry.at > next || entry.at == next && begins(&entry));
        entries.truncate(end.unwrap_or(entries.len()));
    }
    let last = || run.entries.iter().rev().find(begins).map(|entry| entry.at);
    if let (true, Some(from)) = (entries.len() > MOST_EVENTS, during.map(|(from, _)| from).or_else(last)) {
        since(&mut entries, from);
    }
    let used = entries.iter().filter_map(|entry| last_node(&entry.event)).max().map_or(0, |node| node + 1);
    Trace { nodes: run.nodes.iter().take(used).cloned().collect(), entries }
}

/// Leaves what happened since an operation began at `from`, and before it what explains that.
fn since(entries: &mut Vec<Entry>, from: Time) {
    let begins = |entry: &Entry| {
        entry.at > from || entry.at == from && note(entry).is_some_and(|(_, text)| text.starts_with("begins"))
    };
    let before = entries.iter().position(begins).unwrap_or(0);
    let kept = entries.split_off(before);
    let arriving: Vec<u64> = kept
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Deliver { message, .. } | Event::Drop { message, .. } => Some(*message),
            _ => None,
        })
        .collect();
    entries.retain(|entry| match &entry.event {
        Event::Send { message, .. } => arriving.contains(message),
        Event::Crash { .. }
        | Event::Restart { .. }
        | Event::Pause { .. }
        | Event::Resume { .. }
        | Event::Network { .. } => true,
        _ => false,
    });
    entries.extend(kept);
}

/// The last node that an event names. A change of the network names none that would not be seen elsewhere.
fn last_node(event: &Event) -> Option<usize> {
    match event {
        Event::Send { from, to, .. } | Event::Deliver { from, to, .. } | Event::Drop { from, to, .. } => {
            Some(from.index().max(to.index()))
        }
        Event::Timer { node, .. }
        | Event::Crash { node, .. }
        | Event::Restart { node }
        | Event::Pause { node }
        | Event::Resume { node }
        | Event::Disk { node, .. }
        | Event::Condition { node, .. }
        | Event::Note { node, .. } => Some(node.index()),
        Event::Network { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use replication_lab::leaderless::Leaderless;

    use super::*;
    use crate::exercise::{Ending, Step};

    /// Eight writes, one after the other.
    fn seen() -> Observation {
        let mut cluster = Leaderless::builder().clients(2).build().unwrap();
        let mut steps = Vec::new();
        for value in 1..=8 {
            let what = format!("c1 writes x={value}");
            cluster.note("c1", format!("begins: {what}")).unwrap();
            cluster.write("c1", "x", &value.to_string()).unwrap();
            steps.push(Step { what, got: "written".into() });
            steps.push(Step { what: "the replicas hold x".into(), got: value.into() });
        }
        Observation { steps, ending: Ending::Complete, run: cluster.trace().cloned() }
    }

    fn operations(run: &Trace) -> Vec<&str> {
        let notes = run.entries.iter().filter_map(note).map(|(_, text)| text);
        notes.filter_map(|text| text.strip_prefix("begins: ")).collect()
    }

    #[test]
    fn of_a_long_run_the_operation_and_the_one_before_are_left() {
        let seen = seen();
        let run = seen.run.as_ref().unwrap();
        let part_for = |place| part(run, of_step(&seen, place));
        assert_eq!(operations(&part_for(0)), ["c1 writes x=1"]);
        assert_eq!(operations(&part_for(10)), ["c1 writes x=5", "c1 writes x=6"]);
        // A look at the replicas belongs to the operation before it.
        assert_eq!(operations(&part_for(11)), ["c1 writes x=5", "c1 writes x=6"]);
        assert_eq!(operations(&part(run, None)), ["c1 writes x=8"]);
    }

    #[test]
    fn what_arrives_in_the_part_was_sent_in_it_and_idle_nodes_are_left_out() {
        let seen = seen();
        let part = part(seen.run.as_ref().unwrap(), of_step(&seen, 10));
        assert!(!part.transcript().contains('?'), "{}", part.transcript());
        assert_eq!(part.nodes, ["A", "B", "C", "c1"]);
    }

    #[test]
    fn a_run_without_such_notes_is_shown_whole() {
        let mut seen = seen();
        seen.steps.iter_mut().for_each(|step| step.what = "quorum(3, 2, 2)".into());
        assert_eq!(of_step(&seen, 3), None);
        assert!(!is_before_the_run(&seen, 3));
    }
}

//! E7.4 — Happens-before from a message log.

use std::collections::BTreeMap;
// BEGIN SOLUTION
use std::collections::BTreeSet;
// END SOLUTION

// The stub needs fewer of these than your answer.
#[allow(unused_imports)]
use grader::exercises::e7_4::{Clock, Event, Impossible, ProcessLog};

/// Whether a path leads from `a` to `b`.
pub fn happens_before(logs: &[ProcessLog], a: &str, b: &str) -> Result<bool, Impossible> {
    // BEGIN SOLUTION let _ = logs;\ntodo!("does a path lead from {a} to {b}?")
    let causes = causes(logs);
    let names = names(logs);
    for place in 0..names.len() {
        if past(&causes, place).contains(&place) {
            return Err(Impossible);
        }
    }
    let place = |name: &str| names.iter().position(|known| known == name);
    Ok(match (place(a), place(b)) {
        (Some(a), Some(b)) => past(&causes, b).contains(&a),
        _ => false,
    })
    // END SOLUTION
}

/// The vector clock of every event, by its name.
pub fn clocks(logs: &[ProcessLog]) -> Result<BTreeMap<String, Clock>, Impossible> {
    // BEGIN SOLUTION todo!("the clocks of the events of {} processes", logs.len())
    let mut clocks: BTreeMap<String, Clock> = BTreeMap::new();
    let mut sent: BTreeMap<u32, Clock> = BTreeMap::new();
    let logged: BTreeSet<u32> =
        logs.iter().flat_map(|log| &log.events).flat_map(|event| event.sends.clone()).collect();
    let mut next = vec![0; logs.len()];
    let total: usize = logs.iter().map(|log| log.events.len()).sum();
    while clocks.len() < total {
        let before = clocks.len();
        for (log, next) in logs.iter().zip(&mut next) {
            while let Some(event) = log.events.get(*next) {
                let waits = event
                    .receives
                    .iter()
                    .any(|message| logged.contains(message) && !sent.contains_key(message));
                if waits {
                    break;
                }
                let earlier = next.checked_sub(1).map(|place| clocks[&log.events[place].name].clone());
                let mut clock = earlier.unwrap_or_default();
                for known in event.receives.iter().filter_map(|message| sent.get(message)) {
                    for (process, count) in known {
                        let mine = clock.entry(process.clone()).or_default();
                        *mine = (*mine).max(*count);
                    }
                }
                *clock.entry(log.process.clone()).or_default() += 1;
                for message in &event.sends {
                    sent.insert(*message, clock.clone());
                }
                clocks.insert(event.name.clone(), clock);
                *next += 1;
            }
        }
        if clocks.len() == before {
            return Err(Impossible);
        }
    }
    Ok(clocks)
    // END SOLUTION
}

/// All pairs of events of which neither happened before the other.
pub fn concurrent_pairs(logs: &[ProcessLog]) -> Result<Vec<(String, String)>, Impossible> {
    // BEGIN SOLUTION todo!("which events of {} processes are concurrent?", logs.len())
    let clocks = clocks(logs)?;
    let names = names(logs);
    let mut pairs = Vec::new();
    for (place, a) in names.iter().enumerate() {
        for b in &names[place + 1..] {
            if !covers(&clocks[a], &clocks[b]) && !covers(&clocks[b], &clocks[a]) {
                pairs.push((a.clone(), b.clone()));
            }
        }
    }
    Ok(pairs)
    // END SOLUTION
}
// BEGIN SOLUTION

fn names(logs: &[ProcessLog]) -> Vec<String> {
    logs.iter().flat_map(|log| &log.events).map(|event| event.name.clone()).collect()
}

/// For each event, the events that come directly before it: the one before it in its log, and those that sent what it
/// receives.
fn causes(logs: &[ProcessLog]) -> Vec<Vec<usize>> {
    let events: Vec<&Event> = logs.iter().flat_map(|log| &log.events).collect();
    let mut causes: Vec<Vec<usize>> = Vec::new();
    for log in logs {
        for (place, event) in log.events.iter().enumerate() {
            let mut direct = Vec::new();
            if place > 0 {
                direct.push(causes.len() - 1);
            }
            let sends = |other: &&Event| other.sends.iter().any(|message| event.receives.contains(message));
            direct
                .extend(events.iter().enumerate().filter(|(_, other)| sends(other)).map(|(place, _)| place));
            causes.push(direct);
        }
    }
    causes
}

/// All events from which a path leads to this one.
fn past(causes: &[Vec<usize>], event: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut to_do = vec![event];
    while let Some(event) = to_do.pop() {
        for cause in &causes[event] {
            if found.insert(*cause) {
                to_do.push(*cause);
            }
        }
    }
    found
}

fn covers(high: &Clock, low: &Clock) -> bool {
    low.iter().all(|(process, count)| high.get(process).is_some_and(|known| known >= count))
}
// END SOLUTION

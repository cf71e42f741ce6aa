//! The smallest story that still fails.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Debug};

use super::case::{Case, Run, Scenario, Sent};
use crate::history::Verdict;
use crate::trace::{Event, NodeId, Trace};
use crate::view::{Figure, SpaceTime};
use crate::world::{Plan, Planned};

/// A failing case from which nothing more can be taken away.
#[derive(Clone, Debug)]
pub struct Shrunk<O> {
    /// The case.
    pub case: Case<O>,
    /// Its run, with its trace.
    pub run: Run,
    /// Faults, operations and messages of the case that it came from.
    pub from: [usize; 3],
    /// How many runs that took.
    pub tries: usize,
}

/// Takes away faults, operations and messages from a failing case until it would no longer fail if any one of them
/// was missing (delta debugging: Zeller & Hildebrandt, *Simplifying and isolating failure-inducing input*, IEEE TSE
/// 2002). Nothing, if the case does not fail.
///
/// A message that is left out counts as lost: a protocol that must bear lost messages has still failed.
///
/// The order of removal is fixed, so the same case gives the same story. It is smallest in the sense that nothing
/// more can go; there may be a smaller one elsewhere.
pub fn shrink<S: Scenario>(scenario: &S, case: Case<S::Operation>) -> Option<Shrunk<S::Operation>> {
    let mut tries = 1;
    let failed = |run: &Run| matches!(run.verdict, Verdict::Violated(_));
    let mut run = scenario.run(&case, true).ok().filter(failed)?;
    let demand = run.demand;
    let mut fails = |case: &Case<S::Operation>| {
        tries += 1;
        scenario.run(case, true).ok().filter(failed).filter(|run| run.demand == demand)
    };
    let from = [case.plan.0.len(), case.operations.len(), sent(&run, &case.left_out).len()];
    let mut best = case;
    loop {
        let before = (best.plan.0.len(), best.operations.len(), best.left_out.len());
        without(&best.operations.clone(), 1, |operations| {
            attempt(&mut best, &mut run, &mut fails, |case| case.operations = operations.to_vec())
        });
        // A crash and its restart go together, or not at all.
        for together in [1, 2] {
            without(&best.plan.0.clone(), together, |faults: &[Planned]| {
                attempt(&mut best, &mut run, &mut fails, |case| case.plan.0 = faults.to_vec())
            });
        }
        let gone = best.left_out.clone();
        let messages = sent(&run, &gone);
        without(&messages, 1, |kept| {
            let kept: BTreeSet<_> = kept.iter().collect();
            let left_out = messages.iter().filter(|message| !kept.contains(message));
            let left_out = gone.iter().chain(left_out).copied().collect();
            attempt(&mut best, &mut run, &mut fails, |case| case.left_out = left_out)
        });
        if before == (best.plan.0.len(), best.operations.len(), best.left_out.len()) {
            break;
        }
    }
    Some(Shrunk { case: best, run, from, tries })
}

fn attempt<O: Clone>(
    best: &mut Case<O>,
    run: &mut Run,
    fails: &mut impl FnMut(&Case<O>) -> Option<Run>,
    change: impl FnOnce(&mut Case<O>),
) -> bool {
    let mut smaller = best.clone();
    change(&mut smaller);
    match fails(&smaller) {
        Some(failed) => {
            (*best, *run) = (smaller, failed);
            true
        }
        None => false,
    }
}

/// Tries to take away ever smaller parts of a list, down to every single item, or every pair if `together` is 2; `still`
/// says whether what is left still fails, and is then what the next attempt begins with. The order is fixed.
///
/// [`shrink`] does this to the faults, operations and messages of a [`Case`]; for a failure that is no case, do it to the
/// list that the failure depends on.
///
/// # Examples
/// ```
/// use replication_lab::explore::without;
///
/// let mut smallest = vec![3, 1, 4, 1, 5, 9, 2, 6];
/// without(&smallest.clone(), 1, |left| {
///     let fails = left.contains(&4) && left.contains(&2);
///     if fails {
///         smallest = left.to_vec();
///     }
///     fails
/// });
/// assert_eq!(smallest, [4, 2]);
/// ```
pub fn without<T: Clone>(items: &[T], together: usize, mut still: impl FnMut(&[T]) -> bool) {
    let mut items = items.to_vec();
    if together == 2 {
        return without_pairs(&mut items, still);
    }
    let mut chunk = items.len();
    while chunk >= 1 {
        let mut start = 0;
        while start < items.len() {
            let end = (start + chunk).min(items.len());
            let rest = [&items[..start], &items[end..]].concat();
            if still(&rest) {
                items = rest;
            } else {
                start = end;
            }
        }
        chunk /= 2;
    }
}

fn without_pairs<T: Clone>(items: &mut Vec<T>, mut still: impl FnMut(&[T]) -> bool) {
    let mut first = 0;
    while first < items.len() {
        let pair = (first + 1..items.len()).find_map(|second| {
            let kept = items.iter().enumerate().filter(|(i, _)| *i != first && *i != second);
            let rest: Vec<_> = kept.map(|(_, item)| item.clone()).collect();
            still(&rest).then_some(rest)
        });
        match pair {
            Some(rest) => *items = rest,
            None => first += 1,
        }
    }
}

/// The messages of a run, the last first: what comes last is needed least. Those that were left out count where
/// they would have been.
fn sent(run: &Run, left_out: &[Sent]) -> Vec<Sent> {
    let mut counts: BTreeMap<(NodeId, NodeId), u32> = BTreeMap::new();
    let trace = run.trace.iter().flat_map(|trace| &trace.entries);
    let sends = trace.filter_map(|entry| match entry.event {
        Event::Send { from, to, .. } => Some((from, to)),
        _ => None,
    });
    let mut sent: Vec<_> = sends
        .map(|(from, to)| {
            let count = counts.entry((from, to)).or_default();
            while left_out.contains(&Sent { from, to, nth: *count }) {
                *count += 1;
            }
            *count += 1;
            Sent { from, to, nth: *count - 1 }
        })
        .collect();
    sent.reverse();
    sent
}

impl<O> Shrunk<O> {
    /// How many messages are left.
    pub fn messages(&self) -> usize {
        sent(&self.run, &self.case.left_out).len()
    }

    fn summary(&self) -> String {
        let Self { case, run, from: [faults, operations, messages], tries } = self;
        format!(
            "{}\nseed {}: {} of {faults} faults, {} of {operations} operations, {} of {messages} messages are \
             enough ({tries} runs)",
            run.verdict,
            case.seed,
            case.plan.0.len(),
            case.operations.len(),
            self.messages(),
        )
    }

    /// The verdict, how much of the case is left, and the run as a space–time diagram.
    pub fn figure(&self) -> Figure {
        let summary = Figure::text(self.summary());
        match &self.run.trace {
            Some(trace) => summary.beside(SpaceTime::of(trace).figure()),
            None => summary,
        }
    }

    /// Shows the story as a cell's output (called by the kernel).
    pub fn evcxr_display(&self) {
        self.figure().print();
    }
}

impl<O: Debug> fmt::Display for Shrunk<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { case, run, .. } = self;
        writeln!(f, "{}", self.summary())?;
        let names = run.trace.as_ref().map_or(&[][..], |trace| &trace.nodes);
        let plan = Plan(case.whole_plan().in_order().into_iter().cloned().collect());
        f.write_str(&plan.text(names))?;
        f.write_str(&run.trace.as_ref().map(Trace::transcript).unwrap_or_default())
    }
}

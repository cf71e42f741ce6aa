//! The scenarios of E2.4.

use super::{Audit, Entry, History, Issued, Side, Store};
use crate::exercise::{Recorder, Task};

pub(super) fn drive<A: Audit>(task: &Task, notes: &Recorder) {
    match task.scenario.as_str() {
        "i2-3" => reused::<A>(notes),
        "replicated" => replicated::<A>(notes),
        "store" => store_rewritten::<A>(notes),
        "gap" => gap::<A>(notes),
        "asked-again" => asked_again::<A>(notes),
        "next" => next::<A>(notes),
        other => panic!("E2.4 has no scenario {other:?}"),
    }
}

fn history(rows: &[(u64, &str)], next: u64) -> History {
    let issued = |(id, row): &(u64, &str)| Issued { id: *id, row: (*row).to_owned() };
    History { rows: rows.iter().map(issued).collect(), next }
}

fn store(entries: &[(u64, &str, Side)]) -> Store {
    let entry = |(id, row, by): &(u64, &str, Side)| (*id, Entry { row: (*row).to_owned(), by: *by });
    entries.iter().map(entry).collect()
}

/// The step that asks for the id from which on it is safe.
const NEXT: &str = "the next id that is safe";

fn twice<A: Audit>(notes: &Recorder, of: &str, old: &History, new: &History) {
    notes.step(format!("ids issued twice{of}"), A::issued_twice(old, new));
}

fn missing<A: Audit>(notes: &Recorder, of: &str, old: &History, new: &History) {
    let rows = A::missing(old, new).into_iter().map(|Issued { id, row }| format!("{id}: {row}"));
    notes.step(format!("rows that the new leader lacks{of}"), rows.collect::<Vec<_>>());
}

fn entries<A: Audit>(notes: &Recorder, of: &str, new: &History, store: &Store) {
    notes.step(format!("entries that are mixed up{of}"), A::mixed_up(new, store));
    notes.step(format!("entries without a row{of}"), A::orphans(new, store));
}

fn safe<A: Audit>(notes: &Recorder, of: &str, old: &History, new: &History, store: &Store) {
    let counters = [old.next, new.next].map(|next| format!("{next}"));
    let what = format!("{NEXT}{of} (the counters stand at {})", counters.join(" and "));
    notes.step(what, A::safe_next(old, new, store));
}

fn all<A: Audit>(notes: &Recorder, old: &History, new: &History, store: &Store) {
    twice::<A>(notes, "", old, new);
    missing::<A>(notes, "", old, new);
    entries::<A>(notes, "", new, store);
    safe::<A>(notes, "", old, new, store);
}

/// The old leader issued 1001 to 1005 and died; the new one began at 1001 again. A search index has seen both.
fn reused<A: Audit>(notes: &Recorder) {
    use Side::{New, Old};
    let old = history(
        &[
            (998, "Ann's order"),
            (999, "Ben's order"),
            (1_000, "Cem's order"),
            (1_001, "Dora's order"),
            (1_002, "Eve's order"),
            (1_003, "Finn's order"),
            (1_004, "Gül's order"),
            (1_005, "Hal's order"),
        ],
        1_006,
    );
    let new = history(
        &[
            (998, "Ann's order"),
            (999, "Ben's order"),
            (1_000, "Cem's order"),
            (1_001, "Uma's order"),
            (1_002, "Vic's order"),
            (1_003, "Wen's order"),
        ],
        1_004,
    );
    let index = store(&[
        (998, "Ann's order", Old),
        (999, "Ben's order", New),
        (1_000, "Cem's order", Old),
        (1_001, "Uma's order", New),
        (1_002, "Eve's order", Old),
        (1_003, "Finn's order", Old),
        (1_004, "Gül's order", Old),
        (1_005, "Hal's order", Old),
    ]);
    all::<A>(notes, &old, &new, &index);
}

fn replicated<A: Audit>(notes: &Recorder) {
    let shared = [(1, "Ann"), (2, "Ben"), (3, "Cem")];
    let (old, new) = (history(&shared, 4), history(&shared, 4));
    twice::<A>(notes, ", when all was replicated", &old, &new);
    missing::<A>(notes, ", when all was replicated", &old, &new);
    let more = history(&[(1, "Ann"), (2, "Ben"), (3, "Cem"), (4, "Uma"), (5, "Vic")], 6);
    twice::<A>(notes, ", when only the new leader has gone on", &old, &more);
    missing::<A>(notes, ", when only the new leader has gone on", &old, &more);
    twice::<A>(notes, ", when only the old leader had gone on", &more, &new);
    missing::<A>(notes, ", when only the old leader had gone on", &more, &new);
    // Ids in the order of commit, which is not theirs; and one that the new leader has used no more.
    let old = history(&[(2, "Ben"), (1, "Ann"), (5, "Eve"), (3, "Cem"), (4, "Dora")], 6);
    let new = history(&[(2, "Ben"), (1, "Ann"), (4, "Vic"), (3, "Uma")], 5);
    twice::<A>(notes, ", when ids were committed out of order", &old, &new);
    missing::<A>(notes, ", when ids were committed out of order", &old, &new);
    let none = history(&[], 1);
    twice::<A>(notes, ", in an empty table", &none, &none);
    missing::<A>(notes, ", in an empty table", &none, &none);
}

/// Either side goes on writing into the store: the old one from a queue that was not empty when its leader died, the
/// new one from an export of the old rows.
fn store_rewritten<A: Audit>(notes: &Recorder) {
    use Side::{New, Old};
    let new = history(&[(1, "Ann"), (2, "Ben"), (3, "Uma"), (4, "Vic"), (5, "Wen"), (6, "Xia")], 7);
    let cases = [
        (": each side wrote its own rows", store(&[(2, "Ben", Old), (3, "Cem", Old), (4, "Vic", New)])),
        (": a late job of the old side wrote 3 and 4 again", store(&[(3, "Cem", Old), (4, "Dora", Old)])),
        (
            ": a job of the new side filled in 3 and 5 from an old export",
            store(&[(3, "Cem", New), (5, "Eve", New)]),
        ),
        (": the old side wrote nothing but replicated rows", store(&[(1, "Ann", Old), (2, "Ben", Old)])),
        (": the new side wrote 9 from an old export", store(&[(6, "Xia", New), (9, "Ida", New)])),
        (": the store is empty", store(&[])),
    ];
    for (of, store) in cases {
        entries::<A>(notes, of, &new, &store);
    }
}

/// PostgreSQL: the sequence was logged 32 values ahead. The old leader issued 1 to 5; the promoted standby goes on at
/// 34.
fn gap<A: Audit>(notes: &Recorder) {
    use Side::{New, Old};
    let old = history(&[(1, "Ann"), (2, "Ben"), (3, "Cem"), (4, "Dora"), (5, "Eve")], 6);
    let new = history(&[(1, "Ann"), (2, "Ben"), (3, "Cem"), (34, "Uma"), (35, "Vic")], 36);
    let cache = store(&[(3, "Cem", Old), (4, "Dora", Old), (5, "Eve", Old), (34, "Uma", New)]);
    all::<A>(notes, &old, &new, &cache);
}

/// A client that never heard whether its insert was done asked the new leader again.
fn asked_again<A: Audit>(notes: &Recorder) {
    let old = history(&[(1, "Ann"), (2, "Ben"), (3, "Cem"), (4, "Dora")], 5);
    let new = history(&[(1, "Ann"), (2, "Dora"), (3, "Uma"), (4, "Ben")], 5);
    twice::<A>(notes, ": Ben and Dora asked again", &old, &new);
    missing::<A>(notes, ": Ben and Dora asked again", &old, &new);
    let same = history(&[(1, "Ann"), (2, "Ben"), (3, "Uma")], 4);
    twice::<A>(notes, ": Ben asked again and got the same id", &old, &same);
    missing::<A>(notes, ": Ben asked again and got the same id", &old, &same);
}

fn next<A: Audit>(notes: &Recorder) {
    use Side::{New, Old};
    let to = |id: u64, next: u64| history(&[(1, "Ann"), (id, "Zoë"), (2, "Ben")], next);
    let at = |id: u64, by| store(&[(1, "Ann", Old), (id, "Ida", by)]);
    let case = |of: &str, old: &History, new: &History, store: &Store| {
        safe::<A>(notes, of, old, new, store);
    };
    case(
        ", with 1005, 1003 and 1004 the highest of old, new and store",
        &to(1_005, 1_006),
        &to(1_003, 1_004),
        &at(1_004, Old),
    );
    case(", with 1003, 1005 and 1004", &to(1_003, 1_004), &to(1_005, 1_006), &at(1_004, New));
    case(", with 1003, 1004 and 1007", &to(1_003, 1_004), &to(1_004, 1_005), &at(1_007, Old));
    case(
        ", with 1003, 1004 and 1002, after rollbacks on the old leader",
        &to(1_003, 1_020),
        &to(1_004, 1_005),
        &at(1_002, Old),
    );
    case(
        ", with 1003, 1004 and 1002, after rollbacks on the new leader",
        &to(1_003, 1_004),
        &to(1_004, 1_037),
        &at(1_002, Old),
    );
    case(", with 1003, 1004 and nothing", &to(1_003, 1_004), &to(1_004, 1_005), &store(&[]));
    case(", in an empty table", &history(&[], 1), &history(&[], 1), &store(&[]));
    case(", in an empty table whose store was not emptied", &history(&[], 1), &history(&[], 1), &at(41, Old));
}

#[cfg(feature = "judge")]
pub use rules::invariants;

#[cfg(feature = "judge")]
mod rules {
    use super::super::Mixed;
    use super::*;
    use crate::exercise::Observation;
    use crate::judge::Violation;

    /// What holds for every audit.
    pub fn invariants(_: &Task, seen: &Observation) -> Vec<Violation> {
        let mut broken = Vec::new();
        for step in &seen.steps {
            let mixed: Vec<Mixed> = serde_json::from_value(step.got.clone()).unwrap_or_default();
            if let Some(same) = mixed.iter().find(|mixed| mixed.database == mixed.store) {
                broken.push(Violation::new(
                    "the-same-row-is-not-mixed-up",
                    format!("{}: {} is listed, and both sides hold {} there", step.what, same.id, same.store),
                ));
            }
            if step.what.starts_with(NEXT)
                && let (Some(next), Some(highest)) = (step.got.as_u64(), counters(&step.what))
                && next < highest
            {
                broken.push(Violation::new(
                    "a-counter-never-goes-back",
                    format!("{}: {next} sets a counter back that stands at {highest}", step.what),
                ));
            }
        }
        broken
    }

    /// The higher of the two counters that a step names.
    fn counters(what: &str) -> Option<u64> {
        let (_, counters) = what.split_once("the counters stand at ")?;
        let numbers = counters.trim_end_matches(')').split(" and ");
        numbers.filter_map(|number| number.parse().ok()).max()
    }
}

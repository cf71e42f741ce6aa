//! E2.4 — The audit after a failover: ids that were issued twice, and what hangs on them.

// BEGIN SOLUTION
use std::collections::{BTreeMap, BTreeSet};

// END SOLUTION
use grader::exercises::e2_4::{Audit, History, Issued, Mixed, Store};

/// Looks, and changes nothing.
pub struct Auditor;

impl Audit for Auditor {
    fn issued_twice(old: &History, new: &History) -> Vec<u64> {
        // BEGIN SOLUTION todo!("which ids of {old:?} stand for another row in {new:?}?")
        let now = by_id(new);
        let ids = old.rows.iter().filter(|was| now.get(&was.id).is_some_and(|row| *row != was.row));
        in_order(ids.map(|was| was.id))
        // END SOLUTION
    }

    fn missing(old: &History, new: &History) -> Vec<Issued> {
        // BEGIN SOLUTION todo!("which rows of {old:?} are nowhere in {new:?}?")
        let there: BTreeSet<&str> = new.rows.iter().map(|issued| issued.row.as_str()).collect();
        in_order(old.rows.iter().filter(|issued| !there.contains(issued.row.as_str())).cloned())
        // END SOLUTION
    }

    fn mixed_up(new: &History, store: &Store) -> Vec<Mixed> {
        // BEGIN SOLUTION todo!("which entries of {store:?} show another row than {new:?} has there?")
        let now = by_id(new);
        let mixed = store.iter().filter_map(|(id, entry)| {
            let database = *now.get(id)?;
            (database != entry.row).then(|| Mixed {
                id: *id,
                database: database.to_owned(),
                store: entry.row.clone(),
            })
        });
        mixed.collect()
        // END SOLUTION
    }

    fn orphans(new: &History, store: &Store) -> Vec<u64> {
        // BEGIN SOLUTION todo!("which ids of {store:?} does {new:?} not have?")
        let now = by_id(new);
        store.keys().copied().filter(|id| !now.contains_key(id)).collect()
        // END SOLUTION
    }

    fn safe_next(old: &History, new: &History, store: &Store) -> u64 {
        // BEGIN SOLUTION todo!("what is above all ids of {old:?}, {new:?} and {store:?}, and not below a counter?")
        let rows = old.rows.iter().chain(&new.rows).map(|issued| issued.id);
        let highest = rows.chain(store.keys().copied()).max();
        let above = highest.map_or(1, |highest| highest + 1);
        above.max(old.next).max(new.next)
        // END SOLUTION
    }
}
// BEGIN SOLUTION

fn by_id(history: &History) -> BTreeMap<u64, &str> {
    history.rows.iter().map(|issued| (issued.id, issued.row.as_str())).collect()
}

fn in_order<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.sort();
    items
}
// END SOLUTION

//! E7.5 — An auditor of last write wins: which acknowledged writes are gone, and was it the right ones?

// BEGIN SOLUTION
use std::collections::{BTreeMap, BTreeSet};

// END SOLUTION
use grader::exercises::e7_5::{Audit, Write};

// BEGIN SOLUTION
/// All writes that a writer knew of.
fn known(write: &Write, by_id: &BTreeMap<u32, &Write>) -> BTreeSet<u32> {
    let mut known = BTreeSet::new();
    let mut open = write.saw.clone();
    while let Some(id) = open.pop() {
        if known.insert(id) {
            open.extend(by_id.get(&id).into_iter().flat_map(|write| &write.saw));
        }
    }
    known
}

// END SOLUTION
/// What became of the writes of each key.
pub fn audit(writes: &[Write]) -> Vec<Audit> {
    // BEGIN SOLUTION let _: Option<Audit> = None;\ntodo!("one audit for each key of {} writes", writes.len())
    let by_id: BTreeMap<u32, &Write> = writes.iter().map(|write| (write.id, write)).collect();
    let seen: BTreeSet<u32> = writes.iter().flat_map(|write| write.saw.iter().copied()).collect();
    let mut keys: BTreeMap<&str, Vec<&Write>> = BTreeMap::new();
    for write in by_id.values() {
        keys.entry(&write.key).or_default().push(write);
    }
    let mut audits = Vec::new();
    for (key, writes) in keys {
        let rank = |write: &&&Write| (write.stamp, write.deletes, write.node.clone());
        let Some(kept) = writes.iter().max_by_key(rank) else { continue };
        let ids = |of: &dyn Fn(&Write) -> bool| -> Vec<u32> {
            let gone = writes.iter().filter(|write| write.id != kept.id && of(write));
            gone.map(|write| write.id).collect()
        };
        let lost = |write: &Write| !seen.contains(&write.id);
        audits.push(Audit {
            key: key.to_owned(),
            kept: kept.id,
            overwritten: ids(&|write| !lost(write)),
            lost: ids(&lost),
            lost_though_later: ids(&|write| lost(write) && write.at > kept.at),
            lost_though_it_knew: ids(&|write| lost(write) && known(write, &by_id).contains(&kept.id)),
            lost_by_tie: ids(&|write| lost(write) && write.stamp == kept.stamp),
        });
    }
    audits
    // END SOLUTION
}

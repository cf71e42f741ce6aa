//! Do all copies hold the same in the end?
//!
//! Eventual consistency promises: when writes stop and messages arrive, all copies become equal (Terry et al.,
//! *Managing Update Conflicts in Bayou*, SOSP 1995, call it eventual; Shapiro et al., *Conflict-free Replicated
//! Data Types*, SSS 2011, require it as convergence). Let the cluster come to rest, and compare:
//!
//! ```text
//! A  x=2  y=1
//! B  x=2  y=1
//! C  x=1  y=1      not converged: C holds another x
//! ```
//!
//! # Limits
//! Equal copies may all be wrong: a store that forgets everything converges. Ask [`durable`](super::durable) too.
//! And the verdict is about one moment: whether the cluster had come to rest is for the caller to know, with
//! [`Verdict::inconclusive_because`] to say so.
//!
//! # Examples
//! ```
//! use replication_lab::history::converged;
//!
//! let copy = |x: &str| [("x".to_owned(), x.to_owned()), ("y".to_owned(), "1".to_owned())].into();
//! let copies = [("A".to_owned(), copy("2")), ("B".to_owned(), copy("2")), ("C".to_owned(), copy("1"))];
//! assert_eq!(
//!     converged(&copies.into()).to_string(),
//!     "violated: the copies differ in 1 key: x is 2 on A and B, 1 on C"
//! );
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::Verdict;

/// What every node holds: its name, and a text for every key's value. Siblings belong into one text, in an order
/// of their own.
pub type Copies = BTreeMap<String, BTreeMap<String, String>>;

/// Most keys that are named in a verdict.
const NAMED: usize = 3;

/// Whether all copies are equal. A key that a node does not hold differs from one that it holds.
pub fn converged(copies: &Copies) -> Verdict {
    let keys: BTreeSet<&String> = copies.values().flat_map(BTreeMap::keys).collect();
    let differing: Vec<_> = keys.into_iter().filter_map(|key| Some((key, holders(copies, key)?))).collect();
    if differing.is_empty() {
        return Verdict::Holds;
    }
    let named = differing.iter().take(NAMED).map(|(key, holders)| {
        let held = holders.iter().map(|(value, nodes)| {
            let value = match value.map(String::as_str) {
                None => "nothing",
                Some("") => "“”",
                Some(value) => value,
            };
            format!("{value} on {}", nodes.join(" and "))
        });
        format!("{key} is {}", held.collect::<Vec<_>>().join(", "))
    });
    let named = named.collect::<Vec<_>>().join("; ");
    let keys = if differing.len() == 1 { "key" } else { "keys" };
    let more = if differing.len() > NAMED { "; …" } else { "" };
    Verdict::violated(Vec::new(), format!("the copies differ in {} {keys}: {named}{more}", differing.len()))
}

/// Who holds which value of a key, the value of most nodes first; nothing if all hold the same.
fn holders<'a>(copies: &'a Copies, key: &str) -> Option<Vec<(Option<&'a String>, Vec<&'a str>)>> {
    let mut holders = BTreeMap::<Option<&String>, Vec<&str>>::new();
    for (node, copy) in copies {
        holders.entry(copy.get(key)).or_default().push(node);
    }
    let mut holders: Vec<_> = holders.into_iter().collect();
    holders.sort_by_key(|(_, nodes)| std::cmp::Reverse(nodes.len()));
    (holders.len() > 1).then_some(holders)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copies(nodes: &[(&str, &[(&str, &str)])]) -> Copies {
        let copy =
            |entries: &[(&str, &str)]| entries.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        nodes.iter().map(|(node, entries)| ((*node).into(), copy(entries))).collect()
    }

    #[test]
    fn equal_copies_converge_and_so_do_none_and_one() {
        assert!(converged(&copies(&[])).holds());
        assert!(converged(&copies(&[("A", &[("x", "1")])])).holds());
        assert!(converged(&copies(&[("A", &[("x", "1")]), ("B", &[("x", "1")])])).holds());
    }

    #[test]
    fn a_missing_key_differs_from_an_empty_value() {
        let verdict = converged(&copies(&[("A", &[("x", "")]), ("B", &[])]));
        assert_eq!(verdict.to_string(), "violated: the copies differ in 1 key: x is nothing on B, “” on A");
    }

    #[test]
    fn many_keys_are_counted_and_some_are_named() {
        let all: Vec<(&str, &str)> = ["a", "b", "c", "d"].iter().map(|key| (*key, "1")).collect();
        let verdict = converged(&copies(&[("A", &all), ("B", &all), ("C", &[])]));
        assert_eq!(
            verdict.to_string(),
            "violated: the copies differ in 4 keys: a is 1 on A and B, nothing on C; b is 1 on A and B, nothing on C; \
             c is 1 on A and B, nothing on C; …"
        );
    }

    proptest::proptest! {
        #[test]
        fn equal_means_equal(values in proptest::collection::vec(proptest::option::of(0..3u8), 6)) {
            let nodes = ["A", "B", "C"];
            let copies: Copies = nodes.iter().zip(values.chunks(2)).map(|(node, values)| {
                let held = ["x", "y"].iter().zip(values);
                let held = held.filter_map(|(key, value)| Some(((*key).to_owned(), (*value)?.to_string())));
                ((*node).to_owned(), held.collect())
            }).collect();
            let equal = copies.values().all(|copy| copy == &copies["A"]);
            proptest::prop_assert_eq!(converged(&copies).holds(), equal);
        }
    }
}

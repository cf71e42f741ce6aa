//! Does a reader ever see an effect without what preceded it?
//!
//! Consistent prefix (Terry, *Replicated Data Consistency Explained Through Baseball*, CACM 2013): what a reader
//! sees is what one copy held after some beginning of the log, perhaps an old one, but never one with a hole:
//!
//! ```text
//! log   question=how much? │ reply=$42 │
//!       ▲ nothing yet      ▲ asked     ▲ answered       these three can be seen
//!         reply=$42 and no question                     this can't: the reply is there from the third on only
//! ```
//!
//! A single read can always be explained by some beginning of the log. So the question is about what was seen
//! *together*: the reads behind one page, one report, one message. Each such group is a *look*.
//!
//! # Limits
//! The log's order is declared by the caller: the leader's log, or the order of commits. Values are unique on
//! their key, siblings and appended texts make the verdict [`Verdict::Unknown`]. Two looks are never compared:
//! whether the second may be older than the first is for [`monotonic_reads`](super::sessions::monotonic_reads) to
//! say.
//!
//! # Examples
//! ```
//! use replication_lab::history::{Action, History, Op, consistent_prefix};
//! use replication_lab::time::Time;
//!
//! let op = |client: &str, key: &str, action, began| {
//!     let ended = Some(Time::ms(began + 1));
//!     Op { client: client.into(), key: key.into(), action, began: Time::ms(began), ended }
//! };
//! let history = History(vec![
//!     op("ann", "question", Action::Write("how much?".into()), 0),
//!     op("bob", "reply", Action::Write("$42".into()), 2),
//!     op("cat", "reply", Action::Read(vec!["$42".into()]), 4),
//!     op("cat", "question", Action::Read(vec![]), 4),
//! ]);
//! assert_eq!(
//!     consistent_prefix(&history, &[0, 1], &[vec![2, 3]]).to_string(),
//!     "violated: “cat reads reply: $42” saw the log up to “bob writes reply=$42”, and “cat reads question: nothing”, in \
//!      the same look, not even “ann writes question=how much?” before it"
//! );
//! ```

use std::collections::BTreeMap;

use super::versions::{Versions, followed};
use super::{History, Verdict};

/// Whether every look can be explained by one beginning of the log.
///
/// `log` is places of writes in the history, in the order of the log; a write that is not in it never took effect.
/// `looks` are groups of places of reads; places of other operations and of reads without an answer are left out.
pub fn consistent_prefix(history: &History, log: &[usize], looks: &[Vec<usize>]) -> Verdict {
    let known = |place: &usize| history.0.get(*place).is_some_and(|op| op.written().is_some());
    if let Some(place) = log.iter().find(|place| !known(place)) {
        return Verdict::Unknown(format!(
            "the log names operation {place}, which is no write of the history"
        ));
    }
    followed(history, |versions| {
        let mut of_key = BTreeMap::<&str, Vec<usize>>::new();
        for (length, write) in log.iter().enumerate() {
            of_key.entry(&history.0[*write].key).or_default().push(length);
        }
        let verdicts = looks.iter().map(|look| explain(versions, log, &of_key, look));
        verdicts.into_iter().find(|verdict| !verdict.holds()).unwrap_or(Verdict::Holds)
    })
}

/// How much of the log a read can have seen: more than `longer_than` entries and at most `at_most`.
struct Span {
    read: usize,
    longer_than: Option<usize>,
    at_most: usize,
}

fn explain(
    versions: &Versions<'_>,
    log: &[usize],
    of_key: &BTreeMap<&str, Vec<usize>>,
    look: &[usize],
) -> Verdict {
    let mut spans = Vec::new();
    for read in look.iter().copied().filter(|read| *read < versions.history.0.len()) {
        if versions.found(read).is_none() {
            continue;
        }
        let entries = of_key.get(versions.op(read).key.as_str()).map_or(&[][..], Vec::as_slice);
        let source = versions.source(read);
        let entry = entries.iter().position(|entry| Some(log[*entry]) == source);
        if let (Some(write), None) = (source, entry) {
            let why =
                format!("“{}” saw “{}”, which is not in the log", versions.op(read), versions.op(write));
            return Verdict::violated(vec![write, read], why);
        }
        let next = entries.get(entry.map_or(0, |entry| entry + 1)).copied();
        spans.push(Span {
            read,
            longer_than: entry.map(|entry| entries[entry]),
            at_most: next.unwrap_or(log.len()),
        });
    }
    let newest = spans.iter().max_by_key(|span| span.longer_than);
    let oldest = spans.iter().min_by_key(|span| span.at_most);
    let (Some(newest), Some(oldest)) = (newest, oldest) else { return Verdict::Holds };
    let Some(seen) = newest.longer_than.filter(|seen| *seen >= oldest.at_most) else { return Verdict::Holds };
    let (effect, missed) = (log[seen], log[oldest.at_most]);
    let why = format!(
        "“{}” saw the log up to “{}”, and “{}”, in the same look, not even “{}” before it",
        versions.op(newest.read),
        versions.op(effect),
        versions.op(oldest.read),
        versions.op(missed)
    );
    let mut guilty = vec![effect, missed, newest.read, oldest.read];
    guilty.sort_unstable();
    guilty.dedup();
    Verdict::violated(guilty, why)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Action, Op};
    use super::*;
    use crate::time::Time;

    /// A log of writes on two keys, and reads that each return one of the writes of their key, or nothing.
    fn history(log: &[usize], reads: &[(usize, usize)]) -> History {
        let op = |place: usize, key: usize, action| {
            let began = Time::ms(10 * place as u64);
            Op { client: "c".into(), key: key.to_string(), action, began, ended: Some(began + Time::ms(1)) }
        };
        let writes =
            log.iter().enumerate().map(|(place, key)| op(place, *key, Action::Write(place.to_string())));
        let reads = reads.iter().enumerate().map(|(i, (key, nth))| {
            let on_key: Vec<usize> = (0..log.len()).filter(|place| log[*place] == *key).collect();
            let value = nth.checked_sub(1).and_then(|nth| on_key.get(nth % on_key.len().max(1)));
            op(log.len() + i, *key, Action::Read(value.into_iter().map(usize::to_string).collect()))
        });
        History(writes.chain(reads).collect())
    }

    /// Every beginning of the log, carried out.
    fn by_definition(history: &History, log: &[usize], look: &[usize]) -> bool {
        (0..=log.len()).any(|len| {
            let mut copy = BTreeMap::new();
            for write in &log[..len] {
                let op = &history.0[*write];
                copy.insert(op.key.as_str(), op.written());
            }
            look.iter().all(|read| match &history.0[*read].action {
                Action::Read(values) => {
                    values.first().map(String::as_str)
                        == copy.get(history.0[*read].key.as_str()).copied().flatten()
                }
                _ => true,
            })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn agrees_with_the_definition(
            keys in prop::collection::vec(0..3usize, 0..6),
            reads in prop::collection::vec((0..3usize, 0..4usize), 0..4),
        ) {
            let history = history(&keys, &reads);
            let log: Vec<usize> = (0..keys.len()).collect();
            let look: Vec<usize> = (keys.len()..history.0.len()).collect();
            let expected = by_definition(&history, &log, &look);
            let verdict = consistent_prefix(&history, &log, &[look]);
            prop_assert_eq!(verdict.holds(), expected, "{}\n{}", verdict, history);
        }
    }

    #[test]
    fn looks_are_not_compared() {
        let history = history(&[0, 1], &[(1, 1), (0, 0)]);
        assert!(consistent_prefix(&history, &[0, 1], &[vec![2], vec![3]]).holds());
        assert!(!consistent_prefix(&history, &[0, 1], &[vec![2, 3]]).holds());
    }

    #[test]
    fn a_log_that_does_not_fit_the_history_is_no_basis() {
        let history = history(&[0], &[(0, 1)]);
        assert_eq!(
            consistent_prefix(&history, &[0, 7], &[]).to_string(),
            "unknown: the log names operation 7, which is no write of the history"
        );
        let without = consistent_prefix(&history, &[], &[vec![1]]);
        assert_eq!(
            without.to_string(),
            "violated: “c reads 0: 0” saw “c writes 0=0”, which is not in the log"
        );
    }
}

//! Consistency levels over datacentres, as Cassandra names them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How many answers an operation waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Level {
    /// This many, wherever they are: the plain W or R.
    Count(u32),
    /// One, wherever it is.
    One,
    /// More than half of all replicas, wherever they are.
    Quorum,
    /// More than half of the replicas in the coordinator's own datacentre.
    LocalQuorum,
    /// More than half of the replicas in every datacentre.
    EachQuorum,
    /// All of them.
    All,
}

impl Level {
    /// The levels that Cassandra has, the weakest first.
    pub const NAMED: [Level; 5] =
        [Level::One, Level::LocalQuorum, Level::Quorum, Level::EachQuorum, Level::All];
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Level::Count(count) => write!(f, "{count}"),
            Level::One => f.pad("ONE"),
            Level::Quorum => f.pad("QUORUM"),
            Level::LocalQuorum => f.pad("LOCAL_QUORUM"),
            Level::EachQuorum => f.pad("EACH_QUORUM"),
            Level::All => f.pad("ALL"),
        }
    }
}

/// What a level means for given datacentres: at least so many answers in all, and at least so many from each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Required {
    /// Answers in all.
    pub total: u32,
    /// Answers from each datacentre.
    pub per_datacentre: Vec<u32>,
}

/// A level that these datacentres can't meet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LevelError {
    /// There is no datacentre, or one without replicas.
    NoReplicas,
    /// The local datacentre is not among them.
    UnknownDatacentre {
        /// The place that was named.
        local: usize,
        /// How many there are.
        datacentres: usize,
    },
    /// A count of 0 or above the number of replicas.
    Count {
        /// The count.
        count: u32,
        /// The number of replicas.
        replicas: u32,
    },
}

impl fmt::Display for LevelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoReplicas => f.write_str("a datacentre without replicas: give each at least one"),
            Self::UnknownDatacentre { local, datacentres } => {
                write!(f, "datacentre {local} is not there: there are {datacentres}, counted from 0")
            }
            Self::Count { count, replicas } => {
                write!(f, "{count} answers of {replicas} replicas: choose a number between 1 and {replicas}")
            }
        }
    }
}

impl std::error::Error for LevelError {}

/// More than half of `replicas`.
pub const fn majority(replicas: u32) -> u32 {
    replicas / 2 + 1
}

/// What `level` requires where datacentre `i` has `replicas[i]` replicas and the coordinator is in `local`.
///
/// # Errors
/// When these datacentres can't meet it.
// No method of the type: whoever is handed the type to write this must not find the answer on it.
pub fn required(level: Level, replicas: &[u32], local: usize) -> Result<Required, LevelError> {
    if replicas.is_empty() || replicas.contains(&0) {
        return Err(LevelError::NoReplicas);
    }
    let Some(here) = replicas.get(local) else {
        return Err(LevelError::UnknownDatacentre { local, datacentres: replicas.len() });
    };
    let all: u32 = replicas.iter().sum();
    let nowhere = vec![0; replicas.len()];
    Ok(match level {
        Level::Count(count) if count == 0 || count > all => {
            return Err(LevelError::Count { count, replicas: all });
        }
        Level::Count(count) => Required { total: count, per_datacentre: nowhere },
        Level::One => Required { total: 1, per_datacentre: nowhere },
        Level::Quorum => Required { total: majority(all), per_datacentre: nowhere },
        Level::LocalQuorum => {
            let mut per_datacentre = nowhere;
            per_datacentre[local] = majority(*here);
            Required { total: majority(*here), per_datacentre }
        }
        Level::EachQuorum => {
            let per_datacentre: Vec<u32> = replicas.iter().copied().map(majority).collect();
            Required { total: per_datacentre.iter().sum(), per_datacentre }
        }
        Level::All => Required { total: all, per_datacentre: replicas.to_vec() },
    })
}

impl Required {
    /// Whether these answers, counted by datacentre, are enough.
    pub fn met_by(&self, answers: &[u32]) -> bool {
        answers.iter().sum::<u32>() >= self.total
            && self.per_datacentre.iter().zip(answers).all(|(needed, got)| got >= needed)
    }

    /// Every set of replicas that meets the requirement and from which none can be taken away, each as one bit a
    /// replica; replicas are numbered datacentre by datacentre. For a few replicas only: there are 2ⁿ sets.
    pub fn minimal_sets(&self, replicas: &[u32]) -> Vec<u32> {
        let all: u32 = replicas.iter().sum();
        let mut starts = Vec::new();
        let mut next = 0;
        for there in replicas {
            starts.push(next);
            next += there;
        }
        let counted = |set: u32| -> Vec<u32> {
            let masks = replicas.iter().zip(&starts).map(|(there, start)| ((1u32 << there) - 1) << start);
            masks.map(|mask| (set & mask).count_ones()).collect()
        };
        let meets = |set: u32| self.met_by(&counted(set));
        let minimal = |set: u32| (0..all).all(|r| set & (1 << r) == 0 || !meets(set & !(1 << r)));
        (0..1u32 << all).filter(|set| meets(*set) && minimal(*set)).collect()
    }
}

/// Whether every set of replicas that meets `write` shares a replica with every set that meets `read`.
///
/// They can miss each other exactly if the replicas can be split between them: in each datacentre both
/// minimums fit, and so do both totals.
pub fn overlap_guaranteed(write: &Required, read: &Required, replicas: &[u32]) -> bool {
    let all: u32 = replicas.iter().sum();
    let fits = replicas
        .iter()
        .enumerate()
        .all(|(dc, there)| write.per_datacentre[dc] + read.per_datacentre[dc] <= *there);
    let theirs: u32 = read.per_datacentre.iter().sum();
    let ours: u32 = write.per_datacentre.iter().sum();
    let least = write.total.max(ours);
    let most = all - read.total.max(theirs).min(all);
    !(fits && least <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: [u32; 2] = [3, 3];

    fn required(level: Level) -> Required {
        super::required(level, &TWO, 0).unwrap()
    }

    #[test]
    fn three_and_three_replicas() {
        let total = |level| required(level).total;
        assert_eq!(Level::NAMED.map(total), [1, 2, 4, 4, 6]);
        assert_eq!(required(Level::EachQuorum).per_datacentre, [2, 2]);
    }

    #[test]
    fn overlap_agrees_with_enumeration() {
        for (replicas, levels) in
            [(vec![3, 3], &Level::NAMED), (vec![3, 2], &Level::NAMED), (vec![1, 4], &Level::NAMED)]
        {
            for (write, read) in levels.iter().flat_map(|w| levels.iter().map(move |r| (w, r))) {
                for reader in 0..2 {
                    let (w, r) = (
                        super::required(*write, &replicas, 0).unwrap(),
                        super::required(*read, &replicas, reader).unwrap(),
                    );
                    let always = w
                        .minimal_sets(&replicas)
                        .iter()
                        .all(|a| r.minimal_sets(&replicas).iter().all(|b| a & b != 0));
                    assert_eq!(
                        overlap_guaranteed(&w, &r, &replicas),
                        always,
                        "{write} {read} {reader} {replicas:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn quorum_writes_and_local_quorum_reads_miss_in_three_of_45_placements() {
        let (w, r) = (required(Level::Quorum), required(Level::LocalQuorum));
        let (writes, reads) = (w.minimal_sets(&TWO), r.minimal_sets(&TWO));
        let missing = writes.iter().flat_map(|a| reads.iter().filter(move |b| a & *b == 0)).count();
        assert_eq!((missing, writes.len() * reads.len()), (3, 45));
        assert!(!overlap_guaranteed(&w, &r, &TWO));
        assert!(overlap_guaranteed(&required(Level::EachQuorum), &r, &TWO));
    }
}

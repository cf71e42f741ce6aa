//! E6.3 — Consistency levels: how many answers a level needs, and which pairs of levels overlap.

use grader::exercises::e6_3::{Level, LevelError, Required};

/// What `level` requires where datacentre `i` has `replicas[i]` replicas and the coordinator is in `local`.
///
/// # Errors
/// When these datacentres can't meet it: no replicas first, then an unknown datacentre, then an impossible count.
pub fn required(level: Level, replicas: &[u32], local: usize) -> Result<Required, LevelError> {
    // BEGIN SOLUTION todo!("say what {level} needs of {replicas:?}, seen from datacentre {local}")
    if replicas.is_empty() || replicas.contains(&0) {
        return Err(LevelError::NoReplicas);
    }
    let Some(here) = replicas.get(local) else {
        return Err(LevelError::UnknownDatacentre { local, datacentres: replicas.len() });
    };
    let majority = |replicas: u32| replicas / 2 + 1;
    let all: u32 = replicas.iter().sum();
    let nowhere = vec![0; replicas.len()];
    Ok(match level {
        Level::Count(count) => {
            if count == 0 || count > all {
                return Err(LevelError::Count { count, replicas: all });
            }
            Required { total: count, per_datacentre: nowhere }
        }
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
    // END SOLUTION
}

/// Whether every set of replicas that meets `write` shares a replica with every set that meets `read`.
pub fn overlap_guaranteed(write: &Required, read: &Required, replicas: &[u32]) -> bool {
    // BEGIN SOLUTION todo!("can {write:?} and {read:?} miss each other on {replicas:?}?")
    let all: u32 = replicas.iter().sum();
    let fits = |(dc, there): (usize, &u32)| write.per_datacentre[dc] + read.per_datacentre[dc] <= *there;
    let side_by_side = replicas.iter().enumerate().all(fits);
    !(side_by_side && write.total + read.total <= all)
    // END SOLUTION
}

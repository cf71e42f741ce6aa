//! Which operations are shown.

use super::MOST_OPERATIONS;
use crate::history::{History, Op};
use crate::time::Time;

/// The places of at most 24 operations, in the order of the history: the guilty ones, then those on their keys, the
/// nearest to them in time first. Without guilty ones: the first.
pub(super) fn shown(history: &History, guilty: &[usize]) -> Vec<usize> {
    let ops = &history.0;
    if ops.len() <= MOST_OPERATIONS {
        return (0..ops.len()).collect();
    }
    let suspects: Vec<&Op> = guilty.iter().filter_map(|place| ops.get(*place)).collect();
    let from = suspects.iter().map(|op| op.began).min().unwrap_or(Time::ZERO);
    let to = suspects.iter().map(|op| op.ended.unwrap_or(op.began)).max().unwrap_or(Time::ZERO);
    let rank = |place: &usize| {
        let op = &ops[*place];
        let on_their_key = suspects.iter().any(|suspect| suspect.key == op.key);
        let after = op.began.since(to);
        let before = op.ended.map_or(Time::ZERO, |ended| from.since(ended));
        (!guilty.contains(place), !on_their_key, after.max(before), *place)
    };
    let mut places: Vec<usize> = (0..ops.len()).collect();
    places.sort_by_key(rank);
    places.truncate(MOST_OPERATIONS);
    places.sort_unstable();
    places
}

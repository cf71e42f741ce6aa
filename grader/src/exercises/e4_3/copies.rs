//! What the copies of a run have in common.

use std::collections::BTreeMap;

use super::{Action, Entry, Position, Run};

/// Of two logs: for a position in the first, what copies that had applied this entry had in common of the second.
type Common = BTreeMap<Position, Position>;

/// The copies that were seen in a run, ready to be asked: each read is a look at one of them.
#[derive(Clone, Debug, Default)]
pub struct Copies {
    common: BTreeMap<(usize, usize), Common>,
}

impl Copies {
    /// Of one log, what *all* copies had applied that were seen with an entry of another log: the last entry that they
    /// have in common, 0 of epoch 0 if there is none. Nothing if no copy was seen that holds the entry and keeps that
    /// log.
    pub fn common(&self, with: Entry, log: usize) -> Option<Position> {
        let common = self.common.get(&(with.log, log))?;
        let last = Position::new(with.at.epoch, u64::MAX);
        common.range(with.at..=last).next().map(|(_, common)| *common)
    }

    /// Takes time by the number of reads, and the square of the number of logs.
    pub(super) fn of(run: &Run) -> Self {
        let mut copies = Self::default();
        for op in run.sessions.iter().flat_map(|session| &session.ops) {
            let Action::Read { applied, .. } = &op.action else { continue };
            for (with, at) in applied {
                for (log, other) in applied.iter().filter(|(log, _)| *log != with) {
                    let common = copies.common.entry((*with, *log)).or_default();
                    narrow(common, *at, *other, run.logs.get(*log));
                }
            }
        }
        for ((with, log), common) in &mut copies.common {
            spread(common, run.logs.get(*with), run.logs.get(*log));
        }
        copies
    }
}

/// Notes one more copy that had applied an entry.
fn narrow(common: &mut Common, at: Position, other: Position, log: Option<&BTreeMap<u64, Position>>) {
    let so_far = common.entry(at).or_insert(other);
    *so_far = ancestor(*so_far, other, log);
}

/// Who has applied an entry holds all before it: each entry gets what is common to all copies that were seen at it or
/// behind it, in its own epoch or in one that took it over.
fn spread(
    common: &mut Common,
    with: Option<&BTreeMap<u64, Position>>,
    log: Option<&BTreeMap<u64, Position>>,
) {
    let mut epoch = u64::MAX;
    while let Some((last, _)) = common.range(..=Position::new(epoch, u64::MAX)).next_back() {
        epoch = last.epoch;
        let mut so_far = None;
        for (_, here) in common.range_mut(Position::new(epoch, 0)..=Position::new(epoch, u64::MAX)).rev() {
            *here = so_far.map_or(*here, |so_far| ancestor(so_far, *here, log));
            so_far = Some(*here);
        }
        // A leader takes over from an earlier epoch.
        let taken_over = with.and_then(|with| with.get(&epoch)).filter(|at| at.epoch < epoch);
        if let (Some(at), Some(all)) = (taken_over, so_far) {
            narrow(common, *at, all, log);
        }
        match epoch.checked_sub(1) {
            Some(earlier) => epoch = earlier,
            None => break,
        }
    }
}

/// The last entry that two positions of a log have in common.
fn ancestor(mut a: Position, mut b: Position, log: Option<&BTreeMap<u64, Position>>) -> Position {
    while a.epoch != b.epoch {
        let later = if a.epoch > b.epoch { &mut a } else { &mut b };
        match log.and_then(|log| log.get(&later.epoch)).filter(|at| at.epoch < later.epoch) {
            Some(taken_over) => *later = *taken_over,
            None => return Position::default(),
        }
    }
    a.min(b)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Op, Session, Time};
    use super::*;

    /// Three epochs; the third leader took over from the first.
    fn log() -> BTreeMap<u64, Position> {
        [(2, Position::new(1, 4)), (3, Position::new(1, 2))].into()
    }

    fn holds(applied: Position, entry: Position) -> bool {
        let mut reached = applied;
        while reached.epoch > entry.epoch {
            match log().get(&reached.epoch) {
                Some(taken_over) => reached = *taken_over,
                None => return false,
            }
        }
        reached.epoch == entry.epoch && reached.lsn >= entry.lsn
    }

    fn position() -> impl Strategy<Value = Position> {
        (1..4u64, 1..5u64).prop_map(|(epoch, lsn)| {
            let first = log().get(&epoch).map_or(0, |at| at.lsn);
            Position::new(epoch, first + lsn)
        })
    }

    proptest! {
        #[test]
        fn an_entry_is_common_if_all_copies_hold_it(
            copies in prop::collection::vec((position(), position()), 0..6),
            with in position(),
            entry in position(),
        ) {
            let read = |(a, b): &(Position, Position)| Op {
                began: Time::ZERO,
                ended: Time::ZERO,
                action: Action::Read { applied: [(0, *a), (1, *b)].into(), saw: None },
            };
            let session = Session { client: "ann".into(), ops: copies.iter().map(read).collect() };
            let run = Run { logs: vec![log(), log()], sessions: vec![session] };
            let seen: Vec<bool> =
                copies.iter().filter(|(a, _)| holds(*a, with)).map(|(_, b)| holds(*b, entry)).collect();
            let common = run.copies().common(Entry { log: 0, at: with }, 1);
            prop_assert_eq!(common.is_some(), !seen.is_empty());
            if let Some(common) = common {
                prop_assert_eq!(holds(common, entry), seen.iter().all(|holds| *holds), "{}", common);
            }
        }
    }
}

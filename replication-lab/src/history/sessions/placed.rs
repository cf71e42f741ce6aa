//! The session guarantees, counted, for a store with one log.
//!
//! Where every write has a place in one log, no order has to be searched for: a read is too old if the place of what it
//! found is below the place of what it had to find. That takes time linear in the number of steps, up to a logarithm,
//! and is exact, so that thousands of sessions can be counted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::log::Position;

/// One thing that a session did and was told about: unanswered operations are left out, they bind nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedStep {
    /// Whose session.
    pub session: u32,
    /// Which key.
    pub key: u32,
    /// What.
    pub did: Did,
}

/// What a session did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Did {
    /// It wrote: the place of the write.
    Wrote(Position),
    /// It read: the place of the write that it found; nothing if there was nothing.
    Found(Option<Position>),
    /// It was told that what it had seen is lost, and began anew: nothing before counts.
    Restarted,
}

/// Where each epoch of the log that was kept begins: epoch and number of its first entry, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineage(pub Vec<(u64, u64)>);

impl Lineage {
    /// Whether a log that ends at `end` has the entry of this position.
    ///
    /// # Examples
    /// ```
    /// use replication_lab::history::sessions::Lineage;
    /// use replication_lab::log::Position;
    /// let lineage = Lineage(vec![(1, 1), (2, 8)]);
    /// let end = Position::new(2, 20);
    /// assert!(lineage.holds(end, Position::new(1, 7)) && lineage.holds(end, Position::new(2, 9)));
    /// assert!(!lineage.holds(end, Position::new(1, 9)), "of the old leader, and lost");
    /// ```
    pub fn holds(&self, end: Position, entry: Position) -> bool {
        let replaced = |(epoch, first): &(u64, u64)| {
            (entry.epoch + 1..=end.epoch).contains(epoch) && entry.lsn >= *first
        };
        entry.epoch <= end.epoch && entry.lsn <= end.lsn && !self.0.iter().any(replaced)
    }
}

/// How many sessions, and how many of their operations, broke a guarantee.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    /// Sessions that broke it at least once.
    pub sessions: u32,
    /// Operations: reads that found something too old, or writes that lie before what they follow.
    pub operations: u32,
}

/// What was counted of the four guarantees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violations {
    /// Sessions that were looked at.
    pub sessions: u32,
    /// Reads that found something older than the session's own last write on the key.
    pub read_your_writes: Broken,
    /// Reads that found something older than an earlier read of the session on the key.
    pub monotonic_reads: Broken,
    /// Writes in a log that does not hold an earlier, acknowledged write of the session.
    pub monotonic_writes: Broken,
    /// Writes in a log that does not hold something that the session had read before.
    pub writes_follow_reads: Broken,
}

#[derive(Default)]
struct Session {
    // By key: its own last write, and the newest that it has found.
    keys: BTreeMap<u32, (Option<Position>, Option<Position>)>,
    // By epoch, the last entry that it wrote, and that it found: if a log has that, it has the earlier ones.
    wrote: BTreeMap<u64, u64>,
    found: BTreeMap<u64, u64>,
    broken: [bool; 4],
}

/// Counts what broke which guarantee. The steps of each session are in its order; `lineage` is that of the log that
/// was kept in the end.
///
/// The first two guarantees are judged by what was found, as [`read_your_writes`](super::read_your_writes()) and
/// [`monotonic_reads`](super::monotonic_reads()) do, the last two by what the log holds, as
/// [`Receipts`](super::Receipts) do.
pub fn count_violations(steps: &[PlacedStep], lineage: &Lineage) -> Violations {
    let mut sessions = BTreeMap::<u32, Session>::new();
    let mut operations = [0_u32; 4];
    for PlacedStep { session, key, did } in steps {
        let session = sessions.entry(*session).or_default();
        let broken = match did {
            Did::Restarted => {
                *session = Session { broken: session.broken, ..Session::default() };
                continue;
            }
            Did::Found(found) => {
                let (own, newest) = session.keys.entry(*key).or_default();
                let broken = [found < own, found < newest, false, false];
                *newest = (*newest).max(*found);
                if let Some(found) = found {
                    note(&mut session.found, *found);
                }
                broken
            }
            Did::Wrote(at) => {
                let lacks = |before: &BTreeMap<u64, u64>| {
                    before.iter().any(|(epoch, lsn)| !lineage.holds(*at, Position::new(*epoch, *lsn)))
                };
                let broken = [false, false, lacks(&session.wrote), lacks(&session.found)];
                session.keys.entry(*key).or_default().0 = Some(*at);
                note(&mut session.wrote, *at);
                broken
            }
        };
        for (guarantee, broken) in broken.into_iter().enumerate() {
            operations[guarantee] += u32::from(broken);
            session.broken[guarantee] |= broken;
        }
    }
    let of = |guarantee: usize| Broken {
        sessions: sessions.values().filter(|session| session.broken[guarantee]).count() as u32,
        operations: operations[guarantee],
    };
    Violations {
        sessions: sessions.len() as u32,
        read_your_writes: of(0),
        monotonic_reads: of(1),
        monotonic_writes: of(2),
        writes_follow_reads: of(3),
    }
}

fn note(last: &mut BTreeMap<u64, u64>, at: Position) {
    let last = last.entry(at.epoch).or_default();
    *last = (*last).max(at.lsn);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Receipts, Session, Step, monotonic_reads, read_your_writes};
    use super::*;
    use crate::history::{Action, History, Op};
    use crate::time::Time;

    /// What happens, one after the other: who, on which key, and a write, or a read so many entries behind the end,
    /// or a failover that loses so many entries.
    type Happens = (u32, u32, u8, usize);

    /// The same run as steps, as a history and as receipts.
    fn told(run: &[Happens]) -> (Vec<PlacedStep>, Lineage, History, Receipts) {
        let (mut steps, mut history, mut receipts) = (Vec::new(), History::default(), Receipts::default());
        let mut lineage = Lineage(vec![(1, 1)]);
        let mut log: Vec<(Position, u32, String)> = Vec::new();
        let mut sessions = BTreeMap::<u32, Vec<Step>>::new();
        let mut epoch = 1;
        for (place, (session, key, what, back)) in run.iter().enumerate() {
            let began = Time::ms(10 * place as u64);
            let mut op = |action| {
                let ended = Some(began + Time::ms(1));
                let (client, key) = (format!("c{session}"), format!("k{key}"));
                history.0.push(Op { client, key, action, began, ended });
            };
            let mine = sessions.entry(*session).or_default();
            match what {
                0 => {
                    log.truncate(log.len().saturating_sub(*back));
                    epoch += 1;
                    lineage.0.push((epoch, log.len() as u64 + 1));
                    // The new leader has what is left.
                    for (at, _, id) in &log {
                        receipts.receive(&format!("S{epoch}"), Time::us(at.lsn), id);
                    }
                }
                1..=4 => {
                    let at = Position::new(epoch, log.len() as u64 + 1);
                    let id = format!("w{place}");
                    op(Action::Write(id.clone()));
                    receipts.receive(&format!("S{epoch}"), Time::us(at.lsn), &id);
                    mine.push(Step::Write { id: id.clone() });
                    steps.push(PlacedStep { session: *session, key: *key, did: Did::Wrote(at) });
                    log.push((at, *key, id));
                }
                _ => {
                    let state = &log[..log.len().saturating_sub(*back)];
                    let found = state.iter().rev().find(|(_, other, _)| other == key);
                    op(Action::Read(found.iter().map(|(_, _, id)| id.clone()).collect()));
                    let relevant = found.iter().map(|(_, _, id)| id.clone()).collect();
                    let (server, at) = (format!("S{epoch}"), Time::us(state.len() as u64));
                    mine.push(Step::Read { server, at, relevant });
                    let found = Did::Found(found.map(|(at, ..)| *at));
                    steps.push(PlacedStep { session: *session, key: *key, did: found });
                }
            }
        }
        let named = |(client, steps): (u32, Vec<Step>)| Session { client: client.to_string(), steps };
        receipts.sessions = sessions.into_iter().map(named).collect();
        (steps, lineage, history, receipts)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3_000))]

        #[test]
        fn agrees_with_the_general_checkers(
            run in prop::collection::vec((0..3_u32, 0..2_u32, 0..12_u8, 0..4_usize), 0..24),
        ) {
            let (steps, lineage, history, receipts) = told(&run);
            let counted = count_violations(&steps, &lineage);
            let holds = |broken: Broken| broken.sessions == 0;
            prop_assert_eq!(holds(counted.read_your_writes), read_your_writes(&history).holds(), "{}", history);
            prop_assert_eq!(holds(counted.monotonic_reads), monotonic_reads(&history).holds(), "{}", history);
            prop_assert_eq!(holds(counted.monotonic_writes), receipts.monotonic_writes().holds());
            prop_assert_eq!(holds(counted.writes_follow_reads), receipts.writes_follow_reads().holds());
        }
    }

    #[test]
    fn sessions_and_operations_are_counted_apart() {
        let step = |session, did| PlacedStep { session, key: 1, did };
        let at = |lsn| Position::new(1, lsn);
        let steps = [
            step(1, Did::Wrote(at(5))),
            step(1, Did::Found(Some(at(4)))),
            step(1, Did::Found(None)),
            step(1, Did::Found(Some(at(5)))),
            step(2, Did::Found(Some(at(5)))),
            step(2, Did::Found(Some(at(4)))),
            step(2, Did::Restarted),
            step(2, Did::Found(Some(at(3)))),
        ];
        let counted = count_violations(&steps, &Lineage(vec![(1, 1)]));
        assert_eq!(counted.sessions, 2);
        assert_eq!(counted.read_your_writes, Broken { sessions: 1, operations: 2 });
        assert_eq!(counted.monotonic_reads, Broken { sessions: 2, operations: 2 });
    }
}

//! The session guarantees as the paper defines them: over what every server has received.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::Verdict;
use crate::time::Time;

/// The name of a write.
pub type WriteId = String;

/// Which writes every server received, in which order, and what the clients did meanwhile.
///
/// DB(S, t) is the sequence of writes that server S has received by time t, in that order. The four predicates are
/// those of Terry et al. (1994), section 3.
///
/// ```text
/// A   w1 ───── w2                      c1  writes w1 at A ── reads at B: w1 is not in DB(B, 5)
/// B             w2 ───── w1
///     1    2    3    4   6  ms
/// ```
///
/// # Limits
/// What a read depends on, its relevant writes, is for the caller to say: for a read of one key, the write whose
/// value it returned will do. A server's sequence is what it received, not what its copy looks like: a write that
/// lost against another one has been received.
///
/// # Examples
/// ```
/// use replication_lab::history::sessions::{Receipts, Session, Step};
/// use replication_lab::time::Time;
///
/// let mut receipts = Receipts::default();
/// receipts.receive("A", Time::ms(1), "w1").receive("A", Time::ms(3), "w2");
/// receipts.receive("B", Time::ms(3), "w2").receive("B", Time::ms(6), "w1");
/// receipts.sessions.push(Session {
///     client: "c1".into(),
///     steps: vec![
///         Step::Write { id: "w1".into() },
///         Step::Read { server: "B".into(), at: Time::ms(5), relevant: vec!["w2".into()] },
///         Step::Read { server: "B".into(), at: Time::ms(7), relevant: vec!["w1".into()] },
///     ],
/// });
/// assert_eq!(
///     receipts.read_your_writes().to_string(),
///     "violated: c1 had written w1, and read at B at 5.000 ms, where w1 had not arrived"
/// );
/// assert!(receipts.monotonic_reads().holds() && receipts.monotonic_writes().holds());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipts {
    /// For every server, what it received and when, in that order. A write that arrives again stays where it was.
    pub received: BTreeMap<String, Vec<(Time, WriteId)>>,
    /// What every client did.
    pub sessions: Vec<Session>,
}

/// What one client did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Who.
    pub client: String,
    /// What, in its order.
    pub steps: Vec<Step>,
}

/// One thing that a client did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// It made a write, at whichever server.
    Write {
        /// Which.
        id: WriteId,
    },
    /// It read.
    Read {
        /// Where.
        server: String,
        /// When the server looked.
        at: Time,
        /// The writes that what it returned depends on.
        relevant: Vec<WriteId>,
    },
}

impl Receipts {
    /// Notes that a server received a write.
    pub fn receive(&mut self, server: &str, at: Time, write: &str) -> &mut Self {
        self.received.entry(server.to_owned()).or_default().push((at, write.to_owned()));
        self
    }

    /// DB(S, t): what a server had received by a time, in the order in which it did.
    pub fn db(&self, server: &str, at: Time) -> Vec<&str> {
        let received = self.received.get(server).map_or(&[][..], Vec::as_slice);
        let mut db: Vec<&str> = Vec::new();
        for (_, write) in received.iter().filter(|(when, _)| *when <= at) {
            if !db.contains(&write.as_str()) {
                db.push(write);
            }
        }
        db
    }

    /// Read your writes: a read after write W, at server S at time t, has W ∈ DB(S, t).
    pub fn read_your_writes(&self) -> Verdict {
        self.each_read(|session, place, db| {
            let written = session.steps[..place].iter().filter_map(Step::written);
            let missing = written.into_iter().find(|id| !db.contains(id))?;
            Some((missing, format!("had written {missing}")))
        })
    }

    /// Monotonic reads: if R1 precedes R2, every write relevant to R1 is in the DB that R2 reads.
    pub fn monotonic_reads(&self) -> Verdict {
        self.each_read(|session, place, db| {
            let seen = session.steps[..place].iter().flat_map(Step::relevant);
            let missing = seen.into_iter().find(|id| !db.contains(id))?;
            Some((missing, format!("had seen {missing}")))
        })
    }

    /// Monotonic writes: if W1 precedes W2, then wherever W2 is, W1 is too, ordered before it.
    pub fn monotonic_writes(&self) -> Verdict {
        self.each_write(|session, place| {
            let before = session.steps[..place].iter().filter_map(Step::written);
            before.map(|id| (id, format!("wrote {id}"))).collect()
        })
    }

    /// Writes follow reads: if R1 precedes W2, then wherever W2 is, the writes relevant to R1 are too, ordered
    /// before it.
    pub fn writes_follow_reads(&self) -> Verdict {
        self.each_write(|session, place| {
            let before = session.steps[..place].iter().flat_map(Step::relevant);
            before.map(|id| (id, format!("read {id}"))).collect()
        })
    }

    /// Looks at every read's database for a write that is missing.
    fn each_read<'s>(
        &'s self,
        missing: impl Fn(&'s Session, usize, &[&str]) -> Option<(&'s str, String)>,
    ) -> Verdict {
        for session in &self.sessions {
            for (place, step) in session.steps.iter().enumerate() {
                let Step::Read { server, at, .. } = step else { continue };
                if let Some((write, had)) = missing(session, place, &self.db(server, *at)) {
                    let client = &session.client;
                    let why = format!(
                        "{client} {had}, and read at {server} at {at}, where {write} had not arrived"
                    );
                    return Verdict::violated(vec![place], why);
                }
            }
        }
        Verdict::Holds
    }

    /// Looks at every server that received a write for those that must come before it.
    fn each_write<'s>(&'s self, before: impl Fn(&'s Session, usize) -> Vec<(&'s str, String)>) -> Verdict {
        for session in &self.sessions {
            for (place, step) in session.steps.iter().enumerate() {
                let Some(write) = step.written() else { continue };
                for (first, did) in before(session, place).into_iter().filter(|(first, _)| *first != write) {
                    for server in self.received.keys() {
                        let db = self.db(server, Time::NEVER);
                        let at = |id: &str| db.iter().position(|other| *other == id);
                        let Some(arrived) = at(write) else { continue };
                        let how = match at(first) {
                            None => "without it",
                            Some(first) if first > arrived => "before it",
                            Some(_) => continue,
                        };
                        let client = &session.client;
                        let why =
                            format!("{client} {did} and then wrote {write}, which reached {server} {how}");
                        return Verdict::violated(vec![place], why);
                    }
                }
            }
        }
        Verdict::Holds
    }
}

impl Step {
    fn written(&self) -> Option<&str> {
        match self {
            Step::Write { id } => Some(id),
            Step::Read { .. } => None,
        }
    }

    fn relevant(&self) -> impl Iterator<Item = &str> {
        let relevant = match self {
            Step::Write { .. } => &[][..],
            Step::Read { relevant, .. } => relevant.as_slice(),
        };
        relevant.iter().map(String::as_str)
    }
}

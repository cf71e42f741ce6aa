//! A leader that goes on writing while it is asked, and the record of all that happens.

use replication_lab::time::Time;
use replication_lab::trace::{DropReason, Entry, Event, NodeId, Trace};

use super::{Change, FetchError, Leader, Snapshot, Table};
use crate::exercise::Recorder;

const LEADER: NodeId = NodeId(0);
const FOLLOWER: NodeId = NodeId(1);

/// One way between the two.
const WAY: Time = Time::ms(2);
/// How long a server waits for an answer.
const PATIENCE: Time = Time::ms(10);
/// Most changes in one answer.
const MOST_AT_ONCE: usize = 4;
/// A follower that asks more often than this goes round in a circle.
const MOST_QUESTIONS: usize = 300;

/// The leader. Change n adds n to one of three accounts.
pub(super) struct Simulated<'a> {
    notes: &'a Recorder,
    table: Table,
    log: Vec<Change>,
    end: u64,
    // Changes that clients still make: while the copy is under way, and during the other questions.
    during_the_copy: u64,
    meanwhile: u64,
    // Of the log, so many changes are kept when the copy has arrived; all if nothing.
    kept_after_the_copy: Option<usize>,
    // Which fetches go unanswered: these, counted from 1, and all from one on.
    lost: Vec<usize>,
    lost_from: usize,
    fetches: usize,
    questions: usize,
    now: Time,
    messages: u64,
    trace: Trace,
}

impl<'a> Simulated<'a> {
    /// A leader with so many changes behind it, whose log keeps the last ones.
    pub(super) fn new(notes: &'a Recorder, changes: u64, kept: usize) -> Self {
        let mut leader = Self {
            notes,
            table: Table::new(),
            log: Vec::new(),
            end: 0,
            during_the_copy: 0,
            meanwhile: 0,
            kept_after_the_copy: None,
            lost: Vec::new(),
            lost_from: usize::MAX,
            fetches: 0,
            questions: 0,
            now: Time::ZERO,
            messages: 0,
            trace: Trace { nodes: vec!["leader".into(), "follower".into()], entries: Vec::new() },
        };
        leader.write(changes);
        leader.keep(kept);
        leader.trace.entries.clear();
        leader.note(LEADER, format!("its log ends at {}", leader.end));
        leader
    }

    /// Clients make so many changes while the copy is under way.
    pub(super) fn during_the_copy(&mut self, changes: u64) -> &mut Self {
        self.during_the_copy = changes;
        self
    }

    /// Clients make so many changes during all other questions, one on each way.
    pub(super) fn meanwhile(&mut self, changes: u64) -> &mut Self {
        self.meanwhile = changes;
        self
    }

    /// When the copy has arrived, only so many changes of the log are kept.
    pub(super) fn throw_away_after_the_copy(&mut self, kept: usize) -> &mut Self {
        self.kept_after_the_copy = Some(kept);
        self
    }

    /// These fetches, counted from 1, are not answered.
    pub(super) fn lose(&mut self, fetches: &[usize]) -> &mut Self {
        self.lost = fetches.to_vec();
        self
    }

    /// From this fetch on none is answered.
    pub(super) fn lose_from(&mut self, fetch: usize) -> &mut Self {
        self.lost_from = fetch;
        self
    }

    /// What the leader holds.
    pub(super) fn table(&self) -> &Table {
        &self.table
    }

    /// A change of the log that is kept.
    pub(super) fn change(&self, position: u64) -> Change {
        let change = self.log.iter().find(|change| change.position == position);
        change.cloned().expect("a scenario names changes that are kept")
    }

    /// Clients make so many changes. Returns the last one's position.
    pub(super) fn write(&mut self, changes: u64) -> u64 {
        for _ in 0..changes {
            self.end += 1;
            let account = ["carol", "alice", "bob"][(self.end % 3) as usize].to_owned();
            let change = Change { position: self.end, account, amount: self.end as i64 };
            *self.table.entry(change.account.clone()).or_default() += change.amount;
            self.note(LEADER, format!("writes {change}"));
            self.log.push(change);
        }
        self.end
    }

    /// Something that the follower says of itself.
    pub(super) fn note_at_the_follower(&mut self, text: &str) {
        self.note(FOLLOWER, text.to_owned());
    }

    /// The leader sends a change by itself.
    pub(super) fn send(&mut self, what: &str, change: &Change) {
        self.note(FOLLOWER, format!("begins: {what}"));
        let message = self.sent(LEADER, FOLLOWER, change.to_string());
        self.now += WAY;
        self.arrived(message, LEADER, FOLLOWER);
    }

    fn keep(&mut self, changes: usize) {
        let gone = self.log.len().saturating_sub(changes);
        self.log.drain(..gone);
    }

    fn first_kept(&self) -> u64 {
        self.log.first().map_or(self.end + 1, |change| change.position)
    }

    /// One of the changes that clients still make.
    fn meanwhile_one(&mut self) {
        self.now += Time::us(WAY.as_us() / 2);
        if self.meanwhile > 0 {
            self.meanwhile -= 1;
            self.write(1);
        }
        self.now += Time::us(WAY.as_us() / 2);
    }

    /// The follower asks something; it arrives.
    fn asked(&mut self, label: &str) -> u64 {
        self.questions += 1;
        assert!(
            self.questions <= MOST_QUESTIONS,
            "you have asked the leader {MOST_QUESTIONS} times: do you ask for the same thing over and over?"
        );
        self.sent(FOLLOWER, LEADER, label.to_owned())
    }

    /// The leader's answer is on its way, a change is made meanwhile, and it arrives.
    fn answered(&mut self, label: String) {
        let message = self.sent(LEADER, FOLLOWER, label);
        self.meanwhile_one();
        self.arrived(message, LEADER, FOLLOWER);
    }

    fn sent(&mut self, from: NodeId, to: NodeId, label: String) -> u64 {
        self.messages += 1;
        self.happens(Event::Send { message: self.messages, from, to, label: label.into() });
        self.messages
    }

    fn arrived(&mut self, message: u64, from: NodeId, to: NodeId) {
        self.happens(Event::Deliver { message, from, to });
    }

    fn note(&mut self, node: NodeId, text: String) {
        self.happens(Event::Note { node, text });
    }

    fn happens(&mut self, event: Event) {
        self.trace.entries.push(Entry { at: self.now, event });
        self.notes.keep_run(&self.trace);
    }
}

impl Leader for Simulated<'_> {
    fn position(&mut self) -> u64 {
        let message = self.asked("where does the log end?");
        self.meanwhile_one();
        self.arrived(message, FOLLOWER, LEADER);
        let end = self.end;
        self.answered(format!("at {end}"));
        end
    }

    fn snapshot(&mut self) -> Snapshot {
        let message = self.asked("a copy, please");
        self.meanwhile_one();
        self.arrived(message, FOLLOWER, LEADER);
        let copy = Snapshot { position: self.end, table: self.table.clone() };
        let message = self.sent(LEADER, FOLLOWER, format!("copy, up to {}", self.end));
        for _ in 0..self.during_the_copy {
            self.now += WAY;
            self.write(1);
        }
        self.now += WAY;
        self.arrived(message, LEADER, FOLLOWER);
        if let Some(kept) = self.kept_after_the_copy {
            self.keep(kept);
            self.note(LEADER, format!("throws away its log before {}", self.first_kept()));
        }
        copy
    }

    fn fetch(&mut self, from: u64) -> Result<Vec<Change>, FetchError> {
        self.fetches += 1;
        let message = self.asked(&format!("from {from} on?"));
        let lost = self.lost.contains(&self.fetches) || self.fetches >= self.lost_from;
        if lost {
            self.now += WAY;
            self.happens(Event::Drop { message, from: FOLLOWER, to: LEADER, reason: DropReason::Loss });
            self.now += PATIENCE.since(WAY);
            self.note(FOLLOWER, "no answer".into());
            return Err(FetchError::NoAnswer);
        }
        self.meanwhile_one();
        self.arrived(message, FOLLOWER, LEADER);
        let first = self.first_kept();
        if from < first {
            self.answered(format!("gone: begins at {first}"));
            return Err(FetchError::Gone { first });
        }
        let changes: Vec<Change> =
            self.log.iter().filter(|change| change.position >= from).take(MOST_AT_ONCE).cloned().collect();
        self.answered(match &changes[..] {
            [] => "no changes".to_owned(),
            [only] => format!("change {}", only.position),
            [first, .., last] => format!("changes {} to {}", first.position, last.position),
        });
        Ok(changes)
    }
}

//! A leader, a follower that lags, and a learner's probe at work on both.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};

use replication_lab::trace::{Entry, Event, NodeId, Trace};

use super::{Failed, Ops, Outcome, PATIENCE, Probe, Settings, Time};
use crate::exercise::Recorder;

const PROBE: NodeId = NodeId(0);
const LEADER: NodeId = NodeId(1);
const FOLLOWER: NodeId = NodeId(2);

/// From the probe to a server, and back.
const HOP: Time = Time::ms(1);
/// So long after a probe should have been back it is stopped.
const FAR_TOO_LATE: Time = Time::s(20);
/// And after so many operations.
const FAR_TOO_MANY: u64 = 50_000;

/// The step that counts open transactions, for the judge.
pub(super) const LEFT_OPEN: &str = "transactions left open on the follower";

/// A result as it should be.
const WITHIN: &str = "a lag, within its bounds";

/// A probe that does not end is thrown out of its operations with this.
struct Endless;

/// What goes on while the probe is at work.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    /// How long after its commit a write is replayed on the follower.
    pub(super) lag: Time,
    /// In this span nothing is replayed on the follower; all at once at its end.
    pub(super) replay_stands: Option<(Time, Time)>,
    /// In this span the follower does not answer.
    pub(super) follower_hangs: Option<(Time, Time)>,
    /// Whether the leader answers.
    pub(super) leader_answers: bool,
    /// How long after its commit a write is acknowledged: the leader may wait for somebody else.
    pub(super) acknowledged_after: Time,
    /// At this moment the wall clock is set, by so many seconds.
    pub(super) clock_is_set: Option<(Time, i64)>,
    /// What others write on the leader: when it is committed, key, and sequence number.
    pub(super) others: Vec<(Time, &'static str, u64)>,
}

impl Default for Stage {
    fn default() -> Self {
        Self {
            lag: Time::ms(400),
            replay_stands: None,
            follower_hangs: None,
            leader_answers: true,
            acknowledged_after: Time::ms(1),
            clock_is_set: None,
            others: Vec::new(),
        }
    }
}

/// A write on the leader.
#[derive(Clone, Debug)]
struct Commit {
    at: Time,
    key: String,
    sequence: u64,
}

/// A stage with its clock.
pub(super) struct Run {
    stage: Stage,
    now: Time,
    operations: u64,
    give_up: Time,
    commits: Vec<Commit>,
    // When the open transaction began, and whether it is aborted.
    open: Option<(Time, bool)>,
    writes: usize,
    last_answer: Option<Time>,
    closest: Option<Time>,
    trace: Vec<Entry>,
    messages: u64,
    // The last read is only drawn if the next one comes to something else, or if there is none.
    last_read: Option<(String, Vec<Entry>)>,
    began: Option<Time>,
    acknowledged: Time,
    // Whether a reader may want to see this run.
    drawn: bool,
}

impl Run {
    /// A run that begins now. It is `drawn` unless an earlier one has something to show.
    pub(super) fn new(stage: Stage, drawn: bool) -> Self {
        let commit = |(at, key, sequence): &(Time, &str, u64)| Commit {
            at: *at,
            key: (*key).to_owned(),
            sequence: *sequence,
        };
        Self {
            commits: stage.others.iter().map(commit).collect(),
            stage,
            now: Time::s(1),
            operations: 0,
            give_up: Time::NEVER,
            open: None,
            writes: 0,
            last_answer: None,
            closest: None,
            trace: Vec::new(),
            messages: 0,
            last_read: None,
            began: None,
            acknowledged: Time::ZERO,
            drawn,
        }
    }

    /// Lets the probe work once, and notes what came of it. Says whether a reader should look at it.
    pub(super) fn probe(
        &mut self,
        what: &str,
        probe: Probe,
        settings: &Settings,
        sequence: u64,
        notes: &Recorder,
    ) -> bool {
        let began = self.now;
        self.note(PROBE, format!("begins: {what}"));
        self.give_up = began + settings.timeout + FAR_TOO_LATE;
        (self.operations, self.began, self.last_answer) = (0, None, None);
        let outcome =
            catch_unwind(AssertUnwindSafe(|| probe(settings, super::scenarios::KEY, sequence, self)));
        let outcome = match outcome {
            Ok(outcome) => Some(outcome),
            Err(thrown) if thrown.is::<Endless>() => None,
            Err(thrown) => {
                self.keep(notes);
                resume_unwind(thrown)
            }
        };
        let told = self.told(outcome, began, sequence, settings);
        let strange = match outcome {
            None => true,
            Some(Outcome::Lag(_)) => told != WITHIN,
            Some(Outcome::NotWritten) => self.stage.leader_answers,
            Some(Outcome::TimedOut | Outcome::Unreachable) => {
                let replayed = self.in_order().into_iter().zip(self.replayed());
                replayed.filter(|(commit, _)| commit.at > began).any(|(_, at)| at < began + settings.timeout)
            }
        };
        notes.step(what, told);
        let said = match outcome {
            Some(Outcome::Lag(lag)) => format!("a lag of {lag}"),
            Some(Outcome::TimedOut) => "timed out".to_owned(),
            Some(Outcome::Unreachable) => "unreachable".to_owned(),
            Some(Outcome::NotWritten) => "not written".to_owned(),
            None => "it was stopped".to_owned(),
        };
        self.note(PROBE, format!("ends: {said}"));
        self.keep(notes);
        // A read takes its time, and may hang.
        let latest = began + settings.timeout + settings.poll + PATIENCE + PATIENCE;
        let back = match self.now <= latest {
            true => "in time".to_owned(),
            false if outcome.is_none() => "not at all: it was stopped".to_owned(),
            false => format!("{} after its beginning", self.now - began),
        };
        notes.step(format!("{what}: it came back"), back);
        strange || self.open.is_some()
    }

    /// Notes what is left when all probes are over.
    pub(super) fn over(&mut self, what: &str, notes: &Recorder) {
        notes.step(format!("{what}: writes that were sent to the leader"), self.writes);
        notes.step(format!("{what}: {LEFT_OPEN}"), usize::from(self.open.is_some()));
        let pause = match self.closest {
            Some(closest) if closest < Time::ms(5) => format!("{closest} at times"),
            _ => "long enough".to_owned(),
        };
        notes.step(format!("{what}: pauses between reads"), pause);
        let rows: BTreeMap<&str, u64> = self
            .in_order()
            .into_iter()
            .filter(|commit| commit.at <= self.now)
            .map(|commit| (commit.key.as_str(), commit.sequence))
            .collect();
        notes.step(format!("{what}: rows on the leader"), rows);
    }

    /// A result in words. What is right depends on where the reads happen to fall, so a lag is only compared with its
    /// bounds.
    fn told(&self, outcome: Option<Outcome>, began: Time, sequence: u64, settings: &Settings) -> String {
        let measured = match outcome {
            None => return "no result".into(),
            Some(Outcome::TimedOut) => return "timed out".into(),
            Some(Outcome::Unreachable) => return "unreachable".into(),
            Some(Outcome::NotWritten) => return "not written".into(),
            Some(Outcome::Lag(measured)) => measured,
        };
        let ours = self.in_order().into_iter().zip(self.replayed()).find(|(commit, _)| {
            commit.key == super::scenarios::KEY && commit.sequence == sequence && commit.at > began
        });
        let Some((commit, replayed)) = ours else { return "a lag, and nothing was written".into() };
        if replayed > self.now {
            return "a lag, before the follower had it".into();
        }
        let (real, seen) =
            (replayed - commit.at, replayed.max(self.acknowledged).max(self.reachable(replayed)));
        let most = seen - self.began.unwrap_or(began) + settings.poll + HOP + HOP + HOP;
        if measured < real {
            format!("a lag, {} too short", real - measured)
        } else if measured > most {
            format!("a lag, {} too long", measured - most)
        } else {
            WITHIN.into()
        }
    }

    /// When a probe can reach the follower at last, that would do so at a moment.
    fn reachable(&self, at: Time) -> Time {
        match self.stage.follower_hangs {
            Some((from, to)) if from <= at && at < to + PATIENCE => at.max(to + PATIENCE),
            _ => at,
        }
    }

    fn in_order(&self) -> Vec<&Commit> {
        let mut commits: Vec<&Commit> = self.commits.iter().collect();
        commits.sort_by_key(|commit| commit.at);
        commits
    }

    /// When each write is replayed, in the order of the log.
    fn replayed(&self) -> Vec<Time> {
        let mut last = Time::ZERO;
        let replay = |commit: &Commit| {
            let mut at = commit.at + self.stage.lag;
            if let Some((from, to)) = self.stage.replay_stands
                && from <= at
                && at < to
            {
                at = to;
            }
            last = last.max(at);
            last
        };
        self.in_order().into_iter().map(replay).collect()
    }

    /// What the follower held at a moment.
    fn held(&self, key: &str, at: Time) -> Option<u64> {
        let held = self.in_order().into_iter().zip(self.replayed());
        held.filter(|(commit, replayed)| commit.key == key && *replayed <= at)
            .map(|(commit, _)| commit.sequence)
            .next_back()
    }

    fn count(&mut self) {
        self.operations += 1;
        if self.operations > FAR_TOO_MANY || self.now > self.give_up {
            panic_any(Endless);
        }
    }

    fn note(&mut self, node: NodeId, text: String) {
        self.trace.push(Entry { at: self.now, event: Event::Note { node, text } });
    }

    /// A message and its arrival.
    fn message(&mut self, at: Time, from: NodeId, to: NodeId, arrives: Time, label: &str) -> [Entry; 2] {
        let message = self.messages;
        self.messages += 1;
        [
            Entry { at, event: Event::Send { message, from, to, label: label.into() } },
            Entry { at: arrives, event: Event::Deliver { message, from, to } },
        ]
    }

    /// A read, to be drawn if it matters.
    fn drew(&mut self, outcome: String, entries: Vec<Entry>) {
        match &mut self.last_read {
            Some((same, last)) if *same == outcome => *last = entries,
            _ => {
                self.trace.extend(entries);
                let before = self.last_read.replace((outcome, Vec::new()));
                self.trace.extend(before.into_iter().flat_map(|(_, entries)| entries));
            }
        }
    }

    fn keep(&mut self, notes: &Recorder) {
        if !self.drawn {
            return;
        }
        let last = self.last_read.take();
        self.trace.extend(last.into_iter().flat_map(|(_, entries)| entries));
        let mut entries = self.trace.clone();
        for (commit, replayed) in self.in_order().into_iter().zip(self.replayed()) {
            let (key, sequence) = (&commit.key, commit.sequence);
            let event = |node, text| Event::Note { node, text };
            let committed = event(LEADER, format!("commits {key} = {sequence}"));
            let seen = event(FOLLOWER, format!("replays {key} = {sequence}"));
            let all = [Entry { at: commit.at, event: committed }, Entry { at: replayed, event: seen }];
            entries.extend(all.into_iter().filter(|entry| entry.at <= self.now));
        }
        let Stage { replay_stands, follower_hangs, clock_is_set, .. } = &self.stage;
        let (stands, hangs) = (replay_stands.unzip(), follower_hangs.unzip());
        let changes = [
            (stands.0, FOLLOWER, "replays nothing from now on".to_owned()),
            (stands.1, FOLLOWER, "replays again".to_owned()),
            (hangs.0, FOLLOWER, "does not answer from now on".to_owned()),
            (hangs.1, FOLLOWER, "answers again".to_owned()),
            (
                clock_is_set.map(|(at, _)| at),
                PROBE,
                format!("wall clock is set by {} s", clock_is_set.unzip().1.unwrap_or_default()),
            ),
        ];
        for (at, node, text) in changes {
            let at = at.filter(|at| *at <= self.now);
            entries.extend(at.map(|at| Entry { at, event: Event::Condition { node, text } }));
        }
        entries.sort_by_key(|entry| entry.at);
        notes.keep_run(&Trace { nodes: ["probe", "leader", "follower"].map(str::to_owned).into(), entries });
    }
}

impl Ops for Run {
    fn monotonic(&mut self) -> Time {
        self.count();
        self.now
    }

    fn wall(&mut self) -> Time {
        self.count();
        // Some morning in 2024.
        let shown = Time::s(1_705_312_000) + self.now;
        match self.stage.clock_is_set {
            Some((at, seconds)) if at <= self.now && seconds < 0 => shown - Time::s(seconds.unsigned_abs()),
            Some((at, seconds)) if at <= self.now => shown + Time::s(seconds.unsigned_abs()),
            _ => shown,
        }
    }

    fn upsert(&mut self, key: &str, sequence: u64) -> Result<(), Failed> {
        self.count();
        self.writes += 1;
        let sent = self.now;
        self.began.get_or_insert(sent);
        let label = format!("{key} = {sequence}");
        if !self.stage.leader_answers {
            let [send, _] = self.message(sent, PROBE, LEADER, sent, &label);
            self.trace.push(send);
            self.now = sent + PATIENCE;
            return Err(Failed::NoAnswer);
        }
        let committed = sent + HOP;
        self.commits.push(Commit { at: committed, key: key.to_owned(), sequence });
        let answered = committed + self.stage.acknowledged_after;
        let asks = self.message(sent, PROBE, LEADER, committed, &label);
        let answers = self.message(answered, LEADER, PROBE, answered + HOP, "committed");
        self.trace.extend(asks.into_iter().chain(answers));
        self.now = answered + HOP;
        self.acknowledged = self.now;
        Ok(())
    }

    fn read(&mut self, key: &str) -> Result<Option<u64>, Failed> {
        self.count();
        let (sent, looked) = (self.now, self.now + HOP);
        if let Some(last) = self.last_answer {
            let pause = sent - last;
            self.closest = Some(self.closest.map_or(pause, |closest| closest.min(pause)));
        }
        let asks = self.message(sent, PROBE, FOLLOWER, looked, &format!("{key}?"));
        let hangs = self.stage.follower_hangs.is_some_and(|(from, to)| from <= looked && looked < to);
        let (snapshot, aborted) = *self.open.get_or_insert((looked, false));
        let (outcome, label) = match (hangs, aborted) {
            (true, _) => (Err(Failed::NoAnswer), String::new()),
            (false, true) => (Err(Failed::Aborted), "transaction aborted".to_owned()),
            (false, false) => {
                let held = self.held(key, snapshot);
                (Ok(held), held.map_or("no row".to_owned(), |held| held.to_string()))
            }
        };
        let mut entries = asks.to_vec();
        if hangs {
            entries.pop();
            self.now = sent + PATIENCE;
        } else {
            entries.extend(self.message(looked, FOLLOWER, PROBE, looked + HOP, &label));
            self.now = looked + HOP;
        }
        self.drew(label, entries);
        self.open = Some((snapshot, aborted || outcome.is_err()));
        self.last_answer = Some(self.now);
        outcome
    }

    fn end(&mut self) {
        self.count();
        self.open = None;
    }

    fn sleep(&mut self, span: Time) {
        self.count();
        self.now += span;
    }
}

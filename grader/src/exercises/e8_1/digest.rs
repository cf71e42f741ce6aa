//! A run in short, to be drawn: what the suite did, who led, and who acknowledged. Not each of a thousand writes.

use replication_lab::leader_follower::{LeaderFollower, Told};
use replication_lab::trace::{CrashKind, Entry, Event, NodeId, Trace};

use super::run::{SERVERS, id};
use super::{Done, Outcome, Record, Step, Time, Try, Until};

const SUITE: NodeId = NodeId(3);

#[derive(Debug)]
pub(super) struct Digest {
    entries: Vec<Entry>,
    messages: u64,
}

impl Digest {
    pub(super) fn new() -> Self {
        Self { entries: Vec::new(), messages: 0 }
    }

    fn add(&mut self, at: Time, event: Event) {
        self.entries.push(Entry { at, event });
    }

    fn note(&mut self, at: Time, node: NodeId, text: impl Into<String>) {
        self.add(at, Event::Note { node, text: text.into() });
    }

    /// A step has been done; those of the tries that are its own have been made.
    pub(super) fn step(&mut self, done: &Done, tries: &[Try]) {
        let Done { step, began, ended, worked } = *done;
        match step {
            Step::Write { writers, per_second } => {
                self.note(began, SUITE, format!("{writers} × {per_second} writes/s"));
            }
            Step::StopWriting => self.note(began, SUITE, "stops writing"),
            Step::Sleep(_) => self.note(ended, SUITE, "has slept"),
            Step::Wait(until, _) => {
                let what = match until {
                    Until::Acknowledged(more) => format!("{more} acknowledged"),
                    Until::CaughtUp => "all caught up".to_owned(),
                };
                self.note(ended, SUITE, if worked { what } else { format!("in vain: {what}") });
            }
            _ if !worked => self.note(began, SUITE, format!("{step:?}: changes nothing")),
            Step::Kill(server) => {
                self.add(began, Event::Crash { node: id(server), reach: CrashKind::Machine });
            }
            Step::Restart(server) => self.add(began, Event::Restart { node: id(server) }),
            Step::Isolate(server) => {
                let alone = id(server);
                let others = (0..SERVERS.len() as u16).map(NodeId).filter(|other| *other != alone);
                let cut = others.flat_map(|other| [(alone, other), (other, alone)]).collect();
                let name = SERVERS[alone.index()];
                let rest: Vec<_> = SERVERS.into_iter().filter(|server| *server != name).collect();
                let text = format!("partition: {name} | {}", rest.join(" "));
                self.add(began, Event::Network { text, cut });
            }
            Step::Heal => {
                self.add(began, Event::Network { text: "all links are open".into(), cut: Vec::new() });
            }
            Step::TryEveryServer => {
                let own = &tries[tries.len().saturating_sub(SERVERS.len())..];
                for (to, one) in own.iter().enumerate() {
                    self.tried(began, NodeId(to as u16), one);
                }
            }
        }
    }

    fn tried(&mut self, at: Time, to: NodeId, one: &Try) {
        self.messages += 2;
        let (there, back) = (self.messages - 1, self.messages);
        let (arrives, answered) = (at + Time::ms(5), at + Time::ms(10));
        let label = format!("write {}", one.value).into();
        self.add(at, Event::Send { message: there, from: SUITE, to, label });
        self.add(arrives, Event::Deliver { message: there, from: SUITE, to });
        if one.acknowledged {
            self.add(arrives, Event::Send { message: back, from: to, to: SUITE, label: "done".into() });
            self.add(answered, Event::Deliver { message: back, from: to, to: SUITE });
        } else {
            self.note(arrives, to, "does not acknowledge");
        }
    }

    /// The run, with who led and what became of the writes.
    pub(super) fn trace(mut self, lab: &LeaderFollower, record: &Record) -> Trace {
        for (at, node, told) in lab.told() {
            match told {
                Told::Leads(epoch) => self.note(*at, *node, format!("leads epoch {epoch}")),
                Told::StepsDown(why) => self.note(*at, *node, format!("steps down: {why}")),
                Told::Discarded(entries) => {
                    self.note(*at, *node, format!("cuts off {} entries", entries.len()));
                }
                Told::CannotFollow(first) => {
                    self.note(*at, *node, format!("can't follow: the log begins at {first}"));
                }
                _ => {}
            }
        }
        let now = lab.now();
        let acknowledged =
            record.writes.iter().filter(|write| matches!(write.outcome, Outcome::Acknowledged(_)));
        let acknowledged: Vec<u32> = acknowledged.map(|write| write.value).collect();
        self.note(now, SUITE, format!("{} writes acknowledged", acknowledged.len()));
        for (place, server) in SERVERS.iter().enumerate() {
            if let Some(readable) = record.readable.get(*server) {
                let lacks = acknowledged.iter().filter(|value| !readable.contains(value)).count();
                self.note(now, NodeId(place as u16), format!("lacks {lacks} of them"));
            }
        }
        let longest = record.lags.iter().max_by_key(|lag| lag.lag);
        if let Some(lag) = longest.filter(|lag| lag.lag > Time::ZERO) {
            self.note(lag.at, SUITE, format!("{} is {} behind", lag.server, lag.lag));
        }
        self.entries.sort_by_key(|entry| entry.at);
        let nodes = SERVERS.iter().copied().chain(["the suite"]).map(str::to_owned).collect();
        Trace { nodes, entries: self.entries }
    }
}

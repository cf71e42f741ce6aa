//! What holds for every log, leader and follower.
//!
//! From the answers to the writes, and from who was promoted with what, follows what the data is at each position of each
//! leader's log. A follower that has applied a position shows just that.

use std::collections::BTreeMap;

use replication_lab::rng::Rng;

use super::{Asked, Event, Role, Seen, Server, Situation, Wrote, name};
use crate::attack::{Drill, Findings, Rule};
use crate::exercise::Step;
use crate::exercises::e9_4::{NodeId, Position, Time};

const PREFIX: &str = "a-follower-shows-a-prefix";
const LEADER_KEEPS: &str = "a-leader-keeps-what-it-confirmed";
const NO_GAPS: &str = "positions-have-no-gaps";
const DEPOSED: &str = "a-deposed-leader-refuses";
const NOT_BACK: &str = "a-follower-never-goes-back";
const EPOCH: &str = "the-epoch-never-goes-back";
const STRAY: &str = "a-new-epoch-ends-the-old-log";
const KEPT: &str = "what-came-is-kept";
const REPLICATED: &str = "replicated-means-applied";
const WAITING: &str = "what-waits-is-not-shown";
const CATCHES_UP: &str = "everybody-catches-up";
const KNOWS: &str = "the-leader-knows-who-has-it";
const OLD: &str = "data-is-not-older-than-told";
const LEVEL: &str = "no-lag-when-level";
const SHRINKS: &str = "lag-does-not-shrink-by-itself";
const BATCH: &str = "a-message-has-a-limit";
const ROOM: &str = "what-waits-has-a-limit";
const LOG: &str = "the-log-answers-truly";
const LOOKS: &str = "the-log-is-not-searched";

const fn rule(name: &'static str, says: &'static str) -> Rule {
    Rule { name, says }
}

const RULES: &[Rule] = &[
    rule(
        LEADER_KEEPS,
        "A leader shows all that it has confirmed, also after a restart. The log comes back, and the data with it.",
    ),
    rule(
        PREFIX,
        "What a follower shows is the leader's data at the position that it has applied: every entry up to there, in order, once, and nothing else.",
    ),
    rule(
        NO_GAPS,
        "Each entry comes directly behind the last, in its leader's epoch; a new epoch begins with an entry of its own, and a restart does not begin one.",
    ),
    rule(
        DEPOSED,
        "A leader refuses writes if, and only if, a follower has told it of a later epoch. What it would confirm then is lost.",
    ),
    rule(
        NOT_BACK,
        "The position that a follower has applied never goes down, whatever comes late, twice, or from an old leader.",
    ),
    rule(
        EPOCH,
        "A follower never returns to a lower epoch: messages of an epoch that is over change nothing.",
    ),
    rule(
        STRAY,
        "Once a follower knows of a new epoch, it applies nothing that the new leader's log does not have. What waited of the old one may never have been confirmed.",
    ),
    rule(
        REPLICATED,
        "What a leader calls replicated on k followers, k followers have applied: else a write is lost that somebody was told is safe.",
    ),
    rule(
        WAITING,
        "What only waits is not shown, and not applied before `apply_pending` says so: the difference is the replay lag.",
    ),
    rule(
        CATCHES_UP,
        "When everything is mended, every follower has all of the leader's log within a few heartbeats: also one that joined late, lost messages, or has room for a few entries only.",
    ),
    rule(KNOWS, "Then the leader also knows it. A client that waits for copies would wait for ever."),
    rule(
        OLD,
        "A follower's data is never older than it says: if the leader has written since, the lag goes back at least to that write.",
    ),
    rule(
        LEVEL,
        "A follower that is level with a leader that it hears once a second has no lag in entries, and little more than a second in time.",
    ),
    rule(
        SHRINKS,
        "In one epoch, lag in entries and bytes goes down only by applying. An old message that arrives late says nothing new.",
    ),
    rule(
        KEPT,
        "An entry that came early is kept as long as there is room. Else one message that is overtaken costs all that came before it.",
    ),
    rule(
        BATCH,
        "No message holds more entries than `batch`. A longer one holds up all that comes behind it.",
    ),
    rule(
        ROOM,
        "No more entries wait than there is `room` for. Otherwise a follower that stands still runs out of memory.",
    ),
    rule(
        LOG,
        "A log answers with the entries that follow a position of its own, and says so if the position is not, or no longer, one of its own.",
    ),
    rule(
        LOOKS,
        "To find where to begin, a log does not go through its entries: numbers have no gaps, so the place can be calculated.",
    ),
];

impl Drill for Situation {
    type Event = Event;
    const EXERCISE: &'static str = "E9.4";
    const RULES: &'static [Rule] = RULES;

    fn draw(rng: &mut Rng) -> Self {
        super::draw::draw(rng)
    }

    fn events(&self) -> &[Event] {
        &self.events
    }

    fn with(&self, events: Vec<Event>) -> Self {
        Self { events, ..self.clone() }
    }

    fn simpler(&self) -> Vec<Self> {
        Situation::simpler(self)
    }

    fn judge(&self, steps: &[Step], findings: &mut Findings) {
        let mut known = Known::new(self);
        for (place, step) in steps.iter().enumerate() {
            let Ok(seen) = serde_json::from_value::<Seen>(step.got.clone()) else { continue };
            if let (Some(Event::Log(asked)), Some((answer, looks))) = (self.events.get(place), &seen.log) {
                log(asked, answer.as_deref(), *looks, findings);
            }
            known.look(&step.what, seen, place >= self.events.len(), findings);
        }
    }

    fn tell(step: &Step) -> Vec<String> {
        let Ok(seen) = serde_json::from_value::<Seen>(step.got.clone()) else { return Vec::new() };
        if let Some((answer, looks)) = seen.log {
            let answer = answer.map_or("not in this log".to_owned(), |entries| {
                entries.iter().map(Position::to_string).collect::<Vec<_>>().join(" ")
            });
            return vec![format!("{}: [{answer}], {looks} looks at entries", step.what)];
        }
        let mut did: Vec<String> = seen
            .wrote
            .iter()
            .map(|wrote| wrote.at.map_or("refused".to_owned(), |at| format!("at {at}")))
            .collect();
        did.extend(seen.promoted.map(|(node, epoch)| format!("{} leads epoch {epoch}", name(node))));
        for (node, server) in seen.servers.iter().enumerate() {
            let who = name(NodeId(node as u16));
            match &server.role {
                Role::Idle => {}
                Role::Leads { data, .. } => did.push(format!("{who} holds {}", shown(data))),
                Role::Follows { applied, read, behind: (entries, _), age, .. } => did.push(format!(
                    "{who} has applied {applied}, shows {}, lag {entries} and {age}",
                    shown(read)
                )),
            }
        }
        vec![format!("{}: {}", step.what, did.join("; "))]
    }
}

fn shown(data: &BTreeMap<String, String>) -> String {
    if data.is_empty() {
        return "nothing".to_owned();
    }
    data.iter().map(|(key, value)| format!("{key} = {value}")).collect::<Vec<_>>().join(", ")
}

/// The log alone: what it must answer follows from what was appended.
fn log(asked: &Asked, answer: Option<&[Position]>, looks: u64, findings: &mut Findings) {
    let base = Position::new(1, asked.base);
    let entries = asked.epochs.iter().zip(asked.base + 1..).map(|(epoch, lsn)| Position::new(*epoch, lsn));
    let all: Vec<Position> = [base].into_iter().chain(entries).collect();
    let oldest = all.len().saturating_sub(asked.keep + 1);
    let place = all.iter().skip(oldest).position(|at| *at == asked.after);
    let expected =
        place.map(|place| all.iter().skip(oldest + place + 1).take(asked.most).copied().collect::<Vec<_>>());
    findings.test(LOG, answer == expected.as_deref(), || {
        let text = |answer: Option<&[Position]>| {
            answer.map_or("“not in this log”".to_owned(), |entries| {
                format!("[{}]", entries.iter().map(Position::to_string).collect::<Vec<_>>().join(" "))
            })
        };
        format!(
            "asked for at most {} after {}, it answered {}; it holds what gives {}",
            asked.most,
            asked.after,
            text(answer),
            text(expected.as_deref())
        )
    });
    // One look at each entry that is returned, a few to find the first.
    let few = 2 * asked.most.min(asked.epochs.len()) as u64 + 4;
    if (few as usize) < asked.epochs.len() {
        findings.test(LOOKS, looks <= few, || {
            format!(
                "to return at most {} of {} entries, it looked {looks} times at entries",
                asked.most,
                asked.epochs.len()
            )
        });
    }
}

type Data = BTreeMap<String, String>;

/// What is known of the run so far.
struct Known<'a> {
    situation: &'a Situation,
    /// The data at each position, when the entry was written, and what comes before it.
    at: BTreeMap<Position, (Data, Time, Position)>,
    /// Where each leader's log ends.
    ends: BTreeMap<NodeId, Position>,
    epoch: u64,
    leader: NodeId,
    before: Vec<Server>,
}

impl<'a> Known<'a> {
    fn new(situation: &'a Situation) -> Self {
        let (leader, begin) = (NodeId(0), Position::new(1, 0));
        Self {
            situation,
            at: BTreeMap::from([(begin, (Data::new(), Time::ZERO, Position::default()))]),
            ends: BTreeMap::from([(leader, begin)]),
            epoch: 1,
            leader,
            before: Vec::new(),
        }
    }

    fn data(&self, at: Position) -> Data {
        self.at.get(&at).map(|(data, ..)| data.clone()).unwrap_or_default()
    }

    fn wrote(&mut self, what: &str, wrote: &Wrote, epoch: u64, findings: &mut Findings) {
        let Wrote { leader, change: (key, value), at, heard, now } = wrote;
        let who = name(*leader);
        findings.test(DEPOSED, at.is_none() == (*heard > epoch), || match at {
            Some(at) => format!("{what}: {who}, which leads epoch {epoch}, confirmed it at {at}; it had been told of epoch {heard}"),
            None => format!("{what}: {who} refused it, and had been told of no epoch above its own"),
        });
        let (Some(at), Some(end)) = (at, self.ends.get(leader).copied()) else { return };
        let next = Position::new(epoch, end.lsn + 1);
        findings.test(NO_GAPS, *at == next, || {
            format!("{what}: it is at {at}; {who}'s log ended at {end}, so {next} is next")
        });
        let mut data = self.data(end);
        match value {
            Some(value) => drop(data.insert(key.clone(), value.clone())),
            None => drop(data.remove(key)),
        }
        self.at.insert(*at, (data, *now, end));
        self.ends.insert(*leader, *at);
    }

    fn look(&mut self, what: &str, seen: Seen, last: bool, findings: &mut Findings) {
        if let Some((node, epoch)) = seen.promoted {
            let applied = match self.before.get(node.index()).map(|server| &server.role) {
                Some(Role::Follows { applied, .. }) => *applied,
                _ => Position::new(1, 0),
            };
            let begin = Position::new(epoch, applied.lsn + 1);
            self.at.insert(begin, (self.data(applied), seen.now, applied));
            self.ends.insert(node, begin);
            (self.leader, self.epoch) = (node, epoch);
        }
        for wrote in &seen.wrote {
            let epoch = self.ends.get(&wrote.leader).map_or(1, |end| end.epoch);
            self.wrote(what, wrote, epoch, findings);
        }
        for (node, server) in seen.servers.iter().enumerate() {
            let node = NodeId(node as u16);
            self.server(what, node, server, &seen, last, findings);
        }
        if last {
            self.mended(what, &seen, findings);
        }
        self.before = seen.servers;
    }

    fn server(
        &self,
        what: &str,
        node: NodeId,
        server: &Server,
        seen: &Seen,
        last: bool,
        findings: &mut Findings,
    ) {
        let who = name(node);
        let Situation { batch, room, .. } = self.situation;
        match &server.role {
            Role::Idle => {}
            Role::Leads { data, replicated, .. } => {
                let end = self.ends.get(&node).copied().unwrap_or_default();
                let expected = self.data(end);
                findings.test(LEADER_KEEPS, *data == expected, || {
                    format!(
                        "after this: “{what}”, {who} holds {}; its log up to {end} gives {}",
                        shown(data),
                        shown(&expected)
                    )
                });
                findings.test(BATCH, server.largest <= *batch, || {
                    format!("{who} sent {} entries in one message, and the limit is {batch}", server.largest)
                });
                for (copies, claimed) in (1..).zip(replicated) {
                    if *claimed == Position::default() {
                        continue;
                    }
                    let have = seen.servers.iter().enumerate().filter(|(other, server)| {
                        *other != node.index() && self.has(*other, server, *claimed)
                    });
                    let have = have.count();
                    findings.test(REPLICATED, have >= copies, || {
                        format!("after this: “{what}”, {who} says that {copies} followers have applied {claimed}; {have} have")
                    });
                }
            }
            Role::Follows { epoch, applied, data, read, behind, age } => {
                findings.test(WAITING, server.eager == 0 && data == read, || match server.eager {
                    0 => format!(
                        "after this: “{what}”, {who} shows {}; applied is {}",
                        shown(read),
                        shown(data)
                    ),
                    _ => format!("{who} applied entries in `receive`, when they came"),
                });
                let expected = self.at.get(applied).map(|(data, ..)| data);
                findings.test(PREFIX, expected == Some(data), || {
                    let should = expected.map_or("nobody wrote an entry there".to_owned(), |data| {
                        format!("the leader's data there is {}", shown(data))
                    });
                    format!("after this: “{what}”, {who} says that it has applied {applied}, and holds {}; {should}", shown(data))
                });
                findings.test(EPOCH, server.back == 0, || {
                    format!("{who} knew of a later epoch, and told its leader of an earlier one as the highest it knows")
                });
                findings.test(KEPT, server.dropped == 0, || {
                    format!("{who} had received the entry behind {applied}, there was room for it, and it was not applied")
                });
                if *epoch > 1 && server.stray.is_empty() {
                    findings.test(STRAY, true, String::new);
                }
                for (known, at) in &server.stray {
                    let leader = self.ends.iter().find(|(_, end)| end.epoch == *known);
                    if let Some((leader, end)) = leader {
                        findings.test(STRAY, self.leads_to(*at, *end), || {
                            format!("{who} knew of epoch {known}, and applied {at}, which the log of its leader {} does not have", name(*leader))
                        });
                    }
                }
                findings.test(ROOM, server.waited <= *room as u64, || {
                    format!(
                        "{who} applied {} entries at once: so many had waited, and there is room for {room}",
                        server.waited
                    )
                });
                let next = self
                    .at
                    .iter()
                    .find(|(_, (.., after))| after == applied)
                    .map(|(_, (_, written, _))| *written);
                if let (Some(written), 1) = (next, self.epoch) {
                    findings.test(OLD, *age >= seen.now.since(written), || {
                        format!("after this: “{what}”, {who} says that its data is at most {age} old; what comes next was \
                                 written {} ago", seen.now.since(written))
                    });
                }
                if let Some(Role::Follows { epoch: old_epoch, applied: old, behind: was, .. }) =
                    self.before.get(node.index()).map(|server| &server.role)
                {
                    findings.test(NOT_BACK, applied >= old, || {
                        format!("after this: “{what}”, {who} has applied {applied}; before, it was {old}")
                    });
                    let forgot = last || what.contains("started again");
                    if (old_epoch, old) == (epoch, applied) && !forgot {
                        findings.test(SHRINKS, behind.0 >= was.0 && behind.1 >= was.1, || {
                            format!("after this: “{what}”, {who} is {} entries and {} bytes behind; before, it was {} and {}, and it \
                                     has applied nothing since", behind.0, behind.1, was.0, was.1)
                        });
                    }
                }
            }
        }
    }

    /// Whether a log that ends there has this position.
    fn leads_to(&self, at: Position, end: Position) -> bool {
        let mut place = end;
        while place > at {
            match self.at.get(&place) {
                Some((.., after)) => place = *after,
                None => return false,
            }
        }
        place == at
    }

    /// Whether a server has applied this position, or had when it died.
    fn has(&self, node: usize, server: &Server, claimed: Position) -> bool {
        let applied = |server: &Server| match &server.role {
            Role::Follows { applied, .. } => Some(*applied),
            Role::Leads { .. } => self.ends.get(&NodeId(node as u16)).copied(),
            Role::Idle => None,
        };
        match applied(server) {
            Some(applied) => applied >= claimed,
            // It told the leader before it died.
            None => true,
        }
    }

    /// Everything was mended, and time has passed.
    fn mended(&self, what: &str, seen: &Seen, findings: &mut Findings) {
        let end = self.ends.get(&self.leader).copied().unwrap_or_default();
        let Some(Role::Leads { replicated, .. }) =
            seen.servers.get(self.leader.index()).map(|server| &server.role)
        else {
            return;
        };
        let leader = name(self.leader);
        let mut level = 0;
        for (node, server) in seen.servers.iter().enumerate() {
            let Role::Follows { applied, behind, age, .. } = &server.role else { continue };
            let who = name(NodeId(node as u16));
            findings.test(CATCHES_UP, *applied == end, || {
                format!("{what}: {who} has applied {applied}, and {leader}'s log ends at {end}")
            });
            if *applied == end {
                level += 1;
                findings.test(LEVEL, *behind == (0, 0) && *age <= Time::ms(1_100), || {
                    format!("{what}: {who} has all of the log, and says that it is {} entries, {} bytes and {age} behind", behind.0, behind.1)
                });
            }
        }
        for (copies, claimed) in (1..=level).zip(replicated) {
            findings.test(KNOWS, *claimed == end, || {
                format!("{what}: {level} followers have applied {end}, and {leader} says that {copies} have applied {claimed}")
            });
        }
    }
}

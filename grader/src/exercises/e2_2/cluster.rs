//! A cluster that does what it is told, notes it, and goes wrong where a scenario says so.

use replication_lab::time::Time;
use replication_lab::trace::{Entry, Event, Trace};

use super::{ClusterOps, Failed, NodeId, Position};

pub(super) const L: NodeId = NodeId(0);
pub(super) const F1: NodeId = NodeId(1);
pub(super) const F2: NodeId = NodeId(2);
pub(super) const F3: NodeId = NodeId(3);
pub(super) const F4: NodeId = NodeId(4);
const CONTROLLER: NodeId = NodeId(5);
const DEVICE: NodeId = NodeId(6);
const ENDPOINT: NodeId = NodeId(7);
const NAMES: [&str; 8] = ["L", "F1", "F2", "F3", "F4", "controller", "fencing device", "endpoint"];

/// What an operation takes, there and back.
const THERE: Time = Time::ms(1);
/// How long the controller waits for an answer.
const PATIENCE: Time = Time::s(1);

pub(super) fn name(node: NodeId) -> &'static str {
    NAMES.get(node.index()).copied().unwrap_or("?")
}

/// What is to go wrong: an operation on a node, by its name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault {
    pub(super) operation: &'static str,
    pub(super) node: NodeId,
    /// How many times.
    pub(super) times: u32,
    /// Whether it happens all the same, and only the answer is lost.
    pub(super) happens: bool,
}

#[derive(Clone, Copy, Debug)]
struct Member {
    at: Position,
    leads: Option<u64>,
    follows: Option<u64>,
    fenced: bool,
    // How long it still applies what it received.
    replaying: Time,
}

/// The cluster: the old leader at 5000, F1 at 4990, F2 at 4970, and others.
#[derive(Debug)]
pub(super) struct Cluster {
    members: Vec<(NodeId, Member)>,
    lease_expires: Time,
    faults: Vec<Fault>,
    endpoint: NodeId,
    // The last number of the old epoch on the node that was promoted.
    fork: u64,
    now: Time,
    /// Every operation that changes something, and what came of it.
    pub(super) done: Vec<(String, String)>,
    /// What a learner should not have done.
    pub(super) harm: Vec<String>,
    /// The run.
    pub(super) trace: Trace,
    messages: u64,
}

impl Cluster {
    pub(super) fn new(others: &[(NodeId, u64)]) -> Self {
        let member = |lsn, leads| Member {
            at: Position::new(1, lsn),
            leads,
            follows: leads.is_none().then_some(1),
            fenced: false,
            replaying: Time::ZERO,
        };
        let mut members = vec![(L, member(5_000, Some(1))), (F1, member(4_990, None))];
        members.extend(others.iter().map(|(node, lsn)| (*node, member(*lsn, None))));
        Self {
            members,
            lease_expires: Time::NEVER,
            faults: Vec::new(),
            endpoint: L,
            fork: 0,
            now: Time::ZERO,
            done: Vec::new(),
            harm: Vec::new(),
            trace: Trace { nodes: NAMES.map(str::to_owned).to_vec(), entries: Vec::new() },
            messages: 0,
        }
    }

    pub(super) fn lease_expires(mut self, at: Time) -> Self {
        self.lease_expires = at;
        self
    }

    pub(super) fn replaying(mut self, node: NodeId, span: Time) -> Self {
        self.member(node).replaying = span;
        self
    }

    pub(super) fn faults(mut self, faults: &[Fault]) -> Self {
        self.faults = faults.to_vec();
        self
    }

    /// Lets time pass between two steps.
    pub(super) fn pass(&mut self, span: Time) {
        self.now += span;
    }

    /// Marks in the run what a step begins with.
    pub(super) fn note(&mut self, text: String) {
        self.entry(Event::Note { node: CONTROLLER, text });
    }

    /// Who leads, who follows, what clients see.
    pub(super) fn state(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .members
            .iter()
            .map(|(node, member)| {
                let role = match (member.leads, member.follows) {
                    _ if member.fenced => "is cut off".to_owned(),
                    (Some(epoch), _) => format!("leads epoch {epoch}"),
                    (None, Some(epoch)) => format!("follows the leader of epoch {epoch}"),
                    (None, None) => "does nothing".to_owned(),
                };
                format!("{} {role}", name(*node))
            })
            .collect();
        lines.push(format!("clients are shown {}", name(self.endpoint)));
        lines
    }

    fn member(&mut self, node: NodeId) -> &mut Member {
        let place = self.members.iter().position(|(id, _)| *id == node);
        // Nodes of which the plan does not speak: the harness has no others, a learner may have.
        let place = place.unwrap_or_else(|| panic!("there is no node {}: take one of the plan's", node.0));
        &mut self.members[place].1
    }

    fn entry(&mut self, event: Event) {
        self.trace.entries.push(Entry { at: self.now, event });
    }

    fn message(&mut self, from: NodeId, to: NodeId, label: &str) {
        let message = self.messages;
        self.messages += 1;
        self.entry(Event::Send { message, from, to, label: label.into() });
        self.now += THERE;
        self.entry(Event::Deliver { message, from, to });
    }

    /// Carries an operation out, or lets it fail, and notes it.
    fn operate<T>(
        &mut self,
        operation: &'static str,
        (node, over): (NodeId, NodeId),
        text: String,
        act: impl FnOnce(&mut Self) -> (Result<T, Failed>, String),
    ) -> Result<T, Failed> {
        let fault =
            self.faults.iter_mut().find(|f| f.operation == operation && f.node == node && f.times > 0);
        let fault = fault.map(|fault| {
            fault.times -= 1;
            fault.happens
        });
        self.message(CONTROLLER, over, &text);
        let (result, got) = match fault {
            None => act(self),
            Some(happens) => {
                if happens {
                    let _ = act(self);
                }
                self.now += PATIENCE;
                (Err(Failed::NoAnswer), "no answer".to_owned())
            }
        };
        if fault.is_none() {
            self.message(over, CONTROLLER, &got);
        } else {
            self.entry(Event::Timer { node: CONTROLLER, label: "no answer".into() });
        }
        self.done.push((text, got));
        result
    }

    fn old_leader_can_write(&mut self) -> bool {
        let (expires, now) = (self.lease_expires, self.now);
        let old = self.member(L);
        old.leads.is_some() && !old.fenced && now < expires
    }

    /// Where the new leader's log began, if there is a new leader.
    fn leader(&self) -> Option<(NodeId, Member)> {
        self.members
            .iter()
            .copied()
            .filter(|(node, member)| *node != L && member.leads.is_some())
            .max_by_key(|(_, m)| m.leads)
    }

    /// Has a node follow the leader of an epoch, if its log allows that.
    fn follow(&mut self, node: NodeId, leader: NodeId, epoch: u64) -> (Result<(), Failed>, String) {
        let (id, of) = match self.leader() {
            Some((id, of)) if id == leader && of.leads == Some(epoch) => (id, of),
            _ => {
                return (
                    Err(Failed::Refused),
                    format!("refused: {} does not lead epoch {epoch}", name(leader)),
                );
            }
        };
        if id == node {
            return (Err(Failed::Refused), "refused: a node can't follow itself".into());
        }
        let fork = self.fork;
        let member = self.member(node);
        if member.at.epoch < epoch && member.at.lsn > fork {
            let beyond = member.at.lsn - fork;
            return (
                Err(Failed::Refused),
                format!("refused: its log has {beyond} writes that the leader doesn't have"),
            );
        }
        (member.at, member.follows, member.leads, member.fenced) = (of.at, Some(epoch), None, false);
        (Ok(()), format!("follows {}", name(leader)))
    }
}

impl ClusterOps for Cluster {
    fn fence(&mut self, node: NodeId) -> Result<(), Failed> {
        self.operate("fence", (node, DEVICE), format!("fence {}", name(node)), |cluster| {
            cluster.member(node).fenced = true;
            (Ok(()), "confirmed".into())
        })
    }

    fn lease_expired(&mut self, _: NodeId) -> bool {
        self.now >= self.lease_expires
    }

    fn wait_replay(&mut self, node: NodeId, limit: Time) -> Result<(), Failed> {
        let seconds = match limit {
            Time::NEVER => "without end".to_owned(),
            limit => format!("at most {} s", limit.as_ms() / 1_000.0),
        };
        let text = format!("wait for {}'s replay, {seconds}", name(node));
        self.operate("wait_replay", (node, node), text, |cluster| {
            let left = cluster.member(node).replaying;
            let waited = if left < limit { left } else { limit };
            cluster.member(node).replaying = left - waited;
            cluster.now += waited;
            let took = waited.as_ms() / 1_000.0;
            match left <= limit {
                true => (Ok(()), format!("done after {took} s")),
                false => (Err(Failed::NotYet), format!("not yet, after {took} s")),
            }
        })
    }

    fn promote(&mut self, node: NodeId, epoch: u64) -> Result<Position, Failed> {
        let text = format!("promote {} in epoch {epoch}", name(node));
        self.operate("promote", (node, node), text, |cluster| {
            if cluster.member(node).leads == Some(epoch) && epoch > 1 {
                return (Ok(Position::new(1, cluster.fork)), format!("leads epoch {epoch} already"));
            }
            if epoch <= 1 || cluster.leader().is_some_and(|(_, leader)| leader.leads >= Some(epoch)) {
                return (Err(Failed::Refused), format!("refused: there is an epoch {epoch} already"));
            }
            if cluster.old_leader_can_write() {
                cluster.harm.push(format!("{} was promoted while L could still write", name(node)));
            }
            let member = cluster.member(node);
            let behind = member.replaying > Time::ZERO;
            let fork = Position::new(1, member.at.lsn);
            (member.leads, member.follows, member.at) =
                (Some(epoch), None, Position::new(epoch, fork.lsn + 1));
            cluster.fork = fork.lsn;
            if behind {
                cluster.harm.push(format!("{} was promoted before it had applied its log", name(node)));
            }
            (Ok(fork), format!("leads epoch {epoch}, after {fork}"))
        })
    }

    fn received(&mut self, node: NodeId) -> Result<Position, Failed> {
        let absent = |fault: &Fault| fault.operation == "received" && fault.node == node && fault.times > 0;
        if self.faults.iter().any(absent) {
            self.now += PATIENCE;
            return Err(Failed::NoAnswer);
        }
        Ok(self.member(node).at)
    }

    fn rewind(&mut self, node: NodeId, to: Position) -> Result<(), Failed> {
        self.operate("rewind", (node, node), format!("rewind {} to {to}", name(node)), |cluster| {
            let member = cluster.member(node);
            if member.at.epoch > to.epoch {
                let lost = member.at;
                cluster.harm.push(format!("{} had {lost} and was rewound to {to}", name(node)));
            }
            cluster.member(node).at = to;
            (Ok(()), format!("ends at {to}"))
        })
    }

    fn repoint(&mut self, node: NodeId, leader: NodeId, epoch: u64) -> Result<(), Failed> {
        let text = format!("{} shall follow {} in epoch {epoch}", name(node), name(leader));
        self.operate("repoint", (node, node), text, |cluster| cluster.follow(node, leader, epoch))
    }

    fn publish(&mut self, leader: NodeId, epoch: u64) -> Result<(), Failed> {
        let text = format!("show clients {}, epoch {epoch}", name(leader));
        self.operate("publish", (leader, ENDPOINT), text, |cluster| {
            cluster.endpoint = leader;
            if cluster.leader().is_none_or(|(id, of)| id != leader || of.leads != Some(epoch)) {
                cluster.harm.push(format!("clients were sent to {}, which does not lead", name(leader)));
            }
            (Ok(()), format!("clients are shown {}", name(leader)))
        })
    }

    fn verify(&mut self, leader: NodeId, epoch: u64) -> Result<(), Failed> {
        let text = format!("write and read through the endpoint, epoch {epoch}");
        self.operate("verify", (leader, ENDPOINT), text, |cluster| match cluster.leader() {
            Some((id, of)) if id == leader && of.leads == Some(epoch) && cluster.endpoint == leader => {
                for (_, member) in &mut cluster.members {
                    if member.leads == Some(epoch) || member.follows == Some(epoch) {
                        member.at = Position::new(epoch, of.at.lsn + 1);
                    }
                }
                (Ok(()), "read back".into())
            }
            _ => (Err(Failed::NoAnswer), "no answer".into()),
        })
    }

    fn readmit(&mut self, node: NodeId, leader: NodeId, epoch: u64) -> Result<(), Failed> {
        let text = format!("let {} in, to follow {} in epoch {epoch}", name(node), name(leader));
        self.operate("readmit", (node, node), text, |cluster| cluster.follow(node, leader, epoch))
    }
}

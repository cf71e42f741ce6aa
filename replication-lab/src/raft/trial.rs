//! Elections under random faults, and in every order of events.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::hash::{Hash, Hasher};

use super::Term;
use super::builder::{Builder, RaftError};
use super::message::{Message, Record, Timer, Told};
use super::server::{Role, Server};
use crate::explore::{Case, Rename, Run, Scenario, State};
use crate::history::{Verdict, Witness};
use crate::time::Time;
use crate::trace::NodeId;

/// A scenario for [`crate::explore`]: servers elect leaders while faults strike. There are no operations.
///
/// Demanded is safety at all times, *at most one leader in a term* (election safety, figure 3 of the paper), and
/// progress after the last fault: a leader that all follow, within `patience`.
///
/// # Examples
/// ```
/// use replication_lab::explore::{Chaos, Trouble, hunt};
/// use replication_lab::raft::{Raft, Trial};
/// use replication_lab::time::Time;
///
/// let forgetful = Trial { builder: Raft::builder().durable(false), patience: Time::s(5) };
/// let kills = Chaos::new(3, Time::ms(400))?.most_down(3).at_most(6).only(&[Trouble::Kill]);
/// let found = hunt(&forgetful, &kills, 0..4_000).smallest.expect("a vote that is forgotten is given twice");
/// assert!(found.run.verdict.to_string().contains("both lead term 1"));
/// # Ok::<(), replication_lab::explore::ChaosError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Trial {
    /// The cluster; its seed and whether it is traced are set for each run.
    pub builder: Builder,
    /// How long an election may take when all is well.
    pub patience: Time,
}

impl Scenario for Trial {
    type Operation = Infallible;
    type Error = RaftError;

    fn operations(&self, _: u64) -> Vec<Infallible> {
        Vec::new()
    }

    fn run(&self, case: &Case<Infallible>, tracing: bool) -> Result<Run, RaftError> {
        let mut cluster = self.builder.clone().seed(case.seed).trace(tracing).build()?;
        let plan = case.whole_plan();
        cluster.plan(&plan)?;
        for sent in &case.left_out {
            cluster.world.leave_out(sent.from, sent.to, sent.nth).map_err(RaftError::World)?;
        }
        let last = plan.0.iter().map(|planned| planned.at).max().unwrap_or(Time::ZERO);
        let end = last + self.patience;
        let (mut broken, mut led) = (None, false);
        while broken.is_none() && !led && cluster.now() < end {
            cluster.run_for(LOOK);
            broken = two_leaders(cluster.told().iter().filter_map(|(_, id, told)| match told {
                Told::Leads(term) => Some((*id, *term)),
                _ => None,
            }));
            led = cluster.now() >= last && cluster.leader().is_some();
        }
        let (demand, why) = match broken {
            Some(why) => ("one leader in a term", Some(why)),
            None if led => ("one leader in a term", None),
            None => {
                let why = format!("no leader that all follow within {} after the last fault", self.patience);
                ("a leader in the end", Some(why))
            }
        };
        let verdict =
            why.map_or(Verdict::Holds, |why| Verdict::Violated(Witness { why, ..Witness::default() }));
        Ok(Run { verdict, demand, faults: cluster.faults(), trace: cluster.trace().cloned() })
    }
}

/// How often a run is looked at: it ends soon after it has gone wrong.
const LOOK: Time = Time::ms(5);

/// Two of these leaders that lead the same term.
fn two_leaders(leaders: impl IntoIterator<Item = (NodeId, Term)>) -> Option<String> {
    let mut first_of: BTreeMap<Term, NodeId> = BTreeMap::new();
    leaders.into_iter().find_map(|(id, term)| {
        let first = *first_of.entry(term).or_insert(id);
        (first != id).then(|| format!("s{} and s{} both lead term {term}", first.0 + 1, id.0 + 1))
    })
}

/// Election safety in one state of a [search](crate::explore::Search): no two servers lead the same term.
///
/// # Errors
/// Names the two.
pub fn one_leader_per_term(state: &State<Server>) -> Result<(), String> {
    let servers = (0..).map(NodeId).zip(state.nodes());
    let leaders = servers.filter(|(_, server)| *server.role() == Role::Leader);
    two_leaders(leaders.map(|(id, server)| (id, server.term()))).map_or(Ok(()), Err)
}

/// All but the settings, which servers share.
impl Hash for Server {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.term, self.vote, &self.log, &self.role, self.timeouts).hash(state);
    }
}

impl Rename for Server {
    fn rename(&self, to: &dyn Fn(NodeId) -> NodeId) -> Self {
        let role = match &self.role {
            Role::Follower(leader) => Role::Follower(leader.rename(to)),
            Role::Candidate(votes) => Role::Candidate(votes.rename(to)),
            Role::Leader => Role::Leader,
        };
        Self { vote: self.vote.rename(to), role, ..self.clone() }
    }
}

impl Rename for Message {
    fn rename(&self, _: &dyn Fn(NodeId) -> NodeId) -> Self {
        *self
    }
}

impl Rename for Timer {
    fn rename(&self, to: &dyn Fn(NodeId) -> NodeId) -> Self {
        match self {
            Timer::Saved(id, answer) => Timer::Saved(to(*id), *answer),
            timer => *timer,
        }
    }
}

impl Rename for Record {
    fn rename(&self, to: &dyn Fn(NodeId) -> NodeId) -> Self {
        let Record::Ballot { term, vote } = self;
        Record::Ballot { term: *term, vote: vote.rename(to) }
    }
}

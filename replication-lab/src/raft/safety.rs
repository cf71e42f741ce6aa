//! What holds in every state of a Raft cluster: figure 3 of the paper, as checks for a
//! [search](crate::explore::Search).

use std::collections::BTreeMap;

use super::Term;
use super::group::{Group, Role};
use super::message::GroupId;
use super::node::Member;
use crate::explore::State;
use crate::trace::NodeId;

fn groups(state: &State<Member>) -> Vec<(NodeId, GroupId, &Group)> {
    let servers =
        (0..).map(NodeId).zip(state.nodes()).filter_map(|(id, member)| Some((id, member.server()?)));
    servers.flat_map(|(id, server)| server.groups().map(move |(group, state)| (id, group, state))).collect()
}

/// Two of these leaders that lead the same term of a group.
pub(super) fn two_leaders(leaders: impl IntoIterator<Item = (NodeId, GroupId, Term)>) -> Option<String> {
    let mut first_of: BTreeMap<(GroupId, Term), NodeId> = BTreeMap::new();
    leaders.into_iter().find_map(|(id, group, term)| {
        let first = *first_of.entry((group, term)).or_insert(id);
        (first != id).then(|| format!("s{} and s{} both lead term {term}", first.0 + 1, id.0 + 1))
    })
}

/// *Election safety*: no two servers lead the same term.
///
/// # Errors
/// Names the two.
pub fn one_leader_per_term(state: &State<Member>) -> Result<(), String> {
    let leaders = groups(state).into_iter().filter(|(.., group)| *group.role() == Role::Leader);
    two_leaders(leaders.map(|(id, group, state)| (id, group, state.term()))).map_or(Ok(()), Err)
}

/// *Log matching*: where two logs have an entry of the same term at the same place, they are equal up to there.
///
/// # Errors
/// Names the two servers and the place.
pub fn logs_match(state: &State<Member>) -> Result<(), String> {
    for (a, b) in pairs(state) {
        let (one, other) = (a.2.log().entries(), b.2.log().entries());
        let agree = one.iter().zip(other).rposition(|(x, y)| x.term == y.term);
        if let Some(last) = agree
            && one[..=last] != other[..=last]
        {
            let (a, b) = (a.0.0 + 1, b.0.0 + 1);
            return Err(format!(
                "s{a} and s{b} have the same term at place {} and differ before it",
                last + 1
            ));
        }
    }
    Ok(())
}

/// *State machine safety*, and with it leader completeness: two servers that know a place to be committed have the
/// same entry there, and a leader has every entry that any server of an earlier term knows to be committed.
///
/// # Errors
/// Names the two servers and the place.
pub fn committed_stays(state: &State<Member>) -> Result<(), String> {
    for (a, b) in pairs(state) {
        let both = a.2.committed().min(b.2.committed());
        if let Some(place) = differ(a.2, b.2, both) {
            let (a, b) = (a.0.0 + 1, b.0.0 + 1);
            return Err(format!("s{a} and s{b} committed different entries at place {place}"));
        }
        for (leader, other) in [(a, b), (b, a)] {
            if *leader.2.role() != Role::Leader || other.2.term() > leader.2.term() {
                continue;
            }
            if let Some(place) = differ(leader.2, other.2, other.2.committed()) {
                let (leader, other) = (leader.0.0 + 1, other.0.0 + 1);
                return Err(format!(
                    "s{leader} leads without entry {place}, which s{other} knows to be committed"
                ));
            }
        }
    }
    Ok(())
}

/// The first place up to this one at which two logs differ.
fn differ(a: &Group, b: &Group, up_to: u64) -> Option<u64> {
    (1..=up_to).find(|place| a.log().entry(*place) != b.log().entry(*place))
}

type On<'a> = (NodeId, GroupId, &'a Group);

fn pairs(state: &State<Member>) -> Vec<(On<'_>, On<'_>)> {
    let all = groups(state);
    let pairs = all.iter().enumerate().flat_map(|(at, a)| all[at + 1..].iter().map(move |b| (*a, *b)));
    pairs.filter(|(a, b)| a.1 == b.1).collect()
}

/// All of it.
///
/// # Errors
/// Says what is broken.
pub fn safe(state: &State<Member>) -> Result<(), String> {
    one_leader_per_term(state)?;
    logs_match(state)?;
    committed_stays(state)
}

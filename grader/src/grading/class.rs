//! A class: who handed in what, and who should have.

use std::collections::BTreeMap;
use std::path::Path;

use super::notes::{Known, class_notes};
use super::{Attempt, Identity, Shard};
use crate::cli::Problem;
use crate::intake::{Arrival, Budget, Roster, Submission, Who, answers, arrivals, open_all, sha256};
use crate::judge::Exercise;
use crate::pipeline::sanitise_line;

/// A class's learners and their submissions.
#[derive(Clone, Debug)]
pub struct Class {
    /// By their keys.
    pub learners: Vec<Member>,
    /// What the instructor should know.
    pub notes: Vec<String>,
}

/// A learner with all that she handed in.
#[derive(Clone, Debug)]
pub struct Member {
    /// Who; no two have the same. Fit to print.
    pub learner: String,
    /// Name, mail and id.
    pub identity: Identity,
    /// What she handed in, in the order in which she did.
    pub attempts: Vec<Tried>,
    /// What the instructor should know.
    pub notes: Vec<String>,
}

/// One attempt, and what was read of it.
#[derive(Clone, Debug)]
pub struct Tried {
    /// Where from and when.
    pub attempt: Attempt,
    /// What was handed in, or why there is nothing to grade.
    pub read: Result<Submission, String>,
}

impl Class {
    /// Reads the entries of `folder`, of one shard alone if one is given. `stubs` are the stubs as files, by exercise.
    ///
    /// # Errors
    /// When the folder is no class's.
    pub fn read(
        folder: &Path,
        roster: Option<&Roster>,
        shard: Option<Shard>,
        exercises: &[Exercise],
        stubs: &BTreeMap<String, String>,
    ) -> Result<Self, Problem> {
        let mut groups: BTreeMap<String, Group> = BTreeMap::new();
        for arrival in arrivals(folder)? {
            let place = roster.and_then(|roster| roster.find(&arrival.who));
            let key = match (roster, place) {
                (Some(roster), Some(place)) => roster.people[place].id.clone(),
                _ => sanitise_line(&arrival.who.key),
            };
            // A stranger's name may be the id of somebody on the roster, or another's in capitals.
            let (key, place) = free(&groups, key, place, &arrival.who);
            groups.entry(key).or_insert_with(|| Group { place, arrivals: Vec::new() }).arrivals.push(arrival);
        }
        for (place, person) in roster.iter().flat_map(|roster| roster.people.iter().enumerate()) {
            if !groups.values().any(|group| group.place == Some(place)) {
                let (key, place) = free(&groups, person.id.clone(), Some(place), &Who::default());
                groups.insert(key, Group { place, arrivals: Vec::new() });
            }
        }
        let doubled = doubled(&groups);
        groups.retain(|learner, _| shard.is_none_or(|shard| shard.has(learner)));
        let mut learners: Vec<Member> = groups
            .into_iter()
            .map(|(learner, group)| group.member(learner, roster, exercises, stubs))
            .collect();
        for member in &mut learners {
            if let Some(name) = doubled.get(&member.learner) {
                member.notes.push(format!("there is more than one entry of the name {name}"));
            }
        }
        let notes = class_notes(learners.iter().map(Known::from));
        Ok(Self { learners, notes })
    }
}

/// What belongs to one learner.
struct Group {
    /// On the roster.
    place: Option<usize>,
    arrivals: Vec<Arrival>,
}

/// Learners of no roster whom only a name tells apart, which others have too: by their keys, that name. Of the whole class, so
/// that each part of it knows the same.
fn doubled(groups: &BTreeMap<String, Group>) -> BTreeMap<String, String> {
    let mut named: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    for (key, group) in groups.iter().filter(|(_, group)| group.place.is_none()) {
        let name = group
            .arrivals
            .first()
            .map_or(key, |arrival| arrival.who.name.as_ref().unwrap_or(&arrival.who.key));
        named.entry(sanitise_line(name).to_lowercase()).or_default().push(key);
    }
    let several = named.into_iter().filter(|(_, keys)| keys.len() > 1);
    several.flat_map(|(name, keys)| keys.into_iter().map(move |key| (key.clone(), name.clone()))).collect()
}

/// The learner's key: another one, if somebody else has it.
fn free(
    groups: &BTreeMap<String, Group>,
    key: String,
    place: Option<usize>,
    who: &Who,
) -> (String, Option<usize>) {
    let is_hers = |key: &str| {
        groups.get(key).is_none_or(|group| {
            group.place == place && (place.is_some() || group.arrivals.iter().all(|other| other.who == *who))
        })
    };
    if is_hers(&key) {
        return (key, place);
    }
    let other = (2..).map(|number| format!("{key} ({number})")).find(|key| is_hers(key));
    (other.unwrap_or(key), place)
}

impl Group {
    fn member(
        mut self,
        learner: String,
        roster: Option<&Roster>,
        exercises: &[Exercise],
        stubs: &BTreeMap<String, String>,
    ) -> Member {
        self.arrivals.sort_by(Arrival::in_order);
        let person = self.place.and_then(|place| roster?.people.get(place));
        let who = self.arrivals.first().map(|arrival| arrival.who.clone()).unwrap_or_default();
        let fit = |text: Option<String>| text.map(|text| sanitise_line(&text));
        let identity = match person {
            Some(person) => Identity {
                id: Some(person.id.clone()),
                name: person.name.clone().or(fit(who.name)),
                mail: person.mail.clone().or(fit(who.mail)),
                on_roster: Some(true),
            },
            None => Identity {
                id: fit(who.id),
                name: fit(who.name),
                mail: fit(who.mail),
                on_roster: roster.map(|_| false),
            },
        };
        let of = self.arrivals.len();
        let attempts = self.arrivals.iter().enumerate().map(|(at, arrival)| {
            let files = open_all(&arrival.parts, Budget::default());
            let mut read = files.and_then(|files| answers(&learner, files, exercises, stubs));
            if let Ok(submission) = &mut read {
                submission.notes.splice(0..0, arrival.notes.iter().cloned());
            }
            let attempt = Attempt {
                from: arrival.from.clone(),
                number: at + 1,
                of,
                at: arrival.at.map(|at| at.to_string()),
                called_late: arrival.called_late,
                late: None,
            };
            Tried { attempt, read }
        });
        let attempts = attempts.collect();
        let notes = match identity.on_roster {
            Some(false) => vec!["not on the roster".to_owned()],
            _ => Vec::new(),
        };
        Member { learner, identity, attempts, notes }
    }
}

impl Shard {
    /// Whether a learner belongs to it: by a hash of the key, so that every shard knows its own without the others.
    pub fn has(self, learner: &str) -> bool {
        let hash = u64::from_str_radix(&sha256(learner)[..15], 16).expect("a hash is a number");
        hash % u64::from(self.of) == u64::from(self.number - 1)
    }
}

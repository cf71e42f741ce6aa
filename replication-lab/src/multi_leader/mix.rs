//! A workload over all kinds of data, and what it shows: conflicts, losses, broken rules.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Action, Change};
use super::cluster::MultiLeader;
use super::leader::Record;
use super::resolution::Version;
use super::setup::MultiLeaderError;
use crate::causality::Dot;
use crate::rng::{Rng, Stream};
use crate::time::Time;

/// What users do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Overwrite a record.
    Overwrite,
    /// Create a record, and change or delete one that is seen.
    CreateAndDelete,
    /// Add one to a number: read it, and put the next one.
    CountByPut,
    /// Add one to a counter that merges.
    Count,
    /// Add an item to a list: read it, and put the longer one.
    AddByPut,
    /// Add an item to a set that merges.
    Add,
    /// Type a character somewhere into a text: read it, and put the longer one.
    TypeByPut,
    /// Type a character into a text that merges.
    Type,
    /// Sign up with a name that nobody has, as far as one sees.
    SignUp,
    /// Buy one of what is in stock, as far as one sees. The stock is a counter that merges.
    Buy,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 10] = [
        Self::Overwrite,
        Self::CreateAndDelete,
        Self::CountByPut,
        Self::Count,
        Self::AddByPut,
        Self::Add,
        Self::TypeByPut,
        Self::Type,
        Self::SignUp,
        Self::Buy,
    ];
}

/// A workload: at each leader, writes come one after the other, at random moments.
#[derive(Clone, Debug, PartialEq)]
pub struct Mix {
    /// What users do, each as often.
    pub kinds: Vec<Kind>,
    /// Writes a second, at each leader.
    pub rate: f64,
    /// Records of each kind, each as often; names that users want; for [`Kind::Buy`], things, five of each in stock.
    pub records: u64,
    /// For how long.
    pub span: Time,
    /// Whether a record belongs to one leader, to which all its writes go: conflicts are avoided.
    pub homes: bool,
}

impl Default for Mix {
    fn default() -> Self {
        Self { kinds: vec![Kind::Overwrite], rate: 5.0, records: 20, span: Time::s(60), homes: false }
    }
}

/// What a workload showed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// Writes that were acknowledged.
    pub writes: usize,
    /// Writes that were refused, because their leader was down or the record not as it should be.
    pub refused: usize,
    /// Pairs of writes of one plain record, neither of which was known where the other one was committed.
    pub conflicts: usize,
    /// Acknowledged writes of which no reader sees anything in the end, and which nobody replaced who saw them. For
    /// numbers, lists and texts: ones, items and characters that are missing.
    pub lost: usize,
    /// Of these writes, those that were in truth later than one that stayed in their place.
    pub later_lost: usize,
    /// From the last write until all leaders were level; nothing, if they never were.
    pub level_after: Option<Time>,
    /// Records that differ between leaders in the end.
    pub differing: usize,
    /// Changes that a leader skipped.
    pub skipped: usize,
    /// Names that more than one user has.
    pub names_twice: usize,
    /// Things of which more were sold than there were.
    pub oversold: usize,
}

impl Measured {
    /// Conflicts in a thousand writes.
    pub fn conflicts_per_thousand(&self) -> f64 {
        1e3 * self.conflicts as f64 / self.writes.max(1) as f64
    }
}

/// In stock of each thing at the beginning.
const STOCK: i64 = 5;

impl Mix {
    /// Lets users work, then everything arrive, and looks what became of it.
    ///
    /// # Errors
    /// When the workload can't be: no kinds, no records, no rate.
    pub fn measure(&self, cluster: &mut MultiLeader) -> Result<Measured, MultiLeaderError> {
        if self.kinds.is_empty() || self.records == 0 || self.rate <= 0.0 || !self.rate.is_finite() {
            return Err(MultiLeaderError::NoWork);
        }
        let mut run = Run::new(self, cluster)?;
        let mut refused = 0;
        let end = cluster.now() + self.span;
        let names = cluster.names().to_vec();
        let seed = cluster.world.seed();
        let mut rng = Rng::new(seed, Stream::Workload);
        let pause = |rng: &mut Rng| {
            let secs = -libm::log(1.0 - rng.unit()) / self.rate;
            Time::us((secs * 1e6) as u64 + 1)
        };
        let mut next: Vec<Time> = names.iter().map(|_| cluster.now() + pause(&mut rng)).collect();
        while let Some((who, at)) = next.iter().copied().enumerate().min_by_key(|(_, at)| *at) {
            if at >= end {
                break;
            }
            cluster.run_until(at);
            if run.act(cluster, &names[who], &names, &mut rng).is_err() {
                refused += 1;
            }
            next[who] = at + pause(&mut rng);
        }
        cluster.run_until(end);
        cluster.settle();
        Ok(run.judge(cluster, refused))
    }
}

/// A workload under way.
struct Run<'m> {
    mix: &'m Mix,
    /// When the last write was.
    last: Time,
    /// Characters, items and ones that were acknowledged, by record.
    added: BTreeMap<String, usize>,
    next: usize,
}

impl<'m> Run<'m> {
    fn new(mix: &'m Mix, cluster: &mut MultiLeader) -> Result<Self, MultiLeaderError> {
        if mix.kinds.contains(&Kind::Buy) {
            let first = cluster.names()[0].clone();
            for record in 0..mix.records {
                cluster.count(&first, &format!("stock/{record}"), STOCK)?;
            }
            cluster.settle();
        }
        Ok(Self { mix, last: cluster.now(), added: BTreeMap::new(), next: 0 })
    }

    fn act(
        &mut self,
        cluster: &mut MultiLeader,
        leader: &str,
        names: &[String],
        rng: &mut Rng,
    ) -> Result<(), MultiLeaderError> {
        let kind = *rng.pick(&self.mix.kinds).unwrap_or(&Kind::Overwrite);
        let record = rng.below(self.mix.records);
        let at = match self.mix.homes {
            true => names[record as usize % names.len()].as_str(),
            false => leader,
        };
        self.next += 1;
        let next = self.next;
        let read = |cluster: &MultiLeader, key: &str| cluster.leader(at).map(|node| node.read(key));
        match kind {
            Kind::Overwrite => {
                cluster.put(at, &format!("row/{record}"), &format!("w{next}"))?;
            }
            Kind::CreateAndDelete => {
                let key = format!("made/{record}");
                let deletes = rng.chance(0.3);
                match read(cluster, &key)?.is_empty() {
                    true => cluster.insert(at, &key, &format!("w{next}"))?,
                    false if deletes => cluster.delete(at, &key)?,
                    false => cluster.update(at, &key, &format!("w{next}"))?,
                };
            }
            Kind::CountByPut => {
                let key = format!("number/{record}");
                let now: u64 = read(cluster, &key)?.first().and_then(|text| text.parse().ok()).unwrap_or(0);
                cluster.put(at, &key, &(now + 1).to_string())?;
                *self.added.entry(key).or_default() += 1;
            }
            Kind::Count => {
                let key = format!("counter/{record}");
                cluster.count(at, &key, 1)?;
                *self.added.entry(key).or_default() += 1;
            }
            Kind::AddByPut => {
                let key = format!("list/{record}");
                let now = read(cluster, &key)?.first().cloned().unwrap_or_default();
                cluster.put(at, &key, format!("{now} i{next}").trim_start())?;
                *self.added.entry(key).or_default() += 1;
            }
            Kind::Add => {
                let key = format!("set/{record}");
                cluster.add(at, &key, &format!("i{next}"))?;
                *self.added.entry(key).or_default() += 1;
            }
            Kind::TypeByPut => {
                let key = format!("plain text/{record}");
                let mut text: Vec<char> =
                    read(cluster, &key)?.first().map(|text| text.chars().collect()).unwrap_or_default();
                let place = rng.below(text.len() as u64 + 1) as usize;
                text.insert(place, letter(next));
                cluster.put(at, &key, &text.into_iter().collect::<String>())?;
                *self.added.entry(key).or_default() += 1;
            }
            Kind::Type => {
                let key = format!("text/{record}");
                let length = read(cluster, &key)?.first().map_or(0, |text| text.chars().count());
                let place = rng.below(length as u64 + 1) as usize;
                cluster.write_text(at, &key, place, &letter(next).to_string())?;
                *self.added.entry(key).or_default() += 1;
            }
            Kind::SignUp => {
                let name = format!("name {record}");
                let taken = cluster.leader(at)?.records().keys().any(|key| {
                    key.starts_with("user/") && cluster.read(at, key).is_ok_and(|owned| owned == name)
                });
                if !taken {
                    cluster.insert(at, &format!("user/{next}"), &name)?;
                }
            }
            Kind::Buy => {
                let key = format!("stock/{record}");
                let left: i64 = read(cluster, &key)?.first().and_then(|text| text.parse().ok()).unwrap_or(0);
                if left > 0 {
                    cluster.count(at, &key, -1)?;
                }
            }
        }
        self.last = cluster.now();
        Ok(())
    }

    fn judge(&self, cluster: &MultiLeader, refused: usize) -> Measured {
        let commits = cluster.commits();
        let plain: Vec<&Change> = commits.iter().filter(|change| !is_merging(change)).collect();
        let mut by_key: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
        for change in &plain {
            by_key.entry(&change.key).or_default().push(change);
        }
        let mut measured = Measured {
            writes: commits.len(),
            refused,
            conflicts: by_key.values().map(|changes| concurrent_pairs(changes)).sum(),
            differing: cluster.differing().len(),
            skipped: cluster.leaders().map(|leader| leader.skipped().len()).sum(),
            level_after: cluster.is_level().then(|| cluster.now().since(self.last)),
            ..Measured::default()
        };
        for (key, changes) in &by_key {
            match self.added.get(*key) {
                Some(added) => measured.lost += added.saturating_sub(held(cluster, key)),
                None => {
                    let (lost, later) = lost_of(cluster, key, changes);
                    (measured.lost, measured.later_lost) =
                        (measured.lost + lost, measured.later_lost + later);
                }
            }
        }
        for (key, added) in self.added.iter().filter(|(key, _)| !by_key.contains_key(key.as_str())) {
            measured.lost += added.saturating_sub(held(cluster, key));
        }
        let Some(first) = cluster.leaders().next() else { return measured };
        let mut owners: BTreeMap<String, usize> = BTreeMap::new();
        for key in first.records().keys() {
            match key.split_once('/') {
                Some(("user", _)) => {
                    for name in first.read(key) {
                        *owners.entry(name).or_default() += 1;
                    }
                }
                Some(("stock", _)) => {
                    let below = first.read(key).first().is_some_and(|left| left.starts_with('-'));
                    measured.oversold += usize::from(below);
                }
                _ => {}
            }
        }
        measured.names_twice = owners.values().filter(|owners| **owners > 1).count();
        measured
    }
}

fn letter(nth: usize) -> char {
    char::from(b'a' + (nth % 26) as u8)
}

fn is_merging(change: &Change) -> bool {
    matches!(change.action, Action::Merge(_))
}

fn concurrent_pairs(changes: &[&Change]) -> usize {
    let pairs = changes
        .iter()
        .enumerate()
        .map(|(place, one)| changes[..place].iter().filter(|other| one.is_concurrent_with(other)).count());
    pairs.sum()
}

/// How many ones, items or characters a record has at the first leader.
fn held(cluster: &MultiLeader, key: &str) -> usize {
    let seen = cluster.leaders().next().map(|leader| leader.read(key)).unwrap_or_default();
    let Some(text) = seen.first() else { return 0 };
    match key.split_once('/').map(|(kind, _)| kind) {
        Some("number" | "counter") => text.parse().unwrap_or(0),
        Some("list") => text.split_whitespace().count(),
        Some("set") => text.split(',').filter(|item| *item != "{}").count(),
        _ => text.chars().count(),
    }
}

/// Of the changes of a plain record: how many are lost, and how many of these are later than one that stayed.
fn lost_of(cluster: &MultiLeader, key: &str, changes: &[&Change]) -> (usize, usize) {
    let resolution = &cluster.settings().resolution;
    let seen: BTreeSet<&Dot> = cluster
        .leaders()
        .filter_map(|leader| match leader.records().get(key) {
            Some(Record::Plain(versions)) => Some(resolution.survivors(versions)),
            _ => None,
        })
        .flatten()
        .collect();
    let replaced = |one: &Change| changes.iter().any(|other| other.replaces.contains(&one.id));
    let is_lost = |change: &Change| !seen.contains(&change.id) && !replaced(change);
    let lost: Vec<&Change> = changes.iter().copied().filter(|change| is_lost(change)).collect();
    // An earlier one is kept where the two meet.
    let beaten = |late: &Change| {
        changes.iter().any(|early| {
            let meet = early.is_concurrent_with(late) || late.seen.covers(&early.id);
            early.committed < late.committed && meet && !is_lost(early) && {
                let mut versions = vec![Version::of(early)];
                resolution.apply(&mut versions, late);
                let kept = resolution.survivors(&versions);
                kept.contains(&&early.id) && !kept.contains(&&late.id)
            }
        })
    };
    let later = lost.iter().filter(|change| beaten(change)).count();
    (lost.len(), later)
}

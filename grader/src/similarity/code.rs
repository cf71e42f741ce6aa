//! Texts of a class that have runs of tokens in common.

use std::collections::{BTreeMap, BTreeSet};

use super::{Grain, Token, grams, prints, tokens};

/// What counts as alike.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Sieve {
    /// How fine fingerprints are.
    pub grain: Grain,
    /// A pair is told of from this share of the smaller one's fingerprints on, in percent.
    pub at_least: u32,
    /// A fingerprint that more than this share of the class has is nobody's own, in percent.
    pub common: u32,
    /// A text with fewer fingerprints of its own is too short to say anything.
    pub shortest: usize,
}

impl Default for Sieve {
    fn default() -> Self {
        Self { grain: Grain::default(), at_least: 50, common: 10, shortest: 4 }
    }
}

/// So many may share a fingerprint also in a small class.
const FEW: usize = 4;

impl Sieve {
    /// How many of `learners` may share what still is their own.
    pub fn most(&self, learners: usize) -> usize {
        (learners * self.common as usize / 100).max(FEW)
    }
}

/// Two texts that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alike {
    /// The first one's place.
    pub a: usize,
    /// The second one's.
    pub b: usize,
    /// Fingerprints that both have.
    pub shared: usize,
    /// Fingerprints of the smaller one.
    pub of: usize,
}

impl Alike {
    /// The share of the smaller one, in percent.
    pub fn percent(&self) -> usize {
        self.shared * 100 / self.of.max(1)
    }
}

/// Lines of two texts with the same tokens, from 1 on, the last ones included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Run {
    /// In the first text.
    pub a: (usize, usize),
    /// In the second one.
    pub b: (usize, usize),
    /// How many tokens.
    pub tokens: usize,
}

/// Texts compared with each other.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Those that are alike, the most alike first.
    pub pairs: Vec<Alike>,
    read: Vec<Read>,
    grain: Grain,
}

impl Compared {
    /// Where the two of a pair have the same tokens.
    pub fn runs(&self, pair: &Alike) -> Vec<Run> {
        runs(&self.read[pair.a], &self.read[pair.b], self.grain)
    }
}

/// A text, its tokens, and the fingerprints that are its own.
#[derive(Clone, Debug)]
struct Read {
    tokens: Vec<Token>,
    /// With the first place of each.
    own: BTreeMap<u64, usize>,
}

/// Compares texts, each with each. What the stub has is nobody's own, nor what too many have. Takes time by the number of
/// texts, and by the number of pairs that share something rare.
pub fn compare(texts: &[&str], stub: Option<&str>, sieve: &Sieve) -> Compared {
    let given: BTreeSet<u64> = stub.into_iter().flat_map(|stub| grams(&tokens(stub), sieve.grain)).collect();
    let mut read: Vec<Read> = texts.iter().map(|text| read(text, &given, sieve.grain)).collect();
    let mut who: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (place, read) in read.iter().enumerate() {
        for hash in read.own.keys() {
            who.entry(*hash).or_default().push(place);
        }
    }
    let most = sieve.most(texts.len());
    for read in &mut read {
        read.own.retain(|hash, _| who[hash].len() <= most);
    }
    let mut shared: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for places in who.values().filter(|places| places.len() <= most) {
        for (nth, a) in places.iter().enumerate() {
            for b in &places[nth + 1..] {
                *shared.entry((*a, *b)).or_default() += 1;
            }
        }
    }
    let mut pairs: Vec<Alike> = shared
        .into_iter()
        .filter_map(|((a, b), shared)| {
            let of = read[a].own.len().min(read[b].own.len());
            let enough = of >= sieve.shortest && shared * 100 >= of * sieve.at_least as usize;
            enough.then_some(Alike { a, b, shared, of })
        })
        .collect();
    // By the share, exactly: one fraction is greater than the other.
    pairs.sort_by(|x, y| {
        let (left, right) = (x.shared * y.of, y.shared * x.of);
        right.cmp(&left).then(y.shared.cmp(&x.shared)).then((x.a, x.b).cmp(&(y.a, y.b)))
    });
    Compared { pairs, read, grain: sieve.grain }
}

fn read(text: &str, given: &BTreeSet<u64>, grain: Grain) -> Read {
    let tokens = tokens(text);
    let mut own = BTreeMap::new();
    for print in prints(&tokens, grain) {
        if !given.contains(&print.hash) {
            own.entry(print.hash).or_insert(print.at);
        }
    }
    Read { tokens, own }
}

/// Where both have the same tokens: around every fingerprint that they share, as far as it goes.
fn runs(a: &Read, b: &Read, grain: Grain) -> Vec<Run> {
    let mut shared: Vec<(usize, usize)> =
        a.own.iter().filter_map(|(hash, in_a)| Some((*in_a, *b.own.get(hash)?))).collect();
    shared.sort_unstable();
    let same = |at: usize, bt: usize| matches!((a.tokens.get(at), b.tokens.get(bt)), (Some(x), Some(y)) if x.code == y.code);
    // By their starts and lengths, in tokens.
    let mut found: Vec<(usize, usize, usize)> = Vec::new();
    for (at, bt) in shared {
        let is_in = |(start, other, length): &(usize, usize, usize)| {
            at >= *start && at < start + length && at - start + other == bt
        };
        if found.iter().any(is_in) {
            continue;
        }
        let back = (1..=at.min(bt)).take_while(|back| same(at - back, bt - back)).count();
        let on = (0..).take_while(|on| same(at + on, bt + on)).count();
        // Equal hashes of unequal tokens are no run.
        if on >= grain.gram {
            found.push((at - back, bt - back, back + on));
        }
    }
    let lines =
        |tokens: &[Token], start: usize, length: usize| (tokens[start].line, tokens[start + length - 1].line);
    let runs = found.into_iter().map(|(start, other, length)| Run {
        a: lines(&a.tokens, start, length),
        b: lines(&b.tokens, other, length),
        tokens: length,
    });
    runs.collect()
}

#[cfg(test)]
mod tests;

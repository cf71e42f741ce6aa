//! Fingerprints of a text by winnowing (Schleimer, Wilkerson, Aiken: *Winnowing: Local Algorithms for Document
//! Fingerprinting*, SIGMOD 2003).

use xxhash_rust::xxh3::Xxh3;

use super::Token;

/// How fine fingerprints are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Grain {
    /// Tokens that a fingerprint covers: nothing shorter is ever found.
    pub gram: usize,
    /// Of so many neighbouring grams at least one is a fingerprint.
    pub window: usize,
}

impl Default for Grain {
    /// Nothing below 12 tokens, everything from 17 on: some two lines of Rust.
    fn default() -> Self {
        Self { gram: 12, window: 6 }
    }
}

impl Grain {
    /// A common run of at least so many tokens is always found.
    pub fn found_from(self) -> usize {
        self.gram + self.window - 1
    }
}

/// A fingerprint of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Print {
    /// Of the tokens that it covers.
    pub hash: u64,
    /// The first of them.
    pub at: usize,
}

/// A hash for every run of `grain.gram` tokens.
pub fn grams(tokens: &[Token], grain: Grain) -> Vec<u64> {
    let hash = |run: &[Token]| {
        let mut hash = Xxh3::new();
        run.iter().for_each(|token| hash.update(&token.code.to_le_bytes()));
        hash.digest()
    };
    tokens.windows(grain.gram).map(hash).collect()
}

/// The fingerprints of a text in their order: of every window of grams the least, and of equal ones the one that the window
/// before has, else the last. A text with fewer grams than a window has one.
pub fn prints(tokens: &[Token], grain: Grain) -> Vec<Print> {
    let grams = grams(tokens, grain);
    let mut chosen: Vec<Print> = Vec::new();
    for start in 0..=grams.len().saturating_sub(grain.window) {
        let window = &grams[start..grams.len().min(start + grain.window)];
        let Some(least) = window.iter().min() else { break };
        let still = chosen.last().is_some_and(|print| print.hash == *least && print.at >= start);
        if !still {
            let last = window.iter().rposition(|hash| hash == least).unwrap_or_default();
            chosen.push(Print { hash: *least, at: start + last });
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// Few different tokens: runs repeat by chance too.
    fn text(length: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Token>> {
        proptest::collection::vec((0..6u64).prop_map(|code| Token { code, line: 1 }), length)
    }

    fn grain() -> impl Strategy<Value = Grain> {
        (1..8usize, 1..8usize).prop_map(|(gram, window)| Grain { gram, window })
    }

    fn hashes(tokens: &[Token], grain: Grain) -> BTreeSet<u64> {
        prints(tokens, grain).iter().map(|print| print.hash).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// The paper's guarantee.
        #[test]
        fn a_long_common_run_is_always_found(
            (grain, run) in grain().prop_flat_map(|grain| (Just(grain), text(grain.found_from()..grain.found_from() + 20))),
            around in [text(0..30), text(0..30), text(0..30), text(0..30)],
        ) {
            let [a, b, c, d] = around;
            let one = hashes(&[a, run.clone(), b].concat(), grain);
            let other = hashes(&[c, run, d].concat(), grain);
            prop_assert!(!one.is_disjoint(&other));
        }

        /// Nor is anything found that is shorter than a gram.
        #[test]
        fn what_is_found_is_as_long_as_a_gram(one in text(0..60), other in text(0..60), grain in grain()) {
            for a in prints(&one, grain) {
                for b in prints(&other, grain).iter().filter(|b| b.hash == a.hash) {
                    prop_assert_eq!(&one[a.at..a.at + grain.gram], &other[b.at..b.at + grain.gram]);
                }
            }
        }

        /// No window is without one, and they are in order.
        #[test]
        fn every_window_has_a_print(tokens in text(0..80), grain in grain()) {
            let at: Vec<usize> = prints(&tokens, grain).iter().map(|print| print.at).collect();
            prop_assert!(at.windows(2).all(|two| two[0] < two[1]), "{at:?}");
            for start in 0..(tokens.len() + 1).saturating_sub(grain.found_from()) {
                prop_assert!(at.iter().any(|at| (start..start + grain.window).contains(at)), "{start}: {at:?}");
            }
        }
    }
}

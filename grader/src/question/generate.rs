//! Questions whose figures are drawn from a seed, and whose right value is computed.
//!
//! A generator also computes what the known mistakes would yield for the same figures, so that a wrong answer
//! can be told from its value.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// One drawing: figures, the right value, and what each known mistake yields.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// The figures by name, as the prompt shows them.
    pub figures: BTreeMap<&'static str, String>,
    /// The right value.
    pub right: f64,
    /// What each known mistake yields, most telling first; a mistake that happens to hit the right value counts as right.
    pub mistakes: Vec<(&'static str, f64)>,
}

/// A named way to draw.
#[derive(Clone, Copy)]
pub struct Generator {
    /// The names of the figures that the texts may use in braces.
    pub figures: &'static [&'static str],
    /// The mistakes that it recognises; the bank must explain each.
    pub mistakes: &'static [&'static str],
    /// Draws the figures for a seed.
    pub draw: fn(u64) -> Drawing,
}

/// The generator of this name.
pub fn generator(name: &str) -> Option<Generator> {
    match name {
        "stale-probability" => Some(STALE_PROBABILITY),
        _ => None,
    }
}

const STALE_PROBABILITY: Generator = Generator {
    figures: &["n", "w", "r", "stale", "all_stale_sets", "sets", "right", "overlap"],
    mistakes: &["complement", "one-replica", "with-replacement", "one-set", "percent"],
    draw: stale_probability,
};

/// P(stale) = C(N−W, R) / C(N, R): a write held by exactly W of N replicas, a read that asks R of them at random.
fn stale_probability(seed: u64) -> Drawing {
    // R = 1 is left out: there the careless ways of computing agree with the right one.
    let settings: Vec<(u64, u64, u64)> = (4..=7)
        .flat_map(|n| (1..n).flat_map(move |w| (2..n).map(move |r| (n, w, r))))
        .filter(|(n, w, r)| w + r <= n + 1)
        .collect();
    let (n, w, r) = settings[pick(seed, "stale-probability", settings.len())];
    let sets = choose(n, r);
    let all_stale = choose(n - w, r);
    let right = all_stale as f64 / sets as f64;
    let one = (n - w) as f64 / n as f64;
    let overlap = if w + r > n {
        format!("{w} + {r} > {n}: every read set meets the write")
    } else {
        format!("{w} + {r} ≤ {n}: a read set can miss the write")
    };
    Drawing {
        figures: BTreeMap::from([
            ("n", n.to_string()),
            ("w", w.to_string()),
            ("r", r.to_string()),
            ("stale", (n - w).to_string()),
            ("all_stale_sets", all_stale.to_string()),
            ("sets", sets.to_string()),
            ("right", format!("{right:.3}")),
            ("overlap", overlap),
        ]),
        right,
        mistakes: vec![
            ("complement", 1.0 - right),
            ("one-replica", one),
            ("with-replacement", one.powi(i32::try_from(r).expect("r is below 7"))),
            ("one-set", 1.0 / sets as f64),
            ("percent", right * 100.0),
        ],
    }
}

/// How many sets of `k` can be taken from `n`.
fn choose(n: u64, k: u64) -> u64 {
    if k > n { 0 } else { (0..k).fold(1, |sets, i| sets * (n - i) / (i + 1)) }
}

/// A number below `below`: a hash of the seed, the same on every machine and in every release.
fn pick(seed: u64, label: &str, below: usize) -> usize {
    usize::try_from(xxh3_64_with_seed(label.as_bytes(), seed) % below as u64).expect("below a length")
}

/// `text` with each `{figure}` replaced.
pub fn fill(text: &str, figures: &BTreeMap<&'static str, String>) -> String {
    figures.iter().fold(text.to_string(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// The names in braces that `text` uses.
pub fn placeholders(text: &str) -> Vec<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The right value by counting every read set, the writes on the first w replicas.
    fn counted(n: u32, w: u32, r: u32) -> f64 {
        let sets: Vec<u32> = (0..1u32 << n).filter(|set| set.count_ones() == r).collect();
        let stale = sets.iter().filter(|&&set| set & ((1 << w) - 1) == 0).count();
        stale as f64 / sets.len() as f64
    }

    #[test]
    fn every_drawing_agrees_with_counting_all_read_sets() {
        for seed in 0..300 {
            let drawing = stale_probability(seed);
            let figure = |name: &str| drawing.figures[name].parse().expect("a number");
            let by_counting = counted(figure("n"), figure("w"), figure("r"));
            assert!((drawing.right - by_counting).abs() < 1e-12, "{drawing:?} but counted {by_counting}");
        }
    }

    #[test]
    fn drawings_vary_and_some_overlap() {
        let drawings: Vec<Drawing> = (0..60).map(stale_probability).collect();
        assert!(drawings.iter().any(|d| d.right == 0.0));
        assert!(drawings.iter().any(|d| d.right > 0.3));
        let kinds: std::collections::BTreeSet<String> =
            drawings.iter().map(|d| format!("{:?}", d.figures)).collect();
        assert!(kinds.len() > 20, "only {} settings", kinds.len());
    }

    #[test]
    fn a_drawing_names_what_the_generator_declares() {
        let drawing = (STALE_PROBABILITY.draw)(1);
        assert!(drawing.figures.keys().all(|name| STALE_PROBABILITY.figures.contains(name)));
        assert_eq!(drawing.figures.len(), STALE_PROBABILITY.figures.len());
        let names: Vec<&str> = drawing.mistakes.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, STALE_PROBABILITY.mistakes);
    }
}

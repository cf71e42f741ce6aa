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
        "last-write-wins" => Some(LAST_WRITE_WINS),
        "concurrent-vectors" => Some(CONCURRENT_VECTORS),
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

const LAST_WRITE_WINS: Generator = Generator {
    figures: &["a", "b", "at_a", "at_b", "off_a", "off_b", "stamp_a", "stamp_b", "right", "which"],
    mistakes: &["true-time", "sign", "sum"],
    draw: last_write_wins,
};

/// Two nodes write a number each, at true times and by clocks that are off; the larger stamp stays, of equal ones that
/// of the larger node name, which is B.
fn last_write_wins(seed: u64) -> Drawing {
    let draw = |label: &str, below: usize| pick(seed, &format!("last-write-wins {label}"), below) as i64;
    let (a, b) = (11 + draw("a", 40), 61 + draw("b", 30));
    // In milliseconds after ten o'clock. Half of the drawings let the offsets turn the order round.
    let (at_a, gap) = (100 + 10 * draw("at", 10), 10 * (1 + draw("gap", 20)));
    let a_is_first = draw("first", 2) == 0;
    let (at_a, at_b) = if a_is_first { (at_a, at_a + gap) } else { (at_a + gap, at_a) };
    // How far the stamps are apart, in favour of the earlier one or of the later one, or not at all.
    let lead = [-10 * (1 + draw("lead", 20)), 0, 10 * (1 + draw("lead", 20)), -10 * (1 + draw("lead", 20))]
        [draw("kind", 4) as usize];
    let sign = if a_is_first { 1 } else { -1 };
    let off_b = 10 * (draw("off", 21) - 10);
    let off_a = (at_b + off_b) - (at_a + sign * lead);
    let (stamp_a, stamp_b) = (at_a + off_a, at_b + off_b);
    let winner = |a_wins: bool| if a_wins { a } else { b };
    let right = winner(stamp_a > stamp_b);
    let signed = |ms: i64| if ms < 0 { format!("−{}", -ms) } else { format!("+{ms}") };
    let which = match stamp_a.cmp(&stamp_b) {
        std::cmp::Ordering::Equal => "the stamps are equal, and B is the larger name",
        std::cmp::Ordering::Greater => "A's stamp is the larger one",
        std::cmp::Ordering::Less => "B's stamp is the larger one",
    };
    Drawing {
        figures: BTreeMap::from([
            ("a", a.to_string()),
            ("b", b.to_string()),
            ("at_a", at_a.to_string()),
            ("at_b", at_b.to_string()),
            ("off_a", signed(off_a)),
            ("off_b", signed(off_b)),
            ("stamp_a", stamp_a.to_string()),
            ("stamp_b", stamp_b.to_string()),
            ("right", right.to_string()),
            ("which", which.to_owned()),
        ]),
        right: right as f64,
        mistakes: vec![
            ("true-time", winner(at_a > at_b) as f64),
            ("sign", winner(at_a - off_a > at_b - off_b) as f64),
            ("sum", (a + b) as f64),
        ],
    }
}

const CONCURRENT_VECTORS: Generator = Generator {
    figures: &["p1", "p2", "p3", "p4", "p5", "p6", "r1", "r2", "r3", "r4", "r5", "r6", "right"],
    mistakes: &["equal-counts", "absent-is-concurrent", "absent-is-skipped"],
    draw: concurrent_vectors,
};

/// How one version vector stands to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Before,
    After,
    Equal,
    Concurrent,
}

/// Slots A to D: the counter, or nothing if the slot is absent.
type Slots = [Option<u64>; 4];

/// By the slots that count; an absent one counts as 0.
fn compare(left: &Slots, right: &Slots, counts: impl Fn(usize) -> bool) -> Standing {
    let slots = |slots: &Slots| -> Vec<u64> {
        slots.iter().enumerate().filter(|(at, _)| counts(*at)).map(|(_, slot)| slot.unwrap_or(0)).collect()
    };
    let (left, right) = (slots(left), slots(right));
    let some_less = left.iter().zip(&right).any(|(left, right)| left < right);
    let some_more = left.iter().zip(&right).any(|(left, right)| left > right);
    match (some_less, some_more) {
        (true, false) => Standing::Before,
        (false, true) => Standing::After,
        (false, false) => Standing::Equal,
        (true, true) => Standing::Concurrent,
    }
}

/// Six pairs of version vectors, each of the four outcomes as likely: how many are concurrent?
fn concurrent_vectors(seed: u64) -> Drawing {
    let pairs: Vec<(Slots, Slots)> = (0..6).map(|pair| vector_pair(seed, pair)).collect();
    let count = |of: &dyn Fn(&(Slots, Slots)) -> bool| pairs.iter().filter(|pair| of(pair)).count() as f64;
    let standing = |(left, right): &(Slots, Slots)| compare(left, right, |_| true);
    let same_slots =
        |(left, right): &(Slots, Slots)| (0..4).all(|at| left[at].is_some() == right[at].is_some());
    let concurrent = |pair: &(Slots, Slots)| standing(pair) == Standing::Concurrent;
    let right = count(&concurrent);
    let mut figures = BTreeMap::from([("right", format!("{right}"))]);
    let names = CONCURRENT_VECTORS.figures;
    for (at, pair) in pairs.iter().enumerate() {
        figures.insert(names[at], format!("{} and {}", shown(&pair.0), shown(&pair.1)));
        let told = match standing(pair) {
            Standing::Before => "the first is before the second",
            Standing::After => "the second is before the first",
            Standing::Equal => "equal",
            Standing::Concurrent => "concurrent",
        };
        figures.insert(names[at + 6], told.to_owned());
    }
    Drawing {
        figures,
        right,
        mistakes: vec![
            ("equal-counts", count(&|pair| concurrent(pair) || standing(pair) == Standing::Equal)),
            ("absent-is-concurrent", count(&|pair| concurrent(pair) || !same_slots(pair))),
            (
                "absent-is-skipped",
                count(&|(left, right)| {
                    let both = |at: usize| left[at].is_some() && right[at].is_some();
                    compare(left, right, both) == Standing::Concurrent
                }),
            ),
        ],
    }
}

/// A pair with one of the four outcomes, drawn first; some slots are absent.
fn vector_pair(seed: u64, pair: usize) -> (Slots, Slots) {
    let wanted = [Standing::Before, Standing::After, Standing::Equal, Standing::Concurrent]
        [pick(seed, &format!("concurrent-vectors outcome {pair}"), 4)];
    for attempt in 0..10_000 {
        let draw = |slot: usize| match pick(seed, &format!("concurrent-vectors {pair} {attempt} {slot}"), 5) {
            0 => None,
            counter => Some(counter as u64),
        };
        let width = 2 + pick(seed, &format!("concurrent-vectors width {pair}"), 3);
        let slots = |from: usize| -> Slots {
            [0, 1, 2, 3].map(|slot| if slot < width { draw(from + slot) } else { None })
        };
        let (left, right) = (slots(0), slots(4));
        let some = |slots: &Slots| slots.iter().any(Option::is_some);
        let right = if wanted == Standing::Equal { left } else { right };
        if some(&left) && some(&right) && compare(&left, &right, |_| true) == wanted {
            return (left, right);
        }
    }
    // Ten thousand draws of each kind always hold one.
    ([Some(1), None, None, None], [None, Some(1), None, None])
}

fn shown(slots: &Slots) -> String {
    let named = ["A", "B", "C", "D"].iter().zip(slots);
    let slots: Vec<String> =
        named.filter_map(|(name, slot)| slot.map(|slot| format!("{name}:{slot}"))).collect();
    format!("({})", slots.join(", "))
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
        for generator in [STALE_PROBABILITY, LAST_WRITE_WINS, CONCURRENT_VECTORS] {
            let drawing = (generator.draw)(1);
            assert!(drawing.figures.keys().all(|name| generator.figures.contains(name)));
            assert_eq!(drawing.figures.len(), generator.figures.len());
            let names: Vec<&str> = drawing.mistakes.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, generator.mistakes);
        }
    }

    #[test]
    fn the_larger_stamp_stays_and_every_kind_of_skew_is_drawn() {
        let (mut ties, mut turned, mut kept) = (0, 0, 0);
        for seed in 0..200 {
            let drawing = last_write_wins(seed);
            let number =
                |name: &str| drawing.figures[name].replace('−', "-").parse::<i64>().expect("a number");
            let stamp = |node: &str| number(&format!("at_{node}")) + number(&format!("off_{node}"));
            assert_eq!((stamp("a"), stamp("b")), (number("stamp_a"), number("stamp_b")));
            let wins = if stamp("a") > stamp("b") { "a" } else { "b" };
            assert_eq!(drawing.right, number(wins) as f64);
            ties += u32::from(stamp("a") == stamp("b"));
            let later = if number("at_a") > number("at_b") { "a" } else { "b" };
            *(if wins == later { &mut kept } else { &mut turned }) += 1;
        }
        assert!(ties > 20 && turned > 50 && kept > 30, "{ties} {turned} {kept}");
    }

    #[test]
    fn all_four_outcomes_of_a_pair_are_as_likely() {
        let mut outcomes = BTreeMap::<String, u32>::new();
        for seed in 0..200 {
            let drawing = concurrent_vectors(seed);
            let told: Vec<&str> =
                ["r1", "r2", "r3", "r4", "r5", "r6"].map(|name| &drawing.figures[name][..]).into();
            assert_eq!(told.iter().filter(|told| **told == "concurrent").count() as f64, drawing.right);
            told.into_iter().for_each(|told| *outcomes.entry(told.to_owned()).or_default() += 1);
        }
        assert_eq!(outcomes.len(), 4);
        assert!(outcomes.values().all(|times| (230..370).contains(times)), "{outcomes:?}");
    }
}

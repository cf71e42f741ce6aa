//! What was published, and the lab's values beside it.

use super::cluster::ClusterRun;
use super::fit::Fit;
use super::versions::{VersionRun, within};
use super::wars::{Measured, Wars};
use crate::published::estimate::Estimate;
use crate::published::{Row, Section, Settings, Tolerance};
use crate::quorum::facts;

/// One (R, W) of one fit, N = 3: what the paper's Table 4 has, if it has it, and the reference. Lr, Lw and t in ms,
/// at 99.9 %; the share of fresh reads at each of [`TIMES_MS`].
struct Entry {
    r: usize,
    w: usize,
    published: Option<[f64; 3]>,
    reference: [f64; 3],
    fresh: [f64; 5],
}

const fn entry(
    r: usize,
    w: usize,
    published: Option<[f64; 3]>,
    reference: [f64; 3],
    fresh: [f64; 5],
) -> Entry {
    Entry { r, w, published, reference, fresh }
}

/// When reads start after the commit.
const TIMES_MS: [f64; 5] = [0.0, 1.0, 5.0, 10.0, 100.0];

/// All reads are fresh, because the quorums overlap.
const FRESH: [f64; 5] = [1.0; 5];

/// References: Monte-Carlo runs of thirty million trials, written apart from the lab, with another generator.
const LNKD_SSD: [Entry; 9] = [
    entry(1, 1, Some([0.66, 0.66, 1.85]), [0.6554, 0.6546, 1.970], [0.97362, 0.99501, 0.99999, 1.0, 1.0]),
    entry(1, 2, Some([0.66, 1.63, 1.79]), [0.6554, 1.6326, 1.855], [0.9783, 0.99588, 0.99999, 1.0, 1.0]),
    entry(1, 3, Some([0.65, 4.09, 0.0]), [0.6554, 4.1211, 0.0], FRESH),
    entry(2, 1, Some([1.63, 0.65, 0.0]), [1.6323, 0.6546, 0.0], [0.99942, 0.99998, 1.0, 1.0, 1.0]),
    entry(2, 2, Some([1.62, 1.64, 0.0]), [1.6323, 1.6326, 0.0], FRESH),
    entry(2, 3, None, [1.6323, 4.1211, 0.0], FRESH),
    entry(3, 1, Some([4.14, 0.65, 0.0]), [4.1052, 0.6546, 0.0], FRESH),
    entry(3, 2, None, [4.1052, 1.6326, 0.0], FRESH),
    entry(3, 3, None, [4.1052, 4.1211, 0.0], FRESH),
];

const LNKD_DISK: [Entry; 9] = [
    entry(
        1,
        1,
        Some([0.66, 10.99, 45.5]),
        [0.6546, 10.934, 51.83],
        [0.43675, 0.58335, 0.81809, 0.92621, 0.99962],
    ),
    entry(
        1,
        2,
        Some([0.65, 20.97, 43.3]),
        [0.6546, 20.939, 47.92],
        [0.71277, 0.77236, 0.89425, 0.95617, 0.99965],
    ),
    entry(1, 3, Some([0.65, 112.65, 0.0]), [0.6546, 111.6, 0.0], FRESH),
    entry(2, 1, Some([1.63, 10.9, 13.6]), [1.6329, 10.934, 14.13], [0.76278, 0.86973, 0.97492, 0.99585, 1.0]),
    entry(2, 2, Some([1.64, 20.96, 0.0]), [1.6329, 20.939, 0.0], FRESH),
    entry(2, 3, None, [1.6329, 111.6, 0.0], FRESH),
    entry(3, 1, Some([4.12, 10.89, 0.0]), [4.1146, 10.934, 0.0], FRESH),
    entry(3, 2, None, [4.1146, 20.939, 0.0], FRESH),
    entry(3, 3, None, [4.1146, 111.6, 0.0], FRESH),
];

const YMMR: [Entry; 9] = [
    entry(
        1,
        1,
        Some([5.58, 10.83, 1364.0]),
        [5.5958, 10.779, 1458.1],
        [0.89301, 0.91104, 0.93408, 0.93988, 0.95489],
    ),
    entry(
        1,
        2,
        Some([5.61, 427.12, 1352.0]),
        [5.5958, 432.44, 1434.0],
        [0.91932, 0.92808, 0.94057, 0.94434, 0.95782],
    ),
    entry(1, 3, Some([5.63, 1870.86, 0.0]), [5.5958, 1863.7, 0.0], FRESH),
    entry(
        2,
        1,
        Some([32.6, 10.73, 202.0]),
        [32.924, 10.779, 217.46],
        [0.99097, 0.99342, 0.996, 0.99658, 0.99807],
    ),
    entry(2, 2, Some([33.18, 428.11, 0.0]), [32.924, 432.44, 0.0], FRESH),
    entry(2, 3, None, [32.924, 1863.7, 0.0], FRESH),
    entry(3, 1, Some([219.27, 10.79, 0.0]), [219.33, 10.779, 0.0], FRESH),
    entry(3, 2, None, [219.33, 432.44, 0.0], FRESH),
    entry(3, 3, None, [219.33, 1863.7, 0.0], FRESH),
];

const WAN: [Entry; 9] = [
    entry(
        1,
        1,
        Some([3.4, 55.12, 113.0]),
        [3.4336, 54.86, 115.77],
        [0.33368, 0.33369, 0.33372, 0.33377, 0.99615],
    ),
    entry(
        1,
        2,
        Some([3.4, 167.64, 0.0]),
        [3.4336, 167.61, 0.0],
        [0.99957, 0.99958, 0.99961, 0.99964, 0.99986],
    ),
    entry(1, 3, Some([3.44, 241.55, 0.0]), [3.4336, 241.0, 0.0], FRESH),
    entry(
        2,
        1,
        Some([151.3, 56.36, 30.2]),
        [151.30, 54.86, 30.794],
        [0.85869, 0.89291, 0.95214, 0.98045, 1.0],
    ),
    entry(2, 2, Some([151.31, 167.72, 0.0]), [151.30, 167.61, 0.0], FRESH),
    entry(2, 3, None, [151.30, 241.0, 0.0], FRESH),
    entry(3, 1, Some([153.86, 55.19, 0.0]), [153.86, 54.86, 0.0], FRESH),
    entry(3, 2, None, [153.86, 167.61, 0.0], FRESH),
    entry(3, 3, None, [153.86, 241.0, 0.0], FRESH),
];

/// The paper's text on fresh reads, R = W = 1: fit, time after the commit in ms, and share.
const TEXT: [(Fit, f64, f64); 3] =
    [(Fit::LNKD_SSD, 0.0, 0.974), (Fit::LNKD_DISK, 0.0, 0.439), (Fit::LNKD_DISK, 10.0, 0.925)];

/// The 99.9th percentile.
const SHARE: f64 = 0.999;

/// Times around the t-visibility of the direct run at which the cluster is read. They decide where the cluster is
/// asked, not what it answers.
const AROUND: [f64; 5] = [0.72, 0.85, 1.0, 1.18, 1.4];

/// All rows about staleness.
pub fn rows(settings: &Settings) -> Vec<Row> {
    let tables =
        [(Fit::LNKD_SSD, &LNKD_SSD), (Fit::LNKD_DISK, &LNKD_DISK), (Fit::YMMR, &YMMR), (Fit::WAN, &WAN)];
    let Settings { trials, seed } = *settings;
    let mut rows = Vec::new();
    for (fit, entries) in tables {
        let direct = Wars { trials, seed, times_ms: TIMES_MS.into(), ..Wars::new(fit) }.run();
        for (entry, direct) in entries.iter().zip(&direct) {
            rows.extend(latency_rows(&fit, entry, "direct", direct));
            // Who is fresh at the commit is fresh for ever.
            let times = if entry.fresh == FRESH { 1 } else { TIMES_MS.len() };
            rows.extend((0..times).map(|i| fresh_row(&fit, entry, i, "direct", direct.fresh[i])));
            let cluster = on_the_cluster(&fit, direct, settings);
            rows.extend(latency_rows(&fit, entry, "cluster", &cluster));
            rows.push(fresh_row(&fit, entry, 0, "cluster", cluster.fresh[0]));
        }
    }
    rows.push(after_10_ms(settings));
    rows.extend(version_rows(settings));
    rows
}

/// The latencies and the t-visibility of a cell, by either means.
fn latency_rows(fit: &Fit, entry: &Entry, means: &str, measured: &Measured) -> [Row; 3] {
    debug_assert_eq!((entry.r, entry.w), (measured.r, measured.w), "both go by R and then by W");
    let (name, r, w) = (fit.name, entry.r, entry.w);
    let row = |i: usize, quantity: &str, measured: Estimate, tolerance: f64| {
        let what = format!("{name} R={r} W={w}: {quantity}, ms ({means})");
        let row = Row::number(Section::Staleness, what, measured);
        let row = row.published(entry.published.map(|published| published[i]));
        row.reference(entry.reference[i]).within(Tolerance::Relative(tolerance))
    };
    let at_t = match (fit.name, r) {
        ("LNKD-DISK", 1) => 0.08,
        ("LNKD-DISK", _) => 0.03,
        _ => 0.04,
    };
    // What is nowhere near the times that the cluster was asked at is no number, and does not hold.
    let visibility = measured.visibility.unwrap_or(Estimate::exact(f64::NAN));
    [
        row(0, "Lr", measured.read_latency, 0.03),
        row(1, "Lw", measured.write_latency, 0.03),
        row(2, "t", visibility, at_t),
    ]
}

/// The share of fresh reads at the `i`-th of the times.
fn fresh_row(fit: &Fit, entry: &Entry, i: usize, means: &str, measured: Estimate) -> Row {
    let (name, r, w, time) = (fit.name, entry.r, entry.w, TIMES_MS[i]);
    let when = if i == 0 { "at the commit".to_owned() } else { format!("{time} ms after the commit") };
    let in_text = |text: &&(Fit, f64, f64)| (text.0, text.1) == (*fit, time) && (r, w) == (1, 1);
    let what = format!("{name} R={r} W={w}: P(fresh) {when} ({means})");
    Row::number(Section::Staleness, what, measured)
        .published(TEXT.iter().find(in_text).map(|text| text.2))
        .reference(entry.fresh[i])
        .within(Tolerance::Absolute(0.002))
}

/// The cluster with the R and W of a direct run.
fn on_the_cluster(fit: &Fit, direct: &Measured, settings: &Settings) -> Measured {
    let Settings { trials, seed } = *settings;
    let (r, w) = (direct.r, direct.w);
    // Where quorums overlap no read is stale: only the latencies are uncertain.
    let trials = if r + w > 3 { (trials / 4).max(100_000).min(trials) } else { trials };
    let visibility = direct.visibility.map_or(0.0, |visibility| visibility.value);
    let around = AROUND.iter().filter(|_| visibility > 0.0).map(|factor| factor * visibility);
    let times_ms = std::iter::once(0.0).chain(around).collect();
    let run = ClusterRun { fit: *fit, n: 3, r, w, trials, share: SHARE, times_ms, seed };
    run.run().expect("N is 3, both quorums are from 1 to 3, and all times are finite")
}

/// The one later time that the paper's text names, on the cluster.
fn after_10_ms(settings: &Settings) -> Row {
    let Settings { trials, seed } = *settings;
    let (fit, i) = (Fit::LNKD_DISK, 3);
    let run = ClusterRun { fit, n: 3, r: 1, w: 1, trials, share: SHARE, times_ms: vec![TIMES_MS[i]], seed };
    let observed = run.run().expect("N is 3 and both quorums are 1");
    fresh_row(&fit, &LNKD_DISK[0], i, "cluster", observed.fresh[0])
}

/// Staleness in versions: (N, R, W), k and the published chance that a read returns one of the last k versions.
const WITHIN: [(u32, u32, u32, u32, Option<f64>); 9] = [
    (3, 1, 1, 1, Some(0.3333)),
    (3, 1, 1, 2, Some(0.5556)),
    (3, 1, 1, 3, Some(0.7037)),
    (3, 1, 1, 5, None),
    (3, 1, 2, 1, None),
    (3, 2, 1, 1, None),
    (3, 2, 1, 2, None),
    (5, 2, 2, 1, None),
    (3, 2, 2, 1, None),
];

fn version_rows(settings: &Settings) -> Vec<Row> {
    let formula = |n, r, w, k| within(n, r, w, k).expect("quorums from 1 to N");
    let mut rows = Vec::new();
    for (n, r, w, k, published) in WITHIN {
        let what = format!("N={n} R={r} W={w}: P(within k={k} versions)");
        let exact = Estimate::exact(formula(n, r, w, k));
        if let Some(published) = published {
            let row = Row::number(Section::Staleness, format!("{what} (formula)"), exact);
            // As many digits as were published.
            rows.push(row.published(Some(published)).within(Tolerance::Absolute(5e-5)));
        }
        let run = VersionRun { n, r, w, k, trials: (settings.trials / 20).max(1_000), seed: settings.seed };
        let measured = run.run().expect("quorums from 1 to N, and N is small");
        let row = Row::number(Section::Staleness, format!("{what} (cluster)"), measured).published(published);
        rows.push(row.reference(exact.value).within(Tolerance::Absolute(0.002)));
    }
    let missed = facts(100, 30, 30).expect("quorums from 1 to N").stale_probability;
    let row = Row::number(Section::Staleness, "N=100 R=30 W=30: P(miss) (formula)", Estimate::exact(missed));
    rows.push(row.published(Some(1.88e-6)).within(Tolerance::Absolute(0.005e-6)));
    rows
}

//! How long operations take: the whole distribution, with its tail.

use super::chart::short;
use super::plot::{Axis, Curve, plot};
use super::{Figure, Table};
use crate::time::Time;

/// The percentiles that are marked and told, and how many operations it needs at least to know them.
const PERCENTILES: [(&str, f64, usize); 4] =
    [("p50", 0.5, 2), ("p90", 0.9, 10), ("p99", 0.99, 100), ("p99.9", 0.999, 1_000)];

/// Beyond 99.99 % nothing is drawn.
const MOST_NINES: f64 = 4.0;

/// Steps in which a curve is drawn.
const STEPS: usize = 240;

/// The latency that a share of the operations does not exceed (nearest rank); nothing of none.
pub fn percentile(ascending: &[Time], share: f64) -> Option<Time> {
    let rank = libm::ceil(share * ascending.len() as f64) as usize;
    ascending.get(rank.max(1) - 1).copied()
}

/// Distributions of latencies, each a curve: to the right the latency, logarithmic; upwards the share of operations
/// that were at least as fast, drawn so that the slowest tenth, hundredth and thousandth have as much room as the
/// rest. The percentiles 50, 90, 99 and 99.9 are marked, and stand in a table, which is the text form. One that so
/// few operations don't tell, such as 99.9 of less than a thousand, is left out.
///
/// # Examples
/// ```
/// use replication_lab::time::Time;
/// use replication_lab::view::LatencyChart;
///
/// let reads = (1..=100).map(Time::ms);
/// let chart = LatencyChart::new("Latency").series("reads", reads);
/// assert!(chart.figure().as_text().contains("| reads  | 100        | 50 ms | 90 ms | 99 ms | –     | 100 ms |"));
/// ```
#[derive(Clone, Debug)]
pub struct LatencyChart {
    title: String,
    series: Vec<(String, Vec<Time>)>,
}

impl LatencyChart {
    /// A chart without series.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), series: Vec::new() }
    }

    /// One distribution more, from latencies in any order.
    pub fn series(mut self, name: impl Into<String>, latencies: impl IntoIterator<Item = Time>) -> Self {
        let mut latencies: Vec<Time> = latencies.into_iter().collect();
        latencies.sort_unstable();
        self.series.push((name.into(), latencies));
        self
    }

    /// Both forms.
    pub fn figure(&self) -> Figure {
        let picture = match self.draw() {
            Ok(document) => Figure::svg(&document, &self.title, &self.title),
            Err(error) => Figure::text(format!("{} (no picture: {error})", self.title)),
        };
        picture.beside(self.table().figure())
    }

    fn table(&self) -> Table {
        let header = ["series", "operations"].into_iter().chain(PERCENTILES.map(|(name, _, _)| name));
        let table = Table::new(header.chain(["most"]));
        self.series.iter().fold(table, |table, (name, latencies)| {
            let tell = |latency: Option<Time>| latency.map_or("–".to_owned(), in_words);
            let percentiles = PERCENTILES.iter().map(|(_, share, least)| {
                tell(percentile(latencies, *share).filter(|_| latencies.len() >= *least))
            });
            let row = [name.clone(), latencies.len().to_string()].into_iter().chain(percentiles);
            table.row(row.chain([tell(latencies.last().copied())]))
        })
    }

    fn draw(&self) -> Result<String, String> {
        let all = || self.series.iter().flat_map(|(_, latencies)| latencies.iter().map(|l| decades(*l)));
        let low = all().reduce(f64::min).unwrap_or(0.0) - 0.05;
        let high = all().reduce(f64::max).unwrap_or(1.0) + 0.1;
        let most = self.series.iter().map(|(_, latencies)| latencies.len()).max().unwrap_or(0);
        let x = Axis {
            name: "latency (logarithmic)",
            low,
            high,
            ticks: round_latencies(low, high),
            tell: &|x| in_words(Time::drawn_ms(libm::pow(10.0, x))),
        };
        let y = Axis {
            name: "operations at least as fast",
            low: 0.0,
            high: nines(most).clamp(1.0, MOST_NINES) + 0.2,
            ticks: PERCENTILES.iter().map(|(_, share, _)| height(*share)).collect(),
            tell: &|y| {
                let near = PERCENTILES.iter().find(|(_, share, _)| (height(*share) - y).abs() < 0.01);
                near.map_or(String::new(), |(name, _, _)| (*name).to_owned())
            },
        };
        let curves = self.series.iter().map(|(name, latencies)| {
            let known = PERCENTILES.iter().filter(|(_, _, least)| latencies.len() >= *least);
            let marks = known
                .filter_map(|(_, share, _)| Some((decades(percentile(latencies, *share)?), height(*share))));
            Curve { name, points: curve(latencies), marks: marks.collect() }
        });
        plot(&self.title, &x, &y, &curves.collect::<Vec<_>>())
    }
}

crate::shown_in_notebooks!(LatencyChart);

/// A latency on the logarithmic axis; none is drawn below a microsecond.
fn decades(latency: Time) -> f64 {
    libm::log10(latency.as_ms().max(0.001))
}

/// How far up the share of operations is that are at least as fast: each nine of it is one step.
fn height(share: f64) -> f64 {
    -libm::log10(1.0 - share)
}

/// How far up the last of so many operations is.
fn nines(operations: usize) -> f64 {
    libm::log10(operations.max(1) as f64)
}

fn curve(ascending: &[Time]) -> Vec<(f64, f64)> {
    let top = nines(ascending.len()).min(MOST_NINES);
    let points = (0..=STEPS).filter_map(|step| {
        let y = top * step as f64 / STEPS as f64;
        // Rounding must not take the first step before the first operation.
        let share = (1.0 - libm::pow(10.0, -y)).clamp(1e-12, 1.0);
        Some((decades(percentile(ascending, share)?), y))
    });
    points.collect()
}

/// 1, 2, 5, 10, … of a millisecond, or powers of ten if that were too many.
fn round_latencies(low: f64, high: f64) -> Vec<f64> {
    let factors: &[f64] = if high - low > 3.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let decades = libm::floor(low) as i32..=libm::ceil(high) as i32;
    let all =
        decades.flat_map(|decade| factors.iter().map(move |factor| libm::log10(*factor) + f64::from(decade)));
    all.filter(|x| *x >= low && *x <= high).collect()
}

fn in_words(latency: Time) -> String {
    match latency.as_us() {
        us if us >= 1_000_000 => format!("{} s", short(us as f64 / 1e6)),
        us if us >= 1_000 || us == 0 => format!("{} ms", short(us as f64 / 1e3)),
        us => format!("{us} µs"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latencies(count: u64) -> impl Iterator<Item = Time> {
        // A tail: one in fifty is slow.
        (0..count).map(|i| if i % 50 == 49 { Time::ms(20 + i % 17) } else { Time::us(700 + i % 97 * 13) })
    }

    #[test]
    fn percentiles_of_two_distributions() {
        let chart = LatencyChart::new("Latency of reads").series("R = 1", latencies(5_000));
        let figure = chart.series("R = 3", latencies(150).map(|l| l + l)).figure();
        insta::assert_snapshot!(figure.as_text());
    }

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let ascending: Vec<Time> = (1..=10).map(Time::ms).collect();
        let at = |share| percentile(&ascending, share).map(Time::as_ms);
        assert_eq!([0.0, 0.1, 0.11, 0.5, 1.0].map(at), [1.0, 1.0, 2.0, 5.0, 10.0].map(Some));
        assert_eq!(percentile(&[], 0.5), None);
    }

    #[test]
    fn curves_ascend() {
        for count in [1, 2, 9, 1_000] {
            let mut ascending: Vec<Time> = latencies(count).collect();
            ascending.sort_unstable();
            let curve = curve(&ascending);
            assert!(curve.windows(2).all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 <= pair[1].1), "{count}");
            assert_eq!(curve.first().map(|(x, _)| *x), ascending.first().map(|l| decades(*l)));
        }
    }

    #[test]
    fn what_cannot_be_drawn_gives_a_picture_all_the_same() {
        for latencies in
            [vec![], vec![Time::ZERO], vec![Time::NEVER], vec![Time::ZERO, Time::NEVER, Time::NEVER]]
        {
            let figure = LatencyChart::new("Odd").series("odd", latencies).series("none", []).figure();
            assert!(figure.as_html().starts_with("<img alt=\"Odd\""), "{}", figure.as_text());
        }
        assert!(LatencyChart::new("Nothing").figure().as_html().starts_with("<img"));
    }
}

//! When failure detectors convict.
//!
//! The closed forms are asked directly; the times of conviction are measured on a [`Watch`] over the simulated
//! network: a node beats every second and dies, and the monitor asks its detectors every millisecond.

use super::estimate::Estimate;
use super::parallel::in_parallel;
use super::{Row, Section, Settings, Tolerance};
use crate::detector::{Detector, Exponential, PhiAccrual, PhiSettings, Timeout, Watch, normal_phi};
use crate::network::{Latency, Link};
use crate::time::Time;

/// Akka's own test of φ for a mean of 1000 and a standard deviation of 100: silence and φ.
const VECTOR: [(f64, f64); 7] =
    [(0.0, 0.0), (500.0, 0.1), (1000.0, 0.3), (1200.0, 1.6), (1400.0, 4.7), (1600.0, 10.8), (1700.0, 15.3)];

/// 8 · ln 10: the silence, in mean intervals, at which Cassandra convicts.
const MEAN_INTERVALS: f64 = 18.42;

/// The root of y(1.5976 + 0.070566 y²) = ln(10⁸ − 1): the deviations above the mean at which Akka convicts.
const DEVIATIONS: f64 = 5.22598;

/// All rows about failure detectors.
pub fn rows(settings: &Settings) -> Vec<Row> {
    let mut rows = vector_rows();
    rows.extend(normal_rows());
    rows.extend(exponential_rows());
    rows.extend(network_rows(settings));
    rows
}

fn number(what: String, measured: f64) -> Row {
    Row::number(Section::Detectors, what, Estimate::exact(measured))
}

fn vector_rows() -> Vec<Row> {
    let row = |(silence, published): &(f64, f64)| {
        let what = format!("Akka: φ({silence}) for mean 1000, deviation 100");
        let row = number(what, normal_phi(*silence, 1000.0, 100.0));
        row.published(Some(*published)).within(Tolerance::Absolute(0.1))
    };
    VECTOR.iter().map(row).collect()
}

/// The approximation against the distribution that it stands for.
fn normal_rows() -> Vec<Row> {
    let row = |y: f64| {
        let below = 1.0 - libm::pow(10.0, -normal_phi(y, 0.0, 1.0));
        let normal = libm::erfc(-y / std::f64::consts::SQRT_2) / 2.0;
        let row = number(format!("Akka: 1 − 10^−φ at {y} deviations"), below).reference(normal);
        row.within(Tolerance::Absolute(0.001))
    };
    [-2.0, 0.0, 0.6, 1.5, 2.0, 2.5, 3.5].map(row).into()
}

/// A detector in the manner of Cassandra that has heard a beat a second for so long that nothing else counts.
fn regular() -> (Exponential, Time) {
    let mut detector = Exponential::default();
    let last = 2_000;
    (1..=last).for_each(|second| detector.heartbeat(Time::s(second)));
    (detector, Time::s(last))
}

fn exponential_rows() -> Vec<Row> {
    let (detector, last) = regular();
    let row = |intervals: u64| {
        let what = format!("Cassandra: φ after {intervals} mean intervals");
        let row = number(what, detector.suspicion(last + Time::s(intervals)));
        row.reference(intervals as f64 / std::f64::consts::LN_10).within(Tolerance::Absolute(1e-6))
    };
    [1, 5, 18, 30].map(row).into()
}

/// How long each detector waits after the last heartbeat, in seconds; each with what it should be.
fn network_rows(settings: &Settings) -> Vec<Row> {
    let uniform = Latency::Uniform(Time::ms(10), Time::ms(50));
    let links = [
        ("always 10 ms", Latency::Constant(Time::ms(10))),
        ("10 to 50 ms", uniform),
        ("exponential, 20 ms", Latency::Exponential(Time::ms(20))),
    ];
    let without_pause = PhiSettings { pause: Time::ZERO, ..PhiSettings::default() };
    let of = |(what, latency): &(&str, Latency)| -> Vec<Row> {
        let detectors: Vec<(Box<dyn Detector>, Option<f64>, f64)> = vec![
            (Box::new(Timeout::new(Time::s(10))), None, 10.0),
            (Box::<PhiAccrual>::default(), None, 4.0 + 0.1 * DEVIATIONS),
            (Box::new(PhiAccrual::new(without_pause)), None, 1.0 + 0.1 * DEVIATIONS),
            (Box::<Exponential>::default(), Some(MEAN_INTERVALS), 8.0 * std::f64::consts::LN_10),
        ];
        let watch = Watch {
            check: Time::ms(1),
            link: Link::new(latency.clone()),
            detectors: detectors.iter().map(|(detector, ..)| detector.clone()).collect(),
            seed: settings.seed,
            ..Watch::default()
        };
        // More heartbeats than a window holds, so that no first guess counts any more.
        let crash = Time::us(1_500_500_000);
        let watched = watch.run(Some(crash), crash + Time::s(60)).expect("the crash comes after the start");
        let last = watched.last_heartbeat.unwrap_or(Time::NEVER);
        let rows = detectors.iter().zip(&watched.verdicts).map(|((_, published, reference), verdicts)| {
            let convicted = verdicts.changes.last().filter(|(_, convicts)| *convicts);
            let waited = convicted.map_or(f64::NAN, |(at, _)| at.since(last).as_ms() / 1e3);
            let pause = if *reference < 2.0 { ", no pause" } else { "" };
            let name = &verdicts.name;
            let row = number(format!("{name}{pause}: convicts after s of silence, {what} (network)"), waited);
            // A thousand intervals of a second are a second long on average, up to the jitter at both ends.
            row.published(*published).reference(*reference).within(Tolerance::Relative(0.003))
        });
        rows.collect()
    };
    in_parallel(links.len(), |i| of(&links[i])).into_iter().flatten().collect()
}

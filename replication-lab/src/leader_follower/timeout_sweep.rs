//! A time-out to turn, under more or less jitter.

use svg::node::element::{Circle, Path};

use super::SetupError;
use super::detector_cost::{Weather, pauses};
use crate::detector::{Detector, Timeout, Watch};
use crate::explore::in_parallel;
use crate::network::{Latency, Link};
use crate::rng::{Rng, Stream};
use crate::time::Time;
use crate::view::canvas::{Canvas, Label, line, px};
use crate::view::palette::{BLUE, CARD, FRAME, GREY, Hue, INK, RULE, VERMILION};
use crate::view::sliders::{Frame, Knob, Sliders};
use crate::view::{Figure, percentile};

/// The time-outs, in seconds, and the means of a heartbeat's delay, in ms.
const TIMEOUTS: [u64; 8] = [2, 3, 4, 5, 7, 10, 15, 30];
const JITTERS: [u64; 4] = [5, 300, 1_000, 2_000];
/// How long the living leader is watched, and how often it dies.
const HOURS: u64 = 20;
const DEATHS: u64 = 40;

/// What one time-out costs under one jitter.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cost {
    /// From the death to the conviction, in seconds: the median.
    silence: f64,
    false_alarms_per_hour: f64,
}

/// The two prices of a time-out, to turn on two knobs: how long a dead leader stays undiscovered, and how often a
/// living one is taken for dead. A heartbeat comes every second; its delay is exponential, with the mean that the
/// second knob says. The leader stands still now and then, as in `weather`.
///
/// # Limits
/// One monitor, not a majority of three. What comes after detection, choosing and promoting, is not in it.
///
/// # Errors
/// When the weather can't be.
pub fn timeout_sweep(weather: &Weather) -> Result<Figure, SetupError> {
    weather.pause.validate()?;
    let costs: Vec<Vec<Cost>> = in_parallel(&JITTERS, |jitter| costs(weather, *jitter));
    let knob = |name, means, values, start| Knob { name, means, values, start };
    let timeouts = TIMEOUTS.iter().map(|s| format!("{s} s")).collect();
    let jitters = JITTERS.iter().map(|ms| Time::ms(*ms)).map(short).collect();
    let sliders = Sliders {
        title: "What a time-out costs",
        size: (720.0, 340.0),
        knobs: vec![
            knob("time-out", "silence after which the leader is held for dead", timeouts, 3),
            knob("jitter", "mean delay of a heartbeat", jitters, 0),
        ],
        columns: vec!["s without a leader", "false failovers per hour"],
    };
    Ok(sliders.figure(|setting| {
        let (timeout, jitter) = (setting[0], setting[1]);
        let cost = costs[jitter][timeout];
        Some(Frame {
            canvas: drawn(&costs, timeout, jitter),
            says: says(timeout, jitter, cost),
            row: vec![format!("{:.1}", cost.silence), rate(cost.false_alarms_per_hour)],
        })
    }))
}

fn short(time: Time) -> String {
    match time.as_us() {
        us if us >= 1_000_000 => format!("{} s", us / 1_000_000),
        us => format!("{} ms", us / 1_000),
    }
}

fn rate(per_hour: f64) -> String {
    match per_hour {
        0.0 => "0".to_owned(),
        few if few < 1.0 => format!("{few:.2}"),
        some if some < 10.0 => format!("{some:.1}"),
        many => format!("{many:.0}"),
    }
}

/// All time-outs side by side see the same heartbeats.
fn costs(weather: &Weather, jitter: u64) -> Vec<Cost> {
    let detectors = TIMEOUTS.map(|s| Box::new(Timeout::new(Time::s(s))) as Box<dyn Detector>);
    let watch = |seed| Watch {
        check: Time::ms(250),
        link: Link::new(Latency::Exponential(Time::ms(jitter))),
        detectors: detectors.to_vec(),
        seed,
        ..Watch::default()
    };
    let end = Time::s(3_600 * HOURS);
    let alive = watch(1).run_under(&pauses(weather, 1, end, 1), None, end);
    let deaths: Vec<_> = (1..=DEATHS)
        .filter_map(|seed| {
            // Any moment of a second is as likely as any other.
            let crash = Time::s(20) + Time::us(Rng::new(seed, Stream::Faults).below(1_000_000));
            watch(seed).run(Some(crash), crash + Time::s(60)).ok()
        })
        .collect();
    let cost = |place: usize| {
        let mut silences: Vec<Time> =
            deaths.iter().filter_map(|watched| watched.verdicts[place].detected_after).collect();
        silences.sort_unstable();
        let alarms = alive.as_ref().map_or(0, |watched| watched.verdicts[place].false_alarms);
        Cost {
            silence: percentile(&silences, 0.5).unwrap_or_default().as_ms() / 1e3,
            false_alarms_per_hour: alarms as f64 / HOURS as f64,
        }
    };
    (0..TIMEOUTS.len()).map(cost).collect()
}

fn says(timeout: usize, jitter: usize, cost: Cost) -> Vec<String> {
    let (s, delay) = (TIMEOUTS[timeout], short(Time::ms(JITTERS[jitter])));
    let alarms = match cost.false_alarms_per_hour {
        0.0 => format!("No living leader is deposed in {HOURS} hours."),
        per_hour if per_hour < 1.0 => {
            format!("A living leader is deposed once in {:.0} hours.", 1.0 / per_hour)
        }
        per_hour => format!("A living leader is deposed {} times an hour.", rate(per_hour)),
    };
    vec![
        format!("Time-out {s} s, heartbeats {delay} late on average."),
        format!("A dead leader is found after {:.1} s.", cost.silence),
        alarms,
    ]
}

/// One of the two charts: where it is, how high a value is, and its lines.
struct Panel {
    left: f64,
    hue: Hue,
    title: &'static str,
    rises: bool,
    ticks: &'static [f64],
    /// From 0 at the foot to 1.
    height: fn(f64) -> f64,
    of: fn(&Cost) -> f64,
    tell: fn(f64) -> String,
}

const PANELS: [Panel; 2] = [
    Panel {
        left: 62.0,
        hue: BLUE,
        title: "seconds without a leader, when it dies",
        rises: true,
        ticks: &[0.0, 10.0, 20.0, 30.0],
        height: |seconds| seconds / 35.0,
        of: |cost| cost.silence,
        tell: |seconds| format!("{seconds:.1} s"),
    },
    Panel {
        left: 422.0,
        hue: VERMILION,
        title: "living leaders deposed per hour",
        rises: false,
        ticks: &[0.0, 0.1, 1.0, 10.0, 100.0],
        height: |rate| libm::log10(1.0 + rate * 20.0) / 4.0,
        of: |cost| cost.false_alarms_per_hour,
        tell: rate,
    },
];
const WIDTH: f64 = 270.0;
const FOOT: f64 = 280.0;
const HEIGHT: f64 = 196.0;

impl Panel {
    fn at(&self, timeout: usize, cost: &Cost) -> (f64, f64) {
        let x = self.left + WIDTH * (timeout as f64 + 0.5) / TIMEOUTS.len() as f64;
        (x, self.y((self.of)(cost)))
    }

    fn y(&self, value: f64) -> f64 {
        FOOT - HEIGHT * (self.height)(value).min(1.0)
    }

    fn axes(&self, canvas: &mut Canvas) {
        canvas.label(
            &Label::new(self.title, self.left - 28.0, 58.0).size(13.0).bold(true).colour(self.hue.ink),
        );
        for tick in self.ticks {
            let y = self.y(*tick);
            canvas.add(line((self.left, y), (self.left + WIDTH, y), FRAME, 1.0));
            canvas
                .label(&Label::new(tick.to_string(), self.left - 6.0, y + 4.0).end().size(11.0).colour(GREY));
        }
        for (place, seconds) in TIMEOUTS.iter().enumerate() {
            let x = self.left + WIDTH * (place as f64 + 0.5) / TIMEOUTS.len() as f64;
            canvas.label(&Label::new(seconds.to_string(), x, FOOT + 17.0).middle().size(11.0).colour(GREY));
        }
        canvas.label(&Label::new("time-out (s)", self.left + WIDTH / 2.0, FOOT + 36.0).middle().colour(GREY));
    }

    fn curve(&self, canvas: &mut Canvas, costs: &[Cost], chosen: bool) {
        let points: Vec<(f64, f64)> = costs.iter().enumerate().map(|(i, cost)| self.at(i, cost)).collect();
        let d: Vec<String> = points.iter().map(|(x, y)| format!("{},{}", px(*x), px(*y))).collect();
        let (colour, width) = if chosen { (self.hue.line, 2.5) } else { (RULE, 1.0) };
        let path =
            Path::new().set("d", format!("M{}", d.join(" L"))).set("fill", "none").set("stroke", colour);
        let path = path.set("stroke-width", width).set("stroke-linejoin", "round");
        canvas.add(if chosen { path } else { path.set("stroke-dasharray", "3 4") });
        if chosen {
            for (x, y) in points {
                canvas.add(Circle::new().set("cx", px(x)).set("cy", px(y)).set("r", 3).set("fill", colour));
            }
        }
    }

    fn point(&self, canvas: &mut Canvas, timeout: usize, cost: &Cost) {
        let (x, y) = self.at(timeout, cost);
        canvas.add(line((x, FOOT - HEIGHT - 6.0), (x, FOOT), INK, 1.0).set("stroke-dasharray", "2 3"));
        let ring = Circle::new().set("cx", px(x)).set("cy", px(y)).set("r", 8).set("fill", CARD);
        canvas.add(ring.set("stroke", INK).set("stroke-width", 3));
        canvas.add(Circle::new().set("cx", px(x)).set("cy", px(y)).set("r", 3).set("fill", INK));
        let label = Label::new((self.tell)((self.of)(cost)), x, y - 14.0).bold(true).size(13.0);
        // Where its own curve leaves room.
        let last = TIMEOUTS.len() - 1;
        let label = match (self.rises, timeout) {
            (true, 1..) => Label { at: (x - 12.0, y - 9.0), ..label }.end(),
            (false, timeout) if timeout == last => label.middle(),
            _ => Label { at: (x + 12.0, y - 12.0), ..label },
        };
        canvas.add(label.room().drawn().set("fill", CARD).set("fill-opacity", 0.85));
        canvas.label(&label);
    }
}

fn drawn(costs: &[Vec<Cost>], timeout: usize, jitter: usize) -> Canvas {
    let mut canvas = Canvas::new();
    canvas.label(&Label::new("What a time-out costs", 20.0, 30.0).size(15.0).bold(true));
    let legend = "Thick: the jitter that is chosen. Dashed: the others. The right scale is stretched.";
    canvas.label(&Label::new(legend, 240.0, 30.0).size(11.0).colour(GREY));
    for panel in &PANELS {
        panel.axes(&mut canvas);
        for (_, of_it) in costs.iter().enumerate().filter(|(place, _)| *place != jitter) {
            panel.curve(&mut canvas, of_it, false);
        }
        panel.curve(&mut canvas, &costs[jitter], true);
        panel.point(&mut canvas, timeout, &costs[jitter][timeout]);
    }
    canvas
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sweep_in_words() {
        insta::assert_snapshot!(timeout_sweep(&Weather::default()).unwrap().as_text());
    }

    #[test]
    fn more_patience_finds_later_and_errs_less() {
        for jitter in JITTERS {
            let costs = costs(&Weather::default(), jitter);
            for pair in costs.windows(2) {
                assert!(pair[0].silence < pair[1].silence, "{jitter} ms: {costs:?}");
                assert!(
                    pair[0].false_alarms_per_hour >= pair[1].false_alarms_per_hour,
                    "{jitter} ms: {costs:?}"
                );
            }
        }
    }
}

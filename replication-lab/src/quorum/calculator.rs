//! Quorums to turn: N, W and R on three knobs.

use svg::node::element::Circle;

use super::{QuorumFacts, facts};
use crate::view::Figure;
use crate::view::canvas::{Canvas, Label, Rect, px};
use crate::view::palette::{BLUE, CARD, GREEN, GREY, INK, ORANGE, RULE};
use crate::view::sliders::{Frame, Knob, Sliders};

const MOST: u32 = 7;
const SIZE: (f64, f64) = (640.0, 336.0);
/// Where the first replica is, and how far it is to the next.
const FIRST: (f64, f64) = (84.0, 148.0);
const NEXT: f64 = 78.0;
const RADIUS: f64 = 24.0;

/// Every (N, W, R) up to seven replicas, to turn on three knobs: the worst placement of a write and of a read that
/// begins after it was acknowledged, and what follows from the numbers alone. The write takes the replicas from the
/// left, the read from the right, so what they share is what they share at the least.
pub fn quorum_calculator() -> Figure {
    let values = || (1..=MOST).map(|value| value.to_string()).collect();
    let knob = |name, means, start| Knob { name, means, values: values(), start };
    let sliders = Sliders {
        title: "Quorums: the worst placement",
        size: SIZE,
        knobs: vec![
            knob("N", "replicas of a key", 2),
            knob("W", "acknowledgements that a write waits for", 1),
            knob("R", "answers that a read waits for", 1),
        ],
        columns: vec![],
    };
    sliders.figure(|setting| {
        let [n, w, r] = [setting[0], setting[1], setting[2]].map(|place| place as u32 + 1);
        let facts = facts(n, w, r).ok()?;
        Some(Frame { canvas: drawn(n, w, r, &facts), says: says(n, w, r, &facts), row: vec![] })
    })
}

fn replicas(count: u32) -> String {
    if count == 1 { "1 replica".into() } else { format!("{count} replicas") }
}

/// How many replicas two writes share at the least.
fn shared_by_writes(n: u32, w: u32) -> u32 {
    (2 * w).saturating_sub(n)
}

fn says(n: u32, w: u32, r: u32, facts: &QuorumFacts) -> Vec<String> {
    let sum = format!("W + R = {} is {} than N = {n}.", w + r, more(w + r > n));
    let reads = match facts.overlap {
        true => format!(
            "Every read meets the last acknowledged write on {} or more.",
            replicas(facts.min_overlap)
        ),
        false => format!(
            "Until the others have it too, a read can miss the last acknowledged write: {:.0} % of reads do, if their \
             replicas are drawn at random.",
            facts.stale_probability * 100.0
        ),
    };
    let writes = match facts.write_write_overlap {
        true => format!("Two writes meet on {} or more.", replicas(shared_by_writes(n, w))),
        false => "Two writes can miss each other.".to_owned(),
    };
    let caveat =
        "All that is promised is about a write that was acknowledged, and a read that begins afterwards.";
    let caveat = facts.overlap.then(|| caveat.to_owned());
    let down = [("Writes", facts.write_tolerance), ("Reads", facts.read_tolerance)]
        .map(|(what, down)| format!("{what} succeed with {down} down."));
    [sum, reads, writes].into_iter().chain(down).chain(caveat).collect()
}

fn more(yes: bool) -> &'static str {
    if yes { "more" } else { "not more" }
}

fn x(place: u32) -> f64 {
    FIRST.0 + NEXT * f64::from(place)
}

/// Around the replicas from one place to another, so far above and below their middle.
fn around(from: u32, to: u32, above: f64, below: f64) -> Rect {
    let left = x(from) - RADIUS - 9.0;
    Rect { x: left, y: FIRST.1 - above, width: x(to) + RADIUS + 9.0 - left, height: above + below }
}

fn drawn(n: u32, w: u32, r: u32, facts: &QuorumFacts) -> Canvas {
    let mut canvas = Canvas::new();
    canvas.label(
        &Label::new("The worst placement of a write and a later read", 20.0, 28.0).size(15.0).bold(true),
    );
    let written = around(0, w - 1, 62.0, 36.0);
    let read = around(n - r, n - 1, 36.0, 62.0);
    canvas.add(written.drawn().set("rx", 16).set("fill", BLUE.tint));
    canvas.add(read.drawn().set("rx", 16).set("fill", GREEN.tint));
    for place in 0..n {
        replica(&mut canvas, place, place < w, place + r >= n);
    }
    let edge = |rect: &Rect, colour| {
        rect.drawn().set("rx", 16).set("fill", "none").set("stroke", colour).set("stroke-width", 2.5)
    };
    canvas.add(edge(&written, BLUE.line));
    canvas.add(edge(&read, GREEN.line).set("stroke-dasharray", "7 4"));
    let y = FIRST.1 - 68.0;
    canvas.label(
        &Label::new(format!("W = {w}: these acknowledged v2"), written.x + 4.0, y)
            .colour(BLUE.ink)
            .bold(true),
    );
    let answered = Label::new(format!("R = {r}: these answer"), read.right() - 4.0, FIRST.1 + 80.0);
    // A single replica at the left is narrower than its text.
    let answered = if n < 3 {
        Label { at: (read.x.min(written.x) + 4.0, answered.at.1), ..answered }
    } else {
        answered.end()
    };
    canvas.label(&answered.colour(GREEN.ink).bold(true));
    let meets = match facts.overlap {
        true => format!("the read meets the write: {} or more", facts.min_overlap),
        false => "nobody in common: the read returns v1".to_owned(),
    };
    let writes = match facts.write_write_overlap {
        true => format!("two writes meet: {} or more", shared_by_writes(n, w)),
        false => "two writes can miss each other".to_owned(),
    };
    let below = [
        (format!("W + R = {}", w + r), 20.0, 0),
        (format!("{} than N = {n}", more(w + r > n)), 104.0, 0),
        (meets, 290.0, 0),
        (writes, 290.0, 1),
        (format!("writes succeed with {} down", facts.write_tolerance), 20.0, 1),
        (format!("reads succeed with {} down", facts.read_tolerance), 20.0, 2),
    ];
    for (i, (text, x, row)) in below.into_iter().enumerate() {
        let label = Label::new(text, x, SIZE.1 - 64.0 + 22.0 * f64::from(row));
        canvas.label(&label.size(13.0).bold(i == 2));
    }
    canvas
}

/// A replica: its name, its value, and a second ring if the read is sure to meet the write there.
fn replica(canvas: &mut Canvas, place: u32, written: bool, read: bool) {
    let (x, y) = (x(place), FIRST.1);
    let circle = |radius| Circle::new().set("cx", px(x)).set("cy", px(y)).set("r", radius);
    let both = written && read;
    let (fill, edge, width) = match (both, written || read) {
        (true, _) => (ORANGE.tint, INK, 3.0),
        (false, true) => (CARD, INK, 1.5),
        _ => (CARD, RULE, 1.5),
    };
    canvas.add(circle(RADIUS).set("fill", fill).set("stroke", edge).set("stroke-width", width));
    if both {
        canvas.add(circle(RADIUS - 5.0).set("fill", "none").set("stroke", INK).set("stroke-width", 1));
    }
    let name = char::from_u32('A' as u32 + place).unwrap_or('?');
    let value = if written { "v2" } else { "v1" };
    canvas.label(&Label::new(name.to_string(), x, y - 2.0).middle().bold(true).size(13.0));
    let colour = if written { INK } else { GREY };
    canvas.label(&Label::new(value, x, y + 13.0).middle().size(12.0).bold(written).colour(colour));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calculator_starts_with_two_of_three() {
        insta::assert_snapshot!(quorum_calculator().as_text());
    }

    #[test]
    fn the_whole_calculator_is_small() {
        let size = quorum_calculator().as_html().len();
        assert!(size < 120_000, "{size} bytes");
    }

    #[test]
    fn every_text_is_on_the_card_and_covers_no_other() {
        for ((n, w, r), facts) in crate::quorum::all_facts(MOST) {
            let texts = drawn(n, w, r, &facts).texts;
            for (i, (text, room)) in texts.iter().enumerate() {
                assert!(
                    room.x >= 0.0 && room.right() <= SIZE.0 && room.bottom() <= SIZE.1,
                    "{text}: {n} {w} {r}"
                );
                for (other, there) in &texts[i + 1..] {
                    assert!(!room.overlaps(there), "{text} and {other}: {n} {w} {r}");
                }
            }
        }
    }
}

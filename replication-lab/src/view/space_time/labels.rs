//! Where the messages' texts go.
//!
//! Each lies on its own arrow, on an opaque ground, at the freest of several places along it. If none is free of
//! other texts, the rows there move apart and all texts are placed anew: a diagram that grows is better than one in
//! which texts cover one another.

use super::arrows::{Arrow, Fate};
use super::rows::Columns;
use super::steps::Steps;
use crate::view::canvas::{Canvas, Label, Rect, width_of};
use crate::view::palette::CARD;

const SIZE: f64 = 11.0;
const HEIGHT: f64 = 13.0;
/// Texts are shortened to the length of their arrows, but not to less than this, nor do they get longer than that.
const LEAST_WIDTH: f64 = 124.0;
const MOST_WIDTH: f64 = 230.0;
/// Places along an arrow that are tried, in the order of preference.
const PLACES: [f64; 13] = [0.5, 0.56, 0.44, 0.62, 0.38, 0.68, 0.32, 0.74, 0.26, 0.8, 0.2, 0.86, 0.14];

/// A text that has its place.
#[derive(Debug)]
pub(super) struct Placed {
    text: String,
    pub(super) room: Rect,
}

/// An arrow and the line that it follows.
pub(super) type Drawn<'a> = (&'a Arrow, Vec<(f64, f64)>);

/// Places a text for each arrow. `taken` is where other texts are already, `lines` where the nodes' lines are.
/// The second list names the arrows whose text covers another one.
pub(super) fn place(arrows: &[Drawn], taken: &[Rect], columns: &Columns) -> (Vec<Placed>, Vec<usize>) {
    let mut order: Vec<usize> = (0..arrows.len()).collect();
    // Who has the least choice comes first.
    order.sort_by(|a, b| length(&arrows[*a].1).total_cmp(&length(&arrows[*b].1)));
    let mut placed: Vec<Option<Placed>> = arrows.iter().map(|_| None).collect();
    let mut taken = taken.to_vec();
    let mut covers = Vec::new();
    for this in order {
        let (arrow, path) = &arrows[this];
        let text = arrow.text(most_width(arrow, path, columns), SIZE);
        let width = width_of(&text, SIZE, arrow.marked) + 6.0;
        let choice = candidates(arrow, path, width).into_iter().enumerate().map(|(rank, room)| {
            let covered = taken.iter().any(|other| other.overlaps(&room));
            let cost = cost(&room, this, arrows, columns) + rank as f64;
            (covered, cost, room)
        });
        let best = choice.min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        if let Some((covered, _, room)) = best {
            if covered {
                covers.push(this);
            }
            taken.push(room);
            placed[this] = Some(Placed { text, room });
        }
    }
    (placed.into_iter().flatten().collect(), covers)
}

fn length(path: &[(f64, f64)]) -> f64 {
    path.windows(2).map(|ends| (ends[1].0 - ends[0].0).abs() + (ends[1].1 - ends[0].1).abs()).sum()
}

fn most_width(arrow: &Arrow, path: &[(f64, f64)], columns: &Columns) -> f64 {
    let reach = (path[path.len() - 1].0 - path[0].0).abs();
    match arrow.fate {
        Fate::UnderWay | Fate::SentBefore => (columns.width - 30.0).max(LEAST_WIDTH),
        _ if arrow.from == arrow.to => (columns.width - 30.0).max(LEAST_WIDTH),
        // What is lost on its way may tell why beyond the place where it is.
        Fate::Lost(_) => (reach * 1.3).clamp(LEAST_WIDTH, MOST_WIDTH),
        _ => (reach - 24.0).clamp(LEAST_WIDTH, MOST_WIDTH),
    }
}

fn candidates(arrow: &Arrow, path: &[(f64, f64)], width: f64) -> Vec<Rect> {
    let at = |x: f64, y: f64| Rect { x: x - width / 2.0, y: y - HEIGHT / 2.0, width, height: HEIGHT };
    let (first, last) = (path[0], path[path.len() - 1]);
    let beside = |(x, y): (f64, f64), towards: f64| {
        let middle = x + towards * (width / 2.0 + 3.0);
        vec![at(middle, y), at(middle, y + 7.0), at(middle, y - 7.0), at(middle, y + 14.0)]
    };
    match arrow.fate {
        Fate::UnderWay => beside(last, (last.0 - first.0).signum()),
        Fate::SentBefore => beside(first, (first.0 - last.0).signum()),
        _ if arrow.from == arrow.to => beside(path[1], 1.0),
        _ => PLACES
            .iter()
            .map(|share| at(first.0 + (last.0 - first.0) * share, first.1 + (last.1 - first.1) * share))
            .collect(),
    }
}

/// How much is hidden: other arrows, heads of arrows, lines of nodes.
fn cost(room: &Rect, this: usize, arrows: &[Drawn], columns: &Columns) -> f64 {
    let near_head = |(x, y): (f64, f64)| {
        let head = Rect { x: x - 10.0, y: y - 5.0, width: 20.0, height: 10.0 };
        room.overlaps(&head)
    };
    let hidden = |(other, (_, path)): (usize, &Drawn)| {
        let crossed = path.windows(2).any(|ends| room.crossed_by(ends[0], ends[1]));
        let head = path.last().is_some_and(|end| near_head(*end));
        match (other == this, crossed, head) {
            (true, _, true) => 30.0,
            (false, _, true) => 60.0,
            (false, true, false) => 16.0,
            _ => 0.0,
        }
    };
    let lines = columns.nodes().filter(|(node, _)| {
        let x = columns.x(*node);
        room.x < x + 2.0 && x - 2.0 < room.right()
    });
    arrows.iter().enumerate().map(hidden).sum::<f64>() + 9.0 * lines.count() as f64
}

pub(super) fn draw(canvas: &mut Canvas, arrow: &Arrow, placed: &Placed, steps: &Steps) {
    canvas.tagged(&steps.of_label(arrow), |canvas| draw_one(canvas, arrow, placed));
}

fn draw_one(canvas: &mut Canvas, arrow: &Arrow, placed: &Placed) {
    let draw = |canvas: &mut Canvas| {
        let room = &placed.room;
        canvas.add(room.drawn().set("rx", 3).set("fill", CARD).set("fill-opacity", 0.92));
        let baseline = room.y + HEIGHT / 2.0 + SIZE * 0.36;
        let label = Label::new(placed.text.clone(), room.x + room.width / 2.0, baseline).middle();
        canvas.label(&label.size(SIZE).bold(arrow.marked).colour(arrow.hue().ink));
    };
    let full = arrow.text(f64::INFINITY, SIZE);
    if placed.text == full { draw(canvas) } else { canvas.titled(&full, draw) }
}

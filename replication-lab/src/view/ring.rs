//! A ring with its nodes.

use std::collections::BTreeMap;
use std::fmt::Display;

use svg::node::element::{Circle, Path};

use super::canvas::{Canvas, Fill, Label, Rect, line, px};
use super::palette::{GREY, INK, hue};
use super::{Figure, Table};
use crate::ring::Ring;

const CENTRE: (f64, f64) = (190.0, 190.0);
const OUTER: f64 = 140.0;
const INNER: f64 = 104.0;
const HEIGHT: f64 = 380.0;
const LEGEND: f64 = 400.0;
const WIDTH: f64 = 640.0;
/// With more positions than this, they have no room for names.
const MOST_NAMED: usize = 24;

/// A ring as a circle: an arc for each position, in the colour and pattern of the node to which its keys belong, drawn
/// clockwise from the top. A legend has the share of each node. With at most 24 positions, each has its name and
/// number. The text form has the same as tables.
///
/// # Limits
/// Colours and patterns begin again after six nodes; arcs thinner than a tenth of a pixel are not seen.
///
/// # Examples
/// ```
/// use replication_lab::ring::Ring;
/// use replication_lab::view::RingPicture;
///
/// let mut ring = Ring::new(100);
/// ring.add(10, "A")?;
/// ring.add_virtual([40, 70], "B")?;
/// let figure = RingPicture::new("Two nodes", &ring).key("k", 75).figure();
/// assert!(figure.as_text().contains("| 71 to 10       | A    |"));
/// assert!(figure.as_text().contains("k is at 75: A, B"));
/// # Ok::<(), replication_lab::ring::RingError>(())
/// ```
#[derive(Clone, Debug)]
pub struct RingPicture {
    title: String,
    size: u64,
    /// Node names in order, with their number of positions and their share.
    nodes: Vec<(String, usize, f64)>,
    /// Position, length of its arc, and the node's place in `nodes`.
    arcs: Vec<(u64, u64, usize)>,
    /// Name, hash, and nodes clockwise from there.
    keys: Vec<(String, u64, Vec<String>)>,
}

impl RingPicture {
    /// A picture of this ring.
    pub fn new<T: Clone + Ord + Display>(title: impl Into<String>, ring: &Ring<T>) -> Self {
        let shares = ring.shares();
        let places: BTreeMap<&T, usize> = shares.keys().zip(0..).collect();
        let count = |node: &T| ring.nodes().filter(|(_, there)| *there == node).count();
        let nodes = shares.iter().map(|(node, share)| (node.to_string(), count(node), *share)).collect();
        let arcs =
            ring.arcs().map(|(position, arc, node)| (position, arc, places.get(node).copied().unwrap_or(0)));
        Self { title: title.into(), size: ring.size(), nodes, arcs: arcs.collect(), keys: Vec::new() }
    }

    /// Marks a key at its hash. A hash beyond the ring's size counts from 0 again.
    pub fn key(mut self, name: impl Into<String>, hash: u64) -> Self {
        let hash = hash % self.size.max(1);
        let start = self.arcs.partition_point(|(position, _, _)| *position < hash);
        let mut walk = Vec::new();
        for place in 0..self.arcs.len() {
            let (_, _, node) = self.arcs[(start + place) % self.arcs.len()];
            let name = &self.nodes[node].0;
            if !walk.contains(name) {
                walk.push(name.clone());
            }
        }
        self.keys.push((name.into(), hash, walk));
        self
    }

    /// Both forms.
    pub fn figure(&self) -> Figure {
        Figure::svg(&self.drawn(), &self.title, self.text())
    }

    fn drawn(&self) -> String {
        let mut canvas = Canvas::new();
        for place in 0..self.nodes.len().min(6) {
            canvas.define(Fill::Series(place).definition());
        }
        canvas.label(&Label::new(&self.title, 20.0, 24.0).size(14.0).bold(true));
        for (position, arc, node) in &self.arcs {
            let full = format!("{} to {position}: {}", self.first_of(*position, *arc), self.nodes[*node].0);
            canvas.titled(&full, |canvas| self.sector(canvas, *position, *arc, *node));
        }
        for (name, hash, _) in &self.keys {
            let angle = self.angle(*hash);
            canvas.add(line(on(angle, INNER - 14.0), on(angle, OUTER + 4.0), INK, 1.5));
            let (x, y) = on(angle, INNER - 18.0);
            canvas.add(Circle::new().set("cx", px(x)).set("cy", px(y)).set("r", 4).set("fill", INK));
            let (x, y) = on(angle, INNER - 46.0);
            canvas.label(&Label::new(name, x, y + 4.0).middle());
        }
        let named = self.arcs.len() <= MOST_NAMED;
        for (position, _, node) in self.arcs.iter().filter(|_| named) {
            let angle = self.angle(*position);
            let (x, y) = on(angle, OUTER + 10.0);
            let text = format!("{} {position}", self.nodes[*node].0);
            let label = Label::new(text, x, y + 4.0).size(11.0).colour(hue(*node).ink);
            canvas.label(&if x < CENTRE.0 - 20.0 {
                label.end()
            } else if x > CENTRE.0 + 20.0 {
                label
            } else {
                label.middle()
            });
        }
        for (place, (name, count, share)) in self.nodes.iter().enumerate() {
            let y = 60.0 + 22.0 * place as f64;
            let swatch = Rect { x: LEGEND, y: y - 11.0, width: 16.0, height: 14.0 };
            let fill = Fill::Series(place);
            canvas.add(swatch.drawn().set("fill", fill.url()).set("stroke", fill.edge()));
            let positions = if *count == 1 { "position" } else { "positions" };
            let text = format!("{name}: {:.1} % with {count} {positions}", 100.0 * share);
            canvas.label(&Label::new(text, LEGEND + 24.0, y));
        }
        let note = match self.size {
            0..=1_000_000 => format!("0 is at the top; clockwise to {}", self.size.saturating_sub(1)),
            _ => "0 is at the top; clockwise".to_owned(),
        };
        canvas.label(&Label::new(note, LEGEND, HEIGHT - 20.0).size(11.0).colour(GREY));
        let height = HEIGHT.max(90.0 + 22.0 * self.nodes.len() as f64);
        canvas.finish(&self.title, WIDTH, height)
    }

    /// The part of the circle that belongs to a position.
    fn sector(&self, canvas: &mut Canvas, position: u64, arc: u64, node: usize) {
        let fill = Fill::Series(node);
        if arc >= self.size {
            for radius in [OUTER, INNER] {
                let circle = Circle::new().set("cx", CENTRE.0).set("cy", CENTRE.1).set("r", radius);
                let inside = if radius == OUTER { fill.url() } else { "#ffffff".into() };
                canvas.add(circle.set("fill", inside).set("stroke", fill.edge()));
            }
            return;
        }
        let span = 360.0 * arc as f64 / self.size as f64;
        let end = self.angle(position);
        let begin = end - span;
        let large = u8::from(span > 180.0);
        let at = |angle, radius| {
            let (x, y) = on(angle, radius);
            format!("{} {}", px(x), px(y))
        };
        let path = format!(
            "M {} A {OUTER} {OUTER} 0 {large} 1 {} L {} A {INNER} {INNER} 0 {large} 0 {} Z",
            at(begin, OUTER),
            at(end, OUTER),
            at(end, INNER),
            at(begin, INNER)
        );
        let path = Path::new().set("d", path).set("fill", fill.url()).set("stroke", fill.edge());
        canvas.add(path.set("stroke-width", if self.arcs.len() > 100 { 0.3 } else { 1.0 }));
    }

    /// Degrees clockwise from the top.
    fn angle(&self, position: u64) -> f64 {
        360.0 * position as f64 / self.size.max(1) as f64
    }

    /// The first position of an arc.
    fn first_of(&self, position: u64, arc: u64) -> u64 {
        let before = if arc <= position { position - arc } else { self.size - (arc - position) };
        (before + 1) % self.size.max(1)
    }

    fn text(&self) -> String {
        let row = |table: Table, (name, count, share): &(String, usize, f64)| {
            table.row([name.clone(), count.to_string(), format!("{:.1} %", 100.0 * share)])
        };
        let nodes = self.nodes.iter().fold(Table::new(["node", "positions", "share"]), row);
        let mut text = format!("{}\n\n{}", self.title, nodes.figure());
        if self.arcs.len() <= MOST_NAMED {
            let row = |table: Table, (position, arc, node): &(u64, u64, usize)| {
                let range = format!("{} to {position}", self.first_of(*position, *arc));
                table.row([range, self.nodes[*node].0.clone()])
            };
            let arcs = self.arcs.iter().fold(Table::new(["keys hashed to", "node"]), row);
            text.push_str(&format!("\n\n{}", arcs.figure()));
        }
        for (name, hash, walk) in &self.keys {
            text.push_str(&format!("\n\n{name} is at {hash}: {}", walk.join(", ")));
        }
        text
    }
}

/// A point at an angle, in degrees clockwise from the top, and a distance from the centre.
fn on(angle: f64, radius: f64) -> (f64, f64) {
    let radians = angle.to_radians();
    (CENTRE.0 + radius * libm::sin(radians), CENTRE.1 - radius * libm::cos(radians))
}

crate::shown_in_notebooks!(RingPicture);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_is_told_in_words() {
        let mut ring = Ring::new(100);
        for (position, node) in [(10, 'A'), (30, 'B'), (55, 'C'), (75, 'D'), (90, 'E')] {
            ring.add(position, node).unwrap();
        }
        let picture = RingPicture::new("Five nodes", &ring).key("cart", 40).key("user", 195);
        insta::assert_snapshot!(picture.figure().as_text());
    }

    #[test]
    fn each_position_has_its_arc() {
        let mut ring = Ring::new(100);
        ring.add_virtual([5, 40, 60], "A").unwrap();
        ring.add_virtual([20, 52, 88], "B").unwrap();
        let picture = RingPicture::new("Virtual nodes", &ring).key("cart", 30);
        let svg = picture.drawn();
        assert_eq!(svg.matches("<title>").count(), 1 + 6);
        assert!(svg.contains("89 to 5: A"), "across the top: {svg}");
    }

    #[test]
    fn rings_of_one_node_and_of_none_are_drawn() {
        let mut ring = Ring::new(100);
        assert!(RingPicture::new("Empty", &ring).key("k", 7).figure().as_text().ends_with("k is at 7: "));
        ring.add(50, "A").unwrap();
        let picture = RingPicture::new("One", &ring).key("k", 7);
        assert!(picture.figure().as_text().contains("| 51 to 50       | A    |"));
        assert!(!picture.drawn().contains("NaN"));
    }

    #[test]
    fn many_positions_have_no_names() {
        let ring = Ring::hashed(1 << 60, ["A", "B", "C"].map(|node| (node, 50))).unwrap();
        let picture = RingPicture::new("Many", &ring);
        assert!(!picture.figure().as_text().contains("keys hashed to"));
    }
}

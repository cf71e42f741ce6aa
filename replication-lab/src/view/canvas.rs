//! What the diagrams share: a card to draw on, text whose width can be judged, boxes, hatching.
//!
//! An SVG does not know how wide its text will be: that is up to the reader's fonts. Widths are judged by those of
//! DejaVu Sans, the widest of the fonts that browsers take for `sans-serif`, rounded up.

use svg::Document;
use svg::node::Node;
use svg::node::element::{Definitions, Element, Group, Line, Pattern, Rectangle, Text, Title};

use super::palette::{CARD, Colour, FRAME, HUES, INK, RULE, hue};

/// Width of a picture that fills a notebook's column.
pub(crate) const WIDTH: f64 = 880.0;

/// A rectangle by its upper left corner and its size, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rect {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Rect {
    pub(crate) fn right(&self) -> f64 {
        self.x + self.width
    }

    pub(crate) fn bottom(&self) -> f64 {
        self.y + self.height
    }

    /// Whether the two have an area in common.
    pub(crate) fn overlaps(&self, other: &Rect) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    /// Whether a straight line from one point to another passes through (Liang & Barsky, 1984).
    pub(crate) fn crossed_by(&self, from: (f64, f64), to: (f64, f64)) -> bool {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let (mut enters, mut leaves) = (0.0_f64, 1.0_f64);
        let edges = [
            (-dx, from.0 - self.x),
            (dx, self.right() - from.0),
            (-dy, from.1 - self.y),
            (dy, self.bottom() - from.1),
        ];
        for (slope, distance) in edges {
            if slope == 0.0 {
                if distance <= 0.0 {
                    return false;
                }
                continue;
            }
            let at = distance / slope;
            if slope < 0.0 {
                enters = enters.max(at);
            } else {
                leaves = leaves.min(at);
            }
        }
        enters < leaves
    }

    pub(crate) fn drawn(&self) -> Rectangle {
        Rectangle::new()
            .set("x", px(self.x))
            .set("y", px(self.y))
            .set("width", px(self.width))
            .set("height", px(self.height))
    }
}

/// A coordinate, rounded to a tenth of a pixel: the last bits of a float are no part of a picture.
pub(crate) fn px(coordinate: f64) -> f64 {
    let rounded = libm::round(coordinate * 10.0) / 10.0;
    // Minus zero would be written as such.
    if rounded.is_finite() { rounded + 0.0 } else { 0.0 }
}

/// How wide a text is at most, in pixels.
pub(crate) fn width_of(text: &str, size: f64, bold: bool) -> f64 {
    let em: f64 = text.chars().map(em_of).sum();
    em * size * if bold { 1.1 } else { 1.0 }
}

fn em_of(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | 'I' | 'J' | '\'' => 0.3,
        ' ' | ',' | '.' | ':' | ';' | '/' | '-' | '!' | '(' | ')' | '[' | ']' | '|' | 't' | 'f' | 'r' => 0.41,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 1.0,
        '+' | '<' | '=' | '>' | '#' | '&' | '~' | '→' => 0.84,
        'A'..='Z' => 0.79,
        c if c.is_ascii() || c.is_alphabetic() && (c as u32) < 0x250 => 0.64,
        _ => 1.0,
    }
}

/// The text if it fits, else its beginning and `…`.
pub(crate) fn shortened(text: &str, most: f64, size: f64, bold: bool) -> String {
    if width_of(text, size, bold) <= most {
        return text.to_owned();
    }
    let mut short = String::new();
    for c in text.chars() {
        short.push(c);
        if width_of(&short, size, bold) + width_of("…", size, bold) > most {
            short.pop();
            break;
        }
    }
    format!("{}…", short.trim_end())
}

/// The text in lines that fit, broken between words, at most `lines` of them; what is left over ends in `…`.
pub(crate) fn wrapped(text: &str, most: f64, size: f64, bold: bool, lines: usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut words = text.split_whitespace().peekable();
    let mut line = String::new();
    while let Some(word) = words.next() {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if line.is_empty() || width_of(&longer, size, bold) <= most {
            line = longer;
        } else if out.len() + 1 < lines {
            out.push(shortened(&line, most, size, bold));
            line = word.to_owned();
        } else {
            let rest = words.fold(longer, |line, word| format!("{line} {word}"));
            out.push(shortened(&rest, most, size, bold));
            return out;
        }
    }
    out.push(shortened(&line, most, size, bold));
    out
}

/// A line of text to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Label {
    pub(crate) text: String,
    /// Where its anchor is: the left end, the middle or the right end of its baseline.
    pub(crate) at: (f64, f64),
    pub(crate) anchor: &'static str,
    pub(crate) size: f64,
    pub(crate) bold: bool,
    pub(crate) colour: Colour,
}

impl Label {
    /// Text of the usual size that begins at a point.
    pub(crate) fn new(text: impl Into<String>, x: f64, y: f64) -> Self {
        Self { text: text.into(), at: (x, y), anchor: "start", size: 12.0, bold: false, colour: INK }
    }

    pub(crate) fn middle(self) -> Self {
        Self { anchor: "middle", ..self }
    }

    pub(crate) fn end(self) -> Self {
        Self { anchor: "end", ..self }
    }

    pub(crate) fn size(self, size: f64) -> Self {
        Self { size, ..self }
    }

    pub(crate) fn bold(self, bold: bool) -> Self {
        Self { bold, ..self }
    }

    pub(crate) fn colour(self, colour: Colour) -> Self {
        Self { colour, ..self }
    }

    /// The room that it takes at most.
    pub(crate) fn room(&self) -> Rect {
        let width = width_of(&self.text, self.size, self.bold);
        let x = match self.anchor {
            "middle" => self.at.0 - width / 2.0,
            "end" => self.at.0 - width,
            _ => self.at.0,
        };
        Rect { x, y: self.at.1 - self.size * 0.85, width, height: self.size * 1.1 }
    }

    fn drawn(&self) -> Text {
        // XML has no place for control characters, not even escaped.
        let text: String = self.text.chars().map(|c| if c.is_control() { '�' } else { c }).collect();
        let drawn = Text::new(text)
            .set("x", px(self.at.0))
            .set("y", px(self.at.1))
            .set("fill", self.colour)
            .set("font-size", self.size);
        let drawn = if self.anchor == "start" { drawn } else { drawn.set("text-anchor", self.anchor) };
        if self.bold { drawn.set("font-weight", "bold") } else { drawn }
    }
}

/// A picture that is being drawn: what is added later lies above.
#[derive(Debug, Default)]
pub(crate) struct Canvas {
    shapes: Group,
    definitions: Definitions,
    /// What the scripts of a live figure are told, as JSON.
    data: Option<String>,
    /// The room of every text so far.
    pub(crate) texts: Vec<(String, Rect)>,
}

impl Canvas {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn define(&mut self, definition: impl Into<Box<dyn Node>>) {
        self.definitions = std::mem::take(&mut self.definitions).add(definition);
    }

    pub(crate) fn add(&mut self, shape: impl Into<Box<dyn Node>>) {
        self.shapes = std::mem::take(&mut self.shapes).add(shape);
    }

    pub(crate) fn label(&mut self, label: &Label) {
        self.texts.push((label.text.clone(), label.room()));
        self.add(label.drawn());
    }

    /// Shapes that belong together, with a text that a reader gets who points at them in an SVG viewer.
    pub(crate) fn titled(&mut self, full: &str, draw: impl FnOnce(&mut Canvas)) {
        let mut inner = Canvas::new();
        draw(&mut inner);
        self.texts.append(&mut inner.texts);
        let full: String = full.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let group = Group::new().add(Title::new(full)).add(inner.shapes);
        self.add(group);
    }

    /// Shapes that belong together, with attributes that say what they are to a script. A still picture looks the same
    /// with them.
    pub(crate) fn tagged(&mut self, attributes: &[(&str, String)], draw: impl FnOnce(&mut Canvas)) {
        let mut inner = Canvas::new();
        draw(&mut inner);
        self.texts.append(&mut inner.texts);
        let group =
            attributes.iter().fold(inner.shapes, |group, (name, value)| group.set(*name, value.as_str()));
        self.add(group);
    }

    /// Data for a script, as JSON.
    pub(crate) fn carry(&mut self, json: String) {
        self.data = Some(json);
    }

    /// What was drawn so far, each shape and each definition as SVG, in the order of painting.
    pub(crate) fn drawn(&self) -> (Vec<String>, Vec<String>) {
        let written = |of: &Element| of.get_children().iter().map(|child| child.to_string()).collect();
        (written(&self.shapes), written(&self.definitions))
    }

    /// The picture as an SVG document, on a card of this size.
    pub(crate) fn finish(self, title: &str, width: f64, height: f64) -> String {
        let card = Rect { x: 0.5, y: 0.5, width: width - 1.0, height: height - 1.0 };
        let (width, height) = (px(width), px(height));
        let title: String = title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let document = Document::new()
            .set("viewBox", (0.0, 0.0, width, height))
            .set("width", width)
            .set("height", height)
            .set("font-family", "sans-serif")
            .set("font-size", 12)
            .add(Title::new(title));
        let document = match self.data {
            Some(json) => {
                let mut metadata = Element::new("metadata");
                metadata.append(svg::node::Text::new(json));
                document.add(metadata)
            }
            None => document,
        };
        document
            .add(self.definitions)
            .add(card.drawn().set("rx", 6).set("fill", CARD).set("stroke", FRAME))
            .add(self.shapes)
            .to_string()
    }
}

/// The six ways to fill an area so that it is told from others without colour, and two for what does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fill {
    /// The pattern and the hue at this place; they begin again after six.
    Series(usize),
    /// Grey hatching: a node that is down.
    Down,
    /// Grey rungs: a node that is paused.
    Paused,
}

impl Fill {
    /// Reference to its definition.
    pub(crate) fn url(self) -> String {
        format!("url(#{})", self.id())
    }

    /// The colour of its edge.
    pub(crate) fn edge(self) -> Colour {
        match self {
            Fill::Series(place) => hue(place).line,
            Fill::Down | Fill::Paused => RULE,
        }
    }

    fn id(self) -> String {
        match self {
            Fill::Series(place) => format!("fill{}", place % HUES.len()),
            Fill::Down => "down".into(),
            Fill::Paused => "paused".into(),
        }
    }

    /// The definition: strokes of the hue on its tint.
    pub(crate) fn definition(self) -> Pattern {
        const CELL: f64 = 8.0;
        let (tint, line, strokes): (Colour, Colour, &[[f64; 4]]) = match self {
            Fill::Down => (CARD, RULE, &[[0.0, 8.0, 8.0, 0.0]]),
            Fill::Paused => (CARD, RULE, &[[0.0, 2.0, 8.0, 2.0], [0.0, 6.0, 8.0, 6.0]]),
            Fill::Series(place) => {
                let hue = hue(place);
                let strokes: &[[f64; 4]] = match place % HUES.len() {
                    0 => &[],
                    1 => &[[0.0, 8.0, 8.0, 0.0]],
                    2 => &[[0.0, 4.0, 8.0, 4.0]],
                    3 => &[[0.0, 0.0, 8.0, 8.0]],
                    4 => &[[4.0, 0.0, 4.0, 8.0]],
                    _ => &[[0.0, 4.0, 8.0, 4.0], [4.0, 0.0, 4.0, 8.0]],
                };
                (hue.tint, hue.line, strokes)
            }
        };
        let ground = Rectangle::new().set("width", CELL).set("height", CELL).set("fill", tint);
        let pattern = Pattern::new()
            .set("id", self.id())
            .set("patternUnits", "userSpaceOnUse")
            .set("width", CELL)
            .set("height", CELL)
            .add(ground);
        // Labels lie on what runs, and shall be read.
        let opacity = if matches!(self, Fill::Series(_)) { 0.55 } else { 0.9 };
        strokes.iter().fold(pattern, |pattern, [x1, y1, x2, y2]| {
            let line = Line::new().set("stroke", line).set("stroke-width", 1).set("stroke-opacity", opacity);
            pattern.add(line.set("x1", *x1).set("y1", *y1).set("x2", *x2).set("y2", *y2))
        })
    }
}

/// A straight line.
pub(crate) fn line(from: (f64, f64), to: (f64, f64), colour: Colour, width: f64) -> Line {
    Line::new()
        .set("x1", px(from.0))
        .set("y1", px(from.1))
        .set("x2", px(to.0))
        .set("y2", px(to.1))
        .set("stroke", colour)
        .set("stroke-width", width)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOX: Rect = Rect { x: 10.0, y: 10.0, width: 10.0, height: 10.0 };

    #[test]
    fn lines_that_pass_through_a_box() {
        assert!(BOX.crossed_by((0.0, 0.0), (30.0, 30.0)));
        assert!(BOX.crossed_by((15.0, 0.0), (15.0, 100.0)), "upright");
        assert!(BOX.crossed_by((12.0, 12.0), (13.0, 13.0)), "inside");
    }

    #[test]
    fn lines_that_pass_by_a_box() {
        assert!(!BOX.crossed_by((0.0, 0.0), (9.0, 30.0)));
        assert!(!BOX.crossed_by((0.0, 0.0), (8.0, 8.0)), "ends before it");
        assert!(!BOX.crossed_by((25.0, 0.0), (25.0, 100.0)), "upright beside it");
    }

    #[test]
    fn long_text_is_cut_where_it_no_longer_fits() {
        assert_eq!(shortened("append x=1", 200.0, 12.0, false), "append x=1");
        let short = shortened("append entries 4 to 97 of term 12", 100.0, 12.0, false);
        assert_eq!(short, "append entrie…");
        assert!(width_of(&short, 12.0, false) <= 100.0);
        assert_eq!(shortened("x", 0.0, 12.0, false), "…");
    }

    #[test]
    fn words_go_to_the_next_line_and_the_rest_is_cut() {
        let text = "becomes leader of term 12 with votes of A, B and C";
        assert_eq!(
            wrapped(text, 120.0, 12.0, false, 9).join("|"),
            "becomes leader of|term 12 with|votes of A, B and|C"
        );
        assert_eq!(wrapped(text, 120.0, 12.0, false, 2).join("|"), "becomes leader of|term 12 with vo…");
        assert_eq!(wrapped("", 120.0, 12.0, false, 2), [""]);
    }

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        let mut canvas = Canvas::new();
        canvas.label(&Label::new("a\u{0}<b>", 0.0, f64::NAN));
        let svg = canvas.finish("t\u{1}", 10.0, 10.0);
        assert!(svg.contains("a�&lt;b&gt;") && !svg.contains("NaN") && !svg.contains('\u{1}'), "{svg}");
    }
}

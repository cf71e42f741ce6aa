//! Which event happened before which.

use svg::node::element::{Circle, Polygon};

use super::canvas::{Canvas, Label, Rect, WIDTH, line, px, shortened, width_of, wrapped};
use super::palette::{BLUE, CARD, Colour, FRAME, GREEN, GREY, Hue, INK, RULE, VERMILION};
use super::{Figure, Table};
use crate::causality::{CausalError, CausalGraph, Causality};

const LEFT: f64 = 100.0;
const LANE: f64 = 64.0;
const TOP: f64 = 48.0;
/// Half the size of an event's mark.
const MARK: f64 = 10.0;
/// The widest column, and the narrowest.
const COLUMN: (f64, f64) = (64.0, 26.0);
/// Most events whose concurrent ones are listed in a table.
const MOST_ROWS: usize = 60;

/// A happens-before diagram: a line for each process, time from left to right, an arrow for each message. Every event
/// stands right of all that happened before it; how far says nothing.
///
/// With one event chosen, the others show how they stand to it, by shape, letter and colour. Without, the diagram says
/// how many pairs are concurrent, and which. The text form says the same.
///
/// # Examples
/// ```
/// use replication_lab::causality::CausalGraph;
/// use replication_lab::view::HappensBefore;
/// let graph = CausalGraph::three_processes();
/// let seen = HappensBefore::new(&graph).of("b3")?.figure();
/// assert!(seen.as_text().contains("happened before b3: a1 a2 b1 b2 c1"));
/// assert!(HappensBefore::new(&graph).figure().as_text().contains("39 of 78 pairs are concurrent"));
/// # Ok::<(), replication_lab::causality::CausalError>(())
/// ```
#[derive(Clone, Debug)]
pub struct HappensBefore {
    graph: CausalGraph,
    title: String,
    chosen: Option<usize>,
}

impl HappensBefore {
    /// A diagram without a chosen event.
    pub fn new(graph: &CausalGraph) -> Self {
        Self { graph: graph.clone(), title: "Happens before".into(), chosen: None }
    }

    /// With this event chosen.
    ///
    /// # Errors
    /// When there is no such event.
    pub fn of(mut self, event: &str) -> Result<Self, CausalError> {
        self.chosen = Some(self.graph.place(event)?);
        self.title = format!("What happened before and after {event}");
        Ok(self)
    }

    /// With this title.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Both forms.
    pub fn figure(&self) -> Figure {
        let picture = Figure::svg(&self.svg(), &self.title, self.text());
        match self.chosen {
            Some(_) => picture,
            None => picture.beside(self.table()),
        }
    }

    /// How each event stands to the chosen one, if there is one.
    fn relations(&self) -> Vec<Option<Causality>> {
        match self.chosen {
            Some(place) => self.graph.relations(place).into_iter().map(Some).collect(),
            None => vec![None; self.graph.events().len()],
        }
    }

    fn count(&self) -> String {
        let concurrent = self.graph.concurrent_pairs().len();
        let all = self.graph.pair_count();
        format!("{concurrent} of {all} pairs are concurrent")
    }

    /// For each event, the later ones in the list that are concurrent with it: every pair once.
    fn table(&self) -> Figure {
        let pairs = self.graph.concurrent_pairs();
        let mut table = Table::new(["event", "concurrent with, each pair once"]);
        let mut shown = 0;
        for event in self.graph.events() {
            let with: Vec<&str> = pairs.iter().filter(|(a, _)| *a == event.name).map(|(_, b)| *b).collect();
            if !with.is_empty() && shown < MOST_ROWS {
                table = table.row([event.name.clone(), with.join(" ")]);
                shown += 1;
            }
        }
        table.figure()
    }

    fn text(&self) -> String {
        let relations = self.relations();
        let events = self.graph.events();
        let mut lines = vec![self.title.clone()];
        for (process, name) in self.graph.processes().iter().enumerate() {
            let of_it = (0..events.len()).filter(|place| events[*place].process == process);
            let told = of_it.map(|place| match relations[place] {
                Some(relation) => format!("{}[{}]", events[place].name, letter(relation)),
                None => events[place].name.clone(),
            });
            lines.push(format!("{name}: {}", told.collect::<Vec<_>>().join(" → ")));
        }
        let messages = self.graph.messages();
        let messages = messages.map(|(from, to)| format!("{} → {}", events[from].name, events[to].name));
        let messages: Vec<String> = messages.collect();
        if !messages.is_empty() {
            lines.push(format!("messages: {}", messages.join(", ")));
        }
        lines.push(String::new());
        lines.extend(self.below());
        lines.join("\n")
    }

    /// What is said below the picture.
    fn below(&self) -> Vec<String> {
        let Some(chosen) = self.chosen else { return vec![self.count()] };
        let events = self.graph.events();
        let relations = self.graph.relations(chosen);
        let name = &events[chosen].name;
        let among = |wanted: Causality| {
            let found = events.iter().zip(&relations).filter(|(_, relation)| **relation == wanted);
            let found: Vec<&str> = found.map(|(event, _)| event.name.as_str()).collect();
            if found.is_empty() { "nothing".to_owned() } else { found.join(" ") }
        };
        let mut lines = vec![
            format!("P: happened before {name}: {}", among(Causality::Before)),
            format!("F: happened after {name}: {}", among(Causality::After)),
            format!("C: concurrent with {name}: {}", among(Causality::Concurrent)),
        ];
        if !events[chosen].text.is_empty() {
            lines.insert(0, format!("{name}: {}", events[chosen].text));
        }
        lines
    }

    fn svg(&self) -> String {
        let relations = self.relations();
        let depths = self.graph.depths();
        let columns = depths.iter().max().map_or(1, |depth| depth + 1);
        let width = ((WIDTH - LEFT - 40.0) / columns as f64).clamp(COLUMN.1, COLUMN.0);
        let shown = ((WIDTH - LEFT - 40.0) / width) as usize;
        let at = |place: usize| {
            let event = &self.graph.events()[place];
            (LEFT + 30.0 + width * depths[place] as f64, TOP + 30.0 + LANE * event.process as f64)
        };
        let fits = |place: usize| depths[place] < shown;
        let mut canvas = Canvas::new();
        canvas.label(&Label::new(self.title.clone(), 16.0, 26.0).size(15.0).bold(true));
        for (process, name) in self.graph.processes().iter().enumerate() {
            let y = TOP + 30.0 + LANE * process as f64;
            let name = shortened(name, LEFT - 30.0, 14.0, true);
            canvas.label(&Label::new(name, LEFT - 14.0, y + 5.0).end().size(14.0).bold(true));
            let end = LEFT + 60.0 + width * (columns.min(shown) - 1) as f64;
            canvas.add(line((LEFT, y), (end, y), FRAME, 2.0));
        }
        for (from, to) in self.graph.messages().filter(|(from, to)| fits(*from) && fits(*to)) {
            draw_arrow(&mut canvas, at(from), at(to));
        }
        for (place, event) in self.graph.events().iter().enumerate().filter(|(place, _)| fits(*place)) {
            let relation = relations[place];
            let full = match event.text.is_empty() {
                true => event.name.clone(),
                false => format!("{}: {}", event.name, event.text),
            };
            let label = shortened(&event.name, width - 2.0, 11.0, false);
            canvas.titled(&full, |canvas| draw_event(canvas, at(place), relation, &label));
        }
        let mut y = TOP + LANE * self.graph.processes().len().max(1) as f64 + 24.0;
        let mut lines = self.below();
        let left_out = (0..self.graph.events().len()).filter(|place| !fits(*place)).count();
        if left_out > 0 {
            lines.push(format!("… and {left_out} events more to the right: see the text form."));
        }
        for text in lines.iter().flat_map(|text| wrapped(text, WIDTH - 32.0, 12.0, false, 3)) {
            canvas.label(&Label::new(text, 16.0, y));
            y += 18.0;
        }
        canvas.finish(&self.title, WIDTH, y + 4.0)
    }
}

crate::shown_in_notebooks!(HappensBefore);

impl CausalGraph {
    /// The happens-before diagram with all concurrent pairs.
    pub fn figure(&self) -> Figure {
        HappensBefore::new(self).figure()
    }
}

crate::shown_in_notebooks!(CausalGraph);

fn letter(relation: Causality) -> &'static str {
    match relation {
        Causality::Before => "P",
        Causality::After => "F",
        Causality::Concurrent => "C",
        Causality::Equal => "•",
    }
}

fn draw_arrow(canvas: &mut Canvas, from: (f64, f64), to: (f64, f64)) {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = libm::sqrt(dx * dx + dy * dy).max(1.0);
    let (ux, uy) = (dx / length, dy / length);
    let begin = (from.0 + ux * (MARK + 1.0), from.1 + uy * (MARK + 1.0));
    let tip = (to.0 - ux * (MARK + 3.0), to.1 - uy * (MARK + 3.0));
    let back = (tip.0 - ux * 9.0, tip.1 - uy * 9.0);
    canvas.add(line(begin, back, RULE, 1.5));
    let corners = [tip, (back.0 - uy * 4.0, back.1 + ux * 4.0), (back.0 + uy * 4.0, back.1 - ux * 4.0)];
    canvas.add(Polygon::new().set("points", points(&corners)).set("fill", RULE));
}

fn points(corners: &[(f64, f64)]) -> String {
    let corners = corners.iter().map(|(x, y)| format!("{},{}", px(*x), px(*y)));
    corners.collect::<Vec<_>>().join(" ")
}

/// A mark with its letter, and the event's name above.
fn draw_event(canvas: &mut Canvas, (x, y): (f64, f64), relation: Option<Causality>, name: &str) {
    let (fill, edge, ink) = match relation {
        None => (CARD, RULE, INK),
        Some(Causality::Before) => shades(BLUE),
        Some(Causality::After) => shades(GREEN),
        Some(Causality::Concurrent) => shades(VERMILION),
        Some(Causality::Equal) => (INK, INK, CARD),
    };
    let polygon = |corners: &[(f64, f64)]| {
        let corners: Vec<_> = corners.iter().map(|(dx, dy)| (x + dx * MARK, y + dy * MARK)).collect();
        Polygon::new()
            .set("points", points(&corners))
            .set("fill", fill)
            .set("stroke", edge)
            .set("stroke-width", 1.5)
    };
    match relation {
        Some(Causality::Before) => canvas.add(polygon(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)])),
        Some(Causality::Concurrent) => {
            canvas.add(polygon(&[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)]))
        }
        _ => canvas.add(
            Circle::new()
                .set("cx", px(x))
                .set("cy", px(y))
                .set("r", MARK)
                .set("fill", fill)
                .set("stroke", edge)
                .set("stroke-width", 1.5),
        ),
    }
    if let Some(relation) = relation {
        canvas.label(&Label::new(letter(relation), x, y + 4.0).middle().size(11.0).bold(true).colour(ink));
    }
    let above = y - MARK - 7.0;
    // A line of a message may pass behind the name.
    let width = width_of(name, 11.0, false);
    let under = Rect { x: x - width / 2.0, y: above - 9.0, width, height: 11.0 };
    canvas.add(under.drawn().set("fill", CARD).set("fill-opacity", 0.8));
    let colour = if relation.is_some() { INK } else { GREY };
    canvas.label(&Label::new(name, x, above).middle().size(11.0).colour(colour));
}

fn shades(hue: Hue) -> (Colour, Colour, Colour) {
    (hue.tint, hue.line, hue.ink)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaderless::Leaderless;
    use crate::trace::samples::every_event;

    #[test]
    fn past_future_and_concurrent_events() {
        let graph = CausalGraph::three_processes();
        let figure = HappensBefore::new(&graph).of("b3").unwrap().figure();
        insta::assert_snapshot!(figure.as_text());
    }

    #[test]
    fn all_concurrent_pairs() {
        insta::assert_snapshot!(CausalGraph::three_processes().figure().as_text());
    }

    #[test]
    fn a_run_and_what_its_last_event_could_know() {
        let graph = CausalGraph::of(&every_event());
        insta::assert_snapshot!(HappensBefore::new(&graph).of("C.5").unwrap().figure().as_text());
    }

    #[test]
    fn what_has_no_room_is_counted() {
        let mut cluster = Leaderless::builder().seed(7).build().unwrap();
        for value in 0..20 {
            cluster.write("c1", "x", &value.to_string()).unwrap();
        }
        let svg = HappensBefore::new(&CausalGraph::of(cluster.trace().unwrap())).svg();
        assert!(svg.contains("events more to the right"));
        let nothing = HappensBefore::new(&CausalGraph::new(&[], &[]).unwrap()).figure();
        assert!(nothing.as_text().contains("0 of 0 pairs"));
    }

    #[test]
    fn an_event_that_is_not_there_says_which_are() {
        let why = HappensBefore::new(&CausalGraph::three_processes()).of("d1").unwrap_err().to_string();
        assert!(why.starts_with("no event is called \"d1\": there are a1, a2"), "{why}");
    }
}

//! Which state each node is in, over time: leader, follower, down.

use super::canvas::{Canvas, Fill, Label, Rect, WIDTH, width_of};
use super::palette::{CARD, GREY, INK};
use super::time_axis::{CELLS, TimeAxis, draw_name, text_lanes};
use super::{Figure, Table};
use crate::time::Time;
use crate::trace::{Entry, Event, Trace};

/// The state of a node that has crashed.
const DOWN: &str = "down";
/// The state of a node that is paused.
const PAUSED: &str = "paused";
/// Most rows of the table in the text form.
const MOST_ROWS: usize = 60;

const LEFT: f64 = 110.0;
const RIGHT: f64 = WIDTH - 40.0;
const LANE: f64 = 30.0;
const GAP: f64 = 8.0;

/// A lane for each node, with its states one after the other, to scale. States have colours and patterns; `down` and
/// `paused` are hatched. Its text form has one letter a cell of time, and a table of all states.
///
/// # Examples
/// ```
/// use replication_lab::time::Time;
/// use replication_lab::view::StateTimeline;
///
/// let changes = [(0, "A", "leader"), (0, "B", "follower"), (40, "A", "down"), (60, "B", "leader")];
/// let changes = changes.map(|(ms, node, state)| (Time::ms(ms), node, state));
/// let roles = StateTimeline::new("Roles", changes).until(Time::ms(100));
/// assert!(roles.figure().as_text().contains("| B    | 60 ms | 100 ms | leader   |"));
/// ```
#[derive(Clone, Debug)]
pub struct StateTimeline {
    title: String,
    nodes: Vec<String>,
    /// When, which node, which state; an empty one is none. Ascending in time.
    changes: Vec<(Time, String, String)>,
    since: Option<Time>,
    until: Option<Time>,
}

/// A state of a node from one moment to another.
#[derive(Debug, PartialEq, Eq)]
struct Segment<'a> {
    node: usize,
    from: Time,
    to: Time,
    state: &'a str,
}

impl StateTimeline {
    /// From the changes: when, which node, and which state it is in from then on; an empty text for none. Nodes come
    /// in the order in which they are named first.
    pub fn new<N: Into<String>, S: Into<String>>(
        title: impl Into<String>,
        changes: impl IntoIterator<Item = (Time, N, S)>,
    ) -> Self {
        let changes = changes.into_iter().map(|(at, node, state)| (at, node.into(), state.into()));
        let (title, changes) = (title.into(), changes.collect());
        Self { title, nodes: Vec::new(), changes, since: None, until: None }.ordered()
    }

    /// From what the nodes of a trace note: `state` says which state a note tells of, if any. A crash makes a node
    /// `down` until its restart, after which it has no state until it notes one; a pause makes it `paused`, and
    /// then it goes on in the state in which it was.
    pub fn of_notes(
        title: impl Into<String>,
        trace: &Trace,
        mut state: impl FnMut(&str) -> Option<String>,
    ) -> Self {
        let mut changes: Vec<(Time, String, String)> = Vec::new();
        for entry in &trace.entries {
            let Some(node) = entry.event.happens_at() else { continue };
            let name = trace.name(node);
            let before = || {
                let mut earlier = changes.iter().rev().filter(|(_, other, _)| other == name);
                earlier.find(|(_, _, state)| state != PAUSED).map_or("", |(_, _, state)| state)
            };
            let now = match &entry.event {
                Event::Note { text, .. } => state(text),
                Event::Crash { .. } => Some(DOWN.to_owned()),
                Event::Restart { .. } => Some(String::new()),
                Event::Pause { .. } => Some(PAUSED.to_owned()),
                Event::Resume { .. } => Some(before().to_owned()),
                _ => None,
            };
            changes.extend(now.map(|state| (entry.at, name.to_owned(), state)));
        }
        let moment = |entry: Option<&Entry>| entry.map(|entry| entry.at);
        let (since, until) = (moment(trace.entries.first()), moment(trace.entries.last()));
        // A state that begins with the last event shall be seen.
        let until = until.filter(|end| changes.last().is_none_or(|(at, _, _)| at < end));
        Self { title: title.into(), nodes: trace.nodes.clone(), changes, since, until }.ordered()
    }

    /// Until when the last states last. Without it: a tenth of the span beyond the last change.
    pub fn until(self, end: Time) -> Self {
        Self { until: Some(end), ..self }
    }

    fn ordered(mut self) -> Self {
        self.changes.sort_by_key(|(at, _, _)| *at);
        for (_, node, _) in &self.changes {
            if !self.nodes.contains(node) {
                self.nodes.push(node.clone());
            }
        }
        self
    }

    fn axis(&self) -> TimeAxis {
        let first = self.changes.first().map_or(Time::ZERO, |(at, _, _)| *at);
        let last = self.changes.last().map_or(Time::ZERO, |(at, _, _)| *at);
        let beyond = || last + Time::us(last.since(first).as_us() / 10);
        let first = self.since.map_or(first, |since| since.min(first));
        TimeAxis::new(first, self.until.map_or_else(beyond, |until| until.max(last)), LEFT, RIGHT)
    }

    /// Node by node, in order of time; neighbours of the same state are one, and what has no length is left out.
    fn segments(&self, end: Time) -> Vec<Segment<'_>> {
        let mut segments: Vec<Segment> = Vec::new();
        for (node, name) in self.nodes.iter().enumerate() {
            let mut mine = self.changes.iter().filter(|(_, other, _)| other == name).peekable();
            while let Some((from, _, state)) = mine.next() {
                let to = mine.peek().map_or(end, |(at, _, _)| *at);
                match segments.last_mut() {
                    Some(before) if before.node == node && before.state == state && before.to == *from => {
                        before.to = to;
                    }
                    _ if to > *from => segments.push(Segment { node, from: *from, to, state }),
                    _ => {}
                }
            }
        }
        segments.retain(|segment| !segment.state.is_empty());
        segments
    }

    /// The states in the order in which they appear, without the hatched ones.
    fn states<'a>(&self, segments: &[Segment<'a>]) -> Vec<&'a str> {
        let mut found: Vec<(Time, &str)> = Vec::new();
        for segment in segments.iter().filter(|segment| !is_off(segment.state)) {
            match found.iter_mut().find(|(_, state)| *state == segment.state) {
                Some((first, _)) => *first = segment.from.min(*first),
                None => found.push((segment.from, segment.state)),
            }
        }
        found.sort_by_key(|(first, _)| *first);
        found.into_iter().map(|(_, state)| state).collect()
    }

    /// Both forms.
    pub fn figure(&self) -> Figure {
        Figure::svg(&self.svg(), &self.title, self.text())
    }

    fn svg(&self) -> String {
        let axis = self.axis();
        let segments = self.segments(axis.to);
        let states = self.states(&segments);
        let mut canvas = Canvas::new();
        (0..states.len())
            .map(Fill::Series)
            .chain([Fill::Down, Fill::Paused])
            .for_each(|fill| canvas.define(fill.definition()));
        canvas.label(&Label::new(self.title.clone(), 16.0, 26.0).size(15.0).bold(true));
        let top = 44.0;
        let lane = |node: usize| Rect {
            x: LEFT,
            y: top + (LANE + GAP) * node as f64,
            width: RIGHT - LEFT,
            height: LANE,
        };
        let bottom = top + (LANE + GAP) * self.nodes.len().max(1) as f64;
        axis.draw(&mut canvas, top, bottom);
        for (node, name) in self.nodes.iter().enumerate() {
            draw_name(&mut canvas, name, &lane(node));
        }
        if segments.is_empty() {
            canvas.label(&Label::new("No states.", LEFT + 8.0, top + 20.0).colour(GREY));
        }
        for segment in &segments {
            let lane = lane(segment.node);
            let (x, right) = (axis.x(segment.from), axis.x(segment.to));
            // A state that is too short for the scale is seen all the same.
            let room = Rect { x, width: (right - x).max(1.5), ..lane };
            draw_segment(&mut canvas, segment.state, fill(segment.state, &states), &room);
        }
        let height = draw_legend(&mut canvas, &segments, &states, bottom + 40.0);
        canvas.finish(&self.title, WIDTH, height)
    }

    /// Both forms, the text form without its table.
    pub(super) fn lanes(&self) -> Figure {
        Figure::svg(&self.svg(), &self.title, self.lanes_text())
    }

    fn lanes_text(&self) -> String {
        let axis = self.axis();
        let segments = self.segments(axis.to);
        let states = self.states(&segments);
        let letters = letters(&states);
        let sign = |state: &str| match state {
            DOWN => 'x',
            PAUSED => '=',
            _ => states.iter().position(|other| *other == state).map_or('?', |place| letters[place]),
        };
        let lane = |(node, name)| {
            let mut cells = vec![' '; CELLS];
            for segment in segments.iter().filter(|segment| segment.node == node) {
                let (first, last) = (axis.cell(segment.from), axis.cell(segment.to));
                // The cell in which it ends belongs to what follows.
                let last = if segment.to == axis.to { CELLS } else { last.max(first + 1) };
                cells[first..last].fill(sign(segment.state));
            }
            (name, cells.into_iter().collect::<String>())
        };
        let lanes: Vec<_> = self.nodes.iter().map(String::as_str).enumerate().map(lane).collect();
        let strip = text_lanes(&axis, &lanes);
        let off = [DOWN, PAUSED].into_iter().filter(|off| segments.iter().any(|s| s.state == *off));
        let legend: Vec<_> =
            states.iter().copied().chain(off).map(|state| format!("{} {state}", sign(state))).collect();
        let cell = axis.cell_span();
        format!("{} (one cell is {cell})\n{strip}\n{}", self.title, legend.join("  "))
    }

    fn text(&self) -> String {
        let axis = self.axis();
        let segments = self.segments(axis.to);
        let table = segments.iter().take(MOST_ROWS).fold(
            Table::new(["node", "from", "to", "state"]),
            |table, Segment { node, from, to, state }| {
                table.row([&self.nodes[*node], &axis.text_of(*from), &axis.text_of(*to), *state])
            },
        );
        let more = match segments.len().saturating_sub(MOST_ROWS) {
            0 => String::new(),
            more => format!("\n… and {more} more"),
        };
        format!("{}\n\n{}{more}", self.lanes_text(), table.figure().as_text())
    }
}

crate::shown_in_notebooks!(StateTimeline);

fn is_off(state: &str) -> bool {
    state == DOWN || state == PAUSED
}

fn fill(state: &str, states: &[&str]) -> Fill {
    match state {
        PAUSED => Fill::Paused,
        _ => states.iter().position(|other| *other == state).map_or(Fill::Down, Fill::Series),
    }
}

fn draw_segment(canvas: &mut Canvas, state: &str, fill: Fill, room: &Rect) {
    canvas.add(room.drawn().set("fill", fill.url()).set("stroke", fill.edge()).set("stroke-width", 1));
    let width = width_of(state, 11.0, false);
    if width + 12.0 <= room.width {
        let (x, y) = (room.x + room.width / 2.0, room.y + room.height / 2.0);
        let under = Rect { x: x - width / 2.0 - 3.0, y: y - 8.0, width: width + 6.0, height: 16.0 };
        canvas.add(under.drawn().set("rx", 3).set("fill", CARD).set("fill-opacity", 0.9));
        canvas.label(&Label::new(state, x, y + 4.0).middle().size(11.0));
    }
}

/// What the patterns mean; says where the picture ends.
fn draw_legend(canvas: &mut Canvas, segments: &[Segment], states: &[&str], top: f64) -> f64 {
    let off = [DOWN, PAUSED].into_iter().filter(|off| segments.iter().any(|s| s.state == *off));
    let (mut x, mut y) = (LEFT, top);
    for state in states.iter().copied().chain(off) {
        let width = 30.0 + width_of(state, 12.0, false) + 22.0;
        if x + width > WIDTH - 16.0 && x > LEFT {
            (x, y) = (LEFT, y + 22.0);
        }
        let fill = fill(state, states);
        let swatch = Rect { x, y: y - 11.0, width: 24.0, height: 14.0 };
        canvas.add(swatch.drawn().set("fill", fill.url()).set("stroke", fill.edge()));
        canvas.label(&Label::new(state, x + 30.0, y).colour(INK));
        x += width;
    }
    y + 16.0
}

/// A letter for each state: one of its own if there is one left, else any.
fn letters(states: &[&str]) -> Vec<char> {
    let mut taken: Vec<char> = vec!['x', '=', '?'];
    for state in states {
        let own = state.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase);
        let any = ('A'..='Z').chain('0'..='9').chain('a'..='w');
        let letter = own.chain(any).find(|c| !taken.contains(c)).unwrap_or('?');
        taken.push(letter);
    }
    taken.split_off(3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::samples::every_event;

    fn roles() -> StateTimeline {
        let changes = [
            (0, "A", "leader"),
            (0, "B", "follower"),
            (0, "C", "follower"),
            (310, "A", "down"),
            (455, "C", "candidate"),
            (470, "C", "leader"),
            (600, "A", ""),
            (620, "A", "follower"),
            (700, "B", "paused"),
            (760, "B", "follower"),
        ];
        let changes = changes.map(|(ms, node, state)| (Time::ms(ms), node, state));
        StateTimeline::new("Roles", changes).until(Time::ms(900))
    }

    #[test]
    fn roles_of_an_election() {
        insta::assert_snapshot!(roles().figure().as_text());
    }

    #[test]
    fn states_from_the_notes_of_a_trace() {
        let follows = |note: &str| note.starts_with("follower").then(|| "follower".to_owned());
        let figure = StateTimeline::of_notes("Roles", &every_event(), follows).figure();
        insta::assert_snapshot!(figure.as_text());
    }

    #[test]
    fn order_of_the_changes_does_not_matter() {
        let mut changes = roles().changes;
        changes.reverse();
        let reversed = StateTimeline::new("Roles", changes).until(Time::ms(900));
        assert_eq!(reversed.segments(Time::ms(900)).len(), roles().segments(Time::ms(900)).len());
    }

    #[test]
    fn what_cannot_be_drawn_gives_a_picture_all_the_same() {
        let none: [(Time, &str, &str); 0] = [];
        assert!(StateTimeline::new("", none).svg().contains("No states."));
        for at in [Time::ZERO, Time::NEVER] {
            let text = StateTimeline::new("One", [(at, "", "<up>")]).figure();
            assert!(text.as_text().starts_with("One (one cell is"), "{}", text.as_text());
        }
        // `until` before the last change is too early, and no reason to lose it.
        let early = StateTimeline::new("Early", [(Time::ms(5), "A", "up"), (Time::ms(9), "A", "off")]);
        assert!(early.until(Time::ms(1)).figure().as_text().contains("9 ms"));
    }

    #[test]
    fn letters_differ() {
        let letters = letters(&["leader", "learner", "led", "Ω", "x", "", ""]);
        let mut different = letters.clone();
        different.sort_unstable();
        different.dedup();
        assert_eq!(different.len(), letters.len(), "{letters:?}");
    }
}

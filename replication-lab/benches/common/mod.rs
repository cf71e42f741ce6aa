//! What the benchmarks share: figures with what they should reach, and a world in which messages never end.

use std::fmt;

use replication_lab::network::Link;
use replication_lab::trace::NodeId;
use replication_lab::view::Table;
use replication_lab::world::{Effects, Node, World};
use serde::Serialize;

/// One measured figure, and what it should reach.
#[derive(Serialize)]
pub struct Figure {
    name: &'static str,
    measured: f64,
    unit: &'static str,
    reach: Option<Reach>,
    holds: bool,
}

/// What a figure should reach.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// This much or more.
    AtLeast(f64),
    /// This much or less.
    AtMost(f64),
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(bound) => write!(f, "at least {bound:.3}"),
            Self::AtMost(bound) => write!(f, "at most {bound:.3}"),
        }
    }
}

/// A figure, judged.
pub fn figure(name: &'static str, measured: f64, unit: &'static str, reach: Option<Reach>) -> Figure {
    let holds = match reach {
        Some(Reach::AtLeast(bound)) => measured >= bound,
        Some(Reach::AtMost(bound)) => measured <= bound,
        None => true,
    };
    Figure { name, measured, unit, reach, holds }
}

/// Prints the figures as a table, unless `--json` is asked for, and as one line of JSON. Ends the program with 1 if
/// one misses what it should reach.
pub fn report(figures: &[Figure]) {
    let json = serde_json::to_string(figures).expect("figures are plain data");
    if !std::env::args().any(|arg| arg == "--json") {
        let mut table = Table::new(["what", "measured", "unit", "should reach", ""]);
        for Figure { name, measured, unit, reach, holds } in figures {
            let digits = if *measured >= 1_000.0 { 0 } else { 3 };
            let bound = reach.map_or(String::new(), |reach| reach.to_string());
            let mark = match (reach, holds) {
                (None, _) => "",
                (_, true) => "✔",
                (_, false) => "✘",
            };
            let measured = format!("{measured:.digits$}");
            table = table.row([*name, measured.as_str(), *unit, bound.as_str(), mark]);
        }
        println!("{}", table.figure().as_text());
    }
    println!("{json}");
    if figures.iter().any(|figure| !figure.holds) {
        std::process::exit(1);
    }
}

/// Five nodes that send tokens to and fro: every message is answered at once.
#[derive(Clone, Debug)]
pub struct Relay;

/// What they send: how often it has been on its way.
#[derive(Clone, Debug)]
pub struct Token(u64);

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "token {}", self.0)
    }
}

impl Node for Relay {
    type Message = Token;
    type Timer = &'static str;
    type Record = ();
    type Output = ();

    fn start(&mut self, effects: &mut Effects<'_, Self>) {
        let me = effects.me();
        for other in (0..NODES).map(NodeId).filter(|id| *id != me) {
            effects.send(other, Token(0));
        }
    }

    fn message(&mut self, from: NodeId, Token(hops): Token, effects: &mut Effects<'_, Self>) {
        effects.send(from, Token(hops + 1));
    }

    fn timer(&mut self, _: &'static str, _: &mut Effects<'_, Self>) {}
}

/// How many there are.
pub const NODES: u16 = 5;

/// Their world.
pub fn relays(tracing: bool) -> World<Relay> {
    let nodes = (0..NODES).map(|i| (format!("n{i}"), Relay)).collect();
    World::new(7, nodes, Link::default(), tracing).expect("five nodes on the default link")
}

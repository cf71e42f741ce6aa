//! Quorums as a reader sees them.

use svg::Document;
use svg::node::element::{Rectangle, Text};

use super::{QuorumFacts, facts};
use crate::view::{Figure, Table};

crate::shown_in_notebooks!(QuorumFacts);

impl QuorumFacts {
    /// The six facts as a table.
    pub fn figure(&self) -> Figure {
        let yes = |fact| if fact { "yes" } else { "no" };
        Table::new(["fact", "value"])
            .row(["reads meet writes (W + R > N)", yes(self.overlap)])
            .row(["replicas shared at the least", &self.min_overlap.to_string()])
            .row(["writes succeed with so many down", &self.write_tolerance.to_string()])
            .row(["reads succeed with so many down", &self.read_tolerance.to_string()])
            .row(["chance that a read misses the write", &format!("{:.4}", self.stale_probability)])
            .row(["writes meet writes (W > N/2)", yes(self.write_write_overlap)])
            .figure()
    }
}

/// Every (N, W, R) up to seven replicas: one square of W against R for each N. A cell says how likely a read misses
/// a write that exactly W replicas hold; `✔` where it never does, `✔✔` where two writes meet as well.
pub fn every_quorum() -> Figure {
    const CELL: f64 = 38.0;
    const GAP: f64 = 46.0;
    let mut document = Document::new().set("font-family", "sans-serif").set("font-size", 12);
    let mut text = String::new();
    let (mut left, mut top, mut tallest, mut width) = (GAP, GAP, 0.0_f64, 0.0_f64);
    document =
        document.add(Rectangle::new().set("width", "100%").set("height", "100%").set("fill", "#ffffff"));
    for n in 1..=7u32 {
        let side = CELL * f64::from(n);
        if left + side > 860.0 {
            (left, top, tallest) = (GAP, top + tallest + GAP, 0.0);
        }
        let label = |content: String, x: f64, y: f64, anchor: &str| {
            Text::new(content).set("x", x).set("y", y).set("fill", "#1a1a1a").set("text-anchor", anchor)
        };
        document = document
            .add(label(format!("N = {n}"), left, top - 22.0, "start").set("font-weight", "bold"))
            .add(label("R →".into(), left + 52.0, top - 22.0, "start"));
        let mut table =
            Table::new(std::iter::once(format!("N={n}")).chain((1..=n).map(|r| format!("R={r}"))));
        for w in 1..=n {
            let y = top + CELL * f64::from(w - 1);
            document = document.add(label(format!("W{w}"), left - 5.0, y + 23.0, "end"));
            let mut row = vec![format!("W={w}")];
            for r in 1..=n {
                let Ok(facts) = facts(n, w, r) else { continue };
                let x = left + CELL * f64::from(r - 1);
                if w == 1 {
                    document = document.add(label(format!("{r}"), x + CELL / 2.0, top - 6.0, "middle"));
                }
                let content = cell(&facts);
                let fill = match (facts.overlap, facts.write_write_overlap) {
                    (true, true) => "#9ccbe8",
                    (true, false) => "#d8ecf8",
                    (false, _) if facts.stale_probability > 0.3 => "#f2b58a",
                    (false, _) => "#fbe3d2",
                };
                let square = Rectangle::new()
                    .set("x", x)
                    .set("y", y)
                    .set("width", CELL - 2.0)
                    .set("height", CELL - 2.0);
                document = document.add(square.set("fill", fill)).add(label(
                    content.clone(),
                    x + CELL / 2.0 - 1.0,
                    y + 23.0,
                    "middle",
                ));
                row.push(content);
            }
            table = table.row(row);
        }
        text.push_str(&table.figure().to_string());
        text.push_str("\n\n");
        width = width.max(left + side + GAP / 2.0);
        left += side + GAP;
        tallest = tallest.max(side);
    }
    let height = top + tallest + GAP / 2.0;
    let document =
        document.set("viewBox", (0.0, 0.0, width, height)).set("width", width).set("height", height);
    Figure::svg(
        &document.to_string(),
        "Chance of a stale read for every N, W and R up to seven replicas",
        text,
    )
}

fn cell(facts: &QuorumFacts) -> String {
    match (facts.overlap, facts.write_write_overlap) {
        (true, true) => "✔✔".into(),
        (true, false) => "✔".into(),
        (false, _) => format!("{:.0} %", 100.0 * facts.stale_probability),
    }
}

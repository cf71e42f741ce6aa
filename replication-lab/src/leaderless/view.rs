//! A cluster, a story and measures as a reader sees them.

use super::Outcome;
use super::cluster::Leaderless;
use super::message::listed;
use super::partial::StaleShare;
use super::schedule::Story;
use super::workload::Measures;
use crate::history::Verdict;
use crate::time::Time;
use crate::view::{Chart, Figure, Table, drawn_from_its_trace, percentile};

crate::shown_in_notebooks!(Leaderless, Story, Measures, Outcome);

impl Outcome {
    /// The outcome in one line.
    pub fn figure(&self) -> Figure {
        Figure::text(self.to_string())
    }
}

drawn_from_its_trace!(Leaderless);

impl Leaderless {
    /// The operations so far and how they ended.
    pub fn figure(&self) -> Figure {
        Figure::text(self.history().to_string())
    }

    /// What every storage node holds for a key, and the hints for it.
    pub fn table(&self, key: &str) -> Figure {
        let home = self.home(key);
        let mut table = Table::new(["node", "", "holds"]);
        for (name, values) in self.holdings(key) {
            let up = self.id(&name).is_ok_and(|id| self.world.is_up(id));
            let role = match (home.contains(&name), up) {
                (true, true) => "replica",
                (false, true) => "stand-in",
                (true, false) => "replica, down",
                (false, false) => "stand-in, down",
            };
            let hints: Vec<_> = self
                .hints()
                .into_iter()
                .filter(|(keeper, _, hinted, _)| *keeper == name && hinted == key)
                .map(|(_, home, _, new)| format!("hint for {home}: {new}"))
                .collect();
            let held = match (values.is_empty(), hints.is_empty()) {
                (true, false) => hints.join(", "),
                (_, true) => listed(&values),
                (false, false) => format!("{}, {}", listed(&values), hints.join(", ")),
            };
            table = table.row([name, role.to_owned(), held]);
        }
        table.figure()
    }
}

impl Story {
    /// What happened, and what the checkers say.
    pub fn figure(&self) -> Figure {
        let mut verdict = match &self.linearizable {
            Verdict::Holds => "Linearizable: one copy of x could have behaved like this.".to_owned(),
            Verdict::Violated(witness) => format!("Not linearizable: {}.", witness.why),
            Verdict::Unknown(why) => format!("Linearizable or not? Unknown: {why}."),
        };
        for place in &self.stale {
            if let Some(op) = self.cluster.history().0.get(*place) {
                verdict.push_str(&format!("\nStale: “{op}”, although a newer write had been acknowledged."));
            }
        }
        let history = Figure::text(format!("{}\n{verdict}", self.cluster.history()));
        history.beside(self.cluster.diagram_since(self.begin))
    }
}

impl Measures {
    /// All figures in one table.
    pub fn figure(&self) -> Figure {
        let ms = |latencies: &[Time], share| {
            percentile(latencies, share).map_or("–".into(), |time| time.to_string())
        };
        let of = |part: u32, whole: u32| match whole {
            0 => "0 of 0".to_owned(),
            _ => format!("{part} of {whole} ({:.1} %)", 100.0 * f64::from(part) / f64::from(whole)),
        };
        let both =
            |share| format!("{} / {}", ms(&self.read_latencies, share), ms(&self.write_latencies, share));
        let peak = self.divergent.iter().map(|(_, keys)| *keys).max().unwrap_or(0);
        let (hot, cold) = self.divergent_at_end;
        Table::new(["measure", "value"])
            .row(["stale reads", &of(self.stale_reads, self.reads)])
            .row(["failed reads", &of(self.failed_reads, self.reads)])
            .row(["failed writes", &of(self.failed_writes, self.writes)])
            .row(["acknowledged writes lost", &self.lost_writes.to_string()])
            .row(["latency of a read / a write, median", &both(0.5)])
            .row(["latency of a read / a write, 99th percentile", &both(0.99)])
            .row(["hot keys that differ between replicas, at most", &peak.to_string()])
            .row(["hot / cold keys that differ at the end", &format!("{hot} / {cold}")])
            .row(["linearizable", &self.linearizable.to_string()])
            .figure()
    }

    /// How many keys differ between their replicas over time.
    pub fn divergence(&self) -> Figure {
        let points = self.divergent.iter().map(|(at, keys)| (at.as_ms(), f64::from(*keys)));
        Chart::new("Keys whose replicas differ", "time (ms)", "keys").line("divergent", points).figure()
    }
}

impl StaleShare {
    /// Computed and measured, in one line.
    pub fn figure(&self) -> Figure {
        Figure::text(format!(
            "formula {:.4}, measured {:.4} ({} of {})",
            self.formula,
            self.measured(),
            self.stale,
            self.trials
        ))
    }
}

crate::shown_in_notebooks!(StaleShare);

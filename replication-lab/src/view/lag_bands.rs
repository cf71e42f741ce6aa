//! How much lag is dangerous: bands, and when a follower was in which.

use super::lag::LagReading;
use super::{Figure, StateTimeline, Table};
use crate::time::Time;

/// A band of lag: from where on, and what it means.
#[derive(Clone, Debug, PartialEq)]
pub struct LagBand {
    /// From how much lag on, in seconds; up to the next band.
    pub from: f64,
    /// What usually causes it.
    pub cause: String,
    /// What users notice.
    pub impact: String,
    /// What to do.
    pub action: String,
}

/// Bands of lag, the lowest first.
///
/// The default is the course's: below 100 ms, to 1 s, to 10 s, to 60 s, and above. They are rules of thumb, not laws:
/// alert where your recovery point objective and your users' patience lie.
///
/// # Examples
/// ```
/// use replication_lab::view::LagBands;
/// let bands = LagBands::default();
/// assert_eq!(bands.name(bands.band(12.0)), "10 s to 60 s");
/// assert_eq!(LagBands::with_limits([0.05, 0.5, 5.0, 30.0]).band(12.0), 3);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct LagBands(pub Vec<LagBand>);

impl Default for LagBands {
    fn default() -> Self {
        Self::with_limits([0.1, 1.0, 10.0, 60.0])
    }
}

/// What is known of a follower from one moment to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BandState {
    /// Its lag is in this band, counted from 0.
    Band(usize),
    /// Nothing was written lately: there is no lag to speak of, and none that was measured.
    NoTraffic,
    /// It is down, or its lag is unknown.
    Down,
}

/// A stretch of time in one band.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BandSpell {
    /// When it began: the first reading in it.
    pub from: Time,
    /// When it ended: the first reading that was not, or the last one of all.
    pub to: Time,
    /// Which.
    pub state: BandState,
}

impl LagBands {
    /// The five default bands with other limits, in seconds, ascending.
    pub fn with_limits(limits: [f64; 4]) -> Self {
        let band = |from, cause: &str, impact: &str, action: &str| LagBand {
            from,
            cause: cause.into(),
            impact: impact.into(),
            action: action.into(),
        };
        let [loaded, slow, heavy, gone] = limits;
        Self(vec![
            band(0.0, "normal asynchronous replication", "mostly unnoticed", "watch it, no more"),
            band(
                loaded,
                "a loaded follower, a small trouble of the network",
                "users who reload at once miss what they wrote",
                "read a user's own data from the leader or by token; sticky sessions don't help here",
            ),
            band(
                slow,
                "a large transaction, a follower's disk that is busy",
                "staleness that people see, complaints",
                "send reads that must be fresh to the leader",
            ),
            band(
                heavy,
                "a migration or a batch import that is replayed, a vacuum",
                "heavy staleness, time runs backward for many",
                "consider to stop reads that can wait on this follower",
            ),
            band(
                gone,
                "a follower that is cut off, a broken disk, a bug",
                "in effect another database",
                "take it out of rotation and look for the cause now",
            ),
        ])
    }

    /// The band of a lag in seconds, counted from 0.
    pub fn band(&self, seconds: f64) -> usize {
        self.0.iter().rposition(|band| band.from <= seconds).unwrap_or(0)
    }

    /// A band's name: its limits.
    pub fn name(&self, band: usize) -> String {
        let text = |seconds: f64| match seconds < 1.0 {
            true => format!("{} ms", super::chart::short(seconds * 1_000.0)),
            false => format!("{} s", super::chart::short(seconds)),
        };
        let from = self.0.get(band).map_or(0.0, |band| band.from);
        match (band, self.0.get(band + 1)) {
            (0, Some(next)) => format!("below {}", text(next.from)),
            (_, Some(next)) => format!("{} to {}", text(from), text(next.from)),
            (_, None) => format!("{} and more", text(from)),
        }
    }

    /// When readings were in which band.
    pub fn spells(&self, readings: &[(Time, LagReading)]) -> Vec<BandSpell> {
        let mut spells: Vec<BandSpell> = Vec::new();
        for (at, reading) in readings {
            let state = match reading {
                LagReading::Lag(lag) => BandState::Band(self.band(*lag)),
                LagReading::NoTraffic => BandState::NoTraffic,
                LagReading::Down => BandState::Down,
            };
            if let Some(before) = spells.last_mut() {
                before.to = *at;
                if before.state == state {
                    continue;
                }
            }
            spells.push(BandSpell { from: *at, to: *at, state });
        }
        spells
    }

    /// A state's name.
    pub fn tell(&self, state: BandState) -> String {
        match state {
            BandState::Band(band) => self.name(band),
            BandState::NoTraffic => "no traffic".into(),
            BandState::Down => "down".into(),
        }
    }

    /// When followers were in which band: a lane each, and a list of when which band began and what to do then.
    pub fn chart<'a>(
        &self,
        title: &str,
        followers: impl IntoIterator<Item = (&'a str, &'a [(Time, LagReading)])>,
    ) -> Figure {
        let mut changes = Vec::new();
        let mut table = Table::new(["follower", "from", "to", "lag", "what to do"]);
        let mut end = Time::ZERO;
        let second = |at: Time| format!("{} s", super::chart::short(at.as_ms() / 1_000.0));
        for (name, readings) in followers {
            for spell in self.spells(readings) {
                let lag = self.tell(spell.state);
                end = end.max(spell.to);
                let action = match spell.state {
                    BandState::Band(band) => self.0.get(band).map_or("", |band| &band.action),
                    BandState::NoTraffic => "nothing is written: see that it is connected, and wait",
                    BandState::Down => "see whether it is up and connected",
                };
                table = table.row([name, &second(spell.from), &second(spell.to), &lag, action]);
                changes.push((spell.from, name.to_owned(), lag));
            }
        }
        StateTimeline::new(title, changes).until(end).lanes().beside(table.figure())
    }

    /// The bands as a table.
    pub fn figure(&self) -> Figure {
        let header = ["lag", "usual cause", "what users notice", "what to do"];
        let rows = self.0.iter().enumerate().fold(Table::new(header), |table, (place, band)| {
            table.row([&self.name(place), &band.cause, &band.impact, &band.action])
        });
        rows.figure()
    }
}

crate::shown_in_notebooks!(LagBands);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_belong_to_the_band_above() {
        let bands = LagBands::default();
        let of = [0.0, 0.099, 0.1, 0.999, 1.0, 10.0, 59.9, 60.0, 1e9].map(|lag| bands.band(lag));
        assert_eq!(of, [0, 0, 1, 1, 2, 3, 3, 4, 4]);
        let names: Vec<_> = (0..5).map(|band| bands.name(band)).collect();
        assert_eq!(names, ["below 100 ms", "100 ms to 1 s", "1 s to 10 s", "10 s to 60 s", "60 s and more"]);
    }

    #[test]
    fn a_spell_lasts_until_the_next_reading_of_another_kind() {
        use LagReading::*;
        let readings: Vec<_> =
            (0..).map(Time::s).zip([Lag(0.0), Lag(0.05), Lag(3.0), Down, NoTraffic, NoTraffic]).collect();
        let spells = LagBands::default().spells(&readings);
        let told: Vec<_> = spells.iter().map(|spell| (spell.from, spell.to, spell.state)).collect();
        let s = Time::s;
        assert_eq!(
            told,
            [
                (s(0), s(2), BandState::Band(0)),
                (s(2), s(3), BandState::Band(2)),
                (s(3), s(4), BandState::Down),
                (s(4), s(5), BandState::NoTraffic)
            ]
        );
        assert!(LagBands::default().spells(&[]).is_empty());
    }

    #[test]
    fn a_chart_lists_what_began_when() {
        let readings: Vec<_> = (0..=20).map(|s| (Time::s(s), LagReading::Lag(s as f64 * 0.7))).collect();
        let figure = LagBands::default().chart("Bands", [("F2", readings.as_slice())]);
        insta::assert_snapshot!(figure.as_text());
    }
}

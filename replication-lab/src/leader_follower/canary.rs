//! A canary: a row that is written on the leader and looked for on a follower, to see lag as a reader would.

use super::client::Outcome;
use super::cluster::LeaderFollower;
use super::message::Request;
use super::setup::SetupError;
use crate::time::Time;
use crate::trace::NodeId;
use crate::view::{Figure, LagBands, LagChart, LagReading, LagUnit};

/// How a canary is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Canary {
    /// How often a new number is written.
    pub every: Time,
    /// How often the follower is asked for it, as long as it is awaited.
    pub poll: Time,
    /// After how long it is given up.
    pub timeout: Time,
}

impl Default for Canary {
    /// Every second, asked for every 10 ms, for at most 30 s.
    fn default() -> Self {
        Self { every: Time::s(1), poll: Time::ms(10), timeout: Time::s(30) }
    }
}

/// A canary under way. The row holds a number that grows, so that a later one may answer for an earlier.
#[derive(Clone, Debug)]
pub(super) struct Probe {
    canary: Canary,
    client: NodeId,
    follower: NodeId,
    key: String,
    number: u64,
    next_write: Time,
    next_poll: Time,
    // Numbers that have not been seen, and when their writes began.
    awaited: Vec<(u64, Time)>,
    polls: Vec<(NodeId, u64)>,
    readings: Vec<(Time, LagReading)>,
}

impl Probe {
    pub(super) fn due(&self) -> Time {
        if self.awaited.is_empty() { self.next_write } else { self.next_write.min(self.next_poll) }
    }

    fn seen(&mut self, number: u64, at: Time) {
        for (_, began) in self.awaited.extract_if(.., |(awaited, _)| *awaited <= number) {
            self.readings.push((began, LagReading::Lag(at.since(began).as_ms() / 1_000.0)));
        }
    }

    fn give_up(&mut self, now: Time) {
        let timeout = self.canary.timeout;
        for (_, began) in self.awaited.extract_if(.., |(_, began)| now.since(*began) >= timeout) {
            self.readings.push((began, LagReading::Down));
        }
    }
}

impl LeaderFollower {
    /// Keeps a canary from now on: a client writes a number on the leader and asks the follower until it is there. Give
    /// it a client of its own, which remembers who did not answer.
    ///
    /// A reading is the time from when the write *began* until the follower's answer arrived: the commit, the way there
    /// and back, and up to one poll are in it. What does not come in time is [`LagReading::Down`].
    ///
    /// # Errors
    /// When there is no such client or server, or a time is zero.
    pub fn canary(&mut self, client: &str, follower: &str, canary: Canary) -> Result<&mut Self, SetupError> {
        for (what, time) in [("the canary's period", canary.every), ("the canary's poll", canary.poll)] {
            if time == Time::ZERO {
                return Err(SetupError::Zero(what));
            }
        }
        let (client, follower) = (self.client_id(client)?, self.server_id(follower)?);
        let now = self.now();
        self.probes.push(Probe {
            canary,
            client,
            follower,
            key: format!("canary of {}", self.name(follower)),
            number: 0,
            next_write: now,
            next_poll: now,
            awaited: Vec::new(),
            polls: Vec::new(),
            readings: Vec::new(),
        });
        Ok(self)
    }

    /// What a follower's canary has measured: when each number was written, and how long it took, in seconds.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn canary_readings(&self, follower: &str) -> Result<Vec<(Time, LagReading)>, SetupError> {
        let id = self.server_id(follower)?;
        let probes = self.probes.iter().filter(|probe| probe.follower == id);
        let mut readings: Vec<_> = probes.flat_map(|probe| probe.readings.iter().copied()).collect();
        readings.sort_by_key(|(at, _)| *at);
        Ok(readings)
    }

    /// What the canaries have measured, over time.
    pub fn canary_chart(&self) -> Figure {
        let chart = LagChart::new("Lag as a canary sees it", LagUnit::Seconds);
        let all = self.probes.iter().fold(chart, |chart, probe| {
            chart.follower(self.name(probe.follower), probe.readings.iter().copied())
        });
        all.figure()
    }

    pub(super) fn probes_due(&self) -> Time {
        self.probes.iter().map(Probe::due).min().unwrap_or(Time::NEVER)
    }

    pub(super) fn probe(&mut self) {
        let now = self.now();
        let mut probes = std::mem::take(&mut self.probes);
        for probe in &mut probes {
            probe.give_up(now);
            if probe.next_write <= now {
                probe.number += 1;
                probe.next_write = now + probe.canary.every;
                if probe.awaited.is_empty() {
                    probe.next_poll = now + probe.canary.poll;
                }
                probe.awaited.push((probe.number, now));
                let write = Request::Put(probe.key.clone(), probe.number.to_string());
                self.begin_unheard(probe.client, write, None, None);
            }
            if probe.next_poll <= now && !probe.awaited.is_empty() {
                probe.next_poll = now + probe.canary.poll;
                let read = Request::Get(probe.key.clone());
                let number = self.begin_unheard(probe.client, read, Some(probe.follower), None);
                probe.polls.push((probe.client, number));
            }
        }
        self.probes = probes;
        self.listen();
    }

    /// A poll may have ended.
    pub(super) fn poll_ended(&mut self, begun: (NodeId, u64), at: Time, outcome: &Outcome) {
        for probe in &mut self.probes {
            let Some(place) = probe.polls.iter().position(|poll| *poll == begun) else { continue };
            probe.polls.remove(place);
            // A poll that was not answered may have been asked of another server.
            if let Outcome::Value { value: Some(value), from, .. } = outcome
                && *from == probe.follower
                && let Ok(number) = value.parse()
            {
                probe.seen(number, at);
            }
        }
    }

    /// How far a follower was behind over time, as far as [`sample_lag`](Self::sample_lag) has looked: in seconds.
    ///
    /// # Errors
    /// When there is no such server.
    pub fn lag_readings(&self, follower: &str) -> Result<Vec<(Time, LagReading)>, SetupError> {
        let id = self.server_id(follower)?;
        let readings = self.lags.get(&id).map_or(&[][..], Vec::as_slice);
        Ok(readings.iter().map(|(at, reading, _)| (*at, *reading)).collect())
    }

    /// The lag of each follower in seconds, and in which band it was when, as far as
    /// [`sample_lag`](Self::sample_lag) has looked.
    pub fn lag_bands(&self, bands: &LagBands) -> Figure {
        let followers: Vec<(String, Vec<(Time, LagReading)>)> = self
            .lags
            .iter()
            .map(|(id, lags)| {
                let readings = lags.iter().map(|(at, reading, _)| (*at, *reading)).collect();
                (self.name(*id).to_owned(), readings)
            })
            .collect();
        let shown = followers.iter().map(|(name, readings)| (name.as_str(), readings.as_slice()));
        self.lag_chart(LagUnit::Seconds).beside(bands.chart("Bands of lag", shown))
    }
}

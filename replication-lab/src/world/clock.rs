//! What a node takes for the time.

use crate::time::Time;

/// A node's clock: true time, off by an offset and running too fast or too slow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Clock {
    offset_us: i64,
    drift_ppm: i64,
    // Since when it drifts at this rate.
    since: Time,
}

impl Clock {
    /// What the clock shows. Never less than zero.
    pub(crate) fn reads(self, now: Time) -> Time {
        if self == Self::default() {
            return now;
        }
        let shown = i128::from(now.as_us()) + i128::from(self.error_us(now));
        Time::us(u64::try_from(shown.max(0)).unwrap_or(u64::MAX))
    }

    /// How far it is ahead of true time, in µs.
    fn error_us(self, now: Time) -> i64 {
        let drifted = i128::from(now.since(self.since).as_us()) * i128::from(self.drift_ppm) / 1_000_000;
        self.offset_us.saturating_add(drifted as i64)
    }

    /// Sets its error.
    pub(super) fn set(&mut self, now: Time, offset_us: i64) {
        (self.offset_us, self.since) = (offset_us, now);
    }

    /// Makes it jump.
    pub(super) fn jump(&mut self, now: Time, by_us: i64) {
        self.set(now, self.error_us(now).saturating_add(by_us));
    }

    /// Makes it drift from now on: so many µs too many in every second.
    pub(super) fn drift(&mut self, now: Time, ppm: i64) {
        self.set(now, self.error_us(now));
        self.drift_ppm = ppm;
    }

    /// How long a span by this clock really takes: timers run at the clock's rate, and don't notice a jump.
    pub(super) fn true_span(self, span: Time) -> Time {
        match self.drift_ppm {
            0 => span,
            ppm => {
                let us = u128::from(span.as_us()) * 1_000_000 / (1_000_000 + ppm) as u128;
                Time::us(u64::try_from(us).unwrap_or(u64::MAX))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offset_jump_and_drift_add_up() {
        let mut clock = Clock::default();
        clock.set(Time::ZERO, 500);
        assert_eq!(clock.reads(Time::ms(1)), Time::us(1_500));
        clock.drift(Time::ms(1), 1_000);
        assert_eq!(clock.reads(Time::ms(11)), Time::us(11_510), "10 µs in 10 ms");
        clock.jump(Time::ms(11), -11_000);
        assert_eq!(clock.reads(Time::ms(11)), Time::us(510));
        clock.jump(Time::ms(11), -1_000_000);
        assert_eq!(clock.reads(Time::ms(11)), Time::ZERO, "a clock shows no less than zero");
    }

    #[test]
    fn a_fast_clock_fires_timers_early() {
        let mut clock = Clock::default();
        clock.drift(Time::ZERO, 250_000);
        assert_eq!(clock.true_span(Time::ms(10)), Time::ms(8));
        clock.drift(Time::ZERO, 0);
        assert_eq!(clock.true_span(Time::ms(10)), Time::ms(10));
    }
}

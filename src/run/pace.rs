//! When a request is sent again: at an interval, and once more shortly before the deadline.

use std::time::{Duration, Instant};

/// The shortest time that the last attempt has.
const LAST: Duration = Duration::from_millis(100);

/// Attempts at an interval until a deadline.
///
/// While the interval and an attempt as slow as the slowest fit into the time that is left, the next attempt starts after the
/// interval. Then one last attempt starts twice the slowest attempt before the deadline, so that the whole time is used.
#[derive(Debug)]
pub(super) struct Pace {
    every: Duration,
    limit: Duration,
    started: Instant,
    /// When the current attempt began, since the first.
    begun: Duration,
    slowest: Duration,
    last: bool,
}

impl Pace {
    /// The first attempt begins now.
    pub(super) fn new(every: Duration, limit: Duration, now: Instant) -> Self {
        Self {
            every,
            limit,
            started: now,
            begun: Duration::ZERO,
            slowest: Duration::ZERO,
            last: false,
        }
    }

    /// When the attempts end; `None` if that is farther away than the clock reaches.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.started.checked_add(self.limit)
    }

    /// The time since the first attempt began.
    pub(super) fn elapsed(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.started)
    }

    /// The pause before the next attempt after one that ended now; `None` if there is no time for another.
    pub(super) fn pause(&mut self, now: Instant) -> Option<Duration> {
        self.pause_at(self.elapsed(now))
    }

    fn pause_at(&mut self, now: Duration) -> Option<Duration> {
        self.slowest = self.slowest.max(now.saturating_sub(self.begun));
        let left = self.limit.checked_sub(now)?;
        let pause = if self.every.saturating_add(self.slowest) <= left {
            self.every
        } else if !self.last && left >= LAST {
            self.last = true;
            left.saturating_sub(self.slowest.saturating_mul(2).max(LAST))
        } else {
            return None;
        };
        self.begun = now + pause;
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When attempts begin that each take so long, in milliseconds.
    fn begins(every: u64, limit: u64, takes: &[u64]) -> Vec<u64> {
        let mut pace = Pace::new(
            Duration::from_millis(every),
            Duration::from_millis(limit),
            Instant::now(),
        );
        let (mut now, mut begins) = (0, vec![0]);
        let mut takes = takes.iter().copied().cycle();
        loop {
            // An attempt is cut off at the deadline.
            now = (now + takes.next().unwrap()).min(limit);
            let Some(pause) = pace.pause_at(Duration::from_millis(now)) else {
                return begins;
            };
            now += u64::try_from(pause.as_millis()).unwrap();
            begins.push(now);
        }
    }

    #[test]
    fn the_time_until_the_deadline_is_used() {
        let cases: [(u64, u64, &[u64], &[u64]); 11] = [
            // The interval is longer than what is left.
            (10_000, 1_000, &[1], &[0, 900]),
            (500, 1_000, &[1], &[0, 501, 900]),
            (1_000, 3_000, &[10], &[0, 1_010, 2_020, 2_900]),
            // The last attempt has twice the time of the slowest.
            (1_000, 1_000, &[200], &[0, 600]),
            (10_000, 2_000, &[300, 10], &[0, 1_400]),
            // An attempt that could not end in time is made at once.
            (500, 1_000, &[400], &[0, 400]),
            (1_000, 1_000, &[700, 10], &[0, 700]),
            // Nothing starts at the deadline or after it.
            (1_000, 1_000, &[1_000], &[0]),
            (0, 400, &[150], &[0, 150, 300]),
            (10, 50, &[0], &[0, 10, 20, 30, 40, 50]),
            (100, 50, &[1], &[0]),
        ];
        for (every, limit, takes, expected) in cases {
            assert_eq!(
                begins(every, limit, takes),
                expected,
                "every {every}, limit {limit}, {takes:?}"
            );
        }
    }

    #[test]
    fn no_duration_is_too_long() {
        let mut pace = Pace::new(Duration::MAX, Duration::MAX, Instant::now());
        assert_eq!(
            (pace.deadline(), pace.pause_at(Duration::ZERO)),
            (None, Some(Duration::MAX))
        );
    }
}

//! A limit on requests: a token bucket, as API Gateway's rate and burst are.

use std::sync::Mutex;
use std::time::Instant;

use crate::lock::IgnorePoison as _;

/// How many requests are let through.
#[derive(Debug)]
pub(super) struct Limit {
    /// Requests a second.
    rate: f64,
    /// Requests at once.
    burst: f64,
    /// What is left, and when that was so; `None` before the first request.
    left: Mutex<Option<(f64, Instant)>>,
}

impl Limit {
    pub(super) fn new(rate: f64, burst: u32) -> Self {
        Self {
            rate,
            burst: f64::from(burst),
            left: Mutex::new(None),
        }
    }

    /// Whether one more request is let through at `now`.
    pub(super) fn admits(&self, now: Instant) -> bool {
        let mut state = self.left.lock().ignore_poison();
        let (left, then) = state.unwrap_or((self.burst, now));
        let grown = now
            .saturating_duration_since(then)
            .as_secs_f64()
            .mul_add(self.rate, left)
            .min(self.burst);
        let admitted = grown >= 1.0;
        *state = Some((if admitted { grown - 1.0 } else { grown }, now));
        admitted
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_passes_and_then_the_rate() {
        let limit = Limit::new(2.0, 2);
        let start = Instant::now();
        let admitted = [0, 0, 0, 400, 500, 600, 1100, 9000, 9000, 9000]
            .map(|after| limit.admits(start + Duration::from_millis(after)));
        assert_eq!(
            admitted,
            [
                true, true, false, false, true, false, true, true, true, false
            ]
        );
    }
}

//! How patient the client is. Set once; tests set it small.

use std::time::Duration;

/// Attempts, delays and limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuning {
    /// How often a read is tried in all.
    pub read_attempts: u32,
    /// The delay before the second attempt; it doubles from there, with jitter.
    pub first_delay: Duration,
    /// The longest time that the server's `Retry-After` is waited for.
    pub longest_wait: Duration,
    /// A read from its beginning to the end of its answer.
    pub read_deadline: Duration,
    /// A mutation, as a second guard beside the one of the network.
    pub mutation_deadline: Duration,
    /// Largest JSON answer in bytes.
    pub answer_limit: usize,
    /// How often a download is taken up again without any progress.
    pub download_attempts: u32,
}

impl Default for Tuning {
    fn default() -> Tuning {
        Tuning {
            read_attempts: 4,
            first_delay: Duration::from_millis(400),
            longest_wait: Duration::from_secs(120),
            read_deadline: Duration::from_secs(120),
            mutation_deadline: Duration::from_secs(300),
            answer_limit: 16 * 1024 * 1024,
            download_attempts: 4,
        }
    }
}

impl Tuning {
    /// The delay after attempt number `attempt`: doubled each time, half of it by chance, so that
    /// tasks that failed together do not come back together.
    pub(super) fn delay(&self, attempt: u32) -> Duration {
        let full = self
            .first_delay
            .saturating_mul(1 << attempt.saturating_sub(1).min(6));
        let mut byte = [0_u8; 1];
        // Without randomness the delay is merely not spread.
        let _ = getrandom::fill(&mut byte);
        full / 2 + (full / 2) * u32::from(byte[0]) / 255
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_and_stay_within_bounds() {
        let tuning = Tuning::default();
        for attempt in 1..10 {
            let full = tuning.first_delay * (1 << (attempt - 1).min(6));
            for _ in 0..50 {
                let delay = tuning.delay(attempt);
                assert!(delay >= full / 2 && delay <= full, "{delay:?}");
            }
        }
    }
}

//! How often, and after which delays, something is tried again.

use std::num::NonZeroU32;
use std::time::Duration;

/// How often a command is decided again after a conflict, or an append is sent again after a passing failure.
///
/// The delays have full jitter: each is drawn between zero and a bound that doubles from `first_delay` to
/// `longest_delay`, so that callers who collided do not collide again (Brooker, "Exponential Backoff And Jitter", 2015).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often it is tried altogether.
    pub attempts: NonZeroU32,
    /// The bound of the first delay.
    pub first_delay: Duration,
    /// The bound that no delay exceeds.
    pub longest_delay: Duration,
}

impl RetryPolicy {
    /// Tries once.
    pub const NEVER: Self = Self {
        attempts: NonZeroU32::MIN,
        first_delay: Duration::ZERO,
        longest_delay: Duration::ZERO,
    };

    /// So many attempts altogether, with the default delays; 0 counts as 1.
    #[must_use]
    pub fn attempts(attempts: u32) -> Self {
        Self {
            attempts: NonZeroU32::new(attempts).unwrap_or(NonZeroU32::MIN),
            ..Self::default()
        }
    }

    /// The bound of the delay after so many failed attempts.
    #[must_use]
    pub fn bound(&self, failed: u32) -> Duration {
        let doubled = 2_u32
            .checked_pow(failed.saturating_sub(1))
            .unwrap_or(u32::MAX);
        self.first_delay
            .saturating_mul(doubled)
            .min(self.longest_delay)
    }

    /// A delay after so many failed attempts: anywhere from zero to the bound.
    #[must_use]
    pub fn delay(&self, failed: u32) -> Duration {
        self.bound(failed).mul_f64(fastrand::f64())
    }
}

impl Default for RetryPolicy {
    /// 20 attempts, delays from 4 ms to 500 ms.
    fn default() -> Self {
        Self {
            attempts: NonZeroU32::MIN.saturating_add(19),
            first_delay: Duration::from_millis(4),
            longest_delay: Duration::from_millis(500),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::RetryPolicy;

    #[test]
    fn the_bound_doubles_up_to_the_longest_delay_and_never_overflows() {
        let policy = RetryPolicy::default();
        let bounds: Vec<_> = (1..=4)
            .map(|failed| policy.bound(failed).as_millis())
            .collect();
        assert_eq!(bounds, [4, 8, 16, 32]);
        assert_eq!(policy.bound(u32::MAX), Duration::from_millis(500));
    }

    #[test]
    fn delays_spread_over_the_whole_range() {
        let policy = RetryPolicy::default();
        let delays: Vec<_> = (0..1_000).map(|_| policy.delay(5)).collect();
        assert!(delays.iter().all(|delay| *delay <= policy.bound(5)));
        assert!(delays.iter().any(|delay| *delay < policy.bound(5) / 4));
        assert!(delays.iter().any(|delay| *delay > policy.bound(5) * 3 / 4));
    }
}

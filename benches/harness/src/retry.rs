//! What a caller does after a conflict: the same for all contenders.

use std::future::Future;
use std::time::{Duration, Instant};

use anyhow::Result;

/// The bound of the first delay; it doubles up to [`LONGEST_DELAY`].
const FIRST_DELAY: Duration = Duration::from_millis(1);

/// The bound that no delay exceeds.
const LONGEST_DELAY: Duration = Duration::from_millis(64);

/// Tries until it is accepted or the time is up. Gives what was accepted, and how many conflicts there were.
///
/// The delays have full jitter, which is what the peers' documentation leaves to their users.
pub(crate) async fn until_accepted<T, F>(
    deadline: Instant,
    mut attempt: impl FnMut() -> F,
) -> Result<(Option<T>, u64)>
where
    F: Future<Output = Result<Option<T>>>,
{
    let mut conflicts = 0;
    let mut bound = FIRST_DELAY;
    loop {
        if let Some(accepted) = attempt().await? {
            return Ok((Some(accepted), conflicts));
        }
        conflicts += 1;
        if Instant::now() >= deadline {
            return Ok((None, conflicts));
        }
        tokio::time::sleep(bound.mul_f64(fastrand::f64())).await;
        bound = (bound * 2).min(LONGEST_DELAY);
    }
}

//! The view of balances. This is its place: it waits for the read side.

use anyhow::{Result, bail};
use bench_harness::Totals;

use crate::bank::Ours;

/// Why it is not measured; `None` when it is.
pub(crate) const LEFT_OUT: Option<&str> = Some("views and projections are not built yet");

/// Runs the view over so many events, from the start to the end, and says what its table has.
#[expect(clippy::unused_async, reason = "a view will be awaited here")]
pub(crate) async fn run(_bank: &Ours, _events: u64) -> Result<Totals> {
    bail!("views and projections are not built yet")
}

//! How often a command asks for memory. Alone in its program, since the allocator counts for all of it.

#[path = "../examples/overhead/contender.rs"]
#[allow(
    dead_code,
    reason = "the time of a program whose allocator counts says nothing"
)]
mod contender;
#[path = "../examples/overhead/till.rs"]
mod till;

use std::alloc::System;
use std::cell::Cell;

use contender::{Checked, Contender};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The sender's future and the store's, the metadata, the payload, the lists of events and of streams, and the streams in the
/// outcome: 7. What grows with the log comes to less than one a command.
#[tokio::test]
async fn a_command_of_an_aggregate_in_memory_asks_for_memory_seven_times() -> Checked<()> {
    const COMMANDS: u32 = 10_000;
    let (before, after) = (Cell::default(), Cell::default());
    Contender::Alone
        .send(
            COMMANDS,
            || before.set(ALLOCATOR.stats().allocations),
            || after.set(ALLOCATOR.stats().allocations),
        )
        .await?;
    let spent: usize = after.get() - before.get();
    let most = 7 * usize::try_from(COMMANDS)? + 200;
    assert!(spent <= most, "{spent} allocations of {COMMANDS} commands");
    Ok(())
}

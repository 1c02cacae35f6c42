//! How often a command on the memory store asks for memory, and for how much: as `overhead`, with an allocator that counts.

#[path = "overhead/contender.rs"]
#[allow(
    dead_code,
    reason = "the time of a program whose allocator counts says nothing"
)]
mod contender;
#[path = "overhead/till.rs"]
mod till;

use std::alloc::System;
use std::cell::Cell;

use contender::{Checked, Contender};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const COMMANDS: u32 = 200_000;

#[tokio::main(worker_threads = 2)]
async fn main() -> Checked<()> {
    println!("{:>10} {:>22} {:>16}", "", "allocations a command", "bytes");
    for contender in Contender::ALL {
        let (before, after) = (Cell::default(), Cell::default());
        let count = |cell: &Cell<_>| cell.set(Some(ALLOCATOR.stats()));
        let taken = contender
            .send(COMMANDS, || count(&before), || count(&after))
            .await?;
        let (Some(before), Some(after)) = (before.get(), after.get()) else {
            continue;
        };
        let spent = after - before;
        let each = |count: usize| {
            f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / f64::from(taken.commands)
        };
        let times = each(spent.allocations + spent.reallocations);
        let bytes = each(spent.bytes_allocated);
        println!("{:>10} {times:>22.1} {bytes:>16.0}", contender.name());
    }
    Ok(())
}

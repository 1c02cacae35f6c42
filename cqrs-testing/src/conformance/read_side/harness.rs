//! How the suite gets its stores with a read side.

use std::time::Duration;

use cqrs_core::ports::read_side::SharedReadSide;

use crate::conformance::StoreHarness;

/// What a backend tells the read side's part of the conformance suite, beside what it tells the write side's.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how stores with a read side are made for the conformance suite",
    label = "this type is no harness of a read side",
    note = "write `impl ReadSideHarness for {Self}`, with `read_side`, `second_read_side`, `restart_read_side` and `pass`"
)]
pub trait ReadSideHarness: StoreHarness {
    /// A lease whose end a test waits for: short where the clock is a real one, but not over before a few calls are
    /// done.
    const LEASE: Duration = Duration::from_millis(500);

    /// The store, as [`store`](StoreHarness::store) gives it.
    fn read_side(&self) -> SharedReadSide;

    /// The same data, as [`second_handle`](StoreHarness::second_handle) gives it.
    fn second_read_side(&self) -> impl Future<Output = SharedReadSide> + Send {
        async {
            panic!(
                "the harness has no `second_read_side`: run the suite with `without = [second_handle]`"
            )
        }
    }

    /// What the store has kept, as [`restart`](StoreHarness::restart) gives it.
    fn restart_read_side(&self) -> impl Future<Output = SharedReadSide> + Send {
        async {
            panic!(
                "the harness has no `restart_read_side`: run the suite with `without = [restart]`"
            )
        }
    }

    /// Lets this time pass by the clock that ends leases. Where that is a real one, by waiting.
    fn pass(&self, time: Duration) -> impl Future<Output = ()> + Send {
        tokio::time::sleep(time)
    }
}

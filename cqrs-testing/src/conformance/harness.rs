//! How the suite gets its stores.

use std::sync::Arc;

use cqrs_core::ports::import::ImportEvents;
use cqrs_core::ports::limits::Limits;
use cqrs_core::ports::store::SharedStore;

/// What a backend tells the conformance suite: how its stores are made. Each test has a harness of its own.
///
/// The methods are async functions: write `async fn fresh() -> Self`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how stores are made for the conformance suite",
    label = "this type is no store harness",
    note = "write `impl StoreHarness for {Self}`, with `fresh`, `store`, `store_with_limits`, `second_handle`, `restart`, `importer` and `unrelated_transaction`"
)]
pub trait StoreHarness: Sized + Send + Sync + 'static {
    /// An empty store that no other test sees: a schema, a file or a database of its own.
    fn fresh() -> impl Future<Output = Self> + Send;

    /// The store, with its default limits. All stores from here are the same handle.
    fn store(&self) -> SharedStore;

    /// The same data through a handle with these limits.
    fn store_with_limits(&self, limits: Limits) -> impl Future<Output = SharedStore> + Send;

    /// The same data through a handle that shares nothing else with [`store`](StoreHarness::store), as another process
    /// has it: another pool, another cache.
    ///
    /// A store that only one process can open runs the suite with `without = [second_handle]`.
    fn second_handle(&self) -> impl Future<Output = SharedStore> + Send {
        async {
            panic!(
                "the harness has no `second_handle`: run the suite with `without = [second_handle]`"
            )
        }
    }

    /// Closes the store and opens what it has kept. Handles from before are not used again.
    ///
    /// A store that keeps nothing runs the suite with `without = [restart]`.
    fn restart(&self) -> impl Future<Output = SharedStore> + Send {
        async { panic!("the harness has no `restart`: run the suite with `without = [restart]`") }
    }

    /// The import of [`store`](StoreHarness::store), on the same handle.
    ///
    /// A store into which nothing can be imported runs the suite with `without = [import]`.
    fn importer(&self) -> Arc<dyn ImportEvents> {
        panic!("the harness has no `importer`: run the suite with `without = [import]`")
    }

    /// Begins what has nothing to do with the log and stays open until it is dropped: in a database, a transaction that
    /// has written to a table of its own. Where the store has nothing of the kind, `Box::new(())`.
    fn unrelated_transaction(&self) -> impl Future<Output = Box<dyn Send>> + Send;

    /// Removes what [`fresh`](StoreHarness::fresh) made, also after a test that failed.
    fn cleanup(self) -> impl Future<Output = ()> + Send {
        async {}
    }
}

//! The memory store keeps every promise.

use std::sync::Arc;

use cqrs_core::ports::import::ImportEvents;
use cqrs_core::ports::limits::Limits;
use cqrs_core::ports::store::SharedStore;
use cqrs_memory::Memory;
use cqrs_testing::conformance::StoreHarness;

/// One store in memory; what is restarted or opened twice is its handle.
struct InMemory(Memory);

impl StoreHarness for InMemory {
    async fn fresh() -> Self {
        Self(Memory::new())
    }

    fn store(&self) -> SharedStore {
        Arc::new(self.0.clone())
    }

    async fn store_with_limits(&self, limits: Limits) -> SharedStore {
        Arc::new(self.0.reopen_with_limits(limits))
    }

    async fn second_handle(&self) -> SharedStore {
        Arc::new(self.0.reopen())
    }

    async fn restart(&self) -> SharedStore {
        Arc::new(self.0.reopen())
    }

    fn importer(&self) -> Arc<dyn ImportEvents> {
        Arc::new(self.0.clone())
    }

    /// There are no transactions beside the log that could hold anybody up.
    async fn unrelated_transaction(&self) -> Box<dyn Send> {
        Box::new(())
    }
}

cqrs_testing::conformance!(InMemory);

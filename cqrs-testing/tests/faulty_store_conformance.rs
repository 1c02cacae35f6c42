//! A faulty store without faults keeps every promise of the store that it wraps.

use std::sync::Arc;

use cqrs_core::ports::limits::Limits;
use cqrs_core::ports::store::SharedStore;
use cqrs_memory::Memory;
use cqrs_testing::FaultyStore;
use cqrs_testing::conformance::StoreHarness;

struct Wrapped {
    memory: Memory,
    faulty: FaultyStore,
}

impl Wrapped {
    fn again(&self, limits: Limits) -> SharedStore {
        Arc::new(FaultyStore::new(self.memory.reopen_with_limits(limits)))
    }
}

impl StoreHarness for Wrapped {
    async fn fresh() -> Self {
        let memory = Memory::new();
        let faulty = FaultyStore::new(memory.clone());
        Self { memory, faulty }
    }

    fn store(&self) -> SharedStore {
        Arc::new(self.faulty.clone())
    }

    async fn store_with_limits(&self, limits: Limits) -> SharedStore {
        self.again(limits)
    }

    async fn second_handle(&self) -> SharedStore {
        self.again(Limits::default())
    }

    async fn restart(&self) -> SharedStore {
        self.again(Limits::default())
    }

    /// There are no transactions beside the log that could hold anybody up.
    async fn unrelated_transaction(&self) -> Box<dyn Send> {
        Box::new(())
    }
}

cqrs_testing::conformance!(Wrapped, without = [import]);

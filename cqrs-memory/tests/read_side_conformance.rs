//! The memory store keeps every promise of the read side.

use std::sync::Arc;
use std::time::Duration;

use cqrs_core::ports::limits::Limits;
use cqrs_core::ports::read_side::SharedReadSide;
use cqrs_core::ports::store::SharedStore;
use cqrs_memory::Memory;
use cqrs_testing::conformance::StoreHarness;
use cqrs_testing::conformance::read_side::ReadSideHarness;
use cqrs_testing::manual_clock::ManualClock;

/// One store in memory, by a clock that the tests move.
struct InMemory {
    memory: Memory,
    clock: ManualClock,
}

impl InMemory {
    fn reopen(&self) -> Memory {
        self.memory
            .reopen()
            .with_clock(Arc::new(self.clock.clone()))
    }
}

impl StoreHarness for InMemory {
    async fn fresh() -> Self {
        let clock = ManualClock::default();
        let memory = Memory::new().with_clock(Arc::new(clock.clone()));
        Self { memory, clock }
    }

    fn store(&self) -> SharedStore {
        Arc::new(self.memory.clone())
    }

    async fn store_with_limits(&self, limits: Limits) -> SharedStore {
        Arc::new(self.memory.reopen_with_limits(limits))
    }

    async fn unrelated_transaction(&self) -> Box<dyn Send> {
        // Nothing in memory is unrelated to the log.
        Box::new(())
    }
}

impl ReadSideHarness for InMemory {
    fn read_side(&self) -> SharedReadSide {
        Arc::new(self.memory.clone())
    }

    async fn second_read_side(&self) -> SharedReadSide {
        Arc::new(self.reopen())
    }

    async fn restart_read_side(&self) -> SharedReadSide {
        Arc::new(self.reopen())
    }

    async fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }
}

cqrs_testing::read_side_conformance!(InMemory);

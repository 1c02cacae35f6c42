//! The memory store keeps every promise of the read side.

use std::sync::Arc;
use std::time::Duration;

use cqrs_core::ports::error::BoxError;
use cqrs_core::ports::limits::Limits;
use cqrs_core::ports::read_side::SharedReadSide;
use cqrs_core::ports::store::SharedStore;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::processor::ProcessorName;
use cqrs_memory::{Memory, MemoryTransaction};
use cqrs_testing::conformance::StoreHarness;
use cqrs_testing::conformance::read_side::{ProjectionHarness, ReadSideHarness};
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

impl ProjectionHarness for InMemory {
    type Backend = Memory;

    fn backend(&self) -> Memory {
        self.memory.clone()
    }

    async fn make_table(_: &mut MemoryTransaction) -> Result<(), BoxError> {
        Ok(())
    }

    async fn get(tx: &mut MemoryTransaction, name: &str) -> Result<i64, BoxError> {
        let row = tx.get("numbers", name);
        Ok(row.map_or(Ok(0), |row| row.decode())?)
    }

    async fn put(tx: &mut MemoryTransaction, name: &str, number: i64) -> Result<(), BoxError> {
        tx.put("numbers", name, Payload::encode(&number)?);
        Ok(())
    }

    async fn live(&self, projection: &ProcessorName, name: &str) -> i64 {
        let row = self.memory.row(projection, "numbers", name);
        row.map_or(0, |row| row.decode().expect("a number was written"))
    }
}

cqrs_testing::read_side_conformance!(InMemory);
cqrs_testing::projection_conformance!(InMemory);

//! The harness of read sides with one mistake.

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

use crate::defect::Defect;
use crate::store::BrokenReadSide;

pub(crate) struct Broken {
    store: BrokenReadSide,
    clock: ManualClock,
}

impl Broken {
    pub(crate) fn new(defect: Defect) -> Self {
        let clock = ManualClock::default();
        let memory = Memory::new().with_clock(Arc::new(clock.clone()));
        let store = BrokenReadSide::new(defect, memory);
        Self { store, clock }
    }
}

impl StoreHarness for Broken {
    async fn fresh() -> Self {
        Self::new(Defect::Intact)
    }

    fn store(&self) -> SharedStore {
        Arc::new(self.store.memory.clone())
    }

    async fn store_with_limits(&self, limits: Limits) -> SharedStore {
        Arc::new(self.store.memory.reopen_with_limits(limits))
    }

    async fn unrelated_transaction(&self) -> Box<dyn Send> {
        // Nothing in memory is unrelated to the log.
        Box::new(())
    }
}

impl ReadSideHarness for Broken {
    fn read_side(&self) -> SharedReadSide {
        Arc::new(self.store.clone())
    }

    async fn second_read_side(&self) -> SharedReadSide {
        Arc::new(self.store.in_another_process())
    }

    async fn restart_read_side(&self) -> SharedReadSide {
        if self.store.defect == Defect::ForgetsEverythingAtRestart {
            let memory = Memory::new().with_clock(Arc::new(self.clock.clone()));
            return Arc::new(BrokenReadSide::new(Defect::Intact, memory));
        }
        Arc::new(self.store.in_another_process())
    }

    async fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }
}

impl ProjectionHarness for Broken {
    type Backend = BrokenReadSide;

    fn backend(&self) -> BrokenReadSide {
        self.store.clone()
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
        let row = self.store.memory.row(projection, "numbers", name);
        row.map_or(0, |row| row.decode().expect("a number was written"))
    }
}

//! The harness of read sides with one mistake.

use std::sync::Arc;
use std::time::Duration;

use cqrs_core::ports::limits::Limits;
use cqrs_core::ports::read_side::SharedReadSide;
use cqrs_core::ports::store::SharedStore;
use cqrs_memory::Memory;
use cqrs_testing::conformance::StoreHarness;
use cqrs_testing::conformance::read_side::ReadSideHarness;
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

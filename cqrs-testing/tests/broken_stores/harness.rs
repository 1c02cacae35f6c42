//! The harness of stores with one mistake.

use std::sync::Arc;

use cqrs_core::ports::import::ImportEvents;
use cqrs_core::ports::limits::Limits;
use cqrs_core::ports::store::SharedStore;
use cqrs_testing::conformance::StoreHarness;

use crate::defect::Defect;
use crate::store::BrokenStore;

pub(crate) struct Broken(BrokenStore);

impl Broken {
    pub(crate) fn new(defect: Defect) -> Self {
        Self(BrokenStore::new(defect))
    }
}

impl StoreHarness for Broken {
    async fn fresh() -> Self {
        Self::new(Defect::Intact)
    }

    fn store(&self) -> SharedStore {
        Arc::new(self.0.clone())
    }

    async fn store_with_limits(&self, limits: Limits) -> SharedStore {
        let mut store = self.0.clone();
        store.limits = limits;
        Arc::new(store)
    }

    async fn second_handle(&self) -> SharedStore {
        Arc::new(self.0.in_another_process())
    }

    async fn restart(&self) -> SharedStore {
        Arc::new(self.0.restarted())
    }

    fn importer(&self) -> Arc<dyn ImportEvents> {
        Arc::new(self.0.clone())
    }

    async fn unrelated_transaction(&self) -> Box<dyn Send> {
        if self.0.defect != Defect::WaitsForUnrelatedTransactions {
            return Box::new(());
        }
        let end = self.0.log().end();
        *self.0.held_at() = Some(end);
        Box::new(Transaction(self.0.clone()))
    }
}

/// Holds readers back until it is dropped.
struct Transaction(BrokenStore);

impl Drop for Transaction {
    fn drop(&mut self) {
        *self.0.held_at() = None;
        let end = self.0.log().end();
        self.0.settle(end);
    }
}

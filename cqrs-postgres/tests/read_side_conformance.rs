//! The store on PostgreSQL keeps every promise of the read side.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;

use cqrs_core::ports::limits::Limits;
use cqrs_core::ports::read_side::SharedReadSide;
use cqrs_core::ports::store::SharedStore;
use cqrs_postgres::Postgres;
use cqrs_postgres::scratch::Scratch;
use cqrs_testing::conformance::StoreHarness;
use cqrs_testing::conformance::read_side::ReadSideHarness;

/// A schema of its own, and the first store on it.
struct OnPostgres {
    scratch: Scratch,
    store: Postgres,
}

impl StoreHarness for OnPostgres {
    async fn fresh() -> Self {
        let scratch = Scratch::new();
        let store = scratch.store().await;
        Self { scratch, store }
    }

    fn store(&self) -> SharedStore {
        Arc::new(self.store.clone())
    }

    async fn store_with_limits(&self, limits: Limits) -> SharedStore {
        let builder = self.scratch.builder().limits(limits);
        Arc::new(builder.connect().await.unwrap())
    }

    /// No promise of the read side is about one.
    async fn unrelated_transaction(&self) -> Box<dyn Send> {
        Box::new(())
    }

    async fn cleanup(self) {
        self.store.close().await;
    }
}

impl ReadSideHarness for OnPostgres {
    fn read_side(&self) -> SharedReadSide {
        Arc::new(self.store.clone())
    }

    async fn second_read_side(&self) -> SharedReadSide {
        Arc::new(self.scratch.store().await)
    }

    async fn restart_read_side(&self) -> SharedReadSide {
        self.store.close().await;
        Arc::new(self.scratch.store().await)
    }
}

cqrs_testing::read_side_conformance!(OnPostgres);

//! The store on PostgreSQL keeps every promise.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;

use cqrs_core::ports::import::ImportEvents;
use cqrs_core::ports::limits::Limits;
use cqrs_core::ports::store::SharedStore;
use cqrs_postgres::Postgres;
use cqrs_postgres::scratch::Scratch;
use cqrs_testing::conformance::StoreHarness;

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
        Arc::new(
            self.scratch
                .builder()
                .limits(limits)
                .connect()
                .await
                .unwrap(),
        )
    }

    async fn second_handle(&self) -> SharedStore {
        Arc::new(self.scratch.store().await)
    }

    async fn restart(&self) -> SharedStore {
        self.store.close().await;
        Arc::new(self.scratch.store().await)
    }

    fn importer(&self) -> Arc<dyn ImportEvents> {
        Arc::new(self.store.clone())
    }

    async fn unrelated_transaction(&self) -> Box<dyn Send> {
        let pool = self.scratch.pool().await;
        let create = "CREATE TABLE IF NOT EXISTS unrelated (n integer)";
        sqlx::raw_sql(create).execute(&pool).await.unwrap();
        let mut transaction = pool.begin().await.unwrap();
        let insert = sqlx::query("INSERT INTO unrelated VALUES (1)");
        insert.execute(&mut *transaction).await.unwrap();
        Box::new(transaction)
    }

    async fn cleanup(self) {
        self.store.close().await;
    }
}

cqrs_testing::conformance!(OnPostgres);

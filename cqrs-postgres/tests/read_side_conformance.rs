//! The store on PostgreSQL keeps every promise of the read side.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::sync::Arc;

use cqrs_core::ports::error::BoxError;
use cqrs_core::ports::limits::Limits;
use cqrs_core::ports::read_side::SharedReadSide;
use cqrs_core::ports::store::SharedStore;
use cqrs_core::words::processor::ProcessorName;
use cqrs_postgres::scratch::Scratch;
use cqrs_postgres::{Postgres, Tx};
use cqrs_testing::conformance::StoreHarness;
use cqrs_testing::conformance::read_side::{ProjectionHarness, ReadSideHarness};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

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

impl ProjectionHarness for OnPostgres {
    type Backend = Postgres;

    fn backend(&self) -> Postgres {
        self.store.clone()
    }

    async fn make_table(tx: &mut Tx) -> Result<(), BoxError> {
        let create =
            "CREATE TABLE IF NOT EXISTS numbers (name text PRIMARY KEY, number bigint NOT NULL)";
        tx.execute(create).await?;
        Ok(())
    }

    async fn get(tx: &mut Tx, name: &str) -> Result<i64, BoxError> {
        let select = sqlx::query_scalar("SELECT number FROM numbers WHERE name = $1");
        let number: Option<i64> = select.bind(name).fetch_optional(&mut **tx).await?;
        Ok(number.unwrap_or(0))
    }

    async fn put(tx: &mut Tx, name: &str, number: i64) -> Result<(), BoxError> {
        let put = "INSERT INTO numbers VALUES ($1, $2) \
                   ON CONFLICT (name) DO UPDATE SET number = EXCLUDED.number";
        let put = sqlx::query(put).bind(name).bind(number);
        put.execute(&mut **tx).await?;
        Ok(())
    }

    async fn live(&self, projection: &ProcessorName, name: &str) -> i64 {
        let place = self.store.schema_of(projection);
        let select = format!("SELECT number FROM \"{place}\".numbers WHERE name = $1");
        let mut connection = PgConnection::connect(self.scratch.url()).await.unwrap();
        let select = sqlx::query_scalar(AssertSqlSafe(select)).bind(name);
        let number: Option<i64> = select.fetch_optional(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        number.unwrap_or(0)
    }
}

cqrs_testing::read_side_conformance!(OnPostgres);
cqrs_testing::projection_conformance!(OnPostgres);

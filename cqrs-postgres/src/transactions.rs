//! A user's own writes, together with a processor's checkpoint: P1.

use cqrs_core::ports::advance::{Advance, AdvanceError};
use cqrs_core::ports::error::StoreError;
use cqrs_core::ports::transactions::Transactions;
use cqrs_core::words::generation::GenerationId;
use sqlx::{AssertSqlSafe, Row, SqlSafeStr};

use crate::advance;
use crate::postgres::Postgres;
use crate::sqlstate::store_error;
use crate::tx::Tx;

impl Transactions for Postgres {
    type Tx = Tx;

    /// One round trip.
    async fn begin(&self, of: &GenerationId) -> Result<Tx, StoreError> {
        let place = self.inner.place_of(of);
        // A place has ASCII letters, digits, `_` and `#`.
        let begin = format!(
            "{}; SET LOCAL enable_seqscan TO DEFAULT; SET LOCAL enable_bitmapscan TO DEFAULT; SET LOCAL jit TO DEFAULT; \
             SET LOCAL plan_cache_mode TO DEFAULT; \
             SELECT pg_catalog.set_config('cqrs.place', '{place}', true), pg_catalog.set_config('search_path', \
             pg_catalog.concat_ws(', ', '\"{place}\"', NULLIF(pg_catalog.current_setting('search_path'), '')), true)",
            self.inner.session.begin(),
        );
        let begin = AssertSqlSafe(begin).into_sql_str();
        let transaction = self.inner.session.pool().begin_with(begin).await;
        Ok(Tx {
            transaction: transaction.map_err(store_error)?,
            place,
            of: of.clone(),
        })
    }

    /// Two round trips: the advance, and the commit. A server that does not hear from this process between the two for half
    /// a second ends the transaction, so that another node can take over.
    async fn advance_in(&self, mut tx: Tx, advance: Advance) -> Result<(), AdvanceError> {
        if tx.of != advance.of {
            let what = format!(
                "a transaction of {} for an advance of {}",
                tx.of, advance.of
            );
            return Err(StoreError::other(what).into());
        }
        let statement = self.inner.advance_statement(&advance, Some(&tx.place))?;
        let row = self
            .inner
            .session
            .prepared(statement)
            .fetch_one(&mut *tx.transaction);
        let row = row.await.map_err(store_error)?;
        advance::outcome(&advance, &row)?;
        Ok(tx.transaction.commit().await.map_err(store_error)?)
    }

    /// Where the generation is the live one, readers see its tables from now on, also those that are new.
    async fn commit(&self, mut tx: Tx) -> Result<(), StoreError> {
        let statement = sqlx::query(self.inner.statements.settle_place.clone())
            .bind(tx.of.processor.as_str())
            .bind(tx.of.generation.as_i32())
            .bind(&tx.place);
        let row = self
            .inner
            .session
            .prepared(statement)
            .fetch_one(&mut *tx.transaction);
        let is_there: bool = row
            .await
            .and_then(|row| row.try_get(0))
            .map_err(store_error)?;
        if !is_there {
            return Err(StoreError::other(format!("generation {} is gone", tx.of)));
        }
        tx.transaction.commit().await.map_err(store_error)
    }
}

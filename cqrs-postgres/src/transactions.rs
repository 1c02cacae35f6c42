//! A user's own writes, together with a processor's checkpoint: P1.

use cqrs_core::ports::advance::{Advance, AdvanceError};
use cqrs_core::ports::error::{BoxError, StoreError};
use cqrs_core::ports::transactions::{Blame, Transactions};
use cqrs_core::words::generation::GenerationId;
use sqlx::{AssertSqlSafe, Connection, Row, SqlSafeStr};

use crate::advance;
use crate::advance::request::News;
use crate::postgres::Postgres;
use crate::sqlstate::{Failure, store_error};
use crate::tx::Tx;

/// How long a server is waited for that is asked whether it is there.
const ANSWER: std::time::Duration = std::time::Duration::from_secs(1);

impl Transactions for Postgres {
    type Tx = Tx;

    /// One round trip. A server that does not hear from this process for as long as the last lease that it asked for ends
    /// the transaction: its rows are locked, and another node that has taken over waits for them.
    async fn begin(&self, of: &GenerationId) -> Result<Tx, StoreError> {
        let place = self.inner.place_of(of);
        // A place has ASCII letters, digits, `_` and `#`.
        let begin = format!(
            "{}; SET LOCAL enable_seqscan TO DEFAULT; SET LOCAL enable_bitmapscan TO DEFAULT; SET LOCAL jit TO DEFAULT; \
             SET LOCAL plan_cache_mode TO DEFAULT; SET LOCAL idle_in_transaction_session_timeout TO {}; \
             SELECT pg_catalog.set_config('cqrs.place', '{place}', true), pg_catalog.set_config('search_path', \
             pg_catalog.concat_ws(', ', '\"{place}\"', NULLIF(pg_catalog.current_setting('search_path'), '')), true)",
            self.inner.session.begin(),
            self.inner.patience.milliseconds(),
        );
        let begin = AssertSqlSafe(begin).into_sql_str();
        let transaction = self.inner.session.transaction(begin).await;
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
        let statement = self
            .inner
            .advance_statement(&advance, Some(&tx.place), News::Doubted)?;
        let row = self
            .inner
            .session
            .prepared(statement)
            .fetch_one(&mut *tx.transaction);
        let row = row.await.map_err(store_error)?;
        advance::outcome(&advance, &row)?;
        Ok(tx.transaction.commit().await.map_err(store_error)?)
    }

    /// The store's, when the user's error has one of the driver's among its causes that says so, or when the connection is
    /// lost, whatever the user's error says.
    async fn blame(&self, mut tx: Tx, error: BoxError) -> Blame {
        if is_of_the_store(&*error) {
            return Blame::Store(StoreError::Unavailable(error));
        }
        // A server that has aborted the transaction answers too.
        let answered = tokio::time::timeout(ANSWER, tx.ping()).await;
        match answered {
            Ok(Err(lost)) if Failure::of(&lost) == Failure::Unavailable => {
                Blame::Store(StoreError::Unavailable(error))
            }
            _ => Blame::User(error),
        }
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

/// Whether an error, or one of its causes, is one of the driver's that has nothing to do with what was asked.
pub(crate) fn is_of_the_store(error: &(dyn std::error::Error + 'static)) -> bool {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let mut of_the_driver = causes.filter_map(|error| error.downcast_ref::<sqlx::Error>());
    of_the_driver.any(|error| matches!(Failure::of(error), Failure::Unavailable | Failure::Again))
}

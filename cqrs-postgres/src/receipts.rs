//! Receipts: A7. They are written by the append, together with its events.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use cqrs_core::ports::error::{BoxError, StoreError};
use cqrs_core::ports::receipts::{NewReceipt, Receipts, StoredReceipt};
use cqrs_core::words::idempotency_key::IdempotencyKey;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::{Category, StreamId, StreamKey};
use cqrs_core::words::version::StreamVersion;
use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::postgres::{Inner, Postgres};
use crate::row::moment;
use crate::sqlstate::store_error;

/// Within what a `timestamptz` holds: from the year -4000 to the year 200000.
const EARLIEST: i64 = -188_395_027_200;
const LATEST: i64 = 6_249_184_915_200;

#[async_trait]
impl Receipts for Postgres {
    async fn find_receipt(
        &self,
        key: &IdempotencyKey,
    ) -> Result<Option<StoredReceipt>, StoreError> {
        Ok(self.inner.receipts([key]).await?.pop())
    }

    async fn forget_receipts(&self, recorded_before: DateTime<Utc>) -> Result<u64, StoreError> {
        let moment = recorded_before.timestamp().clamp(EARLIEST, LATEST);
        let moment = DateTime::from_timestamp(moment, recorded_before.timestamp_subsec_nanos());
        let statement = sqlx::query(self.inner.statements.forget_receipts.clone());
        let statement = statement.bind(moment.unwrap_or(recorded_before));
        self.inner
            .session
            .execute(statement)
            .await
            .map_err(store_error)
    }
}

impl Inner {
    /// The receipts that there are of these keys.
    pub(crate) async fn receipts<'a>(
        &self,
        keys: impl IntoIterator<Item = &'a IdempotencyKey>,
    ) -> Result<Vec<StoredReceipt>, StoreError> {
        let keys: Vec<_> = keys.into_iter().map(IdempotencyKey::as_str).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let statement = sqlx::query(self.statements.find_receipts.clone()).bind(keys);
        let rows = self.session.rows(statement).await.map_err(store_error)?;
        rows.iter()
            .map(|row| {
                decode(row).map_err(|source| StoreError::Corrupt {
                    what: format!("the receipt of {}", row.try_get(0).unwrap_or("a key")),
                    source,
                })
            })
            .collect()
    }
}

fn decode(row: &PgRow) -> Result<StoredReceipt, BoxError> {
    let category: Option<&str> = row.try_get(2)?;
    let stream_key: Option<&str> = row.try_get(3)?;
    let stream = match (category, stream_key) {
        (Some(category), Some(key)) => Some(StreamId::new(
            Category::new(category)?,
            StreamKey::new(key)?,
        )),
        _ => None,
    };
    // The type is `json`, which goes over the wire as its text.
    let reply: &str = row.try_get_unchecked(6)?;
    Ok(StoredReceipt {
        receipt: NewReceipt {
            key: IdempotencyKey::new(row.try_get::<&str, _>(0)?)?,
            command: row.try_get(1)?,
            stream,
            version: StreamVersion::try_from(row.try_get::<i64, _>(4)?)?,
            position: Position::try_from(row.try_get::<i64, _>(5)?)?,
            reply: Payload::from_store(reply),
        },
        recorded_at: moment(row, 7)?,
    })
}

//! Leases, by the server's clock: P2.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cqrs_core::ports::error::{BoxError, StoreError};
use cqrs_core::ports::leases::{HeldPartition, HoldLeases, Holding, Leases};
use cqrs_core::words::epoch::Epoch;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::node::NodeId;
use cqrs_core::words::partition::Partition;
use cqrs_core::words::position::Position;
use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::postgres::types::PgInterval;

use crate::postgres::{Inner, Postgres};
use crate::processors::state;
use crate::sqlstate::{Failure, store_error};

/// A hundred years. No `timestamptz` is too small for the end of such a lease.
const LONGEST: Duration = Duration::from_hours(24 * 365 * 100);

#[async_trait]
impl Leases for Postgres {
    /// One round trip for all generations, in a task of its own: a future that is dropped leaves a statement on its way,
    /// and a node that leaves then must not be overtaken by it.
    async fn hold(&self, request: HoldLeases) -> Result<Vec<Holding>, StoreError> {
        let on_its_way = Arc::clone(&self.inner.holding).read_owned().await;
        let inner = Arc::clone(&self.inner);
        let task = async move {
            let holdings = inner.hold(request).await;
            drop(on_its_way);
            holdings
        };
        match tokio::spawn(task).await {
            Ok(holdings) => holdings,
            Err(ended) => Err(Failure::Unavailable.into_store_error(ended)),
        }
    }

    async fn release(
        &self,
        node: &NodeId,
        of: &GenerationId,
        partitions: &[Partition],
    ) -> Result<(), StoreError> {
        let partitions: Vec<_> = partitions.iter().copied().map(i32::from).collect();
        let statement = sqlx::query(self.inner.statements.release_leases.clone())
            .bind(node.as_str())
            .bind(of.processor.as_str())
            .bind(of.generation.as_i32())
            .bind(partitions);
        let done = self.inner.session.execute(statement).await;
        done.map(drop).map_err(store_error)
    }

    async fn leave(&self, node: &NodeId) -> Result<(), StoreError> {
        let _nothing_on_its_way = self.inner.holding.write().await;
        let statement = sqlx::query(self.inner.statements.leave_leases.clone()).bind(node.as_str());
        let done = self.inner.session.execute(statement).await;
        done.map(drop).map_err(store_error)
    }
}

impl Inner {
    async fn hold(&self, request: HoldLeases) -> Result<Vec<Holding>, StoreError> {
        let (processors, numbers): (Vec<_>, Vec<_>) = request
            .generations
            .iter()
            .map(|of| (of.processor.as_str(), of.generation.as_i32()))
            .unzip();
        let statement = sqlx::query(self.statements.hold_leases.clone())
            .bind(request.node.as_str())
            .bind(interval(request.lease)?)
            .bind(processors)
            .bind(numbers);
        let rows = self.session.rows(statement).await;
        let rows = rows.map_err(store_error)?;
        let holdings = rows.iter().map(|row| holding(row, &request.generations));
        holdings
            .collect::<Result<_, _>>()
            .map_err(|source| StoreError::Corrupt {
                what: format!("what {} holds", request.node),
                source,
            })
    }
}

fn interval(lease: Duration) -> Result<PgInterval, StoreError> {
    let microseconds = lease.min(LONGEST).as_micros();
    Ok(PgInterval {
        months: 0,
        days: 0,
        microseconds: i64::try_from(microseconds).map_err(StoreError::other)?,
    })
}

fn holding(row: &PgRow, generations: &[GenerationId]) -> Result<Holding, BoxError> {
    let place: i64 = row.try_get(0)?;
    let of = usize::try_from(place - 1)
        .ok()
        .and_then(|place| generations.get(place))
        .ok_or("the server names a generation that nobody asked for")?;
    let numbers: Option<Vec<i32>> = row.try_get(4)?;
    let epochs: Option<Vec<i64>> = row.try_get(5)?;
    let checkpoints: Option<Vec<i64>> = row.try_get(6)?;
    let held = numbers
        .into_iter()
        .flatten()
        .zip(epochs.into_iter().flatten())
        .zip(checkpoints.into_iter().flatten());
    let partitions = held.map(|((number, epoch), checkpoint)| {
        Ok::<_, BoxError>(HeldPartition {
            partition: Partition::try_from(number)?,
            epoch: Epoch::try_from(epoch)?,
            checkpoint: Position::try_from(checkpoint)?,
        })
    });
    Ok(Holding {
        of: of.clone(),
        state: state(row.try_get(1)?)?,
        share: usize::try_from(row.try_get::<i32, _>(2)?)?,
        partitions: partitions.collect::<Result<_, _>>()?,
        asked: row.try_get(3)?,
    })
}

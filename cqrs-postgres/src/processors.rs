//! Processors and their generations: P4.

mod progress;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use cqrs_core::ports::error::{BoxError, StoreError};
use cqrs_core::ports::processors::{
    Declare, DeclareError, GenerationProgress, GenerationRow, GenerationState, Generations,
    ProcessorKind, Processors,
};
use cqrs_core::words::generation::{Generation, GenerationId};
use cqrs_core::words::partition::PartitionCount;
use cqrs_core::words::position::Position;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::start::StartFrom;
use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::postgres::{Inner, Postgres};
use crate::sqlstate::store_error;

/// How many documents of a dropped generation one call deletes: a transaction that is not too long.
const DELETED_AT_ONCE: i64 = 10_000;

#[async_trait]
impl Processors for Postgres {
    async fn declare(&self, declare: Declare) -> Result<Generations, DeclareError> {
        let inner = &self.inner;
        let known = inner.declare(&declare).await?;
        if known != declare.kind {
            return Err(DeclareError::KindChanged {
                processor: declare.processor,
                known,
                declared: declare.kind,
            });
        }
        let running = inner.running(&declare.processor).await?;
        let changed = running
            .of_version(declare.version)
            .find(|row| row.partitions != declare.partitions);
        match changed {
            Some(row) => Err(DeclareError::PartitionsChanged {
                generation: row.of.clone(),
                known: row.partitions,
                declared: declare.partitions,
            }),
            None => Ok(running),
        }
    }

    async fn begin_generation(
        &self,
        processor: &ProcessorName,
        version: u32,
        partitions: PartitionCount,
        start: StartFrom,
    ) -> Result<GenerationRow, StoreError> {
        let statement = sqlx::query(self.inner.statements.begin_generation.clone())
            .bind(processor.as_str())
            .bind(i32::try_from(version).map_err(StoreError::other)?)
            .bind(i32::from(partitions))
            .bind(after(start));
        let row = self.inner.session.row(statement).await;
        let begun: Option<i32> = row.and_then(|row| row.try_get(0)).map_err(store_error)?;
        let Some(begun) = begun else {
            let what = format!("processor {processor} is not known");
            return Err(StoreError::other(what));
        };
        let running = self.inner.running(processor).await?;
        let building = running.building.into_iter().chain(running.live);
        building
            .into_iter()
            .find(|row| row.of.generation.as_i32() == begun)
            .ok_or_else(|| {
                // Another program has begun a later one since.
                StoreError::Retryable(format!("generation {begun} of {processor} is over").into())
            })
    }

    async fn switch(&self, to: &GenerationId, caught_up_to: Position) -> Result<bool, StoreError> {
        let statement = sqlx::query(self.inner.statements.switch_generation.clone())
            .bind(to.processor.as_str())
            .bind(to.generation.as_i32())
            .bind(caught_up_to.as_i64());
        let row = self.inner.session.row(statement).await;
        row.and_then(|row| row.try_get(0)).map_err(store_error)
    }

    /// In several transactions. One that is interrupted leaves a retired generation, to be dropped again.
    async fn drop_generation(&self, of: &GenerationId) -> Result<bool, StoreError> {
        let mut was_found = false;
        loop {
            let statement = sqlx::query(self.inner.statements.drop_generation.clone())
                .bind(of.processor.as_str())
                .bind(of.generation.as_i32())
                .bind(DELETED_AT_ONCE);
            let row = self.inner.session.row(statement).await;
            let row = row.map_err(store_error)?;
            let was_there: bool = row.try_get(0).map_err(StoreError::other)?;
            let is_gone: bool = row.try_get(1).map_err(StoreError::other)?;
            was_found |= was_there;
            if is_gone || !was_there {
                return Ok(was_found);
            }
        }
    }

    async fn progress(
        &self,
        processor: Option<&ProcessorName>,
    ) -> Result<Vec<GenerationProgress>, StoreError> {
        let statement = sqlx::query(self.inner.statements.find_progress.clone())
            .bind(processor.map(ProcessorName::as_str));
        let rows = self.inner.session.rows(statement).await;
        let rows = rows.map_err(store_error)?;
        rows.iter()
            .map(|row| progress::decode(row).map_err(corrupt))
            .collect()
    }
}

impl Inner {
    /// The kind that the processor is known as.
    async fn declare(&self, declare: &Declare) -> Result<ProcessorKind, StoreError> {
        let place = match declare.kind {
            ProcessorKind::Projection => Some(self.place(&declare.processor)),
            _ => None,
        };
        let statement = sqlx::query(self.statements.declare_processor.clone())
            .bind(declare.processor.as_str())
            .bind(declare.kind.as_str())
            .bind(i32::try_from(declare.version).map_err(StoreError::other)?)
            .bind(i32::from(declare.partitions))
            .bind(after(declare.start))
            .bind(declare.kind.can_be_rebuilt())
            .bind(place);
        let row = self.session.row(statement).await.map_err(store_error)?;
        let known: &str = row.try_get(0).map_err(StoreError::other)?;
        kind(known).map_err(corrupt)
    }

    async fn running(&self, processor: &ProcessorName) -> Result<Generations, StoreError> {
        let statement =
            sqlx::query(self.statements.find_generations.clone()).bind(processor.as_str());
        let rows = self.session.rows(statement).await.map_err(store_error)?;
        let mut running = Generations::default();
        for row in &rows {
            let row = generation(row).map_err(corrupt)?;
            match row.state {
                GenerationState::Live | GenerationState::Inline => running.live = Some(row),
                GenerationState::Building => running.building = Some(row),
                GenerationState::Retired => {}
            }
        }
        Ok(running)
    }
}

/// The position after which a generation starts; nothing when the database says what is now.
fn after(start: StartFrom) -> Option<i64> {
    match start {
        StartFrom::Beginning => Some(Position::START.as_i64()),
        StartFrom::Now => None,
        StartFrom::After(position) => Some(position.as_i64()),
    }
}

/// Processor, number, kind, version, partitions, state, when it began, and where it started.
fn generation(row: &PgRow) -> Result<GenerationRow, BoxError> {
    let began_at: DateTime<Utc> = row.try_get(6)?;
    Ok(GenerationRow {
        of: GenerationId::new(
            ProcessorName::new(row.try_get::<&str, _>(0)?)?,
            Generation::try_from(row.try_get::<i32, _>(1)?)?,
        ),
        kind: kind(row.try_get(2)?)?,
        version: u32::try_from(row.try_get::<i32, _>(3)?)?,
        partitions: PartitionCount::try_from(row.try_get::<i32, _>(4)?)?,
        state: state(row.try_get(5)?)?,
        start: Position::try_from(row.try_get::<i64, _>(7)?)?,
        began_at,
    })
}

fn kind(name: &str) -> Result<ProcessorKind, BoxError> {
    ProcessorKind::from_name(name).ok_or_else(|| format!("`{name}` is no kind of processor").into())
}

pub(crate) fn state(name: &str) -> Result<GenerationState, BoxError> {
    GenerationState::from_name(name)
        .ok_or_else(|| format!("`{name}` is no state of a generation").into())
}

fn corrupt(source: BoxError) -> StoreError {
    StoreError::Corrupt {
        what: "a generation of a processor".to_owned(),
        source,
    }
}

//! A row of `find_progress.sql`.

use cqrs_core::ports::error::BoxError;
use cqrs_core::ports::processors::{GenerationProgress, PartitionRow};
use cqrs_core::words::epoch::Epoch;
use cqrs_core::words::node::NodeId;
use cqrs_core::words::partition::Partition;
use cqrs_core::words::position::Position;
use sqlx::Row;
use sqlx::postgres::PgRow;

pub(super) fn decode(row: &PgRow) -> Result<GenerationProgress, BoxError> {
    Ok(GenerationProgress {
        row: super::generation(row)?,
        partitions: partitions(row)?,
        parked_keys: count(row, 12)?,
        parked_events: count(row, 13)?,
        staged_commands: count(row, 14)?,
        parked_commands: count(row, 15)?,
    })
}

fn partitions(row: &PgRow) -> Result<Vec<PartitionRow>, BoxError> {
    let numbers: Option<Vec<i32>> = row.try_get(8)?;
    let checkpoints: Option<Vec<i64>> = row.try_get(9)?;
    let epochs: Option<Vec<i64>> = row.try_get(10)?;
    let owners: Option<Vec<Option<String>>> = row.try_get(11)?;
    let columns = numbers
        .into_iter()
        .flatten()
        .zip(checkpoints.into_iter().flatten())
        .zip(epochs.into_iter().flatten())
        .zip(owners.into_iter().flatten());
    let rows = columns.map(|(((number, checkpoint), epoch), owner)| {
        Ok(PartitionRow {
            partition: Partition::try_from(number)?,
            checkpoint: Position::try_from(checkpoint)?,
            epoch: Epoch::try_from(epoch)?,
            owner: owner.map(NodeId::new).transpose()?,
        })
    });
    rows.collect()
}

fn count(row: &PgRow, column: usize) -> Result<u64, BoxError> {
    Ok(u64::try_from(row.try_get::<i64, _>(column)?)?)
}

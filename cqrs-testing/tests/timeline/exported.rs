//! Logs and their exports.

use cqrs_core::ports::import::ImportEvents;
use cqrs_core::ports::read_log::{LogRead, ReadLog};
use cqrs_core::ports::read_side::ReadSide;
use cqrs_core::words::event::RecordedEvent;
use cqrs_core::words::position::Position;

use super::backend::Backend;
use super::domain::{Failed, over};
use super::random_log::random_log;

pub(super) async fn export(store: &(impl ReadSide + Clone)) -> Result<Vec<u8>, Failed> {
    let cqrs = over(store.clone()).await?;
    let mut lines = Vec::new();
    let done = cqrs.export().write(&mut lines).await?;
    assert!(done.is_complete);
    assert_eq!(done.bytes, lines.len() as u64);
    Ok(lines)
}

/// The lines could agree and both be wrong.
pub(super) async fn events_of(store: &impl ReadLog) -> Result<Vec<RecordedEvent>, Failed> {
    let request = LogRead::after(Position::START).limit(10_000);
    Ok(store.read_log(request).await?.events)
}

/// A place with a random log, and its export.
pub(super) async fn random<B: Backend>(seed: u64, events: u64) -> Result<(B, Vec<u8>), Failed> {
    let backend = B::fresh().await;
    let store = backend.store();
    store.import(random_log(seed, events)?).await?;
    let lines = export(&store).await?;
    Ok((backend, lines))
}

//! A view that is written in the transaction of an append: load, fold and write, as a step of the runners does.

use std::collections::BTreeMap;

use super::{KeyWork, Processor, ProcessorError, Routed, RoutedEvent};
use crate::ports::documents::DocumentWrite;
use crate::ports::inline::{InlineTransaction, ReadModelError};
use crate::ports::processors::GenerationRow;
use crate::words::document_key::DocumentKey;
use crate::words::event::RecordedEvent;

/// The keys that events are about, as far as they can be told.
pub(in crate::runtime) fn keys(
    processor: &dyn Processor,
    events: &[RecordedEvent],
) -> Vec<DocumentKey> {
    if !processor.keeps_documents() {
        return Vec::new();
    }
    let mut routed = Routed::with_capacity(events.len());
    for event in events {
        // What can't be decoded is told when it is written.
        let _ = processor.route(event.clone(), &mut routed);
    }
    let routed = routed.into_events().into_iter();
    routed.map(|(key, _)| key).collect()
}

/// Folds the events into their documents.
pub(super) async fn write_documents<P: Processor + ?Sized>(
    processor: &P,
    row: &GenerationRow,
    events: &[RecordedEvent],
    transaction: &mut dyn InlineTransaction,
) -> Result<(), ReadModelError> {
    let refused = |failed: ProcessorError| ReadModelError::Failed {
        processor: row.of.processor.clone(),
        source: failed.error.into(),
    };
    let mut by_key: BTreeMap<DocumentKey, Vec<RoutedEvent>> = BTreeMap::new();
    let mut routed = Routed::with_capacity(events.len());
    for recorded in events {
        let route = processor.route(recorded.clone(), &mut routed);
        route.map_err(refused)?;
    }
    for (key, event) in routed.into_events() {
        by_key.entry(key).or_default().push(event);
    }
    let Some(now) = events.last().map(|event| event.recorded_at) else {
        return Ok(());
    };
    let keys: Vec<_> = by_key.keys().cloned().collect();
    let mut documents: BTreeMap<_, _> = if keys.is_empty() {
        BTreeMap::new()
    } else {
        let stored = transaction.load_documents(&row.of, &keys).await?;
        let stored = stored.into_iter();
        stored
            .map(|document| (document.key, document.content))
            .collect()
    };
    let mut writes: Vec<DocumentWrite> = Vec::with_capacity(keys.len());
    for (key, events) in by_key {
        let outcome = processor
            .handle(&KeyWork {
                partition: row.partitions.partition_of(key.as_str()),
                document: documents.remove(&key),
                key,
                events,
                attempts: 0,
                now,
            })
            .await;
        if let Some(failed) = outcome.failed {
            return Err(refused(failed));
        }
        writes.extend(outcome.write);
    }
    if !writes.is_empty() {
        transaction.write_documents(&row.of, writes).await?;
    }
    Ok(())
}

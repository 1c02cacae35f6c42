//! A view as a processor: folds the events of a key into its document.

use std::marker::PhantomData;

use async_trait::async_trait;

use super::{
    KeyOutcome, KeyWork, Processor, ProcessorError, Routed, RoutedEvent, Spec, decode_document,
    guarded,
};
use crate::domain::view::View;
use crate::encoding::event::EventSet;
use crate::ports::documents::DocumentWrite;
use crate::ports::processors::ProcessorKind;
use crate::runtime::known::Known;
use crate::words::event::RecordedEvent;
use crate::words::payload::Payload;
use crate::words::position::Position;

pub(in crate::runtime) struct ViewProcessor<V> {
    spec: Spec,
    view: PhantomData<fn() -> V>,
}

impl<V: View> ViewProcessor<V> {
    pub(in crate::runtime) fn new() -> Self {
        let spec = Spec {
            name: V::NAME,
            kind: ProcessorKind::View,
            version: V::VERSION,
            partitions: V::PARTITIONS,
            start: V::START,
            run: V::RUN,
            filter: V::Event::filter(),
            knows: Known::add_events::<V::Event>,
            rust_type: std::any::type_name::<V>(),
        };
        Self {
            spec,
            view: PhantomData,
        }
    }
}

#[async_trait]
impl<V: View> Processor for ViewProcessor<V> {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn route(&self, recorded: RecordedEvent, routed: &mut Routed) -> Result<(), ProcessorError> {
        routed.add(recorded, |event, keys| {
            for key in V::keys(event) {
                keys.add(&key);
            }
        })
    }

    async fn handle(&self, work: &KeyWork) -> KeyOutcome {
        fold::<V>(work)
    }
}

/// Folds all events. When one fails, the document may be half changed, so those before it are folded again.
fn fold<V: View>(work: &KeyWork) -> KeyOutcome {
    match fold_all::<V>(work, &work.events) {
        Ok(outcome) => outcome,
        Err((done, failed)) => {
            let before = work.events.get(..done).unwrap_or_default();
            match fold_all::<V>(work, before) {
                Ok(outcome) => KeyOutcome {
                    failed: Some(failed),
                    ..outcome
                },
                Err((_, failed)) => KeyOutcome {
                    failed: Some(failed),
                    ..KeyOutcome::unchanged(work.document.clone())
                },
            }
        }
    }
}

fn fold_all<V: View>(
    work: &KeyWork,
    events: &[RoutedEvent],
) -> Result<KeyOutcome, (usize, ProcessorError)> {
    let Some(last) = events.last() else {
        return Ok(KeyOutcome::unchanged(work.document.clone()));
    };
    let mut document =
        Some(decode_document::<V>(work.document.as_ref()).map_err(|error| (0, error))?);
    for (done, event) in events.iter().enumerate() {
        for part in event.typed::<V::Event>() {
            let part = part.map_err(|error| (done, error))?;
            document = guarded(|| {
                let mut view = document.unwrap_or_default();
                view.apply(part);
                (!view.is_deleted()).then_some(view)
            })
            .map_err(|error| (done, error))?;
        }
    }
    let content = encode(document.as_ref()).map_err(|error| (events.len() - 1, error))?;
    Ok(KeyOutcome {
        done: events.len(),
        document: content.clone(),
        write: write(work, content, last.position),
        ..KeyOutcome::default()
    })
}

fn encode<V: View>(document: Option<&V>) -> Result<Option<Payload>, ProcessorError> {
    let encoded = document.map(|view| guarded(|| Payload::encode(view)));
    match encoded.transpose()?.transpose() {
        Ok(content) => Ok(content),
        Err(error) => Err(ProcessorError::coding(&error)),
    }
}

/// What is to be written: nothing when there was no document and there is none.
fn write(work: &KeyWork, content: Option<Payload>, position: Position) -> Option<DocumentWrite> {
    (content.is_some() || work.document.is_some()).then(|| DocumentWrite {
        key: work.key.clone(),
        content,
        position,
        is_new: work.document.is_none(),
    })
}

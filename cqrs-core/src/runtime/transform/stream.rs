//! Copies one stream into new ones of the same log.

use std::collections::HashMap;

use super::event::derived;
use super::{TransformError, Transformed, TransformedEvent};
use crate::ports::append::Append;
use crate::ports::read_stream::StreamRead;
use crate::runtime::app::Cqrs;
use crate::runtime::attempts::Attempts;
use crate::runtime::request::Request;
use crate::words::event::{NewEvent, RecordedEvent};
use crate::words::metadata::{CausationId, Metadata};
use crate::words::stream::StreamId;
use crate::words::version::{ExpectedVersion, StreamVersion};

/// How many events of the old stream are copied in one append.
const CHUNK: usize = 500;

/// A copy of a stream that changes on the way, about to be tried or made: see [`Cqrs::transform_stream`].
#[must_use = "nothing is read until `.dry_run().await` or `.run().await`"]
pub struct TransformStream<F> {
    cqrs: Cqrs,
    stream: StreamId,
    change: F,
    mapping: Option<Box<Mapping>>,
}

type Mapping = dyn FnMut(StreamVersion, &[(StreamId, StreamVersion)]) + Send;

impl Cqrs {
    /// Copies a stream into one or several new streams of the same log, and changes it on the way: `transform` says what becomes of
    /// each event, as for [`transform`](Cqrs::transform), in streams that have no events yet. The old stream stays as it is.
    ///
    /// The new events are recorded now, so they get ids of their own; their causation is the old event, and their metadata is its.
    /// Processors see them like all others: tell them which of the two streams counts, by another category for instance.
    pub fn transform_stream<F>(&self, stream: StreamId, transform: F) -> TransformStream<F>
    where
        F: FnMut(&RecordedEvent) -> Vec<TransformedEvent> + Send,
    {
        TransformStream {
            cqrs: self.clone(),
            stream,
            change: transform,
            mapping: None,
        }
    }
}

impl<F> TransformStream<F>
where
    F: FnMut(&RecordedEvent) -> Vec<TransformedEvent> + Send,
{
    /// Tells where each event has gone: its version in the old stream, and its new places, in order.
    pub fn mapping(
        mut self,
        tell: impl FnMut(StreamVersion, &[(StreamId, StreamVersion)]) + Send + 'static,
    ) -> Self {
        self.mapping = Some(Box::new(tell));
        self
    }

    /// Says what would become of the stream, and writes nothing.
    ///
    /// # Errors
    ///
    /// [`TransformError::Store`] when the stream can't be read, [`TransformError::Itself`].
    pub async fn dry_run(self) -> Result<Transformed, TransformError> {
        self.go(true).await
    }

    /// Writes the new streams, 500 old events at a time, each time all or nothing. When it was interrupted, the same again goes on, as long
    /// as nothing was appended to the old stream meanwhile.
    ///
    /// # Errors
    ///
    /// [`TransformError`]: what was written stays. A conflict says that a new stream has other events.
    pub async fn run(self) -> Result<Transformed, TransformError> {
        self.go(false).await
    }

    async fn go(mut self, is_dry: bool) -> Result<Transformed, TransformError> {
        let mut report = Transformed::new(is_dry);
        let mut versions: HashMap<StreamId, StreamVersion> = HashMap::new();
        let mut from = StreamVersion::FIRST;
        loop {
            let request = StreamRead::forward(self.stream.clone()).from(from);
            let page = self.cqrs.store().read_stream(request.limit(CHUNK)).await?;
            let Some(last) = page.events.last().map(|last| last.version) else {
                break;
            };
            let (mut append, mut moved) = (Vec::<Part>::new(), Vec::new());
            for old in &page.events {
                let outcome = (self.change)(old);
                report.add(old, &outcome);
                let mut places = Vec::with_capacity(outcome.len());
                for (index, event) in outcome.into_iter().enumerate() {
                    if event.stream == self.stream {
                        let stream = event.stream;
                        return Err(TransformError::Itself { stream });
                    }
                    let version = versions.entry(event.stream.clone()).or_default();
                    let new = caused(old, index, event.event);
                    add(&mut append, &event.stream, *version, new);
                    *version = version.after(1);
                    places.push((event.stream, *version));
                }
                moved.push((old.version, places));
            }
            if !is_dry && !append.is_empty() {
                self.append(append, last).await?;
            }
            if let Some(tell) = &mut self.mapping {
                for (old, new) in &moved {
                    tell(*old, new);
                }
            }
            from = last.after(1);
            if page.is_last {
                break;
            }
        }
        report.streams = versions.len() as u64;
        Ok(report)
    }

    async fn append(&self, parts: Vec<Part>, last: StreamVersion) -> Result<(), TransformError> {
        let each = parts.into_iter();
        let append = each.fold(Append::new(), |append, (stream, expected, events)| {
            append.and_to(stream, expected, events)
        });
        let envelope = self.cqrs.envelope();
        let mut attempts = Attempts::new(envelope.retry);
        let request = Request::new(&self.cqrs, "transform", None, &envelope);
        let appended = request.append(append, &mut attempts).await;
        appended.map(drop).map_err(|source| TransformError::Append {
            version: last,
            source: Box::new(source),
        })
    }
}

type Part = (StreamId, ExpectedVersion, Vec<NewEvent>);

fn add(parts: &mut Vec<Part>, stream: &StreamId, version: StreamVersion, event: NewEvent) {
    match parts.iter_mut().find(|(known, ..)| known == stream) {
        Some((_, _, events)) => events.push(event),
        None => parts.push((stream.clone(), ExpectedVersion::at(version), vec![event])),
    }
}

/// The copy: caused by the old event, with an id that is the same in each run.
fn caused(old: &RecordedEvent, index: usize, event: NewEvent) -> NewEvent {
    let mut metadata = Metadata::clone(&event.metadata);
    metadata.causation_id = Some(CausationId::from(old.event_id));
    event
        .with_event_id(derived(old, "transform stream", index))
        .with_metadata(metadata)
}

impl<F> std::fmt::Debug for TransformStream<F> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("TransformStream")
            .field("stream", &self.stream)
            .finish_non_exhaustive()
    }
}

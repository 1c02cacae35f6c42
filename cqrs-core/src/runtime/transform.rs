//! Copies a log, or a stream, into a new one and changes it on the way: for the rare migration.

mod event;
mod report;
mod stream;

use std::collections::HashMap;

use super::app::Cqrs;
use super::progress::{Observer, Progress};
use super::scan::Scan;
use crate::ports::error::{AppendError, StoreError};
use crate::ports::import::{ImportError, ImportEvent, ImportEvents};
use crate::words::event::RecordedEvent;
use crate::words::filter::Filter;
use crate::words::position::Position;
use crate::words::stream::StreamId;
use crate::words::version::StreamVersion;

pub use event::TransformedEvent;
use event::identified;
pub use report::Transformed;
pub use stream::TransformStream;

/// A copy of the log that changes on the way, about to be tried or made: see [`Cqrs::transform`].
#[must_use = "nothing is read until `.dry_run().await` or `.write(…).await`"]
pub struct Transform<F> {
    cqrs: Cqrs,
    change: F,
    observer: Observer,
    mapping: Option<Box<Mapping>>,
}

type Mapping = dyn FnMut(Position, &[Position]) + Send;

/// A copy that was not made to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransformError {
    /// The log can't be read.
    #[error("the store could not be read")]
    Store(#[from] StoreError),
    /// The new log does not take what came of events up to this one.
    #[error("what came of the events up to position {position} could not be recorded")]
    Import {
        /// The position in the old log of the last event that was read.
        position: Position,
        /// Why not.
        #[source]
        source: ImportError,
    },
    /// The new streams do not take what came of events up to this one.
    #[error("what came of the events up to version {version} could not be appended")]
    Append {
        /// The version in the old stream of the last event that was read.
        version: StreamVersion,
        /// Why not.
        #[source]
        source: Box<AppendError>,
    },
    /// The old stream would be one of the new ones.
    #[error("stream {stream} can't be copied into itself")]
    Itself {
        /// The stream.
        stream: StreamId,
    },
    /// There are more than the database can count.
    #[error("the new log has more events than positions")]
    TooMany,
}

impl Cqrs {
    /// Copies the whole log into a new one, and changes it on the way: `transform` says what becomes of each event, in their
    /// order: nothing, one, or several, in whatever streams. So streams are split and merged, events dropped and given another
    /// shape.
    ///
    /// The new events keep the time and the metadata of the old one, and the first of them its id; others get ids that follow from it.
    /// Versions and positions are counted anew, without gaps. The old log is only read.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cqrs_core::ports::import::ImportEvents;
    /// # use cqrs_core::runtime::app::Cqrs;
    /// # use cqrs_core::runtime::transform::{TransformError, TransformedEvent};
    /// async fn without_drafts(cqrs: &Cqrs, new: &impl ImportEvents) -> Result<(), TransformError> {
    ///     let transform = || {
    ///         cqrs.transform(|event| match event.name.as_str() {
    ///             "draft.saved" => vec![],
    ///             _ => vec![TransformedEvent::same(event)],
    ///         })
    ///     };
    ///     println!("{}", transform().dry_run().await?);
    ///     println!("{}", transform().write(new).await?);
    ///     Ok(())
    /// }
    /// ```
    pub fn transform<F>(&self, transform: F) -> Transform<F>
    where
        F: FnMut(&RecordedEvent) -> Vec<TransformedEvent> + Send,
    {
        Transform {
            cqrs: self.clone(),
            change: transform,
            observer: Observer::silent(),
            mapping: None,
        }
    }
}

impl<F> Transform<F>
where
    F: FnMut(&RecordedEvent) -> Vec<TransformedEvent> + Send,
{
    /// Tells where each event has gone: its old position, and its new ones, in order. Told when they are recorded; in a dry run, what
    /// they would be.
    pub fn mapping(mut self, tell: impl FnMut(Position, &[Position]) + Send + 'static) -> Self {
        self.mapping = Some(Box::new(tell));
        self
    }

    /// Tells how far it has come, at most ten times a second, and at the end.
    pub fn progress(mut self, tell: impl FnMut(&Progress) + Send + 'static) -> Self {
        self.observer.tell(tell);
        self
    }

    /// Draws how far it has come as a bar on the standard error output, where that is a terminal.
    #[cfg(feature = "progress-bar")]
    pub fn with_bar(mut self) -> Self {
        self.observer.draw("transform");
        self
    }

    /// Says what would become of the log, and writes nothing.
    ///
    /// # Errors
    ///
    /// [`TransformError::Store`] when the log can't be read.
    pub async fn dry_run(self) -> Result<Transformed, TransformError> {
        self.go(None::<&Nowhere>).await
    }

    /// Writes the new log, into a store without events. When it was interrupted, the same again goes on: what is there is passed
    /// over. In memory: a page of the log, and the version of each new stream.
    ///
    /// # Errors
    ///
    /// [`TransformError`]: what was written stays.
    pub async fn write<S: ImportEvents>(self, new: S) -> Result<Transformed, TransformError> {
        self.go(Some(&new)).await
    }

    async fn go<S: ImportEvents>(mut self, new: Option<&S>) -> Result<Transformed, TransformError> {
        let mut report = Transformed::new(new.is_none());
        let mut versions: HashMap<StreamId, StreamVersion> = HashMap::new();
        let mut next = 0_u64;
        let mut scan = Scan::new(&self.cqrs, Filter::all());
        self.observer.begin_round(scan.position());
        while let Some(page) = scan.next().await? {
            let read = page.events.len();
            let (mut chunk, mut moved) = (Vec::new(), Vec::with_capacity(read));
            for old in page.events {
                let outcome = (self.change)(&old);
                report.add(&old, &outcome);
                let mut positions = Vec::with_capacity(outcome.len());
                for (index, event) in outcome.into_iter().enumerate() {
                    next += 1;
                    let position = Position::new(next).map_err(|_| TransformError::TooMany)?;
                    let version = versions.entry(event.stream.clone()).or_default();
                    *version = version.after(1);
                    positions.push(position);
                    let new = identified(&old, index, event.event);
                    chunk.push(
                        ImportEvent::new(event.stream, *version, new)
                            .at(position)
                            .recorded_at(old.recorded_at),
                    );
                }
                moved.push((old.position, positions));
            }
            if let Some(new) = new.filter(|_| !chunk.is_empty()) {
                let imported = new.import(chunk).await;
                let position = scan.position();
                imported.map_err(|source| TransformError::Import { position, source })?;
            }
            if let Some(tell) = &mut self.mapping {
                for (old, new) in &moved {
                    tell(*old, new);
                }
            }
            let end = scan.end();
            self.observer.advance(read, scan.position(), Some(end));
        }
        self.observer.finish(scan.position());
        report.streams = versions.len() as u64;
        Ok(report)
    }
}

impl<F> std::fmt::Debug for Transform<F> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Transform").finish_non_exhaustive()
    }
}

/// The store of a dry run.
struct Nowhere;

#[async_trait::async_trait]
impl ImportEvents for Nowhere {
    async fn import(
        &self,
        _: Vec<ImportEvent>,
    ) -> Result<crate::ports::import::Imported, ImportError> {
        Err(StoreError::other("a dry run writes nothing").into())
    }
}

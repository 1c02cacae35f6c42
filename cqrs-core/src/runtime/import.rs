//! Reading an exported log into a store.

mod check;

use tokio::io::AsyncBufRead;

use super::lines::{LineError, Lines};
use super::progress::{Observer, Progress};
use crate::encoding::line::Line;
use crate::ports::import::{ImportError as RefusedChunk, ImportEvent, ImportEvents};
use crate::words::event::EventId;
use crate::words::position::Position;

pub use check::CheckOnly;

/// How many events are recorded at a time where nothing is said.
const CHUNK: usize = 1_000;

/// How many bytes of payload a chunk has at most, unless one event has more.
const BYTES: usize = 8 << 20;

/// A store about to take an exported log: see [`Import::into`].
#[derive(Debug)]
#[must_use = "nothing is read until `.read(…).await`"]
pub struct Import<S> {
    store: S,
    after: Position,
    chunk: usize,
    observer: Observer,
}

/// What an import has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Imported {
    /// How many events the log has.
    pub events: u64,
    /// How many of them were recorded now.
    pub recorded: u64,
    /// How many the store had already, as they are in the log.
    pub repeated: u64,
    /// The position of the last event.
    pub position: Position,
}

/// A log that was not imported to its end. Of what stands before the line that is named, all is recorded but the events of its
/// chunk.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// It is no exported log, is cut off, or can't be read.
    #[error(transparent)]
    Line(#[from] LineError),
    /// An event can't be recorded as it says: the log breaks A2 or F2, has an id twice, or the store has other events.
    #[error("line {line} is refused: {source}")]
    Refused {
        /// The number of the line, from 1.
        line: u64,
        /// Why the store refuses it.
        #[source]
        source: RefusedChunk,
    },
    /// The store failed at a chunk of events.
    #[error("lines {first} to {last} could not be recorded")]
    Store {
        /// The number of the first line of the chunk.
        first: u64,
        /// The number of its last line.
        last: u64,
        /// Why not.
        #[source]
        source: RefusedChunk,
    },
}

/// Events that are recorded together, and where they stand.
#[derive(Default)]
struct Chunk {
    events: Vec<ImportEvent>,
    ids: Vec<(EventId, u64)>,
    bytes: usize,
}

impl<S: ImportEvents> Import<S> {
    /// Reads what [`Cqrs::export`](super::app::Cqrs::export) has written into a store: each event in its place, with its id,
    /// version, position and time. The store must be empty, or have the first events of the log already: an import that was
    /// interrupted is begun again, and passes over what is there.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cqrs_core::ports::import::ImportEvents;
    /// # use cqrs_core::runtime::import::{Import, ImportError};
    /// async fn from_memory(store: &impl ImportEvents, lines: &[u8]) -> Result<u64, ImportError> {
    ///     Ok(Import::into(store).read(lines).await?.recorded)
    /// }
    /// ```
    pub fn into(store: S) -> Self {
        Self {
            store,
            after: Position::START,
            chunk: CHUNK,
            observer: Observer::silent(),
        }
    }

    /// Does not ask the store about events up to this position, since it has them: faster than passing over them one by one.
    pub const fn after(mut self, position: Position) -> Self {
        self.after = position;
        self
    }

    /// How many events are recorded at a time, all or none of them: 1,000 where nothing is said, at least 1.
    pub fn chunk(mut self, events: usize) -> Self {
        self.chunk = events.max(1);
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
        self.observer.draw("import");
        self
    }

    /// Reads it to its end, a chunk at a time. Only a chunk is in memory.
    ///
    /// # Errors
    ///
    /// [`ImportError`] names the line. A passing failure of the store may be tried again, from the beginning of the log.
    pub async fn read<R>(mut self, reader: R) -> Result<Imported, ImportError>
    where
        R: AsyncBufRead + Unpin + Send,
    {
        let (mut lines, mut chunk) = (Lines::new(reader), Chunk::default());
        let mut done = Imported::default();
        self.observer.begin_round(self.after);
        loop {
            let event = match lines.next().await {
                Ok(Some(Line::Event(event))) => event,
                Ok(Some(_)) => continue,
                Ok(None) => break,
                Err(error) => {
                    // What stands before it is recorded, or refused, first.
                    self.record(&mut chunk, &mut done).await?;
                    return Err(error.into());
                }
            };
            done.events += 1;
            if event.position <= self.after {
                done.repeated += 1;
                done.position = event.position;
                continue;
            }
            chunk.add(ImportEvent::from(*event), lines.line());
            if chunk.events.len() >= self.chunk || chunk.bytes >= BYTES {
                self.record(&mut chunk, &mut done).await?;
            }
        }
        self.record(&mut chunk, &mut done).await?;
        self.observer.finish(done.position);
        Ok(done)
    }

    async fn record(&mut self, chunk: &mut Chunk, done: &mut Imported) -> Result<(), ImportError> {
        let Chunk { events, ids, .. } = std::mem::take(chunk);
        let count = events.len();
        if count == 0 {
            return Ok(());
        }
        let imported = self.store.import(events).await;
        let imported = imported.map_err(|source| refused(&ids, source))?;
        done.recorded += imported.recorded as u64;
        done.repeated += imported.repeated as u64;
        done.position = imported.position;
        self.observer.advance(count, done.position, None);
        Ok(())
    }
}

impl Chunk {
    fn add(&mut self, event: ImportEvent, line: u64) {
        self.bytes += event.event.payload.size() + event.event.metadata.size();
        self.ids.push((event.event.event_id, line));
        self.events.push(event);
    }
}

/// Says in which line the event stands that the store refuses.
fn refused(ids: &[(EventId, u64)], source: RefusedChunk) -> ImportError {
    let of = match &source {
        RefusedChunk::Version { event_id, .. }
        | RefusedChunk::Position { event_id, .. }
        | RefusedChunk::PositionTooGreat { event_id, .. }
        | RefusedChunk::Time { event_id, .. }
        | RefusedChunk::EventIdReused { event_id } => Some(*event_id),
        _ => None,
    };
    // Of an id that comes twice, the second is wrong.
    let line = of.and_then(|id| ids.iter().rev().find(|(known, _)| *known == id));
    if let Some((_, line)) = line {
        return ImportError::Refused {
            line: *line,
            source,
        };
    }
    let line = |end: Option<&(EventId, u64)>| end.map_or(0, |(_, line)| *line);
    ImportError::Store {
        first: line(ids.first()),
        last: line(ids.last()),
        source,
    }
}

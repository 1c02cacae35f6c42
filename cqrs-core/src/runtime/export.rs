//! Writing the log to a file, as JSON Lines.

mod decoded;

use std::io;

use tokio::io::{AsyncBufRead, AsyncWrite, AsyncWriteExt};

use super::app::Cqrs;
use super::lines::{LineError, Lines};
use super::progress::{Observer, Progress};
use super::scan::Scan;
use crate::encoding::error::{DecodeError, EncodeError};
use crate::encoding::line::{FORMAT, Line};
use crate::ports::error::StoreError;
use crate::words::event::{EventName, RecordedEvent};
use crate::words::filter::{Filter, FilterItem};
use crate::words::position::Position;
use crate::words::stream::Category;

pub use decoded::DecodedExport;

/// The log about to be written, one event a line: see [`Cqrs::export`].
#[derive(Debug)]
#[must_use = "nothing is written until `.write(…).await`"]
pub struct Export {
    cqrs: Cqrs,
    filter: FilterItem,
    so_far: Exported,
    observer: Observer,
}

/// How much of a log was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// How many events, those before it was resumed included.
    pub events: u64,
    /// The position of the last of them; [`Position::START`] without events.
    pub position: Position,
    /// How many bytes, in whole lines.
    pub bytes: u64,
    /// Whether its last line was written.
    pub is_complete: bool,
}

/// A log that could not be written to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The log could not be read.
    #[error("the store could not be read")]
    Store(#[from] StoreError),
    /// What was read could not be written.
    #[error("the export could not be written")]
    Write(#[from] io::Error),
    /// Today's code can't read an event. Only an export of [decoded](Export::decoded) events reads them.
    #[error("the event at position {position} can't be read with today's code")]
    Decode {
        /// The event.
        position: Position,
        /// Why not.
        #[source]
        source: DecodeError,
    },
    /// Nobody in the application knows the name of an event. Only an export of [decoded](Export::decoded) events asks.
    #[error(
        "nobody in the application knows event {name} at position {position}: export only what is known, or a category"
    )]
    Unknown {
        /// The event.
        position: Position,
        /// Its name.
        name: EventName,
    },
    /// An event has no form in today's code.
    #[error("the event at position {position} could not be encoded")]
    Encode {
        /// The event.
        position: Position,
        /// Why not.
        #[source]
        source: EncodeError,
    },
    /// An event has no line.
    #[error("the event at position {position} could not be written as a line")]
    Line {
        /// The event.
        position: Position,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
}

impl ExportError {
    fn unknown(recorded: &RecordedEvent) -> Self {
        Self::Unknown {
            position: recorded.position,
            name: recorded.name.clone(),
        }
    }
}

impl Cqrs {
    /// Writes the log, as it is now, to a file or anywhere else: one event a line, as JSON, with everything that the store keeps
    /// of it. The same log gives the same bytes, whatever store it is in.
    ///
    /// The first line says which format it is, the last one how many events there are. Between them, lines have the fields
    /// `position`, `stream`, `version`, `event_id`, `name`, `schema_version`, `recorded_at` (UTC, in microseconds), `tags` and
    /// `metadata` unless there are none, and `payload`: the text as it was given. A payload with line breaks, with white space
    /// around it, or a damaged one stands in `payload_text` instead, as a string.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cqrs_core::runtime::app::Cqrs;
    /// # use cqrs_core::runtime::export::ExportError;
    /// async fn to_memory(cqrs: &Cqrs) -> Result<Vec<u8>, ExportError> {
    ///     let mut lines = Vec::new();
    ///     cqrs.export().write(&mut lines).await?;
    ///     Ok(lines)
    /// }
    /// ```
    pub fn export(&self) -> Export {
        Export {
            cqrs: self.clone(),
            filter: FilterItem::new(),
            so_far: Exported::default(),
            observer: Observer::silent(),
        }
    }
}

impl Export {
    /// Only the streams of this category; of several when it is called several times.
    pub fn category(mut self, category: Category) -> Self {
        self.filter = self.filter.category(category);
        self
    }

    /// Goes on with an export that was interrupted, of which [`Exported::read`] has found so much. Cut it off after
    /// [`bytes`](Exported::bytes), and write from there: the whole is what an export without interruption would have written.
    pub const fn resume(mut self, so_far: Exported) -> Self {
        self.so_far = so_far;
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
        self.observer.draw("export");
        self
    }

    /// Writes it, a page of the log at a time. Only a page is in memory.
    ///
    /// # Errors
    ///
    /// [`ExportError`]: what was written so far is a part of the log, in whole lines but perhaps the last one.
    pub async fn write<W>(mut self, mut writer: W) -> Result<Exported, ExportError>
    where
        W: AsyncWrite + Unpin + Send,
    {
        let mut done = self.so_far;
        if done.is_complete {
            return Ok(done);
        }
        let mut lines = Vec::new();
        if done.bytes == 0 {
            add(&Line::Begin { format: FORMAT }, done.position, &mut lines)?;
        }
        let mut scan = Scan::new(&self.cqrs, Filter::from(self.filter)).after(done.position);
        self.observer.begin_round(done.position);
        while let Some(page) = scan.next().await? {
            let read = page.events.len();
            for event in page.events {
                (done.events, done.position) = (done.events + 1, event.position);
                add(&Line::Event(Box::new(event)), done.position, &mut lines)?;
            }
            done.bytes += put(&mut writer, &mut lines).await?;
            let end = scan.end();
            self.observer.advance(read, scan.position(), Some(end));
        }
        let (events, position) = (done.events, done.position);
        add(&Line::End { events, position }, position, &mut lines)?;
        done.bytes += put(&mut writer, &mut lines).await?;
        writer.flush().await?;
        self.observer.finish(scan.position());
        done.is_complete = true;
        Ok(done)
    }
}

impl Exported {
    /// Looks how far an export has come that may have been interrupted.
    ///
    /// # Errors
    ///
    /// [`LineError`] when it is no export.
    pub async fn read<R>(reader: R) -> Result<Self, LineError>
    where
        R: AsyncBufRead + Unpin + Send,
    {
        let (mut found, mut lines) = (Self::default(), Lines::new(reader));
        while let Some(line) = lines.next_whole().await? {
            match line {
                Line::Event(event) => {
                    found.events += 1;
                    found.position = event.position;
                }
                Line::End { .. } => found.is_complete = true,
                Line::Begin { .. } => {}
            }
            found.bytes = lines.bytes();
        }
        Ok(found)
    }
}

fn add(line: &Line, position: Position, lines: &mut Vec<u8>) -> Result<(), ExportError> {
    line.write(lines)
        .map_err(|source| ExportError::Line { position, source })
}

async fn put<W>(writer: &mut W, lines: &mut Vec<u8>) -> Result<u64, io::Error>
where
    W: AsyncWrite + Unpin + Send,
{
    writer.write_all(lines).await?;
    let bytes = lines.len() as u64;
    lines.clear();
    Ok(bytes)
}

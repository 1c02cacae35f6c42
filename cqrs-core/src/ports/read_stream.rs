//! The port through which one stream is read.

use async_trait::async_trait;

use super::error::StoreError;
use super::fold_stream::{Fold, FoldEnd, StreamFold};
use crate::words::event::RecordedEvent;
use crate::words::stream::StreamId;
use crate::words::version::StreamVersion;

/// Reads one stream, a page at a time.
///
/// # Guarantees
///
/// - A2: forward, the versions of a page are consecutive from `from`; backward, they fall by one from `from`.
/// - A2: folding hands on the same events as reading (`a2_a_stream_is_folded_as_it_is_read`).
/// - What an append has acknowledged is there for every read that begins later.
#[async_trait]
pub trait ReadStream: Send + Sync {
    /// Reads a page of a stream. A stream that nobody has appended to reads as empty.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be read.
    async fn read_stream(&self, request: StreamRead) -> Result<StreamPage, StoreError>;

    /// Hands on a part of a stream to be folded, by rising versions: as much of it as the store likes to read at a time.
    ///
    /// What is handed on is what [`read_stream`](Self::read_stream) reads. A store that can read less of each event, or hand it on as
    /// it arrives, has its own: aggregates are loaded through it.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be read. What was handed on before stays so: go on from the version after it.
    async fn fold_stream(
        &self,
        request: StreamFold,
        fold: &mut dyn Fold,
    ) -> Result<FoldEnd, StoreError> {
        let Some(read) = request.page() else {
            return Ok(FoldEnd::Done);
        };
        let page = self.read_stream(read).await?;
        Ok(page.fold(request.through, fold))
    }
}

/// Which part of a stream to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamRead {
    /// The stream.
    pub stream: StreamId,
    /// The version to begin with: [`StreamVersion::FIRST`] for a whole stream forward, [`StreamVersion::MAX`] backward.
    pub from: StreamVersion,
    /// Which way to go on from there.
    pub direction: Direction,
    /// The most events of the page, at least 1. A store may return fewer, and says whether there are more.
    pub limit: usize,
}

/// Which way to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Rising versions.
    Forward,
    /// Falling versions.
    Backward,
}

/// Part of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamPage {
    /// The events, in the order asked for.
    pub events: Vec<RecordedEvent>,
    /// Whether there was nothing more in that direction when the page was read.
    pub is_last: bool,
}

impl StreamRead {
    /// The whole stream forward, by pages of at most 1,000.
    #[must_use]
    pub const fn forward(stream: StreamId) -> Self {
        Self {
            stream,
            from: StreamVersion::FIRST,
            direction: Direction::Forward,
            limit: 1_000,
        }
    }

    /// The whole stream backward, by pages of at most 1,000.
    #[must_use]
    pub const fn backward(stream: StreamId) -> Self {
        Self {
            stream,
            from: StreamVersion::MAX,
            direction: Direction::Backward,
            limit: 1_000,
        }
    }

    /// Begins with this version.
    #[must_use]
    pub const fn from(mut self, version: StreamVersion) -> Self {
        self.from = version;
        self
    }

    /// At most so many events.
    #[must_use]
    pub const fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }
}

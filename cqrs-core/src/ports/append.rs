//! The port through which events get into the log.

use async_trait::async_trait;

use super::error::{AppendError, StoreError};
use super::receipts::{NewReceipt, StoredReceipt};
use crate::words::event::NewEvent;
use crate::words::filter::Filter;
use crate::words::position::Position;
use crate::words::stream::StreamId;
use crate::words::version::{ExpectedVersion, StreamVersion};

/// Adds events to streams.
///
/// # Guarantees
///
/// Each is a test of the conformance suite in `cqrs-testing`, under its number.
///
/// - A1: all events of one append, over all its streams, are recorded, or none.
/// - A2: versions in a stream are 1, 2, 3 … without gaps.
/// - A3: of racing appends with the same exact expectation one wins; the others get the conflict with the actual version.
/// - A4: the same append again (same event ids, same expectation) returns the first outcome; the same ids with other
///   content are an error.
/// - A5: N racing appends with [`ExpectedVersion::Any`] record all N.
/// - A6: an append with a condition fails when a matching event was recorded after its position, even by a racing
///   append; appends whose tags and names do not touch never wait for or fail each other.
/// - A7: an append with a receipt whose idempotency key is known records nothing and returns the stored receipts, also
///   while the first is in flight and after a restart. Only an append that is recorded already (A4) is answered before:
///   of its receipts nothing is new, and of its events neither.
/// - A8: content is returned as it was given; what the store cannot keep is refused before anything is written.
#[async_trait]
pub trait AppendEvents: Send + Sync {
    /// Records independent appends, each with an outcome of its own, in the order of the batch.
    ///
    /// The outcomes are those of appending one after the other: a conflict in one does not touch the others.
    ///
    /// ### Note: a lost reply is not a lost write
    /// After [`StoreError::Unavailable`] the events may have been recorded. Append them again: A4 makes that safe.
    ///
    /// ### Note: dropping the future
    /// Each append is then recorded whole, or not at all (R1).
    async fn append_batch(&self, batch: Vec<Append>) -> Vec<Result<AppendOutcome, AppendError>>;

    /// Records `append` if every stream in it is where it expects it, and no event fails its condition.
    ///
    /// # Errors
    ///
    /// - [`AppendError::Conflict`]: a stream is elsewhere. Load it and decide again.
    /// - [`AppendError::ConditionFailed`]: a matching event was recorded meanwhile. Read and decide again.
    /// - [`AppendError::EventIdReused`]: an id belongs to another event.
    /// - [`AppendError::Invalid`], [`AppendError::Limit`]: the request itself is wrong. Nothing was written.
    /// - [`AppendError::Store`]: the store could not do it, and says whether to try again.
    async fn append(&self, append: Append) -> Result<AppendOutcome, AppendError> {
        self.append_batch(vec![append])
            .await
            .pop()
            .unwrap_or_else(|| {
                Err(StoreError::other("the store gave no outcome for an append").into())
            })
    }

    /// The same for a caller that keeps the append, to append it again after a passing failure. A store that need not have it
    /// whole spares a copy of its lists.
    ///
    /// # Errors
    ///
    /// Those of [`append`](Self::append).
    async fn append_kept(&self, append: &Append) -> Result<AppendOutcome, AppendError> {
        self.append(append.clone()).await
    }
}

/// What is recorded together or not at all.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Append {
    /// New events, for each stream once.
    pub streams: Vec<StreamAppend>,
    /// What must not have happened meanwhile.
    pub condition: Option<AppendCondition>,
    /// Kept with the events, so that the same requests are answered and not done again (promise A7): one for each
    /// request that shares the append, each key once.
    pub receipts: Vec<NewReceipt>,
}

impl Append {
    /// Nothing yet: add streams to it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Events for one stream.
    #[must_use]
    pub fn to(stream: StreamId, expected: ExpectedVersion, events: Vec<NewEvent>) -> Self {
        Self::new().and_to(stream, expected, events)
    }

    /// Events for one more stream.
    #[must_use]
    pub fn and_to(
        mut self,
        stream: StreamId,
        expected: ExpectedVersion,
        events: Vec<NewEvent>,
    ) -> Self {
        self.streams.push(StreamAppend {
            stream,
            expected,
            events,
        });
        self
    }

    /// Fails when an event that `filter` matches was recorded after `after`.
    #[must_use]
    pub fn unless(mut self, filter: Filter, after: Position) -> Self {
        self.condition = Some(AppendCondition { filter, after });
        self
    }

    /// Keeps one more receipt with the events.
    #[must_use]
    pub fn with_receipt(mut self, receipt: NewReceipt) -> Self {
        self.receipts.push(receipt);
        self
    }

    /// The events of all streams.
    pub fn events(&self) -> impl Iterator<Item = &NewEvent> + Clone {
        self.streams.iter().flat_map(|stream| &stream.events)
    }
}

/// New events for one stream.
#[derive(Clone, Debug)]
pub struct StreamAppend {
    /// The stream.
    pub stream: StreamId,
    /// Where it must be.
    pub expected: ExpectedVersion,
    /// What is recorded, in this order.
    pub events: Vec<NewEvent>,
}

/// An append fails when a matching event was recorded after a position: what was read to decide is still true.
///
/// ### Note: what a condition waits for
/// It waits for racing appends whose events its tags and names could match, and for no others. Categories narrow what
/// matches, not what is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppendCondition {
    /// Which events must not have been recorded.
    pub filter: Filter,
    /// Up to where the decision has read.
    pub after: Position,
}

/// What became of an append that did not fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AppendOutcome {
    /// The events are recorded: now, or by the same append before (promise A4).
    Recorded(Appended),
    /// Requests of it were done before: nothing was recorded now, and these are their receipts, at least one (promise
    /// A7). What else the append was for can be appended again without them.
    Repeated(Vec<StoredReceipt>),
}

/// Where the events of an append are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Appended {
    /// The position of the last of them; [`Position::START`] when the append had only a receipt.
    pub position: Position,
    /// Each stream with its version after the append, in the order of the append.
    pub streams: Vec<(StreamId, StreamVersion)>,
}

impl Appended {
    /// Puts the parts together. For the authors of stores.
    #[must_use]
    pub const fn new(position: Position, streams: Vec<(StreamId, StreamVersion)>) -> Self {
        Self { position, streams }
    }
}

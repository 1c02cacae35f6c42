//! Reading a view: one document, or a page of them, and not before they have seen what the reader knows.

mod ended;
mod list;
mod live;
mod wait;

use std::borrow::Borrow;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use super::app::Cqrs;
use super::processing::Processing;
use crate::domain::view::View;
use crate::ports::documents::{DocumentRead, StoredDocument};
use crate::ports::error::StoreError;
use crate::ports::parked::BlockedKey;
use crate::ports::processors::{GenerationRow, GenerationState};
use crate::words::document_key::DocumentKey;
use crate::words::error::InvalidWord;
use crate::words::generation::GenerationId;
use crate::words::position::Position;
use crate::words::processor::ProcessorName;

pub use ended::WaitUntilEnded;
pub use list::{ListViews, Listed};
pub use live::AwaitLive;
pub use wait::WaitFor;

/// How long a reader waits where nothing is said.
const PATIENCE: Duration = Duration::from_secs(5);

/// A view about to be read. Say from when on, then await it.
#[must_use = "a view is read when this is awaited"]
#[derive(Debug)]
pub struct ReadView<V> {
    cqrs: Cqrs,
    key: String,
    at_least: Option<Position>,
    within: Duration,
    view: PhantomData<fn() -> V>,
}

/// A view that could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The application does not have it.
    #[error("processor {processor} is not registered: add it to the builder")]
    NotRegistered {
        /// Its name.
        processor: ProcessorName,
    },
    /// The key is no document key.
    #[error("the document can't be addressed")]
    Invalid(#[source] InvalidWord),
    /// Its first generation is being built: there is nothing to read yet that is whole.
    #[error(
        "{processor} is being built, and there is nothing to read before it has caught up: try again later"
    )]
    Building {
        /// Its name.
        processor: ProcessorName,
    },
    /// The documents are of another version, and today's type can't read them. The new generation is being built.
    #[error(
        "{processor} is being built anew, and version {live} can't be read by code of version {code}: try again later"
    )]
    OtherVersion {
        /// Its name.
        processor: ProcessorName,
        /// The version of what is read.
        live: u32,
        /// The version of the code.
        code: u32,
        /// Why it can't be read.
        #[source]
        source: serde_json::Error,
    },
    /// It has not come as far as the reader asks, in the time that the reader waits.
    #[error("{processor} has come to position {checkpoint}, and not to {asked} within {within:?}")]
    Timeout {
        /// Its name.
        processor: ProcessorName,
        /// The position that was asked for.
        asked: Position,
        /// How far it has come.
        checkpoint: Position,
        /// How long the reader has waited.
        within: Duration,
    },
    /// The same, of a generation of another version than the code's: it is read until the new one has caught up. Where nodes
    /// of its own version run, they bring it on; where none does, as after a deployment that left none, it stands still. Ask
    /// with `at_least(Position::START)` for what is there, or again when [`Cqrs::live`] says that the new one is read.
    #[error(
        "{processor} is read in version {live} while version {code} is being built, and has come to position {checkpoint}, \
         not to {asked}, within {within:?}: take what is there with at_least(Position::START), or try again later"
    )]
    BeingReplaced {
        /// Its name.
        processor: ProcessorName,
        /// The version of what is read.
        live: u32,
        /// The version of the code.
        code: u32,
        /// The position that was asked for.
        asked: Position,
        /// How far what is read has come.
        checkpoint: Position,
        /// How long the reader has waited.
        within: Duration,
    },
    /// Readers find another version than the one that was asked for.
    #[error(
        "version {version} of {processor} is not live yet: readers find version {live}, until the new one has caught up"
    )]
    NotLive {
        /// Its name.
        processor: ProcessorName,
        /// The version that was asked for.
        version: u32,
        /// The version of what is read.
        live: u32,
    },
    /// The instance of a process manager has seen what was asked for, and goes on.
    #[error(
        "instance {key} of {processor} has come to position {checkpoint} and has not ended within {within:?}"
    )]
    NotEnded {
        /// The process manager's name.
        processor: ProcessorName,
        /// The key of the instance.
        key: DocumentKey,
        /// How far it has come.
        checkpoint: Position,
        /// How long was waited.
        within: Duration,
    },
    /// An event of the key failed and is parked, so that the document can't come as far as the reader asks before somebody
    /// has it replayed or discarded.
    #[error(
        "key {key} of {processor} is parked at position {position}: replay or discard it ({error})"
    )]
    Parked {
        /// The processor's name.
        processor: ProcessorName,
        /// The key.
        key: DocumentKey,
        /// The position of the event that failed.
        position: Position,
        /// How it failed.
        error: String,
    },
    /// The document can't be decoded.
    #[error(
        "document {key} of {processor} can't be decoded: raise the version of the view when its shape changes"
    )]
    Decode {
        /// The processor's name.
        processor: ProcessorName,
        /// The key.
        key: DocumentKey,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// It has effects that can't be taken back.
    #[error("{processor} can't be rebuilt: what it has done can't be taken back")]
    NotRebuildable {
        /// Its name.
        processor: ProcessorName,
    },
    /// The generation was retired: another one was begun, or made live, in its place.
    #[error("{generation} was replaced by another generation")]
    Replaced {
        /// The generation.
        generation: GenerationId,
    },
    /// The store could not do it.
    #[error("the store could not do it")]
    Store(#[from] StoreError),
}

impl Cqrs {
    /// Reads the document of this key. Await the result; see [`ReadView`] for what can be said before.
    ///
    /// # Guarantees
    ///
    /// - P4: never part of a read model: a generation is read when it has caught up.
    /// - P5: with [`at_least`](ReadView::at_least), never an older state. One that runs [inline](crate::words::run::Run::Inline)
    ///   is never older than what is recorded when the read begins, without saying anything: where the runners have to catch
    ///   up first, the read waits for them. Say `at_least(Position::START)` to take what is there.
    pub fn view<V: View>(&self, key: impl Borrow<V::Key>) -> ReadView<V> {
        ReadView {
            cqrs: self.clone(),
            key: key.borrow().to_string(),
            at_least: None,
            within: PATIENCE,
            view: PhantomData,
        }
    }
}

impl<V: View> ReadView<V> {
    /// Not before the view has seen everything up to this position: that of a receipt, to read your own write.
    pub fn at_least(mut self, position: Position) -> Self {
        self.at_least = Some(position);
        self
    }

    /// How long to wait for it: 5 seconds where nothing is said.
    pub fn within(mut self, time: Duration) -> Self {
        self.within = time;
        self
    }

    async fn read(self) -> Result<Option<V>, ReadError> {
        let key = DocumentKey::new(self.key).map_err(ReadError::Invalid)?;
        let processing = processing(&self.cqrs, &V::NAME)?;
        let name = V::NAME;
        let waiting = wait::Waiting::new(&name, self.at_least, self.within);
        let (row, read) = waiting.for_key(processing, &key).await?;
        read.document
            .map(|document| decode::<V>(&row, document))
            .transpose()
    }
}

impl<V: View> IntoFuture for ReadView<V> {
    type Output = Result<Option<V>, ReadError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.read())
    }
}

pub(super) fn processing<'a>(
    cqrs: &'a Cqrs,
    name: &ProcessorName,
) -> Result<&'a Processing, ReadError> {
    cqrs.processing()
        .filter(|processing| processing.processor(name).is_some())
        .ok_or_else(|| ReadError::NotRegistered {
            processor: name.clone(),
        })
}

fn decode<V: View>(row: &GenerationRow, document: StoredDocument) -> Result<V, ReadError> {
    document.content.decode().map_err(|source| {
        let processor = V::NAME;
        if row.version == V::VERSION {
            let key = document.key;
            ReadError::Decode {
                processor,
                key,
                source,
            }
        } else {
            ReadError::OtherVersion {
                processor,
                live: row.version,
                code: V::VERSION,
                source,
            }
        }
    })
}

/// The document of a key in the generation that is live at this moment; `None` while none is.
async fn read_live(
    processing: &Processing,
    name: &ProcessorName,
    key: &DocumentKey,
) -> Result<Option<(GenerationRow, DocumentRead)>, StoreError> {
    // Twice, since a switch may come in between; more often only if switches come faster than reads.
    for _ in 0..8 {
        let Some(row) = processing.live(name) else {
            processing.look_again(name).await?;
            match processing.live(name) {
                None => return Ok(None),
                Some(_) => continue,
            }
        };
        let partition = row.partitions.partition_of(key.as_str());
        let read = processing
            .store
            .read_document(&row.of, partition, key)
            .await?;
        if read.state.is_some_and(GenerationState::is_read) {
            return Ok(Some((row, read)));
        }
        processing.look_again(name).await?;
    }
    Ok(None)
}

/// The first parked event of a key, if nothing tries it again by itself.
fn given_up(blocked: Option<&BlockedKey>) -> Option<(&BlockedKey, &str)> {
    let blocked = blocked?;
    let failure = blocked.event.failure.as_ref()?;
    let waits = failure.retry_at.is_some() || blocked.request.is_some();
    (!waits).then_some((blocked, failure.error.as_str()))
}

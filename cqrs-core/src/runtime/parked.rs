//! Parked events and commands, for people: list, inspect, replay, discard.

use chrono::SubsecRound;

use super::app::Cqrs;
use super::processing::Processing;
use super::read_view::{ReadError, processing};
use crate::ports::parked::{ListParked, ParkedEvent, ParkedRequest};
use crate::ports::read_log::LogRead;
use crate::ports::staged::{ListUnsent, StagedCommand};
use crate::words::document_key::DocumentKey;
use crate::words::event::RecordedEvent;
use crate::words::generation::GenerationId;
use crate::words::position::Position;
use crate::words::processor::ProcessorName;
use crate::words::staged::StagedId;

/// The parked events of one processor, and its staged commands that could not be sent.
#[derive(Debug)]
pub struct Parked {
    cqrs: Cqrs,
    processor: ProcessorName,
}

impl Cqrs {
    /// The parked events of this processor, those that failed and those that wait behind them, and its staged commands that
    /// could not be sent.
    #[must_use]
    pub fn parked(&self, processor: ProcessorName) -> Parked {
        Parked {
            cqrs: self.clone(),
            processor,
        }
    }
}

impl Parked {
    /// A page of parked events by rising position, after this one.
    ///
    /// # Errors
    ///
    /// [`ReadError`] when the processor is not registered, or the store can't be read.
    pub async fn list(
        &self,
        after: Option<(Position, DocumentKey)>,
        limit: usize,
    ) -> Result<Vec<ParkedEvent>, ReadError> {
        self.page(None, after, limit).await
    }

    /// The first parked events of one key: the one that failed, and those that wait behind it.
    ///
    /// # Errors
    ///
    /// As [`list`](Parked::list).
    pub async fn of_key(
        &self,
        key: &DocumentKey,
        limit: usize,
    ) -> Result<Vec<ParkedEvent>, ReadError> {
        self.page(Some(key.clone()), None, limit).await
    }

    /// The event that a parked one points to.
    ///
    /// # Errors
    ///
    /// [`ReadError::Store`] when the store can't be read.
    pub async fn inspect(&self, parked: &ParkedEvent) -> Result<Option<RecordedEvent>, ReadError> {
        let position = parked.event.position;
        let before = Position::new(position.get().saturating_sub(1)).unwrap_or_default();
        let request = LogRead::after(before).through(position).limit(1);
        let page = self.cqrs.store().read_log(request).await?;
        Ok(page.events.into_iter().next())
    }

    /// Has the parked events of this key delivered again, with today's code, in order; says whether there are any. The
    /// node that holds the key's partition does it soon: [`wait_for`](Cqrs::wait_for) waits for it.
    ///
    /// # Errors
    ///
    /// As [`list`](Parked::list), or when the store can't be written.
    pub async fn replay(&self, key: &DocumentKey) -> Result<bool, ReadError> {
        Ok(self.ask(Some(key), ParkedRequest::Replay).await? > 0)
    }

    /// Has all parked events delivered again, as [`replay`](Parked::replay); says for how many keys.
    ///
    /// # Errors
    ///
    /// As [`replay`](Parked::replay).
    pub async fn replay_all(&self) -> Result<u64, ReadError> {
        self.ask(None, ParkedRequest::Replay).await
    }

    /// Has the first parked event of this key forgotten, and those behind it delivered; says whether there are any.
    ///
    /// # Errors
    ///
    /// As [`replay`](Parked::replay).
    pub async fn discard(&self, key: &DocumentKey) -> Result<bool, ReadError> {
        Ok(self.ask(Some(key), ParkedRequest::Discard).await? > 0)
    }

    /// A page of the staged commands that could not be sent, by rising position, after this one: those that are parked, and
    /// those that are tried again later. Each says its attempts and the last error; its `command` is the payload that
    /// was staged.
    ///
    /// # Errors
    ///
    /// As [`list`](Parked::list).
    pub async fn commands(
        &self,
        after: Option<(Position, StagedId)>,
        limit: usize,
    ) -> Result<Vec<StagedCommand>, ReadError> {
        let (processing, of) = self.live().await?;
        let request = ListUnsent { of, after, limit };
        Ok(processing.store.list_unsent(request).await?)
    }

    /// Has a staged command that could not be sent sent again, now, under the same idempotency key: when it was done all the
    /// same, it is not done again. Says whether there is one. The node that holds its partition does it soon.
    ///
    /// # Errors
    ///
    /// As [`replay`](Parked::replay).
    pub async fn send_again(&self, id: StagedId) -> Result<bool, ReadError> {
        Ok(self.ask_unsent(Some(id), ParkedRequest::Replay).await? > 0)
    }

    /// Has all staged commands sent again that could not be sent, as [`send_again`](Parked::send_again); says how many.
    ///
    /// # Errors
    ///
    /// As [`replay`](Parked::replay).
    pub async fn send_all_again(&self) -> Result<u64, ReadError> {
        self.ask_unsent(None, ParkedRequest::Replay).await
    }

    /// Has a staged command that could not be sent forgotten; says whether there is one. Who staged it is not told.
    ///
    /// ### Note: it may have been done
    /// A command whose reply was lost was done, perhaps. This does not undo it.
    ///
    /// # Errors
    ///
    /// As [`replay`](Parked::replay).
    pub async fn discard_command(&self, id: StagedId) -> Result<bool, ReadError> {
        Ok(self.ask_unsent(Some(id), ParkedRequest::Discard).await? > 0)
    }

    async fn ask_unsent(
        &self,
        id: Option<StagedId>,
        request: ParkedRequest,
    ) -> Result<u64, ReadError> {
        let (processing, of) = self.live().await?;
        let now = self.cqrs.now().trunc_subsecs(6);
        let asked = processing.store.ask_unsent(&of, id, request, now).await?;
        processing.lanes_changed.send_replace(());
        Ok(asked)
    }

    async fn ask(
        &self,
        key: Option<&DocumentKey>,
        request: ParkedRequest,
    ) -> Result<u64, ReadError> {
        let (processing, of) = self.live().await?;
        let asked = processing.store.ask(&of, key, request).await?;
        // If the partition is held by this node, its keeper looks at once.
        processing.lanes_changed.send_replace(());
        Ok(asked)
    }

    async fn page(
        &self,
        key: Option<DocumentKey>,
        after: Option<(Position, DocumentKey)>,
        limit: usize,
    ) -> Result<Vec<ParkedEvent>, ReadError> {
        let (processing, of) = self.live().await?;
        let request = ListParked {
            of,
            key,
            after,
            limit,
        };
        Ok(processing.store.list_parked(request).await?)
    }

    async fn live(&self) -> Result<(&Processing, GenerationId), ReadError> {
        let processing = processing(&self.cqrs, &self.processor)?;
        processing.look_again(&self.processor).await?;
        let live = processing.live(&self.processor);
        let row = live.ok_or_else(|| ReadError::Building {
            processor: self.processor.clone(),
        })?;
        Ok((processing, row.of))
    }
}

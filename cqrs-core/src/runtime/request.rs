//! What a command's decision and the log have to do with each other: events to record, receipts to keep and to find.

use std::sync::Arc;

use serde::Serialize;

use super::app::Cqrs;
use super::attempts::Attempts;
use super::command_error::CommandError;
use super::envelope::Envelope;
use super::inline;
use super::receipt::Receipt;
use crate::domain::aggregate::Aggregate;
use crate::domain::command::Command;
use crate::domain::root::Root;
use crate::encoding::event::EventSet;
use crate::ports::append::{Append, AppendOutcome, StreamAppend};
use crate::ports::error::{AppendError, StoreError};
use crate::ports::receipts::{NewReceipt, StoredReceipt};
use crate::words::event::{EventId, NewEvent};
use crate::words::payload::Payload;
use crate::words::position::Position;
use crate::words::stream::StreamId;
use crate::words::version::{ExpectedVersion, StreamVersion};

/// One command on its way to the log.
pub(super) struct Request<'a> {
    cqrs: &'a Cqrs,
    command: &'static str,
    stream: Option<&'a StreamId>,
    envelope: &'a Envelope,
}

impl<'a> Request<'a> {
    pub(super) const fn new(
        cqrs: &'a Cqrs,
        command: &'static str,
        stream: Option<&'a StreamId>,
        envelope: &'a Envelope,
    ) -> Self {
        Self {
            cqrs,
            command,
            stream,
            envelope,
        }
    }

    /// What a root has emitted, in its durable form.
    pub(super) fn stream_append<A: Aggregate, E>(
        &self,
        root: &Root<A>,
    ) -> Result<StreamAppend, CommandError<E>> {
        let stream = match self.stream {
            Some(stream) => stream.clone(),
            None => A::stream(root.id()).map_err(CommandError::Invalid)?,
        };
        Ok(StreamAppend {
            stream,
            expected: ExpectedVersion::at(root.loaded_version()),
            events: self.new_events(root)?,
        })
    }

    /// The events alone.
    pub(super) fn new_events<A: Aggregate, E>(
        &self,
        root: &Root<A>,
    ) -> Result<Vec<NewEvent>, CommandError<E>> {
        let mut events = Vec::with_capacity(root.emitted().len());
        for event in root.emitted() {
            let encoded = event.encode().map_err(|source| CommandError::Encode {
                command: self.command,
                source,
            })?;
            let id = EventId::from(self.cqrs.ids().new_id());
            let event = NewEvent::identified(id, encoded.name, encoded.payload)
                .with_schema_version(encoded.schema_version)
                .with_metadata(Arc::clone(&self.envelope.metadata))
                .with_tags(encoded.tags);
            events.push(event);
        }
        Ok(events)
    }

    /// The receipt to record, if the command has an idempotency key.
    pub(super) fn new_receipt<C: Command>(
        &self,
        reply: &C::Reply,
        version: StreamVersion,
        position: Position,
    ) -> Result<Option<NewReceipt>, CommandError<C::Error>> {
        self.receipt_with(reply, version, position)
    }

    /// The receipt of one step of a command handler, which has no reply of its own.
    pub(super) fn plain_receipt<E>(
        &self,
        position: Position,
    ) -> Result<Option<NewReceipt>, CommandError<E>> {
        self.receipt_with(&(), StreamVersion::NONE, position)
    }

    fn receipt_with<R: Serialize, E>(
        &self,
        reply: &R,
        version: StreamVersion,
        position: Position,
    ) -> Result<Option<NewReceipt>, CommandError<E>> {
        let Some(key) = self.envelope.idempotency_key.clone() else {
            return Ok(None);
        };
        let reply = Payload::encode(reply).map_err(|source| CommandError::Reply {
            command: self.command,
            source: source.into(),
        })?;
        Ok(Some(NewReceipt {
            key,
            command: self.command.to_owned(),
            stream: self.stream.cloned(),
            version,
            position,
            reply,
        }))
    }

    /// Appends, and after a passing failure appends the same again: the event ids make that safe (A4).
    pub(super) async fn append(
        &self,
        append: Append,
        attempts: &mut Attempts,
    ) -> Result<AppendOutcome, AppendError> {
        loop {
            match inline::append(self.cqrs, &append).await {
                Err(AppendError::Store(error)) if error.is_transient() => {
                    tracing::debug!(attempt = attempts.made(), %error, "append failed");
                    if !attempts.another().await {
                        return Err(error.into());
                    }
                }
                outcome => return outcome,
            }
        }
    }

    /// The first receipt if the command was done before, else the error. Asked before anybody is told no, since the
    /// reason for the no may be that it was done.
    pub(super) async fn repeated_or<C: Command>(
        &self,
        error: CommandError<C::Error>,
    ) -> Result<Receipt<C::Reply>, CommandError<C::Error>> {
        match self.find_repeated::<C>().await? {
            Some(receipt) => Ok(receipt),
            None => Err(error),
        }
    }

    /// The first receipt if the command was done before.
    pub(super) async fn find_repeated<C: Command>(
        &self,
    ) -> Result<Option<Receipt<C::Reply>>, CommandError<C::Error>> {
        let Some(key) = &self.envelope.idempotency_key else {
            return Ok(None);
        };
        match self
            .cqrs
            .store()
            .find_receipt(key)
            .await
            .map_err(CommandError::Store)?
        {
            Some(stored) => self.answer_again::<C>([stored]).map(Some),
            None => Ok(None),
        }
    }

    /// The receipt as it was given the first time.
    pub(super) fn answer_again<C: Command>(
        &self,
        stored: impl IntoIterator<Item = StoredReceipt>,
    ) -> Result<Receipt<C::Reply>, CommandError<C::Error>> {
        let Some(StoredReceipt {
            receipt: stored, ..
        }) = stored.into_iter().next()
        else {
            return Err(CommandError::Store(StoreError::other(
                "the store repeated a request without its receipt",
            )));
        };
        if stored.command != self.command || stored.stream.as_ref() != self.stream {
            return Err(CommandError::KeyReused {
                first: described(&stored.command, stored.stream.as_ref()),
                now: described(self.command, self.stream),
                key: stored.key,
            });
        }
        let reply = stored
            .reply
            .decode()
            .map_err(|source| CommandError::Reply {
                command: self.command,
                source: source.into(),
            })?;
        Ok(Receipt {
            reply,
            stream: stored.stream,
            version: stored.version,
            position: stored.position,
            repeated: true,
        })
    }
}

fn described(command: &str, stream: Option<&StreamId>) -> String {
    match stream {
        Some(stream) => format!("{command} for {stream}"),
        None => command.to_owned(),
    }
}

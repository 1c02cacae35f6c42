//! A command on its way: what the sender says about it, and then `.await`.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tracing::Instrument;

use super::app::Cqrs;
use super::bus::send_through;
use super::command_error::CommandError;
use super::dispatch::{Dispatch, Held};
use super::envelope::Envelope;
use super::receipt::Receipt;
use super::retry::RetryPolicy;
use crate::domain::command::Command;
use crate::words::error::InvalidWord;
use crate::words::event::RecordedEvent;
use crate::words::idempotency_key::IdempotencyKey;
use crate::words::metadata::{CausationId, CorrelationId, Metadata};
use crate::words::version::StreamVersion;

/// A command on its way. Say what is to be said about it, then await it.
#[must_use = "a command is sent when it is awaited"]
#[derive(Debug)]
pub struct SendCommand<C> {
    cqrs: Cqrs,
    command: C,
    envelope: Envelope,
    invalid: Option<InvalidWord>,
}

impl<C> SendCommand<C> {
    pub(super) fn new(cqrs: Cqrs, command: C) -> Self {
        Self {
            envelope: cqrs.envelope(),
            cqrs,
            command,
            invalid: None,
        }
    }

    pub(super) fn within(mut self, envelope: Envelope) -> Self {
        self.envelope = envelope;
        self
    }

    /// Makes this the same request as any other with this key: the first is done, all get its receipt (A7).
    ///
    /// A key that breaks the rule of [`IdempotencyKey`] is reported when the command is awaited.
    pub fn idempotency_key<K>(mut self, key: K) -> Self
    where
        K: TryInto<IdempotencyKey>,
        InvalidWord: From<K::Error>,
    {
        match key.try_into() {
            Ok(key) => self.envelope.idempotency_key = Some(key),
            Err(error) => self.fail(error.into()),
        }
        self
    }

    /// Gives each event of the command this metadata entry, for instance who sent it.
    ///
    /// A key that breaks the rule of [`Metadata`] is reported when the command is awaited.
    pub fn metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        if let Err(error) = self.metadata_mut().insert(key, value) {
            self.fail(error);
        }
        self
    }

    /// Makes the command part of this conversation. Without it, a conversation begins here.
    pub fn correlation_id(mut self, id: impl Into<CorrelationId>) -> Self {
        self.metadata_mut().correlation_id = Some(id.into());
        self
    }

    /// Says what caused the command, for instance the id of a message from outside.
    pub fn causation_id(mut self, id: impl Into<CausationId>) -> Self {
        self.metadata_mut().causation_id = Some(id.into());
        self
    }

    /// Says that this event caused the command: its id is the causation, its conversation goes on.
    pub fn caused_by(mut self, event: &RecordedEvent) -> Self {
        let metadata = self.metadata_mut();
        metadata.causation_id = Some(event.event_id.into());
        metadata.correlation_id = event.metadata.correlation_id;
        self
    }

    /// Only if the aggregate is at this version, which the sender has seen: else
    /// [`CommandError::Conflict`], at once and without another attempt.
    pub fn expected_version(mut self, version: StreamVersion) -> Self {
        self.envelope.expected_version = Some(version);
        self
    }

    /// How often to decide again after a conflict, and to append again after a passing failure.
    pub fn retry(mut self, retry: RetryPolicy) -> Self {
        self.envelope.retry = retry;
        self
    }

    /// How long it may take altogether. After that its outcome is unknown to the sender.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.envelope.timeout = Some(timeout);
        self
    }

    fn metadata_mut(&mut self) -> &mut Metadata {
        Arc::make_mut(&mut self.envelope.metadata)
    }

    fn fail(&mut self, error: InvalidWord) {
        self.invalid.get_or_insert(error);
    }
}

async fn deliver<C>(
    cqrs: &Cqrs,
    command: C,
    envelope: &Envelope,
) -> Result<Receipt<C::Reply>, CommandError<C::Error>>
where
    C: Command,
    C::Route: Dispatch<C>,
{
    match cqrs.service() {
        None => C::Route::dispatch(cqrs, Held::Own(command), envelope).await,
        // In a box of its own, so that a command without layers does not have to carry it.
        Some(service) => Box::pin(send_through(service, cqrs, command, envelope)).await,
    }
}

fn span<C: Command>(envelope: &Envelope) -> tracing::Span {
    let metadata = &envelope.metadata;
    tracing::debug_span!(
        "cqrs.send",
        command = C::NAME,
        correlation_id = metadata.correlation_id.map(tracing::field::display),
        causation_id = metadata.causation_id.map(tracing::field::display),
        idempotency_key = envelope
            .idempotency_key
            .as_ref()
            .map(tracing::field::display),
    )
}

impl<C> IntoFuture for SendCommand<C>
where
    C: Command,
    C::Route: Dispatch<C>,
{
    type Output = Result<Receipt<C::Reply>, CommandError<C::Error>>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(mut self) -> Self::IntoFuture {
        // Everything is used where it is: what an async function takes by value it has twice.
        Box::pin(async move {
            if let Some(error) = self.invalid.take() {
                return Err(CommandError::Invalid(error));
            }
            if self.envelope.metadata.correlation_id.is_none() {
                let id = self.cqrs.ids().new_id();
                Arc::make_mut(&mut self.envelope.metadata).correlation_id = Some(id.into());
            }
            let sent = deliver(&self.cqrs, self.command, &self.envelope);
            let sent = sent.instrument(span::<C>(&self.envelope));
            let outcome = match self.envelope.timeout {
                None => sent.await,
                Some(after) => Box::pin(tokio::time::timeout(after, sent))
                    .await
                    .unwrap_or(Err(CommandError::Timeout { after: Some(after) })),
            };
            if let Err(error) = &outcome {
                tracing::debug!(%error, rejected = error.rejection().is_some(), "command not done");
            }
            outcome
        })
    }
}

//! Why a command was not done.

use std::time::Duration;

use crate::encoding::error::{DecodeError, EncodeError};
use crate::ports::error::{AppendError, BoxError, StoreError};
use crate::words::error::InvalidWord;
use crate::words::idempotency_key::IdempotencyKey;
use crate::words::processor::ProcessorName;
use crate::words::stream::StreamId;
use crate::words::version::VersionConflict;

/// Why a command was not done. [`Rejected`](CommandError::Rejected) is the domain's no; all else is not its business.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError<E> {
    /// The domain said no. Nothing was recorded.
    #[error("{0}")]
    Rejected(E),
    /// The aggregate does not exist, and the command does not create it.
    #[error("{stream} does not exist")]
    NotFound {
        /// The aggregate's stream.
        stream: StreamId,
    },
    /// The aggregate exists already, and the command creates it.
    #[error("{stream} exists already")]
    AlreadyExists {
        /// The aggregate's stream.
        stream: StreamId,
    },
    /// Others were faster, at each attempt; or the aggregate is not at the version that the sender expects.
    #[error(transparent)]
    Conflict(VersionConflict),
    /// It took longer than allowed. Whether it was done is unknown: send it again with the same idempotency key.
    #[error("the command took too long; whether it was done is unknown")]
    Timeout {
        /// How long was allowed, where that is known.
        after: Option<Duration>,
    },
    /// Too many commands wait for the aggregate, or a layer of the bus has shed this one. It was not done.
    #[error("too many commands are under way: try again later")]
    Overloaded,
    /// An id, key or metadata entry of the command breaks its rule. Nothing was done.
    #[error("the command can't be addressed")]
    Invalid(#[source] InvalidWord),
    /// The idempotency key belongs to another request.
    #[error(
        "idempotency key {key} was used for {first}, now it comes with {now}: choose a key for each request"
    )]
    KeyReused {
        /// The key.
        key: IdempotencyKey,
        /// The command, and the stream if any, that it was used for first.
        first: String,
        /// What it comes with now.
        now: String,
    },
    /// Nothing in this program decides the command.
    #[error("nothing decides {command}: add {missing} to the builder")]
    NotRegistered {
        /// The command's name.
        command: &'static str,
        /// The builder's call that is missing.
        missing: String,
    },
    /// What was decided has no durable form. Nothing was recorded.
    #[error("what {command} decided can't be encoded")]
    Encode {
        /// The command's name.
        command: &'static str,
        /// What is wrong.
        #[source]
        source: EncodeError,
    },
    /// The reply has no durable form, or the stored one is not of the reply's type.
    #[error("the reply of {command} can't be kept with its receipt or read back from it")]
    Reply {
        /// The command's name.
        command: &'static str,
        /// What is wrong.
        #[source]
        source: BoxError,
    },
    /// An event of the aggregate can't be decoded.
    #[error("the aggregate can't be loaded")]
    Decode(#[source] DecodeError),
    /// A read model that is written together with the events failed. Nothing was recorded.
    #[error(
        "read model {processor}, which is written together with the events of the command, failed: nothing was recorded"
    )]
    ReadModel {
        /// Which one.
        processor: ProcessorName,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// The store refused the append.
    #[error("the store refused the events of the command")]
    Append(#[source] AppendError),
    /// The store could not do it.
    #[error("the store could not serve the command")]
    Store(#[source] StoreError),
    /// A command handler says no, and has recorded something under the same idempotency key before: an earlier attempt was
    /// cut off half-way, and the no is perhaps about its own effects. Somebody has to look at it; sending it again will
    /// not help by itself.
    #[error(
        "{command} was begun before under idempotency key {key} and did not come to its end; now its handler says: {reason}"
    )]
    Unfinished {
        /// The command's name.
        command: &'static str,
        /// The key.
        key: IdempotencyKey,
        /// The handler's no, as text.
        reason: String,
    },
    /// A command handler failed for a reason of its own.
    #[error("the command handler failed")]
    Failed(#[source] BoxError),
    /// A layer of the bus failed.
    #[error("a layer of the command bus failed")]
    Layer(#[source] BoxError),
}

/// A domain error in a command handler, by `?`.
impl<E> From<E> for CommandError<E> {
    fn from(rejection: E) -> Self {
        Self::Rejected(rejection)
    }
}

impl<E> CommandError<E> {
    /// A [`CommandError::Failed`], for what a command handler calls.
    pub fn failed(source: impl Into<BoxError>) -> Self {
        Self::Failed(source.into())
    }

    /// Why the store did not take what a command decided.
    pub(super) fn of_append(error: AppendError) -> Self {
        match error {
            AppendError::Conflict { conflict, .. } => Self::Conflict(conflict),
            AppendError::Store(error) => Self::Store(error),
            AppendError::ReadModel { processor, source } => Self::ReadModel { processor, source },
            error => Self::Append(error),
        }
    }

    /// The domain's reason, if it was the domain that said no.
    #[must_use]
    pub fn rejection(&self) -> Option<&E> {
        if let Self::Rejected(rejection) = self {
            Some(rejection)
        } else {
            None
        }
    }

    /// Whether sending it again later may help. Use an idempotency key, since it may have been done.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Conflict(_) | Self::Timeout { .. } | Self::Overloaded => true,
            Self::Store(error) => error.is_transient(),
            _ => false,
        }
    }

    /// The same error with the domain's reason translated.
    pub fn map_rejection<F>(self, translate: impl FnOnce(E) -> F) -> CommandError<F> {
        match self {
            Self::Rejected(rejection) => CommandError::Rejected(translate(rejection)),
            Self::NotFound { stream } => CommandError::NotFound { stream },
            Self::AlreadyExists { stream } => CommandError::AlreadyExists { stream },
            Self::Conflict(conflict) => CommandError::Conflict(conflict),
            Self::Timeout { after } => CommandError::Timeout { after },
            Self::Overloaded => CommandError::Overloaded,
            Self::Invalid(source) => CommandError::Invalid(source),
            Self::KeyReused { key, first, now } => CommandError::KeyReused { key, first, now },
            Self::NotRegistered { command, missing } => {
                CommandError::NotRegistered { command, missing }
            }
            Self::Encode { command, source } => CommandError::Encode { command, source },
            Self::Reply { command, source } => CommandError::Reply { command, source },
            Self::Decode(source) => CommandError::Decode(source),
            Self::ReadModel { processor, source } => CommandError::ReadModel { processor, source },
            Self::Append(source) => CommandError::Append(source),
            Self::Store(source) => CommandError::Store(source),
            Self::Unfinished {
                command,
                key,
                reason,
            } => CommandError::Unfinished {
                command,
                key,
                reason,
            },
            Self::Failed(source) => CommandError::Failed(source),
            Self::Layer(source) => CommandError::Layer(source),
        }
    }
}

//! A command that waits for whoever decides for its aggregate, and the answer that it gets.

use std::any::Any;

use tokio::sync::oneshot;
use tracing::Span;

use super::app::Cqrs;
use super::command_error::CommandError;
use super::decision::{refused, unexpected};
use super::dispatch::Held;
use super::envelope::Envelope;
use super::receipt::Receipt;
use super::request::Request;
use super::retry::RetryPolicy;
use super::snapshots::due_version;
use crate::domain::aggregate::Aggregate;
use crate::domain::command::{AggregateCommand, Handle};
use crate::domain::decide::decide;
use crate::domain::root::Root;
use crate::ports::receipts::{NewReceipt, StoredReceipt};
use crate::words::event::NewEvent;
use crate::words::idempotency_key::IdempotencyKey;
use crate::words::position::Position;
use crate::words::stream::StreamId;
use crate::words::version::StreamVersion;

/// A command of which only the aggregate's type is known.
pub(super) trait Queued<A: Aggregate>: Send {
    /// Whether nobody waits for its answer.
    fn is_gone(&self) -> bool;

    fn key(&self) -> Option<&IdempotencyKey>;

    fn retry(&self) -> &RetryPolicy;

    /// Has the aggregate decide. What is decided is told by [`answer`](Self::answer), once it is recorded.
    fn decide(&mut self, cqrs: &Cqrs, root: &mut Root<A>) -> Decided;

    /// Tells the sender.
    fn answer(self: Box<Self>, fate: Fate<A::Error>);
}

/// What there is to record for a command.
pub(super) enum Decided {
    Done {
        events: Vec<NewEvent>,
        receipt: Option<NewReceipt>,
        /// The version of which a snapshot is due once they are recorded.
        due: Option<StreamVersion>,
    },
    /// It was refused. The root is spent when it has emitted something before.
    Refused { is_spent: bool },
}

/// What became of a command.
pub(super) enum Fate<E> {
    /// What was decided is so, and a reader at this position has seen it: done, or refused.
    Stands(Position),
    /// It was done before.
    Repeated(StoredReceipt),
    /// It was not done, unless it was done before.
    Refused(CommandError<E>),
    /// The machine broke.
    Failed(CommandError<E>),
    /// The user's code panicked with this.
    Panicked(Box<dyn Any + Send>),
}

/// The same with the type of the reply.
pub(super) enum Answer<R, E> {
    Done(Receipt<R>),
    Repeated(StoredReceipt),
    Refused(CommandError<E>),
    Failed(CommandError<E>),
    Panicked(Box<dyn Any + Send>),
}

pub(super) type Answered<C> = Answer<
    <C as crate::domain::command::Command>::Reply,
    <C as crate::domain::command::Command>::Error,
>;

/// A command with all that belongs to it.
pub(super) struct Waiting<C: AggregateCommand> {
    pub(super) command: Held<C>,
    pub(super) envelope: Envelope,
    pub(super) stream: StreamId,
    pub(super) span: Span,
    pub(super) decided: Option<Verdict<C::Reply, C::Error>>,
    pub(super) answer: oneshot::Sender<Answered<C>>,
}

impl<C> Queued<C::Aggregate> for Waiting<C>
where
    C: AggregateCommand,
    C::Aggregate: Handle<C>,
{
    fn is_gone(&self) -> bool {
        self.answer.is_closed()
    }

    fn key(&self) -> Option<&IdempotencyKey> {
        self.envelope.idempotency_key.as_ref()
    }

    fn retry(&self) -> &RetryPolicy {
        &self.envelope.retry
    }

    fn decide(&mut self, cqrs: &Cqrs, root: &mut Root<C::Aggregate>) -> Decided {
        let _span = self.span.enter();
        let outcome = self.outcome(cqrs, root);
        match outcome {
            Ok(outcome) => {
                self.decided = Some(Ok(outcome.receipt));
                Decided::Done {
                    events: outcome.events,
                    receipt: outcome.stored,
                    due: outcome.due,
                }
            }
            Err(error) => {
                self.decided = Some(Err(error));
                Decided::Refused {
                    is_spent: !root.emitted().is_empty(),
                }
            }
        }
    }

    fn answer(self: Box<Self>, fate: Fate<C::Error>) {
        let answer = match (fate, self.decided) {
            (Fate::Stands(position), Some(Ok(receipt))) => Answer::Done(Receipt {
                position: receipt.position.max(position),
                ..receipt
            }),
            (Fate::Stands(_), Some(Err(error))) | (Fate::Refused(error), _) => {
                Answer::Refused(error)
            }
            // Whoever stands was decided; this keeps the types honest.
            (Fate::Stands(_), None) => return,
            (Fate::Repeated(stored), _) => Answer::Repeated(stored),
            (Fate::Failed(error), _) => Answer::Failed(error),
            (Fate::Panicked(panic), _) => Answer::Panicked(panic),
        };
        // A sender that has gone away is not told.
        drop(self.answer.send(answer));
    }
}

type Verdict<R, E> = Result<Receipt<R>, CommandError<E>>;

struct Outcome<R> {
    receipt: Receipt<R>,
    events: Vec<NewEvent>,
    stored: Option<NewReceipt>,
    due: Option<StreamVersion>,
}

impl<C> Waiting<C>
where
    C: AggregateCommand,
    C::Aggregate: Handle<C>,
{
    fn outcome(
        &self,
        cqrs: &Cqrs,
        root: &mut Root<C::Aggregate>,
    ) -> Result<Outcome<C::Reply>, CommandError<C::Error>> {
        if let Some(conflict) = unexpected(root, &self.envelope, &self.stream) {
            return Err(CommandError::Conflict(conflict));
        }
        let reply =
            decide(&*self.command, root).map_err(|refusal| refused(refusal, &self.stream))?;
        let request = Request::new(cqrs, C::NAME, Some(&self.stream), &self.envelope);
        let events = request.new_events(root)?;
        let stored = request.new_receipt::<C>(&reply, root.version(), root.position())?;
        let receipt = Receipt {
            reply,
            stream: Some(self.stream.clone()),
            version: root.version(),
            position: root.position(),
            repeated: false,
        };
        let due = due_version(root);
        root.settle();
        Ok(Outcome {
            receipt,
            events,
            stored,
            due,
        })
    }
}

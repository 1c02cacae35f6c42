//! Command handlers: decisions that need I/O, or more than one aggregate.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::app::Cqrs;
use super::attempts::Attempts;
use super::command_error::CommandError;
use super::dispatch::Dispatch;
use super::envelope::Envelope;
use super::processor::described;
use super::receipt::Receipt;
use super::repository::LoadError;
use super::request::Request;
use super::send::SendCommand;
use super::snapshots::{DueSnapshot, due_snapshot};
use crate::domain::aggregate::Aggregate;
use crate::domain::command::Command;
use crate::domain::root::Root;
use crate::ports::append::{Append, AppendOutcome};
use crate::words::idempotency_key::IdempotencyKey;
use crate::words::metadata::Metadata;
use crate::words::position::Position;
use crate::words::version::StreamVersion;

/// Decides a command with the help of services: a price list, a unique e-mail in a table, several aggregates.
///
/// It holds its services, and is registered with
/// [`command_handler`](super::builder::CqrsBuilder::command_handler).
///
/// ### Note: a repeated request runs the handler again
/// With an idempotency key, a handler that came to its end is not run again: the first receipt is returned. One that
/// was cut off on the way is. What it sends and appends through the context takes effect once all the same, as long as
/// it does so in the same order; effects of its own are its own concern.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not handle `{C}`",
    label = "`CommandHandler<{C}>` is missing",
    note = "write `impl CommandHandler<{C}> for {Self} {{ async fn handle(&self, command: &{C}, context: &CommandContext<{C}>) -> … {{ … }} }}`"
)]
pub trait CommandHandler<C: Command>: Send + Sync + 'static {
    /// Does what the command wants, and replies.
    ///
    /// # Errors
    ///
    /// A domain error becomes [`CommandError::Rejected`] by `?`; for what failed around it there is
    /// [`CommandError::failed`].
    fn handle(
        &self,
        command: &C,
        context: &CommandContext<C>,
    ) -> impl Future<Output = Result<C::Reply, CommandError<C::Error>>> + Send;
}

impl<C: Command, H: CommandHandler<C>> CommandHandler<C> for Arc<H> {
    fn handle(
        &self,
        command: &C,
        context: &CommandContext<C>,
    ) -> impl Future<Output = Result<C::Reply, CommandError<C::Error>>> + Send {
        (**self).handle(command, context)
    }
}

/// What a command handler can do: load aggregates, append what they emit, and send further commands. All of it has the
/// correlation and the metadata of the command that is being handled.
#[derive(Debug)]
pub struct CommandContext<C> {
    cqrs: Cqrs,
    envelope: Envelope,
    steps: AtomicU32,
    /// The last position that the handler has seen.
    position: AtomicU64,
    command: PhantomData<fn(C)>,
}

impl<C: Command> CommandContext<C> {
    /// Sends a further command.
    pub fn send<F>(&self, command: F) -> SendCommand<F>
    where
        F: Command,
        F::Route: Dispatch<F>,
    {
        self.cqrs.send(command).within(self.next_step())
    }

    /// Loads an aggregate to decide on.
    ///
    /// # Errors
    ///
    /// [`CommandError::Invalid`], [`CommandError::Decode`] and [`CommandError::Store`], by `?` the handler's own.
    pub async fn load<A: Aggregate>(&self, id: &A::Id) -> Result<Root<A>, CommandError<C::Error>> {
        let root = self
            .cqrs
            .repository::<A>()
            .load(id)
            .await
            .map_err(LoadError::into_command_error)?;
        self.saw(root.position());
        Ok(root)
    }

    /// Begins an append of what loaded aggregates have emitted: all of it, or none.
    pub fn append(&self) -> RootAppend<'_, C> {
        RootAppend {
            context: self,
            envelope: self.next_step(),
            append: Append::new(),
            snapshots: Vec::new(),
            failed: None,
        }
    }

    /// The metadata of the command that is being handled.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.envelope.metadata
    }

    /// The application, for what the context does not offer.
    #[must_use]
    pub const fn cqrs(&self) -> &Cqrs {
        &self.cqrs
    }

    /// What surrounds the next thing that the handler does. Its key follows from the handled command's key and the
    /// number of the step, so that doing it again is recognised.
    fn next_step(&self) -> Envelope {
        let step = self.steps.fetch_add(1, Ordering::Relaxed);
        let mut envelope = self.envelope.clone();
        envelope.expected_version = None;
        envelope.timeout = None;
        envelope.idempotency_key = self
            .envelope
            .idempotency_key
            .as_ref()
            .map(|key| derived_key(key, step));
        envelope
    }

    /// A no of the handler, unless an earlier attempt under the same key has recorded more than this one: then the no is
    /// perhaps about what that one did.
    async fn unless_begun_before(&self, no: CommandError<C::Error>) -> CommandError<C::Error> {
        let is_no = matches!(
            no,
            CommandError::Rejected(_)
                | CommandError::NotFound { .. }
                | CommandError::AlreadyExists { .. }
        );
        let Some(key) = self.envelope.idempotency_key.as_ref().filter(|_| is_no) else {
            return no;
        };
        let next = self.steps.load(Ordering::Relaxed);
        for step in (next..).take(LOOKED_AT) {
            match self
                .cqrs
                .store()
                .find_receipt(&derived_key(key, step))
                .await
            {
                Ok(None) => {}
                Ok(Some(_)) => {
                    return CommandError::Unfinished {
                        command: C::NAME,
                        key: key.clone(),
                        reason: described(&no),
                    };
                }
                // Not known: it is asked again.
                Err(error) => return CommandError::Store(error),
            }
        }
        no
    }

    fn saw(&self, position: Position) {
        self.position.fetch_max(position.get(), Ordering::Relaxed);
    }

    fn seen(&self) -> Position {
        Position::new(self.position.load(Ordering::Relaxed)).unwrap_or(Position::MAX)
    }
}

/// An append of what loaded aggregates have emitted.
#[must_use = "nothing is appended until `.record().await`"]
pub struct RootAppend<'a, C: Command> {
    context: &'a CommandContext<C>,
    envelope: Envelope,
    append: Append,
    snapshots: Vec<DueSnapshot>,
    failed: Option<CommandError<C::Error>>,
}

impl<C: Command> RootAppend<'_, C> {
    /// Also what this aggregate has emitted, if anything.
    pub fn root<A: Aggregate>(mut self, root: &Root<A>) -> Self {
        if root.emitted().is_empty() || self.failed.is_some() {
            return self;
        }
        let request = Request::new(&self.context.cqrs, C::NAME, None, &self.envelope);
        match request.stream_append(root) {
            Ok(stream) => {
                self.append.streams.push(stream);
                self.snapshots.extend(due_snapshot(root));
            }
            Err(error) => self.failed = Some(error),
        }
        self
    }

    /// Records all of it, and says up to where a reader has seen it.
    ///
    /// # Errors
    ///
    /// [`CommandError::Conflict`] when one of the aggregates has moved on meanwhile, and nothing was recorded: load them
    /// and decide again.
    pub async fn record(self) -> Result<Position, CommandError<C::Error>> {
        let Self {
            context,
            envelope,
            mut append,
            snapshots,
            failed,
        } = self;
        if let Some(error) = failed {
            return Err(error);
        }
        if append.streams.is_empty() {
            return Ok(context.seen());
        }
        let request = Request::new(&context.cqrs, C::NAME, None, &envelope);
        append
            .receipts
            .extend(request.plain_receipt(context.seen())?);
        let position = match request
            .append(append, &mut Attempts::new(envelope.retry))
            .await
        {
            Ok(AppendOutcome::Recorded(appended)) => {
                for due in snapshots {
                    due(&context.cqrs);
                }
                appended.position
            }
            Ok(AppendOutcome::Repeated(stored)) => stored
                .iter()
                .map(|stored| stored.receipt.position)
                .max()
                .unwrap_or_default(),
            Err(error) => return Err(CommandError::of_append(error)),
        };
        context.saw(position);
        Ok(position)
    }
}

impl<C: Command> std::fmt::Debug for RootAppend<'_, C> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("RootAppend")
            .field("append", &self.append)
            .field("failed", &self.failed.is_some())
            .finish_non_exhaustive()
    }
}

/// So many steps behind the last one of a handler that says no are looked for. A step that was refused leaves no receipt, so
/// that the first one may be missing.
const LOOKED_AT: usize = 4;

fn derived_key(key: &IdempotencyKey, step: u32) -> IdempotencyKey {
    let text = format!("{key}#{step}");
    IdempotencyKey::new(text).unwrap_or_else(|_| key.clone())
}

/// A handler whose type is forgotten.
pub(super) struct ErasedHandler<C: Command>(Box<dyn HandlerOf<C>>);

type HandlerFuture<'a, C> = Pin<
    Box<
        dyn Future<Output = Result<<C as Command>::Reply, CommandError<<C as Command>::Error>>>
            + Send
            + 'a,
    >,
>;

trait HandlerOf<C: Command>: Send + Sync {
    fn handle<'a>(&'a self, command: &'a C, context: &'a CommandContext<C>)
    -> HandlerFuture<'a, C>;
}

impl<C: Command, H: CommandHandler<C>> HandlerOf<C> for H {
    fn handle<'a>(
        &'a self,
        command: &'a C,
        context: &'a CommandContext<C>,
    ) -> HandlerFuture<'a, C> {
        Box::pin(CommandHandler::handle(self, command, context))
    }
}

pub(super) fn erase<C: Command, H: CommandHandler<C>>(handler: H) -> ErasedHandler<C> {
    ErasedHandler(Box::new(handler))
}

/// Has a registered handler do what the command wants.
pub(super) async fn send_to_handler<C: Command>(
    cqrs: &Cqrs,
    command: &C,
    envelope: &Envelope,
) -> Result<Receipt<C::Reply>, CommandError<C::Error>> {
    let handler = cqrs.handler::<C>()?;
    let request = Request::new(cqrs, C::NAME, None, envelope);
    if let Some(receipt) = request.find_repeated::<C>().await? {
        return Ok(receipt);
    }
    let context = CommandContext {
        cqrs: cqrs.clone(),
        envelope: envelope.clone(),
        steps: AtomicU32::new(0),
        position: AtomicU64::new(0),
        command: PhantomData,
    };
    let reply = match handler.0.handle(command, &context).await {
        Ok(reply) => reply,
        Err(no) => return Err(context.unless_begun_before(no).await),
    };
    let position = context.seen();
    if let Some(receipt) = request.new_receipt::<C>(&reply, StreamVersion::NONE, position)? {
        let append = Append::new().with_receipt(receipt);
        match request
            .append(append, &mut Attempts::new(envelope.retry))
            .await
        {
            Ok(AppendOutcome::Recorded(_)) => {}
            Ok(AppendOutcome::Repeated(stored)) => return request.answer_again::<C>(stored),
            Err(error) => return Err(CommandError::of_append(error)),
        }
    }
    Ok(Receipt {
        reply,
        stream: None,
        version: StreamVersion::NONE,
        position,
        repeated: false,
    })
}

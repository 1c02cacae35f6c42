//! The life of a command that an aggregate decides: load, decide, append, and again after a conflict.

use tokio::sync::oneshot;
use tracing::Span;

use super::app::Cqrs;
use super::attempts::Attempts;
use super::command_error::CommandError;
use super::deciders::Loaded;
use super::dispatch::Held;
use super::driving::{Arrival, Driving};
use super::envelope::Envelope;
use super::queued::{Answer, Waiting};
use super::receipt::Receipt;
use super::repository::LoadError;
use super::request::Request;
use super::snapshots::due_version;
use crate::domain::aggregate::Aggregate;
use crate::domain::command::{AggregateCommand, Handle, Lifecycle};
use crate::domain::decide::{Refusal, decide};
use crate::domain::root::Root;
use crate::ports::append::{Append, AppendOutcome};
use crate::ports::error::{AppendError, StoreError};
use crate::words::event::RecordedEvent;
use crate::words::position::Position;
use crate::words::stream::StreamId;
use crate::words::version::{ExpectedVersion, VersionConflict};

/// Decides the command until its events are recorded, or until somebody says no for good. Where another command of the
/// same aggregate is under way, this one is decided after it, together with all that wait.
pub(super) async fn send_to_aggregate<C>(
    cqrs: &Cqrs,
    command: Held<C>,
    envelope: &Envelope,
) -> Result<Receipt<C::Reply>, CommandError<C::Error>>
where
    C: AggregateCommand,
    C::Aggregate: Handle<C>,
{
    let deciders = cqrs.deciders::<C::Aggregate>(C::NAME)?;
    let decider = deciders
        .of(command.aggregate_id())
        .map_err(CommandError::Invalid)?;
    let stream = &decider.stream;
    let mut command = Some(command);
    let mut waiting = None;
    let arrival = Driving::arrive(cqrs, deciders, &decider, || {
        let command = command.take()?;
        let (answer, answered) = oneshot::channel();
        waiting = Some(answered);
        Some(Box::new(Waiting {
            command,
            envelope: envelope.clone(),
            stream: stream.clone(),
            span: Span::current(),
            decided: None,
            answer,
        }))
    });
    let request = Request::new(cqrs, C::NAME, Some(stream), envelope);
    match (arrival, command, waiting) {
        (Arrival::Drives(mut driving), Some(command), _) => {
            let outcome = decide_here(&mut driving, &*command, &request, envelope, stream).await;
            // Also before anything else is asked, so that nobody waits for it.
            driving.end();
            match outcome? {
                Ok(receipt) => Ok(receipt),
                Err(refused) => Box::pin(request.repeated_or::<C>(refused)).await,
            }
        }
        (Arrival::Waits, _, Some(answered)) => match answered.await {
            Ok(Answer::Done(receipt)) => Ok(receipt),
            Ok(Answer::Repeated(stored)) => request.answer_again::<C>([stored]),
            Ok(Answer::Refused(error)) => Box::pin(request.repeated_or::<C>(error)).await,
            Ok(Answer::Failed(error)) => Err(error),
            Ok(Answer::Panicked(panic)) => std::panic::resume_unwind(panic),
            Err(gone) => Err(CommandError::Store(StoreError::Unavailable(gone.into()))),
        },
        _ => Err(CommandError::Overloaded),
    }
}

type Here<C> = Result<
    Result<
        Receipt<<C as crate::domain::command::Command>::Reply>,
        CommandError<<C as crate::domain::command::Command>::Error>,
    >,
    CommandError<<C as crate::domain::command::Command>::Error>,
>;

/// Decides one command in the sender's own task: done, or refused unless it was done before; or an error.
async fn decide_here<C>(
    driving: &mut Driving<'_, C::Aggregate>,
    command: &C,
    request: &Request<'_>,
    envelope: &Envelope,
    stream: &StreamId,
) -> Here<C>
where
    C: AggregateCommand,
    C::Aggregate: Handle<C>,
{
    let cqrs = driving.cqrs;
    let mut attempts = Attempts::new(envelope.retry);
    // What most commands do not need is in boxes of its own, so that they do not have to carry it.
    // What creates an aggregate finds none: it is decided unread, and the append finds out whether that was so.
    let mut unread = command.lifecycle() == Lifecycle::Creates
        && envelope.expected_version.is_none()
        && driving.loaded.is_none();
    // Whether the state was compared with the stream since the command is here.
    let mut is_current = false;
    let mut is_contended = false;
    loop {
        let mut loaded = match driving.loaded.take() {
            Some(loaded) => loaded,
            None if unread => Loaded::new(cqrs.new_root(driving.id().clone())),
            None => {
                is_current = true;
                Box::pin(load::<C>(driving, &mut attempts, is_contended)).await?
            }
        };
        let spare = loaded.spare();
        cqrs.begin(&mut loaded.root);
        let decided = match unexpected(&loaded.root, envelope, stream) {
            Some(conflict) => Err(CommandError::Conflict(conflict)),
            None => decide(command, &mut loaded.root).map_err(|no| refused(no, stream)),
        };
        let is_clean = loaded.root.emitted().is_empty();
        if (decided.is_err() || is_clean) && !is_current {
            // Nobody is told no, or that there is nothing to do, on a state that was not compared with the stream.
            if unread || !is_clean {
                unread = false;
                continue;
            }
            is_current = true;
            if Box::pin(catch_up::<C>(driving, &mut loaded, &mut attempts)).await? {
                driving.loaded = Some(loaded);
                continue;
            }
        }
        let reply = match decided {
            Ok(reply) => reply,
            Err(error) => {
                driving.loaded = is_clean.then_some(loaded);
                return Ok(Err(error));
            }
        };
        let mut receipt = Receipt {
            reply,
            version: loaded.root.version(),
            stream: Some(stream.clone()),
            position: loaded.root.position(),
            repeated: false,
        };
        let mut append = Append::new();
        if !is_clean {
            append.streams = vec![request.stream_append(&loaded.root)?];
        }
        let stored = request.new_receipt::<C>(&receipt.reply, receipt.version, receipt.position)?;
        append.receipts.extend(stored);
        let bytes: usize = append.events().map(|event| event.payload.size()).sum();
        match record::<C>(request, append, &mut attempts).await? {
            Recorded::Now(position) => {
                tracing::debug!(attempt = attempts.made(), %position, "command done");
                if !is_clean {
                    let due = due_version(&loaded.root);
                    loaded.root.settle();
                    loaded.recorded(position, bytes);
                    if let Some(version) = due {
                        cqrs.begin_snapshot::<C::Aggregate>(driving.id(), version);
                    }
                }
                driving.loaded = Some(loaded);
                receipt.position = receipt.position.max(position);
                return Ok(Ok(receipt));
            }
            Recorded::Before(receipt) => {
                driving.loaded = is_clean.then_some(loaded);
                return Ok(Ok(receipt));
            }
            Recorded::Conflict(conflict, tail) => {
                let uncovered = tail.len();
                tracing::debug!(attempt = attempts.made(), %conflict, uncovered, "conflict");
                is_contended = true;
                // What nobody has read needs no copy: nothing was before it.
                let before = if unread {
                    Some(Box::new(Loaded::new(cqrs.new_root(driving.id().clone()))))
                } else {
                    spare
                };
                let known = before.and_then(|before| before.after(&tail));
                let version = known.as_ref().map(|known| known.root.version());
                is_current = version == Some(conflict.actual);
                let is_hopeless = envelope.expected_version.is_some();
                if !unread && (is_hopeless || !attempts.after_conflict(is_current).await) {
                    driving.loaded = known.map(|known| *known);
                    return Ok(Err(CommandError::Conflict(conflict)));
                }
                // The rest of a long stream is better loaded, from a snapshot perhaps.
                let known = known.filter(|_| is_current || !unread);
                unread = false;
                let resumed = resume::<C>(driving, known, is_current, &mut attempts);
                is_current = Box::pin(resumed).await?;
            }
        }
    }
}

/// What became of the attempt to record a decision.
enum Recorded<R> {
    Now(Position),
    Before(Receipt<R>),
    /// With what others have recorded meanwhile, as far as the store says it.
    Conflict(VersionConflict, Vec<RecordedEvent>),
}

async fn load<C: AggregateCommand>(
    driving: &Driving<'_, C::Aggregate>,
    attempts: &mut Attempts,
    is_contended: bool,
) -> Result<Loaded<C::Aggregate>, CommandError<C::Error>> {
    let repository = driving.cqrs.repository::<C::Aggregate>();
    loop {
        match repository.load_counted(driving.id()).await {
            Ok(mut loaded) => {
                if is_contended {
                    loaded.contend();
                }
                return Ok(loaded);
            }
            Err(error) => again(error, attempts).await?,
        }
    }
}

/// Goes on from what is known of the aggregate, and says whether that is all there is.
async fn resume<C: AggregateCommand>(
    driving: &mut Driving<'_, C::Aggregate>,
    known: Option<Box<Loaded<C::Aggregate>>>,
    is_current: bool,
    attempts: &mut Attempts,
) -> Result<bool, CommandError<C::Error>> {
    let Some(mut known) = known else {
        return Ok(false);
    };
    if !is_current {
        catch_up::<C>(driving, &mut known, attempts).await?;
    }
    driving.loaded = Some(*known);
    Ok(true)
}

/// Takes in what others have recorded meanwhile, and says whether there was anything.
async fn catch_up<C: AggregateCommand>(
    driving: &Driving<'_, C::Aggregate>,
    loaded: &mut Loaded<C::Aggregate>,
    attempts: &mut Attempts,
) -> Result<bool, CommandError<C::Error>> {
    let repository = driving.cqrs.repository::<C::Aggregate>();
    let before = loaded.root.version();
    loop {
        match repository.catch_up(loaded).await {
            Ok(()) => return Ok(loaded.root.version() != before),
            Err(error) => again(error, attempts).await?,
        }
    }
}

async fn again<E>(error: LoadError, attempts: &mut Attempts) -> Result<(), CommandError<E>> {
    match error {
        LoadError::Store(error) if error.is_transient() => {
            if attempts.another().await {
                Ok(())
            } else {
                Err(CommandError::Store(error))
            }
        }
        error => Err(error.into_command_error()),
    }
}

pub(super) fn unexpected<A: Aggregate>(
    root: &Root<A>,
    envelope: &Envelope,
    stream: &StreamId,
) -> Option<VersionConflict> {
    let expected = envelope
        .expected_version
        .filter(|expected| *expected != root.version())?;
    Some(VersionConflict {
        stream: stream.clone(),
        expected: ExpectedVersion::at(expected),
        actual: root.version(),
    })
}

pub(super) fn refused<E>(refusal: Refusal<E>, stream: &StreamId) -> CommandError<E> {
    match refusal {
        Refusal::Rejected(rejection) => CommandError::Rejected(rejection),
        Refusal::NotFound => CommandError::NotFound {
            stream: stream.clone(),
        },
        Refusal::AlreadyExists => CommandError::AlreadyExists {
            stream: stream.clone(),
        },
    }
}

/// Records it, if there is anything; a passing failure is answered by the same append again.
async fn record<C: AggregateCommand>(
    request: &Request<'_>,
    append: Append,
    attempts: &mut Attempts,
) -> Result<Recorded<C::Reply>, CommandError<C::Error>> {
    if append.streams.is_empty() && append.receipts.is_empty() {
        return Ok(Recorded::Now(Position::START));
    }
    match request.append(append, attempts).await {
        Ok(AppendOutcome::Recorded(appended)) => Ok(Recorded::Now(appended.position)),
        Ok(AppendOutcome::Repeated(stored)) => {
            request.answer_again::<C>(stored).map(Recorded::Before)
        }
        Err(AppendError::Conflict { conflict, tail }) => Ok(Recorded::Conflict(conflict, tail)),
        Err(error) => Err(CommandError::of_append(error)),
    }
}

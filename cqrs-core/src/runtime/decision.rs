//! The life of a command that an aggregate decides: load, decide, append, and again after a conflict.

use super::app::Cqrs;
use super::attempts::Attempts;
use super::command_error::CommandError;
use super::envelope::Envelope;
use super::receipt::Receipt;
use super::repository::LoadError;
use super::request::Request;
use super::snapshots::due_snapshot;
use crate::domain::aggregate::Aggregate;
use crate::domain::command::{AggregateCommand, Handle, Lifecycle};
use crate::domain::decide::{Refusal, decide};
use crate::domain::root::Root;
use crate::ports::append::{Append, AppendOutcome};
use crate::ports::error::AppendError;
use crate::words::position::Position;
use crate::words::stream::StreamId;
use crate::words::version::{ExpectedVersion, VersionConflict};

/// Decides the command until its events are recorded, or until somebody says no for good.
pub(super) async fn send_to_aggregate<C>(
    cqrs: &Cqrs,
    command: &C,
    envelope: &Envelope,
) -> Result<Receipt<C::Reply>, CommandError<C::Error>>
where
    C: AggregateCommand,
    C::Aggregate: Handle<C>,
{
    cqrs.check_aggregate::<C::Aggregate>(C::NAME)?;
    let stream = C::Aggregate::stream(command.aggregate_id()).map_err(CommandError::Invalid)?;
    let request = Request::new(cqrs, C::NAME, Some(&stream), envelope);
    let mut attempts = Attempts::new(envelope.retry);
    // What creates an aggregate finds none: it is decided unread, and the append finds out whether that was so.
    let mut unread =
        command.lifecycle() == Lifecycle::Creates && envelope.expected_version.is_none();
    loop {
        let mut root = if unread {
            cqrs.new_root(command.aggregate_id().clone())
        } else {
            load::<C>(cqrs, command, &mut attempts).await?
        };
        if let Some(conflict) = unexpected(&root, envelope, &stream) {
            return request
                .repeated_or::<C>(CommandError::Conflict(conflict))
                .await;
        }
        let decided = decide(command, &mut root);
        if unread && (decided.is_err() || root.emitted().is_empty()) {
            // Nobody is told no, or that there is nothing to do, on a state that was not read.
            unread = false;
            continue;
        }
        let reply = match decided {
            Ok(reply) => reply,
            Err(refusal) => return request.repeated_or::<C>(refused(refusal, &stream)).await,
        };
        let append = to_record::<C>(&request, &root, &reply)?;
        match record::<C>(&request, append, &mut attempts).await? {
            Recorded::Now(position) => {
                tracing::debug!(attempt = attempts.made(), %position, "command done");
                if let Some(due) = due_snapshot(&root) {
                    due(cqrs);
                }
                return Ok(Receipt {
                    reply,
                    version: root.version(),
                    stream: Some(stream),
                    position: position.max(root.position()),
                    repeated: false,
                });
            }
            Recorded::Before(receipt) => return Ok(receipt),
            Recorded::Conflict(conflict) => {
                tracing::debug!(attempt = attempts.made(), %conflict, "conflict");
                let hopeless = envelope.expected_version.is_some();
                if !unread && (hopeless || !attempts.another().await) {
                    return request
                        .repeated_or::<C>(CommandError::Conflict(conflict))
                        .await;
                }
                unread = false;
            }
        }
    }
}

/// What became of the attempt to record a decision.
enum Recorded<R> {
    Now(Position),
    Before(Receipt<R>),
    Conflict(VersionConflict),
}

async fn load<C: AggregateCommand>(
    cqrs: &Cqrs,
    command: &C,
    attempts: &mut Attempts,
) -> Result<Root<C::Aggregate>, CommandError<C::Error>> {
    let repository = cqrs.repository::<C::Aggregate>();
    loop {
        match repository.load(command.aggregate_id()).await {
            Ok(root) => return Ok(root),
            Err(LoadError::Store(error)) if error.is_transient() => {
                if !attempts.another().await {
                    return Err(CommandError::Store(error));
                }
            }
            Err(error) => return Err(error.into_command_error()),
        }
    }
}

fn unexpected<A: Aggregate>(
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

fn refused<E>(refusal: Refusal<E>, stream: &StreamId) -> CommandError<E> {
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

/// What there is to record: the events, and the receipt if there is a key.
fn to_record<C: AggregateCommand>(
    request: &Request<'_>,
    root: &Root<C::Aggregate>,
    reply: &C::Reply,
) -> Result<Option<Append>, CommandError<C::Error>> {
    let mut append = Append::new();
    if !root.emitted().is_empty() {
        append.streams.push(request.stream_append(root)?);
    }
    let receipt = request.new_receipt::<C>(reply, root.version(), root.position())?;
    append.receipts.extend(receipt);
    Ok((!append.streams.is_empty() || !append.receipts.is_empty()).then_some(append))
}

/// Records it; a passing failure is answered by the same append again.
async fn record<C: AggregateCommand>(
    request: &Request<'_>,
    append: Option<Append>,
    attempts: &mut Attempts,
) -> Result<Recorded<C::Reply>, CommandError<C::Error>> {
    let Some(append) = append else {
        return Ok(Recorded::Now(Position::START));
    };
    match request.append(append, attempts).await {
        Ok(AppendOutcome::Recorded(appended)) => Ok(Recorded::Now(appended.position)),
        Ok(AppendOutcome::Repeated(stored)) => {
            request.answer_again::<C>(stored).map(Recorded::Before)
        }
        Err(AppendError::Conflict { conflict, .. }) => Ok(Recorded::Conflict(conflict)),
        Err(error) => Err(CommandError::of_append(error)),
    }
}

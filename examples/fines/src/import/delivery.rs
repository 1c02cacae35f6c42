//! One row becomes one command, and its outcome.

use cqrs_core::domain::command::{AggregateCommand, Handle};
use cqrs_core::domain::decide::{self, decide};
use cqrs_core::ports::error::BoxError;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::command_error::CommandError;
use cqrs_core::words::version::StreamVersion;

use crate::fine::Fine;
use crate::fine::error::FineError;
use crate::refused::Refusal;
use crate::row::{FineCommand, Row};

/// What became of a row.
pub(super) enum Outcome {
    /// It is an event now, and the fine has this version.
    Recorded(StreamVersion),
    /// It was an event already, with which the fine had this version.
    Known(StreamVersion),
    /// It was refused.
    Refused(Refusal),
}

/// Sends the command of a row, to be decided at this version of the fine if there is one.
pub(super) async fn deliver(
    cqrs: &Cqrs,
    row: &Row,
    place: Option<StreamVersion>,
) -> Result<Outcome, BoxError> {
    match &row.command {
        FineCommand::Create(command) => send(cqrs, row, command, place).await,
        FineCommand::Send(command) => send(cqrs, row, command, place).await,
        FineCommand::Notify(command) => send(cqrs, row, command, place).await,
        FineCommand::AddPenalty(command) => send(cqrs, row, command, place).await,
        FineCommand::RecordPayment(command) => send(cqrs, row, command, place).await,
        FineCommand::AppealToPrefecture(command) => send(cqrs, row, command, place).await,
        FineCommand::SendAppealToPrefecture(command) => send(cqrs, row, command, place).await,
        FineCommand::ReceivePrefectureResult(command) => send(cqrs, row, command, place).await,
        FineCommand::NotifyPrefectureResult(command) => send(cqrs, row, command, place).await,
        FineCommand::AppealToJudge(command) => send(cqrs, row, command, place).await,
        FineCommand::SendForCreditCollection(command) => send(cqrs, row, command, place).await,
    }
}

async fn send<C>(
    cqrs: &Cqrs,
    row: &Row,
    command: &C,
    place: Option<StreamVersion>,
) -> Result<Outcome, BoxError>
where
    C: AggregateCommand<Aggregate = Fine> + Clone,
    Fine: Handle<C>,
{
    let mut sending = cqrs.send(command.clone()).idempotency_key(row.key()?);
    if let Some(place) = place {
        sending = sending.expected_version(place);
    }
    match (sending.await, place) {
        (Ok(receipt), _) if receipt.repeated => Ok(Outcome::Known(receipt.version)),
        (Ok(receipt), _) => Ok(Outcome::Recorded(receipt.version)),
        (Err(CommandError::Rejected(reason)), _) => Ok(Outcome::Refused(Refusal::Rule(reason))),
        (Err(CommandError::NotFound { .. }), _) => Ok(Outcome::Refused(Refusal::Unknown)),
        (Err(CommandError::AlreadyExists { .. }), _) => {
            Ok(Outcome::Refused(Refusal::CreatedAlready))
        }
        (Err(CommandError::Conflict(conflict)), Some(place)) => {
            let refusal = refusal_at(cqrs, row, command, place).await?;
            let now = conflict.actual;
            let refusal = refusal.unwrap_or(Refusal::TooLate { place, now });
            Ok(Outcome::Refused(refusal))
        }
        (Err(error), _) => Err(error.into()),
    }
}

/// Why the fine refused this when it was at that version, if it did.
async fn refusal_at<C>(
    cqrs: &Cqrs,
    row: &Row,
    command: &C,
    place: StreamVersion,
) -> Result<Option<Refusal>, BoxError>
where
    C: AggregateCommand<Aggregate = Fine>,
    Fine: Handle<C>,
{
    let repository = cqrs.repository::<Fine>();
    let mut fine = repository.load_at(&row.fine, place).await?;
    Ok(decide(command, &mut fine).err().map(as_refusal))
}

fn as_refusal(refusal: decide::Refusal<FineError>) -> Refusal {
    match refusal {
        decide::Refusal::Rejected(reason) => Refusal::Rule(reason),
        decide::Refusal::NotFound => Refusal::Unknown,
        decide::Refusal::AlreadyExists => Refusal::CreatedAlready,
    }
}

//! Keys of staged commands that were refused for good: closed, so that nobody does them any more.
//!
//! A node that stood still may be about to record the command, decided on an older state, while the node that has taken
//! over decides again and is refused. The process manager must not be told of that before nobody can do the command any
//! more. So the refusal is recorded under the command's idempotency key: whichever of the two comes first counts (A7).

use serde::{Deserialize, Serialize};

use super::app::Cqrs;
use super::command_set::Sent;
use super::processor::described;
use crate::domain::process_manager::Rejection;
use crate::ports::append::{Append, AppendOutcome};
use crate::ports::receipts::{NewReceipt, StoredReceipt};
use crate::words::idempotency_key::IdempotencyKey;
use crate::words::payload::Payload;
use crate::words::position::Position;
use crate::words::version::StreamVersion;

/// What stands in a receipt in place of a command's name. No command can have it.
const REFUSED: &str = "(refused)";

/// A refusal as it is kept.
#[derive(Serialize, Deserialize)]
enum Kept {
    Rejected(String),
    NotFound(String),
    AlreadyExists(String),
}

/// Closes the key of a command that was refused; says what became of the command, which somebody may have done meanwhile.
pub(super) async fn close(cqrs: &Cqrs, key: IdempotencyKey, rejection: Rejection) -> Sent {
    let kept = match &rejection {
        Rejection::Rejected { reason } => Kept::Rejected(reason.clone()),
        Rejection::NotFound { stream } => Kept::NotFound(stream.to_string()),
        Rejection::AlreadyExists { stream } => Kept::AlreadyExists(stream.to_string()),
    };
    let reply = match Payload::encode(&kept) {
        Ok(reply) => reply,
        Err(error) => return failed(&error),
    };
    let receipt = NewReceipt {
        key,
        command: REFUSED.to_owned(),
        stream: None,
        version: StreamVersion::NONE,
        position: Position::START,
        reply,
    };
    let append = Append::new().with_receipt(receipt);
    match cqrs.store().append(append).await {
        Ok(AppendOutcome::Recorded(_)) => Sent::Rejected(rejection),
        Ok(AppendOutcome::Repeated(stored)) => {
            let refusal = stored.iter().find_map(refusal);
            refusal.map_or(Sent::Done, Sent::Rejected)
        }
        Err(error) => failed(&error),
    }
}

/// The refusal under which a key was closed, if it was.
pub(super) async fn find(cqrs: &Cqrs, key: &IdempotencyKey) -> Option<Rejection> {
    // When the store can't say, the command is sent again.
    let stored = cqrs.store().find_receipt(key).await.ok()??;
    refusal(&stored)
}

fn refusal(stored: &StoredReceipt) -> Option<Rejection> {
    let receipt = &stored.receipt;
    if receipt.command != REFUSED {
        return None;
    }
    let reason = receipt.reply.as_str().to_owned();
    let stream = |text: String| text.parse().map_err(|_| text);
    let kept = match receipt.reply.decode() {
        Ok(Kept::NotFound(text)) => stream(text).map(|stream| Rejection::NotFound { stream }),
        Ok(Kept::AlreadyExists(text)) => {
            stream(text).map(|stream| Rejection::AlreadyExists { stream })
        }
        Ok(Kept::Rejected(reason)) => Err(reason),
        Err(_) => Err(reason),
    };
    Some(kept.unwrap_or_else(|reason| Rejection::Rejected { reason }))
}

fn failed(error: &dyn std::error::Error) -> Sent {
    Sent::Failed {
        error: described(error),
    }
}

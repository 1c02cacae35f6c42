//! How transfers were recorded before. The log has these events for ever; the rest of the code only knows today's.

use cqrs_core::prelude::*;

use crate::transfer::{Outcome, TransferSettled};

/// It said whether the money was moved, and not why it was not.
#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "transfer.settled")]
pub struct TransferSettledV1 {
    pub done: bool,
}

impl From<TransferSettledV1> for TransferSettled {
    fn from(old: TransferSettledV1) -> Self {
        let outcome = if old.done {
            Outcome::Done
        } else {
            let reason = "nobody wrote down why".into();
            Outcome::Refused { reason }
        };
        Self { outcome }
    }
}

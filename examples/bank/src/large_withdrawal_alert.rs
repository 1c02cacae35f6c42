//! A mail to the branch when much money is withdrawn: an effect outside, at least once.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use cqrs_core::prelude::*;
use cqrs_core::words::staged::DeliveryId;

use crate::account::MoneyWithdrawn;
use crate::money::money;

/// From this amount on the branch wants to know.
pub const LARGE: u32 = 1_000_00;

#[derive(EventSet, Clone, Debug, PartialEq)]
pub enum Withdrawal {
    Withdrawn(MoneyWithdrawn),
}

#[derive(Clone, Debug)]
pub struct LargeWithdrawalAlert {
    pub mail: Outbox,
}

impl EventHandler for LargeWithdrawalAlert {
    const NAME: ProcessorName = ProcessorName::from_static("large-withdrawal-alert");
    /// Nobody wants mails about the past.
    const START: StartFrom = StartFrom::Now;
    type Event = Withdrawal;
    type Command = NoCommands;
    type Error = Infallible;

    async fn handle(
        &self,
        event: &Recorded<Withdrawal>,
        delivery: &mut Delivery<NoCommands>,
    ) -> Result<(), Infallible> {
        let Withdrawal::Withdrawn(MoneyWithdrawn { amount }) = event.event;
        if amount >= LARGE {
            let text = format!("{} withdrawn from {}", money(amount.into()), event.stream);
            self.mail.send(delivery.id(), text);
        }
        Ok(())
    }
}

/// Stands for a mail service that knows what it has sent: a mail with the same delivery id goes out once.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    sent: Arc<Mutex<BTreeMap<DeliveryId, String>>>,
}

impl Outbox {
    pub fn send(&self, id: DeliveryId, text: String) {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.entry(id).or_insert(text);
    }

    #[must_use]
    pub fn sent(&self) -> Vec<String> {
        let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.values().cloned().collect()
    }
}

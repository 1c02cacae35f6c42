//! The domain, as the documentation of cqrs-es shows it.

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) balance: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum AccountEvent {
    Opened {},
    Deposited { amount: u32 },
}

#[derive(Debug)]
pub(crate) enum AccountCommand {
    Open,
    Deposit { amount: u32 },
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum AccountError {
    #[error("nothing to pay in")]
    NothingToPayIn,
}

impl DomainEvent for AccountEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Opened {} => "account.opened".into(),
            Self::Deposited { .. } => "account.deposited".into(),
        }
    }

    fn event_version(&self) -> String {
        "1.0".into()
    }
}

impl Aggregate for Account {
    const TYPE: &'static str = "account";
    type Command = AccountCommand;
    type Event = AccountEvent;
    type Error = AccountError;
    type Services = ();

    async fn handle(
        &mut self,
        command: AccountCommand,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), AccountError> {
        let event = match command {
            AccountCommand::Open => AccountEvent::Opened {},
            AccountCommand::Deposit { amount: 0 } => return Err(AccountError::NothingToPayIn),
            AccountCommand::Deposit { amount } => AccountEvent::Deposited { amount },
        };
        sink.write(event, self).await;
        Ok(())
    }

    fn apply(&mut self, event: AccountEvent) {
        if let AccountEvent::Deposited { amount } = event {
            self.balance += u64::from(amount);
        }
    }
}

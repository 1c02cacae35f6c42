//! A small bank: accounts, and transfers between them.

use std::time::Duration;

use cqrs_core::domain::process_manager::{ProcessManager, Reactions, Rejection};
use cqrs_core::domain::view::View;
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::event::Recorded;
use cqrs_core::words::position::Position;
use cqrs_core::words::processor::{ProcessorName, TimerName};
use cqrs_core::words::start::StartFrom;

pub(super) type Checked = Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct AccountId(pub u64);

#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(super) enum AccountEvent {
    #[event(name = "account.opened")]
    Opened { owner: String },
    #[event(name = "account.deposited")]
    Deposited { amount: i64, transfer: Option<u64> },
    #[event(name = "account.withdrawn")]
    Withdrawn { amount: i64, transfer: Option<u64> },
    #[event(name = "account.closed")]
    Closed,
}

#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum AccountError {
    #[error("balance {balance} is less than {requested}")]
    InsufficientFunds { balance: i64, requested: i64 },
    #[error("the account is closed")]
    Closed,
}

#[derive(Aggregate, Default, Debug)]
#[aggregate(name = "account", id = AccountId, error = AccountError, event = AccountEvent)]
pub(super) struct Account {
    balance: i64,
    is_closed: bool,
}

impl Apply<AccountEvent> for Account {
    fn apply(&mut self, event: &AccountEvent) {
        match event {
            AccountEvent::Opened { .. } => {}
            AccountEvent::Deposited { amount, .. } => self.balance += amount,
            AccountEvent::Withdrawn { amount, .. } => self.balance -= amount,
            AccountEvent::Closed => self.is_closed = true,
        }
    }
}

#[derive(Command, Debug)]
#[command(aggregate = Account, creates)]
pub(super) struct Open {
    #[id]
    pub account: AccountId,
    pub owner: String,
}

#[derive(Command, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[command(aggregate = Account)]
pub(super) struct Deposit {
    #[id]
    pub account: AccountId,
    pub amount: i64,
    pub transfer: Option<u64>,
}

#[derive(Command, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[command(aggregate = Account)]
pub(super) struct Withdraw {
    #[id]
    pub account: AccountId,
    pub amount: i64,
    pub transfer: Option<u64>,
}

#[derive(Command, Debug)]
#[command(aggregate = Account)]
pub(super) struct Close {
    #[id]
    pub account: AccountId,
}

impl Handle<Open> for Account {
    fn handle(command: &Open, account: &mut Root<Self>) -> Result<(), AccountError> {
        account.emit(AccountEvent::Opened {
            owner: command.owner.clone(),
        });
        Ok(())
    }
}

impl Handle<Deposit> for Account {
    fn handle(command: &Deposit, account: &mut Root<Self>) -> Result<(), AccountError> {
        if account.is_closed {
            return Err(AccountError::Closed);
        }
        let (amount, transfer) = (command.amount, command.transfer);
        account.emit(AccountEvent::Deposited { amount, transfer });
        Ok(())
    }
}

impl Handle<Withdraw> for Account {
    fn handle(command: &Withdraw, account: &mut Root<Self>) -> Result<(), AccountError> {
        if account.balance < command.amount {
            return Err(AccountError::InsufficientFunds {
                balance: account.balance,
                requested: command.amount,
            });
        }
        let (amount, transfer) = (command.amount, command.transfer);
        account.emit(AccountEvent::Withdrawn { amount, transfer });
        Ok(())
    }
}

impl Handle<Close> for Account {
    fn handle(_: &Close, account: &mut Root<Self>) -> Result<(), AccountError> {
        account.emit(AccountEvent::Closed);
        Ok(())
    }
}

/// The balance of each account.
#[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq)]
pub(super) struct Balance {
    pub balance: i64,
    pub events: u64,
    pub is_closed: bool,
}

impl View for Balance {
    const NAME: ProcessorName = ProcessorName::from_static("balance");
    type Event = AccountEvent;
    type Key = AccountId;

    fn keys(event: &Recorded<AccountEvent>) -> impl IntoIterator<Item = AccountId> {
        event.id()
    }

    fn apply(&mut self, event: &Recorded<AccountEvent>) {
        self.events += 1;
        match &event.event {
            AccountEvent::Opened { owner } => {
                assert!(owner != "poison", "an owner that the view can't stand");
            }
            AccountEvent::Deposited { amount, .. } => self.balance += amount,
            AccountEvent::Withdrawn { amount, .. } => self.balance -= amount,
            AccountEvent::Closed => self.is_closed = true,
        }
    }

    fn is_deleted(&self) -> bool {
        self.is_closed
    }
}

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct TransferId(pub u64);

#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(super) enum TransferEvent {
    #[event(name = "transfer.requested")]
    Requested { from: u64, to: u64, amount: i64 },
    #[event(name = "transfer.settled")]
    Settled { outcome: String },
}

#[derive(Aggregate, Default, Debug)]
#[aggregate(name = "transfer", id = TransferId, error = std::convert::Infallible, event = TransferEvent)]
pub(super) struct Transfer {
    pub outcomes: Vec<String>,
}

impl Apply<TransferEvent> for Transfer {
    fn apply(&mut self, event: &TransferEvent) {
        if let TransferEvent::Settled { outcome } = event {
            self.outcomes.push(outcome.clone());
        }
    }
}

#[derive(Command, Debug)]
#[command(aggregate = Transfer, creates)]
pub(super) struct Request {
    #[id]
    pub transfer: TransferId,
    pub from: u64,
    pub to: u64,
    pub amount: i64,
}

#[derive(Command, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[command(aggregate = Transfer)]
pub(super) struct Settle {
    #[id]
    pub transfer: TransferId,
    pub outcome: String,
}

impl Handle<Request> for Transfer {
    fn handle(
        command: &Request,
        transfer: &mut Root<Self>,
    ) -> Result<(), std::convert::Infallible> {
        let Request {
            from, to, amount, ..
        } = *command;
        transfer.emit(TransferEvent::Requested { from, to, amount });
        Ok(())
    }
}

impl Handle<Settle> for Transfer {
    fn handle(command: &Settle, transfer: &mut Root<Self>) -> Result<(), std::convert::Infallible> {
        transfer.emit(TransferEvent::Settled {
            outcome: command.outcome.clone(),
        });
        Ok(())
    }
}

/// What a transfer reads.
#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(super) enum MovingEvent {
    #[event(name = "transfer.requested")]
    Requested { from: u64, to: u64, amount: i64 },
    #[event(name = "account.withdrawn")]
    Withdrawn { transfer: Option<u64> },
    #[event(name = "account.deposited")]
    Deposited { transfer: Option<u64> },
}

#[derive(CommandSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(super) enum MovingCommand {
    Withdraw(Withdraw),
    Deposit(Deposit),
    Settle(Settle),
}

/// Takes from one account and gives to the other; gives back when the other one refuses.
#[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq)]
pub(super) struct Moving {
    pub id: u64,
    pub from: u64,
    pub to: u64,
    pub amount: i64,
    pub gives_back: bool,
}

pub(super) const TIME_OUT: TimerName = TimerName::from_static("time-out");

impl Moving {
    fn settle(&self, outcome: &str, reactions: &mut Reactions<MovingCommand>) {
        let (transfer, outcome) = (TransferId(self.id), outcome.to_owned());
        reactions.send(Settle { transfer, outcome });
        reactions.end();
    }

    fn give(&self, account: u64, reactions: &mut Reactions<MovingCommand>) {
        reactions.send(MovingCommand::Deposit(Deposit {
            account: AccountId(account),
            amount: self.amount,
            transfer: Some(self.id),
        }));
    }
}

impl ProcessManager for Moving {
    const NAME: ProcessorName = ProcessorName::from_static("moving");
    const START: StartFrom = StartFrom::Beginning;
    type Event = MovingEvent;
    type Command = MovingCommand;
    type Key = u64;

    fn correlate(event: &Recorded<MovingEvent>) -> Option<u64> {
        match &event.event {
            MovingEvent::Requested { .. } => event.id(),
            MovingEvent::Withdrawn { transfer } | MovingEvent::Deposited { transfer } => *transfer,
        }
    }

    fn react(&mut self, event: &Recorded<MovingEvent>, reactions: &mut Reactions<MovingCommand>) {
        match event.event {
            MovingEvent::Requested { from, to, amount } => {
                let id = event.id().unwrap_or_default();
                *self = Self {
                    id,
                    from,
                    to,
                    amount,
                    gives_back: false,
                };
                reactions.send(MovingCommand::Withdraw(Withdraw {
                    account: AccountId(from),
                    amount,
                    transfer: Some(id),
                }));
                let late = MovingCommand::Settle(Settle {
                    transfer: TransferId(id),
                    outcome: "late".into(),
                });
                reactions.set_timer(TIME_OUT, Duration::from_hours(1), late);
            }
            MovingEvent::Withdrawn { .. } => self.give(self.to, reactions),
            MovingEvent::Deposited { .. } if self.gives_back => {
                self.settle("given back", reactions);
            }
            MovingEvent::Deposited { .. } => self.settle("done", reactions),
        }
    }

    fn rejected(
        &mut self,
        command: &MovingCommand,
        rejection: &Rejection,
        reactions: &mut Reactions<MovingCommand>,
    ) {
        match command {
            MovingCommand::Withdraw(_) => {
                self.settle(&format!("refused: {rejection}"), reactions);
            }
            MovingCommand::Deposit(_) => {
                self.gives_back = true;
                self.give(self.from, reactions);
            }
            MovingCommand::Settle(_) => {}
        }
    }
}

pub(super) async fn open(
    cqrs: &Cqrs,
    account: u64,
    amount: i64,
) -> Result<Position, Box<dyn std::error::Error + Send + Sync>> {
    let account = AccountId(account);
    let owner = "ada".to_owned();
    let _ = cqrs.send(Open { account, owner }).await?;
    deposit(cqrs, account.0, amount).await
}

pub(super) async fn deposit(
    cqrs: &Cqrs,
    account: u64,
    amount: i64,
) -> Result<Position, Box<dyn std::error::Error + Send + Sync>> {
    let receipt = cqrs
        .send(Deposit {
            account: AccountId(account),
            amount,
            transfer: None,
        })
        .await?;
    Ok(receipt.position)
}

pub(super) async fn request(
    cqrs: &Cqrs,
    transfer: u64,
    from: u64,
    to: u64,
    amount: i64,
) -> Checked {
    let transfer = TransferId(transfer);
    let _ = cqrs
        .send(Request {
            transfer,
            from,
            to,
            amount,
        })
        .await?;
    Ok(())
}

pub(super) async fn balance(
    cqrs: &Cqrs,
    account: u64,
) -> Result<i64, Box<dyn std::error::Error + Send + Sync>> {
    Ok(cqrs
        .repository::<Account>()
        .load(&AccountId(account))
        .await?
        .balance)
}

pub(super) async fn outcomes(
    cqrs: &Cqrs,
    transfer: u64,
) -> Result<Vec<String>, Box<dyn std::error::Error + Send + Sync>> {
    let root = cqrs
        .repository::<Transfer>()
        .load(&TransferId(transfer))
        .await?;
    Ok(root.into_state().outcomes)
}

//! Moves money between two accounts: takes it from the one, gives it to the other, and gives it back when that is refused.
//!
//! Two accounts are two aggregates, which are not changed together. What makes the two changes one transfer is this process:
//! each of its steps is recorded with the commands that follow from it, and each command takes effect once.

use cqrs_core::prelude::*;

use crate::account::AccountId;
use crate::transfer::{Outcome, SettleTransfer, TransferId, TransferRequested};
use crate::transfer_money::{ReceiveMoney, Received, SendMoney, Sent};

/// What a transfer hears of.
#[derive(EventSet, Clone, Debug, PartialEq)]
pub enum TransferEvent {
    Requested(TransferRequested),
    Sent(Sent),
    Received(Received),
}

/// What it wants done.
#[derive(CommandSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub enum TransferCommand {
    Send(SendMoney),
    Receive(ReceiveMoney),
    Settle(SettleTransfer),
}

/// The state of one transfer, from the request to its end.
#[derive(Serialize, Deserialize, Default, Debug, PartialEq)]
pub struct TransferProcess {
    order: Option<Order>,
    /// Why the second account did not take it.
    refused: Option<String>,
}

#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq)]
struct Order {
    transfer: TransferId,
    from: AccountId,
    to: AccountId,
    amount: u32,
}

impl ProcessManager for TransferProcess {
    const NAME: ProcessorName = ProcessorName::from_static("transfer");
    const START: StartFrom = StartFrom::Beginning;
    type Event = TransferEvent;
    type Command = TransferCommand;
    type Key = TransferId;

    fn correlate(event: &Recorded<TransferEvent>) -> Option<TransferId> {
        match &event.event {
            TransferEvent::Requested(_) => event.id(),
            TransferEvent::Sent(sent) => Some(sent.transfer),
            TransferEvent::Received(received) => Some(received.transfer),
        }
    }

    fn react(
        &mut self,
        event: &Recorded<TransferEvent>,
        reactions: &mut Reactions<TransferCommand>,
    ) {
        if let (TransferEvent::Requested(requested), Some(transfer)) = (&event.event, event.id()) {
            let TransferRequested { from, to, amount } = *requested;
            self.order = Some(Order {
                transfer,
                from,
                to,
                amount,
            });
        }
        let Some(order) = self.order else {
            return;
        };
        match (&event.event, self.refused.take()) {
            (TransferEvent::Requested(_), _) => reactions.send(order.send()),
            (TransferEvent::Sent(_), _) => reactions.send(order.pay(order.to)),
            (TransferEvent::Received(_), None) => order.settle(Outcome::Done, reactions),
            (TransferEvent::Received(_), Some(reason)) => {
                order.settle(Outcome::GivenBack { reason }, reactions);
            }
        }
    }

    fn rejected(
        &mut self,
        command: &TransferCommand,
        rejection: &Rejection,
        reactions: &mut Reactions<TransferCommand>,
    ) {
        let Some(order) = self.order else {
            return;
        };
        let reason = rejection.to_string();
        match command {
            TransferCommand::Send(_) => order.settle(Outcome::Refused { reason }, reactions),
            TransferCommand::Receive(_) if self.refused.is_none() => {
                self.refused = Some(reason);
                reactions.send(order.pay(order.from));
            }
            TransferCommand::Receive(_) => order.settle(Outcome::Stuck { reason }, reactions),
            // A transfer that was requested is there, and takes any outcome.
            TransferCommand::Settle(_) => {}
        }
    }
}

impl Order {
    fn send(self) -> SendMoney {
        SendMoney {
            account: self.from,
            transfer: self.transfer,
            amount: self.amount,
        }
    }

    fn pay(self, account: AccountId) -> ReceiveMoney {
        ReceiveMoney {
            account,
            transfer: self.transfer,
            amount: self.amount,
        }
    }

    fn settle(self, outcome: Outcome, reactions: &mut Reactions<TransferCommand>) {
        let transfer = self.transfer;
        reactions.send(SettleTransfer { transfer, outcome });
        reactions.end();
    }
}

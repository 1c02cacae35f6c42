//! What the read side makes of events, without any store.

use bank::account::{AccountId, AccountOpened, MoneyDeposited, MoneyWithdrawn};
use bank::overview::AccountOverview;
use bank::transfer::{Outcome, SettleTransfer, TransferId, TransferRequested};
use bank::transfer_money::{ReceiveMoney, Received, SendMoney, Sent};
use bank::transfer_process::TransferProcess;
use cqrs_core::prelude::*;
use cqrs_testing::given_process::GivenProcess;
use cqrs_testing::{process, view};

struct Case {
    transfer: TransferId,
    from: AccountId,
    to: AccountId,
    stream: String,
}

const AMOUNT: u32 = 30;

impl Case {
    fn new() -> Self {
        let transfer = TransferId::new();
        Self {
            transfer,
            from: AccountId::new(),
            to: AccountId::new(),
            stream: format!("transfer-{transfer}"),
        }
    }

    fn requested(&self) -> GivenProcess<TransferProcess> {
        let (from, to, amount) = (self.from, self.to, AMOUNT);
        process::<TransferProcess>().when(&self.stream, TransferRequested { from, to, amount })
    }

    fn sent(&self) -> GivenProcess<TransferProcess> {
        let (transfer, amount) = (self.transfer, AMOUNT);
        let stream = format!("account-{}", self.from);
        self.requested().when(&stream, Sent { transfer, amount })
    }

    fn received(
        &self,
        given: GivenProcess<TransferProcess>,
        account: AccountId,
    ) -> GivenProcess<TransferProcess> {
        let (transfer, amount) = (self.transfer, AMOUNT);
        given.when(&format!("account-{account}"), Received { transfer, amount })
    }

    fn send(&self) -> SendMoney {
        SendMoney {
            account: self.from,
            transfer: self.transfer,
            amount: AMOUNT,
        }
    }

    fn pay(&self, account: AccountId) -> ReceiveMoney {
        ReceiveMoney {
            account,
            transfer: self.transfer,
            amount: AMOUNT,
        }
    }

    fn settle(&self, outcome: Outcome) -> SettleTransfer {
        let transfer = self.transfer;
        SettleTransfer { transfer, outcome }
    }
}

fn rejection() -> (Rejection, String) {
    let reason = "no".to_owned();
    let rejection = Rejection::Rejected {
        reason: reason.clone(),
    };
    (rejection, reason)
}

#[test]
fn the_overview_adds_up_what_happens_to_an_account() {
    let account = AccountId::new();
    let stream = format!("account-{account}");
    let owner = "ada".to_owned();
    let transfer = TransferId::new();
    view::<AccountOverview>()
        .given(
            &stream,
            AccountOpened {
                owner: owner.clone(),
            },
        )
        .given(&stream, MoneyDeposited { amount: 50 })
        .given(&stream, MoneyWithdrawn { amount: 20 })
        .given(
            &stream,
            Sent {
                transfer,
                amount: 10,
            },
        )
        .given(
            &stream,
            Received {
                transfer,
                amount: 1,
            },
        )
        .then(
            account,
            AccountOverview {
                owner,
                balance: 21,
                movements: 4,
            },
        )
        .then_nothing(AccountId::new());
}

#[test]
fn a_transfer_takes_then_gives_then_is_done() {
    let case = Case::new();
    case.requested().then_commands([case.send()]);
    let sent = case.sent().then_commands([case.pay(case.to)]);
    case.received(sent, case.to)
        .then_commands([case.settle(Outcome::Done)])
        .then_ended(case.transfer);
}

#[test]
fn a_transfer_that_the_first_account_refuses_moves_nothing() {
    let case = Case::new();
    let (rejection, reason) = rejection();
    case.requested()
        .when_rejected(case.transfer, case.send(), rejection)
        .then_commands([case.settle(Outcome::Refused { reason })])
        .then_ended(case.transfer);
}

#[test]
fn a_transfer_that_the_second_account_refuses_is_given_back() {
    let case = Case::new();
    let (rejection, reason) = rejection();
    let refused = case
        .sent()
        .when_rejected(case.transfer, case.pay(case.to), rejection)
        .then_commands([case.pay(case.from)]);
    case.received(refused, case.from)
        .then_commands([case.settle(Outcome::GivenBack { reason })])
        .then_ended(case.transfer);
}

#[test]
fn a_transfer_that_nobody_takes_is_left_to_a_person() {
    let case = Case::new();
    let (rejection, reason) = rejection();
    case.sent()
        .when_rejected(case.transfer, case.pay(case.to), rejection.clone())
        .when_rejected(case.transfer, case.pay(case.from), rejection)
        .then_commands([case.settle(Outcome::Stuck { reason })])
        .then_ended(case.transfer);
}

//! The test kit for views and process managers.

use std::time::Duration;

use cqrs_core::domain::process_manager::Rejection;
use cqrs_testing::{process, view};

use super::domain::{
    AccountEvent, AccountId, Balance, Deposit, Moving, MovingEvent, Outcome, Settle, TransferId,
    Withdraw,
};

const REQUESTED: MovingEvent = MovingEvent::Requested {
    from: 1,
    to: 2,
    amount: 30,
};

#[test]
fn a_view_is_tested_without_a_store() {
    let owner = "ada".to_owned();
    view::<Balance>()
        .given("account-1", AccountEvent::Opened { owner })
        .given(
            "account-1",
            AccountEvent::Deposited {
                amount: 5,
                transfer: None,
            },
        )
        .then(
            1,
            Balance {
                amount: 5,
                events: 2,
                is_closed: false,
            },
        )
        .given("account-1", AccountEvent::Closed)
        .then_nothing(1);
}

#[test]
fn a_process_manager_is_tested_without_a_store() {
    let deposit = |account| Deposit {
        account: AccountId(account),
        amount: 30,
        transfer: Some(7),
    };
    process::<Moving>()
        .when("transfer-7", REQUESTED)
        .then_commands([Withdraw {
            account: AccountId(1),
            amount: 30,
            transfer: Some(7),
        }])
        .when("account-1", MovingEvent::Withdrawn { transfer: Some(7) })
        .then_commands([deposit(2)])
        .when_rejected(
            7,
            deposit(2),
            Rejection::NotFound {
                stream: "account-2".parse().unwrap(),
            },
        )
        .then_commands([deposit(1)])
        .then_state(7, |moving| assert!(moving.gives_back))
        .when("account-1", MovingEvent::Deposited { transfer: Some(7) })
        .then_commands([Settle {
            transfer: TransferId(7),
            outcome: Outcome::GivenBack,
        }])
        .then_ended(7)
        .when_time_passes(Duration::from_hours(2))
        .then_nothing();
}

#[test]
fn a_timer_fires_when_time_passes() {
    process::<Moving>()
        .given("transfer-7", REQUESTED)
        .when_time_passes(Duration::from_mins(59))
        .then_nothing()
        .when_time_passes(Duration::from_mins(1))
        .then_commands([Settle {
            transfer: TransferId(7),
            outcome: Outcome::Late,
        }]);
}

#[test]
#[should_panic(expected = "other commands were sent")]
fn another_command_fails_the_test() {
    process::<Moving>()
        .when("transfer-7", REQUESTED)
        .then_nothing();
}

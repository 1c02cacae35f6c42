//! What is paid, and what is too much to count.

use cqrs_testing::{events, given};
use fines::cents::Cents;
use fines::fine::Fine;
use fines::fine::command::{RecordPayment, SendFine};
use fines::fine::error::FineError;
use fines::fine::progress::Stage;

use crate::sample::{at, euros, fine, history, paid, pay, penalise};

#[test]
fn payments_add_up_at_every_stage() {
    for stage in [
        Stage::Created,
        Stage::Sent,
        Stage::Notified,
        Stage::Penalised,
        Stage::InCollection,
    ] {
        given::<Fine>(fine())
            .events(history(stage))
            .events(events![paid(euros(10))])
            .when(pay(euros(20)))
            .then_events(events![paid(euros(20))])
            .then_state(|fine| assert_eq!(fine.standing().paid, euros(30)));
    }
}

#[test]
fn what_is_paid_too_much_is_kept_and_shown() {
    given::<Fine>(fine())
        .events(history(Stage::Sent))
        .when(pay(euros(50)))
        .then_state(|fine| {
            assert_eq!(fine.standing().overpaid(), euros(1));
            assert_eq!(fine.standing().outstanding(), Cents::ZERO);
            assert!(fine.is_paid_in_full());
        });
}

#[test]
fn a_payment_of_nothing_is_none() {
    given::<Fine>(fine())
        .events(history(Stage::Created))
        .when(pay(Cents::ZERO))
        .then_rejected(FineError::NothingPaid);
}

#[test]
fn amounts_that_nobody_can_count_are_refused() {
    given::<Fine>(fine())
        .events(history(Stage::Created))
        .events(events![paid(Cents::new(u64::MAX))])
        .when(pay(euros(1)))
        .then_rejected(FineError::TooMuch);
    given::<Fine>(fine())
        .events(history(Stage::Notified))
        .when(penalise(Cents::new(u64::MAX)))
        .then_rejected(FineError::TooMuch);
    let expense = Cents::new(u64::MAX);
    given::<Fine>(fine())
        .events(history(Stage::Created))
        .when(SendFine {
            fine: fine(),
            at: at(),
            expense,
        })
        .then_rejected(FineError::TooMuch);
}

#[test]
fn payments_are_compared_with_the_total_that_the_log_states() {
    let stated = |total| RecordPayment {
        stated_total: Some(total),
        ..pay(euros(10))
    };
    let given = || given::<Fine>(fine()).events(history(Stage::Created));
    given()
        .when(stated(euros(10)))
        .then_state(|fine| assert!(fine.total_is_as_stated()));
    given()
        .when(stated(euros(20)))
        .then_state(|fine| assert!(!fine.total_is_as_stated()));
    given()
        .when(pay(euros(10)))
        .then_state(|fine| assert!(fine.total_is_as_stated()));
}

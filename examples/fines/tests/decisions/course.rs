//! How a fine goes from its creation to credit collection.

use cqrs_testing::{events, given};
use fines::cents::Cents;
use fines::dismissal::Dismissal;
use fines::fine::Fine;
use fines::fine::error::FineError;
use fines::fine::event::{
    AppealedToJudge, FineNotified, FineSent, PenaltyAdded, SentForCreditCollection,
};
use fines::fine::progress::Stage;

use crate::sample::{
    at, collect, create, created, euros, fine, history, notify, paid, pay, penalise, send,
};

#[test]
fn a_fine_is_created_once() {
    given::<Fine>(fine())
        .when(create())
        .then_events(created(Dismissal::No))
        .then_state(|fine| assert_eq!(fine.standing().outstanding(), euros(36)));
    given::<Fine>(fine())
        .events(created(Dismissal::No))
        .when(create())
        .then_already_exists();
}

#[test]
fn nothing_happens_to_a_fine_that_was_not_created() {
    given::<Fine>(fine()).when(send()).then_not_found();
    given::<Fine>(fine()).when(pay(euros(1))).then_not_found();
}

#[test]
fn a_fine_is_sent_once_and_its_expenses_are_due() {
    given::<Fine>(fine())
        .events(history(Stage::Created))
        .when(send())
        .then_events(events![FineSent {
            at: at(),
            expense: euros(13)
        }])
        .then_state(|fine| assert_eq!(fine.standing().due, euros(49)));
    for stage in [Stage::Sent, Stage::Notified, Stage::InCollection] {
        given::<Fine>(fine())
            .events(history(stage))
            .when(send())
            .then_rejected(FineError::Already(Stage::Sent));
    }
}

#[test]
fn a_fine_that_was_paid_on_the_spot_may_still_be_sent() {
    given::<Fine>(fine())
        .events(history(Stage::Created))
        .events(events![paid(euros(36))])
        .when(send())
        .then_state(|fine| assert_eq!(fine.standing().outstanding(), euros(13)));
}

#[test]
fn a_fine_is_delivered_once_and_only_after_it_was_sent() {
    given::<Fine>(fine())
        .events(history(Stage::Created))
        .when(notify())
        .then_rejected(FineError::NotYet(Stage::Sent));
    given::<Fine>(fine())
        .events(history(Stage::Sent))
        .when(notify())
        .then_events(events![FineNotified {
            at: at(),
            last_sent: Some("P".into()),
            notification_type: None,
        }]);
    given::<Fine>(fine())
        .events(history(Stage::Penalised))
        .when(notify())
        .then_rejected(FineError::Already(Stage::Notified));
}

#[test]
fn a_penalty_comes_once_and_only_after_the_delivery() {
    given::<Fine>(fine())
        .events(history(Stage::Sent))
        .when(penalise(euros(74)))
        .then_rejected(FineError::NotYet(Stage::Notified));
    given::<Fine>(fine())
        .events(history(Stage::Penalised))
        .when(penalise(euros(74)))
        .then_rejected(FineError::Already(Stage::Penalised));
}

#[test]
fn a_penalty_replaces_the_amount_and_leaves_the_expenses() {
    given::<Fine>(fine())
        .events(history(Stage::Notified))
        .when(penalise(euros(74)))
        .then_events(events![PenaltyAdded {
            at: at(),
            amount: euros(74)
        }])
        .then_state(|fine| assert_eq!(fine.standing().due, euros(87)));
}

#[test]
fn a_penalty_never_lowers_a_fine() {
    given::<Fine>(fine())
        .events(history(Stage::Notified))
        .when(penalise(euros(35)))
        .then_rejected(FineError::PenaltyBelowFine {
            fine: euros(36),
            penalty: euros(35),
        });
}

#[test]
fn credit_collection_comes_once_and_only_after_the_penalty() {
    given::<Fine>(fine())
        .events(history(Stage::Notified))
        .when(collect())
        .then_rejected(FineError::NotYet(Stage::Penalised));
    given::<Fine>(fine())
        .events(history(Stage::Penalised))
        .when(collect())
        .then_events(events![SentForCreditCollection { at: at() }]);
    given::<Fine>(fine())
        .events(history(Stage::InCollection))
        .when(collect())
        .then_rejected(FineError::Already(Stage::InCollection));
}

#[test]
fn nobody_collects_what_is_not_due() {
    given::<Fine>(fine())
        .events(history(Stage::Penalised))
        .events(events![paid(euros(87))])
        .when(collect())
        .then_rejected(FineError::NothingToCollect {
            due: euros(87),
            paid: euros(87),
        });
    given::<Fine>(fine())
        .events(history(Stage::Penalised))
        .events(events![AppealedToJudge {
            at: at(),
            dismissal: Dismissal::ByJudge
        }])
        .when(collect())
        .then_rejected(FineError::NothingToCollect {
            due: Cents::ZERO,
            paid: Cents::ZERO,
        });
}

//! The rules of a fine, one by one: given what happened, when this is wanted, then that.

#![allow(clippy::unwrap_used, reason = "a test may fail like this")]

use chrono::DateTime;
use cqrs_testing::{events, given};
use fines::cents::Cents;
use fines::dismissal::Dismissal;
use fines::fine::command::{
    AddPenalty, AppealToJudge, AppealToPrefecture, CreateFine, NotifyFine, NotifyPrefectureResult,
    ReceivePrefectureResult, RecordPayment, SendAppealToPrefecture, SendFine,
    SendForCreditCollection,
};
use fines::fine::error::FineError;
use fines::fine::event::{
    AppealedToJudge, AppealedToPrefecture, BusinessTime, FineCreated, FineNotified, FineSent,
    PaymentReceived, PenaltyAdded, PrefectureAppealSent, PrefectureResultNotified,
    PrefectureResultReceived, SentForCreditCollection,
};
use fines::fine::id::FineId;
use fines::fine::progress::{Appeal, Stage};
use fines::fine::{Fine, FineEvent};

fn fine() -> FineId {
    "A17641".parse().unwrap()
}

fn at() -> BusinessTime {
    DateTime::parse_from_rfc3339("2007-07-14T00:00:00+02:00").unwrap()
}

fn euros(euros: u64) -> Cents {
    Cents::new(euros * 100)
}

fn created(dismissal: Dismissal) -> Vec<FineEvent> {
    events![FineCreated {
        at: at(),
        amount: euros(36),
        article: Some(157),
        points: 0,
        vehicle_class: Some("A".into()),
        officer: Some("541".into()),
        dismissal,
    }]
}

/// A fine of 36 euros, with 13 for the post if it was sent, raised to 74 if it was penalised.
fn history(stage: Stage) -> Vec<FineEvent> {
    let mut history = created(Dismissal::No);
    let steps: Vec<FineEvent> = events![
        FineSent {
            at: at(),
            expense: euros(13)
        },
        FineNotified {
            at: at(),
            last_sent: None,
            notification_type: None
        },
        PenaltyAdded {
            at: at(),
            amount: euros(74)
        },
        SentForCreditCollection { at: at() },
    ];
    history.extend(steps.into_iter().take(stage as usize));
    history
}

fn paid(amount: Cents) -> PaymentReceived {
    PaymentReceived {
        at: at(),
        amount,
        stated_total: None,
    }
}

fn pay(amount: Cents) -> RecordPayment {
    RecordPayment {
        fine: fine(),
        at: at(),
        amount,
        stated_total: None,
    }
}

fn send() -> SendFine {
    SendFine {
        fine: fine(),
        at: at(),
        expense: euros(13),
    }
}

fn notify() -> NotifyFine {
    NotifyFine {
        fine: fine(),
        at: at(),
        last_sent: Some("P".into()),
        notification_type: None,
    }
}

fn penalise(amount: Cents) -> AddPenalty {
    AddPenalty {
        fine: fine(),
        at: at(),
        amount,
    }
}

fn collect() -> SendForCreditCollection {
    SendForCreditCollection {
        fine: fine(),
        at: at(),
    }
}

fn create() -> CreateFine {
    CreateFine {
        fine: fine(),
        at: at(),
        amount: euros(36),
        article: Some(157),
        points: 0,
        vehicle_class: Some("A".into()),
        officer: Some("541".into()),
        dismissal: Dismissal::No,
    }
}

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
fn nothing_is_due_for_a_fine_that_was_dismissed() {
    for dismissal in [
        Dismissal::ByPrefecture,
        Dismissal::ByJudge,
        Dismissal::Otherwise('A'),
    ] {
        given::<Fine>(fine())
            .events(created(dismissal))
            .when(send())
            .then_state(|fine| {
                assert_eq!(fine.standing().due, Cents::ZERO);
                assert!(!fine.is_paid_in_full());
            });
    }
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

/// An appeal to the prefecture that has come this far.
fn appeal(appeal: Appeal) -> Vec<FineEvent> {
    let steps: Vec<FineEvent> = events![
        AppealedToPrefecture { at: at() },
        PrefectureAppealSent {
            at: at(),
            dismissal: Dismissal::No
        },
        PrefectureResultReceived { at: at() },
        PrefectureResultNotified { at: at() },
    ];
    steps.into_iter().take(appeal as usize).collect()
}

#[test]
fn an_appeal_to_the_prefecture_goes_step_by_step() {
    let (fine, at) = (fine(), at());
    let given = |done| {
        given::<Fine>("A17641".parse().unwrap())
            .events(history(Stage::Created))
            .events(appeal(done))
    };
    let make = || AppealToPrefecture {
        fine: fine.clone(),
        at,
    };
    let send = || SendAppealToPrefecture {
        fine: fine.clone(),
        at,
        dismissal: Dismissal::No,
    };
    let receive = || ReceivePrefectureResult {
        fine: fine.clone(),
        at,
    };
    let notify = || NotifyPrefectureResult {
        fine: fine.clone(),
        at,
    };

    given(Appeal::None)
        .when(make())
        .then_events(events![AppealedToPrefecture { at }]);
    given(Appeal::None)
        .when(send())
        .then_rejected(FineError::AppealNotYet(Appeal::Made));
    given(Appeal::Made)
        .when(make())
        .then_rejected(FineError::AppealAlready(Appeal::Made));
    given(Appeal::Made)
        .when(send())
        .then_events(events![PrefectureAppealSent {
            at,
            dismissal: Dismissal::No
        }]);
    given(Appeal::Made)
        .when(receive())
        .then_rejected(FineError::AppealNotYet(Appeal::Sent));
    given(Appeal::Sent)
        .when(send())
        .then_rejected(FineError::AppealAlready(Appeal::Sent));
    given(Appeal::Sent)
        .when(receive())
        .then_events(events![PrefectureResultReceived { at }]);
    given(Appeal::Sent)
        .when(notify())
        .then_rejected(FineError::AppealNotYet(Appeal::Decided));
    given(Appeal::Decided)
        .when(receive())
        .then_rejected(FineError::AppealAlready(Appeal::Decided));
    given(Appeal::Decided)
        .when(notify())
        .then_events(events![PrefectureResultNotified { at }]);
    given(Appeal::Notified)
        .when(notify())
        .then_rejected(FineError::AppealAlready(Appeal::Notified));
}

#[test]
fn after_credit_collection_no_appeal_is_made_but_one_that_was_made_is_answered() {
    given::<Fine>(fine())
        .events(history(Stage::InCollection))
        .when(AppealToPrefecture {
            fine: fine(),
            at: at(),
        })
        .then_rejected(FineError::Already(Stage::InCollection));
    given::<Fine>(fine())
        .events(history(Stage::Created))
        .events(appeal(Appeal::Made))
        .events(history(Stage::InCollection).split_off(1))
        .when(SendAppealToPrefecture {
            fine: fine(),
            at: at(),
            dismissal: Dismissal::ByPrefecture,
        })
        .then_state(|fine| assert_eq!(fine.standing().due, Cents::ZERO));
}

#[test]
fn a_judge_can_be_asked_at_every_stage_and_again() {
    for stage in [Stage::Created, Stage::Notified, Stage::InCollection] {
        given::<Fine>(fine())
            .events(history(stage))
            .events(events![AppealedToJudge {
                at: at(),
                dismissal: Dismissal::No
            }])
            .when(AppealToJudge {
                fine: fine(),
                at: at(),
                dismissal: Dismissal::ByJudge,
            })
            .then_events(events![AppealedToJudge {
                at: at(),
                dismissal: Dismissal::ByJudge
            }])
            .then_state(|fine| assert_eq!(fine.dismissal(), Dismissal::ByJudge));
    }
}

#[test]
fn a_dismissal_is_not_taken_back() {
    given::<Fine>(fine())
        .events(created(Dismissal::Otherwise('I')))
        .when(AppealToJudge {
            fine: fine(),
            at: at(),
            dismissal: Dismissal::No,
        })
        .then_state(|fine| assert_eq!(fine.dismissal(), Dismissal::Otherwise('I')));
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

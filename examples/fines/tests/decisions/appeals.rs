//! Appeals, and what they dismiss.

use cqrs_testing::{events, given};
use fines::cents::Cents;
use fines::dismissal::Dismissal;
use fines::fine::command::{
    AppealToJudge, AppealToPrefecture, NotifyPrefectureResult, ReceivePrefectureResult,
    SendAppealToPrefecture,
};
use fines::fine::error::FineError;
use fines::fine::event::{
    AppealedToJudge, AppealedToPrefecture, PrefectureAppealSent, PrefectureResultNotified,
    PrefectureResultReceived,
};
use fines::fine::progress::{Appeal, Stage};
use fines::fine::{Fine, FineEvent};

use crate::sample::{at, created, fine, history, send};

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

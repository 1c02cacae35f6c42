//! A fine, what can happen to it, and what can be wanted of it.

use chrono::DateTime;
use cqrs_testing::events;
use fines::cents::Cents;
use fines::dismissal::Dismissal;
use fines::fine::FineEvent;
use fines::fine::command::{
    AddPenalty, CreateFine, NotifyFine, RecordPayment, SendFine, SendForCreditCollection,
};
use fines::fine::event::{
    BusinessTime, FineCreated, FineNotified, FineSent, PaymentReceived, PenaltyAdded,
    SentForCreditCollection,
};
use fines::fine::id::FineId;
use fines::fine::progress::Stage;

pub(crate) fn fine() -> FineId {
    "A17641".parse().unwrap()
}

pub(crate) fn at() -> BusinessTime {
    DateTime::parse_from_rfc3339("2007-07-14T00:00:00+02:00").unwrap()
}

pub(crate) fn euros(euros: u64) -> Cents {
    Cents::new(euros * 100)
}

pub(crate) fn created(dismissal: Dismissal) -> Vec<FineEvent> {
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
pub(crate) fn history(stage: Stage) -> Vec<FineEvent> {
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

pub(crate) fn paid(amount: Cents) -> PaymentReceived {
    PaymentReceived {
        at: at(),
        amount,
        stated_total: None,
    }
}

pub(crate) fn pay(amount: Cents) -> RecordPayment {
    RecordPayment {
        fine: fine(),
        at: at(),
        amount,
        stated_total: None,
    }
}

pub(crate) fn send() -> SendFine {
    SendFine {
        fine: fine(),
        at: at(),
        expense: euros(13),
    }
}

pub(crate) fn notify() -> NotifyFine {
    NotifyFine {
        fine: fine(),
        at: at(),
        last_sent: Some("P".into()),
        notification_type: None,
    }
}

pub(crate) fn penalise(amount: Cents) -> AddPenalty {
    AddPenalty {
        fine: fine(),
        at: at(),
        amount,
    }
}

pub(crate) fn collect() -> SendForCreditCollection {
    SendForCreditCollection {
        fine: fine(),
        at: at(),
    }
}

pub(crate) fn create() -> CreateFine {
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

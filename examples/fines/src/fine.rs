//! The aggregate: what a fine knows about itself, and how each event changes that.
//!
//! The rest of the domain is beside it: `command` and `event` are its words, `decision` its rules, `error` its refusals.

pub mod command;
mod decision;
pub mod error;
pub mod event;
pub mod id;
pub mod progress;
pub mod standing;

use cqrs_core::prelude::*;

use crate::cents::Cents;
use crate::dismissal::Dismissal;
use error::FineError;
use event::{
    AppealedToJudge, AppealedToPrefecture, FineCreated, FineNotified, FineSent, PaymentReceived,
    PenaltyAdded, PrefectureAppealSent, PrefectureResultNotified, PrefectureResultReceived,
    SentForCreditCollection,
};
use id::FineId;
use progress::{Appeal, Stage};

/// A road traffic fine.
#[derive(Aggregate, Clone, Default, Debug, PartialEq)]
#[aggregate(name = "fine", id = FineId, error = FineError)]
#[aggregate(events(
    FineCreated,
    FineSent,
    FineNotified,
    PenaltyAdded,
    PaymentReceived,
    AppealedToPrefecture,
    PrefectureAppealSent,
    PrefectureResultReceived,
    PrefectureResultNotified,
    AppealedToJudge,
    SentForCreditCollection,
))]
pub struct Fine {
    amount: Cents,
    expense: Cents,
    paid: Cents,
    stated_total: Option<Cents>,
    dismissal: Dismissal,
    stage: Stage,
    appeal: Appeal,
}

impl Fine {
    /// How far it has come.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        self.stage
    }

    /// Whether it was dismissed, and by whom.
    #[must_use]
    pub const fn dismissal(&self) -> Dismissal {
        self.dismissal
    }

    /// Whether the payments add up to what the log says at the last of them.
    #[must_use]
    pub fn total_is_as_stated(&self) -> bool {
        self.stated_total.is_none_or(|total| total == self.paid)
    }

    /// Who was dismissed once stays so: a later `NIL` takes nothing back.
    fn dismiss(&mut self, dismissal: Dismissal) {
        if dismissal.is_dismissed() {
            self.dismissal = dismissal;
        }
    }
}

impl Apply<FineCreated> for Fine {
    fn apply(&mut self, event: &FineCreated) {
        self.amount = event.amount;
        self.dismiss(event.dismissal);
    }
}

impl Apply<FineSent> for Fine {
    fn apply(&mut self, event: &FineSent) {
        self.expense = event.expense;
        self.stage = Stage::Sent;
    }
}

impl Apply<FineNotified> for Fine {
    fn apply(&mut self, _: &FineNotified) {
        self.stage = Stage::Notified;
    }
}

impl Apply<PenaltyAdded> for Fine {
    fn apply(&mut self, event: &PenaltyAdded) {
        self.amount = event.amount;
        self.stage = Stage::Penalised;
    }
}

impl Apply<PaymentReceived> for Fine {
    fn apply(&mut self, event: &PaymentReceived) {
        self.paid = self.paid.saturating_add(event.amount);
        self.stated_total = event.stated_total;
    }
}

impl Apply<AppealedToPrefecture> for Fine {
    fn apply(&mut self, _: &AppealedToPrefecture) {
        self.appeal = Appeal::Made;
    }
}

impl Apply<PrefectureAppealSent> for Fine {
    fn apply(&mut self, event: &PrefectureAppealSent) {
        self.appeal = Appeal::Sent;
        self.dismiss(event.dismissal);
    }
}

impl Apply<PrefectureResultReceived> for Fine {
    fn apply(&mut self, _: &PrefectureResultReceived) {
        self.appeal = Appeal::Decided;
    }
}

impl Apply<PrefectureResultNotified> for Fine {
    fn apply(&mut self, _: &PrefectureResultNotified) {
        self.appeal = Appeal::Notified;
    }
}

impl Apply<AppealedToJudge> for Fine {
    fn apply(&mut self, event: &AppealedToJudge) {
        self.dismiss(event.dismissal);
    }
}

impl Apply<SentForCreditCollection> for Fine {
    fn apply(&mut self, _: &SentForCreditCollection) {
        self.stage = Stage::InCollection;
    }
}

//! The rules: what may follow what, and which amounts make sense.
//!
//! The rows of the log happened, so the rules say no only to what can't have happened in this order, or can't be counted.

use cqrs_core::prelude::*;

use super::Fine;
use super::command::{
    AddPenalty, AppealToJudge, AppealToPrefecture, CreateFine, NotifyFine, NotifyPrefectureResult,
    ReceivePrefectureResult, RecordPayment, SendAppealToPrefecture, SendFine,
    SendForCreditCollection,
};
use super::error::FineError;
use super::event::{
    AppealedToJudge, AppealedToPrefecture, FineCreated, FineNotified, FineSent, PaymentReceived,
    PenaltyAdded, PrefectureAppealSent, PrefectureResultNotified, PrefectureResultReceived,
    SentForCreditCollection,
};
use super::progress::{Appeal, Stage};
use crate::cents::Cents;

impl Fine {
    /// The fine goes one stage on: it is at the stage before.
    fn step(&self, from: Stage, to: Stage) -> Result<(), FineError> {
        if self.stage >= to {
            Err(FineError::Already(to))
        } else if self.stage < from {
            Err(FineError::NotYet(from))
        } else {
            Ok(())
        }
    }

    /// The appeal goes one step on: it is at the step before.
    fn appeal_step(&self, from: Appeal, to: Appeal) -> Result<(), FineError> {
        if self.appeal >= to {
            Err(FineError::AppealAlready(to))
        } else if self.appeal < from {
            Err(FineError::AppealNotYet(from))
        } else {
            Ok(())
        }
    }
}

impl Handle<CreateFine> for Fine {
    fn handle(command: &CreateFine, fine: &mut Root<Self>) -> Result<(), FineError> {
        fine.emit(FineCreated {
            at: command.at,
            amount: command.amount,
            article: command.article,
            points: command.points,
            vehicle_class: command.vehicle_class.clone(),
            officer: command.officer.clone(),
            dismissal: command.dismissal,
        });
        Ok(())
    }
}

/// Also after payments, since many pay before the post has come.
impl Handle<SendFine> for Fine {
    fn handle(command: &SendFine, fine: &mut Root<Self>) -> Result<(), FineError> {
        fine.step(Stage::Created, Stage::Sent)?;
        fine.amount
            .checked_add(command.expense)
            .ok_or(FineError::TooMuch)?;
        fine.emit(FineSent {
            at: command.at,
            expense: command.expense,
        });
        Ok(())
    }
}

impl Handle<NotifyFine> for Fine {
    fn handle(command: &NotifyFine, fine: &mut Root<Self>) -> Result<(), FineError> {
        fine.step(Stage::Sent, Stage::Notified)?;
        fine.emit(FineNotified {
            at: command.at,
            last_sent: command.last_sent.clone(),
            notification_type: command.notification_type.clone(),
        });
        Ok(())
    }
}

/// Once, after the delivery, and never downward. Also for a fine that is paid: the payment may have come too late.
impl Handle<AddPenalty> for Fine {
    fn handle(command: &AddPenalty, fine: &mut Root<Self>) -> Result<(), FineError> {
        fine.step(Stage::Notified, Stage::Penalised)?;
        if command.amount < fine.amount {
            return Err(FineError::PenaltyBelowFine {
                fine: fine.amount,
                penalty: command.amount,
            });
        }
        command
            .amount
            .checked_add(fine.expense)
            .ok_or(FineError::TooMuch)?;
        fine.emit(PenaltyAdded {
            at: command.at,
            amount: command.amount,
        });
        Ok(())
    }
}

/// At any time, also too much, also for what was dismissed, also to those who collect debts: money that came is kept.
impl Handle<RecordPayment> for Fine {
    fn handle(command: &RecordPayment, fine: &mut Root<Self>) -> Result<(), FineError> {
        if command.amount == Cents::ZERO {
            return Err(FineError::NothingPaid);
        }
        fine.paid
            .checked_add(command.amount)
            .ok_or(FineError::TooMuch)?;
        fine.emit(PaymentReceived {
            at: command.at,
            amount: command.amount,
            stated_total: command.stated_total,
        });
        Ok(())
    }
}

/// At any stage before credit collection: who was fined on the spot can appeal before anything is sent. What follows of
/// an appeal that was made in time may come later.
impl Handle<AppealToPrefecture> for Fine {
    fn handle(command: &AppealToPrefecture, fine: &mut Root<Self>) -> Result<(), FineError> {
        if fine.stage == Stage::InCollection {
            return Err(FineError::Already(Stage::InCollection));
        }
        fine.appeal_step(Appeal::None, Appeal::Made)?;
        fine.emit(AppealedToPrefecture { at: command.at });
        Ok(())
    }
}

impl Handle<SendAppealToPrefecture> for Fine {
    fn handle(command: &SendAppealToPrefecture, fine: &mut Root<Self>) -> Result<(), FineError> {
        fine.appeal_step(Appeal::Made, Appeal::Sent)?;
        fine.emit(PrefectureAppealSent {
            at: command.at,
            dismissal: command.dismissal,
        });
        Ok(())
    }
}

impl Handle<ReceivePrefectureResult> for Fine {
    fn handle(command: &ReceivePrefectureResult, fine: &mut Root<Self>) -> Result<(), FineError> {
        fine.appeal_step(Appeal::Sent, Appeal::Decided)?;
        fine.emit(PrefectureResultReceived { at: command.at });
        Ok(())
    }
}

impl Handle<NotifyPrefectureResult> for Fine {
    fn handle(command: &NotifyPrefectureResult, fine: &mut Root<Self>) -> Result<(), FineError> {
        fine.appeal_step(Appeal::Decided, Appeal::Notified)?;
        fine.emit(PrefectureResultNotified { at: command.at });
        Ok(())
    }
}

/// At any time, also again, also after credit collection: judges take theirs.
impl Handle<AppealToJudge> for Fine {
    fn handle(command: &AppealToJudge, fine: &mut Root<Self>) -> Result<(), FineError> {
        fine.emit(AppealedToJudge {
            at: command.at,
            dismissal: command.dismissal,
        });
        Ok(())
    }
}

/// Once, after the penalty, and if something is left to collect.
impl Handle<SendForCreditCollection> for Fine {
    fn handle(command: &SendForCreditCollection, fine: &mut Root<Self>) -> Result<(), FineError> {
        fine.step(Stage::Penalised, Stage::InCollection)?;
        let standing = fine.standing();
        if standing.outstanding() == Cents::ZERO {
            return Err(FineError::NothingToCollect {
                due: standing.due,
                paid: standing.paid,
            });
        }
        fine.emit(SentForCreditCollection { at: command.at });
        Ok(())
    }
}

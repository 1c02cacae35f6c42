//! What somebody wants to happen to a fine: one command for each activity of the log.

use cqrs_core::prelude::*;

use super::Fine;
use super::event::BusinessTime;
use super::id::FineId;
use crate::cents::Cents;
use crate::dismissal::Dismissal;

/// Write a fine.
#[derive(Command, Clone, Debug, PartialEq)]
#[command(aggregate = Fine, creates)]
pub struct CreateFine {
    /// Its number.
    #[id]
    pub fine: FineId,
    /// When it was written.
    pub at: BusinessTime,
    /// What it costs.
    pub amount: Cents,
    /// The article of the law that was broken.
    pub article: Option<u32>,
    /// Points taken from the driving licence.
    pub points: u32,
    /// The kind of vehicle.
    pub vehicle_class: Option<String>,
    /// The officer's number.
    pub officer: Option<String>,
    /// Whether it was dismissed without an appeal.
    pub dismissal: Dismissal,
}

/// Send the fine by post.
#[derive(Command, Clone, Debug, PartialEq)]
#[command(aggregate = Fine)]
pub struct SendFine {
    /// Which one.
    #[id]
    pub fine: FineId,
    /// When it was sent.
    pub at: BusinessTime,
    /// What the post costs.
    pub expense: Cents,
}

/// Note that the fine was delivered.
#[derive(Command, Clone, Debug, PartialEq)]
#[command(aggregate = Fine)]
pub struct NotifyFine {
    /// Which one.
    #[id]
    pub fine: FineId,
    /// When it was delivered.
    pub at: BusinessTime,
    /// To whom it went last.
    pub last_sent: Option<String>,
    /// How it was delivered.
    pub notification_type: Option<String>,
}

/// Raise the fine, since the time to pay is over.
#[derive(Command, Clone, Debug, PartialEq)]
#[command(aggregate = Fine)]
pub struct AddPenalty {
    /// Which one.
    #[id]
    pub fine: FineId,
    /// When it rose.
    pub at: BusinessTime,
    /// What it costs from then on.
    pub amount: Cents,
}

/// Take a payment.
#[derive(Command, Clone, Debug, PartialEq)]
#[command(aggregate = Fine)]
pub struct RecordPayment {
    /// For which one.
    #[id]
    pub fine: FineId,
    /// When it was paid.
    pub at: BusinessTime,
    /// How much.
    pub amount: Cents,
    /// What was paid altogether, as the log says.
    pub stated_total: Option<Cents>,
}

/// Note that the offender appeals to the prefecture.
#[derive(Command, Clone, Debug, PartialEq)]
#[command(aggregate = Fine)]
pub struct AppealToPrefecture {
    /// Against which one.
    #[id]
    pub fine: FineId,
    /// When.
    pub at: BusinessTime,
}

/// Send the appeal on to the prefecture.
#[derive(Command, Clone, Debug, PartialEq)]
#[command(aggregate = Fine)]
pub struct SendAppealToPrefecture {
    /// Against which one.
    #[id]
    pub fine: FineId,
    /// When.
    pub at: BusinessTime,
    /// What became of it.
    pub dismissal: Dismissal,
}

/// Note the prefecture's result.
#[derive(Command, Clone, Debug, PartialEq)]
#[command(aggregate = Fine)]
pub struct ReceivePrefectureResult {
    /// About which one.
    #[id]
    pub fine: FineId,
    /// When it came.
    pub at: BusinessTime,
}

/// Tell the offender the prefecture's result.
#[derive(Command, Clone, Debug, PartialEq)]
#[command(aggregate = Fine)]
pub struct NotifyPrefectureResult {
    /// About which one.
    #[id]
    pub fine: FineId,
    /// When.
    pub at: BusinessTime,
}

/// Note that the offender appeals to a judge.
#[derive(Command, Clone, Debug, PartialEq)]
#[command(aggregate = Fine)]
pub struct AppealToJudge {
    /// Against which one.
    #[id]
    pub fine: FineId,
    /// When.
    pub at: BusinessTime,
    /// What became of it.
    pub dismissal: Dismissal,
}

/// Hand the fine to those who collect debts.
#[derive(Command, Clone, Debug, PartialEq)]
#[command(aggregate = Fine)]
pub struct SendForCreditCollection {
    /// Which one.
    #[id]
    pub fine: FineId,
    /// When.
    pub at: BusinessTime,
}

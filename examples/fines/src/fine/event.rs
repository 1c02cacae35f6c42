//! What happens to a fine. Each event has the time at which it happened, which is not when it was recorded.

use chrono::{DateTime, FixedOffset};
use cqrs_core::prelude::*;

use crate::cents::Cents;
use crate::dismissal::Dismissal;

/// When something happened, on the clock of the place where it did: the day is the day that people there wrote down.
pub type BusinessTime = DateTime<FixedOffset>;

/// An officer wrote the fine.
#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "fine.created")]
pub struct FineCreated {
    /// When.
    pub at: BusinessTime,
    /// What it costs.
    pub amount: Cents,
    /// The article of the law that was broken.
    pub article: Option<u32>,
    /// Points taken from the driving licence.
    pub points: u32,
    /// The kind of vehicle, for instance `A` for a car.
    pub vehicle_class: Option<String>,
    /// The officer's number.
    pub officer: Option<String>,
    /// Whether it was dismissed without an appeal.
    pub dismissal: Dismissal,
}

/// The fine was sent by post.
#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "fine.sent")]
pub struct FineSent {
    /// When.
    pub at: BusinessTime,
    /// What the post costs the offender.
    pub expense: Cents,
}

/// The fine was delivered to the offender.
#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "fine.notified")]
pub struct FineNotified {
    /// When.
    pub at: BusinessTime,
    /// To whom it went last: a code of the log.
    pub last_sent: Option<String>,
    /// How it was delivered: a code of the log.
    pub notification_type: Option<String>,
}

/// The time to pay was over, so the fine rose.
#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "fine.penalty_added")]
pub struct PenaltyAdded {
    /// When.
    pub at: BusinessTime,
    /// What the fine costs from now on, instead of what it cost before.
    pub amount: Cents,
}

/// Somebody paid.
#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "fine.paid")]
pub struct PaymentReceived {
    /// When.
    pub at: BusinessTime,
    /// How much.
    pub amount: Cents,
    /// What was paid altogether, as the log says.
    pub stated_total: Option<Cents>,
}

/// The offender appealed to the prefecture.
#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "fine.appealed_to_prefecture")]
pub struct AppealedToPrefecture {
    /// When.
    pub at: BusinessTime,
}

/// The appeal was sent on to the prefecture.
#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "fine.prefecture_appeal_sent")]
pub struct PrefectureAppealSent {
    /// When.
    pub at: BusinessTime,
    /// What became of it: the log writes it here, also when the result came later.
    pub dismissal: Dismissal,
}

/// The prefecture's result came.
#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "fine.prefecture_result_received")]
pub struct PrefectureResultReceived {
    /// When.
    pub at: BusinessTime,
}

/// The offender was told the prefecture's result.
#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "fine.prefecture_result_notified")]
pub struct PrefectureResultNotified {
    /// When.
    pub at: BusinessTime,
}

/// The offender appealed to a judge.
#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "fine.appealed_to_judge")]
pub struct AppealedToJudge {
    /// When.
    pub at: BusinessTime,
    /// What became of it.
    pub dismissal: Dismissal,
}

/// The fine was handed to those who collect debts.
#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "fine.sent_for_credit_collection")]
pub struct SentForCreditCollection {
    /// When.
    pub at: BusinessTime,
}

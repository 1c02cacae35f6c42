//! A row of the log, read: from the fields of a line to a typed command.

pub mod columns;
pub mod error;
mod fields;
pub mod key;
pub mod lines;

use crate::activity::Activity;
use crate::fine::command::{
    AddPenalty, AppealToJudge, AppealToPrefecture, CreateFine, NotifyFine, NotifyPrefectureResult,
    ReceivePrefectureResult, RecordPayment, SendAppealToPrefecture, SendFine,
    SendForCreditCollection,
};
use crate::fine::event::BusinessTime;
use crate::fine::id::FineId;
use columns::{Column, Columns};
use error::RowError;
use fields::Fields;
use key::Content;

/// A row of the log that says something a fine can decide about.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The line of the file, from 1.
    pub line: u64,
    /// Which fine it is about.
    pub fine: FineId,
    /// What it says was done.
    pub activity: Activity,
    /// When it says it was done.
    pub at: BusinessTime,
    /// What all its fields come to.
    pub content: Content,
    /// Which of the rows of this content in its file it is, from 1.
    pub occurrence: u32,
    /// What it wants.
    pub command: FineCommand,
}

/// A command for each activity of the log.
#[expect(missing_docs, reason = "each variant is the command of its name")]
#[derive(Clone, Debug, PartialEq)]
pub enum FineCommand {
    Create(CreateFine),
    Send(SendFine),
    Notify(NotifyFine),
    AddPenalty(AddPenalty),
    RecordPayment(RecordPayment),
    AppealToPrefecture(AppealToPrefecture),
    SendAppealToPrefecture(SendAppealToPrefecture),
    ReceivePrefectureResult(ReceivePrefectureResult),
    NotifyPrefectureResult(NotifyPrefectureResult),
    AppealToJudge(AppealToJudge),
    SendForCreditCollection(SendForCreditCollection),
}

impl Row {
    /// Reads the fields of one line, as the first of its content.
    ///
    /// # Errors
    ///
    /// [`RowError`] says what is wrong with the first field that is.
    pub fn read(line: u64, columns: &Columns, record: &csv::ByteRecord) -> Result<Self, RowError> {
        let fields = Fields::new(columns, record)?;
        let fine = fields.fine_id()?;
        let activity = fields.activity()?;
        fields.check_completed()?;
        fields.check_money(activity)?;
        let at = fields.time()?;
        let command = command(activity, fine.clone(), at, &fields)?;
        Ok(Self {
            line,
            fine,
            activity,
            at,
            content: Content::of(&fields),
            occurrence: 1,
            command,
        })
    }
}

fn command(
    activity: Activity,
    fine: FineId,
    at: BusinessTime,
    fields: &Fields,
) -> Result<FineCommand, RowError> {
    Ok(match activity {
        Activity::CreateFine => FineCommand::Create(CreateFine {
            fine,
            at,
            amount: fields.amount(Column::Amount)?,
            article: fields.optional_number(Column::Article)?,
            points: fields.optional_number(Column::Points)?.unwrap_or(0),
            vehicle_class: fields.optional_code(Column::VehicleClass)?,
            officer: fields.optional_code(Column::Resource)?,
            dismissal: fields.dismissal()?,
        }),
        Activity::SendFine => {
            let expense = fields.amount(Column::Expense)?;
            FineCommand::Send(SendFine { fine, at, expense })
        }
        Activity::InsertFineNotification => FineCommand::Notify(NotifyFine {
            fine,
            at,
            last_sent: fields.optional_code(Column::LastSent)?,
            notification_type: fields.optional_code(Column::NotificationType)?,
        }),
        Activity::AddPenalty => {
            let amount = fields.amount(Column::Amount)?;
            FineCommand::AddPenalty(AddPenalty { fine, at, amount })
        }
        Activity::Payment => FineCommand::RecordPayment(RecordPayment {
            fine,
            at,
            amount: fields.amount(Column::PaymentAmount)?,
            stated_total: fields.optional_amount(Column::TotalPaymentAmount)?,
        }),
        Activity::InsertDateAppealToPrefecture => {
            FineCommand::AppealToPrefecture(AppealToPrefecture { fine, at })
        }
        Activity::SendAppealToPrefecture => {
            let dismissal = fields.dismissal()?;
            FineCommand::SendAppealToPrefecture(SendAppealToPrefecture {
                fine,
                at,
                dismissal,
            })
        }
        Activity::ReceiveResultAppealFromPrefecture => {
            FineCommand::ReceivePrefectureResult(ReceivePrefectureResult { fine, at })
        }
        Activity::NotifyResultAppealToOffender => {
            FineCommand::NotifyPrefectureResult(NotifyPrefectureResult { fine, at })
        }
        Activity::AppealToJudge => {
            let dismissal = fields.dismissal()?;
            FineCommand::AppealToJudge(AppealToJudge {
                fine,
                at,
                dismissal,
            })
        }
        Activity::SendForCreditCollection => {
            FineCommand::SendForCreditCollection(SendForCreditCollection { fine, at })
        }
    })
}

//! The history of one fine: what happened to it, and where it stood each time.

use chrono::NaiveDate;
use cqrs_core::domain::aggregate::Aggregate;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::events::ReadError;
use cqrs_core::words::event::Recorded;

use crate::fine::event::BusinessTime;
use crate::fine::id::FineId;
use crate::fine::standing::Standing;
use crate::fine::{Fine, FineEvent};

/// What happened to a fine, in the order of the log.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// Which fine.
    pub id: FineId,
    /// What happened.
    pub entries: Vec<Entry>,
    /// What it became by that.
    pub fine: Fine,
    /// How many events were left out, since they are later than the day that was asked for.
    pub later: usize,
}

/// One thing that happened to a fine.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What happened.
    pub event: FineEvent,
    /// Where the fine stood then.
    pub standing: Standing,
}

/// A history that can't be told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// There is no such fine.
    #[error("there is no fine {0}")]
    Unknown(FineId),
    /// The id is no stream key. The rule of [`FineId`] sees to it that this can't be.
    #[error(transparent)]
    Invalid(#[from] cqrs_core::words::error::InvalidWord),
    /// The log can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl History {
    /// Reads what happened to a fine, up to and with a day of the calendar where it happened.
    ///
    /// # Errors
    ///
    /// [`HistoryError`] when there is no such fine, or the log can't be read.
    pub async fn load(
        cqrs: &Cqrs,
        id: FineId,
        as_of: Option<NaiveDate>,
    ) -> Result<Self, HistoryError> {
        let (mut entries, mut fine, mut later) = (Vec::new(), Fine::default(), 0);
        let mut history = cqrs.repository::<Fine>().history(&id)?;
        while let Some(Recorded { event, .. }) = history.next().await? {
            if as_of.is_some_and(|day| event.at().date_naive() > day) {
                later += 1;
                continue;
            }
            fine.apply_event(&event);
            let standing = fine.standing();
            entries.push(Entry { event, standing });
        }
        if entries.is_empty() && later == 0 {
            return Err(HistoryError::Unknown(id));
        }
        Ok(Self {
            id,
            entries,
            fine,
            later,
        })
    }
}

impl FineEvent {
    /// When it happened.
    #[must_use]
    pub const fn at(&self) -> BusinessTime {
        match self {
            Self::FineCreated(event) => event.at,
            Self::FineSent(event) => event.at,
            Self::FineNotified(event) => event.at,
            Self::PenaltyAdded(event) => event.at,
            Self::PaymentReceived(event) => event.at,
            Self::AppealedToPrefecture(event) => event.at,
            Self::PrefectureAppealSent(event) => event.at,
            Self::PrefectureResultReceived(event) => event.at,
            Self::PrefectureResultNotified(event) => event.at,
            Self::AppealedToJudge(event) => event.at,
            Self::SentForCreditCollection(event) => event.at,
        }
    }
}

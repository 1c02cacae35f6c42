//! The report: what the log says about all fines together.
//!
//! It is folded from the events in the log and from nothing else, so it is the same however often a file was imported.

use std::collections::HashMap;

use cqrs_core::domain::aggregate::Aggregate;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::events::ReadError;
use cqrs_core::words::event::Recorded;
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::StreamId;

use crate::cents::Cents;
use crate::fine::progress::Stage;
use crate::fine::{Fine, FineEvent};

/// What the log says about all fines together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many fines there are.
    pub fines: u64,
    /// How many events they have.
    pub events: u64,
    /// How many payments were made.
    pub payments: u64,
    /// What was paid altogether.
    pub paid: Cents,
    /// What is still to be paid altogether.
    pub outstanding: Cents,
    /// For how many fines something is still to be paid.
    pub unpaid: u64,
    /// How many fines were paid, all of them.
    pub paid_in_full: u64,
    /// How many fines have more paid than was due.
    pub overpaid: u64,
    /// How much more that is.
    pub overpayment: Cents,
    /// How many fines were dismissed.
    pub dismissed: u64,
    /// How many fines were sent for credit collection.
    pub in_collection: u64,
    /// How many fines have payments that do not add up to what the log says.
    pub other_total: u64,
}

impl Report {
    /// Reads all events of fines, page by page.
    ///
    /// # Errors
    ///
    /// [`ReadError`] when the log can't be read, or has what no version of this program wrote.
    pub async fn from_log(cqrs: &Cqrs) -> Result<Self, ReadError> {
        let mut fines: HashMap<StreamId, Fine> = HashMap::new();
        let mut report = Self::default();
        let mut events = cqrs.read_log::<FineEvent>(Position::START);
        while let Some(Recorded { event, stream, .. }) = events.next().await? {
            report.events += 1;
            report.payments += u64::from(matches!(event, FineEvent::PaymentReceived(_)));
            fines.entry(stream).or_default().apply_event(&event);
        }
        for fine in fines.values() {
            report.count(fine);
        }
        Ok(report)
    }

    fn count(&mut self, fine: &Fine) {
        let standing = fine.standing();
        let (outstanding, overpaid) = (standing.outstanding(), standing.overpaid());
        self.fines += 1;
        self.paid = self.paid.saturating_add(standing.paid);
        self.outstanding = self.outstanding.saturating_add(outstanding);
        self.unpaid += u64::from(outstanding > Cents::ZERO);
        self.paid_in_full += u64::from(fine.is_paid_in_full());
        self.overpaid += u64::from(overpaid > Cents::ZERO);
        self.overpayment = self.overpayment.saturating_add(overpaid);
        self.dismissed += u64::from(fine.dismissal().is_dismissed());
        self.in_collection += u64::from(fine.stage() == Stage::InCollection);
        self.other_total += u64::from(!fine.total_is_as_stated());
    }
}

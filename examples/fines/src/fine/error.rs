//! Why a fine refuses a command.

use super::progress::{Appeal, Stage};
use crate::cents::Cents;

/// Why a fine refuses a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FineError {
    /// It can't have come this far twice.
    #[error("the fine has been {0} already")]
    Already(Stage),
    /// It must have come this far first.
    #[error("the fine has not been {0} yet")]
    NotYet(Stage),
    /// Its appeal can't have come this far twice.
    #[error("the fine's appeal to the prefecture has been {0} already")]
    AppealAlready(Appeal),
    /// Its appeal must have come this far first.
    #[error("the fine's appeal to the prefecture has not been {0} yet")]
    AppealNotYet(Appeal),
    /// A penalty raises a fine.
    #[error("a penalty can't lower the fine from {fine} to {penalty}")]
    PenaltyBelowFine {
        /// What it costs.
        fine: Cents,
        /// What it would cost.
        penalty: Cents,
    },
    /// Nothing is no payment.
    #[error("a payment of nothing is none")]
    NothingPaid,
    /// Who owes nothing has nothing to collect from.
    #[error("nothing is left to collect: {paid} of {due} are paid")]
    NothingToCollect {
        /// What is due altogether.
        due: Cents,
        /// What was paid of it.
        paid: Cents,
    },
    /// The sum is more than 64 bits hold.
    #[error("the amounts of the fine add up to more than can be counted")]
    TooMuch,
}

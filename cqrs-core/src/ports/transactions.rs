//! The port of backends whose transactions users can write in.

use std::future::Future;

use super::advance::{Advance, AdvanceError};
use super::error::{BoxError, StoreError};
use super::read_side::ReadSide;
use crate::words::generation::GenerationId;

/// A backend that lets a user's own writes and a processor's checkpoint be one transaction.
///
/// It names the backend's own type, so unlike the other ports it can't be made into an object.
///
/// # Guarantees
///
/// - P1: what was written through the transaction is recorded together with the advance, or not at all.
pub trait Transactions: ReadSide {
    /// A transaction in which the user writes.
    type Tx: Send + 'static;

    /// Begins a transaction in the place of this generation: where the backend can, unqualified names of tables belong to
    /// the generation, so that a rebuild has tables of its own.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be reached.
    fn begin(&self, of: &GenerationId)
    -> impl Future<Output = Result<Self::Tx, StoreError>> + Send;

    /// Ends the transaction together with the advance. A transaction that is dropped instead has written nothing.
    ///
    /// # Errors
    ///
    /// As those of [`advance`](super::advance::AdvanceProcessors::advance).
    fn advance_in(
        &self,
        transaction: Self::Tx,
        advance: Advance,
    ) -> impl Future<Output = Result<(), AdvanceError>> + Send;

    /// Says whose fault it is that the user's code could not go on with this transaction, which is over: the user's, or that
    /// of the store. A lost connection and a deadlock are no fault of the event that was handled just then. The user's
    /// where nothing is said.
    fn blame(&self, transaction: Self::Tx, error: BoxError) -> impl Future<Output = Blame> + Send {
        drop(transaction);
        std::future::ready(Blame::User(error))
    }

    /// Ends the transaction by itself: for what is done before there is anything to advance.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store could not do it.
    fn commit(&self, transaction: Self::Tx) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Whose fault it is that a user's writes failed. They were not recorded.
#[derive(Debug)]
pub enum Blame {
    /// The store's, for a passing reason: the batch is tried again as it is.
    Store(StoreError),
    /// The user's code, or the event: the error policy is asked.
    User(BoxError),
}

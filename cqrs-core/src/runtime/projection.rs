//! Projections: read models in the user's own tables, in the same transaction as the checkpoint.

use std::future::Future;

use crate::encoding::event::EventSet;
use crate::ports::error::BoxError;
use crate::ports::transactions::Transactions;
use crate::words::event::Recorded;
use crate::words::partition::PartitionCount;
use crate::words::processor::ProcessorName;
use crate::words::run::Run;
use crate::words::start::StartFrom;

/// A read model in tables of your own, on one backend. A plain `total = total + $1` is right: what it writes and the
/// checkpoint are one transaction, so that each event counts exactly once (P1).
///
/// It is registered with [`projection`](super::builder::CqrsBuilder::projection), on the backend that it is for.
///
/// ### Note: changing a projection
/// Raise [`VERSION`](Projection::VERSION) whenever the tables would not be what today's code makes of the events. The
/// next generation gets tables of its own, by [`setup`](Projection::setup), beside the live ones, and replaces them in one
/// step (P4).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no projection for `{B}`",
    label = "its tables are not in `{B}`",
    note = "a projection is registered on the backend that it names: write `impl Projection<{B}> for {Self}`, or make it a `View`, which runs on every backend"
)]
pub trait Projection<B: Transactions>: Send + Sync + 'static {
    /// The durable name.
    const NAME: ProcessorName;

    /// The version of the tables and of what is written to them.
    const VERSION: u32 = 1;

    /// Into how many partitions the keys are shared out: one where nothing is said, so that all events come in the order of
    /// the log. With more, the events of one key do, and several nodes share the work.
    const PARTITIONS: PartitionCount = PartitionCount::ONE;

    /// From where the first generation starts.
    const START: StartFrom = StartFrom::Beginning;

    /// When it is written: [`Run::Inline`] for one that nobody may read older than what is recorded. Then
    /// [`project`](Projection::project) runs inside of the append, which all other appends of the same rows and all
    /// readers of the log wait for: let it do nothing but write.
    const RUN: Run = Run::Behind;

    /// What it reads; any set, also one that mixes the events of several aggregates.
    type Event: EventSet;

    /// Why it can fail. The error policy decides then whether to try again.
    type Error: Into<BoxError> + Send;

    /// What the events are put in order by, and what waits when one of them fails. The stream where nothing is said.
    fn key(event: &Recorded<Self::Event>) -> String {
        event.stream.to_string()
    }

    /// Makes the tables, unless they are there. Called at each start, before the first event.
    ///
    /// # Errors
    ///
    /// Anything that stands in the way: it is called again.
    fn setup(&self, tx: &mut B::Tx) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Writes what one event means.
    ///
    /// # Errors
    ///
    /// Anything that stands in the way. Nothing of the batch is written then. The error policy is asked, unless the store was at
    /// fault, by a lost connection or a deadlock: then the batch is tried again as it is, and counts as no attempt. Five
    /// times in a row, that is: an event at which the connection is lost each time has something to do with it.
    fn project(
        &self,
        event: &Recorded<Self::Event>,
        tx: &mut B::Tx,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Writes what several events mean, in order. One after the other where nothing is said; faster in few statements.
    ///
    /// # Errors
    ///
    /// As [`project`](Projection::project). The batch is run event by event then, to find the one that fails.
    fn project_batch(
        &self,
        events: &[&Recorded<Self::Event>],
        tx: &mut B::Tx,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        async move {
            for event in events {
                self.project(event, tx).await?;
            }
            Ok(())
        }
    }
}

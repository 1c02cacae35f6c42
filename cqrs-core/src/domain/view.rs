//! Views: read models of one document per key, on any backend.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

use crate::encoding::event::EventSet;
use crate::words::event::Recorded;
use crate::words::partition::PartitionCount;
use crate::words::processor::ProcessorName;
use crate::words::run::Run;
use crate::words::start::StartFrom;

/// A read model: one document per key, each the fold of the events that are about it.
///
/// A document begins at [`Default`], is kept as JSON by serde, and is read by
/// [`Cqrs::view`](crate::runtime::app::Cqrs::view). Each event is in it exactly once (P1).
///
/// ### Note: changing a view
/// Raise [`VERSION`](View::VERSION) whenever old documents would not be what today's code makes of the events. At the
/// next start a new generation is built beside the live one, and replaces it in one step when it has caught up (P4).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a view",
    label = "this type is not a view",
    note = "write `impl View for {Self} {{ … }}` on a struct with `#[derive(Serialize, Deserialize, Default)]`"
)]
pub trait View: Serialize + for<'de> Deserialize<'de> + Default + Send + Sync + 'static {
    /// The durable name.
    const NAME: ProcessorName;

    /// The version of what [`apply`](View::apply) makes of the events.
    const VERSION: u32 = 1;

    /// Into how many partitions the keys are shared out. Change it together with the version.
    const PARTITIONS: PartitionCount = PartitionCount::DEFAULT;

    /// From where the first generation starts.
    const START: StartFrom = StartFrom::Beginning;

    /// When it is written: [`Run::Inline`] for one that nobody may read older than what is recorded.
    const RUN: Run = Run::Behind;

    /// What it reads; any set, also one that mixes the events of several aggregates.
    type Event: EventSet;

    /// What names a document: an id, a text, a number. Its text is the durable key.
    type Key: Display + Send + Sync + 'static;

    /// Which documents the event is about: none, one or several.
    fn keys(event: &Recorded<Self::Event>) -> impl IntoIterator<Item = Self::Key>;

    /// Takes an event into the document. It never fails and never has effects.
    fn apply(&mut self, event: &Recorded<Self::Event>);

    /// Whether the document is to be deleted, asked after each event. The next event of its key begins a new one.
    fn is_deleted(&self) -> bool {
        false
    }
}

//! Aggregates: state that only events change.

use super::snapshots::SnapshotPolicy;
use crate::encoding::event::EventSet;
use crate::words::error::InvalidWord;
use crate::words::stream::{Category, StreamId, StreamKey};

/// Something with an identity that decides about commands and whose state is the fold of its events. Derived.
///
/// The state begins at [`Default`], and [`apply_event`](Aggregate::apply_event) is the only way on. It never fails and never has
/// effects: what is recorded has happened.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an aggregate",
    label = "this type is not an aggregate",
    note = "write `#[derive(Aggregate, Default)]`, `#[aggregate(name = \"…\", id = …, error = …)]` and `#[aggregate(events(…))]` on `{Self}`"
)]
pub trait Aggregate: Default + Send + Sync + 'static {
    /// The category of its streams. Never change it once an event is recorded.
    const CATEGORY: Category;

    /// What identifies one of them.
    type Id: AggregateId;

    /// What happens to them.
    type Event: EventSet;

    /// Why they refuse commands.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Whether snapshots of it are taken, and when: none where nothing is said. Needs a state that serde can write and read.
    const SNAPSHOTS: Option<SnapshotPolicy<Self>> = None;

    /// Takes one event into the state.
    fn apply_event(&mut self, event: &Self::Event);

    /// A copy of the state, if there can be one: derived for states that are [`Clone`].
    ///
    /// While several nodes write to one aggregate, a copy from before the decision and the events that a conflict uncovers make
    /// the state to decide on again. Without a copy the aggregate is loaded again.
    #[must_use]
    fn copied(&self) -> Option<Self> {
        None
    }

    /// The stream of the aggregate with this id.
    ///
    /// # Errors
    ///
    /// [`InvalidWord`] when the id is no [`StreamKey`].
    fn stream(id: &Self::Id) -> Result<StreamId, InvalidWord> {
        Ok(StreamId::new(Self::CATEGORY, id.stream_key()?))
    }
}

/// How one kind of event changes the state. One `impl` for each event of the aggregate, or one for the whole
/// hand-written enum. An empty `impl` says that the event is worth recording but changes nothing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how `{E}` changes it",
    label = "`Apply<{E}>` is missing",
    note = "write `impl Apply<{E}> for {Self} {{ fn apply(&mut self, event: &{E}) {{ … }} }}`"
)]
pub trait Apply<E> {
    /// Takes the event into the state. Without a body it changes nothing.
    fn apply(&mut self, event: &E) {
        let _ = event;
    }
}

/// Identifies one aggregate of its kind. Derived for newtypes over `Uuid`, `String` and integers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not identify an aggregate",
    label = "this type is no aggregate id",
    note = "write `#[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]` on a newtype, for instance `struct AccountId(Uuid);`"
)]
pub trait AggregateId:
    Clone + Eq + std::hash::Hash + std::fmt::Debug + Send + Sync + 'static
{
    /// The key of the aggregate's stream. Two ids that differ have keys that differ, for ever.
    ///
    /// # Errors
    ///
    /// [`InvalidWord`] when the id's text breaks the rule of [`StreamKey`].
    fn stream_key(&self) -> Result<StreamKey, InvalidWord>;
}

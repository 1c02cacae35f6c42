//! What an aggregate can emit.

use super::aggregate::Aggregate;

/// An event of an aggregate: its set of events, or whatever converts into it, which is each event in the list of
/// `#[aggregate(events(…))]`. Nobody implements it: `From` for the set is all that it takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event of `{A}`",
    label = "`{A}` has no such event",
    note = "add it to `#[aggregate(events(…))]` of `{A}` and write `impl Apply<{Self}> for {A}`; where the enum of its events is hand-written, emit a variant of it"
)]
pub trait EventOf<A: Aggregate> {
    /// As the set has it.
    fn into_event(self) -> A::Event;
}

#[diagnostic::do_not_recommend]
impl<A: Aggregate, E: Into<A::Event>> EventOf<A> for E {
    fn into_event(self) -> A::Event {
        self.into()
    }
}

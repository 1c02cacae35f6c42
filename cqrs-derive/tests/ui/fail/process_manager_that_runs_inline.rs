//! A process manager sends commands of its own, which are appends of their own: it has no `RUN`.

use cqrs_core::prelude::*;

#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
enum LampEvent {
    #[event(name = "lamp.switched_on")]
    SwitchedOn,
}

#[derive(Serialize, Deserialize, Default)]
struct Saving;

impl ProcessManager for Saving {
    const NAME: ProcessorName = ProcessorName::from_static("saving");
    const START: StartFrom = StartFrom::Beginning;
    const RUN: Run = Run::Inline;
    type Event = LampEvent;
    type Command = NoCommands;
    type Key = u64;

    fn correlate(_: &Recorded<LampEvent>) -> Option<u64> {
        None
    }

    fn react(&mut self, _: &Recorded<LampEvent>, _: &mut Reactions<NoCommands>) {}

    fn rejected(&mut self, _: &NoCommands, _: &Rejection, _: &mut Reactions<NoCommands>) {}
}

fn main() {}

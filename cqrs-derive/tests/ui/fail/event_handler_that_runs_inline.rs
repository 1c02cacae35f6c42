//! An event handler has effects outside, which can't be part of an append: it has no `RUN`.

use cqrs_core::prelude::*;

#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
enum LampEvent {
    #[event(name = "lamp.switched_on")]
    SwitchedOn,
}

struct Mail;

impl EventHandler for Mail {
    const NAME: ProcessorName = ProcessorName::from_static("mail");
    const START: StartFrom = StartFrom::Now;
    const RUN: Run = Run::Inline;
    type Event = LampEvent;
    type Command = NoCommands;
    type Error = std::io::Error;

    async fn handle(&self, _: &Recorded<LampEvent>, _: &mut Delivery<NoCommands>) -> Result<(), std::io::Error> {
        Ok(())
    }
}

fn main() {}

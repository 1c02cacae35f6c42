use cqrs_core::prelude::*;

#[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
struct Id(u64);

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "ticked")]
struct Ticked;

#[derive(Aggregate, Default)]
#[aggregate(name = "clock", id = Id, events(Ticked))]
struct Clock;

impl Apply<Ticked> for Clock {}

#[derive(Command)]
#[command(aggregate = Clock, any)]
struct Tick(#[id] Id);

impl Handle<Tick> for Clock {
    fn handle(_: &Tick, clock: &mut Root<Self>) -> Result<(), std::convert::Infallible> {
        clock.emit(Ticked);
        Ok(())
    }
}

fn main() {
    assert_eq!(<Tick as Command>::NAME, "Tick");
    let refused: Option<<Clock as Aggregate>::Error> = None::<std::convert::Infallible>;
    assert!(refused.is_none());
}

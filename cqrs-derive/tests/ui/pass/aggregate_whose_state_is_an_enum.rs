use cqrs_core::prelude::*;

#[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
struct Id(u64);

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "door.opened")]
struct Opened;

#[derive(Aggregate, Default, Debug, PartialEq)]
#[aggregate(name = "door", id = Id, events(Opened))]
enum Door {
    #[default]
    Closed,
    Open,
}

impl Apply<Opened> for Door {
    fn apply(&mut self, _: &Opened) {
        *self = Self::Open;
    }
}

fn main() {
    let mut door = Door::Closed;
    Aggregate::apply_event(&mut door, &DoorEvent::Opened(Opened));
    assert_eq!(door, Door::Open);
}

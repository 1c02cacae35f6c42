use cqrs_core::prelude::*;

#[path = "../round_trip.rs"]
mod round_trip;

mod account {
    use cqrs_core::prelude::*;

    #[derive(Event, Serialize, Deserialize, Debug, PartialEq)]
    #[event(name = "account.opened", version = 4, oldest = 4)]
    pub struct Opened {
        #[tag("owner")]
        pub owner: String,
    }
}

mod order {
    use cqrs_core::prelude::*;

    #[derive(Event, Serialize, Deserialize, Debug, PartialEq)]
    #[event(name = "order.placed")]
    pub struct Placed(pub u32);
}

#[derive(EventSet, Debug, PartialEq)]
enum Seen {
    Account(account::Opened),
    Order(order::Placed),
}

fn main() {
    let encoded = round_trip::round_trip(Seen::from(account::Opened {
        owner: "ada".into(),
    }));
    assert_eq!(encoded.name.as_str(), "account.opened");
    assert_eq!(encoded.schema_version.get(), 4);
    assert_eq!(encoded.tags[0].as_str(), "owner:ada");
    round_trip::round_trip(Seen::Order(order::Placed(7)));
    assert!(Seen::EVENTS[1].rust_type.ends_with("::order::Placed"));
}

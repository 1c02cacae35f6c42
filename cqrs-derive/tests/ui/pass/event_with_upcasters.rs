use cqrs_core::encoding::error::DecodeError;
use cqrs_core::encoding::upcast::{EventJson, OldEvent, Upcasted, Upcaster};
use cqrs_core::prelude::*;

#[path = "../round_trip.rs"]
mod round_trip;

mod old {
    use super::*;

    pub const OPENED_V1: Upcaster = Upcaster::new("account.opened", 1, |old| {
        old.rename("name", "owner")?;
        let currency = old.recorded().metadata.get("currency").unwrap_or("EUR");
        old.set("currency", currency)?;
        old.as_next_version()
    });

    pub const MOVED: Upcaster = Upcaster::new("account.moved", 1, moved);

    fn moved(old: &mut OldEvent<'_>) -> Upcasted {
        let amount = old.get("amount")?;
        if amount == 0 {
            return Ok(vec![]);
        }
        Ok(vec![
            EventJson::of(&Withdrawn { amount })?,
            EventJson::of(&Deposited { amount })?,
        ])
    }
}

#[derive(Event, Serialize, Deserialize, Debug, PartialEq)]
#[event(name = "account.opened", version = 2, upcasters(old::OPENED_V1))]
struct Opened {
    owner: String,
    currency: String,
}

#[derive(Event, Serialize, Deserialize, Debug, PartialEq)]
#[event(name = "account.withdrawn", upcasters(old::MOVED))]
struct Withdrawn {
    amount: u32,
}

#[derive(Event, Serialize, Deserialize, Debug, PartialEq)]
#[event(name = "account.deposited", upcasters(old::MOVED))]
struct Deposited {
    amount: u32,
}

#[derive(EventSet, Debug, PartialEq)]
enum AccountEvent {
    Opened(Opened),
    Withdrawn(Withdrawn),
    Deposited(Deposited),
}

#[derive(EventSet, Serialize, Deserialize, Debug, PartialEq)]
enum Owners {
    #[event(name = "account.opened", version = 2, upcasters(old::OPENED_V1))]
    Opened { owner: String },
}

fn main() {
    let opened = round_trip::decode::<AccountEvent>("account.opened", 1, r#"{"name":"ada"}"#);
    assert_eq!(opened.unwrap(), AccountEvent::Opened(Opened { owner: "ada".into(), currency: "EUR".into() }));
    let owner = round_trip::decode::<Owners>("account.opened", 1, r#"{"name":"ada"}"#);
    assert_eq!(owner.unwrap(), Owners::Opened { owner: "ada".into() });

    let moved = round_trip::decode_parts::<AccountEvent>("account.moved", 1, r#"{"amount":7}"#);
    let moved: Vec<_> = moved.unwrap().into_iter().map(|(part, event)| (part.to_string(), event)).collect();
    assert_eq!(
        moved,
        [
            ("part 1 of 2".to_string(), AccountEvent::Withdrawn(Withdrawn { amount: 7 })),
            ("part 2 of 2".to_string(), AccountEvent::Deposited(Deposited { amount: 7 })),
        ]
    );
    let nothing = round_trip::decode_parts::<AccountEvent>("account.moved", 1, r#"{"amount":0}"#);
    assert!(nothing.unwrap().is_empty());

    let error = round_trip::decode::<AccountEvent>("account.opened", 1, "{}").unwrap_err();
    assert!(matches!(error, DecodeError::Upcast { .. }), "{error}");
    let why = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(why, "the upcaster finds no field `name` in the payload");
}

use cqrs_core::prelude::*;

#[derive(EventField, Serialize, Deserialize)]
#[event_field(describe = "IBAN")]
struct Iban(String);

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.opened")]
struct AccountOpened {
    #[event_field(descirbe = "IBAN", sample = "1")]
    iban: Iban,
}

fn main() {}

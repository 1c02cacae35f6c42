use cqrs_core::prelude::*;

#[path = "../round_trip.rs"]
mod round_trip;
use round_trip::{decode, round_trip};

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Address {
    street: String,
}

#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase")]
enum AccountEvent {
    #[event(name = "closed")]
    Closed,
    #[event(name = "opened")]
    #[serde(alias = "started")]
    Opened {
        first_name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    #[event(name = "moved")]
    Moved {
        #[serde(flatten)]
        address: Address,
        #[serde(skip)]
        cached: u8,
    },
}

fn main() {
    let opened = AccountEvent::Opened {
        first_name: "ada".into(),
        note: None,
    };
    assert_eq!(
        round_trip(opened.clone()).payload.as_str(),
        r#"{"firstName":"ada"}"#
    );
    assert_eq!(
        decode::<AccountEvent>("opened", 1, r#"{"firstName":"ada"}"#).unwrap(),
        opened
    );
    let address = Address { street: "x".into() };
    let encoded = round_trip(AccountEvent::Moved { address, cached: 0 });
    assert_eq!(encoded.payload.as_str(), r#"{"street":"x"}"#);
}

use cqrs_core::prelude::*;

#[path = "../round_trip.rs"]
mod round_trip;
use round_trip::round_trip;

#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
enum AccountEvent {
    #[event(name = "account.opened")]
    Opened { owner: String },
    #[event(name = "account.deposited", version = 2, oldest = 2)]
    Deposited { amount: i64 },
}

fn main() {
    let encoded = round_trip(AccountEvent::Opened {
        owner: "ada".into(),
    });
    assert_eq!(encoded.name.as_str(), "account.opened");
    assert_eq!(encoded.payload.as_str(), r#"{"owner":"ada"}"#);
    let encoded = round_trip(AccountEvent::Deposited { amount: i64::MIN });
    assert_eq!(encoded.schema_version.get(), 2);
    let [opened, deposited] = AccountEvent::EVENTS else {
        panic!()
    };
    assert!(opened.rust_type.ends_with("::AccountEvent::Opened"));
    assert_eq!(deposited.name.as_str(), "account.deposited");
}

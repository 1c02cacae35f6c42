use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "account.opened")]
struct AccountOpened {
    owner: String,
}

fn main() {
    assert_eq!(AccountOpened::NAME.as_str(), "account.opened");
    assert_eq!(AccountOpened::SCHEMA_VERSION.get(), 1);
    assert!(AccountOpened::RUST_TYPE.ends_with("::AccountOpened"));
    let event = AccountOpened {
        owner: "ada".into(),
    };
    assert_eq!(event.tags(), Ok(Vec::new()));
}

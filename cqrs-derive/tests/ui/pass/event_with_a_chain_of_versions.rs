use cqrs_core::prelude::*;

#[path = "../round_trip.rs"]
mod round_trip;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.created")]
struct AccountCreated {
    name: String,
}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.opened", version = 2, previous = AccountCreated, alias = "account.created")]
struct AccountOpenedV2 {
    owner: String,
}

#[derive(Event, Serialize, Deserialize, Debug, PartialEq)]
#[event(
    name = "account.opened",
    version = 3,
    previous = AccountOpenedV2,
    alias("account.created", "account.begun")
)]
struct AccountOpened {
    owner: String,
    currency: String,
}

impl From<AccountCreated> for AccountOpenedV2 {
    fn from(old: AccountCreated) -> Self {
        Self { owner: old.name }
    }
}

impl From<AccountOpenedV2> for AccountOpened {
    fn from(old: AccountOpenedV2) -> Self {
        Self {
            owner: old.owner,
            currency: "EUR".into(),
        }
    }
}

#[derive(EventSet, Serialize, Deserialize, Debug, PartialEq)]
enum AccountEvent {
    Opened(AccountOpened),
    #[event(name = "account.closed", version = 2, previous = ClosedV1, alias = "account.ended")]
    Closed { why: String },
}

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.closed")]
struct ClosedV1;

impl From<ClosedV1> for AccountEvent {
    fn from(_: ClosedV1) -> Self {
        Self::Closed { why: "".into() }
    }
}

fn opened() -> AccountEvent {
    AccountEvent::Opened(AccountOpened {
        owner: "ada".into(),
        currency: "EUR".into(),
    })
}

fn main() {
    round_trip::round_trip(opened());
    let today = r#"{"owner":"ada","currency":"EUR"}"#;
    for (name, version, payload) in [
        ("account.opened", 3, today),
        ("account.begun", 3, today),
        ("account.opened", 2, r#"{"owner":"ada"}"#),
        ("account.created", 1, r#"{"name":"ada"}"#),
        ("account.opened", 1, r#"{"name":"ada"}"#),
    ] {
        assert_eq!(round_trip::decode::<AccountEvent>(name, version, payload).unwrap(), opened());
    }
    let closed = AccountEvent::Closed { why: "".into() };
    for (name, version, payload) in [
        ("account.closed", 1, "null"),
        ("account.ended", 1, "null"),
        ("account.ended", 2, r#"{"why":""}"#),
    ] {
        assert_eq!(round_trip::decode::<AccountEvent>(name, version, payload).unwrap(), closed);
    }
    let names: Vec<_> = AccountEvent::names().iter().map(|name| name.to_string()).collect();
    let all = ["account.opened", "account.created", "account.begun", "account.closed", "account.ended"];
    assert_eq!(names, all);
}

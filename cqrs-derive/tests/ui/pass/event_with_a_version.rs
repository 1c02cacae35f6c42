use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.opened", version = 3, oldest = 3)]
struct AccountOpened;

#[derive(Event, Serialize, Deserialize)]
#[event(version = 0x7fff_ffff, oldest = 0x7fff_ffff)]
#[event(name = "account.closed")]
struct AccountClosed;

fn main() {
    assert_eq!(AccountOpened::SCHEMA_VERSION.get(), 3);
    assert_eq!(AccountClosed::SCHEMA_VERSION.get(), 2_147_483_647);
    assert_eq!(AccountClosed::NAME.as_str(), "account.closed");
}

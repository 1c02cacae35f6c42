use cqrs_core::prelude::*;

#[derive(EventSet, Serialize, Deserialize, Clone)]
#[serde(from = "String", into = "String")]
enum AccountEvent {
    #[event(name = "account.opened")]
    Opened(String),
}

impl From<String> for AccountEvent {
    fn from(text: String) -> Self {
        Self::Opened(text)
    }
}

impl From<AccountEvent> for String {
    fn from(AccountEvent::Opened(text): AccountEvent) -> Self {
        text
    }
}

fn main() {}

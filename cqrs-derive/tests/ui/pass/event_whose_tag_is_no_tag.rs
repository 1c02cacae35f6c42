use cqrs_core::encoding::codec;
use cqrs_core::encoding::error::EncodeError;
use cqrs_core::prelude::*;

#[derive(Event, Serialize, Deserialize)]
#[event(name = "account.opened")]
struct AccountOpened {
    #[tag("owner")]
    owner: String,
}

fn main() {
    let event = AccountOpened {
        owner: "two words".into(),
    };
    assert!(event.tags().is_err());
    let error = codec::encode_event(&event).unwrap_err();
    assert!(matches!(error, EncodeError::Tag { .. }));
}

use cqrs_core::encoding::error::DecodeError;
use cqrs_core::prelude::*;

#[path = "../round_trip.rs"]
mod round_trip;

#[derive(EventSet, Serialize, Deserialize, Debug, PartialEq)]
enum AccountEvent {
    #[event(name = "opened", version = 2, oldest = 2)]
    Opened { owner: String },
    #[event(name = "closed")]
    Closed,
}

fn decode(name: &str, version: u32, payload: &str) -> Result<AccountEvent, DecodeError> {
    round_trip::decode(name, version, payload)
}

fn main() {
    assert!(decode("opened", 2, r#"{"owner":"ada"}"#).is_ok());
    let Err(DecodeError::UnknownName { known, .. }) = decode("Opened", 2, "{}") else {
        panic!()
    };
    assert_eq!(known.len(), 2);
    let error = decode("opened", 3, "{}").unwrap_err();
    assert!(matches!(error, DecodeError::FutureSchemaVersion { .. }));
    let error = decode("opened", 1, "{}").unwrap_err();
    assert!(matches!(error, DecodeError::PastSchemaVersion { .. }));
    let error = decode("opened", 2, r#"{"owner":7}"#).unwrap_err();
    assert!(matches!(error, DecodeError::Payload { .. }));
}

use cqrs_core::prelude::*;
use uuid::Uuid;

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AccountId(Uuid);

fn main() {
    let id = AccountId::new();
    assert_ne!(id, AccountId::new());
    assert_eq!(id.as_uuid().get_version_num(), 7);
    assert_eq!(AccountId::from(id.as_uuid()), id);
    assert_eq!(id.to_string().parse(), Ok(id));
    assert_eq!(id.stream_key().unwrap().as_str(), id.to_string());
    let json = serde_json::to_string(&id).unwrap();
    assert_eq!(json, format!("\"{id}\""));
    assert_eq!(serde_json::from_str::<AccountId>(&json).unwrap(), id);
    let error = "seven".parse::<AccountId>().unwrap_err().to_string();
    assert_eq!(
        error,
        r#"AccountId "seven" is not valid: it must be a UUID"#
    );
}

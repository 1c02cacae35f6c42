use cqrs_core::prelude::*;

#[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
pub struct Iban(String);

fn main() {
    let id = Iban::new("DE02").unwrap();
    assert_eq!(id.as_str(), "DE02");
    assert_eq!("DE02".parse(), Ok(id.clone()));
    assert_eq!(format!("{id:>6}"), "  DE02");
    assert_eq!(id.stream_key().unwrap().as_str(), "DE02");
    assert_eq!(serde_json::to_string(&id).unwrap(), r#""DE02""#);
    assert_eq!(serde_json::from_str::<Iban>(r#""DE02""#).unwrap(), id);
    assert!(serde_json::from_str::<Iban>(r#""two words""#).is_err());
    let error = Iban::new("").unwrap_err().to_string();
    assert_eq!(error, r#"Iban "" is not valid: it must not be empty"#);
}

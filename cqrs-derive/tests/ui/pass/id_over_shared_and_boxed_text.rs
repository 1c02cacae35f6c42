use std::sync::Arc;

use cqrs_core::prelude::*;

#[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
struct Shared(Arc<str>);

#[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
struct Boxed(std::boxed::Box<str>);

fn main() {
    assert_eq!(Shared::new("a").unwrap().as_str(), "a");
    assert_eq!(Boxed::new(String::from("a")).unwrap().to_string(), "a");
    assert_eq!(
        serde_json::from_str::<Shared>(r#""a""#).unwrap(),
        "a".parse().unwrap()
    );
    assert_eq!(
        serde_json::to_string(&Boxed::new("a").unwrap()).unwrap(),
        r#""a""#
    );
    assert!(Shared::new("a\0").is_err());
    assert!(serde_json::from_str::<Boxed>(r#""\n""#).is_err());
}

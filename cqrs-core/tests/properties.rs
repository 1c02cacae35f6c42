//! What holds for every word and payload, whatever somebody types or sends.

use std::str::FromStr;

use cqrs_core::words::error::InvalidWord;
use cqrs_core::words::event::{EventId, EventName, SchemaVersion};
use cqrs_core::words::idempotency_key::IdempotencyKey;
use cqrs_core::words::metadata::Metadata;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::{Category, StreamId, StreamKey};
use cqrs_core::words::tag::Tag;
use cqrs_core::words::version::StreamVersion;
use proptest::prelude::*;
use serde_json::Value;

/// Either the word is the text, also through JSON, or the error is short and safe to print.
fn is_a_word_or_says_why<W>(text: &str) -> Result<bool, TestCaseError>
where
    W: FromStr<Err = InvalidWord> + ToString + serde::Serialize + serde::de::DeserializeOwned,
{
    let json = Value::String(text.to_owned());
    match text.parse::<W>() {
        Ok(word) => {
            prop_assert_eq!(word.to_string(), text);
            prop_assert_eq!(serde_json::to_value(&word).ok(), Some(json));
            Ok(true)
        }
        Err(error) => {
            let said = error.to_string();
            prop_assert!(!said.chars().any(char::is_control), "{said:?}");
            prop_assert!(said.len() < 1_500, "{said}");
            prop_assert!(serde_json::from_value::<W>(json).is_err());
            Ok(false)
        }
    }
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("JSON has no NaN", |number| number.is_finite())
            .prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(8, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_text_is_a_word_or_an_error_that_says_why(text in any::<String>()) {
        is_a_word_or_says_why::<EventName>(&text)?;
        is_a_word_or_says_why::<Category>(&text)?;
        is_a_word_or_says_why::<StreamKey>(&text)?;
        is_a_word_or_says_why::<StreamId>(&text)?;
        is_a_word_or_says_why::<Tag>(&text)?;
        is_a_word_or_says_why::<IdempotencyKey>(&text)?;
    }

    #[test]
    fn texts_within_the_rules_are_words(
        name in "[a-zA-Z][a-zA-Z0-9._-]{0,127}",
        category in "[a-zA-Z][a-zA-Z0-9._]{0,63}",
        key in r"[^\s\p{C}]{1,50}",
    ) {
        prop_assert!(is_a_word_or_says_why::<EventName>(&name)?);
        prop_assert!(is_a_word_or_says_why::<Category>(&category)?);
        prop_assert!(is_a_word_or_says_why::<StreamKey>(&key)?);
        prop_assert!(is_a_word_or_says_why::<Tag>(&key)?);
        prop_assert!(is_a_word_or_says_why::<IdempotencyKey>(&key)?);
        let stream = format!("{category}-{key}");
        prop_assert!(is_a_word_or_says_why::<StreamId>(&stream)?);
    }

    #[test]
    fn numbers_are_kept_or_refused_and_fit_the_databases_integers(number in any::<u64>(), signed in any::<i64>()) {
        let fits = i64::try_from(number).ok();
        prop_assert_eq!(Position::new(number).ok().map(Position::as_i64), fits);
        prop_assert_eq!(StreamVersion::new(number).ok().map(StreamVersion::as_i64), fits);
        let positive = u64::try_from(signed).ok();
        prop_assert_eq!(Position::try_from(signed).ok().map(Position::get), positive);
        prop_assert_eq!(StreamVersion::try_from(signed).ok().map(StreamVersion::get), positive);
        let short = u32::try_from(number).ok().filter(|number| *number > 0 && i32::try_from(*number).is_ok());
        let version = u32::try_from(number).ok().and_then(|number| SchemaVersion::new(number).ok());
        prop_assert_eq!(version.map(SchemaVersion::get), short);
    }

    #[test]
    fn event_ids_come_back_from_json(id in any::<u128>()) {
        let id = EventId::from(uuid::Uuid::from_u128(id));
        let text = serde_json::to_string(&id).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(serde_json::from_str::<EventId>(&text).ok(), Some(id));
    }

    #[test]
    fn metadata_comes_back_from_json(entries in prop::collection::btree_map("[!-~]{1,64}", any::<String>(), 0..10)) {
        let mut metadata = Metadata::new();
        for (key, value) in &entries {
            prop_assert!(metadata.insert(key.as_str(), value.as_str()).is_ok());
        }
        prop_assert_eq!(metadata.entries().len(), entries.len());
        let text = serde_json::to_string(&metadata).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(serde_json::from_str::<Metadata>(&text).ok(), Some(metadata));
    }

    #[test]
    fn any_value_comes_back_from_its_payload(value in json()) {
        let payload = Payload::encode(&value).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let again = Payload::from_json(payload.as_str()).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(&again, &payload);
        prop_assert_eq!(payload.decode::<Value>().ok(), Some(value));
    }

    #[test]
    fn any_text_is_a_payload_exactly_when_it_is_json(text in any::<String>()) {
        prop_assert_eq!(Payload::from_json(text.as_str()).is_ok(), serde_json::from_str::<Value>(&text).is_ok());
    }

    #[test]
    fn a_truncated_payload_is_an_error_and_not_another_value(value in json(), cut in any::<prop::sample::Index>()) {
        let whole = Payload::encode(&vec![value]).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let ends: Vec<_> = whole.as_str().char_indices().map(|(index, _)| index).collect();
        let part = &whole.as_str()[..ends[cut.index(ends.len())]];
        prop_assert!(Payload::from_json(part).is_err());
        prop_assert!(Payload::from_store(part).decode::<Value>().is_err());
    }
}

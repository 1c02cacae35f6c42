//! Random words, events and filters.

use cqrs_core::words::event::{EventName, NewEvent, SchemaVersion};
use cqrs_core::words::filter::{Filter, FilterItem};
use cqrs_core::words::metadata::Metadata;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::stream::{Category, StreamId, StreamKey};
use cqrs_core::words::tag::Tag;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Handle;
use uuid::Uuid;

/// Runs a test with so many random values, and again with simpler ones when it fails.
pub(super) fn check<S: Strategy>(cases: u32, values: S, test: impl AsyncFn(S::Value)) {
    let config = Config {
        cases,
        max_shrink_iters: 256,
        failure_persistence: None,
        ..Config::default()
    };
    let runtime = Handle::current();
    let outcome = tokio::task::block_in_place(|| {
        TestRunner::new(config).run(&values, |value| {
            runtime.block_on(test(value));
            Ok(())
        })
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

/// Any text, its quotes and control characters escaped as JSON wants it.
fn json_string() -> impl Strategy<Value = String> {
    any::<String>().prop_filter_map("a text has a JSON form", |text| {
        Some(Payload::encode(&text).ok()?.as_str().to_owned())
    })
}

/// JSON text with any spacing.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        json_string(),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<u64>().prop_map(|number| number.to_string()),
        proptest::num::f64::NORMAL.prop_map(|number| format!("{number:e}")),
        select(vec![
            "null",
            "true",
            "false",
            "{}",
            "[]",
            "-0.0",
            r#""\u0000\ud83d\ude00""#
        ])
        .prop_map(str::to_owned),
    ];
    let space = || select(vec!["", " ", "\n", "\t "]);
    leaf.prop_recursive(5, 40, 6, move |inner| {
        let array = (vec(inner.clone(), 0..6), space()).prop_map(|(items, space)| {
            format!("[{space}{}{space}]", items.join(&format!("{space},")))
        });
        let entry = (json_string(), space(), inner)
            .prop_map(|(key, space, value)| format!("{key}{space}:{space}{value}"));
        let object = (vec(entry, 0..6), space())
            .prop_map(|(entries, space)| format!("{space}{{{space}{}}}", entries.join(",")));
        prop_oneof![array, object]
    })
}

fn key_text() -> impl Strategy<Value = String> {
    "[^\\p{C}\\p{Z}\\s]{1,50}"
}

pub(super) fn stream() -> impl Strategy<Value = StreamId> {
    let category = "[a-zA-Z][a-zA-Z0-9._]{0,63}"
        .prop_filter_map("a category", |text| Category::new(text).ok());
    let key = key_text().prop_filter_map("a stream key", |text| StreamKey::new(text).ok());
    (category, key).prop_map(|(category, key)| StreamId::new(category, key))
}

fn metadata() -> impl Strategy<Value = Metadata> {
    let entries = vec(("[!-~]{1,64}", any::<String>()), 0..5);
    let id = || proptest::option::of(any::<u128>().prop_map(Uuid::from_u128));
    (entries, id(), id()).prop_filter_map("metadata", |(entries, correlation, causation)| {
        let mut metadata = Metadata::new();
        for (key, value) in entries {
            metadata.insert(key, value).ok()?;
        }
        metadata.correlation_id = correlation.map(Into::into);
        metadata.causation_id = causation.map(Into::into);
        Some(metadata)
    })
}

/// An event with any content.
pub(super) fn event() -> impl Strategy<Value = NewEvent> {
    let name =
        "[a-zA-Z][a-zA-Z0-9._-]{0,127}".prop_filter_map("a name", |text| EventName::new(text).ok());
    let payload = json().prop_filter_map("JSON", |text| Payload::from_json(text).ok());
    let tags = vec(
        key_text().prop_filter_map("a tag", |text| Tag::new(text).ok()),
        0..6,
    );
    let schema =
        (1..=SchemaVersion::MAX.get()).prop_filter_map("a version", |n| SchemaVersion::new(n).ok());
    (name, payload, tags, schema, metadata()).prop_map(|(name, payload, tags, schema, metadata)| {
        NewEvent::new(name, payload)
            .with_schema_version(schema)
            .with_metadata(metadata)
            .with_tags(tags)
    })
}

/// Few words, so that filters meet events.
const CATEGORIES: [&str; 3] = ["account", "loan", "report"];
const NAMES: [&str; 4] = ["account.opened", "account.closed", "loan.granted", "noted"];
const TAGS: [&str; 4] = ["owner:ada", "owner:eve", "bank:7", "bank:8"];

fn tags() -> impl Strategy<Value = Vec<Tag>> {
    subsequence(TAGS.to_vec(), 0..=TAGS.len())
        .prop_map(|texts| texts.into_iter().map(super::sample::tag).collect())
}

/// A stream and an event of few words.
pub(super) fn ordinary() -> impl Strategy<Value = (StreamId, NewEvent)> {
    (
        select(CATEGORIES.to_vec()),
        0..4_u8,
        select(NAMES.to_vec()),
        tags(),
    )
        .prop_map(|(category, key, name, tags)| {
            let event = super::sample::named(name).with_tags(tags);
            (super::sample::stream(category, key), event)
        })
}

/// A filter over few words.
pub(super) fn filter() -> impl Strategy<Value = Filter> {
    let categories = subsequence(CATEGORIES.to_vec(), 0..=2);
    let names = subsequence(NAMES.to_vec(), 0..=3);
    let item = (categories, names, tags()).prop_map(|(categories, names, tags)| {
        let item = categories
            .into_iter()
            .map(Category::from_static)
            .fold(FilterItem::new(), FilterItem::category);
        let item = names
            .into_iter()
            .map(EventName::from_static)
            .fold(item, FilterItem::name);
        tags.into_iter().take(2).fold(item, FilterItem::tag)
    });
    prop_oneof![
        1 => Just(Filter::all()),
        9 => vec(item, 0..4).prop_map(Filter::any_of),
    ]
}

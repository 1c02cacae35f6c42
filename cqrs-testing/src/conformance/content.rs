//! A8: content is returned as it was given.

use std::sync::Arc;

use cqrs_core::ports::append::Append;
use cqrs_core::ports::store::SharedStore;
use cqrs_core::words::event::{EventId, EventName, NewEvent, SchemaVersion};
use cqrs_core::words::filter::Filter;
use cqrs_core::words::metadata::Metadata;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::stream::{Category, StreamId, StreamKey};
use uuid::Uuid;

use super::harness::StoreHarness;
use super::sample::{ANY, account, named, one, payload, receipt, stream, tag};
use super::{ask, expect};

/// Appends the events to one stream and compares what the stream and the log return.
async fn kept(store: &SharedStore, stream: &StreamId, events: Vec<NewEvent>) {
    let append = Append::to(stream.clone(), ANY, events.clone());
    expect::recorded(store.append(append).await);
    let of_stream = ask::stream(store, stream).await;
    expect::same_content(&of_stream, &events);
    let mut of_log = ask::log(store).await;
    of_log.retain(|event| event.stream == *stream);
    assert_eq!(
        of_log, of_stream,
        "the log and the stream return the same events"
    );
}

async fn payloads_are_kept<H: StoreHarness>(harness: &H, payloads: &[&str]) {
    let events = payloads.iter().map(|json| noted(payload(json))).collect();
    kept(&harness.store(), &account("1"), events).await;
}

fn noted(payload: Payload) -> NewEvent {
    NewEvent::new(EventName::from_static("account.noted"), payload)
}

/// Catches a store that cannot keep U+0000, replaces it, or cuts the text there.
pub async fn a8_nul_characters_are_kept<H: StoreHarness>(harness: &H) {
    let payloads = [
        r#""\u0000""#,
        r#"{"a\u0000b":"\u0000c\u0000"}"#,
        r#"["\\u0000","\u0001\u001f"]"#,
    ];
    payloads_are_kept(harness, &payloads).await;
    let metadata = Metadata::new().with("note", "a\0b").expect("a valid key");
    let event = named("account.noted").with_metadata(metadata);
    kept(&harness.store(), &account("2"), vec![event]).await;
}

/// Catches a store that normalises Unicode, loses astral characters, or escapes what was not escaped.
pub async fn a8_any_unicode_is_kept<H: StoreHarness>(harness: &H) {
    payloads_are_kept(
        harness,
        &[
            r#""Ünïcödé ß ﬁ Ǆ""#,
            "\"e\u{301} \u{e9} \u{1e9b}\u{323}\"",
            "\"\u{1F600}\u{1F468}\u{200d}\u{1F469}\u{200d}\u{1F467} \u{10FFFF} \u{FFFF} \u{FFFD} \u{FEFF}\"",
            "\"\u{202e}rtl\u{200f} \u{2028}\u{2029} \u{7f}\u{80}\u{9f}\"",
            r#""\ud83d\ude00 \u00e9 \/ \b\f\n\r\t \" \\""#,
            r#"{"ключ":"值","مفتاح":"ค่า"}"#,
        ],
    )
    .await;
}

/// Catches a store that reads numbers into floats, or limits their digits.
pub async fn a8_numbers_at_their_limits_are_kept<H: StoreHarness>(harness: &H) {
    payloads_are_kept(
        harness,
        &[
            "[18446744073709551615,-9223372036854775808,9007199254740993]",
            "[1.7976931348623157e308,5e-324,2.2250738585072014E-308]",
            "[-0,-0.0,0.0,1.0,1.00,1e2,1E+2,100]",
            "[0.1,0.30000000000000004,3.141592653589793238462643383279]",
            "[340282366920938463463374607431768211455,123456789012345678901234567890.5]",
        ],
    )
    .await;
}

/// Catches a store that reads payloads and writes them anew.
pub async fn a8_payloads_are_kept_byte_for_byte<H: StoreHarness>(harness: &H) {
    payloads_are_kept(
        harness,
        &[
            r#"{"b":1,"a":2,"b":3}"#,
            "{ \"b\" : 1 ,\n\t\"a\":[ ] }",
            " {} ",
            "\r\n[1, 2,3]\n",
            r#"{"z":{},"10":1,"9":2,"":3}"#,
        ],
    )
    .await;
}

/// Catches a store that takes null for no value, or wants an object.
pub async fn a8_empty_payloads_are_kept<H: StoreHarness>(harness: &H) {
    payloads_are_kept(
        harness,
        &["{}", "[]", r#""""#, "null", "true", "false", "0"],
    )
    .await;
}

/// Catches a store that cannot read back what it took.
pub async fn a8_the_deepest_nesting_is_kept<H: StoreHarness>(harness: &H) {
    let depth = Payload::DEEPEST;
    let arrays = "[".repeat(depth) + &"]".repeat(depth);
    let objects = r#"{"a":"#.repeat(depth) + "1" + &"}".repeat(depth);
    payloads_are_kept(harness, &[&arrays, &objects]).await;
}

/// Catches a store that cuts, or gives up on, large payloads.
pub async fn a8_payloads_of_one_mebibyte_are_kept<H: StoreHarness>(harness: &H) {
    let size = 1 << 20;
    let repeated = format!("\"{}\"", "x".repeat(size));
    let astral = format!("\"{}\"", "\u{1F600}".repeat(size / 4));
    let numbers: Vec<String> = (0..150_000_u32)
        .map(|n| n.wrapping_mul(2_654_435_761).to_string())
        .collect();
    let hard_to_compress = format!("[{}]", numbers.join(","));
    payloads_are_kept(harness, &[&repeated, &astral, &hard_to_compress]).await;
}

/// Catches a store that loses a field of the metadata, or restricts its values.
pub async fn a8_metadata_is_kept<H: StoreHarness>(harness: &H) {
    let long_key = "k".repeat(64);
    let entries = [
        ("user", "ada"),
        ("empty", ""),
        ("correlation_id", "not the one"),
        ("entries", "{\"a\":1}"),
        ("quote\"'\\;--", "'); DROP TABLE events; --"),
        ("unicode", "\u{1F600} e\u{301}\u{0}\u{7f} \n\t"),
        (long_key.as_str(), "the longest key"),
    ];
    let mut metadata = Metadata::new();
    for (key, value) in entries {
        metadata = metadata.with(key, value).expect("a valid key");
    }
    metadata
        .insert("large", "x".repeat(60_000))
        .expect("a valid key");
    let with_ids = |correlation: bool, causation: bool| {
        let mut metadata = metadata.clone();
        metadata.correlation_id = correlation.then(|| Uuid::now_v7().into());
        metadata.causation_id = causation.then(|| Uuid::now_v7().into());
        named("account.noted").with_metadata(metadata)
    };
    let mut events = vec![named("account.noted")];
    for (correlation, causation) in [(true, true), (true, false), (false, true), (false, false)] {
        events.push(with_ids(correlation, causation));
    }
    // Shared, as the events of one command have it.
    let shared = Arc::clone(&events[1].metadata);
    events.push(named("account.noted").with_metadata(shared));
    kept(&harness.store(), &account("1"), events).await;
}

/// Catches a store that folds tags, cuts them, or loses their order.
pub async fn a8_tags_are_kept<H: StoreHarness>(harness: &H) {
    let longest = "t".repeat(200);
    let astral = "\u{1F600}".repeat(50);
    let texts = [
        "b", "a", "A", "e\u{301}", "\u{e9}", "a:b:c", "a,b", "{a}", "\"a\"", "a'b", "\\", "%", "_",
        "NULL",
    ];
    let odd = texts.into_iter().chain([longest.as_str(), astral.as_str()]);
    let many = (0..64).map(|number| tag(&format!("number:{number}")));
    let events = vec![
        named("account.noted"),
        named("account.noted").with_tags(odd.map(tag)),
        named("account.noted").with_tags(many),
        named("account.noted").with_tags([tag("b"), tag("a"), tag("b")]),
    ];
    kept(&harness.store(), &account("1"), events).await;
}

/// Catches a store whose columns are shorter than the words.
pub async fn a8_the_longest_names_and_keys_are_kept<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let category = Category::new("c".repeat(64)).expect("the longest category");
    let name = EventName::new("n".repeat(128)).expect("the longest name");
    for key in [
        "k".repeat(200),
        "\u{1F600}".repeat(50),
        "\u{e9}".repeat(100),
    ] {
        let key = StreamKey::new(key).expect("the longest key");
        let stream = StreamId::new(category.clone(), key);
        kept(
            &store,
            &stream,
            vec![NewEvent::new(name.clone(), payload("{}"))],
        )
        .await;
    }
    let key = "i".repeat(200);
    let append = one(&account("1"), ANY, 1).with_receipt(receipt(&key, 1));
    expect::recorded(store.append(append).await);
    assert!(
        ask::receipt(&store, &key).await.is_some(),
        "the receipt of the longest key"
    );
}

/// Catches a store that makes its own ids, or has no room for the numbers.
pub async fn a8_any_event_id_and_schema_version_is_kept<H: StoreHarness>(harness: &H) {
    let ids = [Uuid::nil(), Uuid::max(), Uuid::from_u128(1), Uuid::now_v7()];
    let mut events: Vec<_> = ids
        .map(|id| named("a").with_event_id(EventId::from(id)))
        .into();
    for schema in [
        SchemaVersion::FIRST,
        SchemaVersion::from_static(2),
        SchemaVersion::MAX,
    ] {
        events.push(named("a").with_schema_version(schema));
    }
    kept(&harness.store(), &account("1"), events).await;
}

/// Catches a store that puts values into its statements.
pub async fn a8_hostile_text_is_data<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let texts = [
        "';drop/**/table/**/events;--",
        "\"quoted\"",
        "$1",
        "{}",
        "{a,NULL}",
        "%s%n",
        "\\x00",
        "\\",
        "../../etc",
        "\u{202e}\u{feff}x",
    ];
    for text in texts {
        let stream = stream("account", text);
        let metadata = Metadata::new().with("text", text).expect("a valid key");
        let events = vec![
            named("account.noted").with_tags([tag(text)]),
            named("account.noted").with_metadata(metadata),
        ];
        kept(&store, &stream, events).await;
        let found = Filter::tag(tag(text));
        assert_eq!(
            ask::filtered(&store, &found, 10).await.len(),
            1,
            "the events with tag {text}"
        );
        let append = one(&account("1"), ANY, 1).with_receipt(receipt(text, 1));
        expect::recorded(store.append(append).await);
        assert!(
            ask::receipt(&store, text).await.is_some(),
            "the receipt of key {text}"
        );
    }
}

/// Catches a store whose time depends on how it is read, or is finer than it can keep.
pub async fn a8_the_time_of_recording_is_the_same_for_every_reader<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    for number in 0..5 {
        expect::recorded(store.append(one(&account("1"), ANY, number)).await);
    }
    let stream = ask::stream(&store, &account("1")).await;
    assert_eq!(
        ask::log(&store).await,
        stream,
        "the log and the stream return the same events"
    );
    for event in stream {
        let nanos = event.recorded_at.timestamp_subsec_nanos();
        assert_eq!(nanos % 1_000, 0, "`recorded_at` is in whole microseconds");
    }
}

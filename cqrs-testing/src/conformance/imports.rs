//! Imports: many events at once, in the places that they already have. A1 to A8, F1 and F5 as `ImportEvents` says them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use cqrs_core::ports::append::Append;
use cqrs_core::ports::import::{ImportError, ImportEvent, Imported};
use cqrs_core::ports::limits::Limits;
use cqrs_core::words::event::{EventId, EventName, NewEvent, RecordedEvent, SchemaVersion};
use cqrs_core::words::filter::Filter;
use cqrs_core::words::metadata::Metadata;
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::StreamId;

use super::harness::StoreHarness;
use super::sample::{ANY, account, exact, named, numbered, one, payload, some, tag, version};
use super::{ask, expect};

type Outcome = Result<Imported, ImportError>;

#[track_caller]
pub(super) fn imported(outcome: Outcome) -> Imported {
    match outcome {
        Ok(imported) => imported,
        Err(error) => panic!("the chunk should have been imported: {error:?}"),
    }
}

pub(super) fn position(number: u64) -> Position {
    Position::new(number).expect("the position of a sample is valid")
}

fn moment(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + second, 123_456_000).expect("a time")
}

/// The events of a stream from this version on, at every third position from this one.
pub(super) fn events(stream: &StreamId, from: u64, at: u64, count: usize) -> Vec<ImportEvent> {
    (0..count as u64)
        .map(|place| {
            let number = usize::try_from(from + place).expect("a small number");
            ImportEvent::new(stream.clone(), version(from + place), numbered(number))
                .at(position(at + 3 * place))
                .recorded_at(moment(0))
        })
        .collect()
}

#[track_caller]
fn refused(outcome: Outcome) -> ImportError {
    match outcome {
        Err(error) => error,
        Ok(imported) => panic!("the chunk should have been refused: {imported:?}"),
    }
}

#[track_caller]
fn same_log(log: &[RecordedEvent], given: &[ImportEvent]) {
    assert_eq!(log.len(), given.len(), "the events of the log");
    for (recorded, given) in log.iter().zip(given) {
        assert!(
            given.is_recorded_as(recorded),
            "imported {given:?}\nrecorded {recorded:?}"
        );
    }
}

/// Catches a store that records a chunk event by event.
pub async fn a1_an_import_that_is_refused_records_nothing<H: StoreHarness>(harness: &H) {
    let (store, importer) = (harness.store(), harness.importer());
    let taken = numbered(1);
    let append = Append::to(account("taken"), ANY, vec![taken.clone()]);
    expect::recorded(store.append(append).await);
    let mut chunk = events(&account("1"), 1, 100, 3);
    chunk.push(ImportEvent::new(account("2"), version(1), taken));
    refused(importer.import(chunk).await);
    assert_eq!(ask::log(&store).await.len(), 1, "the events of the log");
    assert_eq!(ask::stream(&store, &account("1")).await.len(), 0);
}

/// Catches a store that takes every import for the beginning of its streams, or forgets that they have grown.
pub async fn a2_an_import_goes_on_with_its_streams<H: StoreHarness>(harness: &H) {
    let (store, importer) = (harness.store(), harness.importer());
    let stream = account("1");
    expect::recorded(store.append(Append::to(stream.clone(), ANY, some(2))).await);
    imported(importer.import(events(&stream, 3, 100, 3)).await);
    imported(importer.import(events(&stream, 6, 200, 2)).await);
    let append = Append::to(stream.clone(), exact(7), some(1));
    expect::recorded(store.append(append).await);
    let recorded = ask::stream(&store, &stream).await;
    assert_eq!(recorded.len(), 8, "the events of the stream");
    expect::no_gaps(&recorded);
}

/// Catches a store that believes the versions of an import.
pub async fn a2_versions_with_holes_are_not_imported<H: StoreHarness>(harness: &H) {
    let (store, importer) = (harness.store(), harness.importer());
    let stream = account("1");
    imported(importer.import(events(&stream, 1, 100, 2)).await);
    let mut inside = events(&stream, 3, 200, 3);
    inside.remove(1);
    let mut twice = events(&stream, 3, 200, 2);
    twice[1].version = version(3);
    let beginnings = [
        events(&stream, 4, 200, 1),
        events(&stream, 1, 200, 1),
        events(&stream, 2, 200, 2),
        events(&account("2"), 2, 200, 1),
        inside,
        twice,
    ];
    for chunk in beginnings {
        let versions: Vec<_> = chunk.iter().map(|import| import.version.get()).collect();
        match refused(importer.import(chunk).await) {
            ImportError::Version { .. } => {}
            other => panic!("versions {versions:?} after 2 have a hole, but not {other:?}"),
        }
    }
    assert_eq!(ask::log(&store).await.len(), 2, "the events of the log");
}

/// Catches a store that can't be told the same again, or only by the same chunks.
pub async fn a4_an_import_that_begins_again_records_nothing_twice<H: StoreHarness>(harness: &H) {
    let (store, importer) = (harness.store(), harness.importer());
    let all = events(&account("1"), 1, 10, 6);
    imported(importer.import(all[..2].to_vec()).await);
    imported(importer.import(all[2..4].to_vec()).await);
    for (chunk, recorded, repeated) in [(&all[..3], 0, 3), (&all[3..], 2, 1), (&all[..], 0, 6)] {
        let outcome = imported(importer.import(chunk.to_vec()).await);
        assert_eq!((outcome.recorded, outcome.repeated), (recorded, repeated));
        assert_eq!(Some(outcome.position), chunk[chunk.len() - 1].position);
    }
    same_log(&ask::log(&store).await, &all);
    let nothing = imported(importer.import(Vec::new()).await);
    assert_eq!(nothing, Imported::new(0, 0, Position::START));
}

/// Catches a store that compares ids, and not what they stand for.
pub async fn a4_an_imported_id_of_another_event_is_an_error<H: StoreHarness>(harness: &H) {
    let (store, importer) = (harness.store(), harness.importer());
    let all = events(&account("1"), 1, 10, 2);
    imported(importer.import(all.clone()).await);
    let mut other_content = all.clone();
    other_content[1].event.payload = payload("7");
    let mut other_time = all.clone();
    other_time[1].recorded_at = Some(moment(1));
    let mut other_position = all.clone();
    other_position[1].position = Some(position(14));
    let mut after_new_ones = events(&account("2"), 1, 100, 1);
    after_new_ones.push(all[0].clone().at(position(200)));
    for chunk in [other_content, other_time, other_position, after_new_ones] {
        match refused(importer.import(chunk).await) {
            ImportError::EventIdReused { event_id } => {
                let id_of = |import: &ImportEvent| import.event.event_id;
                assert!(all.iter().map(id_of).any(|id| id == event_id));
            }
            other => panic!("the id is another event's, but not {other:?}"),
        }
    }
    same_log(&ask::log(&store).await, &all);
}

/// Catches a store whose conditions do not see what was imported.
pub async fn a6_an_imported_event_fails_a_condition<H: StoreHarness>(harness: &H) {
    let (store, importer) = (harness.store(), harness.importer());
    let first = expect::recorded(store.append(one(&account("1"), ANY, 1)).await);
    let event = named("account.closed").with_tags([tag("owner:ada")]);
    let import = ImportEvent::new(account("2"), version(1), event).at(position(50));
    imported(importer.import(vec![import]).await);
    let filters = [
        Filter::tag(tag("owner:ada")),
        Filter::name(EventName::from_static("account.closed")),
        Filter::all(),
    ];
    for filter in filters {
        let append = one(&account("3"), ANY, 1).unless(filter, first.position);
        let failed = expect::condition_failed(store.append(append).await);
        assert_eq!(failed, position(50), "the event that fails the condition");
    }
}

/// Catches a store that gives imported events places or times of its own, or changes what they say.
pub async fn a8_an_import_keeps_everything_as_it_was<H: StoreHarness>(harness: &H) {
    let (store, importer) = (harness.store(), harness.importer());
    let mut metadata = Metadata::new()
        .with("user", "ad\u{0}ä")
        .expect("a valid key");
    metadata.correlation_id = Some(EventId::new().as_uuid().into());
    metadata.causation_id = Some(EventId::new().into());
    let text = "{ \"b\" : 1.0e2, \"a\":\"\\u0000\\n\\t\\\\N\", \"a\": 18446744073709551615 }";
    let full = NewEvent::new(EventName::from_static("x.y-z_1"), payload(text))
        .with_schema_version(SchemaVersion::MAX)
        .with_metadata(metadata)
        .with_tags([tag("a:1"), tag("b:\\2,\"{}'"), tag("c:3")]);
    let earliest = DateTime::from_timestamp(-62_135_596_800, 0).expect("a time");
    let latest = DateTime::from_timestamp_micros(253_402_300_799_999_999).expect("a time");
    let chunk = vec![
        ImportEvent::new(account("1"), version(1), full)
            .at(position(7))
            .recorded_at(moment(0)),
        ImportEvent::new(account("N.2:~\\"), version(1), named("x"))
            .at(position(8))
            .recorded_at(earliest),
        ImportEvent::new(account("1"), version(2), numbered(2))
            .at(position(1_000_000_007))
            .recorded_at(latest),
        ImportEvent::new(account("1"), version(3), numbered(3)),
    ];
    let outcome = imported(importer.import(chunk.clone()).await);
    assert_eq!(outcome.recorded, 4);
    let log = ask::log(&store).await;
    same_log(&log, &chunk);
    assert_eq!(log[3].position, position(1_000_000_008), "the next one");
    assert_eq!(outcome.position, log[3].position);
    let age = Utc::now() - log[3].recorded_at;
    assert!(
        age.abs() < chrono::Duration::minutes(10),
        "now, and not {age} ago"
    );
    let tagged = ask::filtered(&store, &Filter::tag(tag("c:3")), 10).await;
    same_log(&tagged, &chunk[..1]);
    // What came out of a log goes into another, or into the same again.
    let again = log.into_iter().map(ImportEvent::from).collect();
    assert_eq!(imported(importer.import(again).await).repeated, 4);
    let fine = moment(0) + Duration::from_nanos(1);
    let fine = ImportEvent::new(account("2"), version(1), numbered(1)).recorded_at(fine);
    let error = refused(importer.import(vec![fine]).await);
    assert!(matches!(error, ImportError::Time { .. }), "{error:?}");
}

/// Catches a store that checks the limits of appends only.
pub async fn a8_an_import_over_a_limit_is_refused<H: StoreHarness>(harness: &H) {
    let (store, importer) = (harness.store(), harness.importer());
    let most = Limits::default().events_per_append;
    let error = refused(importer.import(events(&account("1"), 1, 1, most + 1)).await);
    match error {
        ImportError::Limit(exceeded) => assert_eq!(exceeded.limit, "events_per_append"),
        other => panic!("the chunk exceeds a limit, but not {other:?}"),
    }
    assert_eq!(ask::log(&store).await.len(), 0, "the events of the log");
}

/// Catches a store that lets events appear behind its readers.
pub async fn f1_positions_that_readers_have_passed_are_not_imported<H: StoreHarness>(harness: &H) {
    let (store, importer) = (harness.store(), harness.importer());
    imported(importer.import(events(&account("1"), 1, 10, 2)).await);
    let behind = [1, 10, 12, 13];
    for at in behind {
        match refused(importer.import(events(&account("2"), 1, at, 1)).await) {
            ImportError::Position { last, .. } => assert_eq!(last, position(13)),
            other => panic!("position {at} is behind 13, but not {other:?}"),
        }
    }
    let mut falling = events(&account("2"), 1, 100, 2);
    falling[1].position = Some(position(99));
    let error = refused(importer.import(falling).await);
    assert!(matches!(error, ImportError::Position { .. }), "{error:?}");
    let far = events(&account("2"), 1, Position::MAX.get(), 1);
    let error = refused(importer.import(far).await);
    assert!(
        matches!(error, ImportError::PositionTooGreat { .. }),
        "{error:?}"
    );
    assert_eq!(ask::log(&store).await.len(), 2, "the events of the log");
}

/// Catches a store that draws the positions of an import again, or keeps those of one that has failed.
pub async fn f1_appends_go_on_after_an_import<H: StoreHarness>(harness: &H) {
    let (store, importer) = (harness.store(), harness.importer());
    let all = events(&account("1"), 1, 10, 3);
    let mut broken = all.clone();
    broken.push(all[0].clone().at(position(500)));
    refused(importer.import(broken).await);
    imported(importer.import(all.clone()).await);
    let appended = expect::recorded(store.append(one(&account("2"), ANY, 1)).await);
    assert!(appended.position > position(16), "after the import");
    let next = ImportEvent::new(account("1"), version(4), numbered(4));
    let outcome = imported(importer.import(vec![next]).await);
    assert!(outcome.position > appended.position, "after the append");
    let log = ask::log(&store).await;
    let positions: Vec<_> = log.iter().map(|event| event.position).collect();
    let expected = [10, 13, 16].map(position);
    assert_eq!(positions[..3], expected);
    assert_eq!(positions[3..], [appended.position, outcome.position]);
}

/// Catches a store that forgets to wake its readers after an import.
pub async fn f5_a_watch_moves_after_an_import<H: StoreHarness>(harness: &H) {
    let (store, importer) = (harness.store(), harness.importer());
    let mut watch = store.watch();
    for number in 1..=3_u64 {
        let at = 1_000 * number;
        imported(importer.import(events(&account(number), 1, at, 1)).await);
        while watch.position() < position(at) {
            let moved = watch.past(watch.position());
            let moved = tokio::time::timeout(Duration::from_secs(5), moved).await;
            moved.expect("the watch moves").expect("the store is open");
        }
    }
}

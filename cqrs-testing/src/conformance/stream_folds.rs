//! Folding a stream hands on what reading it reads (A2, A8), and begins at a snapshot that is right (S1).

use std::ops::ControlFlow;

use cqrs_core::ports::append::Append;
use cqrs_core::ports::fold_stream::{Detail, EventToFold, Fold, FoldEnd, StreamFold};
use cqrs_core::ports::limits::Limits;
use cqrs_core::ports::snapshots::{FoundSnapshot, Snapshot, SnapshotRead};
use cqrs_core::ports::store::SharedStore;
use cqrs_core::words::event::{EventName, NewEvent, RecordedEvent, SchemaVersion};
use cqrs_core::words::fingerprint::Fingerprint;
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::StreamId;
use cqrs_core::words::version::StreamVersion;
use uuid::Uuid;

use super::harness::StoreHarness;
use super::sample::{ANY, account, numbered, payload, some, tag, version};
use super::snapshots::{keep, of};
use super::{ask, expect};

const BOTH: [Detail; 2] = [Detail::Bare, Detail::Whole];

/// Takes in events and compares each with what reading says of it.
struct Compared<'a> {
    recorded: &'a [RecordedEvent],
    detail: Detail,
    found: Option<FoundSnapshot>,
    versions: Vec<u64>,
    /// After so many events it wants no more.
    most: usize,
}

impl<'a> Compared<'a> {
    fn with(recorded: &'a [RecordedEvent], detail: Detail) -> Self {
        Self {
            recorded,
            detail,
            found: None,
            versions: Vec::new(),
            most: usize::MAX,
        }
    }
}

impl Fold for Compared<'_> {
    fn begin(&mut self, found: FoundSnapshot) -> ControlFlow<()> {
        assert!(self.versions.is_empty(), "a snapshot comes before events");
        assert!(self.found.is_none(), "there is one snapshot at most");
        self.found = Some(found);
        ControlFlow::Continue(())
    }

    fn event(&mut self, event: EventToFold<'_>) -> ControlFlow<()> {
        let number = event.version.get();
        assert!(
            self.versions.len() < self.most,
            "version {number} is handed on to one who wants no more"
        );
        let mut recorded = self.recorded.iter();
        let recorded = recorded.find(|recorded| recorded.version == event.version);
        let recorded = recorded.expect("what is folded is in the stream as it is read");
        let bare = (event.position, event.name, event.schema_version);
        assert_eq!(
            (bare, event.payload),
            (
                (recorded.position, &recorded.name, recorded.schema_version),
                recorded.payload.as_str()
            ),
            "version {number}"
        );
        match event.recorded {
            Some(whole) => assert_eq!(whole, recorded, "version {number}, whole"),
            None => assert_eq!(self.detail, Detail::Bare, "version {number} is not whole"),
        }
        self.versions.push(number);
        if self.versions.len() == self.most {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

/// Folds until the store says that this was all, and gives the versions.
async fn fold(
    store: &SharedStore,
    mut request: StreamFold,
    recorded: &[RecordedEvent],
) -> Vec<u64> {
    let mut compared = Compared::with(recorded, request.detail);
    loop {
        let before = compared.versions.len();
        let end = store.fold_stream(request.clone(), &mut compared).await;
        match end.expect("the stream can be folded") {
            FoldEnd::Done => return compared.versions,
            FoldEnd::More => {}
            FoldEnd::BrokenOff => panic!("nobody has broken it off"),
        }
        let handed_on = compared.versions.len() - before;
        assert!(handed_on > 0, "a fold that is not done hands on something");
        let last = compared.versions.last().copied().unwrap_or_default();
        request.from = version(last + 1);
    }
}

/// The same from the snapshot, if there is one, and with it.
async fn fold_from_snapshot(
    store: &SharedStore,
    request: SnapshotRead,
    detail: Detail,
    recorded: &[RecordedEvent],
) -> (Option<FoundSnapshot>, Vec<u64>) {
    let mut compared = Compared::with(recorded, detail);
    let end = store.fold_from_snapshot(request.clone(), detail, &mut compared);
    let end = end.await.expect("the stream can be folded");
    assert_ne!(end, FoldEnd::BrokenOff, "nobody has broken it off");
    let Compared {
        found,
        mut versions,
        ..
    } = compared;
    if end == FoldEnd::More {
        let usable = found.as_ref().map(|found| &found.snapshot);
        let usable = usable.filter(|snapshot| snapshot.fingerprint == request.fingerprint);
        let begun = usable.map_or(0, |snapshot| snapshot.version.get());
        let rest = StreamFold {
            from: version(versions.last().copied().unwrap_or(begun) + 1),
            through: request.through,
            detail,
            limit: request.limit,
            ..StreamFold::of(request.stream)
        };
        versions.extend(fold(store, rest, recorded).await);
    }
    (found, versions)
}

/// Twelve events that have little in common, and others around them.
async fn with_twelve_events<H: StoreHarness>(harness: &H) -> (SharedStore, Vec<RecordedEvent>) {
    let store = harness.store();
    let texts = [
        "{}",
        " { \"b\" : 1.0e2, \"a\":\"\\u0000\", \"a\": 18446744073709551615 } ",
        "\"\u{1F600} \\u0007\"",
        "null",
    ];
    for round in 0..3 {
        let events = texts.iter().zip(["a", "b", "a", "c.d"]).zip(1..);
        let events = events.map(|((text, name), number)| {
            let name = EventName::new(name).expect("the name of a sample is valid");
            let schema_version = SchemaVersion::new(number * round + 1);
            NewEvent::new(name, payload(text))
                .with_schema_version(schema_version.expect("it is from 1 on"))
                .with_tags([tag("t:1")])
        });
        let append = Append::to(account("1"), ANY, events.collect());
        expect::recorded(
            store
                .append(append.and_to(account("2"), ANY, some(2)))
                .await,
        );
    }
    let recorded = ask::stream(&store, &account("1")).await;
    assert_eq!(recorded.len(), 12, "the events of the stream");
    (store, recorded)
}

/// Catches a store that folds other events than it reads: too many, too few, in another order, or with another content.
pub async fn a2_a_stream_is_folded_as_it_is_read<H: StoreHarness>(harness: &H) {
    let (store, recorded) = with_twelve_events(harness).await;
    for detail in BOTH {
        for from in [0, 1, 2, 11, 12, 13, 1_000] {
            for through in [0, 1, 5, 11, 12, 13, StreamVersion::MAX.get()] {
                for limit in [1, 4, 11, 12, 13] {
                    let request = StreamFold {
                        from: version(from),
                        through: version(through),
                        detail,
                        limit,
                        ..StreamFold::of(account("1"))
                    };
                    let what = format!("{request:?}");
                    let folded = fold(&store, request, &recorded).await;
                    let expected: Vec<_> = (from.max(1)..=through.min(12)).collect();
                    assert_eq!(folded, expected, "{what}");
                }
            }
        }
        let request = StreamFold {
            detail,
            ..StreamFold::of(account("unknown"))
        };
        let folded = fold(&store, request, &[]).await;
        assert!(folded.is_empty(), "an unknown stream");
    }
}

/// Catches a store that takes its own limit for the end of the stream.
pub async fn a2_a_fold_goes_on_beyond_the_limit_of_the_store<H: StoreHarness>(harness: &H) {
    let (_, recorded) = with_twelve_events(harness).await;
    let mut limits = Limits::default();
    limits.events_per_page = 5;
    let store = harness.store_with_limits(limits).await;
    for detail in BOTH {
        for (through, expected) in [(StreamVersion::MAX, 12), (version(10), 10), (version(5), 5)] {
            let request = StreamFold {
                through,
                detail,
                ..StreamFold::of(account("1"))
            };
            let folded = fold(&store, request, &recorded).await;
            assert_eq!(folded, (1..=expected).collect::<Vec<_>>());
        }
    }
}

/// Catches a store that goes on where nobody listens any more, or that is of no use afterwards.
pub async fn a2_a_fold_ends_where_it_is_broken_off<H: StoreHarness>(harness: &H) {
    let (store, recorded) = with_twelve_events(harness).await;
    for detail in BOTH {
        for most in [1, 2, 11, 12] {
            let mut compared = Compared {
                most,
                ..Compared::with(&recorded, detail)
            };
            let request = StreamFold {
                detail,
                ..StreamFold::of(account("1"))
            };
            let end = store.fold_stream(request, &mut compared).await;
            assert_eq!(end.expect("the stream can be folded"), FoldEnd::BrokenOff);
            assert_eq!(compared.versions.len(), most);
            assert_eq!(ask::stream(&store, &account("1")).await, recorded);
        }
    }
    let append = Append::to(account("1"), ANY, vec![numbered(13)]);
    expect::recorded(store.append(append).await);
}

/// Catches a store that folds events twice that are in the snapshot, leaves some out, or believes what a snapshot says of the
/// stream.
pub async fn s1_a_fold_begins_after_the_event_of_the_snapshot<H: StoreHarness>(harness: &H) {
    let (store, recorded) = with_twelve_events(harness).await;
    let stream = account("1");
    let folded = async |through: StreamVersion, code: u64, limit: usize, detail: Detail| {
        let request = SnapshotRead {
            stream: stream.clone(),
            through,
            fingerprint: Fingerprint::new(code),
            limit,
        };
        fold_from_snapshot(&store, request, detail, &recorded).await
    };
    let versions = |range: std::ops::RangeInclusive<u64>| range.collect::<Vec<u64>>();
    let end = StreamVersion::MAX;
    for detail in BOTH {
        for limit in [1, 2, 100] {
            let dropped = store.drop_snapshots(stream.category(), None).await;
            dropped.expect("the snapshots are dropped");
            let unkept = (None, versions(1..=12));
            assert_eq!(folded(end, 7, limit, detail).await, unkept, "there is none");

            let right = at(&stream, &recorded[2]);
            keep(&store, &right).await;
            let event = Some((recorded[2].event_id, recorded[2].position));
            let found = |event| {
                let snapshot = right.clone();
                Some(FoundSnapshot { snapshot, event })
            };
            for (through, code, expected) in [
                (end, 7, (found(event), versions(4..=12))),
                (version(5), 7, (found(event), versions(4..=5))),
                (version(3), 7, (found(event), Vec::new())),
                (version(2), 7, (None, versions(1..=2))),
                (end, 8, (found(None), versions(1..=12))),
            ] {
                let what = format!("through {through}, code {code}, {limit} at a time");
                assert_eq!(
                    folded(through, code, limit, detail).await,
                    expected,
                    "{what}"
                );
            }

            let last = at(&stream, &recorded[11]);
            keep(&store, &last).await;
            let (found, rest) = folded(end, 7, limit, detail).await;
            let event = Some((recorded[11].event_id, recorded[11].position));
            assert_eq!(
                found,
                Some(FoundSnapshot {
                    snapshot: last,
                    event
                })
            );
            assert!(rest.is_empty(), "the snapshot has all");

            let foreign = Snapshot {
                event_id: Uuid::from_u64_pair(1, 1).into(),
                position: Position::MAX,
                ..at(&stream, &recorded[11])
            };
            keep(&store, &foreign).await;
            let (found, _) = folded(end, 7, limit, detail).await;
            let told = found.expect("it is found").event;
            assert_eq!(
                told, event,
                "the event that the stream has, and not the snapshot"
            );

            keep(&store, &of(&stream, 20)).await;
            let (found, rest) = folded(end, 7, limit, detail).await;
            let beyond = of(&stream, 20);
            let expected = FoundSnapshot {
                snapshot: beyond,
                event: None,
            };
            assert_eq!(
                (found, rest),
                (Some(expected), Vec::new()),
                "beyond the end"
            );
        }
    }
}

/// A snapshot at this event.
fn at(stream: &StreamId, recorded: &RecordedEvent) -> Snapshot {
    Snapshot {
        version: recorded.version,
        event_id: recorded.event_id,
        position: recorded.position,
        ..of(stream, 1)
    }
}

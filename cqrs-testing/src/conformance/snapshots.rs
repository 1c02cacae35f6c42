//! S1: a snapshot can only make loading faster. What a store has to do for it: give back what it was given, or nothing.

use chrono::DateTime;
use cqrs_core::ports::append::Append;
use cqrs_core::ports::snapshots::{Snapshot, SnapshotPage, SnapshotRead};
use cqrs_core::ports::store::SharedStore;
use cqrs_core::words::fingerprint::Fingerprint;
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::{Category, StreamId};
use cqrs_core::words::version::StreamVersion;
use uuid::Uuid;

use super::harness::StoreHarness;
use super::sample::{NO_STREAM, account, payload, some, stream, version};

/// Catches a store that loses a part of it, or rewrites the state.
pub async fn s1_a_snapshot_is_found_as_it_was_given<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let states = ["{ \"b\" :1.0e2, \"a\":\"\\u0000\"}", "\"\u{1F600}\"", "[]"];
    for (number, (state, fingerprint)) in states.into_iter().zip([0, 7, u64::MAX]).enumerate() {
        let snapshot = Snapshot {
            fingerprint: Fingerprint::new(fingerprint),
            state: payload(state),
            ..of(&account(number), 7)
        };
        keep(&store, &snapshot).await;
        assert_eq!(find(&store, &snapshot.stream).await, Some(snapshot));
    }
    assert_eq!(find(&store, &account("unknown")).await, None);
}

/// Catches a store that mixes up streams whose names are alike.
pub async fn s1_each_stream_has_its_own_snapshot<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let streams = [account("1"), account("11"), stream("accounts", "1")];
    for (number, stream) in (1..).zip(&streams) {
        keep(&store, &of(stream, number)).await;
    }
    for (number, stream) in (1..).zip(&streams) {
        assert_eq!(find(&store, stream).await, Some(of(stream, number)));
    }
}

/// Catches a store whose slow writers put old snapshots over new ones.
pub async fn s1_a_snapshot_never_replaces_a_later_one<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let stream = account("1");
    for number in [5, 9, 7, 8, 1] {
        keep(&store, &of(&stream, number)).await;
    }
    assert_eq!(find(&store, &stream).await, Some(of(&stream, 9)));
    let of_other_code = Snapshot {
        fingerprint: Fingerprint::new(8),
        ..of(&stream, 3)
    };
    keep(&store, &of_other_code).await;
    let found = find(&store, &stream).await;
    assert_eq!(
        found,
        Some(of_other_code),
        "what new code can't use is in its way"
    );
}

/// Catches a store that gives a state from after the version that is asked for.
pub async fn s1_a_snapshot_of_a_later_version_is_not_found<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let stream = account("1");
    keep(&store, &of(&stream, 5)).await;
    for (through, is_found) in [(4, false), (5, true), (6, true)] {
        let found = store.find_snapshot(&stream, version(through)).await;
        let found = found.expect("the snapshot is looked for");
        assert_eq!(found.is_some(), is_found, "through version {through}");
    }
}

/// Catches a store that leaves out the event of the snapshot's version, by which it is checked, or that begins at a snapshot
/// of other code.
pub async fn s1_a_read_begins_with_the_event_of_the_snapshot<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let account_1 = account("1");
    let append = Append::to(account_1.clone(), NO_STREAM, some(5));
    store.append(append).await.expect("the events are recorded");
    let read = async |through: StreamVersion, code: u64, limit: usize| {
        let request = SnapshotRead {
            stream: account_1.clone(),
            through,
            fingerprint: Fingerprint::new(code),
            limit,
        };
        let read = store.read_from_snapshot(request).await;
        let SnapshotPage { snapshot, page } = read.expect("the stream is read");
        let versions: Vec<_> = page.events.iter().map(|one| one.version.get()).collect();
        (
            snapshot.map(|one| one.version.get()),
            versions,
            page.is_last,
        )
    };
    let all = vec![1, 2, 3, 4, 5];
    assert_eq!(
        read(StreamVersion::MAX, 7, 10).await,
        (None, all.clone(), true)
    );
    keep(&store, &of(&account_1, 3)).await;
    let from_it = (Some(3), vec![3, 4, 5], true);
    assert_eq!(read(StreamVersion::MAX, 7, 10).await, from_it);
    assert_eq!(read(version(3), 7, 10).await, from_it);
    let in_part = (Some(3), vec![3, 4], false);
    assert_eq!(read(StreamVersion::MAX, 7, 2).await, in_part);
    assert_eq!(read(version(2), 7, 10).await, (None, all.clone(), true));
    let of_other_code = (Some(3), all, true);
    assert_eq!(read(StreamVersion::MAX, 8, 10).await, of_other_code);
    keep(&store, &of(&account_1, 9)).await;
    let behind_the_end = (Some(9), Vec::new(), true);
    assert_eq!(read(StreamVersion::MAX, 7, 10).await, behind_the_end);
    let found = store.read_from_snapshot(SnapshotRead {
        stream: account_1.clone(),
        through: StreamVersion::MAX,
        fingerprint: Fingerprint::new(7),
        limit: 10,
    });
    let found = found.await.expect("the stream is read").snapshot;
    assert_eq!(found, Some(of(&account_1, 9)), "whole");
}

/// Catches a list that loses snapshots at the end of a page, or has another order than its keys.
pub async fn s1_snapshots_are_listed_page_by_page<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let mut keys = ["b", "B", "a", "aa", "ä", "10", "9"];
    for key in keys {
        keep(&store, &of(&account(key), 1)).await;
    }
    keep(&store, &of(&stream("accounts", "a"), 1)).await;
    keys.sort_unstable();
    for limit in [1, 2, 7, 8] {
        let mut listed = Vec::new();
        loop {
            let after = listed.last().map(|last: &Snapshot| last.stream.key());
            let page = store.list_snapshots(&ACCOUNTS, after, limit).await;
            let page = page.expect("the snapshots are listed");
            assert!(page.len() <= limit, "a page of {limit} has {}", page.len());
            if page.is_empty() {
                break;
            }
            listed.extend(page);
        }
        let listed: Vec<_> = listed.iter().map(|one| one.stream.key().as_str()).collect();
        assert_eq!(listed, keys, "by pages of {limit}");
    }
}

/// Catches a store that drops too much, or too little.
pub async fn s1_dropped_snapshots_are_gone<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let others = stream("accounts", "1");
    for stream in [&account("1"), &account("2"), &account("3"), &others] {
        keep(&store, &of(stream, 1)).await;
    }
    let second = account("2");
    let dropped = store.drop_snapshots(&ACCOUNTS, Some(second.key()));
    assert_eq!(dropped.await.expect("it is dropped"), 1);
    assert_eq!(find(&store, &second).await, None);
    assert!(find(&store, &account("1")).await.is_some());
    let dropped = store.drop_snapshots(&ACCOUNTS, None);
    assert_eq!(dropped.await.expect("they are dropped"), 2);
    assert_eq!(find(&store, &account("3")).await, None);
    assert!(find(&store, &others).await.is_some(), "of another category");
}

/// Catches a store that keeps them in the process.
pub async fn s1_a_snapshot_is_there_after_a_restart<H: StoreHarness>(harness: &H) {
    let snapshot = of(&account("1"), 5);
    keep(&harness.store(), &snapshot).await;
    let store = harness.restart().await;
    assert_eq!(find(&store, &snapshot.stream).await, Some(snapshot));
}

static ACCOUNTS: Category = Category::from_static("account");

pub(super) fn of(stream: &StreamId, number: u64) -> Snapshot {
    Snapshot {
        stream: stream.clone(),
        version: version(number),
        event_id: Uuid::from_u64_pair(7, number).into(),
        position: Position::new(number * 3).expect("the position of a sample is valid"),
        fingerprint: Fingerprint::new(7),
        state: payload(&format!(r#"{{"number":{number}}}"#)),
        taken_at: DateTime::from_timestamp_micros(1_700_000_000_000_123)
            .expect("the time of a sample is valid"),
    }
}

pub(super) async fn keep(store: &SharedStore, snapshot: &Snapshot) {
    let kept = store.keep_snapshot(snapshot.clone()).await;
    kept.expect("the snapshot is kept");
}

async fn find(store: &SharedStore, stream: &StreamId) -> Option<Snapshot> {
    let found = store.find_snapshot(stream, StreamVersion::MAX).await;
    found.expect("the snapshot is looked for")
}

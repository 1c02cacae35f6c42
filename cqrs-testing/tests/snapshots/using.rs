//! What is loaded is the same with any snapshot as without: S1.

use cqrs_core::ports::snapshots::{KeepSnapshots, Snapshot};
use cqrs_core::prelude::*;
use cqrs_core::words::event::EventId;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::version::StreamVersion;
use cqrs_memory::Memory;
use cqrs_testing::FaultyStore;
use cqrs_testing::faulty_store::SnapshotFault;

use super::domain::{
    BoxError, Checked, METER, Meter, MeterId, Plain, Use, application, kept, kept_version, same,
    use_units,
};

#[tokio::test]
async fn only_what_came_after_the_snapshot_is_read() -> Checked {
    let store = FaultyStore::new(Memory::new());
    let cqrs = application::<Meter>(store.clone()).await?;
    use_units(&cqrs, 20).await?;
    use_units(&cqrs, 1).await?;
    let before = store.reads();
    let meter = cqrs.repository::<Meter>().load(&METER).await?;
    // The event of the snapshot's version and the one after it.
    assert_eq!((meter.version().get(), store.reads() - before), (21, 1));
    let before = store.reads();
    cqrs.repository::<Plain>().load(&METER).await?;
    assert_eq!(store.reads() - before, 7, "three events at a time");
    Ok(())
}

/// Versions that are before, at and after the snapshot's, with pages that begin and end everywhere.
#[tokio::test]
async fn each_version_is_what_folding_gives() -> Checked {
    let mut random = fastrand::Rng::with_seed(7);
    for page in [1, 2, 3, 100] {
        let store = Memory::new();
        let built = cqrs_core::runtime::app::Cqrs::builder(store.clone());
        let cqrs = built.aggregate::<Meter>().page(page).build().await?;
        for _ in 0..12 {
            let command = Use {
                meter: METER,
                times: random.u64(1..6),
                closes: random.bool(),
            };
            let _ = cqrs.send(command).await?;
            cqrs.snapshots_taken().await;
            let last = same(&cqrs).await?.version().get();
            for version in 0..=last {
                let version = StreamVersion::try_from(i64::try_from(version)?)?;
                let meter = cqrs.repository::<Meter>().load_at(&METER, version).await?;
                let plain = cqrs.repository::<Plain>().load_at(&METER, version).await?;
                assert_eq!(
                    (meter.units, &meter.months, meter.position()),
                    (plain.units, &plain.months, plain.position()),
                    "version {version}, pages of {page}"
                );
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn whatever_is_wrong_with_what_is_found_loading_gives_the_same() -> Checked {
    let faults = [
        SnapshotFault::Unavailable,
        SnapshotFault::Corrupt,
        SnapshotFault::TruncateState,
        SnapshotFault::OtherState(Payload::from_json("[7]")?),
        SnapshotFault::Future(1),
        SnapshotFault::Future(2),
        SnapshotFault::Future(1_000),
        SnapshotFault::OtherEvent,
        SnapshotFault::OtherCode,
    ];
    let store = FaultyStore::new(Memory::new());
    let cqrs = application::<Meter>(store.clone()).await?;
    use_units(&cqrs, 10).await?;
    use_units(&cqrs, 1).await?;
    for fault in faults {
        store.next_snapshot(fault.clone());
        let meter = same(&cqrs).await?;
        assert_eq!((meter.version().get(), store.faults_left()), (11, 0));
        cqrs.snapshots_taken().await;
        store.next_snapshot(fault.clone());
        let sent = cqrs.send(Use {
            meter: MeterId(1),
            times: 0,
            closes: false,
        });
        assert_eq!(sent.await?.reply, meter.units, "{fault:?}");
        cqrs.snapshots_taken().await;
    }
    Ok(())
}

/// Snapshots as they may lie in the store, each as the right one, changed.
fn wrong_ones(right: &Snapshot) -> Result<Vec<(&'static str, Snapshot)>, BoxError> {
    let right = || right.clone();
    Ok(vec![
        ("truncated", {
            let text = right().state.as_str().to_owned();
            let state = Payload::from_store(&text[..text.len() / 2]);
            Snapshot { state, ..right() }
        }),
        ("of another shape", {
            let state = Payload::from_json("{\"units\":\"seven\",\"months\":[]}")?;
            Snapshot { state, ..right() }
        }),
        ("of the future", {
            let version = StreamVersion::try_from(1_000_i64)?;
            Snapshot { version, ..right() }
        }),
        ("of another log", {
            let event_id = EventId::new();
            Snapshot {
                event_id,
                ..right()
            }
        }),
        ("of a log that was copied", {
            let position = Position::new(right().position.get() + 1)?;
            Snapshot {
                position,
                ..right()
            }
        }),
        ("of version 0", {
            let version = StreamVersion::NONE;
            Snapshot { version, ..right() }
        }),
    ])
}

#[tokio::test]
async fn a_snapshot_that_is_of_no_use_makes_room_for_one_that_is() -> Checked {
    let memory = Memory::new();
    let cqrs = application::<Meter>(memory.clone()).await?;
    use_units(&cqrs, 10).await?;
    use_units(&cqrs, 1).await?;
    let right = kept(&memory).await?.expect("ten events");
    for (what, wrong) in wrong_ones(&right)? {
        let stream = Meter::stream(&METER)?;
        let (category, key) = (stream.category(), stream.key());
        memory.drop_snapshots(category, Some(key)).await?;
        memory.keep_snapshot(wrong.clone()).await?;
        same(&cqrs).await?;
        cqrs.snapshots_taken().await;
        assert_eq!(kept_version(&memory).await?, 11, "one {what}");
        let now = kept(&memory).await?.expect("it was replaced");
        assert_ne!(now.state, wrong.state, "one {what}");
        same(&cqrs).await?;
    }
    Ok(())
}

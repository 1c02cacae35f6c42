//! What the audit finds, and what it does not mistake for a fault.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};

use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::ports::snapshots::{KeepSnapshots, Snapshot};
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::snapshots::SnapshotError;
use cqrs_core::words::event::{EventId, EventName, NewEvent};
use cqrs_core::words::payload::Payload;
use cqrs_core::words::version::{ExpectedVersion, StreamVersion};
use cqrs_memory::Memory;

use super::domain::{BoxError, Checked, Meter, MeterId, Plain, Use, application};

/// What each coin is worth: code outside of any `apply`, which changes while the tests run.
static WORTH: AtomicU64 = AtomicU64::new(1);

fn worth(coins: u64) -> u64 {
    coins * WORTH.load(Ordering::SeqCst)
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "purse.coins_put")]
struct CoinsPut {
    coins: u64,
}

#[derive(Aggregate, Serialize, Deserialize, Default, Debug)]
#[aggregate(name = "purse", id = MeterId, events(CoinsPut), snapshot(every = 2))]
struct Purse {
    worth: u64,
    coins: HashSet<u64>,
}

#[apply]
impl Apply<CoinsPut> for Purse {
    fn apply(&mut self, event: &CoinsPut) {
        self.worth += worth(event.coins);
        self.coins.insert(event.coins);
    }
}

#[derive(Command, Debug)]
#[command(aggregate = Purse, any)]
struct Put {
    #[id]
    purse: MeterId,
}

impl Handle<Put> for Purse {
    fn handle(_: &Put, purse: &mut Root<Self>) -> Result<(), std::convert::Infallible> {
        for coins in 0..20 {
            purse.emit(CoinsPut { coins });
        }
        Ok(())
    }
}

#[tokio::test]
async fn it_finds_a_changed_helper_and_no_fault_in_hash_sets() -> Checked {
    let store = Memory::new();
    let cqrs = application::<Purse>(store.clone()).await?;
    for purse in 0..30 {
        let _ = cqrs
            .send(Put {
                purse: MeterId(purse),
            })
            .await?;
    }
    cqrs.snapshots_taken().await;
    let audit = cqrs.audit_snapshots::<Purse>().await?;
    assert_eq!((audit.kept, audit.usable, audit.compared), (30, 30, 30));
    assert_eq!(
        (audit.wrong.len(), audit.not_folded.len()),
        (0, 0),
        "{audit:?}"
    );
    assert!(audit.reordered > 0, "no two hash sets have the same order");

    WORTH.store(2, Ordering::SeqCst);
    let audit = cqrs.audit_snapshots::<Purse>().sample(7).await?;
    assert_eq!((audit.kept, audit.compared, audit.wrong.len()), (30, 7, 7));
    let wrong = &audit.wrong[0];
    assert!(wrong.kept.as_str().contains("\"worth\":190"), "{wrong:?}");
    let folded = wrong.folded.as_ref().ok_or("the stream is there")?;
    assert!(folded.as_str().contains("\"worth\":380"), "{wrong:?}");

    let audit = cqrs.audit_snapshots::<Purse>().drop_wrong().await?;
    assert_eq!(audit.wrong.len(), 30);
    let audit = cqrs.audit_snapshots::<Purse>().await?;
    assert_eq!((audit.kept, audit.wrong.len()), (0, 0));
    Ok(())
}

async fn meters(store: &Memory, count: u64) -> Result<Cqrs, BoxError> {
    let cqrs = application::<Meter>(store.clone()).await?;
    for meter in 0..count {
        let command = Use {
            meter: MeterId(meter),
            times: 10,
            closes: false,
        };
        let _ = cqrs.send(command).await?;
    }
    cqrs.snapshots_taken().await;
    Ok(cqrs)
}

async fn snapshot_of(store: &Memory, meter: u64) -> Result<Snapshot, BoxError> {
    let stream = Meter::stream(&MeterId(meter))?;
    let found = store.find_snapshot(&stream, StreamVersion::MAX).await?;
    Ok(found.ok_or("it has a snapshot")?)
}

#[tokio::test]
async fn it_finds_what_is_not_of_this_log_or_cant_be_read() -> Checked {
    let store = Memory::new();
    let cqrs = meters(&store, 5).await?;
    let right = async |meter| snapshot_of(&store, meter).await;
    for wrong in [
        Snapshot {
            event_id: EventId::new(),
            ..right(0).await?
        },
        Snapshot {
            version: StreamVersion::try_from(11_i64)?,
            ..right(1).await?
        },
        Snapshot {
            state: Payload::from_json("{\"units\":7,\"months\":[7]}")?,
            ..right(2).await?
        },
        Snapshot {
            state: Payload::from_store("{\"units\":7"),
            ..right(3).await?
        },
    ] {
        store.keep_snapshot(wrong).await?;
    }
    let audit = cqrs.audit_snapshots::<Meter>().await?;
    let wrong: Vec<_> = audit
        .wrong
        .iter()
        .map(|one| (one.stream.key().as_str(), one.folded.is_some()))
        .collect();
    assert_eq!(
        wrong,
        [("0", false), ("1", false), ("2", true), ("3", true)]
    );
    assert_eq!(audit.compared, 5);
    Ok(())
}

#[tokio::test]
async fn an_event_that_cant_be_read_does_not_end_it() -> Checked {
    let store = Memory::new();
    let cqrs = meters(&store, 3).await?;
    let right = snapshot_of(&store, 1).await?;
    let name = EventName::from_static("meter.stolen");
    let stolen = NewEvent::new(name, Payload::from_json("{}")?);
    let event_id = stolen.event_id;
    let expected = ExpectedVersion::Exact(right.version);
    let append = Append::to(right.stream.clone(), expected, vec![stolen]);
    store.append(append).await?;
    let snapshot = Snapshot {
        version: right.version.after(1),
        event_id,
        ..right
    };
    store.keep_snapshot(snapshot).await?;
    let audit = cqrs.audit_snapshots::<Meter>().await?;
    assert_eq!((audit.usable, audit.compared, audit.wrong.len()), (3, 2, 0));
    let not_folded = &audit.not_folded[0];
    assert_eq!(not_folded.stream.key().as_str(), "1");
    assert!(not_folded.error.contains("meter.stolen"), "{not_folded:?}");
    Ok(())
}

#[tokio::test]
async fn it_needs_an_aggregate_with_snapshots() -> Checked {
    let cqrs = application::<Meter>(Memory::new()).await?;
    let off = cqrs.audit_snapshots::<Plain>().await;
    assert!(matches!(off, Err(SnapshotError::Off { .. })), "{off:?}");
    Ok(())
}

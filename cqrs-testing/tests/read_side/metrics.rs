//! Each counter and histogram moves when the page says so. `docs/tests/metrics.rs` looks for their names here and in
//! `gauges.rs`.

use std::sync::Arc;
use std::time::Duration;

use cqrs_core::domain::error_policy::{ErrorDecision, Failure};
use cqrs_core::domain::event_handler::{Delivery, EventHandler, NoCommands};
use cqrs_core::ports::leases::{HoldLeases, Leases};
use cqrs_core::prelude::*;
use cqrs_core::runtime::aggregate_cache::AggregateCache;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::builder::CqrsBuilder;
use cqrs_core::words::event::Recorded as RecordedOf;
use cqrs_core::words::generation::{Generation, GenerationId};
use cqrs_core::words::node::NodeId;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::start::StartFrom;
use cqrs_memory::Memory;
use cqrs_testing::bank::Error;
use cqrs_testing::faulty_read_side::AdvanceFault;
use cqrs_testing::faulty_store::{SnapshotFault, SnapshotWriteFault};
use cqrs_testing::manual_clock::ManualClock;
use cqrs_testing::{FaultyReadSide, FaultyStore};

use super::domain::{
    Account, AccountEvent, AccountId, Balance, Checked, Moving, Open, Transfer, deposit, open,
    request,
};
use super::event_handlers::Bonus;
use super::meters;
use super::recorder::Recorded;

/// Waits for something that comes by itself.
pub(super) async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..2_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{what} did not come");
}

/// An application of accounts, to which a test adds what it counts.
pub(super) fn bank() -> CqrsBuilder<Memory> {
    Cqrs::builder(Memory::new()).aggregate::<Account>()
}

/// An application that stages commands for accounts and does not take them; one account is open.
pub(super) async fn without_accounts() -> Result<CqrsBuilder<Memory>, Error> {
    let store = Memory::new();
    let writer = Cqrs::builder(store.clone()).aggregate::<Account>();
    open(&writer.build().await?, 1, 100).await?;
    Ok(Cqrs::builder(store)
        .event_handler(Bonus::default())
        .error_policy(|_: &Failure| ErrorDecision::Park))
}

pub(super) async fn poisoned(cqrs: &Cqrs, account: u64) -> Checked {
    let poison = Open {
        account: AccountId(account),
        owner: "poison".into(),
    };
    let _ = cqrs.send(poison).await?;
    Ok(())
}

#[tokio::test]
async fn events_and_batches_move_with_each_batch() -> Checked {
    let recorded = Recorded::default();
    let _metrics = metrics::set_default_local_recorder(&recorded);
    let cqrs = bank()
        .view::<Balance>()
        .batch(2)
        .rebuild_batch(2)
        .build()
        .await?;
    open(&cqrs, 1, 5).await?;
    deposit(&cqrs, 1, 5).await?;
    cqrs.run_until_idle().await?;
    let count = |name: &str| recorded.count(&format!("{name}{{processor=balance}}"));
    assert_eq!(count("cqrs_processor_events_total"), 3);
    assert_eq!(count("cqrs_processor_batch_seconds"), 2);
    Ok(())
}

#[tokio::test]
async fn appends_with_inline_read_models_are_counted() -> Checked {
    let recorded = Recorded::default();
    let _metrics = metrics::set_default_local_recorder(&recorded);
    let cqrs = bank().view::<super::inline::Movements>().build().await?;
    open(&cqrs, 1, 5).await?;
    let count = |name: &str| recorded.count(&format!("{name}{{processor=movements}}"));
    assert_eq!(count("cqrs_inline_appends_total"), 2);
    assert_eq!(count("cqrs_inline_append_seconds"), 2);
    assert_eq!(count("cqrs_inline_failures_total"), 0);
    assert!(poisoned(&cqrs, 2).await.is_err());
    assert_eq!(count("cqrs_inline_failures_total"), 1);
    assert_eq!(count("cqrs_inline_appends_total"), 2);
    Ok(())
}

#[tokio::test]
async fn aggregates_in_memory_are_counted() -> Checked {
    let recorded = Recorded::default();
    let _metrics = metrics::set_default_local_recorder(&recorded);
    let cqrs = bank()
        .cache(AggregateCache::default().aggregates(8))
        .build()
        .await?;
    let count = |name: &str| recorded.count(&format!("{name}{{aggregate=account}}"));
    open(&cqrs, 1, 5).await?;
    assert_eq!(count("cqrs_cache_misses_total"), 1, "it is created");
    let hits = count("cqrs_cache_hits_total");
    deposit(&cqrs, 1, 5).await?;
    assert_eq!(count("cqrs_cache_hits_total"), hits + 1);
    assert_eq!(count("cqrs_cache_evictions_total"), 0);
    for account in 2..200 {
        open(&cqrs, account, 5).await?;
    }
    let evicted = count("cqrs_cache_evictions_total");
    assert!(evicted >= 199 - 8, "{evicted} of 199 made room");
    Ok(())
}

#[tokio::test]
async fn snapshots_that_are_taken_and_those_that_are_ignored_are_counted() -> Checked {
    let recorded = Recorded::default();
    let _metrics = metrics::set_default_local_recorder(&recorded);
    let store = FaultyStore::new(Memory::new());
    let cqrs = meters::application::<meters::Meter>(store.clone()).await?;
    let taken = |outcome: &str| {
        let labels = format!("aggregate=meter,outcome={outcome}");
        recorded.count(&format!("cqrs_snapshots_taken_total{{{labels}}}"))
    };
    let ignored = |reason: &str| {
        let labels = format!("aggregate=meter,reason={reason}");
        recorded.count(&format!("cqrs_snapshots_ignored_total{{{labels}}}"))
    };
    store.next_snapshot_write(SnapshotWriteFault::Unavailable);
    meters::use_units(&cqrs, 10).await?;
    assert_eq!((taken("kept"), taken("failed")), (0, 1));
    meters::use_units(&cqrs, 1).await?;
    assert_eq!((taken("kept"), taken("failed")), (1, 1));
    for (fault, reason) in [
        (SnapshotFault::Corrupt, "unreadable"),
        (SnapshotFault::TruncateState, "undecodable"),
        (SnapshotFault::OtherEvent, "foreign"),
        (SnapshotFault::Future(1_000), "future"),
        (SnapshotFault::OtherCode, "other code"),
    ] {
        assert_eq!(ignored(reason), 0);
        store.next_snapshot(fault);
        meters::same(&cqrs).await?;
        assert_eq!(ignored(reason), 1, "{reason}");
        cqrs.snapshots_taken().await;
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn snapshots_that_find_no_room_are_counted() -> Checked {
    let recorded = Recorded::default();
    let _metrics = metrics::set_default_local_recorder(&recorded);
    let store = FaultyStore::new(Memory::new());
    let cqrs = meters::application::<meters::Meter>(store.clone()).await?;
    let dropped = || recorded.count("cqrs_snapshots_taken_total{aggregate=meter,outcome=dropped}");
    for _ in 0..2 {
        store.next_snapshot_write(SnapshotWriteFault::Delay(Duration::from_mins(1)));
    }
    for meter in 0..300 {
        let command = meters::Use {
            meter: meters::MeterId(meter),
            times: 0,
            closes: true,
        };
        let _ = cqrs.send(command).await?;
    }
    assert_eq!((dropped(), store.faults_left()), (300 - 256, 0));
    cqrs.snapshots_taken().await;
    Ok(())
}

#[tokio::test]
async fn failures_and_stops_are_counted() -> Checked {
    let recorded = Recorded::default();
    let _metrics = metrics::set_default_local_recorder(&recorded);
    let cqrs = bank()
        .view::<Balance>()
        .error_policy(|_: &Failure| ErrorDecision::Stop)
        .build()
        .await?;
    poisoned(&cqrs, 1).await?;
    let runners = cqrs.start_runners();
    let stops = "cqrs_processor_stops_total{processor=balance}";
    eventually("the stop", || recorded.count(stops) == 1).await;
    let failures = "cqrs_processor_failures_total{processor=balance,kind=panicked}";
    assert_eq!(recorded.count(failures), 1);
    runners.stop(Duration::from_secs(1)).await;
    Ok(())
}

/// Fails at each event in the way that it is told.
#[derive(Clone, Copy)]
enum Failing {
    Fails,
    Hangs,
}

impl EventHandler for Failing {
    const NAME: ProcessorName = ProcessorName::from_static("failing");
    const START: StartFrom = StartFrom::Beginning;
    const TIMEOUT: Duration = Duration::from_millis(10);
    type Event = AccountEvent;
    type Command = NoCommands;
    type Error = String;

    async fn handle(
        &self,
        _: &RecordedOf<AccountEvent>,
        _: &mut Delivery<NoCommands>,
    ) -> Result<(), String> {
        match self {
            Self::Fails => Err("it is meant to fail".into()),
            Self::Hangs => std::future::pending().await,
        }
    }
}

/// Records an event, and handles it with this one.
async fn handled_by(handler: Failing) -> Checked {
    let cqrs = bank()
        .event_handler(handler)
        .error_policy(|_: &Failure| ErrorDecision::Skip)
        .build()
        .await?;
    poisoned(&cqrs, 1).await?;
    cqrs.run_until_idle().await?;
    Ok(())
}

#[tokio::test]
async fn a_call_that_takes_too_long_is_counted_as_timed_out() -> Checked {
    let recorded = Recorded::default();
    let _metrics = metrics::set_default_local_recorder(&recorded);
    let kinds = ["failed", "timed out"]
        .map(|kind| format!("cqrs_processor_failures_total{{processor=failing,kind={kind}}}"));
    let count = || kinds.each_ref().map(|kind| recorded.count(kind));
    handled_by(Failing::Fails).await?;
    assert_eq!(count(), [1, 0]);
    handled_by(Failing::Hangs).await?;
    assert_eq!(count(), [1, 1]);
    Ok(())
}

#[tokio::test]
async fn what_the_store_refuses_is_counted_as_refused() -> Checked {
    let recorded = Recorded::default();
    let _metrics = metrics::set_default_local_recorder(&recorded);
    let store = FaultyReadSide::new(Memory::new());
    store.fail_steps(|step| (!step.documents.is_empty()).then_some(AdvanceFault::Refuse));
    let cqrs = Cqrs::builder(store)
        .aggregate::<Account>()
        .view::<Balance>()
        .error_policy(|_: &Failure| ErrorDecision::Skip)
        .build()
        .await?;
    open(&cqrs, 1, 5).await?;
    cqrs.run_until_idle().await?;
    let refused = "cqrs_processor_failures_total{processor=balance,kind=refused}";
    assert!(recorded.count(refused) > 0);
    Ok(())
}

/// Knows of a deposit what is not in it.
#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
enum OtherEvent {
    #[event(name = "account.deposited")]
    Deposited { cents: u64 },
}

#[derive(Serialize, Deserialize, Default)]
struct Others;

impl View for Others {
    const NAME: ProcessorName = ProcessorName::from_static("others");
    type Event = OtherEvent;
    type Key = &'static str;

    fn keys(_: &RecordedOf<OtherEvent>) -> impl IntoIterator<Item = &'static str> {
        ["all"]
    }

    fn apply(&mut self, _: &RecordedOf<OtherEvent>) {}
}

#[tokio::test]
async fn what_is_not_understood_is_counted_as_coding() -> Checked {
    let recorded = Recorded::default();
    let _metrics = metrics::set_default_local_recorder(&recorded);
    let store = Memory::new();
    let writer = Cqrs::builder(store.clone()).aggregate::<Account>();
    open(&writer.build().await?, 1, 5).await?;
    let reader = Cqrs::builder(store)
        .view::<Others>()
        .error_policy(|_: &Failure| ErrorDecision::Skip);
    reader.build().await?.run_until_idle().await?;
    let coding = "cqrs_processor_failures_total{processor=others,kind=coding}";
    assert_eq!(recorded.count(coding), 1);
    Ok(())
}

#[tokio::test]
async fn stale_steps_are_counted() -> Checked {
    let recorded = Recorded::default();
    let _metrics = metrics::set_default_local_recorder(&recorded);
    let clock = ManualClock::default();
    let store = Memory::new().with_clock(Arc::new(clock.clone()));
    let cqrs = Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .view::<Balance>()
        .lease(Duration::from_mins(1))
        .build()
        .await?;
    let runners = cqrs.start_runners();
    let last = open(&cqrs, 1, 5).await?;
    cqrs.view::<Balance>(AccountId(1)).at_least(last).await?;
    clock.advance(Duration::from_mins(2));
    let rival = HoldLeases {
        node: NodeId::new("rival")?,
        lease: Duration::from_mins(1),
        generations: vec![GenerationId::new(Balance::NAME, Generation::FIRST)],
    };
    store.hold(rival).await?;
    deposit(&cqrs, 1, 5).await?;
    let stale = "cqrs_processor_stale_steps_total{processor=balance}";
    eventually("the stale step", || recorded.count(stale) > 0).await;
    runners.stop(Duration::from_secs(1)).await;
    Ok(())
}

#[tokio::test]
async fn staged_commands_are_counted_by_outcome() -> Checked {
    let recorded = Recorded::default();
    let _metrics = metrics::set_default_local_recorder(&recorded);
    let cqrs = bank()
        .aggregate::<Transfer>()
        .process_manager::<Moving>()
        .build()
        .await?;
    request(&cqrs, 7, 1, 2, 30).await?;
    cqrs.run_until_idle().await?;
    let count = |outcome: &str| {
        recorded.count(&format!(
            "cqrs_staged_commands_total{{processor=moving,outcome={outcome}}}"
        ))
    };
    // The account to take from is not there, and the transfer is settled then.
    assert_eq!((count("rejected"), count("done")), (1, 1));
    Ok(())
}

#[tokio::test]
async fn commands_that_are_not_sent_are_counted_as_failures() -> Checked {
    let recorded = Recorded::default();
    let _metrics = metrics::set_default_local_recorder(&recorded);
    let cqrs = without_accounts().await?.build().await?;
    cqrs.run_until_idle().await?;
    let name = <Bonus as EventHandler>::NAME;
    let failures = format!("cqrs_processor_failures_total{{processor={name},kind=not sent}}");
    assert_eq!(recorded.count(&failures), 1);
    Ok(())
}

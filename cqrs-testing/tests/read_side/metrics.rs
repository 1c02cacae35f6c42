//! Each metric moves when the page says so. `docs/tests/metrics.rs` looks for their names here.

use std::sync::Arc;
use std::time::Duration;

use cqrs_core::domain::error_policy::{ErrorDecision, Failure};
use cqrs_core::domain::event_handler::{Delivery, EventHandler, NoCommands};
use cqrs_core::ports::leases::{HoldLeases, Leases};
use cqrs_core::prelude::*;
use cqrs_core::runtime::aggregate_cache::AggregateCache;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::event::Recorded as RecordedOf;
use cqrs_core::words::generation::{Generation, GenerationId};
use cqrs_core::words::node::NodeId;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::start::StartFrom;
use cqrs_memory::Memory;
use cqrs_testing::FaultyStore;
use cqrs_testing::faulty_store::{SnapshotFault, SnapshotWriteFault};
use cqrs_testing::manual_clock::ManualClock;
use tokio::sync::Semaphore;

use super::domain::{
    Account, AccountEvent, AccountId, Balance, Checked, Moving, Open, Transfer, deposit, open,
    request,
};
use super::event_handlers::Bonus;
use super::meters;
use super::recorder::{Recorded, Spans};
use super::reminding::Reminding;

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

async fn poisoned(cqrs: &Cqrs, account: u64) -> Checked {
    let poison = Open {
        account: AccountId(account),
        owner: "poison".into(),
    };
    let _ = cqrs.send(poison).await?;
    Ok(())
}

fn is(value: f64, expected: u32) -> bool {
    (value - f64::from(expected)).abs() < 0.001
}

#[tokio::test]
async fn events_batches_and_spans_move_with_each_batch() -> Checked {
    let (recorded, spans) = (Recorded::default(), Spans::default());
    let _metrics = metrics::set_default_local_recorder(&recorded);
    let _spans = tracing::subscriber::set_default(spans.clone());
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Account>()
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
    let spans = spans.0.lock().unwrap();
    let batches = spans.iter().filter(|name| **name == "cqrs.processor.batch");
    assert_eq!(batches.count(), 2);
    Ok(())
}

#[tokio::test]
async fn appends_with_inline_read_models_are_counted() -> Checked {
    let recorded = Recorded::default();
    let _metrics = metrics::set_default_local_recorder(&recorded);
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Account>()
        .view::<super::inline::Movements>()
        .build()
        .await?;
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
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Account>()
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
    assert_eq!(ignored("unreadable"), 0);
    store.next_snapshot(SnapshotFault::Corrupt);
    meters::same(&cqrs).await?;
    assert_eq!(ignored("unreadable"), 1);
    Ok(())
}

#[tokio::test]
async fn failures_and_stops_are_counted() -> Checked {
    let (recorded, spans) = (Recorded::default(), Spans::default());
    let _metrics = metrics::set_default_local_recorder(&recorded);
    let _spans = tracing::subscriber::set_default(spans.clone());
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Account>()
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
    assert!(spans.0.lock().unwrap().contains(&"cqrs.processor.stopped"));
    runners.stop(Duration::from_secs(1)).await;
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
    let (recorded, spans) = (Recorded::default(), Spans::default());
    let _metrics = metrics::set_default_local_recorder(&recorded);
    let _spans = tracing::subscriber::set_default(spans.clone());
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Account>()
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
    assert!(spans.0.lock().unwrap().contains(&"cqrs.processor.commands"));
    Ok(())
}

/// Stages a command of an aggregate that the application does not take.
#[tokio::test]
async fn parked_commands_are_gauged_and_counted_until_they_are_discarded() -> Checked {
    let recorded = Recorded::default();
    let _metrics = metrics::set_default_local_recorder(&recorded);
    let store = Memory::new();
    let writer = Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .build()
        .await?;
    open(&writer, 1, 100).await?;
    let cqrs = Cqrs::builder(store)
        .event_handler(Bonus::default())
        .error_policy(|_: &Failure| ErrorDecision::Park)
        .lease(Duration::from_millis(300))
        .build()
        .await?;
    let name = <Bonus as EventHandler>::NAME;
    let gauge = format!("cqrs_processor_parked_commands{{processor={name}}}");
    let count = |outcome: &str| {
        recorded.count(&format!(
            "cqrs_staged_commands_total{{processor={name},outcome={outcome}}}"
        ))
    };
    let runners = cqrs.start_runners();
    eventually("the parked command", || is(recorded.gauge(&gauge), 1)).await;
    eventually("the problem", || {
        let problems = cqrs.health().problems;
        problems
            .iter()
            .any(|problem| problem.contains("1 parked commands of"))
    })
    .await;
    assert_eq!((count("failed"), count("discarded")), (1, 0));
    let parked = cqrs.parked(name.clone());
    let id = parked.commands(None, 1).await?[0].id;
    assert!(parked.discard_command(id).await?);
    eventually("its end", || is(recorded.gauge(&gauge), 0)).await;
    assert_eq!((count("failed"), count("discarded")), (1, 1));
    runners.stop(Duration::from_secs(1)).await;
    Ok(())
}

#[tokio::test]
async fn commands_that_are_not_sent_are_counted_as_failures() -> Checked {
    let recorded = Recorded::default();
    let _metrics = metrics::set_default_local_recorder(&recorded);
    let store = Memory::new();
    let writer = Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .build()
        .await?;
    open(&writer, 1, 100).await?;
    let cqrs = Cqrs::builder(store)
        .event_handler(Bonus::default())
        .error_policy(|_: &Failure| ErrorDecision::Park)
        .build()
        .await?;
    cqrs.run_until_idle().await?;
    let name = <Bonus as EventHandler>::NAME;
    let failures = format!("cqrs_processor_failures_total{{processor={name},kind=not sent}}");
    assert_eq!(recorded.count(&failures), 1);
    Ok(())
}

#[tokio::test]
async fn a_timer_is_gauged_while_it_waits() -> Checked {
    let recorded = Recorded::default();
    let _metrics = metrics::set_default_local_recorder(&recorded);
    let clock = ManualClock::default();
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Account>()
        .process_manager::<Reminding>()
        .clock(clock.clone())
        .build()
        .await?;
    let staged = "cqrs_processor_staged_commands{processor=reminding}";
    open(&cqrs, 1, 50).await?;
    cqrs.run_until_idle().await?;
    assert_eq!(cqrs.processors().await?[0].staged_commands, 1);
    assert!(is(recorded.gauge(staged), 1));
    clock.advance(Duration::from_hours(2));
    cqrs.run_until_idle().await?;
    assert_eq!(cqrs.processors().await?[0].staged_commands, 0);
    assert!(is(recorded.gauge(staged), 0));
    Ok(())
}

/// Handles an event when it is let.
#[derive(Clone)]
struct Gated(Arc<Semaphore>);

impl EventHandler for Gated {
    const NAME: ProcessorName = ProcessorName::from_static("gated");
    const START: StartFrom = StartFrom::Beginning;
    type Event = AccountEvent;
    type Command = NoCommands;
    type Error = tokio::sync::AcquireError;

    async fn handle(
        &self,
        _: &RecordedOf<AccountEvent>,
        _: &mut Delivery<NoCommands>,
    ) -> Result<(), Self::Error> {
        self.0
            .acquire()
            .await
            .map(tokio::sync::SemaphorePermit::forget)
    }
}

#[tokio::test]
async fn lag_position_and_idle_partitions_move_by_themselves_while_runners_run() -> Checked {
    let recorded = Recorded::default();
    let _metrics = metrics::set_default_local_recorder(&recorded);
    let gate = Arc::new(Semaphore::new(0));
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Account>()
        .event_handler(Gated(Arc::clone(&gate)))
        .lease(Duration::from_millis(300))
        .build()
        .await?;
    let gauge = |name: &str| recorded.gauge(&format!("cqrs_processor_{name}{{processor=gated}}"));
    open(&cqrs, 1, 5).await?;
    cqrs.processors().await?;
    assert!(is(
        recorded.gauge("cqrs_processor_idle_partitions{processor=gated}"),
        16
    ));
    let runners = cqrs.start_runners();
    eventually("the lease", || is(gauge("idle_partitions"), 0)).await;
    let lag = "cqrs_processor_lag_events{processor=gated}";
    eventually("the lag", || is(recorded.gauge(lag), 2)).await;
    let seconds = "cqrs_processor_lag_seconds{processor=gated}";
    let before = recorded.gauge(seconds);
    eventually("the growing lag", || recorded.gauge(seconds) > before).await;
    gate.add_permits(2);
    eventually("the end of the lag", || is(recorded.gauge(lag), 0)).await;
    assert!(is(
        recorded.gauge("cqrs_processor_position{processor=gated}"),
        2
    ));
    runners.stop(Duration::from_secs(1)).await;
    Ok(())
}

#[tokio::test]
async fn parked_keys_and_events_move_by_themselves_while_runners_run() -> Checked {
    let recorded = Recorded::default();
    let _metrics = metrics::set_default_local_recorder(&recorded);
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Account>()
        .view::<Balance>()
        .error_policy(|_: &Failure| ErrorDecision::Park)
        .lease(Duration::from_millis(300))
        .build()
        .await?;
    let runners = cqrs.start_runners();
    poisoned(&cqrs, 1).await?;
    deposit(&cqrs, 1, 5).await?;
    let keys = "cqrs_processor_parked_keys{processor=balance}";
    let events = "cqrs_processor_parked_events{processor=balance}";
    eventually("the parked events", || {
        is(recorded.gauge(keys), 1) && is(recorded.gauge(events), 2)
    })
    .await;
    let key = cqrs_core::words::document_key::DocumentKey::new("1")?;
    assert!(cqrs.parked(Balance::NAME).discard(&key).await?);
    eventually("their end", || {
        is(recorded.gauge(keys), 0) && is(recorded.gauge(events), 0)
    })
    .await;
    runners.stop(Duration::from_secs(1)).await;
    Ok(())
}

//! Failures: retries with delays, parked keys, replay and discard. P3.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use cqrs_core::domain::error_policy::{ErrorDecision, Failure, FailureKind};
use cqrs_core::domain::event_handler::{Delivery, EventHandler, NoCommands};
use cqrs_core::domain::view::View;
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::runners::RunError;
use cqrs_core::runtime::status::ProcessorState;
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::event::Recorded;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::start::StartFrom;
use cqrs_memory::Memory;
use cqrs_testing::manual_clock::ManualClock;

use super::domain::{Account, AccountEvent, AccountId, Balance, Checked, Open, deposit, open};

const PARK: fn(&Failure) -> ErrorDecision = |_| ErrorDecision::Park;

async fn poisoned(cqrs: &Cqrs, account: u64) -> Checked {
    let poison = Open {
        account: AccountId(account),
        owner: "poison".into(),
    };
    let _ = cqrs.send(poison).await?;
    Ok(())
}

fn key(text: &str) -> DocumentKey {
    DocumentKey::new(text).unwrap()
}

#[tokio::test]
async fn one_poisoned_key_waits_and_all_others_flow() -> Checked {
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Account>()
        .view::<Balance>()
        .error_policy(PARK)
        .build()
        .await?;
    for account in 0..100 {
        if account == 13 {
            poisoned(&cqrs, account).await?;
            deposit(&cqrs, account, 1).await?;
        } else {
            open(&cqrs, account, 1).await?;
        }
    }
    cqrs.run_until_idle().await?;
    deposit(&cqrs, 13, 1).await?;
    cqrs.run_until_idle().await?;
    for account in 0..100 {
        let view = cqrs.view::<Balance>(AccountId(account)).await?;
        assert_eq!(view.is_some(), account != 13, "account {account}");
    }
    let parked = cqrs.parked(Balance::NAME).list(None, 100).await?;
    assert_eq!(parked.len(), 3);
    let failure = parked[0].event.failure.clone().ok_or("the first failed")?;
    assert!(failure.error.contains("can't stand"), "{}", failure.error);
    assert!(parked[1].event.failure.is_none() && parked[2].event.failure.is_none());
    let event = cqrs.parked(Balance::NAME).inspect(&parked[0]).await?;
    assert_eq!(
        event.ok_or("it points to an event")?.name.as_str(),
        "account.opened"
    );
    Ok(())
}

#[tokio::test]
async fn discard_forgets_the_culprit_and_delivers_those_behind() -> Checked {
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Account>()
        .view::<Balance>()
        .error_policy(PARK)
        .build()
        .await?;
    poisoned(&cqrs, 1).await?;
    for _ in 0..5 {
        deposit(&cqrs, 1, 2).await?;
    }
    cqrs.run_until_idle().await?;
    assert!(cqrs.parked(Balance::NAME).discard(&key("1")).await?);
    cqrs.run_until_idle().await?;
    let view = cqrs
        .view::<Balance>(AccountId(1))
        .await?
        .ok_or("no document")?;
    assert_eq!((view.amount, view.events), (10, 5));
    assert!(cqrs.parked(Balance::NAME).list(None, 10).await?.is_empty());
    let after = deposit(&cqrs, 1, 2).await?;
    cqrs.run_until_idle().await?;
    let view = cqrs.view::<Balance>(AccountId(1)).at_least(after).await?;
    assert_eq!(view.ok_or("no document")?.amount, 12);
    Ok(())
}

static IS_FIXED: AtomicBool = AtomicBool::new(false);

/// A view whose code is fixed one day.
#[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq)]
struct Fixable {
    versions: Vec<u64>,
}

impl View for Fixable {
    const NAME: ProcessorName = ProcessorName::from_static("fixable");
    type Event = AccountEvent;
    type Key = AccountId;

    fn keys(event: &Recorded<AccountEvent>) -> impl IntoIterator<Item = AccountId> {
        event.id()
    }

    fn apply(&mut self, event: &Recorded<AccountEvent>) {
        self.versions.push(event.version.get());
        let is_poison = matches!(event.event, AccountEvent::Deposited { amount: 13, .. });
        assert!(!is_poison || IS_FIXED.load(Ordering::SeqCst), "thirteen");
    }
}

#[tokio::test]
async fn a_replay_uses_todays_code_in_order_and_equals_a_clean_build() -> Checked {
    let store = Memory::new();
    let cqrs = Cqrs::builder(store)
        .aggregate::<Account>()
        .view::<Fixable>()
        .error_policy(PARK)
        .batch(7)
        .build()
        .await?;
    open(&cqrs, 1, 1).await?;
    deposit(&cqrs, 1, 13).await?;
    // More than are delivered in one step.
    for _ in 0..450 {
        deposit(&cqrs, 1, 1).await?;
    }
    cqrs.run_until_idle().await?;
    let view = cqrs
        .view::<Fixable>(AccountId(1))
        .await?
        .ok_or("no document")?;
    assert_eq!(view.versions, [1, 2]);
    assert!(cqrs.parked(Fixable::NAME).replay(&key("1")).await?);
    cqrs.run_until_idle().await?;
    let again = cqrs.parked(Fixable::NAME).of_key(&key("1"), 1).await?;
    assert_eq!(
        again[0]
            .event
            .failure
            .as_ref()
            .map(|failure| failure.attempts),
        Some(2)
    );
    IS_FIXED.store(true, Ordering::SeqCst);
    assert_eq!(cqrs.parked(Fixable::NAME).replay_all().await?, 1);
    cqrs.run_until_idle().await?;
    let view = cqrs
        .view::<Fixable>(AccountId(1))
        .await?
        .ok_or("no document")?;
    assert_eq!(view.versions, (1..=453).collect::<Vec<_>>());
    let rebuild = cqrs.rebuild::<Fixable>().await?;
    cqrs.run_until_idle().await?;
    assert!(rebuild.finished().await?.is_live);
    assert_eq!(
        cqrs.view::<Fixable>(AccountId(1)).await?.as_ref(),
        Some(&view)
    );
    Ok(())
}

/// Fails so often.
#[derive(Clone, Default)]
struct Flaky {
    fails: Arc<AtomicU32>,
    attempts: Arc<std::sync::Mutex<Vec<u32>>>,
}

impl EventHandler for Flaky {
    const NAME: ProcessorName = ProcessorName::from_static("flaky");
    const START: StartFrom = StartFrom::Beginning;
    type Event = AccountEvent;
    type Command = NoCommands;
    type Error = String;

    async fn handle(
        &self,
        event: &Recorded<AccountEvent>,
        delivery: &mut Delivery<NoCommands>,
    ) -> Result<(), String> {
        if matches!(event.event, AccountEvent::Opened { .. }) {
            return Ok(());
        }
        self.attempts.lock().unwrap().push(delivery.attempt());
        match self
            .fails
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            }) {
            Ok(_) => Err("not yet".into()),
            Err(_) => Ok(()),
        }
    }
}

#[tokio::test]
async fn retries_come_after_growing_delays_by_the_clock_and_then_the_key_is_parked() -> Checked {
    let (handler, clock) = (Flaky::default(), ManualClock::default());
    handler.fails.store(8, Ordering::SeqCst);
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Account>()
        .event_handler(handler.clone())
        .clock(clock.clone())
        .build()
        .await?;
    open(&cqrs, 1, 1).await?;
    for _ in 0..20 {
        cqrs.run_until_idle().await?;
        clock.advance(Duration::from_mins(1));
    }
    assert_eq!(*handler.attempts.lock().unwrap(), [1, 2, 3, 4, 5, 6, 7, 8]);
    let parked = cqrs.parked(Flaky::NAME).list(None, 10).await?;
    let failure = parked[0].event.failure.clone().ok_or("it failed")?;
    assert_eq!((failure.attempts, failure.retry_at), (8, None));
    assert!(cqrs.parked(Flaky::NAME).replay(&key("account-1")).await?);
    cqrs.run_until_idle().await?;
    assert!(cqrs.parked(Flaky::NAME).list(None, 10).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn skip_goes_on_without_the_event() -> Checked {
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Account>()
        .view::<Balance>()
        .error_policy(|failure: &Failure| {
            assert_eq!(failure.kind, FailureKind::Panicked);
            ErrorDecision::Skip
        })
        .build()
        .await?;
    poisoned(&cqrs, 1).await?;
    deposit(&cqrs, 1, 5).await?;
    cqrs.run_until_idle().await?;
    let view = cqrs
        .view::<Balance>(AccountId(1))
        .await?
        .ok_or("no document")?;
    assert_eq!((view.amount, view.events), (5, 1));
    Ok(())
}

#[tokio::test]
async fn stop_is_loud_and_nothing_is_lost() -> Checked {
    let store = Memory::new();
    let stopping = Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .view::<Balance>()
        .error_policy(|_: &Failure| ErrorDecision::Stop)
        .build()
        .await?;
    poisoned(&stopping, 1).await?;
    let error = stopping.run_until_idle().await.unwrap_err();
    assert!(matches!(error, RunError::Stopped { .. }), "{error}");

    let runners = stopping.start_runners();
    let mut tries = 0;
    while stopping.health().is_healthy() {
        tokio::time::sleep(Duration::from_millis(5)).await;
        tries += 1;
        assert!(tries < 1_000, "the health check does not see it");
    }
    let status = stopping.processors().await?;
    assert_eq!(status[0].state, ProcessorState::Stopped);
    assert!(runners.stop(Duration::from_secs(1)).await);

    let skipping = Cqrs::builder(store)
        .aggregate::<Account>()
        .view::<Balance>()
        .error_policy(|_: &Failure| ErrorDecision::Skip)
        .build()
        .await?;
    deposit(&skipping, 1, 5).await?;
    skipping.run_until_idle().await?;
    let view = skipping
        .view::<Balance>(AccountId(1))
        .await?
        .ok_or("no document")?;
    assert_eq!(view.amount, 5);
    Ok(())
}

/// What yesterday's code can't decode.
#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
enum Narrow {
    #[event(name = "account.opened")]
    Opened { owner: u64 },
    #[event(name = "account.deposited")]
    Deposited { amount: i64 },
}

#[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq)]
struct Undecodable {
    events: u64,
}

impl View for Undecodable {
    const NAME: ProcessorName = ProcessorName::from_static("undecodable");
    type Event = Narrow;
    type Key = AccountId;

    fn keys(event: &Recorded<Narrow>) -> impl IntoIterator<Item = AccountId> {
        event.id()
    }

    fn apply(&mut self, _: &Recorded<Narrow>) {
        self.events += 1;
    }
}

#[tokio::test]
async fn what_cannot_be_decoded_is_parked_at_once_under_the_key_of_its_stream() -> Checked {
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Account>()
        .view::<Undecodable>()
        .build()
        .await?;
    open(&cqrs, 1, 5).await?;
    cqrs.run_until_idle().await?;
    let parked = cqrs.parked(Undecodable::NAME).list(None, 10).await?;
    let places: Vec<_> = parked
        .iter()
        .map(|parked| parked.event.key.as_str())
        .collect();
    assert_eq!(
        places,
        ["1", "1"],
        "the deposit waits behind what its stream began with"
    );
    assert_eq!(cqrs.view::<Undecodable>(AccountId(1)).await?, None);
    Ok(())
}

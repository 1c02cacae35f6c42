//! Event handlers: in order per key, at least once, with a stable delivery id, and staged commands once.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cqrs_core::domain::error_policy::{ErrorDecision, ErrorPolicy, Failure, FailureKind};
use cqrs_core::domain::event_handler::{Delivery, EventHandler, NoCommands};
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::event::Recorded;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::staged::DeliveryId;
use cqrs_core::words::start::StartFrom;
use cqrs_memory::Memory;
use cqrs_testing::manual_clock::ManualClock;

use super::domain::{
    Account, AccountEvent, AccountId, Balance, Checked, Deposit, MovingCommand, balance, deposit,
    open,
};
use super::metrics::eventually;

/// Gives a bonus for each deposit of 100, and notes what it was told; fails as often as it is told to.
#[derive(Clone, Default)]
pub(super) struct Bonus {
    seen: Arc<Mutex<Vec<(String, u64, DeliveryId)>>>,
    fails: Arc<Mutex<u32>>,
}

impl EventHandler for Bonus {
    const NAME: ProcessorName = ProcessorName::from_static("bonus");
    const START: StartFrom = StartFrom::Beginning;
    type Event = AccountEvent;
    type Command = MovingCommand;
    type Error = String;

    async fn handle(
        &self,
        event: &Recorded<AccountEvent>,
        delivery: &mut Delivery<MovingCommand>,
    ) -> Result<(), String> {
        let key = delivery.key().to_string();
        self.seen
            .lock()
            .unwrap()
            .push((key, event.version.get(), delivery.id()));
        tokio::task::yield_now().await;
        if let AccountEvent::Deposited { amount: 100, .. } = event.event {
            delivery.stage(MovingCommand::Deposit(Deposit {
                account: event.id::<AccountId>().ok_or("no account")?,
                amount: 1,
                transfer: None,
            }));
        }
        let mut fails = self.fails.lock().unwrap();
        if *fails > 0 {
            *fails -= 1;
            return Err("the mail server is away".into());
        }
        Ok(())
    }
}

async fn bank(
    store: &Memory,
    handler: &Bonus,
    clock: &ManualClock,
) -> Result<Cqrs, Box<dyn std::error::Error + Send + Sync>> {
    Ok(Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .event_handler(handler.clone())
        .clock(clock.clone())
        .build()
        .await?)
}

#[tokio::test]
async fn handles_each_event_in_order_per_stream() -> Checked {
    let (handler, clock) = (Bonus::default(), ManualClock::default());
    let cqrs = bank(&Memory::new(), &handler, &clock).await?;
    for account in 0..10 {
        open(&cqrs, account, 1).await?;
    }
    cqrs.run_until_idle().await?;
    cqrs.run_until_idle().await?;
    let seen = handler.seen.lock().unwrap().clone();
    assert_eq!(seen.len(), 20);
    for account in 0..10 {
        let own = seen
            .iter()
            .filter(|(key, ..)| *key == format!("account-{account}"));
        let versions: Vec<_> = own.map(|(_, version, _)| *version).collect();
        assert_eq!(versions, [1, 2]);
    }
    Ok(())
}

#[tokio::test]
async fn a_staged_command_takes_effect_once_although_the_handler_runs_twice() -> Checked {
    let (handler, clock) = (Bonus::default(), ManualClock::default());
    let cqrs = bank(&Memory::new(), &handler, &clock).await?;
    open(&cqrs, 1, 0).await?;
    cqrs.run_until_idle().await?;
    *handler.fails.lock().unwrap() = 1;
    deposit(&cqrs, 1, 100).await?;
    cqrs.run_until_idle().await?;
    assert_eq!(
        balance(&cqrs, 1).await?,
        100,
        "nothing is staged by a failure"
    );
    clock.advance(std::time::Duration::from_mins(1));
    cqrs.run_until_idle().await?;
    assert_eq!(balance(&cqrs, 1).await?, 101);
    let seen = handler.seen.lock().unwrap().clone();
    let third: Vec<_> = seen
        .iter()
        .filter(|(_, version, _)| *version == 3)
        .collect();
    assert_eq!(third.len(), 2, "the third event was delivered twice");
    assert_eq!(third[0].2, third[1].2, "under the same delivery id");
    Ok(())
}

#[tokio::test]
async fn from_now_on_means_nothing_of_the_past() -> Checked {
    #[derive(Default, Clone)]
    struct Late(Arc<Mutex<u32>>);
    impl EventHandler for Late {
        const NAME: ProcessorName = ProcessorName::from_static("late");
        const START: StartFrom = StartFrom::Now;
        type Event = AccountEvent;
        type Command = cqrs_core::domain::event_handler::NoCommands;
        type Error = std::convert::Infallible;
        async fn handle(
            &self,
            _: &Recorded<AccountEvent>,
            _: &mut Delivery<Self::Command>,
        ) -> Result<(), Self::Error> {
            *self.0.lock().unwrap() += 1;
            Ok(())
        }
    }
    let store = Memory::new();
    let before = Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .build()
        .await?;
    open(&before, 1, 1).await?;
    let handler = Late::default();
    let cqrs = Cqrs::builder(store)
        .aggregate::<Account>()
        .event_handler(handler.clone())
        .build()
        .await?;
    deposit(&cqrs, 1, 1).await?;
    cqrs.run_until_idle().await?;
    assert_eq!(*handler.0.lock().unwrap(), 1);
    Ok(())
}

/// Hangs for account 0, and notes the others.
#[derive(Clone, Default)]
struct Hanging(Arc<Mutex<Vec<String>>>);

impl EventHandler for Hanging {
    const NAME: ProcessorName = ProcessorName::from_static("hanging");
    const START: StartFrom = StartFrom::Beginning;
    const TIMEOUT: Duration = Duration::from_millis(30);
    type Event = AccountEvent;
    type Command = NoCommands;
    type Error = String;

    async fn handle(
        &self,
        event: &Recorded<AccountEvent>,
        _: &mut Delivery<NoCommands>,
    ) -> Result<(), String> {
        if event.id() == Some(AccountId(0)) {
            std::future::pending::<()>().await;
        }
        self.0.lock().unwrap().push(event.stream.to_string());
        Ok(())
    }
}

#[tokio::test]
async fn a_call_that_hangs_has_failed_after_its_time_and_others_flow() -> Checked {
    let handler = Hanging::default();
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Account>()
        .event_handler(handler.clone())
        .error_policy(|failure: &Failure| {
            assert_eq!(failure.kind, FailureKind::TimedOut);
            ErrorDecision::Park
        })
        .build()
        .await?;
    for account in 0..50 {
        open(&cqrs, account, 1).await?;
    }
    cqrs.run_until_idle().await?;
    deposit(&cqrs, 1, 5).await?;
    cqrs.run_until_idle().await?;
    assert_eq!(handler.0.lock().unwrap().len(), 2 * 49 + 1);
    let status = &cqrs.processors().await?[0];
    assert_eq!((status.parked_keys, status.parked_events), (1, 2));
    let error = status.last_error.clone().unwrap_or_default();
    assert!(error.contains("longer than 30ms"), "{error}");
    Ok(())
}

/// Waits at account 0 until it is let.
#[derive(Clone)]
struct Slow {
    seen: Arc<Mutex<Vec<String>>>,
    gate: Arc<tokio::sync::Semaphore>,
}

impl EventHandler for Slow {
    const NAME: ProcessorName = ProcessorName::from_static("slow");
    const START: StartFrom = StartFrom::Beginning;
    type Event = AccountEvent;
    type Command = NoCommands;
    type Error = tokio::sync::AcquireError;

    async fn handle(
        &self,
        event: &Recorded<AccountEvent>,
        _: &mut Delivery<NoCommands>,
    ) -> Result<(), Self::Error> {
        if event.id() == Some(AccountId(0)) {
            self.gate.acquire().await?.forget();
        }
        self.seen.lock().unwrap().push(event.stream.to_string());
        Ok(())
    }
}

/// What the documentation says of a call that takes its time.
#[tokio::test]
async fn other_keys_of_its_batch_do_not_wait_for_a_slow_call_and_the_next_batch_does() -> Checked {
    let slow = Slow {
        seen: Arc::default(),
        gate: Arc::new(tokio::sync::Semaphore::new(0)),
    };
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Account>()
        .view::<Balance>()
        .event_handler(slow.clone())
        .build()
        .await?;
    for account in 0..10 {
        open(&cqrs, account, 1).await?;
    }
    let seen = || slow.seen.lock().unwrap().len();
    let runners = cqrs.start_runners();
    eventually("the other keys", || seen() == 2 * 9).await;
    let behind = deposit(&cqrs, 1, 5).await?;
    // Another processor goes on.
    cqrs.view::<Balance>(AccountId(1)).at_least(behind).await?;
    assert_eq!(seen(), 2 * 9, "the next batch waits");
    slow.gate.add_permits(2);
    cqrs.wait_for(Slow::NAME, "1", behind).await?;
    assert_eq!(seen(), 2 * 10 + 1);
    runners.stop(Duration::from_secs(1)).await;
    Ok(())
}

/// Stages commands for an aggregate that the application does not take.
async fn stuck(
    policy: impl ErrorPolicy,
    clock: &ManualClock,
) -> Result<Cqrs, Box<dyn std::error::Error + Send + Sync>> {
    let store = Memory::new();
    let writer = Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .build()
        .await?;
    open(&writer, 1, 100).await?;
    Ok(Cqrs::builder(store)
        .event_handler(Bonus::default())
        .error_policy(policy)
        .clock(clock.clone())
        .build()
        .await?)
}

#[tokio::test]
async fn a_staged_command_that_is_never_sent_is_a_matter_of_health() -> Checked {
    let clock = ManualClock::default();
    let after = Duration::from_mins(5);
    let cqrs = stuck(move |_: &Failure| ErrorDecision::Retry { after }, &clock).await?;
    for attempt in 1..=8 {
        assert!(cqrs.health().is_healthy(), "before attempt {attempt}");
        cqrs.run_until_idle().await?;
        clock.advance(after);
    }
    let health = cqrs.health();
    assert_eq!(health.problems.len(), 1);
    assert!(
        health.problems[0].contains("in vain to send 1 staged commands"),
        "{health:?}"
    );
    assert_eq!(cqrs.processors().await?[0].staged_commands, 1);
    Ok(())
}

#[tokio::test]
async fn a_staged_command_that_the_policy_skips_is_forgotten() -> Checked {
    let clock = ManualClock::default();
    let policy = |failure: &Failure| {
        assert_eq!(failure.kind, FailureKind::NotSent);
        ErrorDecision::Skip
    };
    let cqrs = stuck(policy, &clock).await?;
    cqrs.run_until_idle().await?;
    assert_eq!(cqrs.processors().await?[0].staged_commands, 0);
    assert!(cqrs.health().is_healthy());
    Ok(())
}

//! Each gauge moves by itself while runners run.

use std::sync::Arc;
use std::time::Duration;

use cqrs_core::domain::error_policy::{ErrorDecision, Failure};
use cqrs_core::domain::event_handler::{Delivery, EventHandler, NoCommands};
use cqrs_core::domain::view::View;
use cqrs_core::words::event::Recorded as RecordedOf;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::start::StartFrom;
use cqrs_testing::manual_clock::ManualClock;
use tokio::sync::Semaphore;

use super::domain::{AccountEvent, Balance, Checked, deposit, open};
use super::event_handlers::Bonus;
use super::metrics::{bank, eventually, poisoned, without_accounts};
use super::recorder::Recorded;
use super::reminding::Reminding;

fn is(value: f64, expected: u32) -> bool {
    (value - f64::from(expected)).abs() < 0.001
}

/// Stages a command of an aggregate that the application does not take.
#[tokio::test]
async fn parked_commands_are_gauged_and_counted_until_they_are_discarded() -> Checked {
    let recorded = Recorded::default();
    let _metrics = metrics::set_default_local_recorder(&recorded);
    let cqrs = without_accounts()
        .await?
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
async fn a_timer_is_gauged_while_it_waits() -> Checked {
    let recorded = Recorded::default();
    let _metrics = metrics::set_default_local_recorder(&recorded);
    let clock = ManualClock::default();
    let cqrs = bank()
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
    let cqrs = bank()
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
    let cqrs = bank()
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

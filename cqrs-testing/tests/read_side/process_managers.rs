//! Process managers: transfers that are settled once, also when something is refused or late.

use std::time::Duration;

use cqrs_core::domain::error_policy::{ErrorDecision, Failure};
use cqrs_core::domain::process_manager::{ProcessManager, Reactions, Rejection};
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::read_view::ReadError;
use cqrs_core::words::event::Recorded;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::start::StartFrom;
use cqrs_memory::Memory;
use cqrs_testing::manual_clock::ManualClock;

use super::domain::{
    Account, AccountEvent, AccountId, Checked, Close, Deposit, Moving, MovingCommand, Open,
    TIME_OUT, Transfer, balance, deposit, open, outcomes, request,
};

async fn bank(clock: &ManualClock) -> Result<Cqrs, Box<dyn std::error::Error + Send + Sync>> {
    Ok(Cqrs::builder(Memory::new())
        .aggregate::<Account>()
        .aggregate::<Transfer>()
        .process_manager::<Moving>()
        .clock(clock.clone())
        .build()
        .await?)
}

#[tokio::test]
async fn moves_money() -> Checked {
    let cqrs = bank(&ManualClock::default()).await?;
    open(&cqrs, 1, 100).await?;
    open(&cqrs, 2, 0).await?;
    request(&cqrs, 7, 1, 2, 30).await?;
    cqrs.run_until_idle().await?;
    assert_eq!(
        (balance(&cqrs, 1).await?, balance(&cqrs, 2).await?),
        (70, 30)
    );
    assert_eq!(outcomes(&cqrs, 7).await?, ["done"]);
    Ok(())
}

#[tokio::test]
async fn a_refused_withdrawal_settles_the_transfer() -> Checked {
    let cqrs = bank(&ManualClock::default()).await?;
    open(&cqrs, 1, 10).await?;
    open(&cqrs, 2, 0).await?;
    request(&cqrs, 7, 1, 2, 30).await?;
    cqrs.run_until_idle().await?;
    assert_eq!(
        (balance(&cqrs, 1).await?, balance(&cqrs, 2).await?),
        (10, 0)
    );
    assert_eq!(
        outcomes(&cqrs, 7).await?,
        ["refused: balance 10 is less than 30"]
    );
    Ok(())
}

#[tokio::test]
async fn a_refused_deposit_is_compensated() -> Checked {
    let cqrs = bank(&ManualClock::default()).await?;
    open(&cqrs, 1, 100).await?;
    open(&cqrs, 2, 0).await?;
    let _ = cqrs
        .send(Close {
            account: AccountId(2),
        })
        .await?;
    request(&cqrs, 7, 1, 2, 30).await?;
    cqrs.run_until_idle().await?;
    assert_eq!(
        (balance(&cqrs, 1).await?, balance(&cqrs, 2).await?),
        (100, 0)
    );
    assert_eq!(outcomes(&cqrs, 7).await?, ["given back"]);
    Ok(())
}

#[tokio::test]
async fn a_timer_of_an_instance_that_has_ended_never_fires() -> Checked {
    let clock = ManualClock::default();
    let cqrs = bank(&clock).await?;
    open(&cqrs, 1, 100).await?;
    open(&cqrs, 2, 0).await?;
    request(&cqrs, 7, 1, 2, 30).await?;
    cqrs.run_until_idle().await?;
    clock.advance(Duration::from_hours(2));
    cqrs.run_until_idle().await?;
    assert_eq!(outcomes(&cqrs, 7).await?, ["done"]);
    Ok(())
}

/// Reminds of an account that was opened an hour ago and has nothing on it, by a gift of 1.
#[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq)]
struct Reminder {}

impl ProcessManager for Reminder {
    const NAME: ProcessorName = ProcessorName::from_static("reminder");
    const START: StartFrom = StartFrom::Beginning;
    type Event = AccountEvent;
    type Command = MovingCommand;
    type Key = AccountId;

    fn correlate(event: &Recorded<AccountEvent>) -> Option<AccountId> {
        event.id()
    }

    fn react(&mut self, event: &Recorded<AccountEvent>, reactions: &mut Reactions<MovingCommand>) {
        let Some(account) = event.id() else { return };
        match event.event {
            AccountEvent::Opened { .. } => {
                let gift = Deposit {
                    account,
                    amount: 1,
                    transfer: None,
                };
                reactions.set_timer(
                    TIME_OUT,
                    Duration::from_hours(1),
                    MovingCommand::Deposit(gift),
                );
            }
            _ => reactions.cancel_timer(TIME_OUT),
        }
    }

    fn rejected(&mut self, _: &MovingCommand, _: &Rejection, _: &mut Reactions<MovingCommand>) {}
}

#[tokio::test]
async fn timers_fire_by_the_applications_clock_unless_they_are_cancelled() -> Checked {
    let clock = ManualClock::default();
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Account>()
        .process_manager::<Reminder>()
        .clock(clock.clone())
        .build()
        .await?;
    let owner = "ada".to_owned();
    let account = AccountId(1);
    let _ = cqrs.send(Open { account, owner }).await?;
    cqrs.run_until_idle().await?;
    open(&cqrs, 2, 5).await?;
    cqrs.run_until_idle().await?;
    clock.advance(Duration::from_mins(59));
    cqrs.run_until_idle().await?;
    assert_eq!(balance(&cqrs, 1).await?, 0);
    clock.advance(Duration::from_mins(1));
    cqrs.run_until_idle().await?;
    assert_eq!((balance(&cqrs, 1).await?, balance(&cqrs, 2).await?), (1, 5));
    clock.advance(Duration::from_hours(5));
    cqrs.run_until_idle().await?;
    assert_eq!((balance(&cqrs, 1).await?, balance(&cqrs, 2).await?), (1, 5));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_settle_each_transfer_once() -> Checked {
    let store = Memory::new();
    let node = async || -> Result<Cqrs, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Cqrs::builder(store.clone())
            .aggregate::<Account>()
            .aggregate::<Transfer>()
            .process_manager::<Moving>()
            .lease(Duration::from_millis(300))
            .build()
            .await?)
    };
    let nodes = [node().await?, node().await?];
    let cqrs = &nodes[0];
    for account in 0..10 {
        open(cqrs, account, 1_000).await?;
    }
    let mut runners: Vec<_> = nodes
        .iter()
        .map(|node| Some(node.start_runners()))
        .collect();
    for transfer in 0..200 {
        request(cqrs, transfer, transfer % 10, (transfer + 1) % 10, 1).await?;
        if transfer == 100 {
            // Cut off, as by a crash: nothing is given back.
            drop(runners[0].take());
        }
    }
    for transfer in 0..200 {
        let mut left = 1_000;
        while outcomes(cqrs, transfer).await?.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
            left -= 1;
            assert!(left > 0, "transfer {transfer} is not settled");
        }
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut sum = 0;
    for account in 0..10 {
        sum += balance(cqrs, account).await?;
    }
    assert_eq!(sum, 10_000);
    for transfer in 0..200 {
        assert_eq!(outcomes(cqrs, transfer).await?, ["done"]);
    }
    Ok(())
}

/// Ends when its account is closed, and can't stand a deposit.
#[derive(Serialize, Deserialize, Default)]
struct Fragile {}

impl ProcessManager for Fragile {
    const NAME: ProcessorName = ProcessorName::from_static("fragile");
    const START: StartFrom = StartFrom::Beginning;
    type Event = AccountEvent;
    type Command = MovingCommand;
    type Key = AccountId;

    fn correlate(event: &Recorded<AccountEvent>) -> Option<AccountId> {
        event.id()
    }

    fn react(&mut self, event: &Recorded<AccountEvent>, reactions: &mut Reactions<MovingCommand>) {
        match event.event {
            AccountEvent::Deposited { .. } => panic!("a deposit"),
            AccountEvent::Closed => reactions.end(),
            _ => {}
        }
    }

    fn rejected(&mut self, _: &MovingCommand, _: &Rejection, _: &mut Reactions<MovingCommand>) {}
}

#[tokio::test]
async fn who_waits_for_the_end_hears_at_once_that_the_instance_is_parked() -> Checked {
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Account>()
        .process_manager::<Fragile>()
        .error_policy(|_: &Failure| ErrorDecision::Park)
        .build()
        .await?;
    let account = AccountId(1);
    let owner = "ada".to_owned();
    let opened = cqrs.send(Open { account, owner }).await?.position;
    let deposited = deposit(&cqrs, 1, 5).await?;
    let _ = cqrs.send(Close { account }).await?;
    cqrs.run_until_idle().await?;
    // The event that failed comes after the one that began the instance.
    for position in [opened, deposited] {
        let waited = cqrs.wait_until_ended::<Fragile>(account, position);
        match waited.within(Duration::from_mins(1)).await {
            Err(ReadError::Parked { position, .. }) => assert_eq!(position, deposited),
            other => panic!("it is parked, and not {other:?}"),
        }
    }
    let unknown = cqrs.wait_until_ended::<Moving>(7_u64, opened).await;
    assert!(
        matches!(unknown, Err(ReadError::NotRegistered { .. })),
        "{unknown:?}"
    );
    Ok(())
}

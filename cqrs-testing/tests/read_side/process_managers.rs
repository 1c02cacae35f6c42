//! Process managers: transfers that are settled once, also when something is refused or late.

use std::time::Duration;

use cqrs_core::runtime::app::Cqrs;
use cqrs_memory::Memory;
use cqrs_testing::manual_clock::ManualClock;

use super::domain::{
    Account, AccountId, Checked, Close, Moving, Transfer, balance, open, outcomes, request,
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

#[tokio::test]
async fn a_timer_fires_by_the_applications_clock() -> Checked {
    let clock = ManualClock::default();
    let cqrs = bank(&clock).await?;
    // The account that shall pay does not exist, and the process manager hears nothing for an hour: the withdrawal is
    // rejected at once, so the timer is seen on another path, with the rejection.
    open(&cqrs, 2, 0).await?;
    request(&cqrs, 7, 1, 2, 30).await?;
    cqrs.run_until_idle().await?;
    assert_eq!(
        outcomes(&cqrs, 7).await?,
        ["refused: account-1 does not exist"]
    );
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

//! Many senders, one aggregate: every acknowledged command is in the log exactly once.

use cqrs_core::runtime::command_error::CommandError;
use cqrs_core::runtime::retry::RetryPolicy;

use super::domain::{Checked, Put, TILL, Till, two_tills};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_acknowledged_command_is_recorded_exactly_once() -> Checked {
    let cqrs = two_tills().await?;
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let cqrs = cqrs.clone();
            tokio::spawn(async move {
                let mut acknowledged = 0_u32;
                for _ in 0..50 {
                    match cqrs
                        .send(Put {
                            till: TILL,
                            coins: 1,
                        })
                        .await
                    {
                        Ok(_) => acknowledged += 1,
                        Err(CommandError::Conflict(_)) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
                acknowledged
            })
        })
        .collect();
    let mut acknowledged = 0;
    for task in tasks {
        acknowledged += task.await?;
    }
    let till = cqrs.repository::<Till>().load(&TILL).await?;
    assert_eq!(till.coins, acknowledged);
    assert_eq!(till.version().get(), u64::from(acknowledged) + 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_retries_the_losers_are_told_of_the_conflict() -> Checked {
    let cqrs = two_tills().await?;
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let cqrs = cqrs.clone();
            tokio::spawn(async move {
                cqrs.send(Put {
                    till: TILL,
                    coins: 1,
                })
                .retry(RetryPolicy::NEVER)
                .await
            })
        })
        .collect();
    let mut acknowledged = 0;
    for task in tasks {
        match task.await? {
            Ok(_) => acknowledged += 1,
            Err(CommandError::Conflict(conflict)) => assert!(conflict.actual.get() > 1),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(
        cqrs.repository::<Till>().load(&TILL).await?.coins,
        acknowledged
    );
    Ok(())
}

//! Commands for one aggregate that are decided together: each has its own outcome, and nobody takes others along.

use std::time::Duration;

use cqrs_core::prelude::*;
use cqrs_core::runtime::command_error::CommandError;
use cqrs_core::runtime::retry::RetryPolicy;
use cqrs_core::words::version::StreamVersion;
use cqrs_memory::Memory;
use cqrs_testing::faulty_store::AppendFault;

use super::bench::{bench, over, put, take};
use super::domain::{Checked, Open, TILL, Till, TillEvent, TillId, TooFewCoins};

/// Puts a coin, and then has nothing better to do than to break.
#[derive(Command, Debug)]
#[command(aggregate = Till)]
struct Break {
    #[id]
    till: TillId,
}

impl Handle<Break> for Till {
    fn handle(_: &Break, till: &mut Root<Self>) -> Result<(), TooFewCoins> {
        till.emit(TillEvent::CoinsPut { coins: 1 });
        panic!("broken");
    }
}

/// Puts a coin, and then changes its mind.
#[derive(Command, Debug)]
#[command(aggregate = Till)]
struct ChangeMind {
    #[id]
    till: TillId,
}

impl Handle<ChangeMind> for Till {
    fn handle(_: &ChangeMind, till: &mut Root<Self>) -> Result<(), TooFewCoins> {
        till.emit(TillEvent::CoinsPut { coins: 1 });
        Err(TooFewCoins(till.coins))
    }
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_one_aggregate_is_recorded_by_one_append() -> Checked {
    let bench = bench().await?;
    let first = bench.occupy().await;
    let mut tasks = Vec::new();
    for number in 0..32_u32 {
        let send = bench
            .cqrs
            .send(put(1))
            .metadata("number", number.to_string());
        tasks.push(bench.begin(send).await);
    }
    assert_eq!(first.await??.reply, 1);
    for (number, task) in (0..).zip(tasks) {
        let receipt = task.await??;
        assert_eq!(
            (receipt.reply, receipt.version.get()),
            (number + 2, u64::from(number) + 3)
        );
        assert_eq!(
            receipt.position.get(),
            34,
            "where a reader has seen all of it"
        );
    }
    assert_eq!(
        bench.counting.asked(),
        (2, 0, 0),
        "appends, reads, questions for receipts"
    );
    let mut history = bench.cqrs.repository::<Till>().history(&TILL)?;
    let mut numbers = Vec::new();
    while let Some(event) = history.next().await? {
        numbers.extend(event.metadata.get("number").map(str::to_owned));
    }
    let expected: Vec<_> = (0..32).map(|number: u32| number.to_string()).collect();
    assert_eq!(
        numbers, expected,
        "first come, first served, each with its own metadata"
    );
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn who_sends_again_at_once_is_decided_with_the_others() -> Checked {
    const TASKS: u32 = 8;
    const COMMANDS: u32 = 10;
    let bench = bench().await?;
    for _ in 0..TASKS * COMMANDS {
        let delay = AppendFault::DelayReply(Duration::from_millis(1));
        bench.faulty.next_append(delay);
    }
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let cqrs = bench.cqrs.clone();
            tokio::spawn(async move {
                for _ in 0..COMMANDS {
                    let _ = cqrs.send(put(1)).await?;
                }
                Checked::Ok(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    assert_eq!(bench.coins().await?.0, TASKS * COMMANDS);
    let (appends, ..) = bench.counting.asked();
    // The first is alone, and so is its sender once more.
    assert!(appends <= COMMANDS + 2, "{appends} appends");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn each_gets_its_own_outcome() -> Checked {
    let bench = bench().await?;
    let first = bench.occupy().await;
    let taken = bench.begin(bench.cqrs.send(take(1))).await;
    let too_many = bench.begin(bench.cqrs.send(take(1))).await;
    let keyed = bench
        .begin(bench.cqrs.send(put(5)).idempotency_key("five"))
        .await;
    let nothing = bench.begin(bench.cqrs.send(put(0))).await;
    let changed = bench
        .begin(bench.cqrs.send(ChangeMind { till: TILL }))
        .await;
    let again = bench
        .begin(bench.cqrs.send(put(5)).idempotency_key("five"))
        .await;
    let exists = bench.begin(bench.cqrs.send(Open { till: TILL })).await;
    let seen = StreamVersion::new(2)?;
    let stale = bench
        .begin(bench.cqrs.send(put(7)).expected_version(seen))
        .await;
    let last = bench.begin(bench.cqrs.send(take(2))).await;

    assert_eq!(first.await??.version.get(), 2);
    assert_eq!(taken.await??.version.get(), 3);
    let too_many = too_many.await?;
    assert!(matches!(
        too_many,
        Err(CommandError::Rejected(TooFewCoins(0)))
    ));
    let keyed = keyed.await??;
    assert_eq!(
        (keyed.reply, keyed.version.get(), keyed.repeated),
        (5, 4, false)
    );
    assert_eq!(nothing.await??.reply, 5);
    let changed = changed.await?;
    assert!(matches!(
        changed,
        Err(CommandError::Rejected(TooFewCoins(6)))
    ));
    let again = again.await??;
    assert_eq!(
        (again.reply, again.version.get(), again.repeated),
        (5, 4, true)
    );
    assert!(matches!(
        exists.await?,
        Err(CommandError::AlreadyExists { .. })
    ));
    match stale.await? {
        Err(CommandError::Conflict(conflict)) => assert_eq!(conflict.actual.get(), 4),
        other => panic!("a conflict was expected, not {other:?}"),
    }
    assert_eq!(last.await??.reply, 3);
    assert_eq!(bench.coins().await?, (3, 5));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn nobody_hears_of_what_is_not_recorded() -> Checked {
    let bench = bench().await?;
    let first = bench.occupy().await;
    bench.faulty.next_append(AppendFault::Unavailable);
    let never = |send: cqrs_core::runtime::send::SendCommand<_>| send.retry(RetryPolicy::NEVER);
    let recorded = bench.begin(never(bench.cqrs.send(put(100)))).await;
    // They are decided on coins that nobody has put in yet.
    let refused = bench
        .begin(bench.cqrs.send(take(1_000)).retry(RetryPolicy::NEVER))
        .await;
    let nothing = bench.begin(never(bench.cqrs.send(put(0)))).await;
    let _ = first.await??;
    assert!(matches!(recorded.await?, Err(CommandError::Store(_))));
    assert!(matches!(refused.await?, Err(CommandError::Store(_))));
    assert!(matches!(nothing.await?, Err(CommandError::Store(_))));
    assert_eq!(bench.coins().await?, (1, 2));
    assert_eq!(bench.cqrs.send(take(1)).await?.reply, 0, "others go on");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_shared_append_that_fails_in_passing_is_recorded_once() -> Checked {
    for fault in [
        AppendFault::Unavailable,
        AppendFault::Retryable,
        AppendFault::LoseReply,
    ] {
        let bench = bench().await?;
        let first = bench.occupy().await;
        bench.faulty.next_appends(2, fault.clone());
        let mut tasks = Vec::new();
        for number in 0..8 {
            // Some with a key, and some that give up after the first attempt.
            let mut send = bench.cqrs.send(put(1));
            if number % 2 == 0 {
                send = send.idempotency_key(format!("key-{number}"));
            }
            if number % 4 == 3 {
                send = send.retry(RetryPolicy::NEVER);
            }
            tasks.push(bench.begin(send).await);
        }
        let _ = first.await??;
        let (mut done, mut gave_up) = (0, 0);
        for task in tasks {
            match task.await? {
                Ok(receipt) => {
                    assert!(!receipt.repeated);
                    done += 1;
                }
                Err(CommandError::Store(error)) if error.is_transient() => gave_up += 1,
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!((done, gave_up), (6, 2), "{fault:?}");
        // Where the store says that nothing was done, what was given up is not done later.
        let left_out = u32::from(fault == AppendFault::Retryable) * 2;
        assert_eq!(bench.coins().await?.0, 9 - left_out, "{fault:?}");
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn who_goes_away_takes_nobody_along() -> Checked {
    for fault in [
        AppendFault::DelayBefore(Duration::from_millis(50)),
        AppendFault::DelayReply(Duration::from_millis(50)),
    ] {
        let bench = bench().await?;
        bench.faulty.next_append(fault.clone());
        let first = bench.begin(bench.cqrs.send(put(1))).await;
        let gone = bench.begin(bench.cqrs.send(put(100))).await;
        let stays = bench.begin(bench.cqrs.send(put(10))).await;
        gone.abort();
        first.abort();
        let recorded = u32::from(matches!(fault, AppendFault::DelayReply(_)));
        assert_eq!(stays.await??.reply, 10 + recorded, "{fault:?}");
        assert_eq!(bench.coins().await?.0, 10 + recorded);
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn who_goes_away_while_others_share_the_append_is_recorded_all_the_same() -> Checked {
    let bench = bench().await?;
    let first = bench.occupy().await;
    bench
        .faulty
        .next_append(AppendFault::DelayBefore(Duration::from_millis(50)));
    let gone = bench.begin(bench.cqrs.send(put(100))).await;
    let stays = bench.begin(bench.cqrs.send(put(10))).await;
    let _ = first.await??;
    tokio::time::sleep(Duration::from_millis(10)).await;
    gone.abort();
    assert_eq!(stays.await??.reply, 111);
    assert_eq!(bench.coins().await?.0, 111);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_its_senders_alone() -> Checked {
    let bench = bench().await?;
    let first = bench.occupy().await;
    let before = bench.begin(bench.cqrs.send(put(1))).await;
    let broken = bench.begin(bench.cqrs.send(Break { till: TILL })).await;
    let after = bench.begin(bench.cqrs.send(put(1))).await;
    let _ = first.await??;
    assert_eq!(before.await??.reply, 2);
    assert!(broken.await.unwrap_err().is_panic());
    assert_eq!(after.await??.reply, 3);
    let alone = bench.begin(bench.cqrs.send(Break { till: TILL })).await;
    assert!(alone.await.unwrap_err().is_panic());
    assert_eq!(bench.cqrs.send(put(1)).await?.reply, 4);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn so_many_may_wait_and_no_more() -> Checked {
    let bench = bench().await?;
    let first = bench.occupy().await;
    let tasks: Vec<_> = (0..4_100)
        .map(|_| tokio::spawn(bench.cqrs.send(put(1)).into_future()))
        .collect();
    let (mut done, mut overloaded) = (0, 0);
    for task in tasks {
        match task.await? {
            Ok(_) => done += 1,
            Err(CommandError::Overloaded) => overloaded += 1,
            Err(error) => panic!("{error}"),
        }
    }
    let _ = first.await??;
    assert_eq!((done, overloaded), (4_096, 4));
    assert_eq!(bench.coins().await?.0, 4_097);
    Ok(())
}

#[tokio::test]
async fn a_refusal_after_an_emitted_event_leaves_nothing_behind() -> Checked {
    let cqrs = over(Memory::new()).await?;
    let _ = cqrs.send(Open { till: TILL }).await?;
    for _ in 0..3 {
        let refused = cqrs.send(ChangeMind { till: TILL }).await;
        assert!(matches!(
            refused,
            Err(CommandError::Rejected(TooFewCoins(1)))
        ));
    }
    assert_eq!(cqrs.send(put(1)).await?.reply, 1);
    Ok(())
}

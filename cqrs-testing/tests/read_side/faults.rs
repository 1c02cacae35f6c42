//! Steps that fail, whose replies are lost, and tasks that are cut off: everything still counts once. P1, P6.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cqrs_core::domain::error_policy::FailureKind;
use cqrs_core::domain::view::View;
use cqrs_core::ports::advance::Advance;
use cqrs_core::runtime::app::Cqrs;
use cqrs_memory::Memory;
use cqrs_testing::faulty_read_side::{AdvanceFault, FaultyReadSide};

use super::domain::{
    Account, AccountId, Balance, Checked, Moving, Transfer, balance, deposit, open, outcomes,
    request,
};

/// Every third step fails, each time in another way.
fn rough(store: &FaultyReadSide) {
    let mut count = 0_u32;
    store.fail_steps(move |_| {
        count += 1;
        match count % 9 {
            2 => Some(AdvanceFault::LoseReply),
            5 => Some(AdvanceFault::Unavailable),
            8 => Some(AdvanceFault::Retryable),
            _ => None,
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_replies_and_failures_double_and_lose_nothing() -> Checked {
    let store = FaultyReadSide::new(Memory::new());
    rough(&store);
    let cqrs = Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .aggregate::<Transfer>()
        .view::<Balance>()
        .process_manager::<Moving>()
        .batch(5)
        .build()
        .await?;
    let runners = cqrs.start_runners();
    for account in 0..5 {
        open(&cqrs, account, 1_000).await?;
    }
    for transfer in 0..50 {
        request(&cqrs, transfer, transfer % 5, (transfer + 1) % 5, 1).await?;
    }
    for transfer in 0..50 {
        let mut left = 3_000;
        while outcomes(&cqrs, transfer).await?.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
            left -= 1;
            assert!(left > 0, "transfer {transfer} is not settled");
        }
        assert_eq!(outcomes(&cqrs, transfer).await?, ["done"]);
    }
    for account in 0..5 {
        let last = deposit(&cqrs, account, 0).await?;
        let view = cqrs
            .view::<Balance>(AccountId(account))
            .at_least(last)
            .within(Duration::from_secs(30))
            .await?
            .ok_or("no document")?;
        assert_eq!(view.amount, 1_000);
        assert_eq!(balance(&cqrs, account).await?, 1_000);
        // Opened, deposited twice, ten times paid and ten times got.
        assert_eq!(view.events, 23);
    }
    assert!(
        store.faults() > 10,
        "only {} steps have failed",
        store.faults()
    );
    assert!(runners.stop(Duration::from_secs(5)).await);
    Ok(())
}

#[tokio::test]
async fn what_the_store_refuses_is_found_and_parked_and_others_flow() -> Checked {
    let store = FaultyReadSide::new(Memory::new());
    store.fail_steps(|advance| {
        let mut documents = advance.documents.iter();
        documents
            .any(|document| document.key.as_str() == "7")
            .then_some(AdvanceFault::Refuse)
    });
    let cqrs = Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .view::<Balance>()
        .error_policy(|failure: &cqrs_core::domain::error_policy::Failure| {
            assert_eq!(failure.kind, FailureKind::Refused);
            cqrs_core::domain::error_policy::ErrorDecision::Park
        })
        .build()
        .await?;
    for account in 0..20 {
        open(&cqrs, account, 1).await?;
    }
    cqrs.run_until_idle().await?;
    for account in 0..20 {
        let view = cqrs.view::<Balance>(AccountId(account)).await?;
        assert_eq!(view.is_some(), account != 7, "account {account}");
    }
    let key = cqrs_core::words::document_key::DocumentKey::new("7")?;
    assert_eq!(cqrs.parked(Balance::NAME).of_key(&key, 10).await?.len(), 2);
    assert!(cqrs.parked(Balance::NAME).replay(&key).await?);
    cqrs.run_until_idle().await?;
    assert_eq!(cqrs.parked(Balance::NAME).of_key(&key, 10).await?.len(), 2);
    store.fail_steps(|_| None);
    assert!(cqrs.parked(Balance::NAME).replay(&key).await?);
    cqrs.run_until_idle().await?;
    let view = cqrs
        .view::<Balance>(AccountId(7))
        .await?
        .ok_or("no document")?;
    assert_eq!((view.amount, view.events), (1, 2));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn runners_that_are_cut_off_again_and_again_count_each_event_once() -> Checked {
    let store = Memory::new();
    let build = async || {
        Cqrs::builder(store.clone())
            .aggregate::<Account>()
            .aggregate::<Transfer>()
            .view::<Balance>()
            .process_manager::<Moving>()
            .lease(Duration::from_millis(30))
            .batch(3)
            .build()
            .await
    };
    let writer = build().await?;
    for account in 0..5 {
        open(&writer, account, 1_000).await?;
    }
    for transfer in 0..100 {
        request(&writer, transfer, transfer % 5, (transfer + 1) % 5, 1).await?;
        let node = build().await?;
        // All of a node's tasks end with it, wherever they are.
        let runners = node.start_runners();
        tokio::time::sleep(Duration::from_millis(transfer % 7)).await;
        let _in_time = runners.stop(Duration::ZERO).await;
    }
    let node = build().await?;
    let _runners = node.start_runners();
    for transfer in 0..100 {
        let mut left = 1_000;
        while outcomes(&node, transfer).await?.is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
            left -= 1;
            assert!(left > 0, "transfer {transfer} is not settled");
        }
        assert_eq!(outcomes(&node, transfer).await?, ["done"]);
    }
    for account in 0..5 {
        let last = deposit(&node, account, 0).await?;
        let view = node
            .view::<Balance>(AccountId(account))
            .at_least(last)
            .await?;
        let view = view.ok_or("no document")?;
        assert_eq!((view.amount, view.events), (1_000, 43));
    }
    Ok(())
}

/// A step whose connection is lost may still wait in the server, and come through when newer steps are done. Where it
/// leaves the checkpoint alone, only the epoch tells that it is late: so after such a step the partitions are taken anew.
#[tokio::test]
async fn after_a_lost_step_the_partitions_are_taken_anew() -> Checked {
    let store = FaultyReadSide::new(Memory::new());
    let steps: Arc<Mutex<Vec<Advance>>> = Arc::default();
    let seen = Arc::clone(&steps);
    store.fail_steps(move |advance| {
        let mut seen = seen.lock().ok()?;
        let stands = |step: &Advance| step.partitions.iter().all(|one| one.from == one.through);
        let is_first = stands(advance) && !seen.iter().any(stands);
        if is_first || seen.iter().any(stands) {
            seen.push(advance.clone());
        }
        is_first.then_some(AdvanceFault::Unavailable)
    });
    let cqrs = Cqrs::builder(store)
        .aggregate::<Account>()
        .aggregate::<Transfer>()
        .process_manager::<Moving>()
        .build()
        .await?;
    for account in 0..2 {
        open(&cqrs, account, 10).await?;
    }
    request(&cqrs, 1, 0, 1, 1).await?;
    // The lost step is an error of the first run, as it is in a program that goes on by itself.
    while cqrs.run_until_idle().await.is_err() {}
    assert_eq!(outcomes(&cqrs, 1).await?, ["done"]);

    let steps = steps.lock().map_err(|error| error.to_string())?;
    let (lost, later) = steps.split_first().ok_or("no step was lost")?;
    for lost in &lost.partitions {
        let mut later = later.iter().flat_map(|step| &step.partitions);
        let next = later.find(|step| step.partition == lost.partition);
        assert!(
            next.is_some_and(|next| next.epoch > lost.epoch),
            "{next:?} after {lost:?}"
        );
    }
    Ok(())
}

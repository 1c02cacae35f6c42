//! What `tracing` is told of the read side.

#[path = "support/spans.rs"]
mod spans;

use std::time::Duration;

use cqrs_core::domain::error_policy::{ErrorDecision, Failure};
use cqrs_core::runtime::app::Cqrs;
use cqrs_memory::Memory;
use cqrs_testing::bank::account::{Account, AccountId, Open};
use cqrs_testing::bank::balance::Balance;
use cqrs_testing::bank::moving::Moving;
use cqrs_testing::bank::transfer::Transfer;
use cqrs_testing::bank::{Error, deposit, open, request};
use spans::Spans;

type Checked = Result<(), Error>;

#[tokio::test]
async fn each_command_and_each_batch_has_a_span() -> Checked {
    let spans = Spans::alone().await;
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
    let sends = spans.named("cqrs.send");
    assert_eq!(sends.len(), 3, "{sends:?}");
    let batches = spans.named("cqrs.processor.batch");
    assert_eq!(batches.len(), 2, "{batches:?}");
    assert!(batches[0].contains(" processor=balance"), "{batches:?}");
    Ok(())
}

#[tokio::test]
async fn a_stop_has_a_span() -> Checked {
    let spans = Spans::alone().await;
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Account>()
        .view::<Balance>()
        .error_policy(|_: &Failure| ErrorDecision::Stop)
        .build()
        .await?;
    let poison = Open {
        account: AccountId(1),
        owner: "poison".into(),
    };
    let _ = cqrs.send(poison).await?;
    let runners = cqrs.start_runners();
    let mut stopped = Vec::new();
    for _ in 0..2_000 {
        stopped = spans.named("cqrs.processor.stopped");
        if !stopped.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(stopped.len(), 1, "{stopped:?}");
    assert!(stopped[0].contains(" processor=balance"), "{stopped:?}");
    runners.stop(Duration::from_secs(1)).await;
    Ok(())
}

#[tokio::test]
async fn sending_staged_commands_has_a_span() -> Checked {
    let spans = Spans::alone().await;
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Account>()
        .aggregate::<Transfer>()
        .process_manager::<Moving>()
        .build()
        .await?;
    request(&cqrs, 7, 1, 2, 30).await?;
    cqrs.run_until_idle().await?;
    let sent = spans.named("cqrs.processor.commands");
    assert!(!sent.is_empty());
    assert!(sent[0].contains(" processor=moving"), "{sent:?}");
    Ok(())
}

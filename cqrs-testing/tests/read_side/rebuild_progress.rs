//! How far a rebuild has come, and how fast it is.

use std::time::Duration;

use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::read_view::ReadError;
use cqrs_core::words::event::NewEvent;
use cqrs_core::words::position::Position;
use cqrs_core::words::version::ExpectedVersion;
use cqrs_memory::Memory;
use futures::TryStreamExt;

use super::domain::{Account, AccountEvent, AccountId, Checked, open};
use super::rebuilding::{First, Second, bank};

#[tokio::test]
async fn the_progress_of_a_rebuild_is_a_stream_that_ends_when_it_is_live() -> Checked {
    let store = Memory::new();
    let cqrs = bank::<First>(&store).await?;
    for account in 0..20 {
        open(&cqrs, account, 1).await?;
    }
    cqrs.run_until_idle().await?;
    let mut progress = std::pin::pin!(cqrs.rebuild::<First>().await?.into_stream());
    let first = progress.try_next().await?.ok_or("no progress")?;
    assert_eq!((first.done, first.total, first.is_live), (0, 40, false));
    assert_eq!(first.left, None, "nothing can be said before it moves");
    let rebuilt = cqrs.clone();
    let runner = tokio::spawn(async move { rebuilt.run_until_idle().await });
    let mut last = first;
    while let Some(now) = progress.try_next().await? {
        assert!(now.done >= last.done);
        last = now;
    }
    runner.await??;
    assert!(last.is_live);
    assert_eq!((last.done, last.total), (40, 40));
    assert!(last.rate > 0.0);
    Ok(())
}

/// Tests run without a terminal, so that nothing is drawn.
#[tokio::test]
async fn a_rebuild_can_be_followed_by_a_bar() -> Checked {
    let store = Memory::new();
    let cqrs = bank::<First>(&store).await?;
    open(&cqrs, 1, 1).await?;
    let runners = cqrs.start_runners();
    let rebuild = cqrs.rebuild::<First>().await?;
    let done = rebuild.finished_with_bar().await?;
    assert!(done.is_live);
    assert!(runners.stop(Duration::from_secs(5)).await);
    Ok(())
}

#[tokio::test]
async fn the_progress_ends_with_an_error_when_another_rebuild_is_begun() -> Checked {
    let store = Memory::new();
    let old = bank::<First>(&store).await?;
    open(&old, 1, 1).await?;
    old.run_until_idle().await?;
    let mut progress = std::pin::pin!(old.rebuild::<First>().await?.into_stream());
    bank::<Second>(&store).await?;
    let error = progress.try_next().await.unwrap_err();
    assert!(matches!(error, ReadError::Replaced { .. }), "{error}");
    assert!(progress.try_next().await?.is_none());
    Ok(())
}

/// `cargo test --release -p cqrs-testing --test read_side -- --ignored --nocapture as_fast`
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "it measures: run it alone and in release mode"]
async fn a_rebuild_is_five_times_as_fast_as_live_handling() -> Checked {
    const EVENTS: u64 = 200_000;
    let live = seconds_to_build(EVENTS, 1, 1).await?;
    for tasks in [1, 2, 4] {
        let rebuilt = seconds_to_build(EVENTS, 5_000, tasks).await?;
        println!(
            "{EVENTS} events: one at a time {live:.2} s, rebuilt in {tasks} tasks {rebuilt:.2} s, {:.1} times as fast",
            live / rebuilt
        );
        assert!(rebuilt * 5.0 < live);
    }
    Ok(())
}

async fn seconds_to_build(
    events: u64,
    batch: usize,
    tasks: usize,
) -> Result<f64, Box<dyn std::error::Error + Send + Sync>> {
    let store = Memory::new();
    for first in (0..events).step_by(100) {
        let appends = (first..first + 100).map(|event| {
            let deposited = AccountEvent::Deposited {
                amount: 1,
                transfer: None,
            };
            let encoded = deposited.encode().unwrap();
            let stream = Account::stream(&AccountId(event % 10_000)).unwrap();
            let new = NewEvent::new(encoded.name, encoded.payload);
            Append::to(stream, ExpectedVersion::Any, vec![new])
        });
        for outcome in store.append_batch(appends.collect()).await {
            outcome?;
        }
    }
    let cqrs = Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .view::<First>()
        .rebuild_batch(batch)
        .rebuild_tasks(tasks)
        .build()
        .await?;
    let began = std::time::Instant::now();
    let runners = cqrs.start_runners();
    let views = cqrs.views::<First>().at_least(Position::new(events)?);
    views.within(Duration::from_mins(5)).await?;
    let elapsed = began.elapsed().as_secs_f64();
    runners.stop(Duration::from_secs(5)).await;
    Ok(elapsed)
}

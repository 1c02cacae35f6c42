//! A poisoned event among 10,000 keys: all others are complete while it is parked; after the fix, a replay leaves what a
//! clean rebuild leaves. P3. `examples/poisoned_key.rs` measures it.

#[path = "../examples/ticks/domain.rs"]
#[allow(dead_code, reason = "each program uses some of it")]
mod domain;

use std::sync::atomic::Ordering;
use std::time::Duration;

use cqrs_core::domain::error_policy::{ErrorDecision, Failure};
use cqrs_core::domain::view::View;
use cqrs_core::ports::read_side::ReadSide;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::document_key::DocumentKey;
use cqrs_memory::Memory;
use cqrs_postgres::scratch::Scratch;

use domain::{Count, Failed, IS_FIXED, POISON, append, key, one, position, rows};

const KEYS: u64 = 10_000;
const POISONED: u64 = 13;
const PATIENCE: Duration = Duration::from_mins(1);

async fn run<S: ReadSide + Clone>(store: S) -> Result<(), Failed> {
    IS_FIXED.store(false, Ordering::SeqCst);
    let cqrs = Cqrs::builder(store.clone())
        .view::<Count>()
        .error_policy(|_: &Failure| ErrorDecision::Park)
        .build()
        .await?;
    let runners = cqrs.start_runners();
    append(&store, 0..KEYS / 2, KEYS).await?;
    store.append(one(POISONED, POISON)?).await?;
    append(&store, KEYS / 2..KEYS, KEYS).await?;
    append(&store, 0..KEYS, KEYS).await?;
    let end = position(&store.append(one(0, 7)?).await?)?;
    cqrs.views::<Count>()
        .at_least(end)
        .limit(1)
        .within(PATIENCE)
        .await?;

    // While it is parked, the others are complete, and it is where it was before its poison.
    let parked = rows(&cqrs).await?;
    assert_eq!(parked.len() as u64, KEYS);
    for (number, (name, count)) in (0..KEYS).zip(&parked) {
        assert_eq!(name.as_str(), key(number));
        let expected = match number {
            0 => 3,
            POISONED => 1,
            _ => 2,
        };
        assert_eq!(count.ticks, expected, "{name}");
    }
    let of_key = DocumentKey::new(key(POISONED))?;
    let waiting = cqrs.parked(Count::NAME).list(None, 10).await?;
    assert_eq!(waiting.len(), 2);
    assert!(waiting.iter().all(|parked| parked.event.key == of_key));

    IS_FIXED.store(true, Ordering::SeqCst);
    assert!(cqrs.parked(Count::NAME).replay(&of_key).await?);
    while !cqrs.parked(Count::NAME).list(None, 1).await?.is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let fixed = cqrs.view::<Count>(key(POISONED)).at_least(end);
    let fixed = fixed.within(PATIENCE).await?;
    assert_eq!(fixed.ok_or("no document")?.ticks, 3);
    let replayed = rows(&cqrs).await?;
    cqrs.rebuild::<Count>().await?.finished().await?;
    assert!(
        rows(&cqrs).await? == replayed,
        "a clean rebuild is another one"
    );
    runners.stop(Duration::from_secs(5)).await;
    Ok(())
}

/// One test, since the code is fixed in both at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn one_poisoned_key_of_10_000_waits_and_a_replay_equals_a_clean_rebuild() -> Result<(), Failed>
{
    run(Memory::new()).await?;
    let scratch = Scratch::new();
    let store = scratch.store().await;
    run(store.clone()).await?;
    store.close().await;
    Ok(())
}

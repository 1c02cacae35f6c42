//! Read models that are written with each append: P1, P4, P5. What every backend has to do is in the conformance suite.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cqrs_core::domain::view::View;
use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::ports::processors::GenerationState;
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::command_error::CommandError;
use cqrs_core::runtime::projection::Projection;
use cqrs_core::words::event::{EventName, NewEvent, Recorded};
use cqrs_core::words::payload::Payload;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::version::ExpectedVersion;
use cqrs_memory::{Memory, MemoryTransaction};

use super::domain::{Account, AccountEvent, AccountId, Checked, Deposit, deposit, open};

/// How often something has happened to an account.
#[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq)]
pub(super) struct Movements {
    times: u32,
}

impl View for Movements {
    const NAME: ProcessorName = ProcessorName::from_static("movements");
    const RUN: Run = Run::Inline;
    type Event = AccountEvent;
    type Key = AccountId;

    fn keys(event: &Recorded<AccountEvent>) -> impl IntoIterator<Item = AccountId> {
        event.id()
    }

    fn apply(&mut self, event: &Recorded<AccountEvent>) {
        if let AccountEvent::Opened { owner, .. } = &event.event {
            assert!(owner != "poison", "an owner that the view can't stand");
        }
        self.times += 1;
    }
}

const TOTAL: ProcessorName = ProcessorName::from_static("inline-total");

/// What was deposited altogether, with a plain `+=`; refuses it when it is told to.
#[derive(Clone, Default)]
struct Total {
    refuses: Arc<AtomicBool>,
    panics: Arc<AtomicBool>,
}

impl Projection<Memory> for Total {
    const NAME: ProcessorName = TOTAL;
    const RUN: Run = Run::Inline;
    type Event = AccountEvent;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    async fn setup(&self, tx: &mut MemoryTransaction) -> Result<(), Self::Error> {
        tx.put("total", "is there", Payload::encode(&true)?);
        Ok(())
    }

    async fn project(
        &self,
        event: &Recorded<AccountEvent>,
        tx: &mut MemoryTransaction,
    ) -> Result<(), Self::Error> {
        if let AccountEvent::Deposited { amount, .. } = event.event {
            let before: i64 = tx.get("total", "all").map_or(Ok(0), |row| row.decode())?;
            tx.put("total", "all", Payload::encode(&(before + amount))?);
        }
        assert!(!self.panics.load(Ordering::SeqCst), "it was told to panic");
        if self.refuses.load(Ordering::SeqCst) {
            return Err("it was told to refuse".into());
        }
        Ok(())
    }
}

fn total(store: &Memory) -> i64 {
    let row = store.row(&TOTAL, "total", "all");
    row.map_or(0, |row| row.decode().unwrap())
}

async fn states(cqrs: &Cqrs) -> Vec<GenerationState> {
    let all = cqrs.processors().await.unwrap();
    all.iter().map(|status| status.generation_state).collect()
}

#[tokio::test]
async fn a_projection_is_written_with_the_append() -> Checked {
    let store = Memory::new();
    let projection = Total::default();
    let cqrs = Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .projection(projection.clone())
        .view::<Movements>()
        .build()
        .await?;
    assert!(
        store.row(&TOTAL, "total", "is there").is_some(),
        "it is set up"
    );
    open(&cqrs, 1, 5).await?;
    deposit(&cqrs, 1, 7).await?;
    assert_eq!(total(&store), 12);
    for (flag, expected) in [
        (&projection.refuses, "it was told to refuse"),
        (&projection.panics, "panicked: it was told to panic"),
    ] {
        flag.store(true, Ordering::SeqCst);
        let deposit = Deposit {
            account: AccountId(1),
            amount: 1,
            transfer: None,
        };
        match cqrs.send(deposit).await {
            Err(CommandError::ReadModel { processor, source }) => {
                assert_eq!((processor, source.to_string()), (TOTAL, expected.into()));
            }
            other => panic!("it should have been refused, and not {other:?}"),
        }
        flag.store(false, Ordering::SeqCst);
    }
    assert_eq!(total(&store), 12);
    // The view, which was written before in the same transaction, has not seen it either.
    let movements = cqrs.view::<Movements>(AccountId(1)).await?;
    assert_eq!(movements, Some(Movements { times: 3 }));
    assert_eq!(states(&cqrs).await, [GenerationState::Inline; 2]);
    Ok(())
}

#[tokio::test]
async fn a_projection_over_an_old_log_is_built_first_and_rebuilt_by_hand() -> Checked {
    let store = Memory::new();
    let before = Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .build()
        .await?;
    open(&before, 1, 5).await?;
    let cqrs = Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .projection(Total::default())
        .build()
        .await?;
    assert_eq!(states(&cqrs).await, [GenerationState::Building]);
    cqrs.run_until_idle().await?;
    assert_eq!(states(&cqrs).await, [GenerationState::Inline]);
    deposit(&cqrs, 1, 2).await?;
    assert_eq!(total(&store), 7);
    let rebuild = cqrs.rebuild_processor(&TOTAL).await?;
    deposit(&cqrs, 1, 3).await?;
    assert_eq!(
        total(&store),
        10,
        "the old one is written until the new one is whole"
    );
    cqrs.run_until_idle().await?;
    assert!(rebuild.finished().await?.is_live);
    deposit(&cqrs, 1, 4).await?;
    assert_eq!(total(&store), 14);
    assert_eq!(states(&cqrs).await, [GenerationState::Inline]);
    Ok(())
}

#[tokio::test]
async fn an_append_by_the_port_of_the_store_leaves_the_view_to_the_runners() -> Checked {
    let store = Memory::new();
    let cqrs = Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .view::<Movements>()
        .build()
        .await?;
    open(&cqrs, 1, 5).await?;
    // Nobody asks the view, which can not even read it.
    let garbage = NewEvent::new(
        EventName::from_static("account.deposited"),
        Payload::from_json(r#""no deposit""#)?,
    );
    let append = Append::to("account-1".parse()?, ExpectedVersion::Any, vec![garbage]);
    store.append(append).await?;
    assert_eq!(states(&cqrs).await, [GenerationState::Live]);
    Ok(())
}

#[tokio::test]
async fn an_inline_read_model_is_healthy_without_an_owner_and_has_no_lag() -> Checked {
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Account>()
        .view::<Movements>()
        .longest_lag(std::time::Duration::ZERO)
        .build()
        .await?;
    open(&cqrs, 1, 5).await?;
    let last = deposit(&cqrs, 1, 1).await?;
    let status = cqrs.processors().await?.remove(0);
    assert_eq!(status.generation_state, GenerationState::Inline);
    assert_eq!((status.lag_events, status.position), (0, last));
    assert_eq!(status.lag, std::time::Duration::ZERO);
    let health = cqrs.check_health().await?;
    assert!(health.is_healthy(), "{health:?}");
    Ok(())
}

#[test]
fn an_inline_view_is_tested_like_any_other() {
    let opened = AccountEvent::Opened {
        owner: "ada".into(),
    };
    cqrs_testing::view::<Movements>()
        .given("account-1", opened)
        .then(AccountId(1), Movements { times: 1 });
}

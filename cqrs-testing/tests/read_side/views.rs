//! Views: documents that are folded from events.

use cqrs_core::ports::read_side::SharedReadSide;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::builder::BuildError;
use cqrs_core::runtime::read_view::ReadError;
use cqrs_memory::Memory;

use super::domain::{Account, AccountId, Balance, Checked, Close, deposit, open};

async fn bank(store: &Memory) -> Result<Cqrs, BuildError> {
    Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .view::<Balance>()
        .build()
        .await
}

#[tokio::test]
async fn folds_the_events_of_each_key() -> Checked {
    let cqrs = bank(&Memory::new()).await?;
    for account in 0..50 {
        open(&cqrs, account, 10).await?;
    }
    deposit(&cqrs, 7, 5).await?;
    cqrs.run_until_idle().await?;
    let seven = cqrs
        .view::<Balance>(AccountId(7))
        .await?
        .ok_or("no document")?;
    assert_eq!((seven.amount, seven.events), (15, 3));
    let eight = cqrs
        .view::<Balance>(AccountId(8))
        .await?
        .ok_or("no document")?;
    assert_eq!((eight.amount, eight.events), (10, 2));
    assert_eq!(cqrs.view::<Balance>(AccountId(99)).await?, None);
    Ok(())
}

#[tokio::test]
async fn a_store_that_is_chosen_when_the_program_starts_has_views_too() -> Checked {
    let store: SharedReadSide = std::sync::Arc::new(Memory::new());
    let cqrs = Cqrs::builder(store)
        .aggregate::<Account>()
        .view::<Balance>()
        .build()
        .await?;
    open(&cqrs, 1, 10).await?;
    cqrs.run_until_idle().await?;
    let view = cqrs.view::<Balance>(AccountId(1)).await?;
    assert_eq!(view.ok_or("no document")?.amount, 10);
    Ok(())
}

#[tokio::test]
async fn goes_on_from_its_checkpoint_in_small_batches() -> Checked {
    let store = Memory::new();
    let cqrs = Cqrs::builder(store.clone())
        .aggregate::<Account>()
        .view::<Balance>()
        .batch(3)
        .build()
        .await?;
    open(&cqrs, 1, 10).await?;
    cqrs.run_until_idle().await?;
    for _ in 0..10 {
        deposit(&cqrs, 1, 1).await?;
    }
    cqrs.run_until_idle().await?;
    cqrs.run_until_idle().await?;
    let balance = cqrs
        .view::<Balance>(AccountId(1))
        .await?
        .ok_or("no document")?;
    assert_eq!((balance.amount, balance.events), (20, 12));
    Ok(())
}

#[tokio::test]
async fn deletes_a_document_when_the_view_says_so() -> Checked {
    let cqrs = bank(&Memory::new()).await?;
    open(&cqrs, 1, 10).await?;
    cqrs.run_until_idle().await?;
    assert!(cqrs.view::<Balance>(AccountId(1)).await?.is_some());
    let _ = cqrs
        .send(Close {
            account: AccountId(1),
        })
        .await?;
    cqrs.run_until_idle().await?;
    assert_eq!(cqrs.view::<Balance>(AccountId(1)).await?, None);
    Ok(())
}

#[tokio::test]
async fn lists_documents_by_prefix_in_pages() -> Checked {
    let cqrs = bank(&Memory::new()).await?;
    for account in [10, 11, 12, 20, 21] {
        open(&cqrs, account, 1).await?;
    }
    cqrs.run_until_idle().await?;
    let first = cqrs.views::<Balance>().prefix("1").limit(2).await?;
    let keys = |documents: &[(cqrs_core::words::document_key::DocumentKey, Balance)]| {
        documents
            .iter()
            .map(|(key, _)| key.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(&first.documents), ["10", "11"]);
    let next = first.next.ok_or("there is a next page")?;
    let second = cqrs
        .views::<Balance>()
        .prefix("1")
        .after(next)
        .limit(2)
        .await?;
    assert_eq!(keys(&second.documents), ["12"]);
    assert_eq!(second.next, None);
    Ok(())
}

#[tokio::test]
async fn a_view_that_is_not_registered_is_an_error() -> Checked {
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Account>()
        .build()
        .await?;
    let error = cqrs.view::<Balance>(AccountId(1)).await.unwrap_err();
    assert!(matches!(error, ReadError::NotRegistered { .. }), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_name_that_two_processors_have() {
    let error = Cqrs::builder(Memory::new())
        .view::<Balance>()
        .view::<Balance>()
        .build()
        .await
        .unwrap_err();
    assert!(
        matches!(error, BuildError::ProcessorTwice { .. }),
        "{error}"
    );
}

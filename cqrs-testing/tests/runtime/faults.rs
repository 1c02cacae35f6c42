//! What a sender sees when the store fails.

use cqrs_core::ports::error::StoreError;
use cqrs_core::runtime::aggregate_cache::AggregateCache;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::command_error::CommandError;
use cqrs_core::runtime::repository::LoadError;
use cqrs_core::runtime::retry::RetryPolicy;
use cqrs_core::words::event::{EventName, SchemaVersion};
use cqrs_memory::Memory;
use cqrs_testing::FaultyStore;
use cqrs_testing::faulty_store::{AppendFault, ReadFault};

use super::domain::{Checked, Open, Put, TILL, Till};

type Faulty = (FaultyStore, Cqrs);

async fn open_till() -> Result<Faulty, Box<dyn std::error::Error + Send + Sync>> {
    let store = FaultyStore::new(Memory::new());
    let cqrs = Cqrs::builder(store.clone())
        .aggregate::<Till>()
        .cache(AggregateCache::off())
        .build()
        .await?;
    let _ = cqrs.send(Open { till: TILL }).await?;
    Ok((store, cqrs))
}

#[tokio::test(start_paused = true)]
async fn passing_failures_are_tried_again_and_the_command_is_done_once() -> Checked {
    for fault in [
        AppendFault::Unavailable,
        AppendFault::Retryable,
        AppendFault::LoseReply,
    ] {
        let (store, cqrs) = open_till().await?;
        store.next_appends(3, fault.clone());
        store.next_reads(2, ReadFault::Unavailable);
        let receipt = cqrs
            .send(Put {
                till: TILL,
                coins: 1,
            })
            .await?;
        assert_eq!((receipt.reply, receipt.version.get()), (1, 2), "{fault:?}");
        assert_eq!(store.faults_left(), 0);
        assert_eq!(cqrs.repository::<Till>().load(&TILL).await?.coins, 1);
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_store_that_stays_away_is_an_error_that_says_to_try_again() -> Checked {
    let (store, cqrs) = open_till().await?;
    store.next_appends(100, AppendFault::Unavailable);
    let send = cqrs
        .send(Put {
            till: TILL,
            coins: 1,
        })
        .retry(RetryPolicy::attempts(4));
    let error = send.await.unwrap_err();
    assert!(
        matches!(&error, CommandError::Store(StoreError::Unavailable(_))),
        "{error:?}"
    );
    assert!(error.is_transient());
    assert_eq!(store.faults_left(), 96);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn reads_that_fail_are_tried_again_as_often_as_the_policy_says() -> Checked {
    let (store, cqrs) = open_till().await?;
    store.next_reads(100, ReadFault::Unavailable);
    let send = cqrs
        .send(Put {
            till: TILL,
            coins: 1,
        })
        .retry(RetryPolicy::attempts(4));
    assert!(matches!(send.await, Err(CommandError::Store(error)) if error.is_transient()));
    assert_eq!(store.faults_left(), 96);
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_decoded_is_named_and_tried_no_more() -> Checked {
    for (fault, expected) in [
        (
            ReadFault::TruncatePayload,
            "event till.opened at position 1 (stream till-1, version 1) has a payload that can't be decoded",
        ),
        (
            ReadFault::UnknownName(EventName::from_static("till.stolen")),
            "event till.stolen at position 1 (stream till-1, version 1) has a name that is not known here; \
             known are till.opened, till.coins_put, till.coins_taken",
        ),
        (
            ReadFault::SchemaVersion(SchemaVersion::from_static(2)),
            "event till.opened at position 1 (stream till-1, version 1) has schema version 2, \
             this code knows versions up to 1: deploy the newer code",
        ),
    ] {
        let (store, cqrs) = open_till().await?;
        store.next_reads(2, fault);
        let Err(CommandError::Decode(error)) = cqrs
            .send(Put {
                till: TILL,
                coins: 1,
            })
            .await
        else {
            panic!("a decode error was expected");
        };
        assert_eq!(error.to_string(), expected);
        let loaded = cqrs.repository::<Till>().load(&TILL).await;
        assert!(matches!(loaded, Err(LoadError::Decode(_))));
        assert_eq!(store.faults_left(), 0);
        assert_eq!(
            cqrs.send(Put {
                till: TILL,
                coins: 1
            })
            .await?
            .reply,
            1,
            "the log stays usable"
        );
    }
    Ok(())
}

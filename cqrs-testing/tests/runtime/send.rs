//! What the sender of a command sees, and what the store is asked for.

use cqrs_core::ports::read_log::LogRead;
use cqrs_core::runtime::aggregate_cache::AggregateCache;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::command_error::CommandError;
use cqrs_core::words::event::RecordedEvent;
use cqrs_core::words::position::Position;
use cqrs_core::words::version::StreamVersion;
use cqrs_testing::sequential_ids::SequentialIds;

use super::counting_store::CountingStore;
use super::domain::{
    Checked, Find, Open, Put, TILL, Take, Till, TooFewCoins, in_memory, two_tills,
};

async fn log_of(
    cqrs: &Cqrs,
) -> Result<Vec<RecordedEvent>, Box<dyn std::error::Error + Send + Sync>> {
    Ok(cqrs
        .store()
        .read_log(LogRead::after(Position::START))
        .await?
        .events)
}

#[tokio::test]
async fn a_receipt_says_what_was_replied_and_where_the_events_are() -> Checked {
    let cqrs = in_memory().await?;
    let _ = cqrs.send(Open { till: TILL }).await?;
    let receipt = cqrs
        .send(Put {
            till: TILL,
            coins: 7,
        })
        .await?;
    assert_eq!(
        (receipt.reply, receipt.version.get(), receipt.repeated),
        (7, 2, false)
    );
    let log = log_of(&cqrs).await?;
    assert_eq!(receipt.position, log[1].position);
    assert_eq!(receipt.stream, Some(log[1].stream.clone()));
    assert_eq!(log[1].payload.as_str(), r#"{"coins":7}"#);
    Ok(())
}

#[tokio::test]
async fn lifecycle_and_domain_refuse_each_with_an_error_of_its_own_and_record_nothing() -> Checked {
    let cqrs = in_memory().await?;
    let missing = cqrs
        .send(Put {
            till: TILL,
            coins: 1,
        })
        .await;
    assert!(
        matches!(missing, Err(CommandError::NotFound { stream }) if stream.to_string() == "till-1")
    );
    let _ = cqrs.send(Open { till: TILL }).await?;
    let again = cqrs.send(Open { till: TILL }).await;
    assert!(
        matches!(again, Err(CommandError::AlreadyExists { stream }) if stream.to_string() == "till-1")
    );
    let refused = cqrs
        .send(Take {
            till: TILL,
            coins: 1,
        })
        .await;
    assert!(matches!(
        refused,
        Err(CommandError::Rejected(TooFewCoins(0)))
    ));
    assert_eq!(log_of(&cqrs).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_command_for_any_state_creates_and_goes_on() -> Checked {
    let cqrs = in_memory().await?;
    assert_eq!(cqrs.send(Find { till: TILL }).await?.version.get(), 1);
    assert_eq!(cqrs.send(Find { till: TILL }).await?.version.get(), 2);
    Ok(())
}

#[tokio::test]
async fn a_command_that_changes_nothing_says_what_it_has_seen() -> Checked {
    let cqrs = two_tills().await?;
    let put = cqrs
        .send(Put {
            till: TILL,
            coins: 3,
        })
        .await?;
    let nothing = cqrs
        .send(Put {
            till: TILL,
            coins: 0,
        })
        .await?;
    assert_eq!(
        (nothing.reply, nothing.version, nothing.position),
        (3, put.version, put.position)
    );
    assert_eq!(log_of(&cqrs).await?.len(), 3);
    Ok(())
}

#[tokio::test]
async fn the_store_is_asked_no_more_than_twice() -> Checked {
    asked_no_more_than(AggregateCache::off(), 1).await
}

#[tokio::test]
async fn an_aggregate_in_memory_is_not_read_again() -> Checked {
    asked_no_more_than(AggregateCache::default(), 0).await
}

#[tokio::test]
async fn an_aggregate_of_many_events_is_not_read_again_either() -> Checked {
    let store = CountingStore::default();
    let cqrs = Cqrs::builder(store.clone())
        .aggregate::<Till>()
        // A 64th of it is soon less than what was paid in.
        .cache(AggregateCache::default().aggregates(1_000).bytes(300_000))
        .build()
        .await?;
    let _ = cqrs.send(Open { till: TILL }).await?;
    let mut most_read = 0;
    for _ in 0..1_000 {
        let put = Put {
            till: TILL,
            coins: 1,
        };
        let _ = store.asked();
        let _ = cqrs.send(put).await?;
        most_read = most_read.max(store.asked().1);
    }
    assert_eq!(most_read, 0);
    Ok(())
}

/// `read`: how often a command reads that has something to record.
async fn asked_no_more_than(cache: AggregateCache, read: u32) -> Checked {
    let store = CountingStore::default();
    let cqrs = Cqrs::builder(store.clone())
        .aggregate::<Till>()
        .cache(cache)
        .build()
        .await?;
    let (append, receipt) = (1, 1);

    let _ = cqrs.send(Open { till: TILL }).await?;
    assert_eq!(store.asked(), (append, 0, 0), "what creates reads nothing");
    let _ = cqrs
        .send(Put {
            till: TILL,
            coins: 2,
        })
        .await?;
    assert_eq!(store.asked(), (append, read, 0));
    let _ = cqrs
        .send(Take {
            till: TILL,
            coins: 1,
        })
        .idempotency_key("a")
        .await?;
    assert_eq!(
        store.asked(),
        (append, read, 0),
        "a key costs no question of its own"
    );
    let _ = cqrs
        .send(Take {
            till: TILL,
            coins: 1,
        })
        .idempotency_key("a")
        .await?;
    assert_eq!(
        store.asked(),
        (append, read, 0),
        "nor does a repeated request that could be done"
    );
    let _ = cqrs
        .send(Put {
            till: TILL,
            coins: 0,
        })
        .await?;
    assert_eq!(
        store.asked(),
        (0, 1, 0),
        "nothing to record, nothing appended"
    );
    let refused = cqrs
        .send(Take {
            till: TILL,
            coins: 9,
        })
        .await;
    assert!(matches!(refused, Err(CommandError::Rejected(_))));
    assert_eq!(store.asked(), (0, 1, 0), "a no is told of what was read");
    let refused = cqrs
        .send(Take {
            till: TILL,
            coins: 9,
        })
        .idempotency_key("b")
        .await;
    assert!(matches!(refused, Err(CommandError::Rejected(_))));
    assert_eq!(
        store.asked(),
        (0, 1, receipt),
        "a no with a key asks whether it was done before"
    );
    Ok(())
}

#[tokio::test]
async fn nobody_is_told_no_on_a_state_that_was_not_read() -> Checked {
    let store = CountingStore::default();
    let cqrs = Cqrs::builder(store.clone())
        .aggregate::<Till>()
        .build()
        .await?;
    let _ = cqrs.send(Open { till: TILL }).await?;
    store.asked();
    let again = cqrs.send(Open { till: TILL }).await;
    assert!(matches!(again, Err(CommandError::AlreadyExists { .. })));
    assert_eq!(
        store.asked(),
        (0, 1, 0),
        "what is in memory says that it exists"
    );
    Ok(())
}

#[tokio::test]
async fn metadata_correlation_and_causation_are_with_every_event() -> Checked {
    let cqrs = in_memory().await?;
    let _ = cqrs
        .send(Open { till: TILL })
        .metadata("user", "ada")
        .await?;
    let first = log_of(&cqrs).await?.remove(0);
    assert_eq!(first.metadata.get("user"), Some("ada"));
    assert!(
        first.metadata.correlation_id.is_some(),
        "a conversation begins where none is named"
    );
    assert_eq!(first.metadata.causation_id, None);

    let _ = cqrs
        .send(Put {
            till: TILL,
            coins: 1,
        })
        .caused_by(&first)
        .await?;
    let second = log_of(&cqrs).await?.remove(1);
    assert_eq!(
        second.metadata.correlation_id,
        first.metadata.correlation_id
    );
    assert_eq!(second.metadata.causation_id, Some(first.event_id.into()));

    let (conversation, cause) = (SequentialIds::id(8), SequentialIds::id(9));
    let _ = cqrs
        .send(Find { till: TILL })
        .correlation_id(conversation)
        .causation_id(cause)
        .await?;
    let third = log_of(&cqrs).await?.remove(2);
    assert_eq!(third.metadata.correlation_id, Some(conversation.into()));
    assert_eq!(third.metadata.causation_id, Some(cause.into()));
    Ok(())
}

#[tokio::test]
async fn an_expected_version_is_checked_and_not_tried_again() -> Checked {
    let store = CountingStore::default();
    let cqrs = Cqrs::builder(store.clone())
        .aggregate::<Till>()
        .build()
        .await?;
    let opened = cqrs.send(Open { till: TILL }).await?.version;
    let put = cqrs
        .send(Put {
            till: TILL,
            coins: 1,
        })
        .expected_version(opened)
        .await?;
    assert_eq!(put.version.get(), 2);
    store.asked();
    let late = cqrs
        .send(Put {
            till: TILL,
            coins: 1,
        })
        .expected_version(opened)
        .await;
    let Err(CommandError::Conflict(conflict)) = late else {
        panic!("{late:?}")
    };
    assert_eq!(
        conflict.to_string(),
        "stream till-1 is at version 2, expected 1: load it and decide again"
    );
    assert_eq!(store.asked(), (0, 1, 0));
    let none = cqrs
        .send(Find {
            till: super::domain::OTHER,
        })
        .expected_version(StreamVersion::NONE)
        .await?;
    assert_eq!(none.version.get(), 1);
    Ok(())
}

#[tokio::test]
async fn bad_words_are_refused_before_the_store_is_asked() -> Checked {
    let store = CountingStore::default();
    let cqrs = Cqrs::builder(store.clone())
        .aggregate::<Till>()
        .build()
        .await?;
    for key in ["", "a b", "a\0", &"k".repeat(201)] {
        let refused = cqrs.send(Open { till: TILL }).idempotency_key(key).await;
        assert!(
            matches!(&refused, Err(CommandError::Invalid(word)) if word.kind == "idempotency key"),
            "{refused:?}"
        );
    }
    let refused = cqrs
        .send(Open { till: TILL })
        .metadata("us er", "ada")
        .await;
    assert!(
        matches!(&refused, Err(CommandError::Invalid(word)) if word.kind == "metadata key"),
        "{refused:?}"
    );
    assert_eq!(store.asked(), (0, 0, 0));
    Ok(())
}

#[tokio::test]
async fn a_payload_past_the_limit_is_refused_with_its_name_and_size() -> Checked {
    let mut limits = cqrs_core::ports::limits::Limits::default();
    limits.payload_bytes = 8;
    let memory = cqrs_memory::Memory::with_limits(limits);
    let cqrs = Cqrs::builder(memory).aggregate::<Till>().build().await?;
    let _ = cqrs.send(Open { till: TILL }).await?;
    let refused = cqrs
        .send(Put {
            till: TILL,
            coins: 1_000_000,
        })
        .await
        .unwrap_err();
    let CommandError::Append(reason) = &refused else {
        panic!("{refused:?}")
    };
    assert_eq!(
        reason.to_string(),
        "the size of the payload of till.coins_put in bytes is 17, the limit `payload_bytes` is 8"
    );
    Ok(())
}

#[tokio::test]
async fn an_aggregate_that_is_not_registered_is_named() -> Checked {
    let cqrs = Cqrs::builder(cqrs_memory::Memory::new()).build().await?;
    let error = cqrs.send(Open { till: TILL }).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "nothing decides Open: add `.aggregate::<Till>()` to the builder"
    );
    Ok(())
}

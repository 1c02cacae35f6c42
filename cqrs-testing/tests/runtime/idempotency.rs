//! A7 as a sender sees it: the same key is the same request.

use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::command_error::CommandError;
use cqrs_memory::Memory;

use super::domain::{Checked, OTHER, Open, Put, TILL, Take, Till, TooFewCoins, two_tills};

#[tokio::test]
async fn the_second_request_gets_the_first_receipt_though_it_would_be_refused_now() -> Checked {
    let cqrs = two_tills().await?;
    let _ = cqrs
        .send(Put {
            till: TILL,
            coins: 5,
        })
        .await?;
    let first = cqrs
        .send(Take {
            till: TILL,
            coins: 5,
        })
        .idempotency_key("order-1")
        .await?;
    let second = cqrs
        .send(Take {
            till: TILL,
            coins: 5,
        })
        .idempotency_key("order-1")
        .await?;
    assert!(second.repeated);
    assert_eq!(
        (first.reply, first.version, first.position),
        (second.reply, second.version, second.position)
    );
    let refused = cqrs
        .send(Take {
            till: TILL,
            coins: 5,
        })
        .idempotency_key("order-2")
        .await;
    assert!(matches!(
        refused,
        Err(CommandError::Rejected(TooFewCoins(0)))
    ));
    Ok(())
}

#[tokio::test]
async fn a_second_creation_gets_the_first_receipt() -> Checked {
    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Till>()
        .build()
        .await?;
    let first = cqrs
        .send(Open { till: TILL })
        .idempotency_key("open")
        .await?;
    let second = cqrs
        .send(Open { till: TILL })
        .idempotency_key("open")
        .await?;
    assert_eq!(
        (first.repeated, second.repeated, second.version),
        (false, true, first.version)
    );
    Ok(())
}

#[tokio::test]
async fn a_command_that_changes_nothing_keeps_its_receipt_too() -> Checked {
    let cqrs = two_tills().await?;
    let first = cqrs
        .send(Put {
            till: TILL,
            coins: 0,
        })
        .idempotency_key("look")
        .await?;
    let _ = cqrs
        .send(Put {
            till: TILL,
            coins: 9,
        })
        .await?;
    let second = cqrs
        .send(Put {
            till: TILL,
            coins: 0,
        })
        .idempotency_key("look")
        .await?;
    assert_eq!((first.reply, second.reply, second.repeated), (0, 0, true));
    assert_eq!(first.position, second.position);
    Ok(())
}

#[tokio::test]
async fn a_refused_request_may_come_again() -> Checked {
    let cqrs = two_tills().await?;
    let refused = cqrs
        .send(Take {
            till: TILL,
            coins: 1,
        })
        .idempotency_key("order-1")
        .await;
    assert!(refused.is_err());
    let _ = cqrs
        .send(Put {
            till: TILL,
            coins: 1,
        })
        .await?;
    let done = cqrs
        .send(Take {
            till: TILL,
            coins: 1,
        })
        .idempotency_key("order-1")
        .await?;
    assert!(!done.repeated);
    Ok(())
}

#[tokio::test]
async fn a_key_that_comes_with_another_request_is_an_error() -> Checked {
    let cqrs = two_tills().await?;
    let _ = cqrs
        .send(Put {
            till: TILL,
            coins: 5,
        })
        .idempotency_key("order-1")
        .await?;
    let other_command = cqrs
        .send(Take {
            till: TILL,
            coins: 5,
        })
        .idempotency_key("order-1")
        .await
        .unwrap_err();
    assert_eq!(
        other_command.to_string(),
        "idempotency key order-1 was used for Put for till-1, now it comes with Take for till-1: \
         choose a key for each request"
    );
    let other_till = cqrs
        .send(Put {
            till: OTHER,
            coins: 5,
        })
        .idempotency_key("order-1")
        .await;
    assert!(matches!(other_till, Err(CommandError::KeyReused { .. })));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_racing_requests_with_one_key_one_is_done() -> Checked {
    let cqrs = two_tills().await?;
    let sends = (0..32).map(|_| {
        let cqrs = cqrs.clone();
        tokio::spawn(async move {
            cqrs.send(Put {
                till: TILL,
                coins: 1,
            })
            .idempotency_key("one")
            .await
        })
    });
    let mut done = 0;
    for send in sends.collect::<Vec<_>>() {
        let receipt = send.await??;
        assert_eq!((receipt.reply, receipt.version.get()), (1, 2));
        done += u32::from(!receipt.repeated);
    }
    assert_eq!(done, 1);
    Ok(())
}

#[tokio::test]
async fn receipts_outlive_the_application() -> Checked {
    let memory = Memory::new();
    let before = Cqrs::builder(memory.clone())
        .aggregate::<Till>()
        .build()
        .await?;
    let _ = before.send(Open { till: TILL }).await?;
    let first = before
        .send(Put {
            till: TILL,
            coins: 2,
        })
        .idempotency_key("put")
        .await?;
    drop(before);
    let after = Cqrs::builder(memory.reopen())
        .aggregate::<Till>()
        .build()
        .await?;
    let second = after
        .send(Put {
            till: TILL,
            coins: 2,
        })
        .idempotency_key("put")
        .await?;
    assert_eq!((second.repeated, second.version), (true, first.version));
    Ok(())
}

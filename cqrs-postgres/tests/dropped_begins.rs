//! R1: a transaction whose beginning was cut off is no trap for those who get its connection next.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/processors.rs"]
mod processors;
#[path = "support/until.rs"]
mod until;

use std::time::Duration;

use cqrs_core::ports::leases::Leases;
use cqrs_core::ports::processors::{ProcessorKind, Processors};
use cqrs_core::ports::transactions::Transactions;
use cqrs_postgres::scratch::Scratch;
use processors::{LEASE, declare, node, of};

/// What is told to be recorded on such a connection would be gone with its transaction, and its locks would be held for seconds.
#[tokio::test(flavor = "multi_thread")]
async fn a_beginning_that_is_cut_off_leaves_no_transaction_behind() {
    let scratch = Scratch::new();
    let store = scratch.builder().connections(2).connect().await.unwrap();
    store
        .declare(declare("totals", ProcessorKind::Projection, 4))
        .await
        .unwrap();
    let totals = of("totals", 1);
    let (mut cut, mut begun) = (0_u32, 0_u32);
    for _ in 0..400 {
        // A time-out is too coarse: the server answers within a fraction of a millisecond.
        let mut beginning = std::pin::pin!(store.begin(&totals));
        let mut is_begun = false;
        for _ in 0..fastrand::u32(1..20) {
            is_begun = futures::poll!(&mut beginning).is_ready();
            if is_begun {
                break;
            }
            tokio::task::yield_now().await;
        }
        *(if is_begun { &mut begun } else { &mut cut }) += 1;
    }
    assert!(cut > 50, "{cut} were cut off, {begun} were not");
    for name in ["one", "two", "three", "four"] {
        let request = cqrs_core::ports::leases::HoldLeases {
            node: node(name),
            lease: LEASE,
            generations: vec![totals.clone()],
        };
        store.hold(request).await.unwrap();
        store.leave(&node(name)).await.unwrap();
    }
    let request = cqrs_core::ports::leases::HoldLeases {
        node: node("last"),
        lease: LEASE,
        generations: vec![totals.clone()],
    };
    assert_eq!(store.hold(request).await.unwrap()[0].partitions.len(), 4);
    let others = scratch.store().await;
    let progress = others.progress(Some(&totals.processor)).await.unwrap();
    let owners = progress[0].partitions.iter().map(|row| &row.owner);
    assert!(
        owners.into_iter().all(|owner| *owner == Some(node("last"))),
        "what was told to be recorded is there for everybody: {progress:?}"
    );
    // The server itself would end them, but not before it has waited for longer than this.
    let nothing_is_open = async {
        until::nothing_is_under_way(&scratch.pool().await, scratch.schema()).await;
    };
    let waited = tokio::time::timeout(Duration::from_secs(2), nothing_is_open).await;
    assert!(waited.is_ok(), "transactions are open that nobody ends");
}

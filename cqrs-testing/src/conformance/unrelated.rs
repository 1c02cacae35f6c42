//! F3: what has nothing to do with the log never holds the feed back.

use std::time::Duration;

use cqrs_core::words::position::Position;

use super::ask;
use super::expect;
use super::harness::StoreHarness;
use super::sample::{ANY, account, exact, one};

/// Catches a store whose readers wait for every transaction in the database.
pub async fn f3_an_unrelated_transaction_does_not_hold_readers_back<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    expect::recorded(store.append(one(&account("1"), ANY, 0)).await);
    let open = harness.unrelated_transaction().await;
    for number in 1..=10 {
        expect::recorded(store.append(one(&account("1"), ANY, number)).await);
        let seen = ask::log(&store).await.len();
        assert_eq!(
            seen,
            number + 1,
            "the events while an unrelated transaction is open"
        );
    }
    drop(open);
}

/// Catches a store whose watches wait for every transaction in the database.
pub async fn f3_an_unrelated_transaction_does_not_hold_watches_back<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    let open = harness.unrelated_transaction().await;
    let (mut watch, mut settled) = (store.watch(), Position::START);
    for number in 1..=5 {
        let appended = expect::recorded(store.append(one(&account("1"), ANY, number)).await);
        while settled < appended.position {
            let moved = tokio::time::timeout(Duration::from_secs(5), watch.past(settled)).await;
            let moved = moved.expect("a watch moves while an unrelated transaction is open");
            settled = moved.expect("the store is open");
        }
    }
    drop(open);
}

/// Catches a store that waits for positions which a failed append has drawn.
pub async fn f3_failed_appends_do_not_hold_readers_back<H: StoreHarness>(harness: &H) {
    let store = harness.store();
    for number in 1..=10 {
        expect::conflict(store.append(one(&account("1"), exact(99), number)).await);
        expect::recorded(store.append(one(&account("1"), ANY, number)).await);
        assert_eq!(
            ask::log(&store).await.len(),
            number,
            "the events after failed appends"
        );
    }
}

//! How often a command asks the server.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/events.rs"]
mod events;
#[path = "support/proxy.rs"]
mod proxy;

use std::time::Duration;

use bank::account::{Account, AccountId, Deposit, OpenAccount, Withdraw};
use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::prelude::*;
use cqrs_core::runtime::aggregate_cache::AggregateCache;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::idempotency_key::IdempotencyKey;
use cqrs_core::words::version::ExpectedVersion;
use cqrs_postgres::Postgres;
use cqrs_postgres::scratch::Scratch;
use events::{receipt, stream, tagged};
use proxy::Proxy;

async fn store_behind_a_proxy() -> (Scratch, Proxy, Postgres) {
    let scratch = Scratch::new();
    let (proxy, builder) = Proxy::before_the_log(&scratch).await;
    let store = builder.connections(2).connect().await.unwrap();
    (scratch, proxy, store)
}

/// The pool tests a connection that comes back, and the notifier tells others, shortly after a call.
async fn background_is_done() {
    tokio::time::sleep(Duration::from_millis(30)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_of_a_batch_is_one() {
    let (_scratch, proxy, store) = store_behind_a_proxy().await;
    let batch = |number: usize| -> Vec<Append> {
        (0..20)
            .map(|key| {
                let name = format!("a-{number}.{key}");
                let events = vec![tagged("x", &["t"])];
                let append = Append::to(stream(&name), ExpectedVersion::NoStream, events);
                append.with_receipt(receipt(&name))
            })
            .collect()
    };
    // Each connection prepares its statements once.
    for number in 0..12 {
        store.append_batch(batch(number)).await;
        background_is_done().await;
    }
    let before = proxy.requests();
    store.append_batch(batch(99)).await;
    background_is_done().await;
    assert_eq!(proxy.requests() - before, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_is_at_most_two_and_one_when_nothing_must_be_read() {
    let (_scratch, proxy, store) = store_behind_a_proxy().await;
    let builder = Cqrs::builder(store.clone()).aggregate::<Account>();
    let forgetful = builder.cache(AggregateCache::off()).build().await.unwrap();
    let cqrs = Cqrs::builder(store)
        .aggregate::<Account>()
        .build()
        .await
        .unwrap();
    let count = async || {
        background_is_done().await;
        proxy.requests()
    };
    let owner = || "ada".to_owned();
    for _ in 0..12 {
        let account = AccountId::new();
        let _ = cqrs
            .send(OpenAccount {
                account,
                owner: owner(),
            })
            .await
            .unwrap();
        background_is_done().await;
        let _ = cqrs
            .send(Deposit {
                account,
                amount: 50,
            })
            .await
            .unwrap();
        background_is_done().await;
    }

    let (account, before) = (AccountId::new(), count().await);
    let _ = cqrs
        .send(OpenAccount {
            account,
            owner: owner(),
        })
        .await
        .unwrap();
    assert_eq!(count().await - before, 1, "what creates reads nothing");

    let before = count().await;
    let _ = cqrs
        .send(Deposit {
            account,
            amount: 50,
        })
        .await
        .unwrap();
    assert_eq!(count().await - before, 1, "it is in memory");

    let before = count().await;
    let _ = forgetful
        .send(Deposit {
            account,
            amount: 50,
        })
        .await
        .unwrap();
    assert_eq!(
        count().await - before,
        2,
        "a page of the stream, and an append"
    );

    let before = count().await;
    let key = IdempotencyKey::new("once").unwrap();
    let withdraw = Withdraw {
        account,
        amount: 20,
    };
    let _ = forgetful
        .send(withdraw)
        .idempotency_key(key)
        .metadata("user", "ada")
        .await
        .unwrap();
    assert!(
        count().await - before <= 2,
        "the receipt goes with the append"
    );
}

#[derive(AggregateId, Clone, Debug, PartialEq, Eq, Hash)]
struct MeterId(u64);

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "meter.units_used")]
struct UnitsUsed;

#[derive(Aggregate, Serialize, Deserialize, Default)]
#[aggregate(name = "meter", id = MeterId, events(UnitsUsed), snapshot(every = 1_000))]
struct Meter {
    units: u64,
}

#[apply]
impl Apply<UnitsUsed> for Meter {
    fn apply(&mut self, _: &UnitsUsed) {
        self.units += 1;
    }
}

#[derive(Command, Debug)]
#[command(aggregate = Meter, any)]
struct Use {
    #[id]
    meter: MeterId,
    units: u64,
}

impl Handle<Use> for Meter {
    fn handle(command: &Use, meter: &mut Root<Self>) -> Result<(), std::convert::Infallible> {
        for _ in 0..command.units {
            meter.emit(UnitsUsed);
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn loading_from_a_snapshot_is_one() {
    let (_scratch, proxy, store) = store_behind_a_proxy().await;
    let cqrs = Cqrs::builder(store).aggregate::<Meter>();
    let cqrs = cqrs.build().await.unwrap();
    let use_units = async |units| {
        let meter = MeterId(1);
        let _ = cqrs.send(Use { meter, units }).await.unwrap();
        cqrs.snapshots_taken().await;
    };
    let loads = async |units: u64| {
        // Each connection prepares its statements once.
        for _ in 0..12 {
            let meter = cqrs.repository::<Meter>().load(&MeterId(1)).await.unwrap();
            assert_eq!(meter.units, units);
            background_is_done().await;
        }
        let before = proxy.requests();
        let meter = cqrs.repository::<Meter>().load(&MeterId(1)).await.unwrap();
        assert_eq!(meter.units, units);
        background_is_done().await;
        proxy.requests() - before
    };
    use_units(7).await;
    assert_eq!(loads(7).await, 1, "without a snapshot");
    use_units(1_200).await;
    use_units(3).await;
    assert_eq!(
        loads(1_210).await,
        1,
        "with a snapshot, and three events more"
    );
}

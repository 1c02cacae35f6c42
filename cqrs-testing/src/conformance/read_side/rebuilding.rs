//! P4 with the runtime: a rebuild happens beside the live one, and readers never see less than before.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cqrs_core::domain::view::View;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::read_view::ReadError;
use cqrs_core::words::event::Recorded;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::start::StartFrom;
use serde::{Deserialize, Serialize};

use super::application::{PATIENCE, bank, built, idle, seen};
use super::ask;
use super::bank::{AccountEvent, AccountId, BALANCE, Balance, balance, deposit, open};
use super::harness::ReadSideHarness;
use super::sample::generation;

/// The same read model with a sign, as the next version of the code builds it.
#[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq)]
struct Signed {
    #[serde(flatten)]
    balance: Balance,
    #[serde(default)]
    is_new: bool,
}

impl View for Signed {
    const NAME: ProcessorName = BALANCE;
    const VERSION: u32 = 2;
    type Event = AccountEvent;
    type Key = AccountId;

    fn keys(event: &Recorded<AccountEvent>) -> impl IntoIterator<Item = AccountId> {
        event.id()
    }

    fn apply(&mut self, event: &Recorded<AccountEvent>) {
        self.balance.apply(event);
        self.is_new = true;
    }
}

/// What was deposited since it began.
#[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq)]
struct Since {
    events: u64,
}

impl View for Since {
    const NAME: ProcessorName = ProcessorName::from_static("since");
    const START: StartFrom = StartFrom::Now;
    type Event = AccountEvent;
    type Key = AccountId;

    fn keys(event: &Recorded<AccountEvent>) -> impl IntoIterator<Item = AccountId> {
        event.id()
    }

    fn apply(&mut self, _: &Recorded<AccountEvent>) {
        self.events += 1;
    }
}

const ACCOUNTS: u64 = 8;

async fn first<H: ReadSideHarness>(harness: &H) -> Cqrs {
    let store = harness.read_side();
    let cqrs = built(bank::<H>(&store).view::<Balance>()).await;
    for account in 0..ACCOUNTS {
        open(&cqrs, account, 1).await;
    }
    cqrs
}

/// Catches a rebuild that leaves another read model than the live one, which has seen every event as it came.
pub async fn p4_a_rebuild_equals_what_is_live<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let cqrs = first(harness).await;
    for round in 0..5 {
        for account in 0..ACCOUNTS {
            deposit(&cqrs, account, round).await;
        }
        idle(&cqrs).await;
    }
    let live = ask::documents(&store, &generation("balance", 1)).await;
    assert_eq!(live.len() as u64, ACCOUNTS);
    let rebuild = cqrs.rebuild::<Balance>().await.expect("a rebuild begins");
    assert_eq!(*rebuild.generation(), generation("balance", 2));
    idle(&cqrs).await;
    assert!(
        rebuild
            .finished()
            .await
            .expect("it comes to its end")
            .is_live
    );
    assert_eq!(
        ask::documents(&store, &generation("balance", 2)).await,
        live
    );
}

/// Catches a rebuild of what starts now that has the events before it, or nothing.
pub async fn p4_a_rebuild_of_what_starts_now_has_what_is_live<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let before = built(bank::<H>(&store)).await;
    open(&before, 1, 3).await;
    let cqrs = built(bank::<H>(&store).view::<Since>()).await;
    for _ in 0..5 {
        deposit(&cqrs, 1, 1).await;
    }
    idle(&cqrs).await;
    for generation in 2..=3 {
        let mut rebuild = cqrs.rebuild::<Since>().await.expect("a rebuild begins");
        let progress = rebuild.progress().await.expect("it can be followed");
        assert_eq!(progress.done, 0, "nothing of what is to be built is done");
        idle(&cqrs).await;
        let progress = rebuild.progress().await.expect("it can be followed");
        assert!(progress.is_live);
        assert_eq!(progress.generation.generation.get(), generation);
        assert_eq!(progress.done, progress.total);
        let view = cqrs.view::<Since>(AccountId(1)).await;
        let view = view.expect("it can be read").expect("it has a document");
        assert_eq!(view.events, 5, "as before");
    }
}

/// Catches a switch that is seen: whoever reads during rebuilds, while writers go on, finds what was there before or more.
pub async fn p4_a_reader_during_rebuilds_never_sees_less_than_before<H: ReadSideHarness>(
    harness: &H,
) {
    let cqrs = first(harness).await;
    let runners = cqrs.start_runners();
    let last = deposit(&cqrs, 0, 1).await;
    let listed = cqrs
        .views::<Balance>()
        .at_least(last)
        .within(PATIENCE)
        .await;
    listed.expect("the view catches up");
    let is_over = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let (cqrs, is_over) = (cqrs.clone(), Arc::clone(&is_over));
        async move {
            let mut last = last;
            while !is_over.load(Ordering::SeqCst) {
                for account in 0..ACCOUNTS {
                    last = deposit(&cqrs, account, 1).await;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            last
        }
    });
    let reader = tokio::spawn({
        let (cqrs, is_over) = (cqrs.clone(), Arc::clone(&is_over));
        async move {
            let mut before = [0_u64; 8];
            while !is_over.load(Ordering::SeqCst) {
                for (account, before) in (0..).zip(&mut before) {
                    let view = cqrs.view::<Balance>(AccountId(account)).await;
                    let view = view.expect("it can be read at any moment");
                    let events = view.expect("the read model is never empty").events;
                    assert!(
                        events >= *before,
                        "account {account}: {events} after {before}"
                    );
                    *before = events;
                }
                tokio::task::yield_now().await;
            }
        }
    });
    for _ in 0..3 {
        let rebuild = cqrs.rebuild::<Balance>().await.expect("a rebuild begins");
        let finished = tokio::time::timeout(PATIENCE, rebuild.finished()).await;
        let finished = finished.expect("it comes to its end in time");
        assert!(finished.expect("it comes to its end").is_live);
    }
    is_over.store(true, Ordering::SeqCst);
    let last = writer.await.expect("the writer ends");
    reader.await.expect("the reader has seen nothing wrong");
    for account in 0..ACCOUNTS {
        let view: Balance = seen(&cqrs, account, last).await;
        assert_eq!(
            view.amount,
            balance(&cqrs, account).await,
            "account {account}"
        );
    }
    runners.stop(Duration::from_secs(5)).await;
}

/// Catches a runtime that shows the old documents as those of the new version, or nothing until the new ones are there.
pub async fn p4_a_new_version_is_built_beside_the_old_one<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let old = first(harness).await;
    idle(&old).await;
    let new = built(bank::<H>(&store).view::<Signed>()).await;
    let view = new
        .view::<Signed>(AccountId(1))
        .await
        .expect("it can be read");
    assert!(
        !view.expect("the old one is read").is_new,
        "until the new one is built"
    );
    idle(&new).await;
    for account in 0..ACCOUNTS {
        let view = new
            .view::<Signed>(AccountId(account))
            .await
            .expect("it can be read");
        let view = view.expect("the new one is read");
        assert_eq!(
            (view.is_new, view.balance.amount),
            (true, 1),
            "account {account}"
        );
    }
    let last = deposit(&old, 1, 1).await;
    idle(&new).await;
    assert_eq!(seen::<Signed>(&new, 1, last).await.balance.amount, 2);
}

/// Catches a runtime that calls a version live before readers find it, or after they find another one.
pub async fn p4_a_version_is_said_to_be_live_when_it_is_read<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let before = built(bank::<H>(&store)).await;
    open(&before, 1, 1).await;
    let live = async |cqrs: &Cqrs, version| cqrs.live(BALANCE, version).await;
    let old = built(bank::<H>(&store).view::<Balance>()).await;
    let building = live(&old, 1).await;
    assert!(
        matches!(building, Err(ReadError::Building { .. })),
        "{building:?}"
    );
    idle(&old).await;
    let first = live(&old, 1).await.expect("it is read");
    assert_eq!(first, generation("balance", 1));
    let new = built(bank::<H>(&store).view::<Signed>()).await;
    for cqrs in [&old, &new] {
        let next = live(cqrs, 2).await;
        assert!(
            matches!(
                next,
                Err(ReadError::NotLive {
                    version: 2,
                    live: 1,
                    ..
                })
            ),
            "{next:?}"
        );
    }
    let runners = new.start_runners();
    let second = new.live(BALANCE, 2).within(PATIENCE).await;
    assert_eq!(second.expect("it is built"), generation("balance", 2));
    runners.stop(Duration::from_secs(5)).await;
    let replaced = live(&old, 1).await;
    assert!(
        matches!(
            replaced,
            Err(ReadError::NotLive {
                version: 1,
                live: 2,
                ..
            })
        ),
        "{replaced:?}"
    );
}

/// Catches a runtime that shows part of a read model which is built over an old log.
pub async fn p4_nothing_is_read_before_the_first_build_is_whole<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let before = built(bank::<H>(&store)).await;
    open(&before, 1, 3).await;
    let cqrs = built(bank::<H>(&store).view::<Balance>()).await;
    let error = cqrs.view::<Balance>(AccountId(1)).await;
    assert!(
        matches!(error, Err(ReadError::Building { .. })),
        "not yet: {error:?}"
    );
    let error = cqrs.views::<Balance>().await;
    assert!(matches!(error, Err(ReadError::Building { .. })), "not yet");
    idle(&cqrs).await;
    let view = cqrs
        .view::<Balance>(AccountId(1))
        .await
        .expect("it can be read");
    assert_eq!(view.map(|view| view.amount), Some(3));
}

//! Inline views with the runtime: never older than what is recorded.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cqrs_core::domain::view::View;
use cqrs_core::ports::processors::GenerationState;
use cqrs_core::prelude::{Deserialize, Run, Serialize};
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::command_error::CommandError;
use cqrs_core::runtime::read_view::ReadError;
use cqrs_core::words::event::Recorded;
use cqrs_core::words::position::Position;
use cqrs_core::words::processor::ProcessorName;

use super::application::{PARK, PATIENCE, bank, built, idle, until};
use super::bank::{
    Account, AccountEvent, AccountId, Balance, Deposit, Moving, Open, balance, deposit, open,
    outcomes, poison, request,
};
use super::harness::ReadSideHarness;
use super::sample::key;

const NAME: ProcessorName = ProcessorName::from_static("inline-balance");

/// The balance, written with each event. `VERSION` is that of the code.
#[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq)]
#[serde(transparent)]
struct Inline<const VERSION: u32 = 1>(Balance);

impl<const VERSION: u32> View for Inline<VERSION> {
    const NAME: ProcessorName = NAME;
    const VERSION: u32 = VERSION;
    const RUN: Run = Run::Inline;
    type Event = AccountEvent;
    type Key = AccountId;

    fn keys(event: &Recorded<AccountEvent>) -> impl IntoIterator<Item = AccountId> {
        event.id()
    }

    fn apply(&mut self, event: &Recorded<AccountEvent>) {
        self.0.apply(event);
    }
}

async fn node<const VERSION: u32, H: ReadSideHarness>(
    store: &cqrs_core::ports::read_side::SharedReadSide,
) -> Cqrs {
    built(bank::<H>(store).view::<Inline<VERSION>>()).await
}

/// What a plain read finds, without a word about positions.
async fn amount<const VERSION: u32>(cqrs: &Cqrs, account: u64) -> i64 {
    let read = cqrs
        .view::<Inline<VERSION>>(AccountId(account))
        .within(PATIENCE);
    let view = read.await.expect("the view can be read");
    view.map_or(0, |view| view.0.amount)
}

/// The states of the generations, by their numbers.
async fn states(cqrs: &Cqrs) -> Vec<GenerationState> {
    let all = cqrs.processors().await.expect("the status can be read");
    let own = all
        .iter()
        .filter(|status| status.generation.processor == NAME);
    own.map(|status| status.generation_state).collect()
}

async fn is_inline(cqrs: &Cqrs) -> bool {
    states(cqrs).await.contains(&GenerationState::Inline)
}

/// Deposits into accounts and reads each at once, by the same node or the next.
async fn send_and_read<const VERSION: u32>(nodes: &[Cqrs], account: u64, times: i64) {
    let first = amount::<VERSION>(&nodes[0], account).await;
    for number in 1..=times {
        let place = usize::try_from(number).expect("it is small");
        deposit(&nodes[place % nodes.len()], account, 1).await;
        let reader = &nodes[(place / 2) % nodes.len()];
        assert_eq!(
            amount::<VERSION>(reader, account).await,
            first + number,
            "account {account}: a plain read is never older than what was sent"
        );
    }
}

/// Catches a runtime or a store that lets a reader be faster than an inline view. There are no runners at all.
pub async fn p5_an_inline_view_is_never_older_than_what_was_sent<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let nodes = [node::<1, H>(&store).await, node::<1, H>(&store).await];
    let mut tasks = tokio::task::JoinSet::new();
    for account in 0..4 {
        open(&nodes[0], account, 0).await;
        let nodes = nodes.clone();
        tasks.spawn(async move { send_and_read::<1>(&nodes, account, 12).await });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.expect("each of them ends well");
    }
    assert!(is_inline(&nodes[0]).await, "nobody has ended it");
    let last = deposit(&nodes[0], 0, 1).await;
    let read = nodes[1].view::<Inline>(AccountId(0)).at_least(last).await;
    let view = read.expect("it can be read").expect("it is there");
    assert_eq!((view.0.amount, view.0.events), (13, 15));
    let waited = nodes[1].wait_for(NAME, AccountId(0), last).await;
    waited.expect("nothing has to be waited for");
    let listed = nodes[1].views::<Inline>().await.expect("it can be listed");
    assert_eq!(listed.documents.len(), 4);
    // What is not there yet is waited for also here.
    let later = Position::new(last.get() + 1).expect("it is a position");
    let read = nodes[1].view::<Inline>(AccountId(0)).at_least(later);
    let read = read.within(Duration::from_millis(20)).await;
    assert!(matches!(read, Err(ReadError::Timeout { .. })), "{read:?}");
}

/// Catches a runtime that records what an inline view can't stand, or does not say which one it was.
pub async fn p1_an_inline_view_refuses_what_it_cant_stand<H: ReadSideHarness>(harness: &H) {
    let cqrs = node::<1, H>(&harness.read_side()).await;
    let poisoned = Open {
        account: AccountId(1),
        owner: "poison".into(),
    };
    match cqrs.send(poisoned).await {
        Err(CommandError::ReadModel { processor, .. }) => assert_eq!(processor, NAME),
        other => panic!("the command should have been refused, and not {other:?}"),
    }
    let root = cqrs.repository::<Account>().load(&AccountId(1)).await;
    assert!(!root.expect("it can be loaded").exists());
    // Nothing is parked, and all goes on.
    open(&cqrs, 1, 3).await;
    assert_eq!(amount::<1>(&cqrs, 1).await, 3);
    assert!(is_inline(&cqrs).await, "it stays inline");
    let parked = cqrs.parked(NAME).list(None, 10).await;
    assert_eq!(parked.expect("it can be listed").len(), 0);
    let key: cqrs_core::words::idempotency_key::IdempotencyKey =
        "once".parse().expect("it is a key");
    for repeated in [false, true] {
        let once = Deposit {
            account: AccountId(1),
            amount: 4,
            transfer: None,
        };
        let receipt = cqrs.send(once).idempotency_key(key.clone()).await;
        assert_eq!(receipt.expect("it is done").repeated, repeated);
    }
    assert_eq!(amount::<1>(&cqrs, 1).await, 7);
}

/// Catches a runtime that makes a view inline before the past is in it, and one that never does.
pub async fn p4_an_inline_view_over_an_old_log_catches_up_first<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let before = built(bank::<H>(&store)).await;
    for account in 0..10 {
        open(&before, account, 2).await;
    }
    let cqrs = node::<1, H>(&store).await;
    let read = cqrs.view::<Inline>(AccountId(1)).await;
    assert!(matches!(read, Err(ReadError::Building { .. })), "{read:?}");
    deposit(&cqrs, 1, 1).await;
    idle(&cqrs).await;
    assert_eq!(states(&cqrs).await, [GenerationState::Inline]);
    assert_eq!(amount::<1>(&cqrs, 1).await, 3);
    send_and_read::<1>(std::slice::from_ref(&cqrs), 2, 5).await;
}

/// Catches a reader who is told an older state while the runners have to catch up with what somebody appended who does not
/// know the view.
pub async fn p5_an_inline_view_that_was_left_behind_is_waited_for<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let cqrs = node::<1, H>(&store).await;
    let stranger = built(bank::<H>(&store)).await;
    open(&cqrs, 1, 1).await;
    deposit(&stranger, 1, 10).await;
    // Without runners nobody comes, and the reader is told so, unless it takes what is there.
    let read = cqrs.view::<Inline>(AccountId(1));
    let read = read.within(Duration::from_millis(30)).await;
    assert!(matches!(read, Err(ReadError::Timeout { .. })), "{read:?}");
    let read = cqrs.view::<Inline>(AccountId(1)).at_least(Position::START);
    let old = read.await.expect("it can be read").expect("it is there");
    assert_eq!(old.0.amount, 1);
    let runners = cqrs.start_runners();
    assert_eq!(amount::<1>(&cqrs, 1).await, 11);
    for round in 0..10 {
        deposit(&stranger, 1, 1).await;
        deposit(&cqrs, 1, 1).await;
        assert_eq!(amount::<1>(&cqrs, 1).await, 13 + 2 * round);
        let listed = cqrs.views::<Inline>().within(PATIENCE).await;
        let listed = listed.expect("it can be listed");
        assert_eq!(listed.documents[0].1.0.amount, 13 + 2 * round);
    }
    until("it is inline again", || is_inline(&cqrs)).await;
    send_and_read::<1>(std::slice::from_ref(&cqrs), 1, 5).await;
    runners.stop(Duration::from_secs(5)).await;
}

/// Catches a rebuild that lets go of the old one before the new one has everything.
pub async fn p4_an_inline_view_is_rebuilt_without_a_stale_read<H: ReadSideHarness>(harness: &H) {
    const ACCOUNTS: u64 = 3;
    let store = harness.read_side();
    let cqrs = node::<1, H>(&store).await;
    for account in 0..ACCOUNTS {
        open(&cqrs, account, 1).await;
    }
    let runners = cqrs.start_runners();
    let is_over = Arc::new(AtomicBool::new(false));
    let mut writers = tokio::task::JoinSet::new();
    for account in 0..ACCOUNTS {
        let (cqrs, is_over) = (cqrs.clone(), Arc::clone(&is_over));
        writers.spawn(async move {
            while !is_over.load(Ordering::SeqCst) {
                send_and_read::<1>(std::slice::from_ref(&cqrs), account, 1).await;
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        });
    }
    for _ in 0..3 {
        let rebuild = cqrs.rebuild::<Inline>().await.expect("a rebuild begins");
        let finished = tokio::time::timeout(PATIENCE, rebuild.finished()).await;
        let finished = finished.expect("it comes to its end in time");
        assert!(finished.expect("it comes to its end").is_live);
    }
    is_over.store(true, Ordering::SeqCst);
    while let Some(ended) = writers.join_next().await {
        ended.expect("a writer has seen nothing wrong");
    }
    assert!(is_inline(&cqrs).await, "the last one is inline");
    for account in 0..ACCOUNTS {
        assert_eq!(
            amount::<1>(&cqrs, account).await,
            balance(&cqrs, account).await,
            "account {account}"
        );
    }
    runners.stop(Duration::from_secs(5)).await;
}

/// Catches a rolling deployment in which the node of one version loses what the other has appended.
pub async fn p4_two_versions_of_an_inline_view_live_side_by_side<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let old = node::<1, H>(&store).await;
    open(&old, 1, 1).await;
    open(&old, 2, 1).await;
    let old_runners = old.start_runners();
    let new = node::<2, H>(&store).await;
    let new_runners = new.start_runners();
    for _ in 0..10 {
        send_and_read::<1>(std::slice::from_ref(&old), 1, 1).await;
        send_and_read::<2>(std::slice::from_ref(&new), 2, 1).await;
        assert_eq!(amount::<2>(&new, 1).await, balance(&old, 1).await);
        assert_eq!(amount::<1>(&old, 2).await, balance(&old, 2).await);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    old_runners.stop(Duration::from_secs(5)).await;
    drop(old);
    until("the new one is inline", || is_inline(&new)).await;
    send_and_read::<2>(std::slice::from_ref(&new), 1, 5).await;
    assert_eq!(amount::<2>(&new, 1).await, 16);
    new_runners.stop(Duration::from_secs(5)).await;
}

/// Catches a runtime that answers from an old version as if it were up to date, or does not say why it can't: after a
/// deployment that left no node of that version.
pub async fn p5_a_version_that_nobody_brings_on_is_named_to_its_readers<H: ReadSideHarness>(
    harness: &H,
) {
    const SHORT: Duration = Duration::from_millis(30);
    let store = harness.read_side();
    let old = node::<1, H>(&store).await;
    open(&old, 1, 1).await;
    drop(old);
    let new = node::<2, H>(&store).await;
    let last = deposit(&new, 1, 10).await;
    let plain = new.view::<Inline<2>>(AccountId(1)).within(SHORT).await;
    let known = new.view::<Inline<2>>(AccountId(1)).at_least(last);
    let known = known.within(SHORT).await;
    let listed = new.views::<Inline<2>>().within(SHORT).await.map(drop);
    for error in [plain.map(drop), known.map(drop), listed] {
        match error {
            Err(ReadError::BeingReplaced {
                live, code, asked, ..
            }) => {
                assert_eq!((live, code), (1, 2));
                assert!(asked >= last, "{asked}");
            }
            other => panic!("it should say that version 1 is read: {other:?}"),
        }
    }
    let read = new
        .view::<Inline<2>>(AccountId(1))
        .at_least(Position::START);
    let old = read.await.expect("it can be read").expect("it is there");
    assert_eq!(old.0.amount, 1, "what is there can be had");
    idle(&new).await;
    assert_eq!(amount::<2>(&new, 1).await, 11);
}

/// Catches commands of a process manager that pass the inline views by.
pub async fn p1_what_a_process_manager_sends_is_in_inline_views<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let builder = bank::<H>(&store)
        .view::<Inline>()
        .process_manager::<Moving>();
    let cqrs = built(builder).await;
    open(&cqrs, 1, 100).await;
    open(&cqrs, 2, 0).await;
    for transfer in 0..5 {
        request(&cqrs, transfer, 1, 2, 10).await;
    }
    idle(&cqrs).await;
    for transfer in 0..5 {
        assert_eq!(
            outcomes(&cqrs, transfer).await.len(),
            1,
            "transfer {transfer}"
        );
    }
    assert!(
        is_inline(&cqrs).await,
        "all were written with their appends"
    );
    assert_eq!(
        (amount::<1>(&cqrs, 1).await, amount::<1>(&cqrs, 2).await),
        (50, 50)
    );
}

/// Catches a view that becomes inline over parked events: those that come later would not wait behind them.
pub async fn p3_an_inline_view_with_a_parked_past_is_not_inline_before_it_is_dealt_with<
    H: ReadSideHarness,
>(
    harness: &H,
) {
    let store = harness.read_side();
    let before = built(bank::<H>(&store)).await;
    poison(&before, 1).await;
    open(&before, 2, 5).await;
    let cqrs = built(bank::<H>(&store).view::<Inline>().error_policy(PARK)).await;
    idle(&cqrs).await;
    assert!(!is_inline(&cqrs).await, "account 1 is parked");
    deposit(&cqrs, 2, 1).await;
    idle(&cqrs).await;
    let read = cqrs.view::<Inline>(AccountId(1)).await;
    assert!(
        matches!(
            read,
            Err(ReadError::Parked { .. } | ReadError::Building { .. })
        ),
        "{read:?}"
    );
    let discarded = cqrs.parked(NAME).discard(&key(1)).await;
    discarded.expect("it can be discarded");
    idle(&cqrs).await;
    assert!(is_inline(&cqrs).await, "nothing is parked any more");
    send_and_read::<1>(std::slice::from_ref(&cqrs), 2, 3).await;
}

//! R1, R2 and A7 as the sender of a command sees them: the runtime over the store.

use std::sync::Arc;
use std::time::Duration;

use cqrs_core::ports::store::SharedStore;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::command_error::CommandError;
use cqrs_core::runtime::receipt::Receipt;
use cqrs_core::runtime::retry::RetryPolicy;
use cqrs_core::words::version::StreamVersion;

use super::counter::{Add, Counter, CounterId, Full};
use super::harness::StoreHarness;
use super::race::race;
use crate::faulty_store::{AppendFault, FaultyStore};

const TASKS: usize = 64;

/// As many nodes as race: the commands of one application are decided together, and would not meet in the store.
const NODES: usize = 8;

/// More attempts than there are tasks, so that each comes to its turn.
fn patient() -> RetryPolicy {
    let mut policy = RetryPolicy::attempts(1_000);
    policy.longest_delay = Duration::from_millis(100);
    policy
}

async fn over(store: SharedStore) -> Cqrs {
    let builder = Cqrs::builder(store).aggregate::<Counter>().retry(patient());
    builder
        .build()
        .await
        .expect("the application of the tests is built")
}

/// Several applications over one store, none of which knows of the others.
async fn nodes_over(store: SharedStore) -> Vec<Cqrs> {
    let mut nodes = Vec::new();
    for _ in 0..NODES {
        nodes.push(over(Arc::clone(&store)).await);
    }
    nodes
}

/// Lets all senders read before the first of them appends, so that they race also where nothing else takes time.
fn hesitant(store: SharedStore) -> SharedStore {
    let store = FaultyStore::over(store);
    store.next_appends(TASKS, AppendFault::DelayBefore(Duration::from_millis(2)));
    Arc::new(store)
}

/// The numbers of a counter, as they are recorded.
async fn numbers(cqrs: &Cqrs, counter: u32) -> Vec<u64> {
    let root = cqrs.repository::<Counter>().load(&CounterId(counter)).await;
    root.expect("the counter is loaded").into_state().numbers
}

async fn sorted_numbers(cqrs: &Cqrs, counter: u32) -> Vec<u64> {
    let mut numbers = numbers(cqrs, counter).await;
    numbers.sort_unstable();
    numbers
}

fn done(outcome: Result<Receipt<usize>, CommandError<Full>>) -> Receipt<usize> {
    outcome.expect("the command is done")
}

/// Catches: a conflict that is taken for success, a retry that appends on the old version, an acknowledged append that
/// is lost.
pub async fn r1_racing_senders_are_each_recorded_exactly_once<H: StoreHarness>(harness: &H) {
    let nodes = nodes_over(hesitant(harness.store())).await;
    let senders = nodes.clone();
    let replies = race(TASKS, move |task| {
        let cqrs = senders[task % NODES].clone();
        async move { done(cqrs.send(Add::new(1, task as u64)).await).reply }
    })
    .await;
    assert_eq!(
        sorted_numbers(&nodes[0], 1).await,
        (0..TASKS as u64).collect::<Vec<_>>()
    );
    let mut places = replies;
    places.sort_unstable();
    assert_eq!(
        places,
        (1..=TASKS).collect::<Vec<_>>(),
        "each was decided on what was before it"
    );
}

/// Catches: a check of the expected version that is not the append's, so that two senders who saw the same are both
/// done.
pub async fn r1_racing_senders_with_an_exact_expectation_are_each_recorded_exactly_once<H>(
    harness: &H,
) where
    H: StoreHarness,
{
    let nodes = nodes_over(hesitant(harness.store())).await;
    let senders = nodes.clone();
    let acknowledged = race(TASKS, move |task| {
        let cqrs = senders[task % NODES].clone();
        async move {
            let mut seen = StreamVersion::NONE;
            loop {
                match cqrs
                    .send(Add::new(1, task as u64))
                    .expected_version(seen)
                    .await
                {
                    Ok(receipt) => return receipt.version,
                    Err(CommandError::Conflict(conflict)) => seen = conflict.actual,
                    Err(error) => panic!("the command is done or in conflict, not: {error}"),
                }
            }
        }
    })
    .await;
    assert_eq!(
        sorted_numbers(&nodes[0], 1).await,
        (0..TASKS as u64).collect::<Vec<_>>()
    );
    let recorded = numbers(&nodes[0], 1).await;
    for (task, version) in acknowledged.into_iter().enumerate() {
        let place = usize::try_from(version.get()).expect("a small version");
        assert_eq!(
            recorded[place - 1],
            task as u64,
            "the receipt tells the event's own version"
        );
    }
}

/// Catches: a dropped future whose append is torn, or goes on and is doubled by the repetition; a key that is asked for
/// too late.
pub async fn r1_dropped_sends_that_are_repeated_are_done_exactly_once<H: StoreHarness>(
    harness: &H,
) {
    let cqrs = over(harness.store()).await;
    let sender = cqrs.clone();
    race(TASKS, move |task| {
        let cqrs = sender.clone();
        async move {
            let counter = u32::try_from(task % 8).expect("a small number");
            let command = Add::new(counter, task as u64);
            let key = format!("add-{task}");
            let first = cqrs
                .send(command)
                .idempotency_key(key.as_str())
                .into_future();
            let patience = Duration::from_micros(fastrand::u64(0..4_000));
            // Half of the senders go away at a random moment.
            if task % 2 == 0 || tokio::time::timeout(patience, first).await.is_err() {
                let repeated = done(cqrs.send(command).idempotency_key(key.as_str()).await);
                assert_eq!(
                    repeated.stream.map(|stream| stream.key().to_string()),
                    Some(counter.to_string())
                );
            }
        }
    })
    .await;
    for counter in 0..8 {
        let expected: Vec<_> = (0..TASKS as u64)
            .filter(|task| task % 8 == u64::from(counter))
            .collect();
        assert_eq!(sorted_numbers(&cqrs, counter).await, expected);
    }
}

/// Catches: an acknowledged command that is lost beside dropped ones; a dropped one that is recorded twice.
pub async fn r1_dropping_half_of_the_sends_loses_and_doubles_nothing<H: StoreHarness>(harness: &H) {
    let cqrs = over(harness.store()).await;
    let sender = cqrs.clone();
    let acknowledged = race(TASKS, move |task| {
        let cqrs = sender.clone();
        async move {
            let send = cqrs.send(Add::new(1, task as u64)).into_future();
            if task % 2 == 0 {
                return send.await.is_ok();
            }
            let patience = Duration::from_micros(fastrand::u64(0..20_000));
            matches!(tokio::time::timeout(patience, send).await, Ok(Ok(_)))
        }
    })
    .await;
    let recorded = sorted_numbers(&cqrs, 1).await;
    let mut unique = recorded.clone();
    unique.dedup();
    assert_eq!(unique, recorded, "nothing is recorded twice");
    for (task, acknowledged) in acknowledged.into_iter().enumerate() {
        if acknowledged {
            assert!(
                recorded.binary_search(&(task as u64)).is_ok(),
                "{task} was acknowledged"
            );
        }
    }
    assert!(
        done(cqrs.send(Add::new(1, 1_000)).await).reply > recorded.len(),
        "others go on"
    );
}

/// Catches: a retry with new event ids after a lost reply, which records the command twice.
pub async fn r1_a_lost_reply_does_not_double_the_command<H: StoreHarness>(harness: &H) {
    let faulty = FaultyStore::over(harness.store());
    let cqrs = over(Arc::new(faulty.clone())).await;
    for number in 0..5 {
        faulty.next_append(AppendFault::LoseReply);
        let receipt = done(cqrs.send(Add::new(1, number)).await);
        assert_eq!(receipt.version.get(), number + 1);
    }
    assert_eq!(faulty.faults_left(), 0);
    assert_eq!(numbers(&cqrs, 1).await, [0, 1, 2, 3, 4]);
}

/// Catches: anything that the request path does after the append and that must not be missing: a receipt of its own, a
/// second write.
pub async fn r2_nothing_is_left_to_do_when_the_append_is_recorded<H: StoreHarness>(harness: &H) {
    let faulty = FaultyStore::over(harness.store());
    let broken_off = {
        let builder = Cqrs::builder(faulty.clone()).aggregate::<Counter>();
        builder
            .retry(RetryPolicy::NEVER)
            .build()
            .await
            .expect("the application is built")
    };
    // The process dies at the commit: the sender never hears of it, and nothing is done after it.
    faulty.next_append(AppendFault::LoseReply);
    let lost = broken_off
        .send(Add::new(1, 7))
        .idempotency_key("once")
        .await;
    assert!(matches!(lost, Err(CommandError::Store(error)) if error.is_transient()));
    drop(broken_off);

    let cqrs = over(harness.store()).await;
    let receipt = done(cqrs.send(Add::new(1, 7)).idempotency_key("once").await);
    assert!(receipt.repeated, "the receipt is there, as the event is");
    assert_eq!((receipt.reply, receipt.version.get()), (1, 1));
    assert_eq!(numbers(&cqrs, 1).await, [7]);
}

/// Catches: a key that does not count for a command that would be refused by now.
pub async fn a7_a_repeated_command_gets_the_first_receipt_though_it_would_be_refused<H>(harness: &H)
where
    H: StoreHarness,
{
    let cqrs = over(harness.store()).await;
    let command = Add {
        most: 1,
        ..Add::new(1, 5)
    };
    let first = done(cqrs.send(command).idempotency_key("once").await);
    let second = done(cqrs.send(command).idempotency_key("once").await);
    assert_eq!((first.repeated, second.repeated), (false, true));
    assert_eq!(
        (second.reply, second.version, second.position),
        (first.reply, first.version, first.position)
    );
    let other = cqrs.send(command).idempotency_key("twice").await;
    assert!(matches!(other, Err(CommandError::Rejected(Full))));
}

/// Catches: receipts that are kept in the process.
pub async fn a7_a_repeated_command_gets_the_first_receipt_after_a_restart<H: StoreHarness>(
    harness: &H,
) {
    let first = done(
        over(harness.store())
            .await
            .send(Add::new(1, 5))
            .idempotency_key("once")
            .await,
    );
    let cqrs = over(harness.restart().await).await;
    let second = done(cqrs.send(Add::new(1, 5)).idempotency_key("once").await);
    assert_eq!(
        (second.repeated, second.version, second.position),
        (true, first.version, first.position)
    );
    assert_eq!(numbers(&cqrs, 1).await, [5]);
}

/// Catches: a key that is looked up before the decision only, so that racing requests are both done.
pub async fn a7_racing_repetitions_of_a_command_are_done_once<H: StoreHarness>(harness: &H) {
    let cqrs = over(harness.store()).await;
    let sender = cqrs.clone();
    let receipts = race(16, move |_| {
        let cqrs = sender.clone();
        async move { done(cqrs.send(Add::new(1, 5)).idempotency_key("once").await) }
    })
    .await;
    assert_eq!(
        receipts.iter().filter(|receipt| !receipt.repeated).count(),
        1
    );
    assert!(
        receipts
            .iter()
            .all(|receipt| receipt.reply == 1 && receipt.version.get() == 1)
    );
    assert_eq!(numbers(&cqrs, 1).await, [5]);
}

/// Catches: what [`a7_racing_repetitions_of_a_command_are_done_once`] does, where only one process is careful.
pub async fn a7_racing_repetitions_of_a_command_are_done_once_across_handles<H: StoreHarness>(
    harness: &H,
) {
    let nodes = [
        over(harness.store()).await,
        over(harness.second_handle().await).await,
    ];
    let senders = nodes.clone();
    let receipts = race(16, move |task| {
        let cqrs = senders[task % 2].clone();
        async move { done(cqrs.send(Add::new(1, 5)).idempotency_key("once").await) }
    })
    .await;
    assert_eq!(
        receipts.iter().filter(|receipt| !receipt.repeated).count(),
        1
    );
    assert_eq!(numbers(&nodes[1], 1).await, [5]);
}

//! P5 with the runtime: what was written is read, or the reader is told why not.

use std::time::Duration;

use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::read_view::ReadError;

use super::application::{PARK, PATIENCE, bank, built, idle, node, seen, until};
use super::bank::{AccountId, BALANCE, Balance, deposit, open, poison};
use super::counting::holds;
use super::harness::ReadSideHarness;
use crate::conformance::race::race;

/// Catches a stale read: many writers each read their own write at once, on a node that may not hold the partition.
pub async fn p5_your_own_write_is_read_from_any_node<H: ReadSideHarness>(harness: &H) {
    const TASKS: usize = 8;
    let store = harness.read_side();
    let nodes = [node::<H>(&store).await, node::<H>(&store).await];
    let _runners = nodes.each_ref().map(Cqrs::start_runners);
    let what = "both nodes hold half of it";
    until(what, || holds(&nodes[0], &[8, 8])).await;
    race(TASKS, |task| {
        let nodes = nodes.clone();
        async move {
            let account = task as u64;
            open(&nodes[0], account, 0).await;
            for round in 1..=25_i64 {
                let last = deposit(&nodes[task % 2], account, 1).await;
                let reader = &nodes[usize::from(round % 3 == 0)];
                let view: Balance = seen(reader, account, last).await;
                assert_eq!(
                    view.amount, round,
                    "account {account} after its own deposit"
                );
            }
        }
    })
    .await;
}

/// Catches a list that shows some documents from before.
pub async fn p5_your_own_writes_are_listed<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let cqrs = node::<H>(&store).await;
    let runners = cqrs.start_runners();
    for round in 1..=15 {
        let mut last = None;
        for account in 0..6 {
            last = Some(match round {
                1 => open(&cqrs, account, 1).await,
                _ => deposit(&cqrs, account, 1).await,
            });
        }
        let position = last.expect("something was written");
        let listed = cqrs
            .views::<Balance>()
            .at_least(position)
            .within(PATIENCE)
            .await;
        let listed = listed.expect("views can be listed");
        let balances: Vec<_> = listed
            .documents
            .iter()
            .map(|(_, view)| view.amount)
            .collect();
        assert_eq!(balances, [round; 6], "in round {round}");
    }
    runners.stop(Duration::from_secs(5)).await;
}

/// Catches a reader that waits for ever, or is shown what is older.
pub async fn p5_a_reader_that_waits_too_long_is_told_so<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let cqrs = node::<H>(&store).await;
    let first = open(&cqrs, 1, 1).await;
    idle(&cqrs).await;
    let last = deposit(&cqrs, 1, 1).await;
    // Nobody runs the view now.
    let within = Duration::from_millis(30);
    let read = cqrs
        .view::<Balance>(AccountId(1))
        .at_least(last)
        .within(within)
        .await;
    match read {
        Err(ReadError::Timeout {
            processor,
            asked,
            checkpoint,
            ..
        }) => {
            assert_eq!((processor, asked), (BALANCE, last));
            assert!(
                first <= checkpoint && checkpoint < last,
                "how far it has come"
            );
        }
        other => panic!("the reader should have been told that it waited too long, not {other:?}"),
    }
    let waited = cqrs.wait_for(BALANCE, 1, last).within(within).await;
    assert!(
        matches!(waited, Err(ReadError::Timeout { .. })),
        "{waited:?}"
    );
    let view: Balance = seen(&cqrs, 1, first).await;
    assert_eq!(view.amount, 1, "what it has seen can be read");
    let stale = cqrs
        .view::<Balance>(AccountId(1))
        .await
        .expect("without a position as well");
    assert_eq!(stale.map(|view| view.amount), Some(1));
}

/// Catches a reader that waits for what somebody has to replay first, or is shown what is older.
pub async fn p5_a_reader_is_told_that_its_key_is_parked<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let cqrs = built(bank::<H>(&store).view::<Balance>().error_policy(PARK)).await;
    let culprit = poison(&cqrs, 1).await;
    let mine = deposit(&cqrs, 1, 1).await;
    let other = open(&cqrs, 2, 7).await;
    idle(&cqrs).await;
    for position in [culprit, mine, other] {
        match cqrs.view::<Balance>(AccountId(1)).at_least(position).await {
            Err(ReadError::Parked { key, position, .. }) => {
                assert_eq!((key.as_str(), position), ("1", culprit));
            }
            answer => {
                panic!("the reader should have been told that its key is parked, not {answer:?}")
            }
        }
    }
    assert_eq!(
        seen::<Balance>(&cqrs, 2, other).await.amount,
        7,
        "other keys are read"
    );
    let discarded = cqrs.parked(BALANCE).discard(&super::sample::key(1)).await;
    assert!(discarded.expect("a discard can be asked for"));
    idle(&cqrs).await;
    assert_eq!(
        seen::<Balance>(&cqrs, 1, mine).await.amount,
        1,
        "and then it is as well"
    );
}

/// Catches a reader on another handle that is shown what is older.
pub async fn p5_your_own_write_is_read_through_another_handle<H: ReadSideHarness>(harness: &H) {
    let runs = node::<H>(&harness.read_side()).await;
    let reads = node::<H>(&harness.second_read_side().await).await;
    let runners = runs.start_runners();
    open(&runs, 1, 0).await;
    for round in 1..=40 {
        let last = deposit(if round % 2 == 0 { &runs } else { &reads }, 1, 1).await;
        let view: Balance = seen(&reads, 1, last).await;
        assert_eq!(view.amount, round);
    }
    runners.stop(Duration::from_secs(5)).await;
}

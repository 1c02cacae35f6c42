//! P4: what is read changes in one step, and never goes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cqrs_core::ports::advance::Advance;
use cqrs_core::ports::processors::Declare;
use cqrs_core::ports::processors::GenerationState::{Building, Live, Retired};
use cqrs_core::ports::read_side::SharedReadSide;
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::partition::PartitionCount;

use super::ask;
use super::expect;
use super::generations::states;
use super::harness::ReadSideHarness;
use super::node::{Node, declared};
use super::sample::{LONG, VIEW, at, declare, write};
use crate::conformance::race::race;

const TWO: PartitionCount = PartitionCount::from_static(2);

fn view(version: u32) -> Declare {
    Declare {
        version,
        partitions: TWO,
        ..declare("view", VIEW)
    }
}

/// The live one, and the one that is being built beside it.
async fn both(store: &SharedReadSide) -> (Node, Node) {
    let live = Node::of_some(store, "view", VIEW, TWO).await;
    let next = declared(store, view(2)).await.of;
    let building = Node::holding(store, "node-a", &next, LONG).await;
    (live, building)
}

async fn switch(store: &SharedReadSide, to: &GenerationId, caught_up_to: u64) -> bool {
    let switched = store.switch(to, at(caught_up_to)).await;
    switched.expect("switching is answered")
}

/// Catches a store that shows a read model which is not built yet.
pub async fn p4_nothing_is_read_before_it_has_caught_up<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let (_, building) = both(&store).await;
    expect::done(building.advance(building.step_of(0, 0, 10)).await);
    assert!(
        !switch(&store, &building.of, 10).await,
        "partition 1 stands at 0"
    );
    expect::done(building.advance(building.step_of(1, 0, 9)).await);
    assert!(
        !switch(&store, &building.of, 10).await,
        "partition 1 stands at 9"
    );
    assert_eq!(
        states(&store, "view").await,
        [(1, 1, Live), (2, 2, Building)]
    );
    expect::done(building.advance(building.step_of(1, 9, 10)).await);
    assert!(switch(&store, &building.of, 10).await);
    assert_eq!(
        states(&store, "view").await,
        [(1, 1, Retired), (2, 2, Live)]
    );
}

/// Catches a store whose readers go back in time when it switches.
pub async fn p4_nothing_is_read_that_is_behind_the_live_one<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let (live, building) = both(&store).await;
    expect::done(live.advance(live.step_of(1, 0, 12)).await);
    expect::done(building.advance(building.step_of_all(0, 11)).await);
    assert!(
        !switch(&store, &building.of, 5).await,
        "the live one has come to 12"
    );
    assert_eq!(
        states(&store, "view").await,
        [(1, 1, Live), (2, 2, Building)]
    );
    expect::done(building.advance(building.step_of_all(11, 12)).await);
    assert!(switch(&store, &building.of, 5).await);
}

/// Catches a store that switches twice, or to what is retired.
pub async fn p4_a_switch_happens_once<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let (live, building) = both(&store).await;
    assert!(!switch(&store, &live.of, 0).await, "it is live already");
    let won = race(8, |_| {
        let (store, of) = (Arc::clone(&store), building.of.clone());
        async move { switch(&store, &of, 0).await }
    })
    .await;
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
    assert!(
        !switch(&store, &live.of, 0).await,
        "what is retired is not read again"
    );
    let unknown = super::sample::generation("view", 9);
    assert!(!switch(&store, &unknown, 0).await, "nor what is not there");
    assert_eq!(
        states(&store, "view").await,
        [(1, 1, Retired), (2, 2, Live)]
    );
}

/// Catches a store whose first read model never becomes live, because there is none to replace.
pub async fn p4_the_first_read_model_is_switched_to_as_well<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let end = super::declarations::append(&store).await;
    let row = declared(&store, view(1)).await;
    assert_eq!(row.state, Building);
    let node = Node::holding(&store, "node-a", &row.of, LONG).await;
    assert!(!switch(&store, &row.of, end.get()).await);
    expect::done(node.advance(node.step_of_all(0, end.get())).await);
    assert!(switch(&store, &row.of, end.get()).await);
    assert_eq!(states(&store, "view").await, [(1, 1, Live)]);
}

/// Catches a store that takes the old one away before the new one is there, or shows both: whoever looks finds one live
/// generation with all of its documents.
pub async fn p4_a_reader_finds_one_whole_read_model_at_any_moment<H: ReadSideHarness>(harness: &H) {
    const KEYS: u64 = 20;
    let store = harness.read_side();
    let is_over = Arc::new(AtomicBool::new(false));
    let first = Node::of_some(&store, "view", VIEW, TWO).await;
    fill(&first, KEYS, 1).await;
    race(3, |task| {
        let (store, is_over) = (Arc::clone(&store), Arc::clone(&is_over));
        async move {
            if task == 0 {
                for version in 2..10 {
                    let next = declared(&store, view(version)).await.of;
                    let building = Node::holding(&store, "node-a", &next, LONG).await;
                    fill(&building, KEYS, version.into()).await;
                    assert!(switch(&store, &next, 1).await);
                    tokio::task::yield_now().await;
                }
                is_over.store(true, Ordering::SeqCst);
                return;
            }
            while !is_over.load(Ordering::SeqCst) {
                let live = ask::running(&store, "view").await.live;
                let live = live.expect("one generation is live at any moment");
                let page = ask::page(&store, &live.of, "", None, 1_000).await;
                let numbers: Vec<_> = page.documents.iter().map(ask::number).collect();
                assert_eq!(
                    numbers,
                    vec![u64::from(live.version); usize::try_from(KEYS).unwrap_or_default()],
                    "all documents of version {}, and no others",
                    live.version
                );
                tokio::task::yield_now().await;
            }
        }
    })
    .await;
}

/// Writes so many documents, with this number in each.
async fn fill(node: &Node, keys: u64, number: u64) {
    let step = Advance {
        documents: (0..keys)
            .map(|key| write(format!("{key:03}"), number, 1))
            .collect(),
        ..node.step_of_all(0, 1)
    };
    expect::done(node.advance(step).await);
}

/// Catches a store whose readers can't tell that what they read was replaced.
pub async fn p4_a_reader_is_told_whether_it_reads_the_live_one<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let (live, building) = both(&store).await;
    let told = async |of: &GenerationId| {
        let read = ask::read(&store, of, "a").await;
        let page = ask::page(&store, of, "", None, 10).await;
        assert_eq!(read.state, page.state, "a read and a list say the same");
        read.state
    };
    assert_eq!(told(&live.of).await, Some(Live));
    assert_eq!(told(&building.of).await, Some(Building));
    assert!(switch(&store, &building.of, 0).await);
    assert_eq!(told(&live.of).await, Some(Retired));
    assert_eq!(told(&building.of).await, Some(Live));
    assert!(
        store
            .drop_generation(&live.of)
            .await
            .expect("dropping is answered")
    );
    assert_eq!(told(&live.of).await, None);
}

/// Catches a store that goes back to the old one at a restart.
pub async fn p4_a_switch_is_there_after_a_restart<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let (_, building) = both(&store).await;
    fill(&building, 3, 2).await;
    assert!(switch(&store, &building.of, 1).await);
    let before = ask::kept(&store, &building.of).await;
    let store = harness.restart_read_side().await;
    assert_eq!(
        states(&store, "view").await,
        [(1, 1, Retired), (2, 2, Live)]
    );
    assert_eq!(ask::kept(&store, &building.of).await, before);
    assert_eq!(declared(&store, view(2)).await.of, building.of);
}

/// Catches a store that lets the old one be written after the switch, so that it could be dropped too early or late.
pub async fn p4_the_replaced_one_is_kept_until_it_is_dropped<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let (live, building) = both(&store).await;
    fill(&live, 3, 1).await;
    fill(&building, 3, 2).await;
    let before = ask::documents(&store, &live.of).await;
    assert!(switch(&store, &building.of, 1).await);
    assert_eq!(
        ask::documents(&store, &live.of).await,
        before,
        "readers that began can end"
    );
    assert!(
        store
            .drop_generation(&live.of)
            .await
            .expect("dropping is answered")
    );
    assert_eq!(ask::documents(&store, &live.of).await, []);
    assert_eq!(ask::documents(&store, &building.of).await.len(), 3);
}

//! P1, P2, P4 and P5 with events that today's code reads as several, or as none: each part is in a view once, and a checkpoint
//! never stands between the parts of an event.

use std::sync::Arc;
use std::time::Duration;

use cqrs_core::domain::view::View;
use cqrs_core::ports::processors::GenerationState;
use cqrs_core::prelude::{Deserialize, Run, Serialize};
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::event::Recorded;
use cqrs_core::words::processor::ProcessorName;

use super::application::{built, idle, through_crashes_of};
use super::ask;
use super::harness::ReadSideHarness;
use super::ledger::{ACCOUNTS, BANK, Book, Entries, LedgerEvent, ledger, seen};
use super::sample::generation;

async fn counted(cqrs: &Cqrs, book: &Book) {
    for account in BANK..=ACCOUNTS {
        let view: Option<Entries> = seen(cqrs, account, book.last).await;
        assert_eq!(
            view.as_ref(),
            book.accounts.get(&account),
            "what is in the view of account {account}"
        );
    }
}

/// Catches a store, or a runner, that writes some parts of an event and not the others when it is cut off, or writes them again.
pub async fn p1_a_view_gets_each_part_once_through_crashes<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let (writer, mut book) = (built(ledger::<H>(&store)).await, Book::default());
    let with_view = |store: &_| ledger::<H>(store).view::<Entries>();
    let work = book.movements(&writer, 150);
    through_crashes_of(harness, &[Arc::clone(&store)], with_view, work).await;
    harness.pass(H::LEASE * 2).await;
    let cqrs = built(with_view(&store)).await;
    idle(&cqrs).await;
    counted(&cqrs, &book).await;
}

/// Catches a store, or a runner, with which two nodes write parts of one event.
pub async fn p2_nodes_that_come_and_go_give_a_view_each_part_once<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let with_view = |store: &_| ledger::<H>(store).view::<Entries>();
    let (stays, mut book) = (built(with_view(&store)).await, Book::default());
    let runners = stays.start_runners();
    let work = book.movements(&stays, 150);
    through_crashes_of(harness, &[Arc::clone(&store)], with_view, work).await;
    harness.pass(H::LEASE * 2).await;
    counted(&stays, &book).await;
    runners.stop(Duration::from_secs(5)).await;
}

/// Catches a rebuild that gives other parts, or other numbers, than the live read model has.
pub async fn p4_a_rebuild_has_the_parts_that_are_live<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let cqrs = built(ledger::<H>(&store).view::<Entries>()).await;
    let mut book = Book::default();
    book.movements(&cqrs, 60).await;
    idle(&cqrs).await;
    counted(&cqrs, &book).await;
    let live = ask::documents(&store, &generation("entries", 1)).await;
    cqrs.rebuild::<Entries>().await.expect("a rebuild begins");
    idle(&cqrs).await;
    let built = ask::documents(&store, &generation("entries", 2)).await;
    assert!(!live.is_empty());
    assert_eq!(live, built);
    counted(&cqrs, &book).await;
}

/// Catches a store, or a runner, that shows a position as done before all parts of its event are in their documents. An event
/// that means nothing any more is done as well.
pub async fn p5_a_read_has_all_parts_of_the_event_that_it_asks_for<H: ReadSideHarness>(
    harness: &H,
) {
    let store = harness.read_side();
    let cqrs = built(ledger::<H>(&store).view::<Entries>()).await;
    let runners = cqrs.start_runners();
    let mut book = Book::default();
    for round in 0..40 {
        let (from, to) = (1 + round % ACCOUNTS, 1 + round % 2);
        book.moves(&cqrs, from, to, i64::from(round % 5 != 0)).await;
        for account in [to, BANK, from] {
            let view: Option<Entries> = seen(&cqrs, account, book.last).await;
            assert_eq!(view.as_ref(), book.accounts.get(&account));
        }
    }
    runners.stop(Duration::from_secs(5)).await;
}

/// [`Entries`], written together with each append.
#[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq)]
#[serde(transparent)]
struct Inline(Entries);

const INLINE: ProcessorName = ProcessorName::from_static("inline-entries");

impl View for Inline {
    const NAME: ProcessorName = INLINE;
    const RUN: Run = Run::Inline;
    type Event = LedgerEvent;
    type Key = u64;

    fn keys(event: &Recorded<LedgerEvent>) -> impl IntoIterator<Item = u64> {
        [event.event.account()]
    }

    fn apply(&mut self, event: &Recorded<LedgerEvent>) {
        self.0.add(event);
    }
}

/// Catches a store, or a runtime, that writes some parts of what was appended: old nodes still record events that are read as
/// several by the new ones.
pub async fn p1_an_inline_view_has_all_parts_of_what_was_appended<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let cqrs = built(ledger::<H>(&store).view::<Inline>()).await;
    let mut book = Book::default();
    for _ in 0..40 {
        book.moves_at_random(&cqrs).await;
        for account in BANK..=ACCOUNTS {
            let view = cqrs.view::<Inline>(account).await;
            let view = view.expect("the view can be read").map(|view| view.0);
            assert_eq!(view.as_ref(), book.accounts.get(&account));
        }
    }
    let all = cqrs.processors().await.expect("the status can be read");
    let state = all.iter().map(|status| status.generation_state);
    assert_eq!(state.collect::<Vec<_>>(), [GenerationState::Inline]);
}

//! P1 to P6 with events that today's code reads as several, or as none: each part counts once, and a checkpoint never stands
//! between the parts of an event.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cqrs_core::domain::event_handler::{Delivery, EventHandler, NoCommands};
use cqrs_core::domain::view::View;
use cqrs_core::ports::processors::GenerationState;
use cqrs_core::prelude::{Deserialize, Run, Serialize};
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::event::Recorded;
use cqrs_core::words::position::Position;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::staged::DeliveryId;
use cqrs_core::words::start::StartFrom;

use super::application::{PARK, PATIENCE, built, idle, through_crashes_of};
use super::ask;
use super::harness::ReadSideHarness;
use super::ledger::{
    BANK, Book, ENTRIES, Entries, LedgerCommand, LedgerEvent, Noting, POISON, ledger, notes,
};
use super::sample::{generation, key};

const ACCOUNTS: u64 = 6;

/// Movements, one after the other.
async fn movements(cqrs: &Cqrs, book: &mut Book, count: u32) {
    for _ in 0..count {
        book.moves_at_random(cqrs, ACCOUNTS).await;
        tokio::time::sleep(Duration::from_micros(300)).await;
    }
}

/// The document of an account, not before it has seen this position.
async fn seen<V: View<Key = u64>>(cqrs: &Cqrs, account: u64, position: Position) -> Option<V> {
    let read = cqrs.view::<V>(account).at_least(position).within(PATIENCE);
    read.await.expect("the view can be read")
}

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
    let work = movements(&writer, &mut book, 150);
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
    let work = movements(&stays, &mut book, 150);
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
    movements(&cqrs, &mut book, 60).await;
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
        book.moves_at_random(&cqrs, ACCOUNTS).await;
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

/// The view of tomorrow, which can stand everything.
#[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq)]
#[serde(transparent)]
struct Fixed(Entries);

impl View for Fixed {
    const NAME: ProcessorName = ENTRIES;
    type Event = LedgerEvent;
    type Key = u64;

    fn keys(event: &Recorded<LedgerEvent>) -> impl IntoIterator<Item = u64> {
        [event.event.account()]
    }

    fn apply(&mut self, event: &Recorded<LedgerEvent>) {
        self.0.add(event);
    }
}

/// The keys and positions that are parked.
async fn parked(cqrs: &Cqrs, name: ProcessorName) -> Vec<(DocumentKey, Position)> {
    let parked = cqrs.parked(name).list(None, 100).await;
    let parked = parked.expect("parked events can be listed").into_iter();
    parked
        .map(|parked| (parked.event.key, parked.event.position))
        .collect()
}

/// Catches a runner that writes the parts before the one that fails, and then writes them again when it is replayed, or parks
/// keys whose parts are fine.
pub async fn p3_a_part_that_fails_parks_its_event_under_its_key_as_a_whole<H: ReadSideHarness>(
    harness: &H,
) {
    let store = harness.read_side();
    let cqrs = built(ledger::<H>(&store).view::<Entries>().error_policy(PARK)).await;
    let mut book = Book::default();
    book.moves(&cqrs, 1, 2, 3).await;
    let before = book.accounts.clone();
    // The first part of it is fine, and so is that of the bank.
    let poisoned = book.moves(&cqrs, 1, 1, POISON + 1).await;
    let behind = book.moves(&cqrs, 2, 1, 3).await;
    idle(&cqrs).await;
    let expected = [(key(1), poisoned), (key(1), behind)];
    assert_eq!(parked(&cqrs, ENTRIES).await, expected);
    for account in [1, 2, BANK] {
        let read = cqrs
            .view::<Entries>(account)
            .at_least(Position::START)
            .await;
        let view = read.expect("what is there can be read");
        let all = if account == 1 {
            &before
        } else {
            &book.accounts
        };
        assert_eq!(view.as_ref(), all.get(&account), "account {account}");
    }
    drop(cqrs);
    harness.pass(H::LEASE * 2).await;
    let cqrs = built(ledger::<H>(&store).view::<Fixed>().error_policy(PARK)).await;
    let asked = cqrs.parked(ENTRIES).replay(&key(1)).await;
    assert!(asked.expect("a replay can be asked for"));
    idle(&cqrs).await;
    assert_eq!(parked(&cqrs, ENTRIES).await, []);
    for account in [1, 2, BANK] {
        let view: Option<Fixed> = seen(&cqrs, account, book.last).await;
        assert_eq!(
            view.map(|view| view.0),
            book.accounts.get(&account).cloned()
        );
    }
}

/// Catches a store that keeps one parked event for a position: the parts of an event are about several keys.
pub async fn p3_an_event_is_parked_and_replayed_under_each_key_of_its_parts<H: ReadSideHarness>(
    harness: &H,
) {
    let store = harness.read_side();
    let cqrs = built(ledger::<H>(&store).view::<Entries>().error_policy(PARK)).await;
    let mut book = Book::default();
    let one = book.moves(&cqrs, 1, 2, -POISON).await;
    let other = book.moves(&cqrs, 3, 2, POISON + 1).await;
    let behind = book.moves(&cqrs, 1, 2, 2).await;
    idle(&cqrs).await;
    let expected = [
        (key(1), one),
        (key(2), other),
        (key(1), behind),
        (key(2), behind),
    ];
    assert_eq!(parked(&cqrs, ENTRIES).await, expected);
    drop(cqrs);
    harness.pass(H::LEASE * 2).await;
    let cqrs = built(ledger::<H>(&store).view::<Fixed>().error_policy(PARK)).await;
    for (account, left) in [(1, &[(key(2), other), (key(2), behind)][..]), (2, &[])] {
        let asked = cqrs.parked(ENTRIES).replay(&key(account)).await;
        assert!(asked.expect("a replay can be asked for"));
        idle(&cqrs).await;
        assert_eq!(parked(&cqrs, ENTRIES).await, left);
        let view: Option<Fixed> = seen(&cqrs, account, book.last).await;
        assert_eq!(
            view.map(|view| view.0),
            book.accounts.get(&account).cloned()
        );
    }
}

/// What a handler was told: position, part, and the id of the delivery.
type Told = Arc<Mutex<Vec<(Position, u32, DeliveryId)>>>;

/// Notes what it is told, and fails at the last part of each event as often as it is said.
#[derive(Clone, Default)]
struct Letters {
    told: Told,
    fails: Arc<Mutex<u32>>,
}

impl Letters {
    fn told(&self) -> Vec<(Position, u32, DeliveryId)> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.clone()
    }
}

const LETTERS: ProcessorName = ProcessorName::from_static("letters");

impl EventHandler for Letters {
    const NAME: ProcessorName = LETTERS;
    const START: StartFrom = StartFrom::Beginning;
    type Event = LedgerEvent;
    type Command = NoCommands;
    type Error = std::io::Error;

    async fn handle(
        &self,
        event: &Recorded<LedgerEvent>,
        delivery: &mut Delivery<NoCommands>,
    ) -> Result<(), std::io::Error> {
        let (part, id) = (event.part.number(), delivery.id());
        let mut fails = self.fails.lock().unwrap_or_else(PoisonError::into_inner);
        if part == event.part.of() && *fails > 0 {
            *fails -= 1;
            return Err(std::io::Error::other("the letter box is full"));
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.push((event.position, part, id));
        Ok(())
    }
}

/// Catches a runner that gives two parts one delivery id, or a part another one when it is replayed; and one that delivers a
/// part of a parked event alone.
pub async fn p3_each_part_has_a_delivery_id_that_a_replay_repeats<H: ReadSideHarness>(harness: &H) {
    let store = harness.read_side();
    let letters = Letters::default();
    *letters.fails.lock().unwrap_or_else(PoisonError::into_inner) = 1;
    let node = async || {
        let builder = ledger::<H>(&store).event_handler(letters.clone());
        built(builder.error_policy(PARK)).await
    };
    let cqrs = node().await;
    let mut book = Book::default();
    let first = book.moves(&cqrs, 1, 2, 3).await;
    idle(&cqrs).await;
    let failed = parked(&cqrs, LETTERS).await;
    assert_eq!(failed, [(key("mover-1"), first)]);
    drop(cqrs);
    harness.pass(H::LEASE * 2).await;
    let cqrs = node().await;
    let asked = cqrs.parked(LETTERS).replay(&key("mover-1")).await;
    assert!(asked.expect("a replay can be asked for"));
    idle(&cqrs).await;
    let second = book.moves(&cqrs, 1, 2, 3).await;
    idle(&cqrs).await;
    assert_eq!(parked(&cqrs, LETTERS).await, []);
    let told = letters.told();
    let parts: Vec<_> = told
        .iter()
        .map(|(position, part, _)| (*position, *part))
        .collect();
    let [all, again] = [first, second].map(|at| [(at, 1), (at, 2), (at, 3)]);
    assert_eq!(parts, [&all[..2], &all[..], &again[..]].concat());
    assert_eq!(told[..2], told[2..4], "the same parts have the same ids");
    let mut ids: Vec<_> = told[2..].iter().map(|(_, _, id)| *id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 6, "other parts have other ids");
}

/// Each part is noted once; those of one event about one account in their order.
async fn noted(cqrs: &Cqrs, book: &Book) {
    for account in BANK..=ACCOUNTS {
        assert_eq!(
            notes(cqrs, account).await,
            book.notes(account),
            "what was noted about account {account}"
        );
    }
}

/// Catches a store that keeps one command for an event, and a runner that stages those of its parts under one id or in another
/// order.
pub async fn p6_a_process_manager_sends_the_commands_of_all_parts_in_order<H: ReadSideHarness>(
    harness: &H,
) {
    let store = harness.read_side();
    let cqrs = built(ledger::<H>(&store).process_manager::<Noting>()).await;
    let mut book = Book::default();
    for account in 1..=ACCOUNTS {
        book.moves(&cqrs, account, account, 4).await;
        book.moves(&cqrs, account, 1, 0).await;
        book.moves(&cqrs, account, 1, 2).await;
    }
    idle(&cqrs).await;
    noted(&cqrs, &book).await;
}

/// Catches a store, or a runner, that reacts to a part again, or never, when it was cut off.
pub async fn p6_a_process_manager_reacts_to_each_part_once_through_crashes<H: ReadSideHarness>(
    harness: &H,
) {
    let store = harness.read_side();
    let (writer, mut book) = (built(ledger::<H>(&store)).await, Book::default());
    let with_manager = |store: &_| ledger::<H>(store).process_manager::<Noting>();
    let work = movements(&writer, &mut book, 100);
    through_crashes_of(harness, &[Arc::clone(&store)], with_manager, work).await;
    harness.pass(H::LEASE * 2).await;
    idle(&built(with_manager(&store)).await).await;
    noted(&writer, &book).await;
}

/// Stages a note for each part.
struct Clerk;

impl EventHandler for Clerk {
    const NAME: ProcessorName = ProcessorName::from_static("clerk");
    const START: StartFrom = StartFrom::Beginning;
    type Event = LedgerEvent;
    type Command = LedgerCommand;
    type Error = std::convert::Infallible;

    fn key(event: &Recorded<LedgerEvent>) -> String {
        event.event.account().to_string()
    }

    async fn handle(
        &self,
        event: &Recorded<LedgerEvent>,
        delivery: &mut Delivery<LedgerCommand>,
    ) -> Result<(), Self::Error> {
        delivery.stage(LedgerCommand::about(event));
        Ok(())
    }
}

/// Catches a store, or a runner, that sends what a handler has staged for some of the parts.
pub async fn p6_what_a_handler_stages_for_each_part_takes_effect_once<H: ReadSideHarness>(
    harness: &H,
) {
    let store = harness.read_side();
    let (writer, mut book) = (built(ledger::<H>(&store)).await, Book::default());
    let with_clerk = |store: &_| ledger::<H>(store).event_handler(Clerk);
    let work = movements(&writer, &mut book, 100);
    through_crashes_of(harness, &[Arc::clone(&store)], with_clerk, work).await;
    harness.pass(H::LEASE * 2).await;
    idle(&built(with_clerk(&store)).await).await;
    noted(&writer, &book).await;
}

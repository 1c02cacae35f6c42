//! P3 with events that today's code reads as several: an event is parked as a whole, under each key of its parts.

use std::sync::{Arc, Mutex, PoisonError};

use cqrs_core::domain::event_handler::{Delivery, EventHandler, NoCommands};
use cqrs_core::domain::view::View;
use cqrs_core::prelude::{Deserialize, Serialize};
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::event::Recorded;
use cqrs_core::words::position::Position;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::staged::DeliveryId;
use cqrs_core::words::start::StartFrom;

use super::application::{PARK, built, idle};
use super::harness::ReadSideHarness;
use super::ledger::{BANK, Book, ENTRIES, Entries, LedgerEvent, POISON, ledger, seen};
use super::sample::key;

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

//! P6 with events that today's code reads as several: each part leads to its command once, in order.

use std::sync::Arc;

use cqrs_core::domain::event_handler::{Delivery, EventHandler};
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::event::Recorded;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::start::StartFrom;

use super::application::{built, idle, through_crashes_of};
use super::harness::ReadSideHarness;
use super::ledger::{ACCOUNTS, BANK, Book, LedgerCommand, LedgerEvent, Noting, ledger, notes};

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
    let work = book.movements(&writer, 100);
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
    let work = book.movements(&writer, 100);
    through_crashes_of(harness, &[Arc::clone(&store)], with_clerk, work).await;
    harness.pass(H::LEASE * 2).await;
    idle(&built(with_clerk(&store)).await).await;
    noted(&writer, &book).await;
}

//! P1 to P4 for read models in a user's own tables, on the backends that let users write in their transactions: also with
//! events that today's code reads as several.

use std::marker::PhantomData;
use std::time::Duration;

use cqrs_core::ports::error::BoxError;
use cqrs_core::ports::processors::GenerationState;
use cqrs_core::ports::transactions::Transactions;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::builder::CqrsBuilder;
use cqrs_core::runtime::projection::Projection;
use cqrs_core::words::event::Recorded;
use cqrs_core::words::processor::ProcessorName;

use super::application::{PARK, PATIENCE, built, idle, through_crashes_of};
use super::harness::ReadSideHarness;
use super::ledger::{ACCOUNTS, BANK, Book, Entered, LedgerEvent, Mover, Notes, POISON};
use super::sample::{generation, key};

/// What a backend whose transactions users can write in tells the suite, beside what it tells of its read side: how numbers are
/// kept in a table.
///
/// The methods are async functions: write `async fn make_table(tx: &mut Tx) -> Result<(), BoxError>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how a projection writes its rows",
    label = "this type is no harness of projections",
    note = "write `impl ProjectionHarness for {Self}`, with `backend`, `make_table`, `get`, `put` and `live`"
)]
pub trait ProjectionHarness: ReadSideHarness {
    /// The backend, as applications name it.
    type Backend: Transactions + Clone;

    /// The store that [`read_side`](ReadSideHarness::read_side) gives.
    fn backend(&self) -> Self::Backend;

    /// Makes the table, unless it is there.
    fn make_table(
        tx: &mut <Self::Backend as Transactions>::Tx,
    ) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// The number in the row of this name, 0 where there is none.
    fn get(
        tx: &mut <Self::Backend as Transactions>::Tx,
        name: &str,
    ) -> impl Future<Output = Result<i64, BoxError>> + Send;

    /// Writes the row of this name.
    fn put(
        tx: &mut <Self::Backend as Transactions>::Tx,
        name: &str,
        number: i64,
    ) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// The number in the row of this name of the generation that is read, 0 where there is none.
    fn live(&self, projection: &ProcessorName, name: &str) -> impl Future<Output = i64> + Send;
}

const SUMS: ProcessorName = ProcessorName::from_static("sums");

/// The row with the place of the last part, so that the order is seen.
const PLACE: &str = "place";

/// The sum of each account, by plain additions. `POISONED` says whether it fails at what is poison.
struct Sums<H, const POISONED: bool>(PhantomData<fn() -> H>);

impl<H: ProjectionHarness, const POISONED: bool> Projection<H::Backend> for Sums<H, POISONED> {
    const NAME: ProcessorName = SUMS;
    type Event = LedgerEvent;
    type Error = BoxError;

    /// Other keys for other parts, in one partition: all parts of all keys come in the order of the log.
    fn key(event: &Recorded<LedgerEvent>) -> String {
        event.event.account().to_string()
    }

    async fn setup(&self, tx: &mut <H::Backend as Transactions>::Tx) -> Result<(), BoxError> {
        H::make_table(tx).await
    }

    async fn project(
        &self,
        event: &Recorded<LedgerEvent>,
        tx: &mut <H::Backend as Transactions>::Tx,
    ) -> Result<(), BoxError> {
        let LedgerEvent::Entered(Entered { account, amount }) = &event.event;
        let name = format!("account {account}");
        let sum = H::get(tx, &name).await?;
        H::put(tx, &name, sum + amount).await?;
        let parts = format!("parts of account {account}");
        let count = H::get(tx, &parts).await?;
        H::put(tx, &parts, count + 1).await?;
        let place = i64::try_from(event.position.get())? * 10 + i64::from(event.part.number());
        if H::get(tx, PLACE).await? >= place && !POISONED {
            return Err(format!("{} comes after a later part", event.part).into());
        }
        H::put(tx, PLACE, place).await?;
        if POISONED && *amount == POISON {
            return Err("an entry that the projection can't stand".into());
        }
        Ok(())
    }
}

fn builder<H: ProjectionHarness>(harness: &H) -> CqrsBuilder<H::Backend> {
    Cqrs::builder(harness.backend())
        .aggregate::<Mover>()
        .aggregate::<Notes>()
        .lease(H::LEASE)
        .batch(7)
}

fn summing<H: ProjectionHarness>(harness: &H) -> CqrsBuilder<H::Backend> {
    builder(harness).projection(Sums::<H, false>(PhantomData))
}

/// What the table must have about an account: the sum, and how many parts were added up.
fn expected(book: &Book, account: u64) -> [i64; 2] {
    let own = book.accounts.get(&account).cloned().unwrap_or_default();
    let parts = i64::try_from(own.parts.len()).expect("there are few");
    [own.amount, parts]
}

async fn sums<H: ProjectionHarness>(harness: &H, account: u64) -> [i64; 2] {
    let sum = harness.live(&SUMS, &format!("account {account}")).await;
    let parts = format!("parts of account {account}");
    [sum, harness.live(&SUMS, &parts).await]
}

async fn summed<H: ProjectionHarness>(harness: &H, book: &Book) {
    for account in BANK..=ACCOUNTS {
        let written = sums(harness, account).await;
        assert_eq!(written, expected(book, account), "account {account}");
    }
}

/// Catches a backend that records what a user writes, and the checkpoint, one after the other.
pub async fn p1_a_projection_gets_each_part_once_through_crashes<H: ProjectionHarness>(
    harness: &H,
) {
    let stores = [harness.read_side()];
    let (writer, mut book) = (built(builder(harness)).await, Book::default());
    let work = book.movements(&writer, 150);
    through_crashes_of(harness, &stores, |_| summing(harness), work).await;
    harness.pass(H::LEASE * 2).await;
    idle(&built(summing(harness)).await).await;
    summed(harness, &book).await;
}

/// Catches a backend whose transactions two nodes can end that have the same checkpoint.
pub async fn p2_nodes_that_come_and_go_give_a_projection_each_part_once<H: ProjectionHarness>(
    harness: &H,
) {
    let stores = [harness.read_side()];
    let (stays, mut book) = (built(summing(harness)).await, Book::default());
    let runners = stays.start_runners();
    let work = book.movements(&stays, 150);
    through_crashes_of(harness, &stores, |_| summing(harness), work).await;
    harness.pass(H::LEASE * 2).await;
    let waited = stays.wait_for(SUMS, BANK, book.last);
    let waited = waited.within(PATIENCE).await;
    waited.expect("it comes to the end");
    runners.stop(Duration::from_secs(5)).await;
    summed(harness, &book).await;
}

/// Catches a backend that keeps what was written before the part that fails, or loses what other keys have written.
pub async fn p3_a_projection_that_fails_between_parts_has_written_none_of_them<
    H: ProjectionHarness,
>(
    harness: &H,
) {
    let poisoned = builder(harness).projection(Sums::<H, true>(PhantomData));
    let cqrs = built(poisoned.error_policy(PARK)).await;
    let mut book = Book::default();
    book.moves(&cqrs, 1, 2, 3).await;
    let before = [BANK, 1].map(|account| expected(&book, account));
    let failed = book.moves(&cqrs, 1, 1, POISON + 1).await;
    let behind = book.moves(&cqrs, 2, 3, 3).await;
    idle(&cqrs).await;
    // What a projection writes for an event is one thing: all keys of its parts wait, and no others.
    let written = [sums(harness, BANK).await, sums(harness, 1).await];
    assert_eq!(written, before, "no part of what has failed");
    for account in [2, 3] {
        let written = sums(harness, account).await;
        assert_eq!(written, expected(&book, account), "account {account}");
    }
    let parked = cqrs.parked(SUMS).list(None, 10).await;
    let parked = parked.expect("parked events can be listed");
    let parked: Vec<_> = parked
        .into_iter()
        .map(|one| (one.event.key, one.event.position))
        .collect();
    let expected = [(key(BANK), failed), (key(1), failed), (key(BANK), behind)];
    assert_eq!(parked, expected);
    drop(cqrs);
    harness.pass(H::LEASE * 2).await;
    let cqrs = built(builder(harness).projection(Unordered::<H>(PhantomData))).await;
    let asked = cqrs.parked(SUMS).replay_all().await;
    assert_eq!(asked.expect("a replay can be asked for"), 2);
    idle(&cqrs).await;
    summed(harness, &book).await;
}

/// [`Sums`] of tomorrow, which can stand everything; a replay comes behind later events of other keys.
struct Unordered<H>(PhantomData<fn() -> H>);

impl<H: ProjectionHarness> Projection<H::Backend> for Unordered<H> {
    const NAME: ProcessorName = SUMS;
    type Event = LedgerEvent;
    type Error = BoxError;

    fn key(event: &Recorded<LedgerEvent>) -> String {
        event.event.account().to_string()
    }

    async fn setup(&self, tx: &mut <H::Backend as Transactions>::Tx) -> Result<(), BoxError> {
        H::make_table(tx).await
    }

    async fn project(
        &self,
        event: &Recorded<LedgerEvent>,
        tx: &mut <H::Backend as Transactions>::Tx,
    ) -> Result<(), BoxError> {
        H::put(tx, PLACE, 0).await?;
        Sums::<H, false>(PhantomData).project(event, tx).await
    }
}

/// Catches a backend whose next generation writes into the tables of the one before, and a rebuild that gives other parts.
pub async fn p4_a_rebuild_of_a_projection_has_the_parts_that_are_live<H: ProjectionHarness>(
    harness: &H,
) {
    let cqrs = built(summing(harness)).await;
    let mut book = Book::default();
    book.movements(&cqrs, 60).await;
    idle(&cqrs).await;
    summed(harness, &book).await;
    let rebuild = cqrs.rebuild_processor(&SUMS).await;
    drop(rebuild.expect("a rebuild begins"));
    book.movements(&cqrs, 5).await;
    idle(&cqrs).await;
    let all = cqrs.processors().await.expect("the status can be read");
    let live = all
        .iter()
        .filter(|status| status.generation_state == GenerationState::Live);
    let live: Vec<_> = live.map(|status| status.generation.clone()).collect();
    assert_eq!(live, [generation("sums", 2)], "the rebuild is live");
    summed(harness, &book).await;
}

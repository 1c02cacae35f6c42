//! What the tests of parts run: a ledger whose code has changed. A movement was one event, which today is read as three
//! entries, or as none when nothing was moved.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use cqrs_core::domain::process_manager::{ProcessManager, Reactions, Rejection};
use cqrs_core::domain::view::View;
use cqrs_core::encoding::upcast::{EventJson, OldEvent, Upcasted, Upcaster};
use cqrs_core::ports::read_side::SharedReadSide;
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::builder::CqrsBuilder;
use cqrs_core::runtime::command_set::{CommandDelivery, CommandSet, Sent};
use cqrs_core::words::event::Recorded;
use cqrs_core::words::position::Position;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::start::StartFrom;

use super::application::PATIENCE;
use super::harness::ReadSideHarness;
use crate::faulty_read_side::FaultyReadSide;

/// The account of the bank: each movement costs 1.
pub(super) const BANK: u64 = 0;

/// The other accounts are 1 and so on, up to this one.
pub(super) const ACCOUNTS: u64 = 6;

/// An entry that views can't stand.
pub(super) const POISON: i64 = 13;

pub(super) const ENTRIES: ProcessorName = ProcessorName::from_static("entries");
pub(super) const NOTING: ProcessorName = ProcessorName::from_static("noting");

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct MoverId(u64);

/// What the code of yesterday records.
#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(super) enum MoverEvent {
    #[event(name = "ledger.moved")]
    Moved { from: u64, to: u64, amount: i64 },
}

/// The code of yesterday, on a node that still runs.
#[derive(Aggregate, Default, Debug)]
#[aggregate(name = "mover", id = MoverId, error = Infallible, event = MoverEvent)]
pub(super) struct Mover;

impl Apply<MoverEvent> for Mover {}

#[derive(Command, Debug)]
#[command(aggregate = Mover, any)]
struct Move {
    #[id]
    mover: MoverId,
    from: u64,
    to: u64,
    amount: i64,
}

impl Handle<Move> for Mover {
    fn handle(command: &Move, mover: &mut Root<Self>) -> Result<(), Infallible> {
        let Move {
            from, to, amount, ..
        } = *command;
        mover.emit(MoverEvent::Moved { from, to, amount });
        Ok(())
    }
}

/// How the code of today reads it: where somebody moves something to himself, the parts of his account are not beside each
/// other.
const MOVED: Upcaster = Upcaster::new("ledger.moved", 1, entries_of_moved);

fn entries_of_moved(old: &mut OldEvent<'_>) -> Upcasted {
    let (from, to, amount) = (old.get("from")?, old.get("to")?, old.get("amount")?);
    let entries = entries(from, to, amount)
        .into_iter()
        .map(|(account, amount)| EventJson::of(&Entered { account, amount }));
    Ok(entries.collect::<Result<_, _>>()?)
}

/// Accounts and amounts.
fn entries(from: u64, to: u64, amount: i64) -> Vec<(u64, i64)> {
    if amount == 0 {
        return Vec::new();
    }
    vec![(from, -amount), (BANK, 1), (to, amount - 1)]
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "ledger.entered", upcasters(MOVED))]
pub(super) struct Entered {
    pub account: u64,
    pub amount: i64,
}

#[derive(EventSet, Clone, Debug, PartialEq)]
pub(super) enum LedgerEvent {
    Entered(Entered),
}

impl LedgerEvent {
    pub(super) const fn account(&self) -> u64 {
        let Self::Entered(entered) = self;
        entered.account
    }
}

/// The entries of an account: what they make, and which they were.
#[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq)]
pub(super) struct Entries {
    pub amount: i64,
    /// Position, number of the part, and how many parts there are.
    pub parts: Vec<(Position, u32, u32)>,
}

impl Entries {
    pub(super) fn add(&mut self, event: &Recorded<LedgerEvent>) {
        let LedgerEvent::Entered(entered) = &event.event;
        self.amount += entered.amount;
        let part = event.part;
        self.parts.push((event.position, part.number(), part.of()));
    }
}

impl View for Entries {
    const NAME: ProcessorName = ENTRIES;
    type Event = LedgerEvent;
    type Key = u64;

    fn keys(event: &Recorded<LedgerEvent>) -> impl IntoIterator<Item = u64> {
        [event.event.account()]
    }

    fn apply(&mut self, event: &Recorded<LedgerEvent>) {
        let LedgerEvent::Entered(entered) = &event.event;
        assert_ne!(entered.amount, POISON, "an entry that the view can't stand");
        self.add(event);
    }
}

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct NotesId(pub u64);

#[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(super) enum NotesEvent {
    #[event(name = "notes.noted")]
    Noted { text: String },
}

/// What was noted about an account.
#[derive(Aggregate, Default, Debug)]
#[aggregate(name = "notes", id = NotesId, error = Infallible, event = NotesEvent)]
pub(super) struct Notes {
    texts: Vec<String>,
}

impl Apply<NotesEvent> for Notes {
    fn apply(&mut self, event: &NotesEvent) {
        let NotesEvent::Noted { text } = event;
        self.texts.push(text.clone());
    }
}

#[derive(Command, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[command(aggregate = Notes, any)]
pub(super) struct Note {
    #[id]
    pub account: NotesId,
    pub text: String,
}

impl Handle<Note> for Notes {
    fn handle(command: &Note, notes: &mut Root<Self>) -> Result<(), Infallible> {
        let text = command.text.clone();
        notes.emit(NotesEvent::Noted { text });
        Ok(())
    }
}

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(super) enum LedgerCommand {
    Note(Note),
}

impl CommandSet for LedgerCommand {
    async fn deliver(self, delivery: CommandDelivery) -> Sent {
        let Self::Note(command) = self;
        delivery.send(command).await
    }
}

impl LedgerCommand {
    /// The note about a part.
    pub(super) fn about(event: &Recorded<LedgerEvent>) -> Self {
        let account = NotesId(event.event.account());
        let text = note(event.position, event.part.number());
        Self::Note(Note { account, text })
    }
}

fn note(position: Position, part: u32) -> String {
    format!("{position}/{part}")
}

/// Notes each entry.
#[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq)]
pub(super) struct Noting {
    entries: u32,
}

impl ProcessManager for Noting {
    const NAME: ProcessorName = NOTING;
    const START: StartFrom = StartFrom::Beginning;
    type Event = LedgerEvent;
    type Command = LedgerCommand;
    type Key = u64;

    fn correlate(event: &Recorded<LedgerEvent>) -> Option<u64> {
        Some(event.event.account())
    }

    fn react(&mut self, event: &Recorded<LedgerEvent>, reactions: &mut Reactions<LedgerCommand>) {
        self.entries += 1;
        reactions.send(LedgerCommand::about(event));
    }

    fn rejected(&mut self, _: &LedgerCommand, _: &Rejection, _: &mut Reactions<LedgerCommand>) {}
}

/// The ledger without processors. Each one that is built is a node of its own.
pub(super) fn ledger<H: ReadSideHarness>(store: &SharedReadSide) -> CqrsBuilder<FaultyReadSide> {
    Cqrs::builder(FaultyReadSide::over(SharedReadSide::clone(store)))
        .aggregate::<Mover>()
        .aggregate::<Notes>()
        .lease(H::LEASE)
        .batch(7)
}

/// Moves something as yesterday's code does.
pub(super) async fn moves(cqrs: &Cqrs, from: u64, to: u64, amount: i64) -> Position {
    let moved = cqrs
        .send(Move {
            mover: MoverId(from),
            from,
            to,
            amount,
        })
        .await;
    moved.expect("something is moved").position
}

/// What the movements must come to, whoever counts them.
#[derive(Default)]
pub(super) struct Book {
    pub accounts: BTreeMap<u64, Entries>,
    pub last: Position,
}

impl Book {
    /// Moves something so many times, one after the other.
    pub(super) async fn movements(&mut self, cqrs: &Cqrs, count: u32) {
        for _ in 0..count {
            self.moves_at_random(cqrs).await;
            tokio::time::sleep(Duration::from_micros(300)).await;
        }
    }

    /// Moves something between two accounts: sometimes nothing, sometimes to the same account.
    pub(super) async fn moves_at_random(&mut self, cqrs: &Cqrs) {
        let account = || fastrand::u64(1..=ACCOUNTS);
        let (from, to, amount) = (account(), account(), fastrand::i64(0..5));
        self.moves(cqrs, from, to, amount).await;
    }

    pub(super) async fn moves(&mut self, cqrs: &Cqrs, from: u64, to: u64, amount: i64) -> Position {
        self.last = moves(cqrs, from, to, amount).await;
        for (number, (account, amount)) in (1..).zip(entries(from, to, amount)) {
            let own = self.accounts.entry(account).or_default();
            own.amount += amount;
            own.parts.push((self.last, number, 3));
        }
        self.last
    }

    /// What must be noted about an account.
    pub(super) fn notes(&self, account: u64) -> Vec<String> {
        let own = self.accounts.get(&account);
        let parts = own.map(|own| own.parts.as_slice()).unwrap_or_default();
        parts
            .iter()
            .map(|(position, part, _)| note(*position, *part))
            .collect()
    }
}

/// What was noted about an account, in order.
pub(super) async fn notes(cqrs: &Cqrs, account: u64) -> Vec<String> {
    let root = cqrs.repository::<Notes>().load(&NotesId(account)).await;
    root.expect("notes can be loaded").into_state().texts
}

/// The document of an account, not before it has seen this position.
pub(super) async fn seen<V: View<Key = u64>>(
    cqrs: &Cqrs,
    account: u64,
    position: Position,
) -> Option<V> {
    let read = cqrs.view::<V>(account).at_least(position).within(PATIENCE);
    read.await.expect("the view can be read")
}

//! A book of accounts. Its code has changed three times since the first entry.

use cqrs_core::encoding::upcast::{EventJson, OldEvent, Upcasted, Upcaster};
use cqrs_core::ports::append::{Append, AppendOutcome};
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::words::event::{EventName, NewEvent, SchemaVersion};
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::version::ExpectedVersion;

pub(crate) type Checked<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Moving money was one event once. Nothing was moved where the amount is 0.
pub(crate) const MOVED: Upcaster = Upcaster::new("book.moved", 1, moved);

fn moved(old: &mut OldEvent<'_>) -> Upcasted {
    let amount = old.get("amount")?;
    if amount == 0 {
        return Ok(vec![]);
    }
    let (from, to) = (old.get("from")?, old.get("to")?);
    Ok(vec![
        EventJson::of(&Withdrawn {
            account: from,
            amount,
        })?,
        EventJson::of(&Deposited {
            account: to,
            amount,
        })?,
    ])
}

#[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct BookId(u64);

pub(crate) const BOOK: BookId = BookId(1);

#[derive(Event, Serialize, Deserialize)]
#[event(name = "book.started")]
pub(crate) struct StartedV1 {
    name: String,
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "book.opened", version = 2, previous = StartedV1, alias = "book.started")]
pub(crate) struct Opened {
    pub(crate) owner: String,
}

impl From<StartedV1> for Opened {
    fn from(old: StartedV1) -> Self {
        Self { owner: old.name }
    }
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "book.withdrawn", upcasters(MOVED))]
pub(crate) struct Withdrawn {
    pub(crate) account: u64,
    pub(crate) amount: i64,
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "book.deposited", upcasters(MOVED))]
pub(crate) struct Deposited {
    pub(crate) account: u64,
    pub(crate) amount: i64,
}

#[derive(Aggregate, Default, Debug)]
#[aggregate(name = "book", id = BookId)]
#[aggregate(events(Opened, Withdrawn, Deposited))]
pub(crate) struct Book {
    pub(crate) owner: String,
    pub(crate) turnover: i64,
}

impl Apply<Opened> for Book {
    fn apply(&mut self, event: &Opened) {
        self.owner.clone_from(&event.owner);
    }
}

impl Apply<Withdrawn> for Book {
    fn apply(&mut self, event: &Withdrawn) {
        self.turnover += event.amount;
    }
}

impl Apply<Deposited> for Book {
    fn apply(&mut self, event: &Deposited) {
        self.turnover += event.amount;
    }
}

#[derive(Command, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[command(aggregate = Book)]
pub(crate) struct Deposit {
    #[id]
    pub(crate) book: BookId,
    pub(crate) account: u64,
    pub(crate) amount: i64,
}

impl Handle<Deposit> for Book {
    fn handle(cmd: &Deposit, book: &mut Root<Self>) -> Result<(), std::convert::Infallible> {
        book.emit(Deposited {
            account: cmd.account,
            amount: cmd.amount,
        });
        Ok(())
    }
}

/// A reader that asks for one of the two.
#[derive(EventSet, Clone, Debug, PartialEq)]
pub(crate) enum Spending {
    Withdrawn(Withdrawn),
}

/// Records events as the code of another day did.
pub(crate) async fn record(cqrs: &Cqrs, events: &[(&str, u32, &str)]) -> Checked<Position> {
    let events = events.iter().map(|(name, version, payload)| {
        let name = EventName::new(*name)?;
        let event = NewEvent::new(name, Payload::from_json(*payload)?);
        Ok(event.with_schema_version(SchemaVersion::new(*version)?))
    });
    let events = events.collect::<Checked<Vec<_>>>()?;
    let append = Append::to(Book::stream(&BOOK)?, ExpectedVersion::Any, events);
    match cqrs.store().append(append).await? {
        AppendOutcome::Recorded(appended) => Ok(appended.position),
        AppendOutcome::Repeated(_) => Err("it has no idempotency key".into()),
    }
}

/// A book from before, with three movements: one from account 1 to 2, one inside of account 3, one of nothing.
pub(crate) async fn record_the_past(cqrs: &Cqrs) -> Checked<Position> {
    record(
        cqrs,
        &[
            ("book.started", 1, r#"{"name":"ada"}"#),
            ("book.moved", 1, r#"{"from":1,"to":2,"amount":7}"#),
            ("book.moved", 1, r#"{"from":3,"to":3,"amount":5}"#),
            ("book.moved", 1, r#"{"from":1,"to":2,"amount":0}"#),
        ],
    )
    .await
}

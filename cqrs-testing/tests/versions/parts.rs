//! One recorded event that is read as none or as several, everywhere that events are read.

use std::sync::{Arc, Mutex};

use cqrs_core::domain::error_policy::{ErrorDecision, Failure};
use cqrs_core::domain::event_handler::{Delivery, EventHandler, NoCommands};
use cqrs_core::domain::process_manager::{ProcessManager, Reactions, Rejection};
use cqrs_core::encoding::error::DecodeError;
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::builder::CqrsBuilder;
use cqrs_core::runtime::events::ReadError;
use cqrs_core::runtime::projection::Projection;
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_memory::{Memory, MemoryTransaction};

use super::domain::{
    BOOK, Book, BookEvent, BookId, Checked, Deposit, Spending, record, record_the_past,
};

fn bank() -> CqrsBuilder<Memory> {
    Cqrs::builder(Memory::new())
        .aggregate::<Book>()
        .error_policy(|_: &Failure| ErrorDecision::Park)
}

fn text(event: &BookEvent) -> String {
    match event {
        BookEvent::Opened(event) => format!("{} opens", event.owner),
        BookEvent::Withdrawn(event) => format!("{} from {}", event.amount, event.account),
        BookEvent::Deposited(event) => format!("{} to {}", event.amount, event.account),
    }
}

#[tokio::test]
async fn an_aggregate_folds_all_parts_and_goes_on_behind_an_event_that_means_nothing() -> Checked {
    let cqrs = bank().build().await?;
    record_the_past(&cqrs).await?;
    let book = cqrs.repository::<Book>().load(&BOOK).await?;
    assert_eq!((book.owner.as_str(), book.turnover), ("ada", 24));
    assert_eq!(book.version().get(), 4);
    // It is decided at the version that the log has.
    let deposit = Deposit {
        book: BOOK,
        account: 1,
        amount: 1,
    };
    assert_eq!(cqrs.send(deposit).await?.version.get(), 5);
    Ok(())
}

#[tokio::test]
async fn history_and_the_log_give_each_part_with_its_number() -> Checked {
    let cqrs = bank().build().await?;
    record_the_past(&cqrs).await?;
    let history = cqrs.repository::<Book>().history(&BOOK)?.collect().await?;
    let told: Vec<_> = history
        .iter()
        .map(|event| format!("{}: {}, {}", event.version, text(&event.event), event.part))
        .collect();
    let all = [
        "1: ada opens, part 1 of 1",
        "2: 7 from 1, part 1 of 2",
        "2: 7 to 2, part 2 of 2",
        "3: 5 from 3, part 1 of 2",
        "3: 5 to 3, part 2 of 2",
    ];
    assert_eq!(told, all);

    // Who asks for one kind gets it out of events of another name, with the number that it has among all parts.
    let spending = cqrs.read_log::<Spending>(Position::START).collect().await?;
    let told: Vec<_> = spending
        .iter()
        .map(
            |Recorded {
                 event: Spending::Withdrawn(event),
                 part,
                 ..
             }| (event.account, part.number(), part.of()),
        )
        .collect();
    assert_eq!(told, [(1, 1, 2), (3, 1, 2)]);
    Ok(())
}

#[tokio::test]
async fn an_aggregate_refuses_a_part_that_it_does_not_know_and_a_reader_leaves_it_out() -> Checked {
    #[derive(Aggregate, Default, Debug)]
    #[aggregate(name = "book", id = BookId, event = Spending)]
    struct Narrow;
    impl Apply<Spending> for Narrow {}

    let cqrs = Cqrs::builder(Memory::new())
        .aggregate::<Narrow>()
        .build()
        .await?;
    record(
        &cqrs,
        &[("book.moved", 1, r#"{"from":1,"to":2,"amount":7}"#)],
    )
    .await?;
    let error = cqrs
        .repository::<Narrow>()
        .history(&BOOK)?
        .collect()
        .await
        .unwrap_err();
    let ReadError::Decode(error @ DecodeError::UnknownName { .. }) = error else {
        panic!("{error}");
    };
    assert!(
        error
            .to_string()
            .starts_with("event book.deposited at position "),
        "{error}"
    );
    assert!(cqrs.repository::<Narrow>().load(&BOOK).await.is_err());
    assert_eq!(
        cqrs.read_log::<Spending>(Position::START)
            .collect()
            .await?
            .len(),
        1
    );
    Ok(())
}

/// The balance of an account. Poison for it is an amount of 13.
#[derive(Serialize, Deserialize, Default, Debug, PartialEq)]
struct Balance {
    balance: i64,
    parts: Vec<u32>,
}

impl View for Balance {
    const NAME: ProcessorName = ProcessorName::from_static("balance");
    type Event = BookEvent;
    type Key = u64;

    fn keys(event: &Recorded<BookEvent>) -> impl IntoIterator<Item = u64> {
        match &event.event {
            BookEvent::Opened(_) => None,
            BookEvent::Withdrawn(event) => Some(event.account),
            BookEvent::Deposited(event) => Some(event.account),
        }
    }

    fn apply(&mut self, event: &Recorded<BookEvent>) {
        self.parts.push(event.part.number());
        match &event.event {
            BookEvent::Opened(_) => {}
            BookEvent::Withdrawn(event) => self.balance -= event.amount,
            BookEvent::Deposited(event) => {
                assert_ne!(event.amount, 13, "13 can't stand");
                self.balance += event.amount;
            }
        }
    }
}

#[tokio::test]
async fn a_view_gets_each_part_under_its_own_key_also_when_it_is_built_anew() -> Checked {
    let cqrs = bank().view::<Balance>().build().await?;
    record_the_past(&cqrs).await?;
    for again in [false, true] {
        if again {
            let rebuild = cqrs.rebuild::<Balance>();
            let _ = tokio::join!(rebuild, cqrs.run_until_idle());
        }
        cqrs.run_until_idle().await?;
        for (account, balance, parts) in [(1, -7, vec![1]), (2, 7, vec![2]), (3, 0, vec![1, 2])] {
            let view = cqrs.view::<Balance>(account).await?;
            assert_eq!(view, Some(Balance { balance, parts }), "account {account}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_part_that_fails_parks_the_whole_event_under_its_key_and_no_part_of_it_is_written()
-> Checked {
    let cqrs = bank().view::<Balance>().build().await?;
    let position = record(
        &cqrs,
        &[
            ("book.withdrawn", 1, r#"{"account":3,"amount":1}"#),
            ("book.moved", 1, r#"{"from":3,"to":3,"amount":13}"#),
        ],
    )
    .await?;
    cqrs.run_until_idle().await?;
    let balance = Balance {
        balance: -1,
        parts: vec![1],
    };
    assert_eq!(cqrs.view::<Balance>(3).await?, Some(balance));
    let parked = cqrs.parked(Balance::NAME).list(None, 10).await?;
    assert_eq!(parked.len(), 1, "{parked:?}");
    assert_eq!(parked[0].event.position, position);
    Ok(())
}

/// The same sums in rows of one's own.
struct Rows;

const ROWS: ProcessorName = ProcessorName::from_static("rows");

impl Projection<Memory> for Rows {
    const NAME: ProcessorName = ROWS;
    type Event = BookEvent;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    async fn setup(&self, _: &mut MemoryTransaction) -> Checked {
        Ok(())
    }

    fn key(event: &Recorded<BookEvent>) -> String {
        let account = Balance::keys(event).into_iter().next();
        account.map_or_else(|| event.stream.to_string(), |account| account.to_string())
    }

    async fn project(&self, event: &Recorded<BookEvent>, tx: &mut MemoryTransaction) -> Checked {
        let (account, amount) = match &event.event {
            BookEvent::Opened(_) => return Ok(()),
            BookEvent::Withdrawn(event) => (event.account, -event.amount),
            BookEvent::Deposited(event) => (event.account, event.amount),
        };
        let order: Vec<String> = tx
            .get("rows", "order")
            .map_or(Ok(vec![]), |row| row.decode())?;
        let order = [order, vec![format!("{} {}", event.version, event.part)]].concat();
        tx.put("rows", "order", Payload::encode(&order)?);
        let key = account.to_string();
        let sum: i64 = tx.get("rows", &key).map_or(Ok(0), |row| row.decode())?;
        tx.put("rows", key, Payload::encode(&(sum + amount))?);
        Ok(())
    }
}

#[tokio::test]
async fn a_projection_gets_the_parts_in_order_whatever_their_keys() -> Checked {
    let store = Memory::new();
    let cqrs = Cqrs::builder(store.clone())
        .aggregate::<Book>()
        .projection(Rows)
        .build()
        .await?;
    record_the_past(&cqrs).await?;
    cqrs.run_until_idle().await?;
    let row = |key: &str| {
        store
            .row(&ROWS, "rows", key)
            .map(|row| row.as_str().to_owned())
    };
    let sums = ["1", "2", "3"].map(|key| row(key).unwrap_or_default());
    assert_eq!(sums, ["-7", "7", "0"]);
    let order = r#"["2 part 1 of 2","2 part 2 of 2","3 part 1 of 2","3 part 2 of 2"]"#;
    assert_eq!(row("order").as_deref(), Some(order));
    Ok(())
}

/// Notes what it is told; fails at the second part of an event as often as it is told to.
#[derive(Clone, Default)]
struct Letters {
    sent: Arc<Mutex<Vec<(u32, String)>>>,
    fails: Arc<Mutex<u32>>,
}

impl EventHandler for Letters {
    const NAME: ProcessorName = ProcessorName::from_static("letters");
    const START: StartFrom = StartFrom::Beginning;
    type Event = BookEvent;
    type Command = NoCommands;
    type Error = String;

    async fn handle(
        &self,
        event: &Recorded<BookEvent>,
        delivery: &mut Delivery<NoCommands>,
    ) -> Result<(), String> {
        let mut fails = self.fails.lock().unwrap();
        if event.part.number() == 2 && *fails > 0 {
            *fails -= 1;
            return Err("the letter box is full".into());
        }
        let letter = (event.part.number(), delivery.id().to_string());
        self.sent.lock().unwrap().push(letter);
        Ok(())
    }
}

#[tokio::test]
async fn each_part_has_a_delivery_id_of_its_own_and_keeps_it_when_it_is_replayed() -> Checked {
    let letters = Letters::default();
    *letters.fails.lock().unwrap() = 1;
    let cqrs = bank().event_handler(letters.clone()).build().await?;
    record(
        &cqrs,
        &[("book.moved", 1, r#"{"from":1,"to":2,"amount":7}"#)],
    )
    .await?;
    cqrs.run_until_idle().await?;
    // The first part was delivered, the second failed: the event is parked as a whole.
    let parked = cqrs.parked(Letters::NAME);
    assert_eq!(parked.list(None, 10).await?.len(), 1);
    parked.replay(&DocumentKey::new("book-1")?).await?;
    cqrs.run_until_idle().await?;
    assert_eq!(parked.list(None, 10).await?.len(), 0);
    let sent = letters.sent.lock().unwrap().clone();
    let numbers: Vec<_> = sent.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [1, 1, 2]);
    assert_eq!(sent[0], sent[1], "the first part has the same id again");
    assert_ne!(sent[1].1, sent[2].1, "each part has an id of its own");
    Ok(())
}

/// Deposits a bonus for each movement.
#[derive(Serialize, Deserialize, Default)]
struct Bonus {
    movements: u32,
}

#[derive(CommandSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
enum BonusCommand {
    Deposit(Deposit),
}

impl ProcessManager for Bonus {
    const NAME: ProcessorName = ProcessorName::from_static("bonus");
    const START: StartFrom = StartFrom::Beginning;
    type Event = BookEvent;
    type Command = BonusCommand;
    type Key = String;

    fn correlate(event: &Recorded<BookEvent>) -> Option<String> {
        (!event.part.is_whole()).then(|| event.stream.to_string())
    }

    fn react(&mut self, event: &Recorded<BookEvent>, reactions: &mut Reactions<BonusCommand>) {
        self.movements += 1;
        reactions.send(Deposit {
            book: BOOK,
            account: 100 + u64::from(self.movements),
            amount: event.part.number().into(),
        });
    }

    fn rejected(&mut self, _: &BonusCommand, _: &Rejection, _: &mut Reactions<BonusCommand>) {}
}

#[tokio::test]
async fn a_process_manager_reacts_to_each_part_and_its_commands_keep_their_order() -> Checked {
    let cqrs = bank()
        .process_manager::<Bonus>()
        .view::<Balance>()
        .build()
        .await?;
    record_the_past(&cqrs).await?;
    cqrs.run_until_idle().await?;
    let history = cqrs.repository::<Book>().history(&BOOK)?.collect().await?;
    let bonuses: Vec<_> = history[5..]
        .iter()
        .map(|event| text(&event.event))
        .collect();
    assert_eq!(bonuses, ["1 to 101", "2 to 102", "1 to 103", "2 to 104"]);
    Ok(())
}

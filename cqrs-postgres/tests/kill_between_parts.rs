//! P1 with events that are read as several: a program is killed with SIGKILL between the parts of an event, again and again, and
//! its projection and its view are exact.

#![allow(clippy::unwrap_used, reason = "it is a test")]

#[path = "../examples/transfers/schema.rs"]
mod schema;

use std::collections::BTreeMap;
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

use cqrs_core::encoding::upcast::{EventJson, OldEvent, Upcasted, Upcaster};
use cqrs_core::ports::append::Append;
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::projection::Projection;
use cqrs_core::words::event::{EventName, NewEvent};
use cqrs_core::words::partition::PartitionCount;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::version::ExpectedVersion;
use cqrs_postgres::{Postgres, Tx};
use schema::Schema;
use sqlx::{AssertSqlSafe, Executor, Row};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

const EVENTS: u64 = 2_000;
const ACCOUNTS: u64 = 20;
const KILLS: u32 = 20;
const CHILD: &str = "CQRS_CHILD_OF_KILL_BETWEEN_PARTS";
const BETWEEN: &str = "between the parts";

/// A movement was one event once. Today it is three, the last of them for the bank, account 0.
const MOVED: Upcaster = Upcaster::new("book.moved", 1, three_of_moved);

fn three_of_moved(old: &mut OldEvent<'_>) -> Upcasted {
    let (from, to, amount): (u64, u64, i64) =
        (old.get("from")?, old.get("to")?, old.get("amount")?);
    let entries = [(from, -amount), (to, amount - 1), (0, 1)];
    let entries = entries.map(|(account, amount)| EventJson::of(&Entered { account, amount }));
    Ok(entries.into_iter().collect::<Result<_, _>>()?)
}

#[derive(Event, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[event(name = "book.entered", upcasters(MOVED))]
struct Entered {
    account: u64,
    amount: i64,
}

#[derive(EventSet, Clone, Debug, PartialEq)]
enum BookEvent {
    Entered(Entered),
}

/// A plain `+=`, and a good moment to be killed after each first part.
struct Sums;

impl Projection<Postgres> for Sums {
    const NAME: ProcessorName = ProcessorName::from_static("sums");
    const PARTITIONS: PartitionCount = PartitionCount::from_static(2);
    type Event = BookEvent;
    type Error = sqlx::Error;

    async fn setup(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        let create = "CREATE TABLE IF NOT EXISTS sums \
                      (account bigint PRIMARY KEY, amount bigint NOT NULL, parts bigint NOT NULL)";
        tx.execute(create).await.map(drop)
    }

    async fn project(&self, event: &Recorded<BookEvent>, tx: &mut Tx) -> Result<(), sqlx::Error> {
        let BookEvent::Entered(Entered { account, amount }) = event.event;
        let add = "INSERT INTO sums AS s VALUES ($1, $2, 1) \
                   ON CONFLICT (account) DO UPDATE SET amount = s.amount + EXCLUDED.amount, parts = s.parts + 1";
        let add = sqlx::query(add).bind(account.cast_signed()).bind(amount);
        add.execute(&mut **tx).await?;
        if event.part.number() == 1 && std::env::var_os(CHILD).is_some() && fastrand::u8(..4) == 0 {
            say(BETWEEN);
            tokio::time::sleep(Duration::from_millis(4)).await;
        }
        Ok(())
    }
}

/// The same as a view.
#[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq)]
struct Balance {
    amount: i64,
    parts: i64,
}

impl View for Balance {
    const NAME: ProcessorName = ProcessorName::from_static("balance");
    type Event = BookEvent;
    type Key = u64;

    fn keys(event: &Recorded<BookEvent>) -> impl IntoIterator<Item = u64> {
        let BookEvent::Entered(entered) = &event.event;
        [entered.account]
    }

    fn apply(&mut self, event: &Recorded<BookEvent>) {
        let BookEvent::Entered(entered) = &event.event;
        self.amount += entered.amount;
        self.parts += 1;
    }
}

async fn program(url: &str, schema: &str) -> (Postgres, Cqrs) {
    let store = Postgres::builder(url)
        .schema(schema)
        .connections(6)
        .connect()
        .await
        .unwrap();
    let cqrs = Cqrs::builder(store.clone())
        .projection(Sums)
        .view::<Balance>()
        .lease(Duration::from_millis(300))
        .batch(10)
        .build()
        .await;
    (store, cqrs.unwrap())
}

/// Past the test harness, which would keep what is printed.
fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    writeln!(output, "\n{line}").unwrap();
    output.flush().unwrap();
}

/// What the parent starts: it runs until it is killed.
#[tokio::test(flavor = "multi_thread")]
async fn child() {
    let Ok(place) = std::env::var(CHILD) else {
        return;
    };
    let (url, schema) = place.split_once(' ').unwrap();
    let (_store, cqrs) = program(url, schema).await;
    let _runners = cqrs.start_runners();
    let ended = || std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
    tokio::task::spawn_blocking(ended).await.unwrap().unwrap();
}

/// Starts a child and kills it between the parts of an event, after so many others; says whether it came so far.
async fn kill_one(schema: &Schema, after: u32) -> bool {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["child", "--exact", "--nocapture"]);
    command.env(CHILD, format!("{} {}", schema.url(), schema.name()));
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let _input = child.stdin.take();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let seen = async {
        let mut seen = 0;
        while seen <= after {
            let line = lines
                .next_line()
                .await
                .unwrap()
                .expect("the child has ended by itself");
            seen += u32::from(line == BETWEEN);
        }
    };
    let seen = tokio::time::timeout(Duration::from_secs(10), seen)
        .await
        .is_ok();
    child.kill().await.unwrap();
    seen
}

/// Records movements as the code of another day did: what each account must have, and in how many parts.
async fn record(cqrs: &Cqrs) -> BTreeMap<u64, Balance> {
    let mut expected: BTreeMap<u64, Balance> = BTreeMap::new();
    for book in 0..EVENTS / 100 {
        let mut events = Vec::new();
        for _ in 0..100 {
            // Sometimes from an account to itself, so that a key has two parts of one event.
            let (from, to) = (fastrand::u64(1..ACCOUNTS), fastrand::u64(1..ACCOUNTS));
            let amount = fastrand::i64(1..1_000);
            let text = format!(r#"{{"from":{from},"to":{to},"amount":{amount}}}"#);
            let payload = Payload::from_json(text).unwrap();
            events.push(NewEvent::new(EventName::from_static("book.moved"), payload));
            for (account, amount) in [(from, -amount), (to, amount - 1), (0, 1)] {
                let balance = expected.entry(account).or_default();
                balance.amount += amount;
                balance.parts += 1;
            }
        }
        let stream = format!("book-{book}").parse().unwrap();
        let append = Append::to(stream, ExpectedVersion::NoStream, events);
        cqrs.store().append(append).await.unwrap();
    }
    expected
}

#[tokio::test(flavor = "multi_thread")]
async fn projections_are_exact_after_kills_between_the_parts_of_an_event() {
    let schema = Schema::new();
    let (store, cqrs) = program(schema.url(), schema.name()).await;
    let expected = record(&cqrs).await;

    let mut between = 0;
    for _ in 0..KILLS {
        between += u32::from(kill_one(&schema, fastrand::u32(..20)).await);
    }
    assert!(
        between > KILLS / 2,
        "only {between} of {KILLS} kills were between the parts"
    );

    let idle = async {
        loop {
            // What the last child held is free when its lease is over.
            cqrs.run_until_idle().await.unwrap();
            let statuses = cqrs.processors().await.unwrap();
            if statuses.iter().all(|status| status.lag_events == 0) {
                return statuses;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let idle = tokio::time::timeout(Duration::from_mins(2), idle).await;
    let parked: Vec<_> = idle
        .unwrap()
        .iter()
        .map(|status| status.parked_events)
        .collect();
    assert_eq!(parked, [0, 0], "nothing is parked");
    let pool = sqlx::PgPool::connect(schema.url()).await.unwrap();
    let place = store.schema_of(&Sums::NAME);
    let select = format!("SELECT account, amount, parts FROM \"{place}\".sums");
    let rows = pool.fetch_all(AssertSqlSafe(select)).await.unwrap();
    let table: BTreeMap<u64, Balance> = rows
        .iter()
        .map(|row| {
            let (amount, parts) = (row.get(1), row.get(2));
            (
                row.get::<i64, _>(0).cast_unsigned(),
                Balance { amount, parts },
            )
        })
        .collect();
    assert_eq!(table, expected, "the projection");
    for (account, expected) in expected {
        assert_eq!(
            cqrs.view::<Balance>(account).await.unwrap(),
            Some(expected),
            "account {account}"
        );
    }
    pool.close().await;
    store.close().await;
}

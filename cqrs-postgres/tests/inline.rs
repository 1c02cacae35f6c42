//! Read models in the transaction of an append, on PostgreSQL: what the conformance suite can't see.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/proxy.rs"]
mod proxy;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use bank::account::{Account, AccountId, Deposit, MoneyDeposited, OpenAccount};
use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::ports::import::{ImportEvent, ImportEvents};
use cqrs_core::ports::processors::GenerationState;
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::command_error::CommandError;
use cqrs_core::runtime::projection::Projection;
use cqrs_core::words::event::{EventName, NewEvent};
use cqrs_core::words::payload::Payload;
use cqrs_core::words::version::{ExpectedVersion, StreamVersion};
use cqrs_postgres::scratch::Scratch;
use cqrs_postgres::{Postgres, Tx};
use proxy::Proxy;
use sqlx::{AssertSqlSafe, Executor, Row};

#[derive(EventSet, Clone, Debug, PartialEq)]
enum Deposited {
    Deposited(MoneyDeposited),
}

const NAME: ProcessorName = ProcessorName::from_static("inline-cash");

/// What to do beside the `+=`.
const NOTHING: u8 = 0;
const FAIL: u8 = 1;
const DIVIDE: u8 = 2;
const STALL: u8 = 3;
/// These and more: the statements of [`ENDS`].
const END: u8 = 4;

/// How a user's code may end the transaction, and what the sender is told.
const ENDS: [(&str, &str); 5] = [
    ("COMMIT", "is not complete"),
    ("COMMIT AND CHAIN", "is not complete"),
    ("END", "is not complete"),
    ("ROLLBACK", "is not the one that was begun for it"),
    ("ROLLBACK AND CHAIN", "is not the one that was begun for it"),
];

/// All deposits in one row, with a plain `+=`.
#[derive(Clone, Default)]
struct Cash {
    mood: Arc<AtomicU8>,
    /// Whether it hides that it could not end the transaction.
    hides: bool,
}

impl Projection<Postgres> for Cash {
    const NAME: ProcessorName = NAME;
    const RUN: Run = Run::Inline;
    type Event = Deposited;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    async fn setup(&self, tx: &mut Tx) -> Result<(), Self::Error> {
        let create =
            "CREATE TABLE IF NOT EXISTS cash (one boolean PRIMARY KEY, total bigint NOT NULL)";
        tx.execute(create).await?;
        Ok(())
    }

    async fn project(&self, event: &Recorded<Deposited>, tx: &mut Tx) -> Result<(), Self::Error> {
        let Deposited::Deposited(deposited) = &event.event;
        let add = "INSERT INTO cash AS c VALUES (true, $1) ON CONFLICT (one) DO UPDATE SET total = c.total + EXCLUDED.total";
        let add = sqlx::query(add).bind(i64::from(deposited.amount));
        add.execute(&mut **tx).await?;
        match self.mood.swap(NOTHING, Ordering::SeqCst) {
            FAIL => return Err("it was told to".into()),
            DIVIDE => {
                tx.execute("SELECT 1 / 0").await?;
            }
            STALL => tokio::time::sleep(Duration::from_millis(2_600)).await,
            NOTHING => {}
            end if self.hides => drop(tx.execute(ENDS[usize::from(end - END)].0).await),
            end => {
                tx.execute(ENDS[usize::from(end - END)].0).await?;
            }
        }
        Ok(())
    }
}

/// The deposits of each account.
#[derive(Serialize, Deserialize, Default, Clone, Debug, PartialEq)]
struct Paid {
    times: u32,
}

impl View for Paid {
    const NAME: ProcessorName = ProcessorName::from_static("paid");
    const RUN: Run = Run::Inline;
    type Event = Deposited;
    type Key = AccountId;

    fn keys(event: &Recorded<Deposited>) -> impl IntoIterator<Item = AccountId> {
        event.id()
    }

    fn apply(&mut self, _: &Recorded<Deposited>) {
        self.times += 1;
    }
}

/// An application with both of them.
async fn with_both(cash: &Cash) -> (Scratch, Postgres, Cqrs) {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    let builder = Cqrs::builder(store.clone()).aggregate::<Account>();
    let builder = builder.projection(cash.clone()).view::<Paid>();
    let cqrs = builder.build().await.unwrap();
    (scratch, store, cqrs)
}

async fn total(scratch: &Scratch, store: &Postgres) -> i64 {
    let pool = scratch.pool().await;
    let select = format!("SELECT total FROM \"{}\".cash", store.schema_of(&NAME));
    let row = pool.fetch_optional(AssertSqlSafe(select)).await.unwrap();
    row.map_or(0, |row| row.get(0))
}

async fn open(cqrs: &Cqrs) -> AccountId {
    let account = AccountId::new();
    let owner = "ada".to_owned();
    let opened = cqrs.send(OpenAccount { account, owner }).await;
    let _ = opened.unwrap();
    account
}

/// How many are in the log.
async fn deposits(cqrs: &Cqrs, account: AccountId) -> usize {
    let history = cqrs.repository::<Account>().history(&account).unwrap();
    history.collect().await.unwrap().len() - 1
}

/// An error with its causes.
fn described(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let texts: Vec<_> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}

async fn states(cqrs: &Cqrs) -> Vec<GenerationState> {
    let all = cqrs.processors().await.unwrap();
    all.iter().map(|status| status.generation_state).collect()
}

async fn both_are_inline_and_paid(cqrs: &Cqrs, account: AccountId, times: u32) {
    let paid = cqrs.view::<Paid>(account).await.unwrap();
    assert_eq!(paid, Some(Paid { times }));
    assert_eq!(states(cqrs).await, [GenerationState::Inline; 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projection_is_written_with_the_append_or_refuses_it() {
    let cash = Cash::default();
    let (scratch, store, cqrs) = with_both(&cash).await;
    let account = open(&cqrs).await;
    let deposit = Deposit { account, amount: 5 };
    let _ = cqrs.send(deposit).await.unwrap();
    assert_eq!(total(&scratch, &store).await, 5);
    for (mood, says) in [(FAIL, "it was told to"), (DIVIDE, "division by zero")] {
        cash.mood.store(mood, Ordering::SeqCst);
        match cqrs.send(Deposit { account, amount: 1 }).await {
            Err(CommandError::ReadModel { processor, source }) => {
                assert_eq!(processor, NAME);
                assert!(source.to_string().contains(says), "{source}");
            }
            other => panic!("it should have been refused, and not {other:?}"),
        }
    }
    assert_eq!(deposits(&cqrs, account).await, 1);
    assert_eq!(total(&scratch, &store).await, 5);
    let _ = cqrs.send(Deposit { account, amount: 7 }).await.unwrap();
    assert_eq!(total(&scratch, &store).await, 12);
    both_are_inline_and_paid(&cqrs, account, 2).await;
}

/// Nothing is recorded that the sender is not told of: neither the event nor a part of its read models.
#[tokio::test(flavor = "multi_thread")]
async fn a_projection_that_ends_the_transaction_records_nothing() {
    for hides in [false, true] {
        let mood = Arc::default();
        let cash = Cash { mood, hides };
        let (scratch, store, cqrs) = with_both(&cash).await;
        let account = open(&cqrs).await;
        for (end, (statement, says)) in (END..).zip(ENDS) {
            cash.mood.store(end, Ordering::SeqCst);
            let error = cqrs.send(Deposit { account, amount: 1 }).await.unwrap_err();
            let text = described(&error);
            let hidden = "is not the one that was begun for it";
            assert!(
                text.contains(if hides { hidden } else { says }),
                "{statement}: {text}"
            );
            assert_eq!(deposits(&cqrs, account).await, 0, "{statement}");
            assert_eq!(total(&scratch, &store).await, 0, "{statement}");
            assert_eq!(
                cqrs.view::<Paid>(account).await.unwrap(),
                None,
                "{statement}"
            );
        }
        let _ = cqrs.send(Deposit { account, amount: 1 }).await.unwrap();
        assert_eq!(deposits(&cqrs, account).await, 1);
        assert_eq!(total(&scratch, &store).await, 1);
        both_are_inline_and_paid(&cqrs, account, 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projection_that_stalls_is_cut_off_and_the_append_is_done_again() {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    let cash = Cash::default();
    let builder = Cqrs::builder(store.clone()).aggregate::<Account>();
    let cqrs = builder.projection(cash.clone()).build().await.unwrap();
    let account = open(&cqrs).await;
    cash.mood.store(STALL, Ordering::SeqCst);
    let _ = cqrs.send(Deposit { account, amount: 3 }).await.unwrap();
    assert_eq!(total(&scratch, &store).await, 3);
    assert_eq!(deposits(&cqrs, account).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_sends_count_each_deposit_once_over_a_small_pool() {
    let scratch = Scratch::new();
    let store = scratch.builder().connections(3).connect().await.unwrap();
    let builder = Cqrs::builder(store.clone()).aggregate::<Account>();
    let cqrs = builder
        .projection(Cash::default())
        .view::<Paid>()
        .build()
        .await
        .unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let cqrs = cqrs.clone();
        tasks.spawn(async move {
            let account = open(&cqrs).await;
            for times in 1..=5 {
                let _ = cqrs.send(Deposit { account, amount: 1 }).await.unwrap();
                let paid = cqrs.view::<Paid>(account).await.unwrap();
                assert_eq!(paid, Some(Paid { times }));
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    assert_eq!(total(&scratch, &store).await, 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_takes_over_while_more_senders_wait_than_there_are_connections() {
    let scratch = Scratch::new();
    let store = scratch.builder().connections(2).connect().await.unwrap();
    let builder = Cqrs::builder(store.clone()).aggregate::<Account>();
    let cqrs = builder
        .projection(Cash::default())
        .view::<Paid>()
        .build()
        .await
        .unwrap();
    let runners = cqrs.start_runners();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let cqrs = cqrs.clone();
        tasks.spawn(async move {
            let account = open(&cqrs).await;
            for _ in 0..40 {
                let _ = cqrs.send(Deposit { account, amount: 1 }).await.unwrap();
            }
        });
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    let rebuild = cqrs.rebuild_processor(&NAME).await.unwrap();
    let finished = tokio::time::timeout(Duration::from_secs(30), rebuild.finished()).await;
    assert!(finished.unwrap().unwrap().is_live);
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    assert_eq!(total(&scratch, &store).await, 240);
    runners.stop(Duration::from_secs(5)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_leaves_the_read_models_to_the_runners() {
    let scratch = Scratch::new();
    let store = scratch.store().await;
    let builder = Cqrs::builder(store.clone()).aggregate::<Account>();
    let cqrs = builder.projection(Cash::default()).build().await.unwrap();
    let event = || {
        let payload = Payload::from_json(r#"{"amount":5}"#).unwrap();
        NewEvent::new(EventName::from_static("account.deposited"), payload)
    };
    let stream = || "account-imported".parse().unwrap();
    let import = ImportEvent::new(stream(), StreamVersion::FIRST, event());
    store.import(vec![import]).await.unwrap();
    assert_eq!(states(&cqrs).await, [GenerationState::Live]);
    cqrs.run_until_idle().await.unwrap();
    assert_eq!(states(&cqrs).await, [GenerationState::Inline]);
    assert_eq!(total(&scratch, &store).await, 5);
    // So does an append by the port, and one of other events does not.
    let other = NewEvent::new(
        EventName::from_static("x"),
        Payload::from_json("1").unwrap(),
    );
    let append = Append::to(stream(), ExpectedVersion::Any, vec![other]);
    store.append(append).await.unwrap();
    assert_eq!(states(&cqrs).await, [GenerationState::Inline]);
    let append = Append::to(stream(), ExpectedVersion::Any, vec![event()]);
    store.append(append).await.unwrap();
    assert_eq!(states(&cqrs).await, [GenerationState::Live]);
    cqrs.run_until_idle().await.unwrap();
    assert_eq!(total(&scratch, &store).await, 10);
}

/// How often a send with inline read models asks the server. What the stream says is in the cache.
#[tokio::test(flavor = "multi_thread")]
async fn an_append_with_a_view_is_four_round_trips_and_with_a_projection_two_more() {
    let scratch = Scratch::new();
    let (proxy, builder) = Proxy::before_the_log(&scratch).await;
    let store = builder.connections(2).connect().await.unwrap();
    let mut counted = Vec::new();
    for with_projection in [false, true] {
        let mut builder = Cqrs::builder(store.clone())
            .aggregate::<Account>()
            .view::<Paid>();
        if with_projection {
            builder = builder.projection(Cash::default());
        }
        let cqrs = builder.build().await.unwrap();
        cqrs.run_until_idle().await.unwrap();
        let account = open(&cqrs).await;
        let mut asked = Vec::new();
        for _ in 0..12 {
            let all = || proxy.requests() + proxy.scripts();
            tokio::time::sleep(Duration::from_millis(30)).await;
            let before = all();
            let _ = cqrs.send(Deposit { account, amount: 1 }).await.unwrap();
            tokio::time::sleep(Duration::from_millis(30)).await;
            asked.push(all() - before);
        }
        // Each connection prepares its statements once, and the pool may look after one.
        counted.extend(asked.into_iter().min());
    }
    assert_eq!(
        counted,
        [4, 6],
        "BEGIN, append, write, COMMIT; and enter, insert"
    );
}

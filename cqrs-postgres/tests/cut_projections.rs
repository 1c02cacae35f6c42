//! A connection that is lost in the midst of a projection's writes is the store's failure, not that of the event.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/proxy.rs"]
mod proxy;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cqrs_core::domain::error_policy::{ErrorDecision, Failure};
use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::ports::error::BoxError;
use cqrs_core::ports::read_log::{LogRead, ReadLog};
use cqrs_core::prelude::*;
use cqrs_core::runtime::projection::Projection;
use cqrs_core::words::event::{EventName, NewEvent, Recorded};
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::version::ExpectedVersion;
use cqrs_postgres::scratch::Scratch;
use cqrs_postgres::{Postgres, Tx};
use proxy::{LOSE_ANSWER, LOSE_REQUEST, Proxy};
use sqlx::{AssertSqlSafe, Executor, Row};

type Checked = Result<(), BoxError>;

const SUMS: ProcessorName = ProcessorName::from_static("sums");
const EVENTS: i64 = 10;
/// The event at which the store fails.
const BAD: i64 = 5;

#[derive(EventSet, Serialize, Deserialize, Clone, Debug)]
enum Counted {
    #[event(name = "counted")]
    Counted { n: i64 },
}

/// How the store fails at the event.
#[derive(Clone, Copy, Debug)]
enum Fails {
    /// The connection is cut before the write arrives.
    Request,
    /// The connection is cut after the write has arrived.
    Answer,
    /// The user's error is a text, and says nothing of the connection.
    AsText,
    /// The server gives up, as it does in a deadlock.
    Deadlock,
}

/// What was counted in each stream, with a plain `+=`.
struct Sums {
    proxy: Proxy,
    fails: Fails,
    /// How often it still fails.
    left: Arc<AtomicU32>,
}

impl Projection<Postgres> for Sums {
    const NAME: ProcessorName = SUMS;
    type Event = Counted;
    type Error = BoxError;

    async fn setup(&self, tx: &mut Tx) -> Result<(), BoxError> {
        let create = "CREATE TABLE IF NOT EXISTS sums (stream text PRIMARY KEY, n bigint NOT NULL)";
        Ok(tx.execute(create).await.map(drop)?)
    }

    async fn project(&self, event: &Recorded<Counted>, tx: &mut Tx) -> Result<(), BoxError> {
        let Counted::Counted { n } = event.event;
        let take = |left: u32| left.checked_sub(1);
        let fails = n == BAD
            && self
                .left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, take)
                .is_ok();
        if fails {
            match self.fails {
                Fails::Request | Fails::AsText => self.proxy.next_with("INTO sums", LOSE_REQUEST),
                Fails::Answer => self.proxy.next_with("INTO sums", LOSE_ANSWER),
                Fails::Deadlock => {
                    let raise = "DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$";
                    tx.execute(sqlx::raw_sql(raise)).await?;
                }
            }
        }
        let add = format!(
            "INSERT INTO sums AS s VALUES ('{}', {n}) ON CONFLICT (stream) DO UPDATE SET n = s.n + EXCLUDED.n",
            event.stream
        );
        let added = tx.execute(sqlx::raw_sql(AssertSqlSafe(add))).await;
        match (added, self.fails) {
            (Err(_), Fails::AsText) => Err("the row could not be written".into()),
            (added, _) => Ok(added.map(drop)?),
        }
    }
}

/// What came of ten events at one of which the store fails so often.
struct Outcome {
    sum: i64,
    parked: Vec<i64>,
    /// Of which attempts the policy was told.
    attempts: Vec<u32>,
    cuts: usize,
}

async fn run(fails: Fails, times: u32) -> Result<Outcome, BoxError> {
    let scratch = Scratch::new();
    let direct = scratch.store().await;
    let (proxy, builder) = Proxy::before_the_log(&scratch).await;
    let store = builder.connections(4).connect().await?;
    let sums = Sums {
        proxy: proxy.clone(),
        fails,
        left: Arc::new(AtomicU32::new(times)),
    };
    let told: Arc<Mutex<Vec<u32>>> = Arc::default();
    let policy = {
        let told = Arc::clone(&told);
        move |failure: &Failure| {
            told.lock().unwrap().push(failure.attempts);
            ErrorDecision::Park
        }
    };
    let cqrs = cqrs_core::runtime::app::Cqrs::builder(store.clone())
        .projection(sums)
        .error_policy(policy)
        .build()
        .await?;
    for n in 1..=EVENTS {
        let payload = Payload::from_json(format!("{{\"n\":{n}}}"))?;
        let event = NewEvent::new(EventName::from_static("counted"), payload);
        let append = Append::to(format!("s-{n}").parse()?, ExpectedVersion::Any, vec![event]);
        direct.append(append).await?;
    }
    let runners = cqrs.start_runners();
    let end = direct.read_log(LogRead::after(Position::START)).await?;
    // All of it is in one partition.
    let key = format!("s-{EVENTS}");
    let waited = cqrs
        .wait_for(SUMS, key, end.through)
        .within(Duration::from_mins(1));
    waited.await?;
    let parked = cqrs.parked(SUMS).list(None, 100).await?;
    runners.stop(Duration::from_secs(5)).await;
    let select = format!(
        "SELECT sum(n)::bigint FROM {}.sums",
        direct.schema_of(&SUMS)
    );
    let sum = scratch
        .pool()
        .await
        .fetch_one(AssertSqlSafe(select))
        .await?;
    let attempts = told.lock().unwrap().clone();
    store.close().await;
    direct.close().await;
    Ok(Outcome {
        sum: sum.try_get(0)?,
        parked: parked
            .iter()
            .map(|parked| parked.event.key.as_str().trim_start_matches("s-").parse())
            .collect::<Result<_, _>>()?,
        attempts,
        cuts: proxy.cuts(),
    })
}

const ALL: i64 = EVENTS * (EVENTS + 1) / 2;

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_lost_in_a_projection_counts_as_no_attempt() -> Checked {
    for fails in [Fails::Request, Fails::Answer, Fails::AsText] {
        let outcome = run(fails, 4).await?;
        assert_eq!(outcome.cuts, 4, "{fails:?}");
        assert_eq!(outcome.sum, ALL, "{fails:?}: each event counts once");
        assert_eq!(outcome.attempts, [0_u32; 0], "{fails:?}");
        assert!(outcome.parked.is_empty(), "{fails:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadlock_in_a_projection_counts_as_no_attempt() -> Checked {
    let outcome = run(Fails::Deadlock, 4).await?;
    assert_eq!(outcome.sum, ALL, "each event counts once");
    assert_eq!(outcome.attempts, [0_u32; 0]);
    Ok(())
}

/// Otherwise it would hold up everybody else for good.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_at_which_the_connection_is_lost_each_time_is_parked_while_others_go_on() -> Checked
{
    let outcome = run(Fails::Request, u32::MAX).await?;
    assert_eq!(outcome.parked, [BAD]);
    assert_eq!(outcome.attempts, [1]);
    assert_eq!(outcome.sum, ALL - BAD);
    Ok(())
}

//! The runner on this store: a projection with a plain `+=` on two nodes, while backends are killed, and then rebuilt.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::time::Duration;

use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::prelude::*;
use cqrs_core::runtime::app::Cqrs;
use cqrs_core::runtime::projection::Projection;
use cqrs_core::words::event::{EventName, NewEvent, Recorded};
use cqrs_core::words::partition::PartitionCount;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::version::ExpectedVersion;
use cqrs_postgres::scratch::Scratch;
use cqrs_postgres::{Postgres, Tx};
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Executor, Row};

type Checked = Result<(), Box<dyn std::error::Error + Send + Sync>>;

const SUMS: ProcessorName = ProcessorName::from_static("sums");
const EVENTS: u64 = 600;
const STREAMS: u64 = 12;

#[derive(EventSet, Serialize, Deserialize, Clone, Debug)]
enum Counted {
    #[event(name = "counted")]
    Counted { n: i64 },
}

/// What was counted in each stream.
struct Sums;

impl Projection<Postgres> for Sums {
    const NAME: ProcessorName = SUMS;
    const PARTITIONS: PartitionCount = PartitionCount::from_static(4);
    type Event = Counted;
    type Error = sqlx::Error;

    async fn setup(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        let create = "CREATE TABLE IF NOT EXISTS sums (stream text PRIMARY KEY, n bigint NOT NULL, events bigint NOT NULL)";
        tx.execute(create).await.map(drop)
    }

    async fn project(&self, event: &Recorded<Counted>, tx: &mut Tx) -> Result<(), sqlx::Error> {
        let Counted::Counted { n } = event.event;
        let add = "INSERT INTO sums AS s VALUES ($1, $2, 1) \
                   ON CONFLICT (stream) DO UPDATE SET n = s.n + EXCLUDED.n, events = s.events + 1";
        let add = sqlx::query(add).bind(event.stream.to_string()).bind(n);
        add.execute(&mut **tx).await.map(drop)
    }
}

async fn node(store: &Postgres) -> Result<Cqrs, Box<dyn std::error::Error + Send + Sync>> {
    let node = Cqrs::builder(store.clone()).projection(Sums);
    Ok(node.lease(Duration::from_secs(1)).batch(20).build().await?)
}

/// Streams, sums and events, as readers see them.
async fn seen(pool: &PgPool, place: &str) -> Result<(i64, i64, i64), sqlx::Error> {
    let select = format!("SELECT count(*), sum(n)::bigint, sum(events)::bigint FROM {place}.sums");
    let row = pool.fetch_one(AssertSqlSafe(select)).await?;
    Ok((
        row.get(0),
        row.try_get(1).unwrap_or(0),
        row.try_get(2).unwrap_or(0),
    ))
}

async fn write(store: Postgres) {
    for number in 0..EVENTS {
        let payload = Payload::from_json(format!("{{\"n\":{number}}}")).unwrap();
        let event = NewEvent::new(EventName::from_static("counted"), payload);
        let stream = format!("s-{}", number % STREAMS).parse().unwrap();
        let append = Append::to(stream, ExpectedVersion::Any, vec![event]);
        while store.append(append.clone()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
}

/// Ends backends in the middle of the projections' transactions.
async fn kill(pool: PgPool, schema: String) -> u64 {
    let kill = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE pid <> pg_backend_pid() AND state <> 'idle' AND random() < 0.5 \
           AND (query LIKE '%{schema}%advance%' OR query LIKE '%INTO sums%')"
    );
    let mut killed = 0;
    for _ in 0..60 {
        tokio::time::sleep(Duration::from_millis(fastrand::u64(10..60))).await;
        let done = pool.execute(AssertSqlSafe(kill.clone())).await.unwrap();
        killed += done.rows_affected();
    }
    killed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_plain_sum_on_two_nodes_is_right_through_kills_and_a_rebuild() -> Checked {
    let scratch = Scratch::new();
    let stores = [scratch.store().await, scratch.store().await];
    let place = stores[0].schema_of(&SUMS);
    let nodes = [node(&stores[0]).await?, node(&stores[1]).await?];
    let runners = nodes.each_ref().map(Cqrs::start_runners);
    let pool = scratch.pool().await;
    let writing = tokio::spawn(write(scratch.store().await));
    let killing = tokio::spawn(kill(pool.clone(), scratch.schema().to_owned()));
    let killed = killing.await?;
    writing.await?;

    let total = (EVENTS * (EVENTS - 1) / 2).cast_signed();
    let expected = (STREAMS.cast_signed(), total, EVENTS.cast_signed());
    let mut found = (0, 0, 0);
    for _ in 0..200 {
        found = seen(&pool, &place).await?;
        if found == expected {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!("{killed} backends killed");
    let statuses = nodes[0].processors().await?;
    assert_eq!(found, expected, "{statuses:#?}");

    // Readers see the whole of it at any moment of a rebuild.
    let rebuild = nodes[0].rebuild_processor(&SUMS).await?;
    let mut finished = std::pin::pin!(rebuild.finished());
    loop {
        assert_eq!(seen(&pool, &place).await?, expected);
        let done = tokio::time::timeout(Duration::from_millis(1), &mut finished);
        if let Ok(progress) = done.await {
            progress?;
            break;
        }
    }
    assert_eq!(seen(&pool, &place).await?, expected);
    for runners in runners {
        runners.stop(Duration::from_secs(5)).await;
    }
    for store in stores {
        store.close().await;
    }
    Ok(())
}

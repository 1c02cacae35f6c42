//! Writers that stall, abort, collide and are killed.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::words::event::{EventName, NewEvent};
use cqrs_core::words::filter::Filter;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::tag::Tag;
use cqrs_core::words::version::ExpectedVersion;
use cqrs_postgres::{Builder, Postgres, scratch};
use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::{Connection, Row};
use uuid::Uuid;

use crate::plan::Plan;

/// How many writers of a process have a store of their own: nobody is in flight beside them there, so that each append goes alone.
const LONE_WRITERS: usize = 4;

/// What the writers of one process did.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Events whose append was acknowledged.
    pub(crate) acknowledged: Vec<Uuid>,
    /// Appends that failed: conflicts, aborts, kills.
    pub(crate) failed: usize,
}

/// Writes until the time is over.
pub(crate) async fn write(plan: &Plan) -> anyhow::Result<Written> {
    let store = open(|| plan.writing_store()).await?;
    let pool = PgPoolOptions::new()
        .max_connections(u32::try_from(plan.writers)?)
        .connect(&plan.victims_url())
        .await?;
    let end = Instant::now() + Duration::from_secs(plan.seconds);
    let mut tasks: Vec<_> = (0..plan.writers)
        .map(|_| tokio::spawn(writer(store.clone(), pool.clone(), end)))
        .collect();
    for _ in 0..LONE_WRITERS {
        let store = open(|| plan.writing_store().connections(1).listen(false)).await?;
        tasks.push(tokio::spawn(lone_writer(store, end)));
    }
    let mut written = Written::default();
    for task in tasks {
        let one = task.await?;
        written.acknowledged.extend(one.acknowledged);
        written.failed += one.failed;
    }
    store.close().await;
    Ok(written)
}

/// Opens a store while connections are killed, those that it opens too.
async fn open(builder: impl Fn() -> Builder) -> anyhow::Result<Postgres> {
    let mut killed = 0;
    loop {
        match builder().connect().await {
            Ok(store) => return Ok(store),
            Err(error) if killed == 50 => return Err(error.into()),
            Err(_) => killed += 1,
        }
    }
}

/// Fails when an event that was acknowledged is not in the log.
pub(crate) async fn check(plan: &Plan, written: &Written) -> anyhow::Result<()> {
    let pool = PgPool::connect(&plan.url).await?;
    let statement = format!(
        "SELECT count(*) FROM \"{}\".events WHERE event_id = ANY ($1)",
        plan.schema
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(&written.acknowledged)
        .fetch_one(&pool)
        .await?;
    let found: i64 = row.try_get(0)?;
    if usize::try_from(found)? != written.acknowledged.len() {
        bail!(
            "{} events were acknowledged, {found} of them are in the log",
            written.acknowledged.len()
        );
    }
    Ok(())
}

/// All that the second process does.
pub(crate) async fn second_process(plan: &Plan) -> anyhow::Result<()> {
    let written = write(plan).await.context("the second process")?;
    check(plan, &written).await
}

async fn writer(store: Postgres, pool: PgPool, end: Instant) -> Written {
    let mut written = Written::default();
    while Instant::now() < end {
        let append = append();
        let ids = append.events().map(|event| event.event_id.as_uuid());
        let ids: Vec<_> = ids.collect();
        let done = match fastrand::u8(..) {
            0..120 => store.append(append).await.is_ok(),
            _ => stall(&store, &pool, &append).await.unwrap_or(false),
        };
        if done {
            written.acknowledged.extend(ids);
        } else {
            written.failed += 1;
        }
        pause(3).await;
    }
    written
}

/// The appends that have a way of their own: one event without tags, at a version that may be expected.
async fn lone_writer(store: Postgres, end: Instant) -> Written {
    let mut written = Written::default();
    while Instant::now() < end {
        let (key, expected) = match fastrand::u8(..3) {
            0 => (
                format!("shared-{}", fastrand::u8(..20)),
                ExpectedVersion::Any,
            ),
            1 => (format!("lone-{}", Uuid::now_v7()), ExpectedVersion::Any),
            _ => (
                format!("lone-{}", Uuid::now_v7()),
                ExpectedVersion::NoStream,
            ),
        };
        let event = NewEvent::new(name(), Payload::from_store("{\"n\": 1}"));
        let id = event.event_id.as_uuid();
        let stream = key
            .parse()
            .unwrap_or_else(|_| unreachable!("the key is valid"));
        if store
            .append(Append::to(stream, expected, vec![event]))
            .await
            .is_ok()
        {
            written.acknowledged.push(id);
        } else {
            written.failed += 1;
        }
        pause(3).await;
    }
    store.close().await;
    written
}

/// An append in a transaction that stalls before the gate, between two draws of positions, and before it ends; one in
/// ten of these aborts.
async fn stall(store: &Postgres, pool: &PgPool, append: &Append) -> anyhow::Result<bool> {
    let mut connection = pool.acquire().await?;
    let mut transaction = connection.begin().await?;
    let sleep = |most: f64| sqlx::query("SELECT pg_sleep($1)").bind(fastrand::f64() * most);
    sleep(0.01).execute(&mut *transaction).await?;
    let done = scratch::append_in(store, &mut transaction, append).await?;
    sleep(0.01).execute(&mut *transaction).await?;
    if fastrand::bool() {
        let one = Append::to(
            format!("late-{}", Uuid::now_v7()).parse()?,
            ExpectedVersion::NoStream,
            vec![event()],
        );
        scratch::append_in(store, &mut transaction, &one).await?;
        sleep(0.005).execute(&mut *transaction).await?;
    }
    if fastrand::u8(..) < 26 {
        transaction.rollback().await?;
        return Ok(false);
    }
    transaction.commit().await?;
    Ok(done)
}

/// One to three streams, some of which everybody writes to, with one to five events each.
fn append() -> Append {
    let mut append = Append::new();
    let mut streams: Vec<u32> = (0..fastrand::usize(1..=3))
        .map(|_| fastrand::u32(..60))
        .collect();
    streams.dedup();
    streams.sort_unstable();
    streams.dedup();
    fastrand::shuffle(&mut streams);
    for key in streams {
        let (key, expected) = match key {
            0..20 => (format!("shared-{key}"), ExpectedVersion::Any),
            _ => (format!("own-{}", Uuid::now_v7()), ExpectedVersion::NoStream),
        };
        let events = (0..fastrand::usize(1..=5)).map(|_| event()).collect();
        let stream = key
            .parse()
            .unwrap_or_else(|_| unreachable!("the key is valid"));
        append = append.and_to(stream, expected, events);
    }
    match fastrand::u8(..) {
        // Nobody writes this name: the condition holds, and takes part in the locking.
        0..25 => append.unless(
            Filter::name(EventName::from_static("never")),
            Position::START,
        ),
        _ => append,
    }
}

fn event() -> NewEvent {
    let tag = Tag::of("t", fastrand::u8(..10));
    NewEvent::new(name(), Payload::from_store("{\"n\": 1}")).with_tags(tag)
}

fn name() -> EventName {
    const NAMES: [EventName; 3] = [
        EventName::from_static("a"),
        EventName::from_static("b"),
        EventName::from_static("c"),
    ];
    NAMES[fastrand::usize(..3)].clone()
}

async fn pause(most: u64) {
    tokio::time::sleep(Duration::from_millis(fastrand::u64(..=most))).await;
}

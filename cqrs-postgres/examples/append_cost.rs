//! What an append costs: processor time of the server and of this process, and bytes of the write-ahead log.
//!
//! `DATABASE_URL=postgres://… cargo run --release -p cqrs-postgres --example append_cost -- [APPENDS [KIND SIZE]]`
//!
//! Processor time says the same on a machine that others use too. The server must run on this machine; the log's bytes are those of
//! the whole cluster.

use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use cqrs_core::ports::append::{Append, AppendEvents};
use cqrs_core::words::event::{EventName, NewEvent};
use cqrs_core::words::filter::Filter;
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::tag::Tag;
use cqrs_core::words::version::ExpectedVersion;
use cqrs_postgres::Postgres;
use cqrs_postgres::scratch::Scratch;
use sqlx::postgres::PgPool;
use uuid::Uuid;

const PAYLOAD: &str = r#"{"amount":30,"currency":"EUR","reference":"a1b2c3"}"#;
const CREATE: &str = "CREATE TABLE plain (position bigserial PRIMARY KEY, event_id uuid NOT NULL UNIQUE, \
     key text NOT NULL, category text NOT NULL, version bigint NOT NULL, name text NOT NULL, payload json NOT NULL, \
     recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(), UNIQUE (key, category, version))";
const INSERT: &str = "INSERT INTO plain (event_id, key, category, version, name, payload) \
     VALUES ($1, $2, 'account', 1, 'account.opened', $3::text::json)";
const BACKENDS: &str = "SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND backend_type = 'client backend'";
const WRITTEN: &str = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint";

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// An INSERT without anything around it.
    Plain,
    /// One event each.
    One,
    /// With two tags.
    Tags,
    /// On the condition that its tag has no event.
    Condition,
    /// With a receipt.
    Receipt,
    /// All events in one append, for one stream.
    Stream,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let scratch = Scratch::new();
    let name = scratch.schema().to_owned();
    let separator = if scratch.url().contains('?') {
        '&'
    } else {
        '?'
    };
    let url = format!("{}{separator}application_name={name}", scratch.url());
    let store = Postgres::builder(&url)
        .schema(scratch.schema())
        .listen(false)
        .connect()
        .await?;
    let observer = scratch.pool().await;
    sqlx::raw_sql(CREATE).execute(&observer).await?;
    let plain = PgPool::connect(&format!("{url}&options[search_path]={name}")).await?;
    let rounds: usize = std::env::args()
        .nth(1)
        .map_or(Ok(4_096), |count| count.parse())?;
    let only: Vec<_> = std::env::args().skip(2).collect();
    println!(
        "µs of the server and of the client for one, its bytes in the write-ahead log, and how long it took (µs)"
    );
    for kind in [
        Kind::Plain,
        Kind::One,
        Kind::Stream,
        Kind::Tags,
        Kind::Condition,
        Kind::Receipt,
    ] {
        let sizes: &[usize] = if matches!(kind, Kind::Plain) {
            &[1]
        } else {
            &[1, 4, 16, 64, 256]
        };
        for size in sizes {
            if !only.is_empty() && only != [format!("{kind:?}"), size.to_string()] {
                continue;
            }
            let calls = (rounds / size).max(64);
            // The first calls prepare, and plan.
            run(&store, &plain, kind, *size, 32).await?;
            let before = Measured::now(&observer, &name).await?;
            run(&store, &plain, kind, *size, calls).await?;
            let cost = Measured::now(&observer, &name)
                .await?
                .since(before, calls * size);
            println!(
                "{kind:?}, {size} a call: server {:.1}, client {:.1}, {:.0} bytes, {:.1}",
                cost.server, cost.client, cost.written, cost.elapsed
            );
        }
    }
    Ok(())
}

async fn run(
    store: &Postgres,
    plain: &PgPool,
    kind: Kind,
    size: usize,
    calls: usize,
) -> anyhow::Result<()> {
    for _ in 0..calls {
        if matches!(kind, Kind::Plain) {
            let id = Uuid::now_v7();
            let insert = sqlx::query(INSERT)
                .bind(id)
                .bind(id.to_string())
                .bind(PAYLOAD);
            insert.execute(plain).await?;
            continue;
        }
        let appends = match kind {
            Kind::Stream => {
                let events: Vec<_> = (0..size).map(|_| event(0)).collect();
                vec![to_own_stream(events)?]
            }
            _ => (0..size).map(|_| append(kind)).collect::<Result<_, _>>()?,
        };
        for outcome in store.append_batch(appends).await {
            outcome?;
        }
    }
    Ok(())
}

fn event(tags: u32) -> NewEvent {
    let name = EventName::from_static("account.opened");
    NewEvent::new(name, Payload::from_store(PAYLOAD)).with_tags(
        (0..tags).filter_map(|tag| Tag::of("t", format!("{tag}.{}", fastrand::u8(..))).ok()),
    )
}

fn to_own_stream(events: Vec<NewEvent>) -> anyhow::Result<Append> {
    let stream = format!("account-{}", events[0].event_id).parse()?;
    Ok(Append::to(stream, ExpectedVersion::NoStream, events))
}

fn append(kind: Kind) -> anyhow::Result<Append> {
    let mut event = event(if matches!(kind, Kind::Tags) { 2 } else { 0 });
    if let Kind::Condition = kind {
        let tag = Tag::of("account", event.event_id)?;
        event = event.with_tags([tag.clone()]);
        return Ok(to_own_stream(vec![event])?.unless(Filter::tag(tag), Position::START));
    }
    let append = to_own_stream(vec![event])?;
    Ok(match kind {
        Kind::Receipt => {
            let stream = append.streams[0].stream.clone();
            append.with_receipt(cqrs_core::ports::receipts::NewReceipt {
                key: stream.key().as_str().parse()?,
                command: "account.open".into(),
                stream: Some(stream),
                version: cqrs_core::words::version::StreamVersion::NONE.after(1),
                position: Position::START,
                reply: Payload::from_store("null"),
            })
        }
        _ => append,
    })
}

/// What was used up to a moment; all in nanoseconds, or bytes.
#[derive(Clone, Copy, Debug)]
struct Measured {
    server: u64,
    client: u64,
    written: i64,
    at: Instant,
}

struct Cost {
    server: f64,
    client: f64,
    written: f64,
    elapsed: f64,
}

impl Measured {
    async fn now(observer: &PgPool, application: &str) -> anyhow::Result<Self> {
        let backends: Vec<i32> = sqlx::query_scalar(BACKENDS)
            .bind(application)
            .fetch_all(observer)
            .await?;
        let mut server = 0;
        for pid in backends {
            server += used(format!("/proc/{pid}/schedstat"))?;
        }
        let mut client = 0;
        for task in std::fs::read_dir("/proc/self/task")? {
            client += used(task?.path().join("schedstat"))?;
        }
        let written = sqlx::query_scalar(WRITTEN).fetch_one(observer).await?;
        Ok(Self {
            server,
            client,
            written,
            at: Instant::now(),
        })
    }

    #[expect(clippy::cast_precision_loss, reason = "for people")]
    fn since(self, before: Self, appends: usize) -> Cost {
        let appends = appends as f64;
        Cost {
            server: (self.server - before.server) as f64 / 1e3 / appends,
            client: (self.client - before.client) as f64 / 1e3 / appends,
            written: (self.written - before.written) as f64 / appends,
            elapsed: (self.at - before.at).as_secs_f64() * 1e6 / appends,
        }
    }
}

/// Nanoseconds on a processor: the first number of the kernel's line.
fn used(path: impl AsRef<Path>) -> anyhow::Result<u64> {
    let line = std::fs::read_to_string(&path)?;
    let first = line
        .split_whitespace()
        .next()
        .context("an empty schedstat")?;
    Ok(first.parse()?)
}

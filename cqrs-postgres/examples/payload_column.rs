//! What type the payload's column should have: the figures of `docs/decisions/0001-payload-column.md`.
//!
//! `DATABASE_URL=postgres://… cargo run --release -p cqrs-postgres --example payload_column`

use std::time::Instant;

use cqrs_postgres::scratch::Scratch;
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Row};

const TYPES: [&str; 3] = ["json", "jsonb", "text"];
const ROWS: i64 = 100_000;
const ROUNDS: usize = 5;
const PAYLOAD: &str = r#"{"amount": 1250, "currency": "EUR", "reference": "invoice 2024-00017", "lines": [{"sku": "A-1", "n": 2}, {"sku": "B-7", "n": 1}], "note": "paid by the customer at the counter", "at": "2024-03-01T12:00:00Z"}"#;
const EXACT: [&str; 5] = [
    "{ \"b\" : 1, \"a\":2 }",
    "{\"a\":1,\"a\":2}",
    "\"\\u0000\"",
    "1.0e400",
    "123456789012345678901234567890.10",
];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let scratch = Scratch::new();
    scratch.store().await.close().await;
    let pool = scratch.pool().await;
    let (mut writes, mut reads) = ([const { Vec::new() }; 3], [const { Vec::new() }; 3]);
    for _ in 0..ROUNDS {
        for (index, kind) in TYPES.iter().enumerate() {
            writes[index].push(write(&pool, kind).await?);
            reads[index].push(read(&pool, kind).await?);
        }
    }
    println!(
        "{ROWS} payloads of {} bytes, medians of {ROUNDS}",
        PAYLOAD.len()
    );
    for ((kind, writes), reads) in TYPES.iter().zip(writes).zip(reads) {
        write(&pool, kind).await?;
        let size = format!("SELECT pg_relation_size('payloads_{kind}')");
        let size: i64 = sqlx::query_scalar(AssertSqlSafe(size))
            .fetch_one(&pool)
            .await?;
        println!(
            "{kind}: {:.0} inserts/s, {:.0} rows read/s, {} KiB, {}",
            median(writes),
            median(reads),
            size / 1024,
            exact(&pool, kind).await?
        );
    }
    Ok(())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand rows")]
fn rate(start: Instant) -> f64 {
    ROWS as f64 / start.elapsed().as_secs_f64()
}

async fn create(pool: &PgPool, kind: &str) -> anyhow::Result<()> {
    let create = format!(
        "DROP TABLE IF EXISTS payloads_{kind}; CREATE TABLE payloads_{kind} (position bigint PRIMARY KEY, payload {kind} NOT NULL)"
    );
    sqlx::raw_sql(AssertSqlSafe(create)).execute(pool).await?;
    Ok(())
}

/// By 500 rows a statement, as an append does.
async fn write(pool: &PgPool, kind: &str) -> anyhow::Result<f64> {
    create(pool, kind).await?;
    let insert = format!(
        "INSERT INTO payloads_{kind} SELECT u.position, u.payload::{kind} FROM unnest($1::bigint[], $2::text[]) AS u(position, payload)"
    );
    let insert: std::sync::Arc<str> = insert.into();
    let start = Instant::now();
    for first in (0..ROWS).step_by(500) {
        let positions: Vec<i64> = (first..first + 500).collect();
        sqlx::query(AssertSqlSafe(insert.clone()))
            .bind(positions)
            .bind(vec![PAYLOAD; 500])
            .execute(pool)
            .await?;
    }
    Ok(rate(start))
}

async fn read(pool: &PgPool, kind: &str) -> anyhow::Result<f64> {
    let page: std::sync::Arc<str> = format!(
        "SELECT payload FROM payloads_{kind} WHERE position >= $1 ORDER BY position LIMIT 1000"
    )
    .into();
    let start = Instant::now();
    let mut bytes = 0;
    for first in (0..ROWS).step_by(1_000) {
        for row in sqlx::query(AssertSqlSafe(page.clone()))
            .bind(first)
            .fetch_all(pool)
            .await?
        {
            bytes += row.try_get_unchecked::<&str, _>(0)?.len();
        }
    }
    anyhow::ensure!(bytes > 0);
    Ok(rate(start))
}

/// Which texts come back byte for byte.
async fn exact(pool: &PgPool, kind: &str) -> anyhow::Result<String> {
    let statement: std::sync::Arc<str> = format!("SELECT ($1::text)::{kind}::text").into();
    let mut kept = 0;
    for text in EXACT {
        let back: Result<String, _> = sqlx::query_scalar(AssertSqlSafe(statement.clone()))
            .bind(text)
            .fetch_one(pool)
            .await;
        kept += usize::from(back.is_ok_and(|back| back == text));
    }
    Ok(format!(
        "{kept} of {} texts come back as they were given",
        EXACT.len()
    ))
}

//! Ways to write 500 documents, on tables of their own.

use cqrs_postgres::scratch::Scratch;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor};

use crate::Times;

const KEYS: i64 = 100_000;
const ROUNDS: usize = 150;

/// A name, what the table is like, and the statements that write $1 keys, $2 positions, $3 contents.
const FORMS: [(&str, &str, &[&str]); 7] = [
    (
        "INSERT … ON CONFLICT DO UPDATE, json, fillfactor 85",
        "json, PRIMARY KEY (generation, key)) WITH (fillfactor = 85",
        &[UPSERT_JSON],
    ),
    (
        "INSERT … ON CONFLICT DO UPDATE, json, fillfactor 100",
        "json, PRIMARY KEY (generation, key)",
        &[UPSERT_JSON],
    ),
    (
        "INSERT … ON CONFLICT DO UPDATE, json, fillfactor 70",
        "json, PRIMARY KEY (generation, key)) WITH (fillfactor = 70",
        &[UPSERT_JSON],
    ),
    (
        "INSERT … ON CONFLICT DO UPDATE, text",
        "text, PRIMARY KEY (generation, key)) WITH (fillfactor = 85",
        &[UPSERT_TEXT],
    ),
    (
        "INSERT … ON CONFLICT DO UPDATE, jsonb",
        "jsonb, PRIMARY KEY (generation, key)) WITH (fillfactor = 85",
        &[UPSERT_JSONB],
    ),
    (
        "UPDATE … FROM, then INSERT what is missing",
        "json, PRIMARY KEY (generation, key)) WITH (fillfactor = 85",
        &[
            "UPDATE form f SET position = d.position, content = d.content::json
             FROM unnest($1::text[], $2::bigint[], $3::text[]) AS d(key, position, content)
             WHERE f.generation = 1 AND f.key = d.key",
            "INSERT INTO form (generation, key, position, content)
             SELECT 1, d.key, d.position, d.content::json
             FROM unnest($1::text[], $2::bigint[], $3::text[]) AS d(key, position, content)
             WHERE NOT EXISTS (SELECT FROM form f WHERE f.generation = 1 AND f.key = d.key)
             ON CONFLICT DO NOTHING",
        ],
    ),
    (
        "DELETE, then INSERT",
        "json, PRIMARY KEY (generation, key)) WITH (fillfactor = 85",
        &[
            "DELETE FROM form f WHERE f.generation = 1 AND f.key = ANY ($1::text[])
             AND $2::bigint[] IS NOT NULL AND $3::text[] IS NOT NULL",
            "INSERT INTO form (generation, key, position, content)
             SELECT 1, d.key, d.position, d.content::json
             FROM unnest($1::text[], $2::bigint[], $3::text[]) AS d(key, position, content)",
        ],
    ),
];

const UPSERT_JSON: &str = "INSERT INTO form (generation, key, position, content)
    SELECT 1, d.key, d.position, d.content::json
    FROM unnest($1::text[], $2::bigint[], $3::text[]) AS d(key, position, content)
    ON CONFLICT (generation, key) DO UPDATE SET position = EXCLUDED.position, content = EXCLUDED.content";
const UPSERT_TEXT: &str = "INSERT INTO form (generation, key, position, content)
    SELECT 1, d.key, d.position, d.content
    FROM unnest($1::text[], $2::bigint[], $3::text[]) AS d(key, position, content)
    ON CONFLICT (generation, key) DO UPDATE SET position = EXCLUDED.position, content = EXCLUDED.content";
const UPSERT_JSONB: &str = "INSERT INTO form (generation, key, position, content)
    SELECT 1, d.key, d.position, d.content::jsonb
    FROM unnest($1::text[], $2::bigint[], $3::text[]) AS d(key, position, content)
    ON CONFLICT (generation, key) DO UPDATE SET position = EXCLUDED.position, content = EXCLUDED.content";

pub(crate) async fn compare(scratch: &Scratch) -> anyhow::Result<()> {
    println!("\n500 documents of {KEYS} a transaction, {ROUNDS} times:");
    let pool = scratch.pool().await;
    for (name, table, statements) in FORMS {
        let mut connection = pool.acquire().await?;
        let create = format!(
            "DROP TABLE IF EXISTS form; \
             CREATE TABLE form (position bigint NOT NULL, generation integer NOT NULL, key text COLLATE \"C\" NOT NULL, \
             content {table})"
        );
        connection
            .execute(sqlx::raw_sql(AssertSqlSafe(create)))
            .await?;
        for first in (0..KEYS).step_by(5_000) {
            write(
                &mut connection,
                statements,
                (first..first + 5_000).collect(),
            )
            .await?;
        }
        connection.execute("VACUUM ANALYZE form").await?;
        connection.execute("CHECKPOINT").await?;
        let mut times = Times::default();
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..ROUNDS {
            let keys = (0..500).map(|_| random.i64(0..KEYS)).collect();
            times.time(write(&mut connection, statements, keys)).await?;
        }
        let size: String =
            sqlx::query_scalar("SELECT pg_size_pretty(pg_total_relation_size('form'))")
                .fetch_one(&mut *connection)
                .await?;
        println!("{name:52} {times}, {size}");
    }
    Ok(())
}

async fn write(
    connection: &mut PgConnection,
    statements: &'static [&'static str],
    mut numbers: Vec<i64>,
) -> anyhow::Result<()> {
    numbers.sort_unstable();
    numbers.dedup();
    let keys: Vec<_> = numbers
        .iter()
        .map(|number| format!("{number:032}"))
        .collect();
    let contents: Vec<_> = numbers
        .iter()
        .map(|number| format!("{{\"owner\":\"Ada Lovelace\",\"balance\":{number},\"deposits\":12,\"withdrawals\":3,\"last\":\"2026-11-21T00:00:00Z\"}}"))
        .collect();
    let mut transaction = sqlx::Connection::begin(connection).await?;
    for statement in statements {
        sqlx::query(*statement)
            .bind(&keys)
            .bind(&numbers)
            .bind(&contents)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

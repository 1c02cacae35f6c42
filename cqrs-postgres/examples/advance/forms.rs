//! Ways to write 500 documents, on tables of their own.

use cqrs_postgres::scratch::{self, Scratch};
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

/// The forms take turns, so that what else the machine does meets all of them.
pub(crate) async fn compare(scratch: &Scratch) -> anyhow::Result<()> {
    println!("\n500 documents of {KEYS} a transaction, {ROUNDS} times:");
    let pool = scratch.pool().await;
    let mut connection = pool.acquire().await?;
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(scratch::settings())))
        .await?;
    let mut forms = Vec::new();
    for (number, (name, columns, statements)) in FORMS.iter().enumerate() {
        let table = format!("form_{number}");
        let create = format!(
            "CREATE TABLE {table} (position bigint NOT NULL, generation integer NOT NULL, key text COLLATE \"C\" NOT NULL, \
             content {columns})"
        );
        connection.execute(AssertSqlSafe(create)).await?;
        let statements: Vec<_> = statements
            .iter()
            .map(|statement| statement.replace("form ", &format!("{table} ")))
            .collect();
        for first in (0..KEYS).step_by(5_000) {
            let keys = (first..first + 5_000).collect();
            write(&mut connection, &statements, keys).await?;
        }
        let vacuum = format!("VACUUM ANALYZE {table}");
        connection.execute(AssertSqlSafe(vacuum)).await?;
        forms.push((name, table, statements, Times::default()));
    }
    connection.execute("CHECKPOINT").await?;
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..ROUNDS {
        for (_, _, statements, times) in &mut forms {
            let keys = (0..500).map(|_| random.i64(0..KEYS)).collect();
            times.time(write(&mut connection, statements, keys)).await?;
        }
    }
    for (name, table, _, times) in forms {
        let size = format!("SELECT pg_size_pretty(pg_total_relation_size('{table}'))");
        let size: String = sqlx::query_scalar(AssertSqlSafe(size))
            .fetch_one(&mut *connection)
            .await?;
        println!("{name:52} {times}, {size}");
    }
    Ok(())
}

async fn write(
    connection: &mut PgConnection,
    statements: &[String],
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
        sqlx::query(AssertSqlSafe(statement.clone()))
            .bind(&keys)
            .bind(&numbers)
            .bind(&contents)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

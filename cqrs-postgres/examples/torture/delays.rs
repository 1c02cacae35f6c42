//! Delays inside the functions of the log, where a scheduler could stall them: what has a window of microseconds
//! otherwise is hit often.

use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Row};

use crate::plan::Plan;

const SLEEP: &str = "PERFORM pg_sleep(CASE WHEN random() < 0.3 THEN random() * 0.008 ELSE 0 END);";

/// The functions as they were.
pub(crate) struct Original(Vec<String>);

/// Stalls between reading the sequence and taking the floor, between the floor and drawing positions, and, in the
/// reader's function, between reading the sequence and looking for floors.
pub(crate) async fn add(pool: &PgPool, plan: &Plan) -> anyhow::Result<Original> {
    let mut originals = Vec::new();
    for function in ["append_batch", "settled_position"] {
        let definition = format!(
            "SELECT pg_get_functiondef('\"{}\".{function}'::regproc)",
            plan.schema
        );
        let definition: String = sqlx::query(AssertSqlSafe(definition))
            .fetch_one(pool)
            .await?
            .try_get(0)?;
        let mut delayed = definition.clone();
        for place in [
            ".positions p;",
            ".positions'::regclass), 0);",
            "lock_shared(floor_key) IS NULL;",
        ] {
            delayed = delayed.replace(place, &format!("{place} {SLEEP}"));
        }
        anyhow::ensure!(delayed != definition, "{function} has no place for a delay");
        sqlx::raw_sql(AssertSqlSafe(delayed)).execute(pool).await?;
        originals.push(definition);
    }
    Ok(Original(originals))
}

/// Takes the delays away.
pub(crate) async fn remove(pool: &PgPool, original: Original) -> anyhow::Result<()> {
    for definition in original.0 {
        sqlx::raw_sql(AssertSqlSafe(definition))
            .execute(pool)
            .await?;
    }
    Ok(())
}

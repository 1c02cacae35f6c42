//! Delays inside the functions of the log, where a scheduler could stall them: what has a window of microseconds
//! otherwise is hit often.

use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Row};

use crate::plan::Plan;

const SLEEP: &str = "pg_sleep(CASE WHEN random() < 0.3 THEN random() * 0.008 ELSE 0 END)";

/// Where an append has read the sequence, in the midst of an expression.
const FLOOR: &str = ".positions'::regclass), 0)";

/// The functions as they were.
pub(crate) struct Original(Vec<String>);

/// Stalls between reading the sequence and taking the floor, between the floor and drawing positions, and, in the
/// reader's function, between reading the sequence and looking for floors.
pub(crate) async fn add(pool: &PgPool, plan: &Plan) -> anyhow::Result<Original> {
    let mut originals = Vec::new();
    let after = |place: &str| (place.to_owned(), format!("{place} PERFORM {SLEEP};"));
    let before = |place: &str| (place.to_owned(), format!("PERFORM {SLEEP}; {place}"));
    let floor = || {
        let stalled = format!("{FLOOR} + CASE WHEN {SLEEP} IS NULL THEN 0 ELSE 0 END");
        (FLOOR.to_owned(), stalled)
    };
    let functions = [
        (
            "append_batch",
            vec![floor(), before("WITH seen AS MATERIALIZED (")],
        ),
        (
            "append_one",
            vec![floor(), before("IF stream_expected >= 0 THEN")],
        ),
        ("settled_position", vec![after(".positions p;")]),
    ];
    for (function, places) in functions {
        let definition = format!(
            "SELECT pg_get_functiondef('\"{}\".{function}'::regproc)",
            plan.schema
        );
        let definition: String = sqlx::query(AssertSqlSafe(definition))
            .fetch_one(pool)
            .await?
            .try_get(0)?;
        let mut delayed = definition.clone();
        for (place, stalled) in places {
            anyhow::ensure!(
                delayed.contains(&place),
                "{function} has no {place:?} to delay"
            );
            delayed = delayed.replace(&place, &stalled);
        }
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

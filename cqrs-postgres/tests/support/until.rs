//! Waiting for what the server does, by asking it, and not by the clock.

use std::time::Duration;

use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Row};

/// Nothing in a test takes longer, on any machine.
const LONGEST: Duration = Duration::from_mins(1);

/// Asks until a count is as it must be.
///
/// # Panics
///
/// When it does not become so.
async fn until(what: &str, pool: &PgPool, count: &str, holds: impl Fn(i64) -> bool) {
    let asking = async {
        loop {
            let row = sqlx::query(AssertSqlSafe(count)).fetch_one(pool).await;
            if holds(row.unwrap().get(0)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let came = tokio::time::timeout(LONGEST, asking).await;
    assert!(came.is_ok(), "{what} within {LONGEST:?}");
}

/// Until a statement that mentions this, and the schema, waits for a lock.
#[allow(dead_code, reason = "not every test needs it")]
pub(crate) async fn waits_for_a_lock(pool: &PgPool, schema: &str, statement: &str) {
    let count = format!(
        "SELECT count(*) FROM pg_stat_activity \
         WHERE wait_event_type = 'Lock' AND query LIKE '%{schema}%{statement}%' AND pid <> pg_backend_pid()"
    );
    until("a statement waits", pool, &count, |count| count > 0).await;
}

/// Until such a statement waits for a lock; then its backend is ended, by the function of the server that has this name.
#[allow(dead_code, reason = "not every test needs it")]
pub(crate) async fn it_waits_and_is_ended_by(
    function: &str,
    pool: &PgPool,
    schema: &str,
    statement: &str,
) {
    let count = format!(
        "SELECT count({function}(pid)) FROM pg_stat_activity \
         WHERE wait_event_type = 'Lock' AND query LIKE '%{schema}%{statement}%' AND pid <> pg_backend_pid()"
    );
    until("a statement to end waits", pool, &count, |count| count > 0).await;
}

/// Until no statement that mentions the schema is under way, but for those of this pool, which must be idle.
#[allow(dead_code, reason = "not every test needs it")]
pub(crate) async fn nothing_is_under_way(pool: &PgPool, schema: &str) {
    let count = format!(
        "SELECT count(*) FROM pg_stat_activity \
         WHERE state <> 'idle' AND query LIKE '%{schema}%' AND pid <> pg_backend_pid()"
    );
    until("the server is idle", pool, &count, |count| count == 0).await;
}

/// Until the server's statistics tell of so many new rows of a table. A session that ends reports all that it did at once,
/// so that they tell of everything else that those sessions did as well.
#[allow(dead_code, reason = "not every test needs it")]
pub(crate) async fn statistics_tell_of(pool: &PgPool, table: &str, rows: i64) {
    let count = format!(
        "SELECT COALESCE(sum(n_tup_ins), 0)::bigint FROM pg_stat_user_tables \
         WHERE schemaname = current_schema() AND relname = '{table}'"
    );
    until("the statistics", pool, &count, |count| count >= rows).await;
}

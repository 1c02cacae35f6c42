//! Plans of statements, and which indexes they use.

use cqrs_postgres::scratch::{Scratch, settings};
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, Row};

/// The plan of a statement of `src/sql`, as the server makes it without knowing the parameters.
pub(crate) async fn plan(
    scratch: &Scratch,
    pool: &PgPool,
    statement: &str,
    types: &str,
    values: &str,
) -> String {
    let statement = statement.replace("{schema}", &format!("\"{}\"", scratch.schema()));
    let mut connection = pool.acquire().await.unwrap();
    let prepare = format!(
        "{}; DEALLOCATE ALL; SET plan_cache_mode = force_generic_plan; PREPARE one ({types}) AS {statement}",
        settings()
    );
    sqlx::raw_sql(AssertSqlSafe(prepare))
        .execute(&mut *connection)
        .await
        .unwrap();
    let explain = format!("EXPLAIN EXECUTE one ({values})");
    let rows = sqlx::raw_sql(AssertSqlSafe(explain))
        .fetch_all(&mut *connection)
        .await
        .unwrap();
    let lines: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    lines.join("\n")
}

pub(crate) fn assert_uses(plan: &str, indexes: &[&str]) {
    assert!(!plan.contains("Seq Scan"), "{plan}");
    for index in indexes {
        let used =
            plan.contains(&format!("using {index} ")) || plan.contains(&format!("on {index} "));
        assert!(used, "{index} is not used:\n{plan}");
    }
}

//! Kills writers.

use std::time::Duration;

use sqlx::postgres::PgPool;

use crate::plan::Plan;

/// Terminates or cancels a random writer's connection every 50 ms; ends when it is aborted.
pub(crate) async fn kill(
    plan: Plan,
    pool: PgPool,
    kills: std::sync::Arc<std::sync::atomic::AtomicUsize>,
) {
    loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let statement = match fastrand::bool() {
            true => {
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 \
                 ORDER BY random() LIMIT 1"
            }
            false => {
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = $1 \
                 AND state <> 'idle' ORDER BY random() LIMIT 1"
            }
        };
        let killed = sqlx::query(statement)
            .bind(plan.victims())
            .fetch_optional(&pool)
            .await;
        if matches!(killed, Ok(Some(_))) {
            kills.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    }
}

//! The same log with its events partitioned by hash, for comparison.

use sqlx::AssertSqlSafe;
use sqlx::postgres::PgPool;

/// Puts a partitioned table in place of the empty one, with the same columns, indexes and triggers.
pub(crate) async fn make(pool: &PgPool, partitions: u32) -> anyhow::Result<()> {
    let mut sql = String::from(
        "CREATE TABLE parted (LIKE events INCLUDING DEFAULTS) PARTITION BY HASH (key);
         ALTER TABLE parted ADD PRIMARY KEY (position, key), ADD UNIQUE (event_id, key), ADD UNIQUE (key, category, version);
         CREATE INDEX ON parted (category COLLATE \"POSIX\", position);
         CREATE INDEX ON parted (name, position);
         DO $$
         DECLARE
             gate text := pg_get_triggerdef((SELECT oid FROM pg_trigger WHERE tgrelid = 'events'::regclass AND tgname = 'gate'));
         BEGIN
             DROP TABLE events;
             ALTER TABLE parted RENAME TO events;
             EXECUTE gate;
         END
         $$;
         CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events
             FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();",
    );
    sql.extend((0..partitions).map(|number| {
        format!(
            "CREATE TABLE events_{number} PARTITION OF events
                 FOR VALUES WITH (MODULUS {partitions}, REMAINDER {number});"
        )
    }));
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await?;
    Ok(())
}

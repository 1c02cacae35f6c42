//! Migrations: what the schema was, and how it becomes what the code expects.

use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor, Row};

use crate::connect_error::ConnectError;
use crate::schema::Schema;
use crate::sqlstate::store_error;
use crate::statements::{Statements, sql};

/// All migrations in their order; the number of the first is 1. Never edited once released.
const MIGRATIONS: [(&str, &str); 12] = [
    ("log", include_str!("../migrations/0001_log.sql")),
    ("feed", include_str!("../migrations/0002_feed.sql")),
    ("append", include_str!("../migrations/0003_append.sql")),
    (
        "processors",
        include_str!("../migrations/0004_processors.sql"),
    ),
    ("advance", include_str!("../migrations/0005_advance.sql")),
    ("leases", include_str!("../migrations/0006_leases.sql")),
    (
        "generations",
        include_str!("../migrations/0007_generations.sql"),
    ),
    (
        "projections",
        include_str!("../migrations/0008_projections.sql"),
    ),
    ("import", include_str!("../migrations/0009_import.sql")),
    (
        "append_one",
        include_str!("../migrations/0010_append_one.sql"),
    ),
    ("inline", include_str!("../migrations/0011_inline.sql")),
    (
        "snapshots",
        include_str!("../migrations/0012_snapshots.sql"),
    ),
];

/// Held while migrations are taken, in any schema of the database: logs look for a namespace that no other has.
const LOCK: &str = "SELECT pg_advisory_xact_lock(1668510067, 1)";

/// Takes the migrations that the schema does not have yet, all in one transaction. Many processes may do so at once.
pub(crate) async fn migrate(
    connection: &mut PgConnection,
    schema: &Schema,
    statements: &Statements,
) -> Result<(), ConnectError> {
    let begin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = 0; \
                 SET LOCAL statement_timeout = 0";
    let mut transaction = connection.begin_with(begin).await.map_err(store_error)?;
    // A program that needs no migration waits for nobody, and needs no right to create anything.
    if exists(&mut transaction, schema).await?
        && taken(&mut transaction, schema, statements).await? == known()
    {
        transaction.rollback().await.map_err(store_error)?;
        return Ok(());
    }
    transaction.execute(LOCK).await.map_err(store_error)?;
    let create = include_str!("sql/create_migrations.sql");
    if !exists(&mut transaction, schema).await? {
        let create = sqlx::raw_sql(sql(schema, create));
        transaction.execute(create).await.map_err(store_error)?;
    }
    let taken = taken(&mut transaction, schema, statements).await?;
    for (number, (name, text)) in (1_i32..).zip(MIGRATIONS) {
        if taken >= number {
            continue;
        }
        tracing::debug!(
            schema = schema.name(),
            number,
            name,
            "cqrs_postgres.migrate"
        );
        let migration = sqlx::raw_sql(sql(schema, text));
        transaction.execute(migration).await.map_err(store_error)?;
        let record = sqlx::query(statements.record_migration.clone());
        let record = record.bind(number).bind(name);
        transaction.execute(record).await.map_err(store_error)?;
    }
    transaction.commit().await.map_err(store_error)?;
    Ok(())
}

async fn exists(connection: &mut PgConnection, schema: &Schema) -> Result<bool, ConnectError> {
    let statement = include_str!("sql/has_migrations.sql");
    let row = sqlx::query(statement)
        .persistent(false)
        .bind(schema.name())
        .fetch_one(connection)
        .await;
    row.and_then(|row| row.try_get(0))
        .map_err(|error| store_error(error).into())
}

/// The last migration that was taken, 0 for none.
async fn taken(
    connection: &mut PgConnection,
    schema: &Schema,
    statements: &Statements,
) -> Result<i32, ConnectError> {
    let row = sqlx::query(statements.find_migrations.clone())
        .persistent(false)
        .fetch_one(connection)
        .await;
    let found: i32 = row.and_then(|row| row.try_get(0)).map_err(store_error)?;
    let known = known();
    if found > known {
        let schema = schema.name().to_owned();
        return Err(ConnectError::Newer {
            schema,
            found,
            known,
        });
    }
    Ok(found)
}

fn known() -> i32 {
    i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX)
}

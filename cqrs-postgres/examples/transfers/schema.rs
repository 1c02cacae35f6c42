//! A schema that nobody else uses, with those of its projections.

use cqrs_postgres::scratch::Scratch;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// Dropped with this value.
pub(crate) struct Schema(Scratch);

impl Schema {
    pub(crate) fn new() -> Self {
        Self(Scratch::new())
    }

    pub(crate) fn url(&self) -> &str {
        self.0.url()
    }

    pub(crate) fn name(&self) -> &str {
        self.0.schema()
    }
}

impl Drop for Schema {
    /// On a thread of its own: the runtime may be the one that ends.
    fn drop(&mut self) {
        let (url, schema) = (self.url().to_owned(), self.name().to_owned());
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.map(|runtime| runtime.block_on(drop_places(&url, &schema)))
        });
        if !matches!(dropped.join(), Ok(Ok(Ok(())))) {
            eprintln!("schemas {}_… could not be dropped", self.name());
        }
    }
}

async fn drop_places(url: &str, schema: &str) -> Result<(), sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    let statement = format!(
        "SET lock_timeout = '10s'; SET client_min_messages = warning; \
         DO $$ DECLARE place text; BEGIN FOR place IN SELECT nspname FROM pg_namespace \
         WHERE starts_with(nspname, '{schema}_') LOOP EXECUTE format('DROP SCHEMA %I CASCADE', place); END LOOP; END $$"
    );
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(statement)))
        .await?;
    connection.close().await
}

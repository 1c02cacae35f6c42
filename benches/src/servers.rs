//! The database servers of a run.

use anyhow::{Context, Result, ensure};
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};

use crate::contenders::Needs;
use crate::database::Database;
use crate::options::Options;

/// The oldest version that `Needs::NewerPostgres` takes.
const NEWER: i32 = 160_000;

/// The first version that copies a database through its log.
const COPIES_BY_LOG: i32 = 150_000;

/// The server of the run, and a newer one where a contender needs it.
#[derive(Debug)]
pub(crate) struct Servers {
    pub(crate) usual: Server,
    newer: Option<Server>,
}

/// One server.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) pool: PgPool,
    url: String,
    number: i32,
}

impl Servers {
    pub(crate) async fn connect(options: &Options) -> Result<Self> {
        let url = options
            .url
            .as_deref()
            .context("no database: set DATABASE_URL")?;
        let newer = match &options.newer_url {
            Some(url) if !url.is_empty() => Some(Server::connect(url).await?),
            _ => None,
        };
        Ok(Self {
            usual: Server::connect(url).await?,
            newer,
        })
    }

    /// The server for a contender; `None` when it needs none.
    pub(crate) fn server(&self, needs: Needs) -> Result<Option<&Server>> {
        match needs {
            Needs::OwnServer => Ok(None),
            Needs::Postgres => Ok(Some(&self.usual)),
            Needs::NewerPostgres => {
                let server = self.newer.as_ref().unwrap_or(&self.usual);
                ensure!(
                    server.number >= NEWER,
                    "it needs PostgreSQL 16 or newer: set NEWER_DATABASE_URL, or run with --postgres 16"
                );
                Ok(Some(server))
            }
        }
    }

    /// The newer server, where there is one.
    pub(crate) const fn newer(&self) -> Option<&Server> {
        self.newer.as_ref()
    }

    /// Drops the databases that were kept for several cells.
    pub(crate) async fn clear(&self) {
        for server in [Some(&self.usual), self.newer.as_ref()]
            .into_iter()
            .flatten()
        {
            if let Err(error) = server.clear().await {
                eprintln!("the databases of the benchmark are still there: {error:#}");
            }
        }
    }
}

impl Server {
    async fn connect(url: &str) -> Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(2)
            .connect(url)
            .await
            .context("the database does not answer")?;
        let (number,): (String,) = sqlx::query_as("SHOW server_version_num")
            .fetch_one(&pool)
            .await?;
        Ok(Self {
            pool,
            url: url.to_owned(),
            number: number.parse()?,
        })
    }

    /// The address of a database on this server.
    pub(crate) fn address(&self, database: &str) -> String {
        address(&self.url, database)
    }

    /// Runs a statement that the benchmark made.
    pub(crate) async fn execute(&self, statement: String) -> Result<()> {
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// How a database is copied without a log of each page: since PostgreSQL 15 that has to be asked for.
    pub(crate) const fn copies_files(&self) -> &'static str {
        if self.number >= COPIES_BY_LOG {
            " STRATEGY FILE_COPY"
        } else {
            ""
        }
    }

    /// Vacuums and analyses all tables of a database.
    pub(crate) async fn vacuum(&self, database: &str) -> Result<()> {
        let mut connection = PgConnection::connect(&self.address(database)).await?;
        sqlx::raw_sql("VACUUM (ANALYZE)")
            .execute(&mut connection)
            .await?;
        Ok(connection.close().await?)
    }

    async fn clear(&self) -> Result<()> {
        let names: Vec<(String,)> = sqlx::query_as(
            "SELECT datname::text FROM pg_database WHERE datname LIKE 'cqrs\\_bench\\_%'",
        )
        .fetch_all(&self.pool)
        .await?;
        for (name,) in names {
            Database::drop_named(self, &name).await?;
        }
        Ok(())
    }
}

/// The same address with another database. As text: every driver has options of its own, which others refuse.
fn address(url: &str, database: &str) -> String {
    let (place, options) = match url.split_once('?') {
        Some((place, options)) => (place, format!("?{options}")),
        None => (url, String::new()),
    };
    let (scheme, rest) = place.split_once("://").unwrap_or(("postgres", place));
    let host = rest.split('/').next().unwrap_or_default();
    format!("{scheme}://{host}/{database}{options}")
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn only_the_database_of_an_address_changes() {
        for (url, expected) in [
            ("postgres://ada@h:1/a", "postgres://ada@h:1/b"),
            ("postgres://h", "postgres://h/b"),
            ("postgres:///a?host=/run", "postgres:///b?host=/run"),
        ] {
            assert_eq!(address(url, "b"), expected);
        }
    }
}

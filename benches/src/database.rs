//! A database for one run, or for all runs on one grown log.

use anyhow::{Context, Result};

use crate::cell::Cell;
use crate::servers::Server;

/// A database of the benchmark.
#[derive(Debug)]
pub(crate) struct Database {
    name: String,
    /// It is filled once and used by several cells.
    is_kept: bool,
}

impl Database {
    /// An empty database; for a cell with a grown log, the one that the cells before have filled.
    pub(crate) async fn open(server: &Server, cell: &Cell) -> Result<Self> {
        let is_kept = cell.log > 0;
        let name = if is_kept {
            format!("cqrs_bench_log_{}_{}", cell.program, cell.log)
        } else {
            "cqrs_bench_run".to_owned()
        };
        let exists: (bool,) =
            sqlx::query_as("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
                .bind(&name)
                .fetch_one(&server.pool)
                .await?;
        if exists.0 && !is_kept {
            Self::drop_named(server, &name).await?;
        }
        if !exists.0 || !is_kept {
            server
                .execute(format!("CREATE DATABASE \"{name}\""))
                .await
                .context("can't make a database for the run")?;
        }
        // Nobody pays for the pages that the one before has left.
        server.execute("CHECKPOINT".to_owned()).await?;
        Ok(Self { name, is_kept })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) async fn close(self, server: &Server) -> Result<()> {
        if self.is_kept {
            return Ok(());
        }
        Self::drop_named(server, &self.name).await
    }

    pub(crate) async fn drop_named(server: &Server, name: &str) -> Result<()> {
        server
            .execute(format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)"))
            .await
    }
}

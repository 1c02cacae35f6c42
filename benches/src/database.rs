//! A database for one run, or for all runs on one grown log.

use anyhow::{Context, Result};
use bench_harness::Work;

use crate::cell::Planned;
use crate::servers::Server;

/// A log that is longer than this is used as it is, since a copy takes longer than a measurement. What is measured on it
/// stays in it; a shorter one would be another one after some of them.
const MOST_COPIED: u64 = 2_000_000;

/// A database of the benchmark.
#[derive(Debug)]
pub(crate) struct Database {
    name: String,
    /// It is filled once and used by several measurements.
    is_kept: bool,
}

impl Database {
    /// An empty database; for a cell with a grown log, that log or a copy of it; for a cell that only reads, the one that the
    /// round before has filled.
    pub(crate) async fn open(server: &Server, planned: &Planned) -> Result<Self> {
        let cell = &planned.cell;
        let reads = matches!(cell.work, Work::Load | Work::Replay);
        let (name, is_kept) = if cell.log > MOST_COPIED {
            (Self::grown(planned), true)
        } else if reads {
            let (work, length) = (cell.work, cell.length);
            let name = format!("cqrs_bench_{work}_{}_{length}", planned.program);
            (name.replace('-', "_"), true)
        } else {
            ("cqrs_bench_run".to_owned(), false)
        };
        let exists = Self::exists(server, &name).await?;
        if exists && !is_kept {
            Self::drop_named(server, &name).await?;
        }
        if !exists || !is_kept {
            let template = if cell.log > 0 {
                format!(
                    " TEMPLATE \"{}\"{}",
                    Self::grown(planned),
                    server.copies_files()
                )
            } else {
                String::new()
            };
            server
                .execute(format!("CREATE DATABASE \"{name}\"{template}"))
                .await
                .context("can't make a database for the run")?;
        }
        // Nobody pays for the pages that the one before has left.
        server.execute("CHECKPOINT".to_owned()).await?;
        Ok(Self { name, is_kept })
    }

    /// A database whose log is to be filled; `None` when it is filled.
    pub(crate) async fn to_fill(server: &Server, planned: &Planned) -> Result<Option<Self>> {
        let name = Self::grown(planned);
        if planned.cell.log == 0 || Self::exists(server, &name).await? {
            return Ok(None);
        }
        server
            .execute(format!("CREATE DATABASE \"{name}\""))
            .await?;
        let is_kept = true;
        Ok(Some(Self { name, is_kept }))
    }

    /// After it was filled: what a database does by itself sooner or later, so that it does not do it while others are measured.
    pub(crate) async fn settle(&self, server: &Server) -> Result<()> {
        server.vacuum(&self.name).await?;
        server.execute("CHECKPOINT".to_owned()).await
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What was filled half is of no use to anybody.
    pub(crate) async fn close(self, server: &Server, was_good: bool) -> Result<()> {
        if self.is_kept && was_good {
            return Ok(());
        }
        Self::drop_named(server, &self.name).await
    }

    pub(crate) async fn drop_named(server: &Server, name: &str) -> Result<()> {
        server
            .execute(format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)"))
            .await
    }

    fn grown(planned: &Planned) -> String {
        format!("cqrs_bench_log_{}_{}", planned.program, planned.cell.log)
    }

    async fn exists(server: &Server, name: &str) -> Result<bool> {
        let (exists,) =
            sqlx::query_as("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
                .bind(name)
                .fetch_one(&server.pool)
                .await?;
        Ok(exists)
    }
}

//! Fills the log by imports, and compares an import with a COPY of the same rows.

use std::time::{Duration, Instant};

use anyhow::Context;
use cqrs_core::ports::import::ImportEvents;
use cqrs_postgres::Postgres;
use futures::TryStreamExt;
use sqlx::postgres::PgPool;

use crate::content;
use crate::table::Table;

/// Events of a chunk: as many as an append may have.
const CHUNK: u64 = 10_000;

/// How far the log is filled.
#[derive(Default)]
pub(crate) struct Filler {
    pub(crate) events: u64,
}

impl Filler {
    /// Up to so many events; how many a second.
    pub(crate) async fn fill(&mut self, store: &Postgres, until: u64) -> anyhow::Result<f64> {
        let (start, before) = (Instant::now(), self.events);
        // The next chunk is made while one is written.
        let chunk = |from: u64| {
            tokio::task::spawn_blocking(move || {
                let events = from..until.min(from + CHUNK);
                events
                    .map(content::import)
                    .collect::<anyhow::Result<Vec<_>>>()
            })
        };
        let mut next = chunk(self.events);
        while self.events < until {
            let events = next.await??;
            let to = self.events + events.len() as u64;
            next = chunk(to);
            store.import(events).await?;
            self.events = to;
        }
        let seconds = start.elapsed().max(Duration::from_micros(1)).as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        Ok((self.events - before) as f64 / seconds)
    }
}

/// The rows of the last events, by COPY into a table with the same indexes and without a gate, in one go.
pub(crate) async fn against_copy(table: &mut Table, pool: &PgPool) -> anyhow::Result<()> {
    const CREATE: &str = "CREATE TABLE plain (LIKE events INCLUDING ALL)";
    const OUT: &str =
        "COPY (SELECT * FROM events ORDER BY position DESC LIMIT 200000) TO STDOUT (FORMAT binary)";
    sqlx::raw_sql(CREATE).execute(pool).await?;
    let mut connection = pool.acquire().await?;
    let rows = connection.copy_out_raw(OUT).await?;
    let rows: Vec<_> = rows.try_collect().await?;
    let rows = rows.concat();
    let start = Instant::now();
    let mut copy = connection
        .copy_in_raw("COPY plain FROM STDIN (FORMAT binary)")
        .await?;
    copy.send(rows).await?;
    let count = copy.finish().await.context("COPY")?;
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = count as f64 / start.elapsed().as_secs_f64();
    table.row(
        "plain COPY of 200,000 such rows, rows/s",
        format!("{rate:.0}"),
    );
    sqlx::raw_sql("DROP TABLE plain").execute(pool).await?;
    Ok(())
}

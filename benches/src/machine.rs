//! On what it was measured: without that no figure means anything.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::results::median;
use crate::servers::{Server, Servers};
use crate::slow_disk::SlowDisk;

/// How often a page is synced to find out how long that takes.
const SYNCS: usize = 200;

/// The settings of the server that matter for the figures.
const SETTINGS: [&str; 14] = [
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "wal_level",
    "wal_sync_method",
    "commit_delay",
    "shared_buffers",
    "wal_buffers",
    "max_wal_size",
    "checkpoint_timeout",
    "max_connections",
    "jit",
    "autovacuum",
    "max_worker_processes",
];

/// The machine and its servers.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) cores: usize,
    pub(crate) processor: String,
    pub(crate) memory_gib: u64,
    pub(crate) system: String,
    /// The median time to make a page of 8 KiB durable, in the folder for temporary files.
    pub(crate) sync_microseconds: f64,
    /// How many microseconds more a sync of the servers takes, where the disk was slowed.
    pub(crate) sync_delay: Option<u64>,
    /// The same time to make a page durable, with the slowed disk.
    pub(crate) slowed_sync_microseconds: Option<f64>,
    pub(crate) postgres: Vec<Postgres>,
}

/// A server.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Postgres {
    pub(crate) version: String,
    /// The median time of the smallest transaction that is durable, over one connection: with a slowed disk it shows.
    #[serde(default)]
    pub(crate) commit_microseconds: f64,
    pub(crate) settings: Vec<(String, String)>,
}

impl Machine {
    pub(crate) async fn describe(servers: &Servers, slow_disk: Option<&SlowDisk>) -> Result<Self> {
        let mut postgres = vec![describe(&servers.usual).await?];
        if let Some(newer) = servers.newer() {
            postgres.push(describe(newer).await?);
        }
        Ok(Self {
            cores: thread::available_parallelism()?.get(),
            processor: line("/proc/cpuinfo", "model name"),
            memory_gib: line("/proc/meminfo", "MemTotal")
                .split(' ')
                .next()
                .and_then(|kibibytes| kibibytes.parse::<u64>().ok())
                .unwrap_or_default()
                >> 20,
            system: system(),
            sync_microseconds: sync_time()?,
            sync_delay: slow_disk.map(|disk| disk.microseconds),
            slowed_sync_microseconds: slow_disk.map(SlowDisk::measured).transpose()?,
            postgres,
        })
    }
}

async fn describe(server: &Server) -> Result<Postgres> {
    let (version,): (String,) = sqlx::query_as("SHOW server_version")
        .fetch_one(&server.pool)
        .await?;
    let settings: Vec<(String, String)> = sqlx::query_as(
        "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY($1) ORDER BY name",
    )
    .bind(SETTINGS.map(str::to_owned).to_vec())
    .fetch_all(&server.pool)
    .await?;
    let commit_microseconds = commit_time(server).await?;
    Ok(Postgres {
        version,
        commit_microseconds,
        settings,
    })
}

/// An empty message in the log: what is written and synced, and nothing else.
async fn commit_time(server: &Server) -> Result<f64> {
    let mut connection = server.pool.acquire().await?;
    let mut times = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        let began = Instant::now();
        sqlx::query("SELECT pg_logical_emit_message(true, '', '')")
            .execute(&mut *connection)
            .await?;
        times.push(microseconds(began.elapsed()));
    }
    Ok(median(times).unwrap_or_default())
}

/// The value of the first line of a file that begins with this.
fn line(file: &str, name: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name));
    let value = line.and_then(|line| line.split_once(':'));
    value.map_or_else(|| "unknown".into(), |(_, value)| value.trim().into())
}

fn system() -> String {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{} {}", std::env::consts::OS, release.trim())
}

/// Writes one page again and again, as a database its log.
fn sync_time() -> Result<f64> {
    let mut file: File = tempfile::tempfile()?;
    let page = [7_u8; 8_192];
    let mut times = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&page)?;
        let began = Instant::now();
        file.sync_data()?;
        times.push(microseconds(began.elapsed()));
    }
    Ok(median(times).unwrap_or_default())
}

fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

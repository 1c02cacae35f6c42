//! How the driver starts a contender.

use std::time::Duration;

use crate::work::Work;

/// What to measure, and on what.
#[derive(Clone, Debug, clap::Parser)]
#[command(about = "One contender of the benchmark; the driver starts it")]
pub struct Settings {
    /// Says what the contender is, and ends.
    #[arg(long)]
    pub describe: bool,
    /// The way of using the library.
    #[arg(long, default_value = "")]
    pub variant: String,
    /// The work.
    #[arg(long, value_enum, default_value = "own-accounts")]
    pub work: Work,
    /// The database, for those who need one.
    #[arg(long, env = "DATABASE_URL", default_value = "", hide_env_values = true)]
    pub url: String,
    /// How many connections a pool has at most; the same for all.
    #[arg(long, default_value_t = 32)]
    pub pool: u32,
    /// How many tasks want something at the same time.
    #[arg(long, default_value_t = 1)]
    pub tasks: usize,
    /// For how long.
    #[arg(long, default_value_t = 1_000)]
    pub milliseconds: u64,
    /// Only fills the empty log up to so many events, for measurements that come later, and does no work.
    #[arg(long, default_value_t = 0)]
    pub fill: u64,
    /// How many events the log has already. Then only what comes is counted: a long log takes seconds to count.
    #[arg(long, default_value_t = 0)]
    pub log: u64,
    /// How many events the accounts have that are loaded, or the log that is read.
    #[arg(long, default_value_t = 1_000)]
    pub length: u32,
    /// Which of several processes on one database this is, from 0.
    #[arg(long, default_value_t = 0)]
    pub node: u32,
}

impl Settings {
    /// For how long.
    #[must_use]
    pub const fn time(&self) -> Duration {
        Duration::from_millis(self.milliseconds)
    }
}

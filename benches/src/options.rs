//! What the caller asks for.

use std::path::PathBuf;

/// Options of the benchmark.
#[derive(Debug, clap::Parser)]
#[command(args_override_self = true)]
pub(crate) struct Options {
    /// Under five minutes: fewer tasks, short runs, small logs.
    #[arg(long)]
    pub(crate) quick: bool,
    /// All of it in this time, compiling not counted: how long a run is and how often it is made is chosen to fit, 3 times at least.
    #[arg(long, value_name = "MINUTES", conflicts_with_all = ["rounds", "milliseconds"])]
    pub(crate) minutes: Option<f64>,
    /// Writes everything that was measured to this file, after each measurement.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Goes on with a run that was cut: what this file has is not measured again.
    #[arg(long, value_name = "FILE")]
    pub(crate) resume: Option<PathBuf>,
    /// Measures nothing: makes tables, goals and plot from this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Draws throughput and latency against the number of tasks into this file.
    #[arg(long, value_name = "FILE", default_value = "target/bench.svg")]
    pub(crate) plot: PathBuf,
    /// How often everything is measured; 2 in quick mode, else 5.
    #[arg(long)]
    rounds: Option<u32>,
    /// How long each run takes; 500 in quick mode, else 4,000.
    #[arg(long)]
    milliseconds: Option<u64>,
    /// The largest log, in events; 100,000 in quick mode, else 10 million.
    #[arg(long)]
    largest_log: Option<u64>,
    /// The servers run with a disk on which a sync takes so many microseconds more. `cargo xtask bench` starts them so.
    #[arg(long, value_name = "MICROSECONDS", requires = "slow_disk")]
    pub(crate) sync_delay: Option<u64>,
    /// The library that slows the disk; its probe is beside it.
    #[arg(long, value_name = "FILE")]
    pub(crate) slow_disk: Option<PathBuf>,
    /// How many connections each contender has at most.
    #[arg(long, default_value_t = 32)]
    pub(crate) pool: u32,
    /// Only works with this in their name.
    #[arg(long)]
    pub(crate) work: Option<String>,
    /// Only contenders with this in their name.
    #[arg(long)]
    pub(crate) contender: Option<String>,
    /// The database.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub(crate) url: Option<String>,
    /// A database of PostgreSQL 16 or newer, for contenders that need one; without it, the same.
    #[arg(long, env = "NEWER_DATABASE_URL", hide_env_values = true)]
    pub(crate) newer_url: Option<String>,
}

impl Options {
    pub(crate) fn rounds(&self) -> u32 {
        self.rounds.unwrap_or(if self.quick { 2 } else { 5 }).max(1)
    }

    /// How often a run is made whose preparation takes longer than itself.
    pub(crate) fn rounds_of_heavy_work(&self) -> u32 {
        if self.quick { 1 } else { self.rounds() }
    }

    pub(crate) fn milliseconds(&self) -> u64 {
        self.milliseconds
            .unwrap_or(if self.quick { 500 } else { 4_000 })
            .max(1)
    }

    pub(crate) fn largest_log(&self) -> u64 {
        let usual = if self.quick { 100_000 } else { 10_000_000 };
        self.largest_log.unwrap_or(usual)
    }

    pub(crate) const fn tasks(&self) -> &'static [usize] {
        if self.quick {
            &[1, 32, 512]
        } else {
            &[1, 8, 32, 128, 512]
        }
    }
}

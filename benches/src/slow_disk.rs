//! A disk that is slower than the machine's: `slow-disk/` in the servers' processes.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::options::Options;

/// The variable of the library that says by how many microseconds. It stands in `slow-disk/src/lib.rs` too.
const MICROSECONDS: &str = "SLOW_DISK_MICROSECONDS";

/// The loader's variable.
const PRELOAD: &str = "LD_PRELOAD";

/// The program that measures a sync, beside the library.
const PROBE: &str = "slow-disk-probe";

/// By how much, and with which library.
#[derive(Clone, Debug)]
pub(crate) struct SlowDisk {
    pub(crate) microseconds: u64,
    library: PathBuf,
}

impl SlowDisk {
    /// What the caller has asked for. PostgreSQL was started with it; other servers are started by their contenders.
    pub(crate) fn asked(options: &Options) -> Result<Option<Self>> {
        let Some(microseconds) = options.sync_delay.filter(|delay| *delay > 0) else {
            return Ok(None);
        };
        let library = options
            .slow_disk
            .clone()
            .context("--sync-delay needs the library: ask `cargo xtask bench` for it")?;
        ensure!(library.exists(), "{} is not there", library.display());
        Ok(Some(Self {
            microseconds,
            library,
        }))
    }

    /// What a program has to have in its environment, and gives to those that it starts.
    pub(crate) fn environment(&self) -> [(&'static str, String); 2] {
        let library = self.library.display().to_string();
        [
            (PRELOAD, library),
            (MICROSECONDS, self.microseconds.to_string()),
        ]
    }

    /// What a sync takes with it, in microseconds.
    pub(crate) fn measured(&self) -> Result<f64> {
        let probe = self.library.with_file_name(PROBE);
        let output = Command::new(&probe)
            .envs(self.environment())
            .output()
            .with_context(|| format!("can't run {}", probe.display()))?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(
            output.status.success() && complaint.is_empty(),
            "{}: {}",
            probe.display(),
            complaint.trim()
        );
        let printed = String::from_utf8_lossy(&output.stdout);
        let measured: f64 = printed.trim().parse().context("no number")?;
        ensure!(
            measured >= number(self.microseconds),
            "a sync takes {measured} µs, so the disk is not slowed by {} µs",
            self.microseconds
        );
        Ok(measured)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "nobody waits for 2^52 microseconds"
)]
fn number(count: u64) -> f64 {
    count as f64
}

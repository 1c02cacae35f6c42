//! When a started server takes connections.

use std::fs;
use std::path::Path;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::bail;

use crate::interrupt;

/// A slow disk makes the first start slow.
const PATIENCE: Duration = Duration::from_mins(2);

/// What became of a start.
#[derive(Debug, PartialEq)]
pub(crate) enum Readiness {
    /// It takes connections.
    Ready,
    /// Somebody else listens on its port.
    PortTaken,
}

/// Waits until the server says so in its lock file, as `pg_ctl` does: that needs no client.
pub(crate) fn wait(process: &mut Child, data: &Path, log: &Path) -> anyhow::Result<Readiness> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        interrupt::check()?;
        if let Some(status) = process.try_wait()? {
            let log = fs::read_to_string(log).unwrap_or_default();
            if log.contains("could not bind") {
                return Ok(Readiness::PortTaken);
            }
            bail!("PostgreSQL ended at its start ({status}); its log says:\n{log}");
        }
        if fs::read_to_string(data.join("postmaster.pid")).is_ok_and(|content| says_ready(&content))
        {
            return Ok(Readiness::Ready);
        }
        thread::sleep(Duration::from_millis(20));
    }
    bail!(
        "PostgreSQL is not ready after {} s; its log is {}",
        PATIENCE.as_secs(),
        log.display()
    )
}

/// The eighth line of `postmaster.pid` is the server's status, padded with spaces.
fn says_ready(lock_file: &str) -> bool {
    lock_file
        .lines()
        .nth(7)
        .is_some_and(|status| status.trim() == "ready")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_status_of_the_lock_file() {
        let lock_file = "4711\n/tmp/data\n1700000000\n5432\n\n127.0.0.1\n  123 4\n";
        assert!(!says_ready(lock_file));
        assert!(!says_ready(&format!("{lock_file}starting\n")));
        assert!(says_ready(&format!("{lock_file}ready   \n")));
    }
}

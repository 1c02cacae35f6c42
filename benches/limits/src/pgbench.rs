//! pgbench: a one-row INSERT by PostgreSQL's own program.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use bench_harness::{Outcome, Recorder, Settings, Totals};
use tempfile::TempDir;
use tokio::process::Command;

const SCRIPT: &str = include_str!("pgbench.sql");

/// The variable that says where the program is.
const PROGRAM: &str = "PGBENCH";

/// The most clients: the server takes 200 connections, and more clients than this are no faster.
const MOST_CLIENTS: usize = 128;

/// So many clients for so long.
pub(crate) async fn run(settings: &Settings) -> Result<Outcome> {
    let folder = TempDir::with_prefix("bench-pgbench-")?;
    let script = folder.path().join("insert.sql");
    std::fs::write(&script, SCRIPT)?;
    let program = std::env::var_os(PROGRAM).map_or_else(|| "pgbench".into(), PathBuf::from);
    let clients = settings.tasks.min(MOST_CLIENTS).to_string();
    let threads = settings.tasks.min(2).to_string();
    // It counts whole seconds.
    let seconds = settings.milliseconds.div_ceil(1_000).max(1);
    let output = Command::new(&program)
        .current_dir(folder.path())
        .args(["--no-vacuum", "--protocol=prepared", "--client", &clients])
        .args(["--jobs", &threads, "--time", &seconds.to_string()])
        .args(["--log", "--log-prefix=transactions", "--sampling-rate=0.2"])
        .arg("--file")
        .arg(&script)
        .arg(&settings.url)
        .output()
        .await
        .with_context(|| {
            format!(
                "can't run {}: install it (Debian: postgresql, others: postgresql-contrib), or say where it is with {PROGRAM}",
                program.display()
            )
        })?;
    let printed = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success(),
        "pgbench failed: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    outcome(&printed, folder.path())
}

/// Reads `number of transactions actually processed: 41` and `tps = 20.5 (without initial connection time)`.
fn outcome(printed: &str, folder: &Path) -> Result<Outcome> {
    let after = |label: &str| {
        let line = printed.lines().find_map(|line| line.strip_prefix(label));
        line.and_then(|rest| rest.split_whitespace().next())
    };
    let transactions = after("number of transactions actually processed:")
        .and_then(|number| number.parse::<u32>().ok());
    let rate = after("tps =").and_then(|number| number.parse::<f64>().ok());
    let (Some(transactions), Some(rate)) = (transactions, rate) else {
        bail!("pgbench printed something else than expected: {printed}");
    };
    let operations = u64::from(transactions);
    Ok(Outcome {
        operations,
        seconds: f64::from(transactions) / rate,
        recorded: Totals {
            events: operations,
            amount: operations,
        },
        latency: latencies(folder)?.latency(),
        ..Outcome::default()
    })
}

/// The third word of each line of the logs is a transaction's time in microseconds.
fn latencies(folder: &Path) -> Result<Recorder> {
    let mut recorder = Recorder::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "sql") {
            continue;
        }
        for line in std::fs::read_to_string(&path)?.lines() {
            let time = line.split(' ').nth(2).and_then(|time| time.parse().ok());
            recorder.record(Duration::from_micros(
                time.with_context(|| format!("{} has `{line}`", path.display()))?,
            ));
        }
    }
    Ok(recorder)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::outcome;

    #[test]
    fn reads_what_pgbench_prints_and_logs() {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("transactions.1"), "0 1 250 0 17 5\n").unwrap();
        let printed = "transaction type: insert.sql\nnumber of transactions actually processed: 41\n\
                       latency average = 1.5 ms\ntps = 20.500000 (without initial connection time)\n";
        let outcome = outcome(printed, folder.path()).unwrap();
        assert_eq!((outcome.operations, outcome.recorded.events), (41, 41));
        assert!((outcome.seconds - 2.0).abs() < 0.001);
        assert!((outcome.latency.unwrap().p50 - 250.0).abs() < 1.0);
    }
}

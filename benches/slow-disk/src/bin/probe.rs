//! Makes a page durable again and again, as a database its log, and prints the median of the microseconds that it takes.
//!
//! Started with the library in `LD_PRELOAD`, it tells what the slowed disk takes.

use std::env;
use std::fs::{self, File};
use std::io::{Result, Seek, SeekFrom, Write};
use std::process::ExitCode;
use std::time::Instant;

/// How often, unless the first argument says something else.
const SYNCS: usize = 200;

fn main() -> ExitCode {
    let given = env::args().nth(1).and_then(|count| count.parse().ok());
    match median(given.unwrap_or(SYNCS)) {
        Ok(microseconds) => {
            println!("{microseconds:.2}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn median(count: usize) -> Result<f64> {
    let path = env::temp_dir().join(format!("slow-disk-probe-{}", std::process::id()));
    let mut file = File::create_new(&path)?;
    // It has no name any more, so that nothing is left however this ends.
    fs::remove_file(&path)?;
    let page = [7_u8; 8_192];
    let mut times = Vec::with_capacity(count);
    for _ in 0..count.max(1) {
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&page)?;
        let began = Instant::now();
        file.sync_data()?;
        times.push(began.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

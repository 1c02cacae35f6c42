//! What the library does to a program that it is loaded into.
#![cfg(target_os = "linux")]

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

const SYNCS: u32 = 10;

const DELAY: Duration = Duration::from_millis(20);

/// The library, where cargo puts it: beside the tests.
fn library() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let beside = tests.parent().unwrap();
    let places = [beside, beside.parent().unwrap()];
    let mut files = places
        .map(|place| place.join("libslow_disk.so"))
        .into_iter();
    files
        .find(|file| file.exists())
        .expect("no library was built")
}

/// How long a program takes that syncs so often, and what it says of one sync.
fn probe(delay: Option<&str>) -> (Duration, f64) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slow-disk-probe"));
    command.arg(SYNCS.to_string()).env("LD_PRELOAD", library());
    if let Some(delay) = delay {
        command.env("SLOW_DISK_MICROSECONDS", delay);
    }
    let began = Instant::now();
    let output = command.output().unwrap();
    let took = began.elapsed();
    let stderr = String::from_utf8_lossy(&output.stderr);
    // The loader only complains about a library that it can't load.
    assert!(output.status.success() && stderr.is_empty(), "{stderr}");
    let printed = String::from_utf8(output.stdout).unwrap();
    (took, printed.trim().parse().unwrap())
}

#[test]
fn each_sync_takes_so_much_longer() {
    let (took, each) = probe(Some("20000"));
    assert!(took >= DELAY * SYNCS, "{took:?}");
    assert!(each >= 20_000.0, "{each}");
    // Much more than that is not the library's.
    let (_, usual) = probe(None);
    assert!(usual < each, "{usual} {each}");
}

#[test]
fn what_is_no_number_slows_nothing() {
    let (_, each) = probe(Some("much"));
    let (_, slowed) = probe(Some("20000"));
    assert!(each < slowed, "{each} {slowed}");
}

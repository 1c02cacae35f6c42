//! How much memory the process has: flat, if all is well.

use std::fs;

use serde::{Deserialize, Serialize};

/// Resident memory, in bytes; 0 where the system does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// When the work began.
    pub before: u64,
    /// When half of its time was over; 0 for a work that ended before.
    pub middle: u64,
    /// When it ended.
    pub after: u64,
    /// The most at any time.
    pub peak: u64,
}

impl Memory {
    /// What the process has now.
    #[must_use]
    pub fn now() -> u64 {
        field("VmRSS:")
    }

    /// The most that the process had.
    #[must_use]
    pub fn peak() -> u64 {
        field("VmHWM:")
    }
}

fn field(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|kibibytes| kibibytes.parse::<u64>().ok())
        .unwrap_or_default()
        * 1_024
}

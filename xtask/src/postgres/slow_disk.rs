//! A server whose disk is slower than the machine's: `benches/slow-disk` loaded into it. Linux only.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

use crate::{interrupt, workspace};

/// The file of the library. The server's memory shows whether it was loaded: the loader only complains.
const LIBRARY: &str = "libslow_disk.so";

/// How much slower, and what makes it so.
#[derive(Clone, Debug)]
pub(crate) struct SlowDisk {
    microseconds: u64,
    library: PathBuf,
}

impl SlowDisk {
    /// Compiles the library.
    pub(crate) fn build(microseconds: u64) -> anyhow::Result<Self> {
        ensure!(
            cfg!(target_os = "linux"),
            "a slower disk is made by a library for LD_PRELOAD, which only Linux has"
        );
        let benches = workspace::root().join("benches");
        let mut cargo = workspace::cargo();
        cargo
            .args(["build", "--release", "--locked", "--package", "slow-disk"])
            .arg("--manifest-path")
            .arg(benches.join("Cargo.toml"));
        let status = interrupt::run(&mut cargo)?;
        interrupt::check()?;
        ensure!(status.success(), "benches/slow-disk does not build");
        let target = std::env::var_os("CARGO_TARGET_DIR");
        let target =
            workspace::root().join(target.map_or_else(|| benches.join("target"), PathBuf::from));
        let library = target.join("release").join(LIBRARY);
        Ok(Self {
            microseconds,
            library,
        })
    }

    /// Where it is, with the program that measures a sync beside it.
    pub(crate) fn library(&self) -> &Path {
        &self.library
    }

    /// Copies the library to where the server's user finds it, and lets the server load it.
    pub(super) fn give_to(&self, server: &mut Command, directory: &Path) -> anyhow::Result<()> {
        let copy = directory.join(LIBRARY);
        fs::copy(&self.library, &copy)
            .and_then(|_| fs::set_permissions(&copy, Permissions::from_mode(0o755)))
            .with_context(|| format!("can't copy {}", self.library.display()))?;
        server
            .env("LD_PRELOAD", copy)
            .env("SLOW_DISK_MICROSECONDS", self.microseconds.to_string())
            // Others write with a flag that makes each write durable, which the library can't slow.
            .args(["-c", "wal_sync_method=fdatasync"]);
        Ok(())
    }

    /// An error if the process runs without the library.
    pub(super) fn check(process: u32) -> anyhow::Result<()> {
        let maps = fs::read_to_string(format!("/proc/{process}/maps"))
            .context("can't see what the server has loaded")?;
        ensure!(
            maps.contains(LIBRARY),
            "the server runs without {LIBRARY}: its log says why"
        );
        Ok(())
    }
}

#[cfg(test)]
impl SlowDisk {
    /// This file instead of the library.
    pub(super) fn imitation(library: PathBuf) -> Self {
        Self {
            microseconds: 1,
            library,
        }
    }
}

//! The versions that a lock file names.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

#[derive(Deserialize)]
struct Lock {
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
}

/// Each of these crates with its version. A crate can be there in several: `name@0.9` says which is meant.
pub(crate) fn of(lock: &Path, crates: &[String]) -> Result<Vec<(String, String)>> {
    let text =
        fs::read_to_string(lock).with_context(|| format!("can't read {}", lock.display()))?;
    let parsed: Lock =
        toml::from_str(&text).with_context(|| format!("can't read {}", lock.display()))?;
    let is_meant = |package: &Package| {
        crates.iter().any(|name| match name.split_once('@') {
            None => *name == package.name,
            Some((name, version)) => name == package.name && package.version.starts_with(version),
        })
    };
    let named = parsed.package.into_iter().filter(is_meant);
    Ok(named
        .map(|package| (package.name, package.version))
        .collect())
}

//! `cargo xtask features`: each feature of each crate alone, since features that only work together are found by
//! users, not by `--all-features`.

use std::process::ExitCode;

use cargo_metadata::Package;

use crate::{interrupt, workspace};

/// Runs clippy rather than `cargo check`, so that a warning which one feature alone brings (an unused import) is
/// an error here too.
pub(crate) fn run() -> anyhow::Result<ExitCode> {
    let metadata = workspace::metadata()?;
    for package in metadata.workspace_packages() {
        for features in alone(package) {
            println!(
                "{} with {}",
                package.name,
                features.as_deref().unwrap_or("no feature")
            );
            let mut cargo = workspace::cargo();
            cargo.args([
                "clippy",
                "--quiet",
                "--package",
                &package.name,
                "--no-default-features",
            ]);
            cargo.args(features.iter().flat_map(|feature| ["--features", feature]));
            let status = interrupt::run(cargo.args(["--", "-D", "warnings"]))?;
            if !status.success() {
                return Ok(interrupt::exit_code(status));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The choices to check for one package: none, and each feature by itself. A package without features has nothing
/// that the workspace's own checks don't see.
fn alone(package: &Package) -> Vec<Option<String>> {
    let features: Vec<_> = package
        .features
        .keys()
        .filter(|name| *name != "default")
        .cloned()
        .map(Some)
        .collect();
    if features.is_empty() {
        features
    } else {
        [vec![None], features].concat()
    }
}

//! Compiles the contenders, each by itself, so that one that no longer builds is named and the others run.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use bench_harness::Description;

use crate::contenders::{Built, Contender, PROGRAMS, Program};
use crate::options::Options;
use crate::versions;

/// The variable that names the compiler for protocol buffers, which UmaDB needs to be built.
const PROTOC: &str = "PROTOC";

/// Every program of the list, built or with the reason why not.
pub(crate) fn all(options: &Options) -> Vec<Contender> {
    let wanted = |program: &&Program| {
        let asked = options.contender.as_deref().unwrap_or_default();
        // Variants have names of their own, which only the program knows.
        asked.is_empty()
            || asked.contains("ours") == program.package.contains("ours")
            || !asked.contains("ours")
    };
    let compiled = PROGRAMS.iter().filter(wanted).map(|program| {
        eprintln!("compiling {}", program.binary);
        let built = build(*program).map_err(|error| format!("{error:#}"));
        if let Err(error) = &built {
            eprintln!("  does not build: {error}");
        }
        Contender {
            program: *program,
            built,
        }
    });
    compiled.collect()
}

fn build(program: Program) -> Result<Built> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = program
        .own_folder
        .map_or_else(|| root.to_owned(), |own| root.join(own));
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(&folder)
        .args(["build", "--release", "--locked", "--quiet", "--package"])
        .args([program.package, "--bins"])
        .env("CARGO_TARGET_DIR", &target)
        .stdin(Stdio::null());
    if env::var_os(PROTOC).is_none()
        && let Ok(protoc) = protoc_bin_vendored::protoc_bin_path()
    {
        command.env(PROTOC, protoc);
    }
    let output = command.output().context("can't run cargo")?;
    if !output.status.success() {
        bail!("{}", first_error(&String::from_utf8_lossy(&output.stderr)));
    }
    let path = target.join("release").join(program.binary);
    let description = describe(&path)?;
    let versions = versions::of(&folder.join("Cargo.lock"), &description.crates)?;
    Ok(Built {
        path,
        description,
        versions,
    })
}

fn describe(path: &Path) -> Result<Description> {
    let output = Command::new(path)
        .arg("--describe")
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("can't run {}", path.display()))?;
    ensure!(
        output.status.success(),
        "{} does not say what it is",
        path.display()
    );
    serde_json::from_slice(&output.stdout)
        .with_context(|| format!("{} says something else", path.display()))
}

/// The first error of a compiler's many lines, with the line below that says where.
fn first_error(printed: &str) -> String {
    let mut lines = printed
        .lines()
        .skip_while(|line| !line.starts_with("error"));
    let error = lines.next().unwrap_or("cargo build failed");
    let place = lines.next().map(str::trim).unwrap_or_default();
    format!("{error} {place}").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::first_error;

    #[test]
    fn keeps_the_first_error_and_its_place() {
        let printed = "warning: unused\n --> a.rs:1:1\nerror[E0432]: unresolved import\n  --> b.rs:11:12\nerror: two\n";
        assert_eq!(
            first_error(printed),
            "error[E0432]: unresolved import --> b.rs:11:12"
        );
    }
}

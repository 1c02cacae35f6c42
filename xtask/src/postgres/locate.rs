//! Finds the servers that the machine has: package managers put them in folders that are not on the PATH.

use std::cmp::Reverse;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::installation::{Installation, OLDEST_MAJOR};

/// Where installers put PostgreSQL, with `*` for its version.
const KNOWN_FOLDERS: [&str; 10] = [
    "/usr/lib/postgresql/*/bin",                          // Debian, Ubuntu
    "/usr/lib/postgresql*/bin",                           // openSUSE
    "/usr/pgsql-*/bin",         // PostgreSQL's own packages for Fedora and Red Hat
    "/usr/libexec/postgresql*", // Alpine
    "/usr/local/pgsql/bin",     // built from source
    "/opt/homebrew/opt/postgresql@*/bin", // macOS, Apple silicon
    "/usr/local/opt/postgresql@*/bin", // macOS, Intel
    "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin", // Homebrew on Linux
    "/Applications/Postgres.app/Contents/Versions/*/bin", // macOS, Postgres.app
    "/Library/PostgreSQL/*/bin", // macOS, EDB's installer
];

/// The first server of this major version, or of any that cqrs-postgres works on.
///
/// What the developer put on the PATH comes first, then the newest of each place.
pub(crate) fn find(major: Option<u32>) -> Option<Installation> {
    let folders = on_path()
        .into_iter()
        .chain(from_pg_config())
        .chain(KNOWN_FOLDERS.iter().flat_map(|p| matching(p)));
    first(folders, major)
}

fn first(folders: impl IntoIterator<Item = PathBuf>, major: Option<u32>) -> Option<Installation> {
    folders
        .into_iter()
        .filter_map(|folder| Installation::in_folder(&folder))
        .find(|found| match major {
            Some(major) => found.major() == major,
            None => found.major() >= OLDEST_MAJOR,
        })
}

fn on_path() -> Vec<PathBuf> {
    env::var_os("PATH")
        .map(|path| env::split_paths(&path).collect())
        .unwrap_or_default()
}

fn from_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().into())
}

/// The folders that match `pattern`, the newest version first: 18 before 9.6, unlike in the alphabet.
fn matching(pattern: &str) -> Vec<PathBuf> {
    let mut folders: Vec<_> = glob::glob(pattern)
        .map(|paths| paths.flatten().collect())
        .unwrap_or_default();
    folders.sort_by_key(|folder| Reverse(numbers(folder)));
    folders
}

fn numbers(folder: &Path) -> Vec<u32> {
    let name = folder.to_string_lossy();
    name.split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postgres::server::imitation;

    #[test]
    fn the_newest_version_of_a_place_comes_first() {
        let place = tempfile::tempdir().unwrap();
        for version in ["9.6", "15", "18", "13"] {
            imitation::install(&place.path().join(version).join("bin"), version, "");
        }
        let pattern = place.path().join("*/bin").display().to_string();
        let version_of =
            |major| first(matching(&pattern), major).map(|found| found.version().to_owned());
        assert_eq!(version_of(None).as_deref(), Some("18"));
        assert_eq!(version_of(Some(15)).as_deref(), Some("15"));
        assert_eq!(version_of(Some(14)), None);
    }

    #[test]
    fn what_is_too_old_or_no_server_is_passed_over() {
        let place = tempfile::tempdir().unwrap();
        let folder = |name: &str| place.path().join(name);
        imitation::install(&folder("old"), "12.22", "");
        imitation::install(&folder("good"), "16.1", "");
        std::fs::create_dir(folder("empty")).unwrap();
        let found = first(["missing", "empty", "old", "good"].map(folder), None).unwrap();
        assert_eq!(found.version(), "16.1");
    }
}

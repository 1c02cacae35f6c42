//! One server's programs on this machine.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest major version that cqrs-postgres works on.
pub(crate) const OLDEST_MAJOR: u32 = 13;

/// A folder with `initdb` and `postgres`.
#[derive(Debug, Clone)]
pub(crate) struct Installation {
    programs: PathBuf,
    version: String,
    major: u32,
    origin: String,
}

impl Installation {
    /// The programs in `folder`, if they are there and run.
    pub(crate) fn in_folder(folder: &Path) -> Option<Self> {
        // What is on the PATH may be a link to a folder that has the server's libraries and files beside it.
        let real = folder.join("postgres").canonicalize().ok()?;
        let folder = [real.parent()?, folder]
            .into_iter()
            .find(|folder| folder.join("initdb").is_file())?
            .to_owned();
        let output = Command::new(folder.join("postgres"))
            .arg("--version")
            .output()
            .ok()?;
        let version = version(&String::from_utf8_lossy(&output.stdout))?;
        let origin = folder.display().to_string();
        Some(Self {
            major: major(&version)?,
            version,
            origin,
            programs: folder,
        })
    }

    /// The same, with another word on where it came from.
    pub(crate) fn with_origin(self, origin: impl Into<String>) -> Self {
        Self {
            origin: origin.into(),
            ..self
        }
    }

    /// The folder of the programs.
    pub(crate) fn programs(&self) -> &Path {
        &self.programs
    }

    /// The version as people write it, such as 15.18.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// The first number of the version.
    pub(crate) fn major(&self) -> u32 {
        self.major
    }

    /// Where it came from, for people.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }
}

/// The version in what `postgres --version` prints: `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn version(printed: &str) -> Option<String> {
    let (_, rest) = printed.split_once("(PostgreSQL)")?;
    rest.split_whitespace().next().map(str::to_owned)
}

/// The first number of a version, which may be `18beta1`.
fn major(version: &str) -> Option<u32> {
    let digits = version
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(version.len());
    version[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_version_that_a_server_prints() {
        for (printed, expected) in [
            (
                "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n",
                ("15.18", 15),
            ),
            ("postgres (PostgreSQL) 18.4\n", ("18.4", 18)),
            ("postgres (PostgreSQL) 19beta1\n", ("19beta1", 19)),
        ] {
            let version = version(printed).unwrap();
            assert_eq!((version.as_str(), major(&version).unwrap()), expected);
        }
        assert_eq!(version("something else 15"), None);
    }
}

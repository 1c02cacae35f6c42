//! The PostgreSQL server that tests run on.

mod embedded;
mod guard;
mod install;
mod installation;
mod locate;
mod owner;
mod server;
mod slow_disk;

use std::env;
use std::process::Command;

use server::Server;
pub(crate) use slow_disk::SlowDisk;

use crate::workspace;

/// The environment variable that names the database, here and in every test.
const DATABASE_URL: &str = "DATABASE_URL";

/// A database to run something on. A throw-away server stops when this is dropped.
#[derive(Debug)]
pub(crate) enum Database {
    /// Somebody else's server.
    Given(String),
    /// Our own.
    ThrowAway(Server),
}

impl Database {
    /// The server of `DATABASE_URL`, else a throw-away one. Who asks for a major version gets a throw-away one.
    pub(crate) fn open(major: Option<u32>) -> anyhow::Result<Self> {
        match env::var(DATABASE_URL) {
            Ok(url) if major.is_none() && !url.is_empty() => {
                eprintln!("PostgreSQL of {DATABASE_URL}: {}", without_secrets(&url));
                Ok(Self::Given(url))
            }
            _ => Self::throw_away(major),
        }
    }

    /// A throw-away server, of the given major version or of what the machine has.
    pub(crate) fn throw_away(major: Option<u32>) -> anyhow::Result<Self> {
        Self::throw_away_on(major, None)
    }

    /// The same, on a disk that is slower than the machine's.
    pub(crate) fn throw_away_on(
        major: Option<u32>,
        slow_disk: Option<&SlowDisk>,
    ) -> anyhow::Result<Self> {
        let installation = match (locate::find(major), major) {
            (Some(installation), _) => installation,
            (None, Some(major)) => embedded::fetch(major)?,
            (None, None) => install::with_package_manager()?,
        };
        let server = Server::start(&installation, &workspace::cache(), slow_disk)?;
        eprintln!(
            "PostgreSQL {} from {}: {}",
            installation.version(),
            installation.origin(),
            server.description()
        );
        Ok(Self::ThrowAway(server))
    }

    /// Where to connect.
    pub(crate) fn url(&self) -> &str {
        match self {
            Self::Given(url) => url,
            Self::ThrowAway(server) => server.url(),
        }
    }

    /// The first number of its version, where it is our own.
    pub(crate) fn major(&self) -> Option<u32> {
        match self {
            Self::Given(_) => None,
            Self::ThrowAway(server) => Some(server.major()),
        }
    }

    /// Lets `command` know where to connect.
    pub(crate) fn give_to(&self, command: &mut Command) {
        if let Self::ThrowAway(_) = self {
            forget_client_settings(command);
        }
        command.env(DATABASE_URL, self.url());
    }
}

/// Removes `PGPORT`, `PGSSLMODE`, `PGOPTIONS` and the like: they are meant for another server than ours.
fn forget_client_settings(command: &mut Command) {
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
}

/// The address without user, password and options, which have no place in a log.
fn without_secrets(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let rest = rest.split('?').next().unwrap_or_default();
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}/{database}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_secrets() {
        assert_eq!(
            without_secrets("postgres://ada:p@ss@db.example:5432/orders?password=secret"),
            "postgres://db.example:5432/orders"
        );
        assert_eq!(
            without_secrets("postgres:///orders?host=/run"),
            "postgres:///orders"
        );
        assert_eq!(
            without_secrets("postgres://127.0.0.1"),
            "postgres://127.0.0.1/"
        );
    }
}

//! Who takes part.

use std::path::PathBuf;

use bench_harness::Description;
use serde::{Deserialize, Serialize};

/// A program to compile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Program {
    /// Its package and binary.
    pub(crate) package: &'static str,
    /// Its binary, where that is not the package's name.
    pub(crate) binary: &'static str,
    /// A folder with a lock file of its own, for packages outside the workspace.
    pub(crate) own_folder: Option<&'static str>,
    /// Which server it runs on.
    pub(crate) needs: Needs,
    /// Whether it is ours, whose numbers the goals are about.
    pub(crate) role: Role,
}

/// What a contender needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// The server of the run.
    Postgres,
    /// PostgreSQL 16 or newer.
    NewerPostgres,
    /// A server that it starts by itself.
    OwnServer,
}

/// Why a contender takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Role {
    Ours,
    /// What users would pick instead.
    Peer,
    /// A specialised store without a framework.
    Store,
    /// What the database can do.
    Limit,
}

/// All programs, in the order of the report. A new contender is a line here and a package.
pub(crate) const PROGRAMS: [Program; 8] = [
    Program {
        package: "bench-ours",
        binary: "bench-ours",
        own_folder: None,
        needs: Needs::Postgres,
        role: Role::Ours,
    },
    Program {
        package: "bench-ours",
        binary: "bench-ours-counting",
        own_folder: None,
        needs: Needs::Postgres,
        role: Role::Ours,
    },
    peer("bench-cqrs-es", None, Needs::Postgres),
    peer("bench-esrs", None, Needs::Postgres),
    peer("bench-disintegrate", None, Needs::NewerPostgres),
    peer(
        "bench-eventually",
        Some("peers/eventually"),
        Needs::Postgres,
    ),
    Program {
        package: "bench-umadb",
        binary: "bench-umadb",
        own_folder: None,
        needs: Needs::OwnServer,
        role: Role::Store,
    },
    Program {
        package: "bench-limits",
        binary: "bench-limits",
        own_folder: None,
        needs: Needs::Postgres,
        role: Role::Limit,
    },
];

/// What the issue names and what is not there yet, with the reason.
pub(crate) const MISSING: [(&str, &str); 1] =
    [("ours on SQLite", "there is no SQLite backend yet")];

const fn peer(package: &'static str, own_folder: Option<&'static str>, needs: Needs) -> Program {
    Program {
        package,
        binary: package,
        own_folder,
        needs,
        role: Role::Peer,
    }
}

impl Program {
    /// Whether it only counts allocations, and its times say nothing.
    pub(crate) fn only_counts(&self) -> bool {
        self.binary != self.package
    }
}

/// A program that was compiled, and what it says about itself; or why there is none.
#[derive(Debug)]
pub(crate) struct Contender {
    pub(crate) program: Program,
    pub(crate) built: Result<Built, String>,
}

#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) path: PathBuf,
    pub(crate) description: Description,
    /// Names and versions of its crates, from the lock file.
    pub(crate) versions: Vec<(String, String)>,
}

//! Shell scripts in place of `initdb` and `postgres`, so that the tests of this folder need no server.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A server that says that it is ready, and waits.
pub(crate) const RUN: &str =
    r#"printf '%s\n\n\n\n\n\n\nready\n' $$ > "$data/postmaster.pid"; exec sleep 60"#;

/// Writes both programs to `folder`. `postgres` does `script` with the data directory in `$data`.
pub(crate) fn install(folder: &Path, version: &str, script: &str) {
    fs::create_dir_all(folder).unwrap();
    let postgres = format!(
        "#!/bin/sh\n[ \"$1\" = --version ] && exec echo 'postgres (PostgreSQL) {version}'\ndata=$2\n{script}\n"
    );
    let initdb = "#!/bin/sh\nfor data; do :; done\nmkdir \"$data\"\n".to_owned();
    for (name, content) in [("postgres", postgres), ("initdb", initdb)] {
        let file = folder.join(name);
        fs::write(&file, content).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o755)).unwrap();
    }
}

//! Shell scripts in place of `initdb` and `postgres`, so that the tests of this folder need no server.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// A server that says that it is ready, and waits.
pub(crate) const RUN: &str =
    r#"printf '%s\n\n\n\n\n\n\nready\n' $$ > "$data/postmaster.pid"; exec sleep 60"#;

/// Writes both programs to `folder`. `postgres` does `script` with the data directory in `$data`.
///
/// This process never has a program open for writing: a child that another test forks in that moment would have it open too, and until
/// that child is another program, the kernel refuses to run this one (`ETXTBSY`). So `cp` makes the program.
pub(crate) fn install(folder: &Path, version: &str, script: &str) {
    fs::create_dir_all(folder).unwrap();
    let postgres = format!(
        "#!/bin/sh\n[ \"$1\" = --version ] && exec echo 'postgres (PostgreSQL) {version}'\ndata=$2\n{script}\n"
    );
    let initdb = "#!/bin/sh\nfor data; do :; done\nmkdir \"$data\"\n".to_owned();
    for (name, content) in [("postgres", postgres), ("initdb", initdb)] {
        let text = folder.join(format!("{name}.sh"));
        fs::write(&text, content).unwrap();
        fs::set_permissions(&text, Permissions::from_mode(0o755)).unwrap();
        let copied = Command::new("cp")
            .args([&text, &folder.join(name)])
            .status()
            .unwrap();
        assert!(copied.success());
    }
}

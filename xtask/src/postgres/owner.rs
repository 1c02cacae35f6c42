//! The user that the server runs as. PostgreSQL refuses to run as root.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::Context;
use nix::unistd::{Uid, User};

/// Users that exist on most machines and may do nothing special, the best first.
const UNPRIVILEGED: [&str; 3] = ["postgres", "nobody", "daemon"];

/// Who runs the server: whoever runs this program, or another user in place of root.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Owner {
    /// Whoever runs this program.
    Myself,
    /// An unprivileged user, since this program runs as root.
    Other { user: u32, group: u32 },
}

impl Owner {
    /// The user for this machine.
    pub(crate) fn choose() -> anyhow::Result<Self> {
        if !Uid::effective().is_root() {
            return Ok(Self::Myself);
        }
        UNPRIVILEGED
            .iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .filter(|user| !user.uid.is_root())
            .map(|user| Self::Other { user: user.uid.as_raw(), group: user.gid.as_raw() })
            .context(
                "PostgreSQL can't run as root, and there is no user `postgres` or `nobody` to run it as: \
                 add one with `useradd --system postgres`, or don't run this as root",
            )
    }

    /// Lets `command` run as this user.
    pub(crate) fn run(self, command: &mut Command) {
        if let Self::Other { user, group } = self {
            // As root, this also leaves the supplementary groups.
            command.uid(user).gid(group);
        }
    }

    /// Makes `path` this user's own.
    pub(crate) fn take(self, path: &Path) -> anyhow::Result<()> {
        if let Self::Other { user, group } = self {
            chown(path, Some(user), Some(group))
                .with_context(|| format!("can't give away {}", path.display()))?;
        }
        Ok(())
    }

    /// Whether this user can list `folder` and run the programs in it.
    pub(crate) fn can_use(self, folder: &Path) -> bool {
        match self {
            Self::Myself => true,
            Self::Other { .. } => others_can_use(folder),
        }
    }
}

/// Whether anybody can enter all parents of `folder` and read the folder itself. A clone below `/root` is closed.
fn others_can_use(folder: &Path) -> bool {
    let allows = |path: &Path, bits: u32| {
        fs::metadata(path)
            .map(|data| data.permissions())
            .is_ok_and(|allowed: Permissions| allowed.mode() & bits == bits)
    };
    folder.canonicalize().is_ok_and(|folder| {
        allows(&folder, 0o005)
            && folder
                .ancestors()
                .skip(1)
                .all(|parent| allows(parent, 0o001))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_parent_closes_the_folder() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("bin");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(parent.path(), Permissions::from_mode(0o700)).unwrap();
        assert!(!others_can_use(&folder));
        fs::set_permissions(parent.path(), Permissions::from_mode(0o711)).unwrap();
        assert_eq!(
            others_can_use(&folder),
            others_can_use(Path::new(&std::env::temp_dir()))
        );
        assert!(!others_can_use(&parent.path().join("missing")));
    }
}

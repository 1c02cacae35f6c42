//! Installs PostgreSQL with the system's package manager, where the machine has none.

use std::env;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail, ensure};
use nix::unistd::Uid;

use super::installation::Installation;
use super::locate;
use crate::interrupt;

/// A package manager and how it installs PostgreSQL.
struct PackageManager {
    program: &'static str,
    /// A shell script.
    script: &'static str,
    /// What a person would type.
    advice: &'static str,
}

const PACKAGE_MANAGERS: [PackageManager; 7] = [
    PackageManager {
        program: "apt-get",
        script: include_str!("install/apt.sh"),
        advice: "apt-get install postgresql",
    },
    PackageManager {
        program: "dnf",
        script: "dnf install -y postgresql-server",
        advice: "dnf install postgresql-server",
    },
    PackageManager {
        program: "yum",
        script: "yum install -y postgresql-server",
        advice: "yum install postgresql-server",
    },
    PackageManager {
        program: "zypper",
        script: "zypper --non-interactive install postgresql-server",
        advice: "zypper install postgresql-server",
    },
    PackageManager {
        program: "pacman",
        script: "pacman -Sy --needed --noconfirm postgresql",
        advice: "pacman -S postgresql",
    },
    PackageManager {
        program: "apk",
        script: "apk add --no-cache postgresql",
        advice: "apk add postgresql",
    },
    PackageManager {
        program: HOMEBREW,
        script: "brew install postgresql",
        advice: "brew install postgresql",
    },
];

/// The one that wants no root, and refuses it.
const HOMEBREW: &str = "brew";

const OTHERWISE: &str = "or set DATABASE_URL to a server that you have";

/// Installs PostgreSQL and finds it.
pub(crate) fn with_package_manager() -> anyhow::Result<Installation> {
    let root = Uid::effective().is_root();
    let plan = plan(root, is_on_path, sudo_works)?;
    eprintln!(
        "no PostgreSQL found: installing it with {}",
        plan.manager.program
    );
    // Its words go to standard error: who runs `cargo xtask postgres` reads our standard output.
    let mut command = Command::new(if plan.sudo { "sudo" } else { "sh" });
    if plan.sudo {
        command.args(["-n", "sh"]);
    }
    let status = interrupt::run(
        command
            .args(["-c", plan.manager.script])
            .stdout(io::stderr()),
    )?;
    interrupt::check()?;
    ensure!(
        status.success(),
        "{} failed: {}",
        plan.manager.program,
        plan.manager.by_hand()
    );
    let found = locate::find(None).with_context(|| {
        format!(
            "{} brought no PostgreSQL that is new enough: install a newer one, {OTHERWISE}",
            plan.manager.program
        )
    })?;
    let origin = format!(
        "{}, just installed with {}",
        found.origin(),
        plan.manager.program
    );
    Ok(found.with_origin(origin))
}

/// What to run.
struct Plan {
    manager: &'static PackageManager,
    sudo: bool,
}

/// Chooses the package manager, or says in one sentence what a person must do.
fn plan(
    root: bool,
    has: impl Fn(&str) -> bool,
    sudo_works: impl Fn() -> bool,
) -> anyhow::Result<Plan> {
    let found = PACKAGE_MANAGERS
        .iter()
        .find(|manager| has(manager.program) && !(root && manager.program == HOMEBREW));
    let Some(manager) = found else {
        bail!(
            "no PostgreSQL found, and no package manager to install it with: install PostgreSQL 13 or later, {OTHERWISE}"
        )
    };
    if root || manager.program == HOMEBREW {
        Ok(Plan {
            manager,
            sudo: false,
        })
    } else if has("sudo") && sudo_works() {
        Ok(Plan {
            manager,
            sudo: true,
        })
    } else {
        bail!(
            "no PostgreSQL found, and installing it needs root: {}",
            manager.by_hand()
        )
    }
}

impl PackageManager {
    fn by_hand(&self) -> String {
        let sudo = if self.program == HOMEBREW {
            ""
        } else {
            "sudo "
        };
        format!("run `{sudo}{}`, {OTHERWISE}", self.advice)
    }
}

fn is_on_path(program: &str) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| is_program(&folder.join(program))))
}

fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// Whether sudo works without asking for a password.
fn sudo_works() -> bool {
    let sudo = Command::new("sudo")
        .args(["-n", "true"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status();
    sudo.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(
        root: bool,
        programs: &[&str],
        sudo_works: bool,
    ) -> Result<(&'static str, bool), String> {
        plan(root, |program| programs.contains(&program), || sudo_works)
            .map(|plan| (plan.manager.program, plan.sudo))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn root_uses_the_package_manager_as_it_is() {
        for manager in ["apt-get", "dnf", "yum", "zypper", "pacman", "apk"] {
            assert_eq!(chosen(true, &[manager, "sudo"], true), Ok((manager, false)));
        }
    }

    #[test]
    fn others_use_sudo_where_it_asks_nothing() {
        assert_eq!(
            chosen(false, &["apt-get", "sudo"], true),
            Ok(("apt-get", true))
        );
        assert_eq!(chosen(false, &["brew"], false), Ok(("brew", false)));
    }

    #[test]
    fn without_the_right_to_install_the_message_says_what_to_run() {
        for (programs, works) in [(&["dnf", "sudo"][..], false), (&["dnf"], true)] {
            let message = chosen(false, programs, works).unwrap_err();
            assert!(
                message.contains("`sudo dnf install postgresql-server`"),
                "{message}"
            );
            assert!(message.contains("DATABASE_URL"), "{message}");
        }
    }

    #[test]
    fn without_a_package_manager_the_message_says_what_to_install() {
        for programs in [&["sudo"][..], &["brew"]] {
            let message = chosen(true, programs, true).unwrap_err();
            assert!(
                message.contains("install PostgreSQL 13 or later"),
                "{message}"
            );
        }
    }
}

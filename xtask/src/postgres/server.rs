//! A throw-away server: fresh data, on 127.0.0.1 only, gone when it is dropped.

#[cfg(test)]
pub(crate) mod imitation;
mod port;
mod ready;

use std::env;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use ready::Readiness;
use tempfile::TempDir;

use super::forget_client_settings;
use super::guard::Guard;
use super::installation::Installation;
use super::owner::Owner;
use super::slow_disk::SlowDisk;
use crate::{interrupt, workspace};

/// Enough for tests that run side by side, each with its own pool.
const CONNECTIONS: u32 = 200;

/// How often another free port is tried when somebody took it first.
const ATTEMPTS: usize = 5;

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    url: String,
    major: u32,
    log: PathBuf,
    process: Option<Child>,
    // Dropped in this order: the guard removes the directory, or else `TempDir` does.
    guard: Guard,
    directory: TempDir,
}

impl Server {
    /// Makes a cluster in a temporary directory and starts it. Its log goes to the folder `logs`.
    ///
    /// The server's settings are the defaults, `fsync` included, so that tests meet what production has.
    pub(crate) fn start(
        installation: &Installation,
        logs: &Path,
        slow_disk: Option<&SlowDisk>,
    ) -> anyhow::Result<Self> {
        let owner = Owner::choose()?;
        let directory = temporary_directory(owner)?;
        let guard = Guard::over(directory.path())?;
        fs::create_dir_all(logs).with_context(|| format!("can't make {}", logs.display()))?;
        let log = logs.join(format!("postgres-{}.log", installation.major()));
        let mut server = Self {
            url: String::new(),
            major: installation.major(),
            log,
            process: None,
            guard,
            directory,
        };

        let programs = server.programs(installation, owner)?;
        server.make_cluster(&programs, owner)?;
        for _ in 0..ATTEMPTS {
            let port = port::free()?;
            server.spawn(&programs, owner, port, slow_disk)?;
            let Some(process) = &mut server.process else {
                continue;
            };
            match ready::wait(process, &server.directory.path().join("data"), &server.log)? {
                Readiness::Ready => {
                    if slow_disk.is_some() {
                        SlowDisk::check(process.id())?;
                    }
                    server.url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
                    return Ok(server);
                }
                Readiness::PortTaken => server.stop(),
            }
        }
        bail!(
            "PostgreSQL finds no free port on 127.0.0.1; its log is {}",
            server.log.display()
        )
    }

    /// Where to connect.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The first number of its version.
    pub(crate) fn major(&self) -> u32 {
        self.major
    }

    /// Where it is and where its log is, for people.
    pub(crate) fn description(&self) -> String {
        format!(
            "throw-away, {}, log in {}",
            self.url,
            workspace::display(&self.log)
        )
    }

    /// The folder of the programs; a copy where `owner` may not enter the original, as in a clone below `/root`.
    fn programs(&self, installation: &Installation, owner: Owner) -> anyhow::Result<PathBuf> {
        let original = installation.programs();
        if owner.can_use(original) {
            return Ok(original.to_path_buf());
        }
        // The programs look for their libraries and files beside their folder.
        let (Some(prefix), Some(name)) = (original.parent(), original.file_name()) else {
            bail!(
                "{} can't be copied for the server's user",
                original.display()
            )
        };
        let copy = self.directory.path().join("programs");
        for command in [
            Command::new("cp").arg("-R").arg(prefix).arg(&copy),
            Command::new("chmod").args(["-R", "a+rX"]).arg(&copy),
        ] {
            let output = command.output().context("can't run cp and chmod")?;
            ensure!(
                output.status.success(),
                "can't copy {} for the server's user: {}",
                prefix.display(),
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(copy.join(name))
    }

    fn make_cluster(&self, programs: &Path, owner: Owner) -> anyhow::Result<()> {
        let initdb = programs.join("initdb");
        let output = self
            .command(&initdb, owner)
            .args([
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--pgdata",
            ])
            .arg(self.directory.path().join("data"))
            .output()
            .with_context(|| format!("can't run {}", initdb.display()))?;
        interrupt::check()?;
        ensure!(
            output.status.success(),
            "{} failed:\n{}{}",
            initdb.display(),
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }

    fn spawn(
        &mut self,
        programs: &Path,
        owner: Owner,
        port: u16,
        slow_disk: Option<&SlowDisk>,
    ) -> anyhow::Result<()> {
        let log = File::create(&self.log)
            .with_context(|| format!("can't write {}", self.log.display()))?;
        let postgres = programs.join("postgres");
        let mut command = self.command(&postgres, owner);
        command
            .arg("-D")
            .arg(self.directory.path().join("data"))
            .args([
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "unix_socket_directories=",
            ])
            .args([
                "-c",
                &format!("port={port}"),
                "-c",
                &format!("max_connections={CONNECTIONS}"),
            ])
            .stdout(log.try_clone()?)
            .stderr(log)
            // Ctrl-C in the terminal is for us; the server must live until the tests have ended.
            .process_group(0);
        if let Some(disk) = slow_disk {
            disk.give_to(&mut command, self.directory.path())?;
        }
        let process = command
            .spawn()
            .with_context(|| format!("can't run {}", postgres.display()))?;
        let id = process.id();
        self.process = Some(process);
        self.guard.watch(id)
    }

    fn command(&self, program: &Path, owner: Owner) -> Command {
        let mut command = Command::new(program);
        forget_client_settings(&mut command);
        // The server's user may not enter the folder that we are in. `ready` reads the log, so it is in English.
        command
            .current_dir(self.directory.path())
            .env("LC_ALL", "C")
            .stdin(Stdio::null());
        owner.run(&mut command);
        command
    }

    /// Stops the server at once: its data is thrown away.
    fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended by itself.
            let _ = kill(Pid::from_raw(process.id().cast_signed()), Signal::SIGQUIT);
            let _ = process.wait();
            self.guard.forget();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// An empty directory that belongs to `owner`.
fn temporary_directory(owner: Owner) -> anyhow::Result<TempDir> {
    // Root's own TMPDIR may be closed to others.
    let usual = env::temp_dir();
    let parent = if owner.can_use(&usual) {
        usual
    } else {
        "/tmp".into()
    };
    let directory = tempfile::Builder::new()
        .prefix("cqrs-postgres-")
        .tempdir_in(&parent)
        .with_context(|| format!("can't make a directory in {}", parent.display()))?;
    fs::set_permissions(directory.path(), Permissions::from_mode(0o700))?;
    owner.take(directory.path())?;
    Ok(directory)
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    /// Starts an imitation of a server that does `script` once its data directory is known.
    fn start(script: &str) -> anyhow::Result<Server> {
        let place = tempfile::tempdir()?;
        let programs = place.path().join("bin");
        imitation::install(&programs, "16.1", script);
        let installation = Installation::in_folder(&programs).context("no installation")?;
        Server::start(&installation, place.path(), None)
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_server_that_did_not_load_the_slow_disk_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let programs = place.path().join("bin");
        imitation::install(&programs, "16.1", imitation::RUN);
        let installation = Installation::in_folder(&programs).unwrap();
        let library = place.path().join("no library");
        fs::write(&library, "").unwrap();
        let disk = SlowDisk::imitation(library);
        let error = Server::start(&installation, place.path(), Some(&disk)).unwrap_err();
        assert!(error.to_string().contains("runs without"), "{error:#}");
    }

    #[test]
    fn nothing_is_left_after_a_drop() {
        let server = start(imitation::RUN).unwrap();
        let directory = server.directory.path().to_owned();
        let id = server.process.as_ref().unwrap().id().cast_signed();
        assert!(server.url().starts_with("postgres://postgres@127.0.0.1:"));
        drop(server);
        assert!(!directory.exists());
        assert!(kill(Pid::from_raw(id), None).is_err());
    }

    #[test]
    fn nothing_is_left_after_a_panic() {
        let mut directory = PathBuf::new();
        let panic = catch_unwind(AssertUnwindSafe(|| {
            let server = start(imitation::RUN).unwrap();
            server.directory.path().clone_into(&mut directory);
            panic!("a test of panics");
        }));
        assert!(panic.is_err());
        assert!(!directory.as_os_str().is_empty() && !directory.exists());
    }

    #[test]
    fn a_server_that_dies_at_once_shows_its_log() {
        let error = start("echo 'FATAL: no memory'; exit 1")
            .unwrap_err()
            .to_string();
        assert!(error.contains("FATAL: no memory"), "{error}");
    }

    #[test]
    fn a_taken_port_is_tried_again_and_not_for_ever() {
        let error = start("echo 'could not bind IPv4 address'; exit 1")
            .unwrap_err()
            .to_string();
        assert!(error.contains("no free port"), "{error}");
    }
}

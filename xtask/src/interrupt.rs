//! Ends what runs, then this program, when somebody asks for it with Ctrl-C or `kill`.
//!
//! A signal must not end this program at once: the throw-away server would be left to its guard, and a `cargo test`
//! would go on without its database. So the signal ends the running command, and the rest follows by returning.

use std::io::{self, Read};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::thread;
use std::time::Duration;

use std::os::unix::process::{CommandExt, ExitStatusExt};

use anyhow::Context;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// What a shell reports for a command that Ctrl-C ended.
pub(crate) const EXIT_CODE: u8 = 130;

/// How long a command has to end by itself before it is killed.
const PATIENCE: Duration = Duration::from_secs(5);

const NO_GROUP: i32 = 0;

static REQUESTED: AtomicBool = AtomicBool::new(false);
static RUNNING_GROUP: AtomicI32 = AtomicI32::new(NO_GROUP);

/// Starts to listen for SIGINT, SIGTERM and SIGHUP.
pub(crate) fn watch() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        REQUESTED.store(true, Ordering::SeqCst);
        signal_running_group(Signal::SIGINT);
        thread::sleep(PATIENCE);
        signal_running_group(Signal::SIGKILL);
    })
    .context("can't listen for Ctrl-C")
}

/// Whether somebody asked this program to end.
pub(crate) fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}

/// An error if somebody asked this program to end.
pub(crate) fn check() -> anyhow::Result<()> {
    anyhow::ensure!(!requested(), "interrupted");
    Ok(())
}

/// Runs `command` to its end, or until this program is asked to end.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<ExitStatus> {
    run_group(command, |_| Ok(()))
}

/// Like [`run`], and gives the command's standard output to `read` as it comes.
pub(crate) fn run_and_read(
    command: &mut Command,
    mut read: impl FnMut(&[u8]),
) -> anyhow::Result<ExitStatus> {
    command.stdout(Stdio::piped());
    run_group(command, |child| {
        let Some(output) = child.stdout.as_mut() else {
            return Ok(());
        };
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match output.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(length) => read(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    })
}

/// The exit status that this program passes on for `status`.
pub(crate) fn exit_code(status: ExitStatus) -> ExitCode {
    if requested() {
        return EXIT_CODE.into();
    }
    let code = status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
    u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// Gives the command a process group of its own, so that a signal reaches its children too: the test programs that
/// `cargo test` starts.
fn run_group(
    command: &mut Command,
    read: impl FnOnce(&mut std::process::Child) -> io::Result<()>,
) -> anyhow::Result<ExitStatus> {
    check()?;
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .with_context(|| format!("can't run {name}"))?;
    RUNNING_GROUP.store(child.id().cast_signed(), Ordering::SeqCst);
    if requested() {
        // The signal came before the group was known.
        signal_running_group(Signal::SIGINT);
    }
    let read = read(&mut child);
    let status = child.wait();
    RUNNING_GROUP.store(NO_GROUP, Ordering::SeqCst);
    read.with_context(|| format!("can't read the output of {name}"))?;
    status.with_context(|| format!("can't wait for {name}"))
}

fn signal_running_group(signal: Signal) {
    let group = RUNNING_GROUP.load(Ordering::SeqCst);
    if group != NO_GROUP {
        // It may just have ended by itself.
        let _ = killpg(Pid::from_raw(group), signal);
    }
}

//! A small process that outlives this one and cleans up after it, so that even `kill -9` leaves nothing behind.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::Context;

/// Removes a directory, and stops the server in it, when this is dropped or this program ends.
#[derive(Debug)]
pub(crate) struct Guard {
    process: Child,
}

impl Guard {
    /// Starts to guard `directory`.
    pub(crate) fn over(directory: &Path) -> anyhow::Result<Self> {
        let process = Command::new("sh")
            .args(["-c", include_str!("guard.sh"), "guard"])
            .arg(directory)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C in the terminal is for us; the guard is needed after it.
            .process_group(0)
            .spawn()
            .context("can't run sh")?;
        Ok(Self { process })
    }

    /// From now on the guard stops this process too.
    pub(crate) fn watch(&mut self, process: u32) -> anyhow::Result<()> {
        self.tell(&process.to_string())
            .context("the guard of the server's directory is gone")
    }

    /// The process has ended: its number may soon be somebody else's.
    pub(crate) fn forget(&mut self) {
        // A guard that is gone has forgotten.
        let _ = self.tell("");
    }

    fn tell(&mut self, line: &str) -> std::io::Result<()> {
        self.process
            .stdin
            .as_mut()
            .map_or(Ok(()), |stdin| writeln!(stdin, "{line}"))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Closes its standard input first.
        let _ = self.process.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use signal_hook::consts::SIGQUIT;

    use super::*;

    /// A process that SIGQUIT ends, as it ends a server, which handles it. What a shell starts with `&` ignores SIGQUIT, as do this
    /// test and its children then; but what a program handles is not ignored by its children.
    fn process() -> Child {
        signal_hook::flag::register(SIGQUIT, Arc::default()).unwrap();
        Command::new("sleep").arg("60").spawn().unwrap()
    }

    #[test]
    fn stops_the_process_and_removes_the_directory() {
        let directory = tempfile::tempdir().unwrap().keep();
        let mut process = process();
        let mut guard = Guard::over(&directory).unwrap();
        guard.watch(process.id()).unwrap();
        let end = std::thread::spawn(move || process.wait().unwrap());
        drop(guard);
        assert!(!end.join().unwrap().success());
        assert!(!directory.exists());
    }

    #[test]
    fn spares_a_process_that_it_was_told_to_forget() {
        let directory = tempfile::tempdir().unwrap().keep();
        let mut process = process();
        let mut guard = Guard::over(&directory).unwrap();
        guard.watch(process.id()).unwrap();
        guard.forget();
        drop(guard);
        assert!(!directory.exists());
        assert_eq!(process.try_wait().unwrap(), None);
        process.kill().unwrap();
        process.wait().unwrap();
    }
}

//! The server's process, with a database in a temporary folder.

use std::net::TcpListener;
use std::process::Stdio;

use anyhow::{Context, Result};
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// A running server. It ends, and its files go, when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    url: String,
    _process: Child,
    _folder: TempDir,
}

impl Server {
    /// Starts the program that was built beside this one, with its defaults.
    pub(crate) fn start() -> Result<Self> {
        let own = std::env::current_exe().context("this program has no place")?;
        let program = own.with_file_name("bench-umadb-server");
        let folder = TempDir::with_prefix("bench-umadb-")?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let address = format!("127.0.0.1:{port}");
        let process = Command::new(&program)
            .args(["--listen", &address, "--db-path"])
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("can't start {}", program.display()))?;
        Ok(Self {
            url: format!("http://{address}"),
            _process: process,
            _folder: folder,
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

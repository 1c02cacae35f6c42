//! A child as the parent sees it.

use std::process::Stdio;
use std::time::Duration;

use anyhow::Context;
use cqrs_core::words::node::NodeId;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::child::{RUNS, STALE};
use super::plan::Plan;

/// How to start this program, or this test, again.
pub(crate) type Start = fn() -> anyhow::Result<std::process::Command>;

/// Until a child must have done what it is asked for, on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_mins(2);

/// A process that runs processors. Dropped, it is killed.
pub(crate) struct Process {
    child: Child,
    input: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    pub(crate) fn start(start: Start, plan: &Plan) -> anyhow::Result<Self> {
        let mut command = Command::from(start()?);
        plan.tell(&mut command)?;
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let input = child.stdin.take();
        let output = child.stdout.take().context("a child without an output")?;
        let lines = BufReader::new(output).lines();
        Ok(Self {
            child,
            input,
            lines,
        })
    }

    /// Until its processors run: the name of its node.
    pub(crate) async fn runs(&mut self) -> anyhow::Result<NodeId> {
        let name = self.says(RUNS).await?;
        Ok(NodeId::new(name)?)
    }

    /// Fails if it has ended by itself.
    pub(crate) fn check(&mut self) -> anyhow::Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => anyhow::bail!("a child has ended by itself: {status}"),
        }
    }

    /// SIGKILL.
    pub(crate) async fn kill(mut self) -> anyhow::Result<()> {
        self.check()?;
        Ok(self.child.kill().await?)
    }

    /// SIGSTOP.
    pub(crate) fn stand_still(&self) -> anyhow::Result<()> {
        self.signal(Signal::SIGSTOP)
    }

    /// SIGCONT.
    pub(crate) fn go_on(&self) -> anyhow::Result<()> {
        self.signal(Signal::SIGCONT)
    }

    /// Has it stop by itself, and says how many of its steps were stale.
    pub(crate) async fn stop(mut self) -> anyhow::Result<u64> {
        drop(self.input.take());
        let stale = self.says(STALE).await?.parse()?;
        let ended = tokio::time::timeout(PATIENCE, self.child.wait());
        let status = ended.await.context("a child does not end")??;
        anyhow::ensure!(status.success(), "a child has failed: {status}");
        Ok(stale)
    }

    fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        let id = self.child.id().context("the child has ended")?;
        Ok(kill(Pid::from_raw(id.cast_signed()), signal)?)
    }

    /// The rest of the next line that begins so.
    async fn says(&mut self, begin: &str) -> anyhow::Result<String> {
        let said = async {
            while let Some(line) = self.lines.next_line().await? {
                if let Some(rest) = line.strip_prefix(begin) {
                    return Ok(rest.to_owned());
                }
            }
            anyhow::bail!("a child has ended before it said {begin:?}")
        };
        let said = tokio::time::timeout(PATIENCE, said).await;
        said.with_context(|| format!("a child does not say {begin:?}"))?
    }
}

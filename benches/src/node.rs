//! One process of a contender, and the talk with it.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bench_harness::{Order, Outcome, Reply, Totals};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// How long a contender may take for one answer, besides the time of the run.
const PATIENCE: Duration = Duration::from_mins(2);

/// How long filling a log may take.
const PATIENCE_OF_FILLING: Duration = Duration::from_hours(2);

/// A running process. It is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Node {
    process: Child,
    orders: ChildStdin,
    replies: Lines<BufReader<ChildStdout>>,
}

impl Node {
    /// Starts it and waits until it is prepared.
    pub(crate) async fn start(command: &mut Command) -> Result<Self> {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("can't start it")?;
        let (Some(orders), Some(replies)) = (process.stdin.take(), process.stdout.take()) else {
            bail!("it has no input and output");
        };
        let replies = BufReader::new(replies).lines();
        let mut node = Self {
            process,
            orders,
            replies,
        };
        match node.reply(PATIENCE_OF_FILLING).await? {
            Reply::Ready => Ok(node),
            other => bail!("it says {other:?} before it is ready"),
        }
    }

    pub(crate) async fn totals(&mut self) -> Result<Totals> {
        self.order(Order::Totals).await?;
        match self.reply(PATIENCE).await? {
            Reply::Totals(totals) => Ok(totals),
            other => bail!("it says {other:?} instead of totals"),
        }
    }

    pub(crate) async fn go(&mut self) -> Result<()> {
        self.order(Order::Go).await
    }

    pub(crate) async fn outcome(&mut self, time: Duration) -> Result<Outcome> {
        match self.reply(time + PATIENCE).await? {
            Reply::Outcome(outcome) => Ok(*outcome),
            other => bail!("it says {other:?} instead of an outcome"),
        }
    }

    /// Ends it: it has nothing more to do when nobody speaks any more.
    pub(crate) async fn end(self) {
        let Self {
            mut process,
            orders,
            ..
        } = self;
        drop(orders);
        // Whoever does not end by itself is killed.
        if tokio::time::timeout(Duration::from_secs(5), process.wait())
            .await
            .is_err()
        {
            let _ = process.kill().await;
        }
    }

    async fn order(&mut self, order: Order) -> Result<()> {
        let mut line = serde_json::to_string(&order)?;
        line.push('\n');
        self.orders
            .write_all(line.as_bytes())
            .await
            .context("it does not listen")?;
        Ok(())
    }

    async fn reply(&mut self, patience: Duration) -> Result<Reply> {
        let line = tokio::time::timeout(patience, self.replies.next_line())
            .await
            .with_context(|| format!("no answer in {} s", patience.as_secs()))?
            .context("can't hear it")?
            .context("it ended without an answer")?;
        match serde_json::from_str(&line).with_context(|| format!("it says `{line}`"))? {
            Reply::Failed(why) => bail!("{why}"),
            reply => Ok(reply),
        }
    }
}

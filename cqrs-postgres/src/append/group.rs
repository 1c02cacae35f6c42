//! Group commit: appends that arrive while others are in flight go out together.
//!
//! There is no timer: a writer that is idle takes what is there at once, so that a lone caller waits for nothing, and
//! what arrives while the writers are busy is what the next call takes. Two writers are enough to keep the server
//! writing one group while the next is on its way.

use std::sync::{Arc, Weak};

use cqrs_core::ports::append::{Append, AppendOutcome};
use cqrs_core::ports::error::{AppendError, StoreError};
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tracing::Instrument;

use super::batch::MOST_APPENDS;
use super::writer::Writer;
use crate::postgres::Inner;

type Outcome = Result<AppendOutcome, AppendError>;

/// How many calls are in flight at most.
const WRITERS: usize = 2;

/// How many callers wait in the queue at most; more wait to get into it.
const MOST_WAITING: usize = 4_096;

/// Where appends wait for a writer.
#[derive(Debug)]
pub(crate) struct Group {
    queue: mpsc::Sender<Waiting>,
    /// Each writer holds the other end until it ends.
    writers: watch::Sender<()>,
}

/// Appends of one caller, which stay together and in their order.
#[derive(Debug)]
struct Waiting {
    batch: Vec<Append>,
    outcomes: oneshot::Sender<Vec<Outcome>>,
}

/// The end of the queue that the writers share. Whoever holds the lock is the writer that takes what comes next.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    waiting: Arc<Mutex<mpsc::Receiver<Waiting>>>,
    _running: watch::Receiver<()>,
}

impl Group {
    pub(crate) fn new() -> (Self, Queue) {
        let (queue, waiting) = mpsc::channel(MOST_WAITING);
        let (writers, running) = watch::channel(());
        let waiting = Arc::new(Mutex::new(waiting));
        (
            Self { queue, writers },
            Queue {
                waiting,
                _running: running,
            },
        )
    }

    /// Waits until the writers have ended, after the store was told to stop.
    pub(crate) async fn ended(&self) {
        self.writers.closed().await;
    }

    /// Has a writer append the batch. A caller that goes away while it waits has it appended whole, or not at all (R1).
    pub(crate) async fn append(&self, batch: Vec<Append>) -> Vec<Outcome> {
        let count = batch.len();
        let (outcomes, answer) = oneshot::channel();
        if self.queue.send(Waiting { batch, outcomes }).await.is_err() {
            return fail(count, || StoreError::other("the store was closed"));
        }
        let lost = || StoreError::Unavailable("the writer has ended".into());
        answer.await.unwrap_or_else(|_| fail(count, lost))
    }
}

fn fail(count: usize, error: impl Fn() -> StoreError) -> Vec<Outcome> {
    std::iter::repeat_with(|| Err(error().into()))
        .take(count)
        .collect()
}

impl Queue {
    /// Starts the writers. They end when the store is closed, or the last handle on it is gone.
    pub(crate) fn start(self, inner: &Arc<Inner>, stopped: &watch::Receiver<()>) {
        for _ in 0..WRITERS {
            tokio::spawn(self.clone().write(Arc::downgrade(inner), stopped.clone()));
        }
    }

    async fn write(self, inner: Weak<Inner>, mut stopped: watch::Receiver<()>) {
        let mut writer = Writer::default();
        let mut taken = Vec::new();
        while self.take(&mut taken, &mut stopped).await > 0 {
            let Some(inner) = inner.upgrade() else { return };
            let (batches, callers): (Vec<_>, Vec<_>) = taken
                .drain(..)
                .map(|waiting| (waiting.batch, waiting.outcomes))
                .unzip();
            let counts: Vec<_> = batches.iter().map(Vec::len).collect();
            let appends: Vec<_> = batches.into_iter().flatten().collect();
            let span = tracing::debug_span!("cqrs_postgres.append", appends = appends.len());
            let mut outcomes = inner
                .append_all(&mut writer, &appends)
                .instrument(span)
                .await
                .into_iter();
            for (caller, count) in callers.into_iter().zip(counts) {
                // A caller that has gone away is not told.
                let _ = caller.send(outcomes.by_ref().take(count).collect());
            }
        }
    }

    /// Takes what waits, and waits for something if nothing does; nothing at the end.
    async fn take(&self, taken: &mut Vec<Waiting>, stopped: &mut watch::Receiver<()>) -> usize {
        let mut queue = self.waiting.lock().await;
        tokio::select! {
            biased;
            _ = stopped.changed() => {
                // What waits already is still done; nothing new gets in.
                queue.close();
                queue.recv_many(taken, MOST_APPENDS).await
            }
            count = queue.recv_many(taken, MOST_APPENDS) => count,
        }
    }
}

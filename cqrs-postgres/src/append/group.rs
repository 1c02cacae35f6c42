//! Group commit: appends that arrive while others are in flight go out together.
//!
//! Whoever comes while nothing is in flight writes himself, and what arrives while the writers are busy
//! is what the next call takes. Two writers are enough to keep the server
//! writing one group while the next is on its way; `sharing.rs` says what each of them takes.

use std::borrow::Cow;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use cqrs_core::ports::append::{Append, AppendOutcome};
use cqrs_core::ports::error::{AppendError, StoreError};
use tokio::sync::{Mutex, MutexGuard, Notify, mpsc, oneshot, watch};
use tokio::task::yield_now;
use tracing::Instrument;

use super::batch::MOST_APPENDS;
use super::sharing::{PATIENCE, Turn};
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
    desks: Arc<Desks>,
}

/// What the writers write on. Whoever comes when nothing is in flight writes on the first one himself: to hand an append over
/// and have its outcome handed back takes two wakings, which a lone caller would wait for.
#[derive(Debug, Default)]
struct Desks {
    writers: [Mutex<Writer>; WRITERS],
    /// Calls that are in flight, or are about to be.
    busy: AtomicUsize,
    /// The callers of those in flight.
    away: AtomicUsize,
    /// Some have come back.
    returned: Notify,
}

/// Counts as a call in flight until it is dropped.
struct Busy<'a> {
    desks: &'a Desks,
    callers: usize,
}

impl Desks {
    fn enter(&self) -> Busy<'_> {
        self.busy.fetch_add(1, Ordering::AcqRel);
        Busy {
            desks: self,
            callers: 0,
        }
    }

    /// Unless somebody writes already.
    fn enter_alone(&self) -> Option<Busy<'_>> {
        let entered = self
            .busy
            .compare_exchange(0, 1, Ordering::AcqRel, Ordering::Acquire);
        let mut busy = entered.is_ok().then_some(Busy {
            desks: self,
            callers: 0,
        })?;
        busy.send(1);
        Some(busy)
    }
}

impl Busy<'_> {
    /// The appends of so many callers are on their way.
    fn send(&mut self, callers: usize) {
        self.callers = callers;
        self.desks.away.fetch_add(callers, Ordering::AcqRel);
    }

    /// They are back.
    fn answered(&mut self) {
        let callers = std::mem::take(&mut self.callers);
        self.desks.away.fetch_sub(callers, Ordering::AcqRel);
        self.desks.returned.notify_one();
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        if self.callers > 0 {
            self.answered();
        }
        self.desks.busy.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Appends of one caller, which stay together and in their order, and who is told what becomes of them.
#[derive(Debug)]
enum Waiting {
    /// Nearly everybody has one: it needs no lists.
    One(Append, oneshot::Sender<Outcome>),
    Many(Vec<Append>, oneshot::Sender<Vec<Outcome>>),
}

/// Who waits for the next outcomes: one, or so many.
enum Caller {
    One(oneshot::Sender<Outcome>),
    Many(usize, oneshot::Sender<Vec<Outcome>>),
}

impl Waiting {
    /// Puts its appends behind the others.
    fn join(self, appends: &mut Vec<Append>) -> Caller {
        match self {
            Self::One(append, answer) => {
                appends.push(append);
                Caller::One(answer)
            }
            Self::Many(batch, answer) => {
                let count = batch.len();
                appends.extend(batch);
                Caller::Many(count, answer)
            }
        }
    }
}

impl Caller {
    /// Takes its own outcomes, which are the next ones. Who has gone away is not told.
    fn answer(self, outcomes: &mut impl Iterator<Item = Outcome>) {
        match self {
            Self::One(answer) => {
                if let Some(outcome) = outcomes.next() {
                    let _ = answer.send(outcome);
                }
            }
            Self::Many(count, answer) => {
                let _ = answer.send(outcomes.take(count).collect());
            }
        }
    }
}

/// The end of the queue that the writers share. Whoever holds the lock is the writer that takes what comes next.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    waiting: Arc<Mutex<mpsc::Receiver<Waiting>>>,
    desks: Arc<Desks>,
    _running: watch::Receiver<()>,
}

impl Group {
    pub(crate) fn new() -> (Self, Queue) {
        let (queue, waiting) = mpsc::channel(MOST_WAITING);
        let (writers, running) = watch::channel(());
        let waiting = Arc::new(Mutex::new(waiting));
        let desks = Arc::<Desks>::default();
        (
            Self {
                queue,
                writers,
                desks: Arc::clone(&desks),
            },
            Queue {
                waiting,
                desks,
                _running: running,
            },
        )
    }

    /// Waits until the writers have ended, after the store was told to stop.
    pub(crate) async fn ended(&self) {
        self.writers.closed().await;
    }

    /// Appends the batch, or has a writer do it. A caller that goes away meanwhile has it appended whole, or not at all (R1).
    pub(crate) async fn append(&self, inner: &Inner, batch: Vec<Append>) -> Vec<Outcome> {
        let count = batch.len();
        if let Some(desk) = self.free_desk() {
            return self.write_alone(inner, desk, &batch).await;
        }
        let (outcomes, answer) = oneshot::channel();
        let waiting = Waiting::Many(batch, outcomes);
        if self.queue.send(waiting).await.is_err() {
            return fail(count, closed);
        }
        answer.await.unwrap_or_else(|_| fail(count, lost))
    }

    /// The same for one append.
    pub(crate) async fn append_one(&self, inner: &Inner, append: Cow<'_, Append>) -> Outcome {
        if let Some(desk) = self.free_desk() {
            // In a box of its own: the many who wait do not have to carry what a writer needs.
            let batch = std::slice::from_ref(&*append);
            let writing = Box::pin(self.write_alone(inner, desk, batch));
            return writing.await.pop().unwrap_or_else(|| Err(lost().into()));
        }
        let (outcome, answer) = oneshot::channel();
        let waiting = Waiting::One(append.into_owned(), outcome);
        if self.queue.send(waiting).await.is_err() {
            return Err(closed().into());
        }
        answer.await.unwrap_or_else(|_| Err(lost().into()))
    }

    /// The desk of who comes while nothing is in flight.
    fn free_desk(&self) -> Option<(Busy<'_>, MutexGuard<'_, Writer>)> {
        let busy = self.desks.enter_alone()?;
        let writer = self.desks.writers[0].try_lock().ok()?;
        Some((busy, writer))
    }

    async fn write_alone(
        &self,
        inner: &Inner,
        (_busy, mut writer): (Busy<'_>, MutexGuard<'_, Writer>),
        batch: &[Append],
    ) -> Vec<Outcome> {
        // Closing the store waits for this too, and what begins afterwards finds the queue closed.
        let _running = self.writers.subscribe();
        if self.queue.is_closed() {
            return fail(batch.len(), closed);
        }
        // A future that is dropped here takes the connection along: the server has the call whole, or not at all.
        inner
            .append_all(&mut writer, batch)
            .instrument(span(batch.len()))
            .await
    }
}

fn closed() -> StoreError {
    StoreError::other("the store was closed")
}

fn lost() -> StoreError {
    StoreError::Unavailable("the writer has ended".into())
}

fn fail(count: usize, error: impl Fn() -> StoreError) -> Vec<Outcome> {
    std::iter::repeat_with(|| Err(error().into()))
        .take(count)
        .collect()
}

fn span(appends: usize) -> tracing::Span {
    tracing::debug_span!("cqrs_postgres.append", appends)
}

impl Queue {
    /// Starts the writers. They end when the store is closed, or the last handle on it is gone.
    pub(crate) fn start(self, inner: &Arc<Inner>, stopped: &watch::Receiver<()>) {
        for desk in 0..WRITERS {
            let queue = self.clone();
            tokio::spawn(queue.write(desk, Arc::downgrade(inner), stopped.clone()));
        }
    }

    async fn write(self, desk: usize, inner: Weak<Inner>, mut stopped: watch::Receiver<()>) {
        let mut taken = Vec::new();
        while let Some(mut busy) = self.take(&mut taken, &mut stopped).await {
            let Some(inner) = inner.upgrade() else { break };
            let mut appends = Vec::with_capacity(taken.len());
            let callers: Vec<_> = taken
                .drain(..)
                .map(|waiting| waiting.join(&mut appends))
                .collect();
            let mut writer = self.desks.writers[desk].lock().await;
            let mut outcomes = inner
                .append_all(&mut writer, &appends)
                .instrument(span(appends.len()))
                .await
                .into_iter();
            drop(writer);
            for caller in callers {
                caller.answer(&mut outcomes);
            }
            busy.answered();
            // Who was answered often has something new at once. The first of them would find nobody writing, and write alone.
            yield_now().await;
        }
        // The connection ends with its writer. Nobody comes to this desk any more: the queue is closed.
        *self.desks.writers[desk].lock().await = Writer::default();
    }

    /// Takes a share of what waits, and waits for something if nothing does; nothing at the end.
    async fn take(
        &self,
        taken: &mut Vec<Waiting>,
        stopped: &mut watch::Receiver<()>,
    ) -> Option<Busy<'_>> {
        let mut queue = self.waiting.lock().await;
        let count = tokio::select! {
            biased;
            _ = stopped.changed() => {
                // What waits already is still done; nothing new gets in.
                queue.close();
                queue.recv_many(taken, 1).await
            }
            count = queue.recv_many(taken, 1) => count,
        };
        if count == 0 {
            return None;
        }
        let mut busy = self.desks.enter();
        self.gather(&mut queue, taken).await;
        busy.send(taken.len());
        Some(busy)
    }

    /// After the first, those who come at the same moment, and those who are worth waiting for.
    async fn gather(&self, queue: &mut mpsc::Receiver<Waiting>, taken: &mut Vec<Waiting>) {
        let mut patience = pin!(tokio::time::sleep(PATIENCE));
        loop {
            // The scheduler runs this writer as soon as the first has come, and before the others who were woken with him. To let
            // them have their turn costs nobody anything: where nothing else is ready, this goes on at once.
            yield_now().await;
            let waiting = taken.len() + queue.len();
            let share = match Turn::of(waiting, self.desks.away.load(Ordering::Acquire)) {
                Turn::Take(share) => share,
                Turn::Wait if patience.is_elapsed() || queue.is_closed() => waiting,
                Turn::Wait => {
                    tokio::select! {
                        () = self.desks.returned.notified() => {}
                        () = &mut patience => {}
                        _ = queue.recv_many(taken, 1) => {}
                    }
                    continue;
                }
            };
            while taken.len() < share.min(MOST_APPENDS)
                && let Ok(waiting) = queue.try_recv()
            {
                taken.push(waiting);
            }
            return;
        }
    }
}

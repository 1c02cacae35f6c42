//! Whether today's code can read all that was ever recorded: S2.

mod failing;
mod shard;

use std::future::{Future, IntoFuture};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::NonZeroU32;
use std::pin::Pin;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::app::Cqrs;
use super::progress::{Observer, Progress};
use super::scan::Scan;
use crate::ports::error::StoreError;
use crate::ports::read_log::LogPage;
use crate::words::event::RecordedEvent;
use crate::words::filter::{Filter, FilterItem};
use crate::words::position::Position;
use crate::words::stream::{Category, StreamId};

pub use failing::{Failing, Problem, Verification};
use shard::Shard;

/// How many aggregates are folded at the same time where nothing is said.
const OPEN: usize = 100_000;

/// How many pages may wait for the tasks that decode and fold, beside the one that is being read.
const WAITING: usize = 2;

/// The whole log, or a part of it, about to be read with today's code. Await it.
///
/// Each event is decoded, with its upcasters, by the aggregate of its stream and by all else of the application that reads its
/// name; each aggregate is folded from its first event. What fails is counted, and nothing is written.
///
/// # Guarantees
///
/// - Memory: at most [`open`](Verify::open) states, a few pages of the log, and 1,000 kinds of failures, however long the log is.
///   When there are more aggregates, the log is read again from where the first of those begins that did not fit.
/// - What is recorded while it runs is not looked at.
///
/// # Examples
///
/// ```
/// # use cqrs_core::ports::error::StoreError;
/// # use cqrs_core::runtime::app::Cqrs;
/// async fn check_before_a_deploy(cqrs: &Cqrs) -> Result<bool, StoreError> {
///     let verification = cqrs.verify().await?;
///     println!("{verification}");
///     Ok(verification.is_clean())
/// }
/// ```
#[must_use = "nothing is read until this is awaited"]
#[derive(Debug)]
pub struct Verify {
    cqrs: Cqrs,
    filter: FilterItem,
    one_in: NonZeroU32,
    tasks: usize,
    open: usize,
    page: usize,
    observer: Observer,
}

impl Cqrs {
    /// Reads the whole log with today's code and says what fails: what one runs against a copy of production before a deploy.
    pub fn verify(&self) -> Verify {
        Verify {
            cqrs: self.clone(),
            filter: FilterItem::new(),
            one_in: NonZeroU32::MIN,
            tasks: std::thread::available_parallelism().map_or(1, usize::from),
            open: OPEN,
            page: self.page(),
            observer: Observer::silent(),
        }
    }
}

impl Verify {
    /// Only the streams of this category; of several when it is called several times.
    pub fn category(mut self, category: Category) -> Self {
        self.filter = self.filter.category(category);
        self
    }

    /// Only a sample: about one in so many streams, each of them whole, and the same ones each time. All is read, but the
    /// others are neither decoded nor folded.
    pub const fn one_in(mut self, streams: NonZeroU32) -> Self {
        self.one_in = streams;
        self
    }

    /// In how many tasks events are decoded and folded: as many as the machine has cores where nothing is said, at least 1.
    pub fn tasks(mut self, tasks: usize) -> Self {
        self.tasks = tasks.max(1);
        self
    }

    /// How many aggregates are folded at the same time: 100,000 where nothing is said, at least 1 for each task.
    pub const fn open(mut self, aggregates: usize) -> Self {
        self.open = aggregates;
        self
    }

    /// How many events are read at a time: as many as the application reads, where nothing is said.
    pub fn page(mut self, events: usize) -> Self {
        self.page = events.max(1);
        self
    }

    /// Tells how far it has come, at most ten times a second, and at the end.
    pub fn progress(mut self, tell: impl FnMut(&Progress) + Send + 'static) -> Self {
        self.observer.tell(tell);
        self
    }

    /// Draws how far it has come as a bar on the standard error output, where that is a terminal.
    #[cfg(feature = "progress-bar")]
    pub fn with_bar(mut self) -> Self {
        self.observer.draw("verify");
        self
    }

    async fn run(mut self) -> Result<Verification, StoreError> {
        let began = Instant::now();
        let share = (self.open / self.tasks).max(1);
        let mut shards: Vec<Shard> = (0..self.tasks)
            .map(|_| Shard::new(self.cqrs.known(), share))
            .collect();
        let (mut after, mut end, mut rounds) = (Some(Position::START), None, 0);
        let mut events = 0;
        while let Some(from) = after {
            rounds += 1;
            self.observer.begin_round(from);
            let through;
            (shards, through) = self.round(from, end, shards).await?;
            if rounds == 1 {
                events = self.observer.events();
            }
            end = Some(through);
            after = shards.iter_mut().filter_map(Shard::next_round).min();
        }
        self.observer.finish(end.unwrap_or_default());
        let mut verification = Verification::new(events, rounds);
        for shard in shards {
            verification.add(shard.into_findings());
        }
        verification.elapsed = began.elapsed();
        Ok(verification)
    }

    /// Reads the log once, while the shards decode and fold what was read before.
    async fn round(
        &mut self,
        after: Position,
        end: Option<Position>,
        shards: Vec<Shard>,
    ) -> Result<(Vec<Shard>, Position), StoreError> {
        let mut scan = Scan::new(&self.cqrs, Filter::from(self.filter.clone()));
        scan = scan.after(after).page(self.page);
        if let Some(end) = end {
            scan = scan.through(end);
        }
        let known_end = scan.end();
        let mut tasks = JoinSet::new();
        let senders: Vec<_> = shards
            .into_iter()
            .enumerate()
            .map(|(index, shard)| {
                let (sender, receiver) = mpsc::channel(WAITING);
                tasks.spawn(async move { (index, work(shard, receiver).await) });
                sender
            })
            .collect();
        while let Some(page) = scan.next().await? {
            let read = page.events.len();
            for (sender, events) in senders.iter().zip(self.share_out(page)) {
                if !events.is_empty() && sender.send(events).await.is_err() {
                    return Err(ended());
                }
            }
            let end = known_end.max(scan.position());
            self.observer.advance(read, scan.position(), Some(end));
        }
        drop(senders);
        let mut shards = Vec::with_capacity(self.tasks);
        while let Some(shard) = tasks.join_next().await {
            shards.push(shard.map_err(|_| ended())?);
        }
        shards.sort_unstable_by_key(|(index, _)| *index);
        let shards = shards.into_iter().map(|(_, shard)| shard).collect();
        Ok((shards, scan.position()))
    }

    /// The events of one stream always go to the same shard, in their order.
    fn share_out(&self, page: LogPage) -> Vec<Vec<RecordedEvent>> {
        let mut shares = vec![Vec::new(); self.tasks];
        for event in page.events {
            let hash = hash_of(&event.stream);
            // The upper half chooses the sample, so that a sample is shared out too.
            let is_in_sample = (hash >> 32).is_multiple_of(u64::from(self.one_in.get()));
            let shard = usize::try_from(hash % self.tasks as u64).unwrap_or_default();
            if is_in_sample && let Some(share) = shares.get_mut(shard) {
                share.push(event);
            }
        }
        shares
    }
}

impl IntoFuture for Verify {
    type Output = Result<Verification, StoreError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

async fn work(mut shard: Shard, mut pages: mpsc::Receiver<Vec<RecordedEvent>>) -> Shard {
    while let Some(events) = pages.recv().await {
        for event in &events {
            shard.take(event);
        }
    }
    shard
}

/// The same for a stream in every run of a program.
fn hash_of(stream: &StreamId) -> u64 {
    let mut hasher = DefaultHasher::new();
    stream.hash(&mut hasher);
    hasher.finish()
}

/// The user's code can't end a task: its panics are caught.
fn ended() -> StoreError {
    StoreError::other("a task of the verification has ended before its time")
}

//! A lane: one generation of a processor, as far as this node drives it.

mod batch;
mod courier;
mod documents;
mod events;
mod failures;
mod holding;
mod observed;
mod page;
mod pages;
mod replay;
mod slices;
mod stride;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};
use tokio::sync::{Mutex, Notify, OnceCell};

use super::ahead::Ahead;
use super::app::Cqrs;
use super::processor::Processor;
use crate::domain::error_policy::{ErrorPolicy, RetryThenPark};
use crate::ports::error::StoreError;
use crate::ports::parked::{BlockedKey, ParkedRequest};
use crate::ports::processors::GenerationRow;
use crate::ports::read_side::SharedReadSide;
use crate::words::document_key::DocumentKey;
use crate::words::epoch::Epoch;
use crate::words::generation::GenerationId;
use crate::words::node::NodeId;
use crate::words::partition::Partition;
use crate::words::position::Position;
use crate::words::processor::ProcessorName;

pub use observed::ProcessorState;
pub(super) use observed::{Checkpoints, Observed, Report};
pub(super) use slices::Slices;

/// One generation of a processor, as far as this node drives it: all its partitions, or a slice of them while a view is
/// being built. All that it writes goes through its own lock, so that on one node a partition has one writer; between nodes
/// the epoch sees to it.
pub(super) struct Lane {
    pub(super) row: GenerationRow,
    processor: Arc<dyn Processor>,
    store: SharedReadSide,
    node: NodeId,
    settings: LaneSettings,
    state: Mutex<LaneState>,
    /// What the last `hold` has said, for the next step to take up.
    assigned: std::sync::Mutex<Option<holding::Assignment>>,
    /// Which of the node's partitions are for this lane.
    slice: slices::Slice,
    /// Something has changed that a waiting loop should look at.
    pub(super) wake: Arc<Notify>,
    /// Commands were staged.
    pub(super) staged: Notify,
    pub(super) observed: Observed,
    /// Set when what the generation needs has been made.
    prepared: OnceCell<()>,
}

/// Names a lane: a generation, and which lane of it.
pub(super) type LaneId = (GenerationId, usize);

/// How a lane works.
#[derive(Clone)]
pub(super) struct LaneSettings {
    /// The most events of a batch.
    pub(super) batch: usize,
    /// The most events of a batch while a generation is being built.
    pub(super) rebuild_batch: usize,
    /// How many lanes of this node build a view.
    pub(super) rebuild_tasks: usize,
    /// Whether a generation that was replaced is kept.
    pub(super) keeps_replaced: bool,
    /// How long a lease is.
    pub(super) lease: Duration,
    /// From which lag on the health check tells of it.
    pub(super) longest_lag: Option<Duration>,
    pub(super) policy: Arc<dyn ErrorPolicy>,
    /// What was recorded up to here has led to what it leads to, elsewhere.
    pub(super) effects_after: Position,
}

impl Default for LaneSettings {
    fn default() -> Self {
        Self {
            batch: 500,
            rebuild_batch: 5_000,
            // More than one even there: while one waits for the store, another folds.
            rebuild_tasks: std::thread::available_parallelism()
                .map_or(2, |cores| cores.get().clamp(2, 4)),
            keeps_replaced: false,
            lease: Duration::from_secs(5),
            longest_lag: None,
            policy: Arc::new(RetryThenPark::default()),
            effects_after: Position::START,
        }
    }
}

#[derive(Default)]
struct LaneState {
    held: BTreeMap<Partition, Held>,
    /// The keys of the held partitions that have parked events. Exact, since only the holder parks and un-parks.
    blocked: HashMap<DocumentKey, Blocked>,
    /// Partitions of a step whose outcome is unknown, to be taken anew: it may still wait in the store and come through
    /// after newer steps, and where it leaves the checkpoint alone only another epoch stops it.
    unsure: Vec<Partition>,
    /// How often in a row the store has failed in the midst of a user's writes.
    cut_off: u32,
    /// The page after this position, on its way while the one before is handled.
    ahead: Option<(Position, Ahead<Arc<page::Page>>)>,
    stride: stride::Stride,
    /// How many events of the last page were for this lane's partitions, and are done.
    handled: usize,
}

/// What the lane knows of a partition that it holds. None of it outlives the epoch.
#[derive(Debug)]
struct Held {
    epoch: Epoch,
    checkpoint: Position,
    documents: documents::Documents,
}

/// What is known about a key that has parked events.
#[derive(Clone, Copy, Debug)]
struct Blocked {
    partition: Partition,
    retry_at: Option<DateTime<Utc>>,
    request: Option<ParkedRequest>,
    /// Whether its first event waits behind nothing any more: those before it were replayed.
    is_free: bool,
}

/// What a step has found to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It came on: look again at once.
    Moved,
    /// There is nothing to do before this moment, by the application's clock, or before something happens.
    Idle(Option<DateTime<Utc>>),
}

/// A step that could not be done.
#[derive(Debug)]
pub(super) enum LaneError {
    /// The store could not do it. Nothing was recorded, or it is found out by the next step.
    Store(StoreError),
    /// The error policy says that the processor stops here.
    Stopped {
        position: Position,
        key: DocumentKey,
        error: String,
    },
}

impl From<StoreError> for LaneError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Lane {
    pub(super) fn new(
        row: GenerationRow,
        processor: Arc<dyn Processor>,
        store: SharedReadSide,
        node: NodeId,
        settings: LaneSettings,
        slices: &Arc<Slices>,
        number: usize,
    ) -> Self {
        let slice = slices::Slice {
            number,
            all: Arc::clone(slices),
        };
        Self {
            row,
            processor,
            store,
            node,
            settings,
            state: Mutex::default(),
            assigned: std::sync::Mutex::default(),
            wake: slice.wake(),
            slice,
            staged: Notify::new(),
            observed: Observed::default(),
            prepared: OnceCell::new(),
        }
    }

    pub(super) fn name(&self) -> &ProcessorName {
        &self.row.of.processor
    }

    pub(super) fn processor(&self) -> &dyn Processor {
        &*self.processor
    }

    /// Which lane it is, among those of all generations on this node.
    pub(super) fn id(&self) -> LaneId {
        (self.row.of.clone(), self.slice.number)
    }

    /// What it shares with the other lanes of its generation.
    pub(super) fn slices(&self) -> &Slices {
        &self.slice.all
    }

    /// Up to where every partition that this lane drives has seen the log; nothing when it drives none, or when the appends
    /// write the generation.
    pub(super) async fn seen(&self) -> Option<Position> {
        let seen = self.state.lock().await.hindmost();
        seen.filter(|_| !self.slices().is_inline())
    }

    /// Does what there is to do with events: the next batch, or parked events whose time has come.
    pub(super) async fn step(self: &Arc<Self>, cqrs: &Cqrs) -> Result<Step, LaneError> {
        let now = cqrs.now();
        let mut state = self.state.lock().await;
        self.take_up(&mut state).await?;
        if !state.held.is_empty() {
            self.prepare().await?;
        }
        let replayed = self.replay_due(&mut state, now).await?;
        let moved = self.next_batch(&mut state, now).await?;
        self.give_back_surplus(&mut state).await?;
        self.observed.see(&state);
        if replayed || moved {
            return Ok(Step::Moved);
        }
        let retries = state
            .blocked
            .values()
            .filter_map(|blocked| blocked.retry_at);
        Ok(Step::Idle(retries.min()))
    }
}

impl Lane {
    /// Makes what the generation needs, once, before the first event.
    pub(super) async fn prepare(&self) -> Result<(), StoreError> {
        let prepare = async || {
            let prepared = self.processor.prepare(&self.row.of).await;
            prepared.map_err(|failed| StoreError::other(failed.error))
        };
        self.prepared.get_or_try_init(prepare).await.copied()
    }
}

impl LaneState {
    /// Where the partition that is furthest behind stands.
    fn hindmost(&self) -> Option<Position> {
        self.held.values().map(|held| held.checkpoint).min()
    }
}

impl Blocked {
    fn of(key: &BlockedKey) -> Self {
        let failure = key.event.failure.as_ref();
        Self {
            partition: key.event.partition,
            retry_at: failure.and_then(|failure| failure.retry_at),
            request: key.request,
            is_free: failure.is_none(),
        }
    }

    fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.is_free || self.request.is_some() || self.retry_at.is_some_and(|at| at <= now)
    }
}

/// A moment after this one, in whole microseconds, which is what databases keep.
fn later(now: DateTime<Utc>, delay: Duration) -> DateTime<Utc> {
    chrono::Duration::from_std(delay)
        .ok()
        .and_then(|delay| now.checked_add_signed(delay))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
        .trunc_subsecs(6)
}

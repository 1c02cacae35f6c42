//! Watches the partitions: who has them, and for how long each of them stands still while events come.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use cqrs_core::ports::processors::{GenerationState, Processors};
use cqrs_core::words::generation::GenerationId;
use cqrs_core::words::node::NodeId;
use cqrs_core::words::partition::Partition;
use cqrs_core::words::position::Position;
use cqrs_postgres::Postgres;
use tokio::task::JoinHandle;

/// How often it looks.
const EVERY: Duration = Duration::from_millis(25);

/// After it, nobody takes over any more.
const PATIENCE: Duration = Duration::from_mins(2);

/// Looks until it is dropped.
pub(crate) struct Gaps {
    seen: Arc<Mutex<Seen>>,
    looking: JoinHandle<()>,
}

#[derive(Default)]
struct Seen {
    /// Where each partition stands, and since when.
    moved: HashMap<(GenerationId, Partition), (Position, Instant)>,
    longest: Option<Gap>,
    owners: BTreeSet<Option<NodeId>>,
}

/// A time in which a partition stood still.
#[derive(Clone, Debug)]
pub(crate) struct Gap {
    pub time: Duration,
    pub of: GenerationId,
}

impl std::fmt::Display for Gap {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} ms ({})", self.time.as_millis(), self.of)
    }
}

impl Gaps {
    /// From now on. There must be events all the time: a partition stands still too when there are none.
    pub(crate) fn watch(store: Postgres) -> Self {
        let seen = Arc::default();
        let looking = tokio::spawn(look(store, Arc::clone(&seen)));
        Self { seen, looking }
    }

    /// The longest that any partition has stood still, and goes on standing still.
    pub(crate) fn longest(&self) -> Option<Gap> {
        self.seen().longest.clone()
    }

    /// Until all partitions are held, and by just these nodes: how long that took. The time-out is so long.
    pub(crate) async fn until_held_by(&self, nodes: &[&NodeId]) -> anyhow::Result<Duration> {
        let began = Instant::now();
        let expected: BTreeSet<_> = nodes.iter().map(|node| Some((*node).clone())).collect();
        loop {
            let owners = self.seen().owners.clone();
            if owners == expected {
                return Ok(began.elapsed());
            }
            anyhow::ensure!(
                began.elapsed() < PATIENCE,
                "partitions are held by {owners:?}, and not by {expected:?}"
            );
            tokio::time::sleep(EVERY).await;
        }
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Gaps {
    fn drop(&mut self) {
        self.looking.abort();
    }
}

async fn look(store: Postgres, seen: Arc<Mutex<Seen>>) {
    loop {
        let progress = store.progress(None).await;
        let now = Instant::now();
        if let Ok(progress) = progress {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.owners.clear();
            for generation in progress {
                if generation.row.state == GenerationState::Inline {
                    // Appends write it: it stands at the end of the log, and needs no owner.
                    seen.moved.retain(|(of, _), _| *of != generation.row.of);
                    continue;
                }
                for row in generation.partitions {
                    seen.take(&generation.row.of, row.partition, row.checkpoint, now);
                    seen.owners.insert(row.owner);
                }
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}

impl Seen {
    fn take(&mut self, of: &GenerationId, partition: Partition, at: Position, now: Instant) {
        let place = (of.clone(), partition);
        let (before, since) = *self.moved.entry(place.clone()).or_insert((at, now));
        let time = now - since;
        if self.longest.as_ref().is_none_or(|gap| gap.time < time) {
            let of = of.clone();
            self.longest = Some(Gap { time, of });
        }
        if before != at {
            self.moved.insert(place, (at, now));
        }
    }
}

//! Takes snapshots, beside the requests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};

use super::SnapshotError;
use super::compare::{Difference, compare};
use crate::domain::aggregate::Aggregate;
use crate::domain::root::Root;
use crate::ports::error::StoreError;
use crate::ports::read_stream::StreamRead;
use crate::ports::snapshots::Snapshot;
use crate::runtime::app::Cqrs;
use crate::runtime::processor::guarded_async;
use crate::runtime::repository::LoadError;
use crate::words::event::EventId;
use crate::words::stream::{Category, StreamId};
use crate::words::version::StreamVersion;

/// How many are taken at the same time, and how many may wait: beyond that, none is taken until there is room. It will be
/// due again.
const AT_A_TIME: usize = 2;
const MOST_WAITING: usize = 256;

/// A snapshot that is due once an append is recorded.
pub(in crate::runtime) type DueSnapshot = Box<dyn FnOnce(&Cqrs) + Send>;

/// The snapshots that are being taken.
pub(in crate::runtime) struct Taking {
    /// With the latest version that is due.
    streams: Mutex<HashMap<StreamId, StreamVersion>>,
    room: Arc<Semaphore>,
    count: watch::Sender<usize>,
}

impl Default for Taking {
    fn default() -> Self {
        Self {
            streams: Mutex::default(),
            room: Arc::new(Semaphore::new(AT_A_TIME)),
            count: watch::Sender::new(0),
        }
    }
}

impl Taking {
    pub(super) async fn all_done(&self) {
        // The sender is here, so the wait can't fail.
        let _ = self.count.subscribe().wait_for(|count| *count == 0).await;
    }

    /// Makes room for one of this stream. Where one is under way, the later version is taken with it, or after it.
    fn begin(&self, stream: &StreamId, version: StreamVersion) -> bool {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(due) = streams.get_mut(stream) {
            *due = version.max(*due);
            return false;
        }
        if streams.len() >= MOST_WAITING {
            count(stream.category(), "dropped");
            return false;
        }
        streams.insert(stream.clone(), version);
        self.count.send_replace(streams.len());
        true
    }

    fn due(&self, stream: &StreamId) -> Option<StreamVersion> {
        let streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        streams.get(stream).copied()
    }

    /// Ends with this version, unless a later one has become due meanwhile. In one step: a version that becomes due after it begins anew.
    fn end(&self, stream: &StreamId, taken: StreamVersion) -> bool {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        if streams.get(stream).is_some_and(|due| *due > taken) {
            return false;
        }
        streams.remove(stream);
        self.count.send_replace(streams.len());
        true
    }
}

/// Ends what was begun, also when the task is dropped with its runtime.
struct UnderWay {
    cqrs: Cqrs,
    stream: StreamId,
    has_ended: bool,
}

impl UnderWay {
    /// Takes the snapshot, then the one that has become due meanwhile, until none has.
    async fn run<A: Aggregate>(mut self, id: A::Id, mut version: StreamVersion, mut drops: bool) {
        let cqrs = self.cqrs.clone();
        while !self.has_ended {
            // Room for each: others have their turn in between.
            let Ok(_room) = Arc::clone(&cqrs.taking().room).acquire_owned().await else {
                return;
            };
            version = cqrs.taking().due(&self.stream).unwrap_or(version);
            self.take::<A>(&id, version, drops).await;
            drops = false;
            self.has_ended = cqrs.taking().end(&self.stream, version);
        }
    }

    async fn take<A: Aggregate>(&self, id: &A::Id, version: StreamVersion, drops: bool) {
        let (cqrs, stream) = (&self.cqrs, &self.stream);
        let taken = guarded_async(take::<A>(cqrs, id, version, drops)).await;
        match taken.unwrap_or_else(|panic| Err(SnapshotError::Panicked(panic.error))) {
            Ok(()) => count(stream.category(), "kept"),
            Err(error) => {
                count(stream.category(), "failed");
                tracing::warn!(%stream, %version, %error, "no snapshot was taken");
            }
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if !self.has_ended {
            let _ = self.cqrs.taking().end(&self.stream, StreamVersion::MAX);
        }
    }
}

/// The version of which a snapshot is due once what this root has emitted is recorded, if any.
pub(in crate::runtime) fn due_version<A: Aggregate>(root: &Root<A>) -> Option<StreamVersion> {
    A::SNAPSHOTS?.due(root.loaded_version(), root.emitted())
}

/// The same, to be begun by someone who does not know the aggregate's type.
pub(in crate::runtime) fn due_snapshot<A: Aggregate>(root: &Root<A>) -> Option<DueSnapshot> {
    let version = due_version(root)?;
    let id = root.id().clone();
    Some(Box::new(move |cqrs| cqrs.begin_snapshot::<A>(&id, version)))
}

impl Cqrs {
    /// Has a snapshot of this version taken by a task of its own, if there is room.
    pub(in crate::runtime) fn begin_snapshot<A: Aggregate>(
        &self,
        id: &A::Id,
        version: StreamVersion,
    ) {
        self.begin_taking::<A>(id, version, false);
    }

    /// The same, after the one that is there was dropped, which is of no use.
    pub(super) fn replace_snapshot<A: Aggregate>(&self, id: &A::Id, version: StreamVersion) {
        self.begin_taking::<A>(id, version, true);
    }

    fn begin_taking<A: Aggregate>(&self, id: &A::Id, version: StreamVersion, drops: bool) {
        let (Ok(runtime), Ok(stream)) = (Handle::try_current(), A::stream(id)) else {
            return;
        };
        if !self.store().keeps_snapshots() || !self.taking().begin(&stream, version) {
            return;
        }
        let under_way = UnderWay {
            cqrs: self.clone(),
            stream,
            has_ended: false,
        };
        runtime.spawn(under_way.run::<A>(id.clone(), version, drops));
    }
}

/// Folds the aggregate up to this version, or up to its last, and keeps its state. `drops` the snapshot that is there first.
pub(super) async fn take<A: Aggregate>(
    cqrs: &Cqrs,
    id: &A::Id,
    version: StreamVersion,
    drops: bool,
) -> Result<(), SnapshotError> {
    let Some(policy) = A::SNAPSHOTS else {
        let aggregate = std::any::type_name::<A>();
        return Err(SnapshotError::Off { aggregate });
    };
    let stream = A::stream(id).map_err(LoadError::Invalid)?;
    if drops {
        let (category, key) = (stream.category(), stream.key());
        cqrs.store().drop_snapshots(category, Some(key)).await?;
    }
    let folded = cqrs.repository::<A>().fold(id, version).await?;
    let root = folded.loaded.root;
    let Some(event_id) = event_at(cqrs, &stream, root.loaded_version()).await? else {
        return Ok(());
    };
    let state = policy.encode(&root).map_err(SnapshotError::Encode)?;
    let again = policy.decode(&state).map_err(|_| SnapshotError::Lossy)?;
    let again = policy.encode(&again).map_err(SnapshotError::Encode)?;
    if compare(&state, &again) == Difference::Content {
        return Err(SnapshotError::Lossy);
    }
    let snapshot = Snapshot {
        stream,
        event_id,
        version: root.loaded_version(),
        position: root.position(),
        fingerprint: policy.fingerprint(),
        state,
        taken_at: cqrs.now(),
    };
    Ok(cqrs.store().keep_snapshot(snapshot).await?)
}

/// The id of the stream's event of this version: folding does not read it. `None` for an aggregate without events.
async fn event_at(
    cqrs: &Cqrs,
    stream: &StreamId,
    version: StreamVersion,
) -> Result<Option<EventId>, StoreError> {
    if version == StreamVersion::NONE {
        return Ok(None);
    }
    let read = StreamRead::forward(stream.clone()).from(version).limit(1);
    let page = cqrs.store().read_stream(read).await?;
    let event = page.events.first().filter(|event| event.version == version);
    Ok(event.map(|event| event.event_id))
}

fn count(aggregate: &Category, outcome: &'static str) {
    metrics::counter!("cqrs_snapshots_taken_total", "aggregate" => aggregate.to_string(), "outcome" => outcome)
        .increment(1);
}

//! Compares snapshots with what folding from the first event gives.

use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;

use super::SnapshotError;
use super::compare::{Difference, compare};
use crate::domain::aggregate::Aggregate;
use crate::domain::snapshots::SnapshotPolicy;
use crate::ports::error::StoreError;
use crate::ports::read_stream::StreamRead;
use crate::ports::snapshots::Snapshot;
use crate::runtime::app::Cqrs;
use crate::runtime::decoded::decoded;
use crate::runtime::processor::guarded;
use crate::words::payload::Payload;
use crate::words::stream::StreamId;
use crate::words::version::StreamVersion;

/// How many snapshots are listed at a time.
const PAGE: usize = 100;

/// An audit of snapshots: await it.
#[derive(Debug)]
#[must_use = "nothing is compared until it is awaited"]
pub struct Audit<A> {
    cqrs: Cqrs,
    most: Option<usize>,
    drops: bool,
    aggregate: PhantomData<fn() -> A>,
}

/// What an audit of snapshots has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SnapshotAudit {
    /// How many snapshots there are.
    pub kept: u64,
    /// How many of them today's code would use: the others are of other code, and are not compared.
    pub usable: u64,
    /// How many were compared.
    pub compared: u64,
    /// How many of these differ from what folding gives in the order of arrays only. Of hash sets that is usual, and no
    /// fault; of a list it is one.
    pub reordered: u64,
    /// Those that are not what folding gives.
    pub wrong: Vec<WrongSnapshot>,
    /// Those that could not be compared.
    pub not_folded: Vec<NotFolded>,
}

/// A snapshot that is not what folding gives.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WrongSnapshot {
    /// Of which stream it is.
    pub stream: StreamId,
    /// Of which version.
    pub version: StreamVersion,
    /// The state in the snapshot.
    pub kept: Payload,
    /// The state that folding gives; `None` when the stream has another event at that version, or none.
    pub folded: Option<Payload>,
}

/// A snapshot with which nothing could be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotFolded {
    /// Of which stream it is.
    pub stream: StreamId,
    /// Of which version.
    pub version: StreamVersion,
    /// Why: an event that can't be decoded, an `apply` that panics, or a state without JSON form.
    pub error: String,
}

impl<A: Aggregate> Audit<A> {
    pub(super) const fn new(cqrs: Cqrs) -> Self {
        Self {
            cqrs,
            most: None,
            drops: false,
            aggregate: PhantomData,
        }
    }

    /// Compares at most so many, drawn at random from all, and holds these in memory: all, one after the other, where nothing
    /// is said.
    pub const fn sample(mut self, most: usize) -> Self {
        self.most = Some(most);
        self
    }

    /// Also drops those that are wrong.
    pub const fn drop_wrong(mut self) -> Self {
        self.drops = true;
        self
    }

    async fn run(self) -> Result<SnapshotAudit, SnapshotError> {
        let Some(policy) = A::SNAPSHOTS else {
            let aggregate = std::any::type_name::<A>();
            return Err(SnapshotError::Off { aggregate });
        };
        let mut audit = SnapshotAudit::default();
        let (mut sample, mut after) = (Vec::new(), None);
        loop {
            let store = self.cqrs.store();
            let page = store
                .list_snapshots(&A::CATEGORY, after.as_ref(), PAGE)
                .await?;
            let Some(last) = page.last() else {
                break;
            };
            after = Some(last.stream.key().clone());
            for snapshot in page {
                audit.kept += 1;
                if snapshot.fingerprint != policy.fingerprint() {
                    continue;
                }
                audit.usable += 1;
                match self.most {
                    None => self.compare(&policy, snapshot, &mut audit).await?,
                    Some(most) => draw(&mut sample, most, audit.usable, snapshot),
                }
            }
        }
        for snapshot in sample {
            self.compare(&policy, snapshot, &mut audit).await?;
        }
        Ok(audit)
    }

    async fn compare(
        &self,
        policy: &SnapshotPolicy<A>,
        snapshot: Snapshot,
        audit: &mut SnapshotAudit,
    ) -> Result<(), StoreError> {
        let (stream, version) = (snapshot.stream.clone(), snapshot.version);
        let folded = match fold::<A>(&self.cqrs, policy, &snapshot).await? {
            Ok(folded) => folded,
            Err(error) => {
                audit.not_folded.push(NotFolded {
                    stream,
                    version,
                    error,
                });
                return Ok(());
            }
        };
        audit.compared += 1;
        let difference = match (&folded, loaded(policy, &snapshot)) {
            (Some(folded), Some(loaded)) => compare(folded, &loaded),
            _ => Difference::Content,
        };
        match difference {
            Difference::None => return Ok(()),
            Difference::Order => {
                audit.reordered += 1;
                return Ok(());
            }
            Difference::Content => {}
        }
        if self.drops {
            let (category, key) = (stream.category(), stream.key());
            let store = self.cqrs.store();
            store.drop_snapshots(category, Some(key)).await?;
        }
        audit.wrong.push(WrongSnapshot {
            stream,
            version,
            kept: snapshot.state,
            folded,
        });
        Ok(())
    }
}

/// Reservoir sampling (Vitter, Algorithm R): each of all has the same chance, and no more are held than are drawn.
fn draw(sample: &mut Vec<Snapshot>, most: usize, seen: u64, snapshot: Snapshot) {
    if sample.len() < most {
        sample.push(snapshot);
        return;
    }
    let place = usize::try_from(fastrand::u64(..seen)).ok();
    if let Some(drawn) = place.and_then(|place| sample.get_mut(place)) {
        *drawn = snapshot;
    }
}

impl<A: Aggregate> IntoFuture for Audit<A> {
    type Output = Result<SnapshotAudit, SnapshotError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// The state that loading would begin with.
fn loaded<A: Aggregate>(policy: &SnapshotPolicy<A>, snapshot: &Snapshot) -> Option<Payload> {
    let again = guarded(|| policy.encode(&policy.decode(&snapshot.state).ok()?).ok());
    again.ok().flatten()
}

/// The state that the events up to the snapshot's version give, if the last of them is the snapshot's; or why there is none.
async fn fold<A: Aggregate>(
    cqrs: &Cqrs,
    policy: &SnapshotPolicy<A>,
    snapshot: &Snapshot,
) -> Result<Result<Option<Payload>, String>, StoreError> {
    let mut state = A::default();
    let mut version = StreamVersion::NONE;
    while version < snapshot.version {
        let left = snapshot.version.get() - version.get();
        let limit = usize::try_from(left).unwrap_or(usize::MAX).min(cqrs.page());
        let read = StreamRead::forward(snapshot.stream.clone())
            .from(version.after(1))
            .limit(limit);
        let page = cqrs.store().read_stream(read).await?;
        let Some(last) = page.events.last() else {
            return Ok(Ok(None));
        };
        version = last.version;
        if version == snapshot.version && last.event_id != snapshot.event_id {
            return Ok(Ok(None));
        }
        for recorded in &page.events {
            let events = match decoded::<A::Event>(recorded) {
                Ok(events) => events,
                Err(error) => return Ok(Err(error.to_string())),
            };
            let applied = guarded(|| events.for_each(|event| state.apply_event(&event)));
            if let Err(panic) = applied {
                return Ok(Err(panic.error));
            }
        }
    }
    Ok(match guarded(|| policy.encode(&state)) {
        Ok(Ok(state)) => Ok(Some(state)),
        Ok(Err(error)) => Err(error.to_string()),
        Err(panic) => Err(panic.error),
    })
}

//! Compares snapshots with what folding from the first event gives.

use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;

use serde_json::Value;

use super::SnapshotError;
use crate::domain::aggregate::Aggregate;
use crate::domain::snapshots::SnapshotPolicy;
use crate::ports::read_stream::StreamRead;
use crate::ports::snapshots::Snapshot;
use crate::runtime::app::Cqrs;
use crate::runtime::repository::LoadError;
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
    most: usize,
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
    /// Those that are not what folding gives.
    pub wrong: Vec<WrongSnapshot>,
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
    /// The state that folding gives; `None` when the stream has no such version at that position.
    pub folded: Option<Payload>,
}

impl<A: Aggregate> Audit<A> {
    pub(super) const fn new(cqrs: Cqrs) -> Self {
        Self {
            cqrs,
            most: usize::MAX,
            drops: false,
            aggregate: PhantomData,
        }
    }

    /// Compares at most so many, drawn at random from all: all of them where nothing is said.
    pub const fn sample(mut self, most: usize) -> Self {
        self.most = most;
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
        let sample = self.draw(&policy, &mut audit).await?;
        for snapshot in sample {
            let folded = fold::<A>(&self.cqrs, &policy, &snapshot).await?;
            audit.compared += 1;
            if folded
                .as_ref()
                .is_some_and(|folded| same(folded, &snapshot.state))
            {
                continue;
            }
            if self.drops {
                let (category, key) = (snapshot.stream.category(), snapshot.stream.key());
                let store = self.cqrs.store();
                store.drop_snapshots(category, Some(key)).await?;
            }
            audit.wrong.push(WrongSnapshot {
                stream: snapshot.stream,
                version: snapshot.version,
                kept: snapshot.state,
                folded,
            });
        }
        Ok(audit)
    }

    /// Draws from all snapshots of today's code, each with the same chance, and holds no more than are drawn.
    async fn draw(
        &self,
        policy: &SnapshotPolicy<A>,
        audit: &mut SnapshotAudit,
    ) -> Result<Vec<Snapshot>, SnapshotError> {
        let (store, mut sample) = (self.cqrs.store(), Vec::new());
        let mut after = None;
        loop {
            let page = store
                .list_snapshots(&A::CATEGORY, after.as_ref(), PAGE)
                .await?;
            let Some(last) = page.last() else {
                return Ok(sample);
            };
            after = Some(last.stream.key().clone());
            for snapshot in page {
                audit.kept += 1;
                if snapshot.fingerprint != policy.fingerprint() {
                    continue;
                }
                audit.usable += 1;
                if sample.len() < self.most {
                    sample.push(snapshot);
                    continue;
                }
                // Reservoir sampling (Vitter, Algorithm R).
                let place = fastrand::u64(..audit.usable);
                if let Some(drawn) = usize::try_from(place)
                    .ok()
                    .and_then(|place| sample.get_mut(place))
                {
                    *drawn = snapshot;
                }
            }
        }
    }
}

impl<A: Aggregate> IntoFuture for Audit<A> {
    type Output = Result<SnapshotAudit, SnapshotError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// The state that the events up to the snapshot's version give.
async fn fold<A: Aggregate>(
    cqrs: &Cqrs,
    policy: &SnapshotPolicy<A>,
    snapshot: &Snapshot,
) -> Result<Option<Payload>, SnapshotError> {
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
            return Ok(None);
        };
        version = last.version;
        if version == snapshot.version && last.event_id != snapshot.event_id {
            return Ok(None);
        }
        for recorded in &page.events {
            let events = crate::runtime::decoded::decoded::<A::Event>(recorded)
                .map_err(LoadError::Decode)?;
            events.for_each(|event| state.apply_event(&event));
        }
    }
    policy
        .encode(&state)
        .map(Some)
        .map_err(SnapshotError::Encode)
}

/// Whether both texts are the same state: the order of an object's fields does not count.
fn same(one: &Payload, other: &Payload) -> bool {
    one == other
        || matches!(
            (one.decode::<Value>(), other.decode::<Value>()),
            (Ok(one), Ok(other)) if one == other
        )
}

//! Begins to load an aggregate at its snapshot, if there is one that is right.

use std::fmt::Display;
use std::ops::ControlFlow;
use std::time::Duration;

use crate::domain::aggregate::Aggregate;
use crate::domain::root::Root;
use crate::domain::snapshots::{Loading, SnapshotPolicy};
use crate::ports::error::StoreError;
use crate::ports::fold_stream::{Detail, EventToFold, Fold};
use crate::ports::snapshots::{FoundSnapshot, SnapshotRead};
use crate::runtime::app::Cqrs;
use crate::runtime::folded::Folded;
use crate::runtime::folding::{Folding, detail};
use crate::runtime::processor::guarded;
use crate::runtime::repository::LoadError;
use crate::words::stream::StreamId;
use crate::words::version::StreamVersion;

/// The aggregate at its snapshot, if that can be used, with the first events after it, and how much is to be read of those that
/// are left. None of what may be wrong with a snapshot is an error (S1): then it is the aggregate without events, and
/// the whole stream is left.
pub(in crate::runtime) async fn begin<A: Aggregate>(
    cqrs: &Cqrs,
    id: &A::Id,
    stream: &StreamId,
    through: StreamVersion,
) -> Result<(Folded<A>, Option<Detail>), LoadError> {
    let new = || Folded::new(cqrs.new_root::<A>(id.clone()));
    let (mut folded, detail) = (new(), detail::<A>());
    let Some(policy) = A::SNAPSHOTS.filter(|_| cqrs.store().keeps_snapshots()) else {
        return Ok((folded, Some(detail)));
    };
    let request = SnapshotRead {
        stream: stream.clone(),
        through,
        fingerprint: policy.fingerprint(),
        limit: cqrs.page(),
    };
    let mut using = Using {
        cqrs,
        policy: &policy,
        id,
        stream,
        through,
        from: StreamVersion::NONE,
        refused: None,
        folding: Folding::new(&mut folded.loaded, stream, through, detail),
    };
    let end = cqrs
        .store()
        .fold_from_snapshot(request, detail, &mut using)
        .await;
    let (reason, error) = match (end, using.refused) {
        (Ok(end), None) => {
            let left = using.folding.left(end)?;
            (folded.from, folded.end_of_chapter) = (using.from, using.folding.end_of_chapter);
            return Ok((folded, left));
        }
        (_, Some(refused)) => refused,
        (Err(error), None) => {
            ignored(stream, "unreadable", &error);
            let is_in_the_way = matches!(error, StoreError::Corrupt { .. });
            let begun = Folded {
                is_in_the_way,
                ..new()
            };
            return Ok((begun, Some(detail)));
        }
    };
    ignored(stream, reason, &error);
    let begun = Folded {
        is_in_the_way: true,
        ..new()
    };
    Ok((begun, Some(detail)))
}

/// Why a snapshot is not to be used.
type Refused = (&'static str, Box<dyn Display + Send>);

/// Begins at the snapshot that is found, and goes on with the events.
struct Using<'a, A: Aggregate> {
    cqrs: &'a Cqrs,
    policy: &'a SnapshotPolicy<A>,
    id: &'a A::Id,
    stream: &'a StreamId,
    through: StreamVersion,
    /// The version of the snapshot.
    from: StreamVersion,
    refused: Option<Refused>,
    folding: Folding<'a, A>,
}

impl<A: Aggregate> Fold for Using<'_, A> {
    fn begin(&mut self, found: FoundSnapshot) -> ControlFlow<()> {
        let (stream, snapshot) = (self.stream, &found.snapshot);
        if snapshot.fingerprint != self.policy.fingerprint() {
            // The usual case after a deploy, and no reason to worry.
            tracing::debug!(%stream, version = %snapshot.version, "the snapshot is of other code");
            count(stream, "other code");
            return ControlFlow::Continue(());
        }
        match self.root(&found) {
            Ok(root) => {
                self.from = snapshot.version;
                self.folding.loaded.root = root;
                self.folding.loaded.bytes = snapshot.state.size();
                ControlFlow::Continue(())
            }
            Err(refused) => {
                self.refused = Some(refused);
                ControlFlow::Break(())
            }
        }
    }

    fn event(&mut self, event: EventToFold<'_>) -> ControlFlow<()> {
        self.folding.event(event)
    }
}

impl<A: Aggregate> Using<'_, A> {
    /// The aggregate at the snapshot, or why that is not to be used: the stream has to have the snapshot's event at its version, if
    /// the snapshot is of this log.
    fn root(&self, found: &FoundSnapshot) -> Result<Root<A>, Refused> {
        let snapshot = &found.snapshot;
        let Some(event) = found.event else {
            return Err(("future", Box::new("the stream ends before its version")));
        };
        if snapshot.version > self.through {
            return Err(("future", Box::new("an earlier version was asked for")));
        }
        if event != (snapshot.event_id, snapshot.position) {
            let why = "the stream has another event at its version";
            return Err(("foreign", Box::new(why)));
        }
        let (version, position) = (snapshot.version, snapshot.position);
        match guarded(|| self.policy.decode(&snapshot.state)) {
            Ok(Ok(state)) => Ok(self.cqrs.root_at(self.id.clone(), state, version, position)),
            Ok(Err(error)) => Err(("undecodable", Box::new(error))),
            Err(panic) => Err(("undecodable", Box::new(panic.error))),
        }
    }
}

/// Has a snapshot taken, if loading has shown that one is missing or is of no use.
pub(in crate::runtime) fn begin_if_due<A: Aggregate>(
    cqrs: &Cqrs,
    folded: &Folded<A>,
    took: Duration,
) {
    let (Some(policy), root) = (A::SNAPSHOTS, &folded.loaded.root) else {
        return;
    };
    if folded.is_in_the_way {
        cqrs.replace_snapshot::<A>(root.id(), root.version());
        return;
    }
    let loading = Loading {
        from: folded.from,
        to: root.version(),
        end_of_chapter: folded.end_of_chapter,
        took,
    };
    if let Some(version) = policy.due_after_loading(&loading) {
        cqrs.begin_snapshot::<A>(root.id(), version);
    }
}

/// Tells whoever operates the program that a snapshot is there and not used.
fn ignored(stream: &StreamId, reason: &'static str, error: &dyn Display) {
    count(stream, reason);
    tracing::warn_span!("cqrs.snapshot.ignored", %stream, reason)
        .in_scope(|| tracing::warn!(%error, "the aggregate is loaded from its first event"));
}

fn count(stream: &StreamId, reason: &'static str) {
    let aggregate = stream.category().to_string();
    metrics::counter!("cqrs_snapshots_ignored_total", "aggregate" => aggregate, "reason" => reason)
        .increment(1);
}

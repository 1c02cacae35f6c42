//! Begins to load an aggregate at its snapshot, if there is one that is right.

use std::fmt::Display;
use std::time::Duration;

use crate::domain::aggregate::Aggregate;
use crate::domain::root::Root;
use crate::domain::snapshots::{Loading, SnapshotPolicy};
use crate::ports::error::StoreError;
use crate::ports::read_stream::StreamPage;
use crate::ports::snapshots::{Snapshot, SnapshotPage, SnapshotRead};
use crate::runtime::app::Cqrs;
use crate::runtime::folded::Folded;
use crate::runtime::pages::{Pages, Part};
use crate::runtime::processor::guarded;
use crate::words::stream::StreamId;
use crate::words::version::StreamVersion;

/// The aggregate at its snapshot, if that can be used, and the pages of what comes after. None of what may be wrong with a
/// snapshot is an error (S1): then it is the aggregate without events, and the whole stream.
pub(in crate::runtime) async fn begin<A: Aggregate>(
    cqrs: &Cqrs,
    id: &A::Id,
    stream: &StreamId,
    through: StreamVersion,
) -> (Folded<A>, Pages) {
    let new = || Folded::new(cqrs.new_root::<A>(id.clone()));
    let whole = || {
        let part = Part::Stream {
            stream: stream.clone(),
            from: StreamVersion::FIRST,
            through,
        };
        Pages::new(cqrs.clone(), part)
    };
    let Some(policy) = A::SNAPSHOTS.filter(|_| cqrs.store().keeps_snapshots()) else {
        return (new(), whole());
    };
    let request = SnapshotRead {
        stream: stream.clone(),
        through,
        fingerprint: policy.fingerprint(),
        limit: cqrs.page(),
    };
    let (snapshot, page) = match cqrs.store().read_from_snapshot(request).await {
        Ok(SnapshotPage { snapshot, page }) => (snapshot, page),
        Err(error) => {
            ignored(stream, "unreadable", &error);
            let is_in_the_way = matches!(error, StoreError::Corrupt { .. });
            let begun = Folded {
                is_in_the_way,
                ..new()
            };
            return (begun, whole());
        }
    };
    let snapshot = snapshot.filter(|snapshot| {
        let is_ours = snapshot.fingerprint == policy.fingerprint();
        if !is_ours {
            // The usual case after a deploy, and no reason to worry.
            tracing::debug!(%stream, version = %snapshot.version, "the snapshot is of other code");
            count(stream, "other code");
        }
        is_ours
    });
    let pages = |page| Pages::beginning_with(cqrs.clone(), stream.clone(), page, through);
    let Some(snapshot) = snapshot else {
        return (new(), pages(page));
    };
    match root(cqrs, &policy, id, &snapshot, &page, through) {
        Ok(root) => {
            let mut begun = Folded {
                from: snapshot.version,
                last: Some(snapshot.event_id),
                ..Folded::new(root)
            };
            begun.loaded.bytes = snapshot.state.size();
            let mut pages = pages(page);
            pages.pass_first();
            (begun, pages)
        }
        Err((reason, error)) => {
            ignored(stream, reason, &error);
            let begun = Folded {
                is_in_the_way: true,
                ..new()
            };
            (begun, whole())
        }
    }
}

/// The aggregate at the snapshot, or why that is not to be used. The page begins with the event of the snapshot's version, if
/// the snapshot is of this log.
fn root<A: Aggregate>(
    cqrs: &Cqrs,
    policy: &SnapshotPolicy<A>,
    id: &A::Id,
    snapshot: &Snapshot,
    page: &StreamPage,
    through: StreamVersion,
) -> Result<Root<A>, (&'static str, Box<dyn Display>)> {
    let Some(event) = page.events.first() else {
        return Err(("future", Box::new("the stream ends before its version")));
    };
    if snapshot.version > through {
        return Err(("future", Box::new("an earlier version was asked for")));
    }
    let is_there = event.version == snapshot.version
        && event.event_id == snapshot.event_id
        && event.position == snapshot.position;
    if !is_there {
        let why = "the stream has another event at its version";
        return Err(("foreign", Box::new(why)));
    }
    match guarded(|| policy.decode(&snapshot.state)) {
        Ok(Ok(state)) => Ok(cqrs.root_at(id.clone(), state, snapshot.version, snapshot.position)),
        Ok(Err(error)) => Err(("undecodable", Box::new(error))),
        Err(panic) => Err(("undecodable", Box::new(panic.error))),
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

//! Begins to load an aggregate at its snapshot, if there is one that is right.

use crate::domain::aggregate::Aggregate;
use crate::domain::root::Root;
use crate::runtime::app::Cqrs;
use crate::runtime::processor::guarded;
use crate::words::stream::StreamId;
use crate::words::version::StreamVersion;

/// The aggregate at its snapshot, if that can be used: none of what may be wrong with it is an error (S1).
pub(in crate::runtime) async fn begin<A: Aggregate>(
    cqrs: &Cqrs,
    id: &A::Id,
    stream: &StreamId,
    through: StreamVersion,
) -> Option<Root<A>> {
    let policy = A::SNAPSHOTS?;
    let snapshot = match cqrs.store().find_snapshot(stream, through).await {
        Ok(found) => found?,
        Err(error) => {
            ignored(stream, "unreadable", &error);
            return None;
        }
    };
    if snapshot.fingerprint != policy.fingerprint() {
        // The usual case after a deploy, and no reason to worry.
        tracing::debug!(%stream, version = %snapshot.version, "the snapshot is of other code");
        return None;
    }
    if snapshot.version == StreamVersion::NONE || snapshot.version > through {
        ignored(
            stream,
            "foreign",
            &"it is of a version that was not asked for",
        );
        return None;
    }
    match guarded(|| policy.decode(&snapshot.state)) {
        Ok(Ok(state)) => Some(cqrs.root_at(id.clone(), state, snapshot.version, snapshot.position)),
        Ok(Err(error)) => {
            ignored(stream, "undecodable", &error);
            None
        }
        Err(panic) => {
            ignored(stream, "undecodable", &panic.error);
            None
        }
    }
}

/// Tells whoever operates the program that a snapshot is there and not used.
pub(in crate::runtime) fn ignored(
    stream: &StreamId,
    reason: &'static str,
    error: &dyn std::fmt::Display,
) {
    let aggregate = stream.category().to_string();
    metrics::counter!("cqrs_snapshots_ignored_total", "aggregate" => aggregate, "reason" => reason)
        .increment(1);
    tracing::warn_span!("cqrs.snapshot.ignored", %stream, reason)
        .in_scope(|| tracing::warn!(%error, "the aggregate is loaded from its first event"));
}

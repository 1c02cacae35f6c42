//! Snapshots: taken off the request path, used when they are right, and audited.

mod audit;
mod compare;
mod taking;
mod using;

use crate::domain::aggregate::Aggregate;
use crate::ports::error::StoreError;
use crate::runtime::app::Cqrs;
use crate::runtime::repository::LoadError;
use crate::words::version::StreamVersion;

pub use audit::{Audit, NotFolded, SnapshotAudit, WrongSnapshot};
pub(super) use taking::{DueSnapshot, Taking, due_snapshot, due_version};
pub(super) use using::{begin, begin_if_due};

/// A snapshot that was not taken.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// The aggregate does not say that snapshots of it are taken.
    #[error("{aggregate} has no snapshots: write `#[aggregate(snapshot(every = 500))]` on it")]
    Off {
        /// The Rust type.
        aggregate: &'static str,
    },
    /// The aggregate can't be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The state has no JSON form.
    #[error("the state has no JSON form")]
    Encode(#[source] crate::words::payload::InvalidPayload),
    /// What would be read back is another state.
    #[error(
        "the state does not come back as it was: serde leaves a part of it out, or reads it as something else"
    )]
    Lossy,
    /// The state was neither folded nor written: the user's code panicked.
    #[error("panicked: {0}")]
    Panicked(String),
    /// The store did not keep it.
    #[error("the store did not keep the snapshot")]
    Store(#[from] StoreError),
}

impl Cqrs {
    /// Takes a snapshot of an aggregate as it is now, whatever its policy says, and waits until the store has it. Nothing is
    /// taken of an aggregate without events.
    ///
    /// # Errors
    ///
    /// [`SnapshotError`].
    pub async fn take_snapshot<A: Aggregate>(&self, id: &A::Id) -> Result<(), SnapshotError> {
        taking::take::<A>(self, id, StreamVersion::MAX, false).await
    }

    /// Waits until no snapshot is being taken: at the end of a program that wants those that are under way, and in tests.
    pub async fn snapshots_taken(&self) {
        self.taking().all_done().await;
    }

    /// Folds a sample of the aggregates that have a snapshot again, from their first event, and compares. It finds what no
    /// fingerprint sees: a function that an `apply` calls and that has changed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cqrs_core::domain::aggregate::Aggregate;
    /// # use cqrs_core::runtime::app::Cqrs;
    /// # use cqrs_core::runtime::snapshots::SnapshotError;
    /// async fn check<A: Aggregate>(cqrs: &Cqrs) -> Result<(), SnapshotError> {
    ///     let audit = cqrs.audit_snapshots::<A>().sample(1_000).await?;
    ///     assert!(audit.wrong.is_empty(), "raise the version in `snapshot(…)`: {:?}", audit.wrong);
    ///     Ok(())
    /// }
    /// ```
    pub fn audit_snapshots<A: Aggregate>(&self) -> Audit<A> {
        Audit::new(self.clone())
    }

    /// Drops all snapshots of an aggregate's kind, and says how many. They are taken again as the policy says.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the store can't be written.
    pub async fn drop_snapshots<A: Aggregate>(&self) -> Result<u64, StoreError> {
        self.store().drop_snapshots(&A::CATEGORY, None).await
    }
}

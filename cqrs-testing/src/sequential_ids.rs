//! Ids that a test can foresee.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cqrs_core::words::clock::IdSource;
use uuid::Uuid;

/// Ids 1, 2, 3 … as UUIDs, so that a test can foresee them. Clones go on counting together.
#[derive(Clone, Debug, Default)]
pub struct SequentialIds {
    last: Arc<AtomicU64>,
}

impl SequentialIds {
    /// The id with this number.
    #[must_use]
    pub fn id(number: u64) -> Uuid {
        Uuid::from_u128(u128::from(number))
    }
}

impl IdSource for SequentialIds {
    fn new_id(&self) -> Uuid {
        Self::id(self.last.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

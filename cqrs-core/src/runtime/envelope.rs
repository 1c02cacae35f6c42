//! What surrounds a command on its way: why it is sent, and how hard to try.

use std::sync::Arc;
use std::time::Duration;

use super::retry::RetryPolicy;
use crate::words::idempotency_key::IdempotencyKey;
use crate::words::metadata::Metadata;
use crate::words::version::StreamVersion;

/// What surrounds a command on its way: why it is sent, and how hard to try.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Envelope {
    /// Makes two requests the same.
    pub idempotency_key: Option<IdempotencyKey>,
    /// What every event of the command gets, correlation and causation included.
    pub metadata: Arc<Metadata>,
    /// The version that the sender has seen, and on which alone the command makes sense to it.
    pub expected_version: Option<StreamVersion>,
    /// How often to decide again, and to append again.
    pub retry: RetryPolicy,
    /// How long it may take altogether.
    pub timeout: Option<Duration>,
}

impl Envelope {
    pub(super) fn new(metadata: Arc<Metadata>, retry: RetryPolicy) -> Self {
        Self {
            idempotency_key: None,
            metadata,
            expected_version: None,
            retry,
            timeout: None,
        }
    }
}

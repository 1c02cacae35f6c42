//! What the tests expect of a step. Each fails at the line of the test.

use cqrs_core::ports::advance::AdvanceError;
use cqrs_core::words::partition::Partition;

#[track_caller]
pub(super) fn done(outcome: Result<(), AdvanceError>) {
    if let Err(error) = outcome {
        panic!("the step should have been recorded, but the store answered {error:?}");
    }
}

/// The partition that the store names.
#[track_caller]
pub(super) fn stale(outcome: Result<(), AdvanceError>) -> Partition {
    match outcome {
        Err(AdvanceError::Stale { partition, .. }) => partition,
        other => panic!("the step should have been stale, but the store answered {other:?}"),
    }
}

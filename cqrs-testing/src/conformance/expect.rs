//! What the tests expect of an answer. Each fails at the line of the test.

use cqrs_core::ports::append::{AppendOutcome, Appended};
use cqrs_core::ports::error::{AppendError, InvalidAppend};
use cqrs_core::ports::receipts::StoredReceipt;
use cqrs_core::words::event::{EventId, NewEvent, RecordedEvent};
use cqrs_core::words::position::Position;
use cqrs_core::words::version::VersionConflict;

type Outcome = Result<AppendOutcome, AppendError>;

#[track_caller]
pub(super) fn recorded(outcome: Outcome) -> Appended {
    match outcome {
        Ok(AppendOutcome::Recorded(appended)) => appended,
        other => panic!("the append should have been recorded, but the store answered {other:?}"),
    }
}

#[track_caller]
pub(super) fn repeated(outcome: Outcome) -> StoredReceipt {
    match outcome {
        Ok(AppendOutcome::Repeated(mut receipts)) if receipts.len() == 1 => receipts.remove(0),
        other => {
            panic!("the stored receipt should have come back, but the store answered {other:?}")
        }
    }
}

#[track_caller]
pub(super) fn conflict(outcome: Outcome) -> VersionConflict {
    match outcome {
        Err(AppendError::Conflict { conflict, .. }) => conflict,
        other => {
            panic!("this should have been a version conflict, but the store answered {other:?}")
        }
    }
}

#[track_caller]
pub(super) fn condition_failed(outcome: Outcome) -> Position {
    match outcome {
        Err(AppendError::ConditionFailed { position }) => position,
        other => panic!("the condition should have failed, but the store answered {other:?}"),
    }
}

#[track_caller]
pub(super) fn reused(outcome: Outcome) -> EventId {
    match outcome {
        Err(AppendError::EventIdReused { event_id }) => event_id,
        other => panic!("the reused event id should be an error, but the store answered {other:?}"),
    }
}

#[track_caller]
pub(super) fn invalid(outcome: Outcome) -> InvalidAppend {
    match outcome {
        Err(AppendError::Invalid(invalid)) => invalid,
        other => panic!("the append should be invalid, but the store answered {other:?}"),
    }
}

/// The name of the limit.
#[track_caller]
pub(super) fn limited(outcome: Outcome) -> &'static str {
    match outcome {
        Err(AppendError::Limit(exceeded)) => exceeded.limit,
        other => panic!("the append should exceed a limit, but the store answered {other:?}"),
    }
}

/// The same events, in this order, with all their content.
#[track_caller]
pub(super) fn same_content(recorded: &[RecordedEvent], given: &[NewEvent]) {
    assert_eq!(
        recorded.len(),
        given.len(),
        "the number of events that were recorded"
    );
    for (recorded, given) in recorded.iter().zip(given) {
        let name = &given.name;
        assert_eq!(recorded.event_id, given.event_id, "the event id of {name}");
        assert_eq!(recorded.name, given.name, "the name of {name}");
        assert_eq!(
            recorded.schema_version, given.schema_version,
            "the schema version of {name}"
        );
        assert!(
            recorded.payload == given.payload,
            "the payload of {name} came back other than it was given:\n given {}\n read  {}",
            short(given.payload.as_str()),
            short(recorded.payload.as_str()),
        );
        assert_eq!(recorded.metadata, given.metadata, "the metadata of {name}");
        assert_eq!(recorded.tags, given.tags, "the tags of {name}");
    }
}

/// Versions 1, 2, 3 … without gaps.
#[track_caller]
pub(super) fn no_gaps(stream: &[RecordedEvent]) {
    let versions: Vec<_> = stream.iter().map(|event| event.version.get()).collect();
    let expected: Vec<_> = (1..).take(stream.len()).collect();
    assert_eq!(
        versions, expected,
        "the versions of a stream are 1, 2, 3 … without gaps"
    );
}

fn short(text: &str) -> String {
    text.chars().take(200).collect()
}

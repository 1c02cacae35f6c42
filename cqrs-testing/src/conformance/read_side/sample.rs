//! What the tests declare, write, park and stage.

use std::time::Duration;

use chrono::{DateTime, Utc};
use cqrs_core::ports::advance::CancelTimer;
use cqrs_core::ports::documents::DocumentWrite;
use cqrs_core::ports::parked::{ParkEvent, ParkedFailure};
use cqrs_core::ports::processors::{Declare, ProcessorKind};
use cqrs_core::ports::staged::StagedCommand;
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::generation::{Generation, GenerationId};
use cqrs_core::words::metadata::Metadata;
use cqrs_core::words::node::NodeId;
use cqrs_core::words::partition::{Partition, PartitionCount};
use cqrs_core::words::position::Position;
use cqrs_core::words::processor::{ProcessorName, TimerName};
use cqrs_core::words::staged::StagedId;
use cqrs_core::words::start::StartFrom;
use uuid::Uuid;

pub(super) use crate::conformance::sample::payload;

/// A lease that does not end while a test runs.
pub(super) const LONG: Duration = Duration::from_mins(10);

/// The kind that has everything: documents, parked events, commands.
pub(super) const MANAGER: ProcessorKind = ProcessorKind::ProcessManager;
pub(super) const VIEW: ProcessorKind = ProcessorKind::View;

/// A processor of one partition that starts at the beginning.
pub(super) fn declare(name: &'static str, kind: ProcessorKind) -> Declare {
    Declare {
        processor: processor(name),
        kind,
        version: 1,
        partitions: PartitionCount::ONE,
        start: StartFrom::Beginning,
    }
}

pub(super) const fn processor(name: &'static str) -> ProcessorName {
    ProcessorName::from_static(name)
}

pub(super) fn generation(name: &'static str, number: u32) -> GenerationId {
    let number = Generation::new(number).expect("the generation of a sample is valid");
    GenerationId::new(processor(name), number)
}

pub(super) fn node(name: impl std::fmt::Display) -> NodeId {
    NodeId::new(name.to_string()).expect("the node of a sample is valid")
}

pub(super) fn at(position: u64) -> Position {
    Position::new(position).expect("the position of a sample is valid")
}

pub(super) fn partition(number: u16) -> Partition {
    Partition::new(number).expect("the partition of a sample is valid")
}

pub(super) fn key(text: impl std::fmt::Display) -> DocumentKey {
    DocumentKey::new(text.to_string()).expect("the key of a sample is valid")
}

/// A document that is a number.
pub(super) fn write(key_text: impl std::fmt::Display, number: u64, position: u64) -> DocumentWrite {
    DocumentWrite {
        key: key(key_text),
        content: Some(payload(&number.to_string())),
        position: at(position),
        is_new: false,
    }
}

pub(super) fn delete(key_text: impl std::fmt::Display, position: u64) -> DocumentWrite {
    DocumentWrite {
        key: key(key_text),
        content: None,
        position: at(position),
        is_new: false,
    }
}

/// An event of partition 0 that failed once, and is tried again when somebody asks for it.
pub(super) fn failed(key_text: impl std::fmt::Display, position: u64) -> ParkEvent {
    ParkEvent {
        partition: partition(0),
        key: key(key_text),
        position: at(position),
        failure: Some(ParkedFailure {
            attempts: 1,
            error: "the mail server is away".into(),
            retry_at: None,
        }),
    }
}

/// An event of partition 0 that waits behind another one.
pub(super) fn waiting(key_text: impl std::fmt::Display, position: u64) -> ParkEvent {
    ParkEvent {
        failure: None,
        ..failed(key_text, position)
    }
}

pub(super) fn staged_id(number: u128) -> StagedId {
    StagedId::from(Uuid::from_u128(number))
}

/// So many seconds after the moment at which the samples are due.
pub(super) fn second(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(946_684_800 + second, 0).expect("the time of a sample is valid")
}

/// A command of partition 0 that is due at [`second`] 0.
pub(super) fn command(number: u128, key_text: impl std::fmt::Display) -> StagedCommand {
    StagedCommand {
        id: staged_id(number),
        partition: partition(0),
        key: key(key_text),
        position: at(1),
        number: 0,
        command: payload(&format!(r#"{{"Deposit":{number}}}"#)),
        metadata: Metadata::new(),
        timer: None,
        is_timer: false,
        due_at: second(0),
        is_parked: false,
        request: None,
        attempts: 0,
        error: None,
    }
}

/// A timer of partition 0 that can be cancelled.
pub(super) fn timer(
    number: u128,
    key_text: impl std::fmt::Display,
    name: &'static str,
    due_at: DateTime<Utc>,
) -> StagedCommand {
    StagedCommand {
        timer: Some(TimerName::from_static(name)),
        is_timer: true,
        due_at,
        ..command(number, key_text)
    }
}

/// Cancels the timer of this name, or all of the key.
pub(super) fn cancel(
    key_text: impl std::fmt::Display,
    name: impl Into<Option<&'static str>>,
) -> CancelTimer {
    CancelTimer {
        key: key(key_text),
        timer: name.into().map(TimerName::from_static),
    }
}

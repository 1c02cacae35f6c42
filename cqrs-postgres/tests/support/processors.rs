//! Short ways to write what processors ask for.
#![allow(dead_code, reason = "each test uses some of them")]

use std::time::Duration;

use cqrs_core::ports::advance::{Advance, PartitionAdvance};
use cqrs_core::ports::documents::DocumentWrite;
use cqrs_core::ports::leases::{HoldLeases, Holding, Leases};
use cqrs_core::ports::parked::{ParkEvent, ParkedFailure};
use cqrs_core::ports::processors::{Declare, ProcessorKind};
use cqrs_core::ports::staged::StagedCommand;
use cqrs_core::words::document_key::DocumentKey;
use cqrs_core::words::generation::{Generation, GenerationId};
use cqrs_core::words::metadata::Metadata;
use cqrs_core::words::node::NodeId;
use cqrs_core::words::partition::{Partition, PartitionCount};
use cqrs_core::words::payload::Payload;
use cqrs_core::words::position::Position;
use cqrs_core::words::processor::ProcessorName;
use cqrs_core::words::start::StartFrom;

pub(crate) const LEASE: Duration = Duration::from_mins(1);

pub(crate) fn declare(processor: &str, kind: ProcessorKind, partitions: u16) -> Declare {
    Declare {
        processor: processor.parse().unwrap(),
        kind,
        version: 1,
        partitions: PartitionCount::new(partitions).unwrap(),
        start: StartFrom::Beginning,
    }
}

pub(crate) fn of(processor: &str, generation: u32) -> GenerationId {
    GenerationId::new(
        ProcessorName::new(processor).unwrap(),
        Generation::new(generation).unwrap(),
    )
}

pub(crate) fn node(name: &str) -> NodeId {
    NodeId::new(name).unwrap()
}

pub(crate) fn key(text: &str) -> DocumentKey {
    DocumentKey::new(text).unwrap()
}

pub(crate) fn at(position: u64) -> Position {
    Position::new(position).unwrap()
}

pub(crate) fn part(number: u16) -> Partition {
    Partition::new(number).unwrap()
}

pub(crate) async fn hold(
    store: &impl Leases,
    name: &str,
    of: &GenerationId,
    lease: Duration,
) -> Holding {
    let request = HoldLeases {
        node: node(name),
        lease,
        generations: vec![of.clone()],
    };
    store.hold(request).await.unwrap().pop().unwrap()
}

/// An advance of everything that is held up to this position.
pub(crate) fn step(holding: &Holding, through: u64) -> Advance {
    let mut advance = Advance::new(holding.of.clone());
    advance.partitions = holding
        .partitions
        .iter()
        .map(|held| PartitionAdvance {
            partition: held.partition,
            epoch: held.epoch,
            from: held.checkpoint,
            through: at(through),
        })
        .collect();
    advance
}

pub(crate) fn write(name: &str, content: &str, position: u64) -> DocumentWrite {
    DocumentWrite {
        key: key(name),
        content: Some(Payload::from_json(content).unwrap()),
        position: at(position),
        is_new: false,
    }
}

pub(crate) fn delete(name: &str, position: u64) -> DocumentWrite {
    DocumentWrite {
        key: key(name),
        content: None,
        position: at(position),
        is_new: false,
    }
}

pub(crate) fn park(name: &str, position: u64, failure: Option<ParkedFailure>) -> ParkEvent {
    ParkEvent {
        partition: part(0),
        key: key(name),
        position: at(position),
        failure,
    }
}

pub(crate) fn staged(number: u128, name: &str, due_at: i64) -> StagedCommand {
    StagedCommand {
        id: uuid::Uuid::from_u128(number).into(),
        partition: part(0),
        key: key(name),
        position: at(1),
        number: 0,
        command: Payload::from_json("{\"c\": 1}").unwrap(),
        metadata: Metadata::new(),
        timer: None,
        is_timer: false,
        due_at: chrono::DateTime::from_timestamp(due_at, 0).unwrap(),
        is_parked: false,
        request: None,
        attempts: 0,
        error: None,
    }
}

//! Ids of deliveries and of staged commands: the same each time that the same thing is done again.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::document_key::DocumentKey;
use super::event::EventId;
use super::part::Part;
use super::processor::ProcessorName;

/// What all of these ids are derived from.
const NAMESPACE: Uuid = Uuid::from_u128(0x6b6c_92ab_6a0f_4b8e_9d2b_6f1f_5f0f_43a1);

/// Identifies the delivery of one event to one processor under one key: the same each time that it is delivered again.
/// Another system can tell by it that it has done this before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeliveryId(Uuid);

impl DeliveryId {
    /// The id of this delivery: a UUID of version 5 over processor, event and key.
    #[must_use]
    pub fn of(processor: &ProcessorName, event: EventId, key: &DocumentKey) -> Self {
        Self(Uuid::new_v5(
            &NAMESPACE,
            format!("{processor}/{event}/{key}").as_bytes(),
        ))
    }

    /// The id of the delivery of one part of an event: for the first part that of the event, so that a system that was told
    /// of the event before it had parts is not told again.
    #[must_use]
    pub fn of_part(
        processor: &ProcessorName,
        event: EventId,
        part: Part,
        key: &DocumentKey,
    ) -> Self {
        let whole = Self::of(processor, event, key);
        if part.number() == 1 {
            return whole;
        }
        let number = format!("part {}", part.number());
        Self(Uuid::new_v5(&whole.0, number.as_bytes()))
    }

    /// The id of the command that is staged as this one in number, from 0, in this delivery.
    #[must_use]
    pub fn staged(self, number: usize) -> StagedId {
        StagedId(Uuid::new_v5(&self.0, format!("{number}").as_bytes()))
    }

    /// The id as a UUID.
    #[must_use]
    pub const fn as_uuid(self) -> Uuid {
        self.0
    }
}

impl std::fmt::Display for DeliveryId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Identifies a staged command. It is its idempotency key when it is sent, so that it takes effect once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StagedId(Uuid);

impl StagedId {
    /// The id of the command that is staged as this one in number, from 0, in answer to the rejection of this one.
    #[must_use]
    pub fn answer(self, number: usize) -> Self {
        Self(Uuid::new_v5(&self.0, format!("{number}").as_bytes()))
    }

    /// The id as a UUID.
    #[must_use]
    pub const fn as_uuid(self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for StagedId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl std::fmt::Display for StagedId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

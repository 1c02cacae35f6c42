//! From the commands that user code wants to be sent to those that the store keeps.

use chrono::{DateTime, Utc};

use super::ProcessorError;
use crate::ports::staged::StagedCommand;
use crate::runtime::command_set::CommandSet;
use crate::words::document_key::DocumentKey;
use crate::words::event::Recorded;
use crate::words::metadata::Metadata;
use crate::words::part::Part;
use crate::words::partition::Partition;
use crate::words::payload::Payload;
use crate::words::position::Position;
use crate::words::processor::TimerName;
use crate::words::staged::StagedId;

/// Why, for whom and in which place commands are staged.
pub(super) struct Staging<'a> {
    pub(super) key: &'a DocumentKey,
    pub(super) partition: Partition,
    pub(super) position: Position,
    pub(super) part: Part,
    pub(super) metadata: Metadata,
}

/// When a command is to be sent.
pub(super) enum Due {
    Now(DateTime<Utc>),
    Later(DateTime<Utc>, Option<TimerName>),
}

impl<'a> Staging<'a> {
    /// Because of an event: the conversation goes on, and the event is the cause.
    pub(super) fn because_of<E>(
        event: &Recorded<E>,
        key: &'a DocumentKey,
        partition: Partition,
    ) -> Self {
        let mut metadata = Metadata::new();
        metadata.correlation_id = event.metadata.correlation_id;
        metadata.causation_id = Some(event.event_id.into());
        Self {
            key,
            partition,
            position: event.position,
            part: event.part,
            metadata,
        }
    }

    /// The place of a command among all that the event has led to: those of the first part come first.
    fn number_in_event(&self, number: usize) -> u32 {
        const IN_A_PART: u32 = 1 << 16;
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        (self.part.number() - 1)
            .saturating_mul(IN_A_PART)
            .saturating_add(number)
    }

    pub(super) fn stage<C: CommandSet>(
        &self,
        id: StagedId,
        number: usize,
        command: &C,
        due: Due,
    ) -> Result<StagedCommand, ProcessorError> {
        let (due_at, timer, is_timer) = match due {
            Due::Now(now) => (now, None, false),
            Due::Later(at, timer) => (at, timer, true),
        };
        Ok(StagedCommand {
            id,
            partition: self.partition,
            key: self.key.clone(),
            position: self.position,
            number: self.number_in_event(number),
            command: Payload::encode(command).map_err(|error| ProcessorError::coding(&error))?,
            metadata: self.metadata.clone(),
            timer,
            is_timer,
            due_at,
            is_parked: false,
            request: None,
            attempts: 0,
            error: None,
        })
    }
}

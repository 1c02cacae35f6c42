//! The one place where time travel, verification and repair turn what is recorded into events.

use crate::encoding::error::DecodeError;
use crate::encoding::event::EventSet;
use crate::words::event::RecordedEvent;

/// The events that today's code makes of a recorded one, in their order.
pub(super) fn decoded<E: EventSet>(
    recorded: &RecordedEvent,
) -> Result<impl Iterator<Item = E>, DecodeError> {
    E::decode(recorded).map(std::iter::once)
}

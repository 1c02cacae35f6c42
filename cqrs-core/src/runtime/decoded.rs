//! The one place where time travel, verification and repair turn what is recorded into events.

use crate::encoding::error::DecodeError;
use crate::encoding::event::EventSet;
use crate::words::event::{Recorded, RecordedEvent};

/// The events that today's code makes of a recorded one, in their order: for those who must know all of them.
pub(super) fn decoded<E: EventSet>(
    recorded: &RecordedEvent,
) -> Result<impl Iterator<Item = E> + use<E>, DecodeError> {
    E::decode(recorded).map(std::iter::once)
}

/// The same in their places, for those who read what they know.
pub(super) fn known<E: EventSet>(
    recorded: &RecordedEvent,
) -> Result<impl Iterator<Item = Recorded<E>> + use<E>, DecodeError> {
    let event = E::decode(recorded)?;
    Ok(std::iter::once(Recorded::new(event, recorded.clone())))
}

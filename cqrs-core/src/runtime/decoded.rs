//! The one place where time travel, verification and repair turn what is recorded into events.

use crate::encoding::error::DecodeError;
use crate::encoding::event::EventSet;
use crate::words::event::{Recorded, RecordedEvent};

/// The events that today's code makes of a recorded one, in their order: for those who must know all of them.
pub(super) fn decoded<E: EventSet>(
    recorded: &RecordedEvent,
) -> Result<impl Iterator<Item = E> + use<E>, DecodeError> {
    Ok(E::decode(recorded)?.into_iter().map(|(_, event)| event))
}

/// The same in their places, for those who read what they know.
pub(super) fn known<E: EventSet>(
    recorded: &RecordedEvent,
) -> Result<impl Iterator<Item = Recorded<E>> + use<E>, DecodeError> {
    Ok(E::decode_known(recorded)?.recorded(recorded.clone()))
}

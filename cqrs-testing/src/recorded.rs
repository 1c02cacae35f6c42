//! Events as a store would give them back.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use cqrs_core::encoding::event::EventSet;
use cqrs_core::encoding::parts::Parts;
use cqrs_core::words::event::{EventId, NewEvent, Recorded};
use cqrs_core::words::position::Position;
use cqrs_core::words::stream::StreamId;
use cqrs_core::words::version::StreamVersion;

use crate::sequential_ids::SequentialIds;

/// A log of which only the ends of its streams are kept.
#[derive(Debug, Default)]
pub(crate) struct Log {
    versions: HashMap<StreamId, StreamVersion>,
    position: u64,
}

impl Log {
    /// The event as it is read back, as the next of its stream and of the log.
    #[track_caller]
    pub(crate) fn record<E: EventSet>(
        &mut self,
        stream: &str,
        event: &E,
        now: DateTime<Utc>,
    ) -> Recorded<E> {
        let stream: StreamId = match stream.parse() {
            Ok(stream) => stream,
            Err(error) => panic!("{error}"),
        };
        let encoded = match event.encode() {
            Ok(encoded) => encoded,
            Err(error) => panic!("the event can't be recorded: {error}"),
        };
        let version = self.versions.entry(stream.clone()).or_default();
        *version = version.after(1);
        self.position += 1;
        let recorded = NewEvent::new(encoded.name, encoded.payload)
            .with_event_id(EventId::from(SequentialIds::id(self.position)))
            .with_schema_version(encoded.schema_version)
            .with_tags(encoded.tags)
            .recorded(
                stream,
                *version,
                Position::new(self.position).unwrap_or_default(),
                now,
            );
        match E::decode(&recorded).map(Parts::into_one) {
            Ok(Some(event)) => Recorded::new(event, recorded),
            Ok(None) => panic!("the event does not read back as one event, but as none or several"),
            Err(error) => panic!("the event does not read back: {error}"),
        }
    }
}

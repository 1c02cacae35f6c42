//! Aggregates, commands and events for CQRS and event sourcing, over pluggable stores.

pub mod domain;
pub mod encoding;
pub mod ports;
pub mod runtime;
pub mod words;

#[cfg(feature = "derive")]
pub use cqrs_derive::{Aggregate, AggregateId, Command, Event, EventSet};

pub mod prelude;

/// What the derive macros name. Not for people: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use serde;
    pub use uuid::Uuid;

    pub use crate::domain::aggregate::{Aggregate, AggregateId, Apply};
    pub use crate::domain::command::{
        AggregateCommand, ByAggregate, ByHandler, Command, Handle, Lifecycle,
    };
    pub use crate::encoding::codec;
    pub use crate::encoding::error::{DecodeError, EncodeError};
    pub use crate::encoding::event::{EncodedEvent, Event, EventSet};
    pub use crate::encoding::registry::EventDescription;
    pub use crate::words::error::InvalidWord;
    pub use crate::words::event::{EventName, RecordedEvent, SchemaVersion};
    pub use crate::words::stream::{Category, StreamKey};
    pub use crate::words::tag::Tag;
}

//! What the file of an aggregate, a read model or a process manager needs: `use cqrs_core::prelude::*;`.

pub use serde::{Deserialize, Serialize};

pub use crate::domain::aggregate::{Aggregate, AggregateId, Apply};
pub use crate::domain::command::{Command, Handle};
pub use crate::domain::event_handler::{Delivery, EventHandler, NoCommands};
pub use crate::domain::process_manager::{ProcessManager, Reactions, Rejection};
pub use crate::domain::root::Root;
pub use crate::domain::view::View;
pub use crate::encoding::event::{Event, EventSet};
pub use crate::runtime::command_set::CommandSet;
pub use crate::words::event::Recorded;
pub use crate::words::processor::{ProcessorName, TimerName};
pub use crate::words::run::Run;
pub use crate::words::start::StartFrom;

#[cfg(feature = "derive")]
pub use cqrs_derive::{
    Aggregate, AggregateId, Command, CommandSet, Event, EventField, EventSet, apply,
};

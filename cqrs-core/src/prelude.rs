//! What the file of an aggregate needs: `use cqrs_core::prelude::*;`.

pub use serde::{Deserialize, Serialize};

pub use crate::domain::aggregate::{Aggregate, AggregateId, Apply};
pub use crate::domain::command::{Command, Handle};
pub use crate::domain::root::Root;
pub use crate::encoding::event::{Event, EventSet};

#[cfg(feature = "derive")]
pub use cqrs_derive::{Aggregate, AggregateId, Command, Event, EventSet};

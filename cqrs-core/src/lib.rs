//! Aggregates, commands and events for CQRS and event sourcing, over pluggable stores.
//!
//! ```text
//!            command                            events
//!  sender ───────────► bus ──► aggregate ────────────────► log ──► readers
//!         ◄───────────          decides      recorded       │
//!            receipt            on its state  together      └────► the state, again: load, decide, append
//! ```
//!
//! A **command** is what somebody wants; an **aggregate** decides about it, and may refuse. What it decides are **events**:
//! facts, which are recorded in the **log** and never change. The aggregate's state is what replaying its events gives.
//!
//! # What users write
//!
//! Events, a state, how each event changes the state, commands, and how each command is decided. No I/O, no async, no
//! database. The derive macros (feature `derive`) do the rest; [`prelude`] has the names.
//!
//! ```
//! # #[cfg(feature = "derive")] {
//! use cqrs_core::prelude::*;
//!
//! #[derive(AggregateId, Clone, Copy, Debug, PartialEq, Eq, Hash)]
//! pub struct LampId(u64);
//!
//! #[derive(EventSet, Serialize, Deserialize, Clone, Debug, PartialEq)]
//! pub enum LampEvent {
//!     #[event(name = "lamp.switched_on")] // durable: never the Rust name
//!     SwitchedOn,
//! }
//!
//! #[derive(Debug, PartialEq, thiserror::Error)]
//! #[error("the lamp is on already")]
//! pub struct OnAlready;
//!
//! #[derive(Aggregate, Default, Debug)]
//! #[aggregate(name = "lamp", id = LampId, error = OnAlready, event = LampEvent)]
//! pub struct Lamp {
//!     is_on: bool,
//! }
//!
//! impl Apply<LampEvent> for Lamp {
//!     fn apply(&mut self, event: &LampEvent) {
//!         match event {
//!             LampEvent::SwitchedOn => self.is_on = true,
//!         }
//!     }
//! }
//!
//! #[derive(Command, Debug)]
//! #[command(aggregate = Lamp, any)]
//! pub struct SwitchOn {
//!     #[id]
//!     pub lamp: LampId,
//! }
//!
//! impl Handle<SwitchOn> for Lamp {
//!     fn handle(_: &SwitchOn, lamp: &mut Root<Self>) -> Result<(), OnAlready> {
//!         if lamp.is_on {
//!             return Err(OnAlready);
//!         }
//!         lamp.emit(LampEvent::SwitchedOn); // applied at once
//!         Ok(())
//!     }
//! }
//!
//! // And that is how it runs, on whatever store.
//! use cqrs_core::ports::store::EventStore;
//! use cqrs_core::runtime::app::Cqrs;
//! use cqrs_core::runtime::command_error::CommandError;
//!
//! async fn evening(store: impl EventStore) -> Result<(), Box<dyn std::error::Error>> {
//!     let cqrs = Cqrs::builder(store).aggregate::<Lamp>().build().await?;
//!     let lamp = LampId(1);
//!     cqrs.send(SwitchOn { lamp }).await?;
//!     let again = cqrs.send(SwitchOn { lamp }).await;
//!     assert!(matches!(again, Err(CommandError::Rejected(OnAlready))));
//!     Ok(())
//! }
//! # }
//! ```
//!
//! A whole program stands in the `README.md` of the repository, and `docs/book/writing-an-aggregate.md` goes through one line by line. A
//! decision is tested without a store: `cqrs_testing::given`.
//!
//! # What runs it
//!
//! [`Cqrs`](runtime::app::Cqrs) is the application over one store: [`send`](runtime::app::Cqrs::send) a command, load
//! an aggregate from its [`repository`](runtime::app::Cqrs::repository), follow the log by a
//! [`subscription`](runtime::app::Cqrs::subscribe). Stores are crates of their own: `cqrs-memory`, `cqrs-postgres`, or yours, held
//! to the same promises by the conformance suite of `cqrs-testing`.
//!
//! # What reads along
//!
//! | what | trait | what it is for |
//! |---|---|---|
//! | view | [`View`](domain::view::View) | one document for each key, read by [`Cqrs::view`](runtime::app::Cqrs::view) |
//! | projection | [`Projection`](runtime::projection::Projection) | tables of one's own, in the backend's database |
//! | event handler | [`EventHandler`](domain::event_handler::EventHandler) | does something outside when something has happened |
//! | process manager | [`ProcessManager`](domain::process_manager::ProcessManager) | events of several aggregates lead to commands, now or later |
//!
//! They are registered on the [builder](runtime::builder::CqrsBuilder), and run once
//! [`Cqrs::start_runners`](runtime::app::Cqrs::start_runners) was called.
//!
//! # The floors
//!
//! The modules stand on each other, and none knows a higher one: [`words`], [`encoding`], [`domain`], [`ports`], [`runtime`].
//!
//! # Features
//!
//! - `derive`: the macros. Off by default.
//! - `progress-bar`: what goes over a whole log (exports, imports, rebuilds, `verify`) can draw a bar in a terminal. Off by default.

pub mod domain;
pub mod encoding;
pub mod ports;
pub mod runtime;
pub mod words;

#[cfg(feature = "derive")]
pub use cqrs_derive::{
    Aggregate, AggregateId, Command, CommandSet, Event, EventField, EventSet, apply,
};

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
    pub use crate::domain::copying::{Cloned, Copying, NotCloned};
    pub use crate::domain::snapshots::{Fingerprinted, SnapshotPolicy, SnapshotState};
    pub use crate::encoding::codec;
    pub use crate::encoding::error::{DecodeError, EncodeError};
    pub use crate::encoding::event::{EncodedEvent, Event, EventSet};
    pub use crate::encoding::previous::{FromPrevious, WrittenFor};
    pub use crate::encoding::registry::EventDescription;
    pub use crate::encoding::shape::{
        Described, EventField, FieldShape, NotDescribed, Probe, Remedy, Shape, Tagging,
        VariantShape,
    };
    pub use crate::encoding::stored::StoredEvent;
    pub use crate::encoding::upcast::Upcaster;
    pub use crate::runtime::command_set::{CommandDelivery, CommandSet, Sent};
    pub use crate::words::error::InvalidWord;
    pub use crate::words::event::{EventName, RecordedEvent, SchemaVersion};
    pub use crate::words::fingerprint::Fingerprint;
    pub use crate::words::stream::{Category, StreamKey};
    pub use crate::words::tag::Tag;
}

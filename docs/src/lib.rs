//! Compiles and runs every line of Rust in README and docs: each file is the documentation of a module here.

#[doc = include_str!("../../README.md")]
pub mod readme {}

#[doc = include_str!("../book/writing-an-aggregate.md")]
pub mod writing_an_aggregate {}

#[doc = include_str!("../book/changing-events.md")]
pub mod changing_events {}

#[doc = include_str!("../book/read-models.md")]
pub mod read_models {}

#[doc = include_str!("../book/event-handlers.md")]
pub mod event_handlers {}

#[doc = include_str!("../book/process-managers.md")]
pub mod process_managers {}

#[doc = include_str!("../book/errors-and-parked-events.md")]
pub mod errors_and_parked_events {}

#[doc = include_str!("../book/rebuilding-without-downtime.md")]
pub mod rebuilding_without_downtime {}

#[doc = include_str!("../book/running-several-nodes.md")]
pub mod running_several_nodes {}

#[doc = include_str!("../book/writing-a-backend.md")]
pub mod writing_a_backend {}

#[doc = include_str!("../guarantees.md")]
pub mod guarantees {}

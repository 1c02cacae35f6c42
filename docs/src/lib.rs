//! Compiles and runs every line of Rust in README and docs: each file is the documentation of a module here.

#[doc = include_str!("../../README.md")]
pub mod readme {}

#[doc = include_str!("../book/writing-an-aggregate.md")]
pub mod writing_an_aggregate {}

#[doc = include_str!("../book/changing-events.md")]
pub mod changing_events {}

#[doc = include_str!("../book/snapshots.md")]
pub mod snapshots {}

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

#[doc = include_str!("../book/time-travel.md")]
pub mod time_travel {}

#[doc = include_str!("../book/repairing-mistakes.md")]
pub mod repairing_mistakes {}

#[doc = include_str!("../book/moving-a-log.md")]
pub mod moving_a_log {}

#[doc = include_str!("../book/throughput.md")]
pub mod throughput {}

#[doc = include_str!("../book/large-logs.md")]
pub mod large_logs {}

#[doc = include_str!("../book/writing-a-backend.md")]
pub mod writing_a_backend {}

#[doc = include_str!("../guarantees.md")]
pub mod guarantees {}

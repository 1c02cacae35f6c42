//! The read side's part of the suite: what every store promises to views, projections, event handlers and process
//! managers (P1 to P6).
//!
//! A backend that has the ports of the read side says how its clock passes, and gets one test for each promise:
//!
//! ```
//! # use std::sync::Arc;
//! # use std::time::Duration;
//! # use cqrs_core::ports::limits::Limits;
//! # use cqrs_core::ports::store::SharedStore;
//! use cqrs_core::ports::read_side::SharedReadSide;
//! use cqrs_testing::conformance::StoreHarness;
//! use cqrs_testing::conformance::read_side::ReadSideHarness;
//! use cqrs_testing::manual_clock::ManualClock;
//! # use cqrs_memory::Memory as MyStore;
//!
//! struct MyHarness { store: MyStore, clock: ManualClock }
//!
//! impl StoreHarness for MyHarness {
//!     // As for the write side.
//! #     async fn fresh() -> Self {
//! #         let clock = ManualClock::default();
//! #         Self { store: MyStore::new().with_clock(Arc::new(clock.clone())), clock }
//! #     }
//! #     fn store(&self) -> SharedStore { Arc::new(self.store.clone()) }
//! #     async fn store_with_limits(&self, limits: Limits) -> SharedStore {
//! #         Arc::new(self.store.reopen_with_limits(limits))
//! #     }
//! #     async fn unrelated_transaction(&self) -> Box<dyn Send> { Box::new(()) }
//! }
//!
//! impl ReadSideHarness for MyHarness {
//!     fn read_side(&self) -> SharedReadSide {
//!         Arc::new(self.store.clone())
//!     }
//!     async fn pass(&self, time: Duration) {
//!         self.clock.advance(time);
//!     }
//! }
//!
//! cqrs_testing::read_side_conformance!(MyHarness, without = [second_handle, restart]);
//! # fn main() {
//! #     use cqrs_testing::conformance::{read_side::steps, run};
//! #     run::<MyHarness>(|harness| Box::pin(steps::p1_a_step_records_everything_that_it_names(harness)));
//! # }
//! ```
//!
//! [`TESTS`] lists them all, and the bodies are plain functions, as in [the suite of the write side](super).
//!
//! A backend in whose transactions users can write ([`Transactions`](cqrs_core::ports::transactions::Transactions)) also has a
//! [`ProjectionHarness`], and gets [`PROJECTION_TESTS`] with `cqrs_testing::projection_conformance!(MyHarness)`.

mod application;
mod ask;
mod bank;
mod expect;
mod harness;
mod inline_sample;
mod ledger;
mod list;
mod node;
mod sample;

pub mod commands_of_parts;
pub mod counting;
pub mod counts;
pub mod declarations;
pub mod documents;
pub mod dropped_steps;
pub mod due_commands;
pub mod generations;
pub mod going_inline;
pub mod inline_appends;
pub mod inline_views;
pub mod leases;
pub mod listing;
pub mod parked;
pub mod parked_commands;
pub mod parked_parts;
pub mod parked_requests;
pub mod parts;
pub mod poisoned;
pub mod projections;
pub mod racing_leases;
pub mod racing_steps;
pub mod read_your_writes;
pub mod reads;
pub mod rebuilding;
pub mod staged_commands;
pub mod steps;
pub mod switching;
pub mod timers;
pub mod transfers;
pub mod unsent_commands;

pub use harness::ReadSideHarness;
pub use list::{PROJECTION_TESTS, TESTS, cases, projection_cases};
pub use projections::ProjectionHarness;

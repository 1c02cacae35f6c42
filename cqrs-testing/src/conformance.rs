//! The conformance suite: what every store promises, as tests.
//!
//! A backend says how its stores are made, and gets one test for each promise:
//!
//! ```
//! use cqrs_core::ports::import::ImportEvents;
//! use cqrs_core::ports::limits::Limits;
//! use cqrs_core::ports::store::SharedStore;
//! use cqrs_testing::conformance::StoreHarness;
//! # use std::sync::Arc;
//! # mod my_store { pub type MyStore = cqrs_memory::Memory; }
//! # use my_store::MyStore;
//!
//! struct MyHarness { store: MyStore }
//!
//! impl StoreHarness for MyHarness {
//!     async fn fresh() -> Self {
//!         Self { store: MyStore::new() }
//!     }
//!     fn store(&self) -> SharedStore {
//!         Arc::new(self.store.clone())
//!     }
//!     async fn store_with_limits(&self, limits: Limits) -> SharedStore {
//!         Arc::new(self.store.reopen_with_limits(limits))
//!     }
//!     async fn second_handle(&self) -> SharedStore {
//!         Arc::new(self.store.reopen())
//!     }
//!     async fn restart(&self) -> SharedStore {
//!         Arc::new(self.store.reopen())
//!     }
//!     fn importer(&self) -> Arc<dyn ImportEvents> {
//!         Arc::new(self.store.clone())
//!     }
//!     async fn unrelated_transaction(&self) -> Box<dyn Send> {
//!         Box::new(())
//!     }
//! }
//!
//! cqrs_testing::conformance!(MyHarness);
//! # fn main() {
//! #     use cqrs_testing::conformance::{run, versions};
//! #     run::<MyHarness>(|harness| Box::pin(versions::a2_versions_begin_at_one_and_have_no_gaps(harness)));
//! # }
//! ```
//!
//! A test is named after the number of its promise and what it states; its documentation says which broken store it
//! catches. [`TESTS`] lists them all. The bodies are plain functions in a module for each group of promises, so that a
//! single one can be run on a store that is made to fail.

mod ask;
mod counter;
mod expect;
mod harness;
mod list;
mod macros;
mod race;
mod random;
mod run;
mod sample;

pub mod atomicity;
pub mod bad_input;
pub mod batches;
pub mod conditions;
pub mod content;
pub mod dropped_appends;
pub mod expectations;
pub mod feed;
pub mod filters;
pub mod imports;
pub mod racing_any;
pub mod racing_conditions;
pub mod racing_feed;
pub mod racing_imports;
pub mod racing_receipts;
pub mod random_content;
pub mod read_side;
pub mod receipts;
pub mod repeats;
pub mod sends;
pub mod snapshots;
pub mod stream_folds;
pub mod stream_reads;
pub mod subscriptions;
pub mod unrelated;
pub mod versions;
pub mod watches;

pub use harness::StoreHarness;
pub use list::{Case, ConformanceTest, TESTS, cases};
pub use run::{Failure, TestFuture, outcome, run};

//! Floor 2: what users implement. Decisions are synchronous and pure; nothing here does I/O.

pub mod aggregate;
pub mod command;
#[doc(hidden)]
pub mod copying;
pub mod decide;
pub mod error_policy;
pub mod event_handler;
pub mod event_of;
pub mod process_manager;
pub mod root;
pub mod snapshots;
pub mod view;

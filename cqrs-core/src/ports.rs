//! Floor 3: what a store must be able to do. Traits, requests and errors; no logic.

pub mod append;
pub mod error;
pub mod limits;
pub mod read_log;
pub mod read_stream;
pub mod receipts;
pub mod store;
pub mod watch;

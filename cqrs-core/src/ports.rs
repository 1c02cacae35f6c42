//! Floor 3: what a store must be able to do. Traits, requests and errors; no logic.

pub mod advance;
pub mod append;
pub mod count_log;
pub mod documents;
pub mod error;
pub mod fold_stream;
pub mod import;
pub mod inline;
pub mod leases;
pub mod limits;
pub mod parked;
pub mod processors;
pub mod read_log;
pub mod read_side;
pub mod read_stream;
pub mod receipts;
pub mod snapshots;
pub mod staged;
pub mod store;
pub mod transactions;
pub mod watch;

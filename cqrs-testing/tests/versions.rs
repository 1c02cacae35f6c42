//! The life of an event: old events read by today's code, everywhere that events are read.
#![allow(missing_docs, clippy::unwrap_used, reason = "it is a test")]

#[path = "versions/domain.rs"]
mod domain;
#[path = "versions/parts.rs"]
mod parts;
#[path = "versions/rolling_deploy.rs"]
mod rolling_deploy;

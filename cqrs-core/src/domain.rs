//! Floor 2: what users implement. Decisions are synchronous and pure; nothing here does I/O.

pub mod aggregate;
pub mod command;
pub mod decide;
pub mod root;

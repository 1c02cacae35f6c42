//! Floor 0: the words of the field, as newtypes that check their rules once.
//!
//! Nothing here does I/O, and nothing here knows what an aggregate is.

mod number;
mod text;

pub mod clock;
pub mod document_key;
pub mod epoch;
pub mod error;
pub mod event;
pub mod filter;
pub mod fingerprint;
pub mod generation;
pub mod idempotency_key;
pub mod metadata;
pub mod node;
pub mod part;
pub mod partition;
pub mod payload;
pub mod position;
pub mod processor;
pub mod run;
pub mod staged;
pub mod start;
pub mod stream;
pub mod tag;
pub mod version;

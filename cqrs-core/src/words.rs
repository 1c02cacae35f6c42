//! Floor 0: the words of the field, as newtypes that check their rules once.
//!
//! Nothing here does I/O, and nothing here knows what an aggregate is.

mod number;
mod text;

pub mod clock;
pub mod error;
pub mod event;
pub mod filter;
pub mod idempotency_key;
pub mod metadata;
pub mod payload;
pub mod position;
pub mod stream;
pub mod tag;
pub mod version;

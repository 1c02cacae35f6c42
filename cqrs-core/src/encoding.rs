//! Floor 1: from typed events to JSON and back. Pure functions, no I/O.

pub(crate) mod decoded_line;
mod variant;

pub mod change;
pub mod codec;
pub mod error;
pub mod event;
pub mod line;
pub mod parts;
#[doc(hidden)]
pub mod previous;
pub mod registry;
pub mod shape;
pub mod stored;
pub mod upcast;

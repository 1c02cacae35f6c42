//! Tests for applications and for backends.
//!
//! - [`mod@conformance`]: the suite that states what a store promises. Every backend runs it.
//! - [`FaultyStore`]: a store that fails when a test wants it to.

#[allow(
    clippy::missing_panics_doc,
    reason = "the functions of the suite are tests: they panic when they fail"
)]
pub mod conformance;
pub mod faulty_store;

pub use faulty_store::FaultyStore;

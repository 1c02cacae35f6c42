//! Tests for applications and for backends.
//!
//! - [`conformance`]: the suite that states what a store promises. Every backend runs it.

#[allow(
    clippy::missing_panics_doc,
    reason = "the functions of the suite are tests: they panic when they fail"
)]
pub mod conformance;

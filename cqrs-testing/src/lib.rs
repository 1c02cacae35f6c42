//! Tests for applications and for backends.
//!
//! - [`mod@given`]: given these events, when this command comes, then that happens. Without a store.
//! - [`ManualClock`] and [`SequentialIds`]: time and ids that a test decides.
//! - [`FaultyStore`]: a store that fails when a test wants it to.
//! - [`mod@conformance`]: the suite that states what a store promises. Every backend runs it.

mod difference;

#[allow(
    clippy::missing_panics_doc,
    reason = "the functions of the suite are tests: they panic when they fail"
)]
pub mod conformance;
pub mod faulty_store;
pub mod given;
pub mod manual_clock;
pub mod sequential_ids;

pub use faulty_store::FaultyStore;
pub use given::given;
pub use manual_clock::ManualClock;
pub use sequential_ids::SequentialIds;

//! Tests for applications and for backends.
//!
//! - [`mod@given`]: given these events, when this command comes, then that happens. Without a store.
//! - [`mod@given_view`] and [`mod@given_process`]: the same for views and for process managers.
//! - [`ManualClock`] and [`SequentialIds`]: time and ids that a test decides.
//! - [`FaultyStore`] and [`FaultyReadSide`]: a store that fails when a test wants it to.
//! - [`mod@event_lock`]: a test that no change of the code loses what is recorded.
//! - [`mod@conformance`]: the suite that states what a store promises. Every backend runs it.

mod difference;
mod recorded;

#[doc(hidden)]
pub mod bank;
#[allow(
    clippy::missing_panics_doc,
    reason = "the functions of the suite are tests: they panic when they fail"
)]
pub mod conformance;
pub mod event_lock;
pub mod faulty_read_side;
pub mod faulty_store;
pub mod given;
pub mod given_process;
pub mod given_view;
pub mod manual_clock;
pub mod sequential_ids;

pub use faulty_read_side::FaultyReadSide;
pub use faulty_store::FaultyStore;
pub use given::given;
pub use given_process::process;
pub use given_view::view;
pub use manual_clock::ManualClock;
pub use sequential_ids::SequentialIds;

//! Given/when/then, the conformance suite for stores, fault injection and a manual clock, for `cqrs-core`.

mod difference;

pub mod given;
pub mod manual_clock;
pub mod sequential_ids;

pub use given::given;

//! The runtime of the read side, on the memory store: views, event handlers, process managers, and what happens when
//! something fails.

#![allow(
    clippy::unwrap_used,
    clippy::struct_field_names,
    reason = "helpers of tests are tests, and a balance has a balance"
)]

mod read_side {
    mod domain;
    mod endings;
    mod event_handlers;
    mod faults;
    mod gauges;
    mod inline;
    mod kit;
    mod known_documents;
    #[path = "../snapshots/domain.rs"]
    #[allow(dead_code, reason = "the domain of more tests")]
    mod meters;
    mod metrics;
    mod nodes;
    mod parking;
    mod process_managers;
    mod projections;
    mod reading;
    mod rebuild_progress;
    mod rebuilding;
    mod recorder;
    mod reminding;
    mod status;
    mod views;
}

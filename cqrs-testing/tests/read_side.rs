//! The runtime of the read side, on the memory store: views, event handlers, process managers, and what happens when
//! something fails.

mod read_side {
    mod domain;
    mod event_handlers;
    mod nodes;
    mod parking;
    mod process_managers;
    mod reading;
    mod rebuilding;
    mod views;
}

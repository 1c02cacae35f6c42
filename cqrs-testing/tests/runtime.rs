//! The runtime of the write side, on the memory store: what a sender sees, and what the store is asked for.

mod runtime {
    mod bare_store;
    mod bench;
    mod build;
    mod command_handlers;
    mod conflicts;
    mod counting_store;
    mod domain;
    mod events;
    mod faults;
    mod folding;
    mod idempotency;
    mod layers;
    mod racing;
    mod reading_ahead;
    mod repository;
    mod send;
    mod subscription;
    mod together;
    mod two_nodes;
    mod unfinished;
}

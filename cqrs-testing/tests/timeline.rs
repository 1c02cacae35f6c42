//! What one does with a log that is there: verify it, look back, ask what if, repair, and move it. On each store.
#![allow(clippy::unwrap_used, reason = "they are bodies of tests")]

mod timeline {
    mod as_of;
    mod backend;
    mod domain;
    mod exported;
    mod inline;
    mod moving;
    mod parts;
    pub(crate) mod random_log;
    mod refused_logs;
    mod repair;
    mod transform;
    mod verify;
    mod what_if;
}

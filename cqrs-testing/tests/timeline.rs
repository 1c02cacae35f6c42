//! What one does with a log that is there: verify it, look back, ask what if, repair, and move it. On the memory store.

mod timeline {
    mod as_of;
    mod domain;
    mod inline;
    mod moving;
    mod parts;
    pub(crate) mod random_log;
    mod repair;
    mod transform;
    mod verify;
    mod what_if;
}

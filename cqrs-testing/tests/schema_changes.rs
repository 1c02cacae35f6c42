//! Changes of events, one test each: how the code was, how it is now, what the event lock says to it, and how what was
//! recorded is read. What does not compile stands in `cqrs-derive/tests/ui/fail`.
#![allow(missing_docs, clippy::unwrap_used, reason = "it is a test")]
#![allow(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
#![allow(dead_code, reason = "most events are here for their shape")]

#[path = "schema_changes/change.rs"]
mod change;

#[path = "schema_changes/fields.rs"]
mod fields;
#[path = "schema_changes/kinds.rs"]
mod kinds;
#[path = "schema_changes/names.rs"]
mod names;
#[path = "schema_changes/types.rs"]
mod types;

//! The rules of a fine, one by one: given what happened, when this is wanted, then that.

#![allow(clippy::unwrap_used, reason = "a test may fail like this")]

mod appeals;
mod course;
mod payments;
mod sample;

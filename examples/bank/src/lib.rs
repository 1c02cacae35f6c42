//! A bank account, the example of the book and of the tests: the same domain in both dialects.
//!
//! Both record the same event names and payloads in the same streams, so that either reads what the other wrote.
//! Amounts are in cents, and unsigned: nobody can deposit less than nothing.

#![allow(
    missing_docs,
    reason = "the two files show how short a whole domain is; their names say it all"
)]

/// The full form: each event and each command is a struct of its own, which can be sent, matched and tested alone.
pub mod account;

/// The short dialect: one hand-written enum of events, one enum of commands.
pub mod account_short;

/// What the program shows, one step after the other.
pub mod story;

//! A bank, the example of the book and of the tests.
//!
//! The account is written in both dialects, which record the same event names and payloads in the same streams, so that
//! either reads what the other wrote; the short one leaves transfers out. Amounts are in cents, and unsigned: nobody can
//! deposit less than nothing.

#![allow(
    missing_docs,
    clippy::inconsistent_digit_grouping,
    reason = "the files show how short a whole domain is, and their names say it all; cents stand apart"
)]

/// The full form: each event and each command is a struct of its own, which can be sent, matched and tested alone.
pub mod account;

/// The short dialect: one hand-written enum of events, one enum of commands.
pub mod account_short;

pub mod application;
pub mod cash_book;
pub mod command_line;
pub mod daily_totals;
pub mod large_withdrawal_alert;

/// `--history` and `--what-if`.
pub mod looking_back;

pub mod money;

/// `--month-end`.
pub mod month_end;

/// `--export`, `--check` and `--import`.
pub mod moving;

pub mod overview;

/// What the program shows, one step after the other.
pub mod story;

pub mod transfer;
pub mod transfer_money;

/// What is recorded in shapes that the code has left.
pub mod transfer_past;

pub mod transfer_process;

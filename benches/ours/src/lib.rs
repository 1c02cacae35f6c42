//! The bank on our own framework, in memory and on PostgreSQL.

mod account;
mod append;
mod bank;
mod follow;
mod projection;
mod replay;
mod seed;
mod store;
mod totals;

pub use bank::Ours;

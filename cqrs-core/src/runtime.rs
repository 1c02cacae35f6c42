//! Floor 4: what runs. It knows stores only through their ports.

pub mod app;
mod attempts;
pub mod builder;
pub mod bus;
pub mod command_error;
pub mod command_handler;
pub mod command_set;
mod decision;
pub mod dispatch;
pub mod envelope;
pub mod events;
mod idle;
mod lane;
pub mod parked;
mod processing;
mod processor;
pub mod projection;
pub mod read_view;
pub mod rebuild;
pub mod receipt;
pub mod repository;
mod request;
pub mod retry;
pub mod runners;
pub mod send;
pub mod status;
pub mod subscription;

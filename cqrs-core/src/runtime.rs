//! Floor 4: what runs. It knows stores only through their ports.

pub mod app;
mod attempts;
pub mod builder;
pub mod bus;
pub mod command_error;
pub mod command_handler;
mod decision;
pub mod dispatch;
pub mod envelope;
pub mod events;
pub mod receipt;
pub mod repository;
mod request;
pub mod retry;
pub mod send;
pub mod subscription;

//! The store on PostgreSQL.

mod append;
mod builder;
mod connect_error;
mod feed;
mod migrate;
mod page;
mod postgres;
mod probes;
mod read_log;
mod read_stream;
mod receipts;
mod row;
mod schema;
#[doc(hidden)]
pub mod scratch;
mod session;
mod sqlstate;
mod statements;
mod watch;

pub use builder::Builder;
pub use connect_error::ConnectError;
pub use postgres::Postgres;

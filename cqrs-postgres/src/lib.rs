//! The store on PostgreSQL.

mod advance;
mod append;
mod builder;
mod connect_error;
mod documents;
mod feed;
mod leases;
mod migrate;
mod page;
mod parked;
mod place;
mod postgres;
mod probes;
mod processors;
mod read_log;
mod read_stream;
mod receipts;
mod row;
mod schema;
#[doc(hidden)]
pub mod scratch;
mod session;
mod sqlstate;
mod staged;
mod statements;
mod transactions;
mod tx;
mod watch;

pub use builder::Builder;
pub use connect_error::ConnectError;
pub use postgres::Postgres;
pub use tx::Tx;

//! The store on PostgreSQL, 13 to 18.
//!
//! - **An append is one round trip**: one call of one function for a batch of independent appends, each with an outcome
//!   of its own.
//! - **The feed has no gaps and no time-outs**: readers see each event exactly once, and wait for nothing but appends that
//!   are in flight. See `migrations/0002_feed.sql`.
//! - **Append conditions** are checked under locks by tag and name, so that appends that touch nothing in common never
//!   wait for each other. See `src/append/locks.rs` and `migrations/0003_append.sql`.
//! - **An import is a COPY**, a chunk a transaction, with the positions and times that its events have. See
//!   `migrations/0009_import.sql`.
//! - **The database itself** refuses to change what is recorded, and to record anything beside the gate.
//!
//! # Examples
//!
//! ```
//! use cqrs_core::ports::append::{Append, AppendEvents};
//! use cqrs_core::ports::read_stream::{ReadStream, StreamRead};
//! use cqrs_core::words::event::{EventName, NewEvent};
//! use cqrs_core::words::payload::Payload;
//! use cqrs_core::words::version::ExpectedVersion;
//! use cqrs_postgres::Postgres;
//!
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let scratch = cqrs_postgres::scratch::Scratch::new();
//! # let (url, my_schema) = (scratch.url(), scratch.schema());
//! // `Postgres::connect(url)` does the same in the schema `cqrs`.
//! let store = Postgres::builder(url).schema(my_schema).connections(20).connect().await?;
//!
//! let opened = NewEvent::new(EventName::from_static("account.opened"), Payload::from_json(r#"{"owner":"ada"}"#)?);
//! store
//!     .append(Append::to("account-7".parse()?, ExpectedVersion::NoStream, vec![opened]))
//!     .await?;
//!
//! let page = store.read_stream(StreamRead::forward("account-7".parse()?)).await?;
//! assert_eq!(page.events[0].payload.as_str(), r#"{"owner":"ada"}"#);
//! store.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! # What it needs
//!
//! A database with the encoding UTF8 on a primary, and a role that may create a schema, or one in which the migrations were
//! taken before. Each connection is told its settings when it is opened: READ COMMITTED, time-outs, and how to plan.
//! Behind a proxy in transaction mode say [`Builder::prepared_statements`]`(false)` and [`Builder::listen`]`(false)`.
//!
//! ### Note: what the feed must not meet
//! The floor is read from the primary's lock table: standbys can't be read by this crate. Nor must anybody write to the
//! tables with triggers disabled while others read.
//!
//! # What it says
//!
//! With `tracing`, at level debug unless something else is said:
//!
//! | name | what |
//! |---|---|
//! | `cqrs_postgres.append` | a span around each batch, with the number of `appends` |
//! | `cqrs_postgres.append.again` | a call that collided is repeated: `error`, `attempt` |
//! | `cqrs_postgres.migrate` | a migration is taken: `schema`, `number`, `name` |
//! | `cqrs_postgres.watch.settled` | trace: the log is settled up to `position` |
//! | `cqrs_postgres.watch.failed` | the end of the log can't be asked for: `error` |
//! | `cqrs_postgres.notify.failed` | other processes can't be told: `error` |
//! | `cqrs_postgres.listen.ready` | notifications arrive on `channel` |
//! | `cqrs_postgres.listen.lost` | warn: they don't; polling until the connection is back: `error`, `wait` |
//!
//! Besides, `sqlx::query` logs each statement.

mod advance;
mod append;
mod builder;
mod connect_error;
mod count_log;
mod documents;
mod feed;
mod fold_stream;
mod import;
mod inline;
mod leases;
mod migrate;
mod names;
mod page;
mod parked;
mod patience;
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
mod snapshots;
mod sqlstate;
mod staged;
mod statements;
mod transactions;
mod tx;
mod value;
mod watch;

pub use builder::Builder;
pub use connect_error::ConnectError;
pub use postgres::Postgres;
pub use tx::Tx;

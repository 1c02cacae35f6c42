//! Why a store could not be opened.

use cqrs_core::ports::error::{BoxError, StoreError};
use cqrs_core::words::error::InvalidWord;

/// The store could not be opened. The log was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The URL is not one of PostgreSQL.
    #[error("the database URL can't be read: write `postgres://user:password@host:port/database`")]
    Url(#[source] BoxError),
    /// The schema's name breaks its rule.
    #[error(transparent)]
    Schema(#[from] InvalidWord),
    /// The server is too old.
    #[error("the server is PostgreSQL {major}: 13 or later is needed")]
    TooOld {
        /// The server's major version.
        major: i32,
    },
    /// The database can't keep every text.
    #[error(
        "the database's encoding is {encoding}: create one with `ENCODING 'UTF8' TEMPLATE template0`"
    )]
    Encoding {
        /// The database's encoding.
        encoding: String,
    },
    /// The server is a standby, or its transactions are read-only.
    #[error("the server takes no writes: connect to the primary")]
    ReadOnly,
    /// A later version of this crate has changed the schema.
    #[error(
        "schema {schema} has migration {found}, this program knows them up to {known}: use a later version of it"
    )]
    Newer {
        /// The schema.
        schema: String,
        /// The last migration that was taken.
        found: i32,
        /// The last one that this program knows.
        known: i32,
    },
    /// The server can't be reached, or refused something.
    #[error(transparent)]
    Store(#[from] StoreError),
}

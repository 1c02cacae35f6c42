//! Which store holds the fines. No other file knows that there is more than one.

use anyhow::Context;
use cqrs_core::runtime::app::Cqrs;
use cqrs_memory::Memory;
use cqrs_postgres::Postgres;

use crate::fine::Fine;

/// The schema of the database where nobody says another.
pub const SCHEMA: &str = "fines";

/// Which store holds the fines: `memory`, or the address of a Postgres database.
#[derive(Clone, PartialEq, Eq)]
pub enum StoreChoice {
    /// Memory: it is empty at first, and gone at last.
    Memory,
    /// The Postgres database at this address, which keeps what it is given.
    Postgres(String),
}

/// A text that names no store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a store is `memory`, or an address like postgres://user@host/database")]
pub struct UnknownStore;

impl std::str::FromStr for StoreChoice {
    type Err = UnknownStore;

    fn from_str(text: &str) -> Result<Self, UnknownStore> {
        if text == "memory" {
            Ok(Self::Memory)
        } else if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Ok(Self::Postgres(text.to_owned()))
        } else {
            Err(UnknownStore)
        }
    }
}

/// Without the address: it may have a password in it.
impl std::fmt::Debug for StoreChoice {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Memory => "Memory",
            Self::Postgres(_) => "Postgres(…)",
        })
    }
}

impl StoreChoice {
    /// The application over this store. In a database, the schema keeps the fines apart from everything else.
    ///
    /// # Errors
    ///
    /// When the database can't be reached, or is not one that the program can use.
    pub async fn open(&self, schema: &str) -> anyhow::Result<Cqrs> {
        let builder = match self {
            Self::Memory => Cqrs::builder(Memory::new()),
            Self::Postgres(url) => {
                let store = Postgres::builder(url).schema(schema).connect().await;
                Cqrs::builder(store.context("can't open the database")?)
            }
        };
        Ok(builder.aggregate::<Fine>().build().await?)
    }
}
